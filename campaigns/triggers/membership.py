"""Triggers of points, tiers, coupons and invited friends: what `loyalty/facts` says that happened."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaigns.triggers.base import Entries, Settings, Topic, Trigger, Window, trigger
from customers.segments.values import Days, OneOf
from loyalty.coupons.segment_facts import COUPONS
from loyalty.facts.happenings import HAPPENINGS
from loyalty.models import ExpiryNotice
from loyalty.tiers.tier_conditions import TIERS

AS_ENTRIES = """
    SELECT happened.customer_id, happened.at AS anchor_at, happened.key AS entry_key, happened.told AS context
    FROM ({happened}) AS happened
"""
CAME, REWARDED = "came", "rewarded"
EACH_NOTICE = 0


class OfMembership(Trigger):
    """A kind of happening; what it asks for are the settings of the same names."""

    topic = Topic.LOYALTY
    repeats = True
    happening: ClassVar[str]

    def entries(self, settings: Settings, window: Window) -> Entries:
        kind = HAPPENINGS[self.kind_of(settings)]
        asked: Mapping[str, Any] = {key: settings.get(key, usual) for key, usual in kind.asks.items()}
        return Entries(AS_ENTRIES.format(happened=kind.sql), {**asked, "since": window.since, "until": window.until})

    def kind_of(self, settings: Settings) -> str:
        """Return the name of the happening."""
        return self.happening

    def words(self, key: str, settings: Settings) -> str:
        return self.fields[key].words(settings[key])


@trigger
class TierReached(OfMembership):
    """Rose to a tier, as reached, judged or granted; not by a change of the ladder."""

    key = happening = "tier_reached"
    label = gettext_lazy("tier reached")
    optional = {"tiers": TIERS}
    labels = {"tiers": gettext_lazy("tiers")}
    tells = ("tier_id", "tier")

    def sentence(self, settings: Settings) -> str:
        return self.said(_("when somebody rises to a tier"), settings, "tiers")


@trigger
class TierAtRisk(OfMembership):
    """So many days before an evaluation after which the customer would go down, as their standing is now."""

    key = happening = "tier_at_risk"
    label = gettext_lazy("tier at risk")
    required = {"days": Days(lowest=1, highest=90, initial=30)}
    labels = {"days": gettext_lazy("days before")}
    tells = ("tier_id", "tier", "missing", "judged_on")

    def sentence(self, settings: Settings) -> str:
        return _("%(days)s before somebody would lose their tier") % {"days": self.words("days", settings)}


@trigger
class PointsExpiring(OfMembership):
    """A notice of points that die in so many days fell due: those of the terms, 60, 30 and 3 days, or each of them."""

    key = happening = "points_expiring"
    label = gettext_lazy("points expire soon")
    required = {
        "days": OneOf(
            [
                *((days, str(days)) for days in ExpiryNotice.DAYS),
                (EACH_NOTICE, gettext_lazy("60, 30 and 3, each time")),
            ]
        )
    }
    labels = {"days": gettext_lazy("days before")}
    tells = ("points", "last_day", "notice_id")

    def sentence(self, settings: Settings) -> str:
        if settings["days"] == EACH_NOTICE:
            return _("60, 30 and 3 days before the last day of some points")
        days = Days().words(settings["days"])
        return _("%(days)s before the last day of some points") % {"days": days}


@trigger
class CouponIssued(OfMembership):
    """Got a coupon, but not by a campaign or automation, whose message tells of it anyway."""

    key = happening = "coupon_issued"
    label = gettext_lazy("coupon issued")
    optional = {"coupons": COUPONS}
    labels = {"coupons": gettext_lazy("coupons")}
    tells = ("coupon_id", "coupon", "code")

    def sentence(self, settings: Settings) -> str:
        return self.said(_("when somebody gets a coupon"), settings, "coupons")


@trigger
class CouponExpiring(OfMembership):
    """So many days before the end of a coupon that is unused now."""

    key = happening = "coupon_expiring"
    label = gettext_lazy("coupon expires soon")
    required = {"days": Days(lowest=1, highest=90, initial=7)}
    optional = {"coupons": COUPONS}
    labels = {"days": gettext_lazy("days before"), "coupons": gettext_lazy("coupons")}
    tells = ("coupon_id", "coupon", "code", "last_day")

    def sentence(self, settings: Settings) -> str:
        said = _("%(days)s before an unused coupon expires") % {"days": self.words("days", settings)}
        return self.said(said, settings, "coupons")


@trigger
class ReferralMade(OfMembership):
    """A friend came with the customer's code, or the customer was rewarded for one."""

    key = "referral_made"
    label = gettext_lazy("friend invited")
    required = {
        "what": OneOf(
            [(CAME, gettext_lazy("a friend came with their code")), (REWARDED, gettext_lazy("they were rewarded"))]
        )
    }
    labels = {"what": gettext_lazy("what")}
    tells = ("points",)

    def kind_of(self, settings: Settings) -> str:
        return "friend_came" if settings["what"] == CAME else "referral_rewarded"

    def sentence(self, settings: Settings) -> str:
        if settings["what"] == CAME:
            return _("when a friend comes with somebody's code")
        return _("when somebody is rewarded for a friend")
