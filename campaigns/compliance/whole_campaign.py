"""What of a campaign as a whole breaks a rule: its purpose, what it is for, its hour, the accounts it goes over."""

from collections.abc import Iterator

from django.utils import timezone
from django.utils.translation import gettext as _

from campaigns.compliance import information, restricted, window
from campaigns.compliance.labels import needs_label
from campaigns.compliance.senders import sender_checks
from campaigns.errors import NeverOpen
from campaigns.models import Campaign, ChannelAccount
from crm_project.templatetags.formats import moment_text


def problems(campaign: Campaign) -> list[str]:
    """Return what keeps the campaign from being reviewed and started, as sentences."""
    return [
        *information.problems(campaign),
        *restricted.problems(campaign),
        *_of_hours(campaign),
        *_of_senders(campaign),
    ]


def accounts_of(campaign: Campaign) -> list[ChannelAccount]:
    """Return the accounts that the campaign may leave over, each once, in the order of its ways."""
    found = []
    for step in campaign.steps.select_related("account").prefetch_related("fallbacks__account"):
        found += [step.account, *(fallback.account for fallback in step.fallbacks.all())]
    return list({account.pk: account for account in found}.values())


def _of_hours(campaign: Campaign) -> Iterator[str]:
    """A time at which the gateway takes no advertising is no time to ask for (L-07)."""
    at = campaign.scheduled_at
    for account in accounts_of(campaign) if needs_label(campaign) else ():
        try:
            window.next_opening(account, timezone.now(), has_night_consent=False)
        except NeverOpen as refusal:
            yield str(refusal)
        if at and window.is_closed_by_gateway(account, at):
            message = _(
                "“%(account)s” takes advertising from %(hours)s only, not at %(moment)s. Choose another time (L-07)."
            )
            yield message % {"account": account, "hours": window.hours_text(account), "moment": moment_text(at)}


def _of_senders(campaign: Campaign) -> Iterator[str]:
    """A number that is not registered and a gateway without certificate stop every message, so nobody starts them."""
    for account in accounts_of(campaign):
        checks = sender_checks(account, is_advertising=needs_label(campaign), on=timezone.localdate())
        for check in checks:
            if check.tone == "bad":
                yield _("“%(account)s”: %(check)s is missing. %(remedy)s") % {
                    "account": account,
                    "check": check.label,
                    "remedy": check.detail,
                }
