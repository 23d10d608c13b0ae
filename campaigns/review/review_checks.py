"""What an approver would look up one by one: consent, label, opt-out, hour, links, fields, caps, cost, sender."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from campaigns import compliance, gateways, lifecycle
from campaigns.channels.base import channel_of
from campaigns.models import Campaign, ChannelAccount, CheckedAddress, SkipReason
from campaigns.pipeline import content, gate
from campaigns.pipeline.gate.frequency import caps_in_force
from campaigns.review.expected_cost import ExpectedCost
from campaigns.review.review_links import link_checks
from campaigns.review.trial import Trial
from crm_project.templatetags.formats import ago_text, moment_text, number_text, won_text


@dataclass(frozen=True, slots=True)
class Check:
    """A line of the check list; tones: good, wait (look at it), bad (cannot be approved), quiet (does not apply)."""

    label: str
    tone: str
    detail: str = ""


def checks(
    campaign: Campaign,
    tried: Sequence[Trial],
    stages: Sequence[gate.Stage],
    cost: ExpectedCost,
    addresses: Sequence[CheckedAddress],
) -> list[Check]:
    """Return every check of a complete or incomplete campaign, in the order in which one would ask."""
    removed = {stage.code: stage.removed for stage in stages}
    found = [*_missing(campaign), _basis(campaign, tried, removed), *_vouched(campaign), *_exception(campaign)]
    for way in tried:
        found += _of_way(campaign, way, is_one_of_many=len(tried) > 1)
    found += [Check(*line) for line in link_checks(tried, addresses)]
    return [
        *found,
        *([_in_its_time(campaign)] if campaign.automation_id else [_hour(campaign, tried), *_drain(campaign, tried)]),
        _cap(campaign, removed),
        *_cost(campaign, cost),
        *_ways_out(tried),
    ]


def _missing(campaign: Campaign) -> Iterator[Check]:
    for problem in lifecycle.what_is_missing(campaign):
        yield Check(str(problem), "bad")


def _basis(campaign: Campaign, tried: Sequence[Trial], removed: dict[str, int]) -> Check:
    if not compliance.needs_label(campaign):
        basis = campaign.get_information_basis_display()
        return Check(_("Informational: consent to advertising is not asked for"), "wait", basis)
    channels = dict.fromkeys(str(channel_of(way.account).label) for way in tried if channel_of(way.account).consent)
    if not channels:
        return Check(_("Shown and not sent: no consent to receive advertising is asked for (L-26)"), "good")
    without = sum(removed.get(code, 0) for code in (SkipReason.OPTED_OUT, SkipReason.NO_CONSENT))
    left_out = _("%s without it are left out") % number_text(without) if removed else ""
    return Check(_("Only to customers who agreed to advertising by %s") % ", ".join(channels), "good", left_out)


def _vouched(campaign: Campaign) -> Iterator[Check]:
    """Show who said why words that sound like advertising stand in information (L-32)."""
    for each in campaign.acknowledgements.select_related("acknowledged_by"):
        label = _("Sounds like advertising, says %(who)s, but is none: %(words)s")
        words = {"who": each.acknowledged_by.get_username(), "words": ", ".join(each.words)}
        yield Check(label % words, "wait", each.reason)


def _exception(campaign: Campaign) -> Iterator[Check]:
    if campaign.is_to_existing_customers:
        goods = campaign.existing_customer_category
        yield Check(_("Without consent too, to those who bought the same kind of goods (L-04)"), "wait", goods)


def _of_way(campaign: Campaign, way: Trial, *, is_one_of_many: bool) -> list[Check]:
    """Return what is looked at in the messages and the account of one way."""
    found = [_fields(way), *_warnings(way)]
    if compliance.needs_label(campaign):
        found = [
            _law(_("(광고) is where the law wants it"), campaign, way, SkipReason.LABEL),
            _law(_("A way to opt out is in it"), campaign, way, SkipReason.OPTOUT_LINE),
            *found,
        ]
    found.append(_identity(campaign, way))
    found.append(_law(_("Fits the channel"), campaign, way, SkipReason.TOO_LONG, SkipReason.ENCODING))
    found += _sender(campaign, way.account)
    name = str(channel_of(way.account).label)
    return [Check(f"{name}: {each.label}", each.tone, each.detail) for each in found] if is_one_of_many else found


def _law(label: str, campaign: Campaign, way: Trial, *reasons: SkipReason) -> Check:
    if not way.made:
        return Check(label, "wait", _("no message could be made to look at"))
    broken = way.violations(campaign, *reasons)
    if broken:
        return Check(label, "bad", _("not in %s of the messages tried") % number_text(broken))
    return Check(label, "good", _("in all %s messages tried") % number_text(len(way.made)))


def _identity(campaign: Campaign, way: Trial) -> Check:
    account = way.account
    identity = (account.sender_name, account.sender_address, account.contact_phone, account.postal_address)
    found = _law(_("The sender's name and contact are in it"), campaign, way, SkipReason.CONTACT)
    return Check(found.label, found.tone, " · ".join(filter(None, identity))) if found.tone == "good" else found


def _sender(campaign: Campaign, account: ChannelAccount) -> Iterator[Check]:
    day = timezone.localdate(campaign.scheduled_at or timezone.now())
    is_advertising = compliance.needs_label(campaign)
    for each in compliance.sender_checks(account, is_advertising=is_advertising, on=day):
        yield Check(str(each.label), each.tone, str(each.detail))


def _fields(way: Trial) -> Check:
    tried = len(way.made) + len(way.refused)
    if not way.refused:
        return Check(_("Every field is filled"), "good", _("tried on %s customers") % number_text(tried))
    some = ngettext(
        "%(count)s of %(tried)s customers tried would get no message.",
        "%(count)s of %(tried)s customers tried would get no message.",
        len(way.refused),
    ) % {"count": len(way.refused), "tried": tried}
    return Check(_("A field is empty for some"), "wait", f"{some} {way.refused[0]}")


def _warnings(way: Trial) -> Iterator[Check]:
    for arm in way.arms:
        for problem in content.check(arm):
            if problem.is_warning:
                yield Check(str(problem), "wait")


def _hour(campaign: Campaign, tried: Sequence[Trial]) -> Check:
    at = campaign.scheduled_at
    label, tone = _("Leaves at once when approved"), "good"
    if at and at < timezone.now():
        over = _("%(moment)s, %(ago)s. It leaves at once when approved.")
        return Check(_("Its time has passed"), "wait", over % {"moment": moment_text(at), "ago": ago_text(at)})
    if at:
        label = _("Leaves at %s") % moment_text(at)
    is_closed, detail = _night(campaign, tried)
    return Check(label, "wait" if is_closed else tone, detail)


def _in_its_time(campaign: Campaign) -> Check:
    """Say when a message of an automation leaves, and what becomes of it at night."""
    label = _("Leaves when each customer comes to it")
    if not compliance.needs_label(campaign):
        return Check(label, "good", _("Information may be sent at any hour."))
    if campaign.at_night == Campaign.WhenRefused.SKIP:
        return Check(label, "good", _("At night: those without a consent for the night are left out."))
    return Check(label, "good", _("At night: those without a consent for the night get it in the morning."))


def _night(campaign: Campaign, tried: Sequence[Trial]) -> tuple[bool, str]:
    """Return whether the hour keeps somebody from getting it then, and what the law says about the hour."""
    if not compliance.needs_label(campaign):
        return False, _("Information may be sent at any hour.")
    bound = [way.account for way in tried if channel_of(way.account).is_bound_to_night]
    if not bound:
        return False, _("E-mail may be sent at night too (L-06).")
    at = max(timezone.now(), campaign.scheduled_at or timezone.now())
    if not any(compliance.window.needs_night_consent(account, at) for account in bound):
        return False, _("By day: advertising may be sent to everybody who agreed to it.")
    if campaign.at_night == Campaign.WhenRefused.SKIP:
        return True, _("At night: those without a consent for the night are left out.")
    return True, _("At night: those without a consent for the night get it in the morning.")


def _drain(campaign: Campaign, tried: Sequence[Trial]) -> Iterator[Check]:
    """Say of each way that would still be sending when its hours are over (L-07)."""
    at = max(timezone.now(), campaign.scheduled_at or timezone.now())
    for way in tried if compliance.needs_label(campaign) else ():
        last = compliance.window.overrun(way.account, at, way.recipients)
        if last:
            waits = _(
                "The last would leave at %(moment)s at the speed of “%(account)s”; the rest waits for the next day."
            )
            detail = waits % {"moment": moment_text(last), "account": way.account}
            yield Check(_("Too many for the hours that are left (L-07)"), "wait", detail)


def _cap(campaign: Campaign, removed: dict[str, int]) -> Check:
    if not compliance.needs_label(campaign):
        return Check(_("Caps do not hold back information"), "quiet")
    caps = [_("%(most)s in %(days)s days") % {"most": cap.most, "days": cap.days} for cap in caps_in_force()]
    if not caps:
        return Check(_("No frequency cap is set"), "wait")
    full = (
        _("%s have had enough and are left out") % number_text(removed.get(SkipReason.FREQ_CAP, 0)) if removed else ""
    )
    return Check(_("Advertisements a customer gets at most: %s") % ", ".join(caps), "good", full)


def _cost(campaign: Campaign, cost: ExpectedCost) -> Iterator[Check]:
    if cost.without_price:
        yield Check(_("A price is missing, so it counts as free"), "wait", ", ".join(cost.without_price))
    if campaign.cost_limit is None:
        yield Check(_("No cost limit is set"), "quiet", _("it costs %s") % won_text(cost.won))
        return
    both = _("%(cost)s of at most %(limit)s") % {"cost": won_text(cost.won), "limit": won_text(campaign.cost_limit)}
    if cost.won > campaign.cost_limit:
        yield Check(_("It costs more than its limit"), "bad", both)
    elif cost.at_most > campaign.cost_limit:
        yield Check(_("It pauses at its cost limit if many need a fallback"), "wait", both)
    else:
        yield Check(_("Within its cost limit"), "good", both)


def _ways_out(tried: Sequence[Trial]) -> Iterator[Check]:
    for account in {way.account.pk: way.account for way in tried}.values():
        if account.paused_at:
            waits = _("Its sending account is paused; it waits until that is resumed")
            yield Check(waits, "wait", account.pause_reason)
        if gateways.is_live(account):
            yield Check(_("Live: real messages leave over “%s”") % account.name, "wait")
        else:
            yield Check(_("Sandbox: nothing leaves, the messages are only written down"), "quiet", account.name)
