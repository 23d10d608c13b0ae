"""Whom a KakaoTalk channel may write to with Brand Messages: targeting (K-07) and its check list (K-08)."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaigns.models import KakaoProfile, Message

FEWEST_FRIENDS = 50_000
ALIMTALK_WITHIN_DAYS = 90  # "within three months"


class Targeting(StrEnum):
    """Who of the audience KakaoTalk lets a Brand Message reach. All of them agreed to advertising."""

    FRIENDS = "I"
    ALL = "M"
    NOT_FRIENDS = "N"
    FRIENDS_BY_NUMBER = "O"


LABELS: dict[Targeting, str | Promise] = {
    Targeting.FRIENDS: gettext_lazy("channel friends; they refuse by blocking the channel"),
    Targeting.ALL: gettext_lazy("everybody who agreed, channel friend or not"),
    Targeting.NOT_FRIENDS: gettext_lazy("those who agreed and are no channel friends"),
    Targeting.FRIENDS_BY_NUMBER: gettext_lazy("channel friends; they refuse over the 080 line"),
}
# These show the 080 line and not the channel's own way to refuse (L-24).
BY_NUMBER = (Targeting.ALL, Targeting.NOT_FRIENDS, Targeting.FRIENDS_BY_NUMBER)
# These reach people who are no friends: Kakao lets only some channels (K-08).
BEYOND_FRIENDS = (Targeting.ALL, Targeting.NOT_FRIENDS)
# Gateways differ in what they know; one that is not listed knows all.
KNOWN_TO = {"solapi": (Targeting.FRIENDS, Targeting.ALL, Targeting.NOT_FRIENDS)}


@dataclass(frozen=True, slots=True)
class Requirement:
    """One thing that Kakao asks of a channel before it may write beyond its friends."""

    label: str | Promise
    is_met: bool
    detail: str = ""


def targetings_of(gateway: str) -> tuple[Targeting, ...]:
    """Return whom messages over this gateway can be for."""
    return KNOWN_TO.get(gateway, tuple(Targeting))


def check_list(profile: KakaoProfile, *, sent_lately: bool | None = None) -> list[Requirement]:
    """Return what Kakao asks of a channel that wants to write to people who are not its friends (K-08).

    `sent_lately` is the answer of `alimtalk_lately`, where a page asks it for many channels at once.
    """
    sent = sent_alimtalk_lately(profile) if sent_lately is None else sent_lately
    friends = _("%(count)s of %(wanted)s friends") % {
        "count": f"{profile.friends:,}",
        "wanted": f"{FEWEST_FRIENDS:,}",
    }
    return [
        Requirement(gettext_lazy("It is a business channel"), profile.is_business_channel),
        Requirement(
            gettext_lazy("The business registration number is registered"),
            bool(profile.business_number),
            profile.business_number,
        ),
        Requirement(
            gettext_lazy("The phone of the customer centre is registered"),
            bool(profile.centre_phone),
            profile.centre_phone,
        ),
        Requirement(gettext_lazy("It has 50,000 friends"), profile.friends >= FEWEST_FRIENDS, friends),
        Requirement(gettext_lazy("An AlimTalk was sent in the last three months"), sent),
        Requirement(
            gettext_lazy("The evidence of consents is handed in"),
            profile.consent_evidence_on is not None,
            profile.consent_evidence_on.isoformat() if profile.consent_evidence_on else "",
        ),
        Requirement(
            gettext_lazy("The 080 opt-out number is registered"),
            bool(profile.opt_out_number),
            profile.opt_out_number,
        ),
    ]


def may_write_beyond_friends(profile: KakaoProfile, *, sent_lately: bool | None = None) -> bool:
    """Tell whether targeting M and N are open to the channel."""
    return all(requirement.is_met for requirement in check_list(profile, sent_lately=sent_lately))


def sent_alimtalk_lately(profile: KakaoProfile) -> bool:
    """Tell whether an AlimTalk truly left in the name of the channel within three months."""
    return _alimtalks().filter(account__kakao_profile=profile).exists()


def alimtalk_lately() -> Exists:
    """Return the same as an expression, for a query of channels."""
    return Exists(_alimtalks().filter(account__kakao_profile=OuterRef("pk")))


def _alimtalks() -> QuerySet[Message]:
    since = timezone.now() - timedelta(days=ALIMTALK_WITHIN_DAYS)
    return Message.objects.filter(
        account__channel="alimtalk", status=Message.Status.SENT, sent_at__gte=since, is_sandbox=False
    )
