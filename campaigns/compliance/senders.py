"""What the law asks of the account that a message leaves over: its caller number, its 080 line, its certificate.

One table, read by the gate (`sender_reason`), by the review and by the compliance board (`sender_checks`).
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext_lazy as _

from campaigns.gateways import is_live
from campaigns.models import ChannelAccount, SkipReason
from crm_project.country_rules import CountryRules, country_rules
from crm_project.templatetags.formats import day_text

TEXT_MESSAGES = "sms"
HOME = "KR"
# Gateways that are no company: nothing leaves the shop.
OWN_GATEWAYS = ("sandbox", "in_app")
# So many days before it ends, a registration or certificate is shown as something to renew.
RENEWED_DAYS_AHEAD = 30


@dataclass(frozen=True, slots=True)
class Demand:
    """One thing asked of accounts for text messages. `until` is the last day on which what is there counts.

    `for_information`: asked of information too. `in_sandbox`: also while nothing leaves, for the text would lack it.
    """

    reason: SkipReason
    label: object
    remedy: object
    is_asked: Callable[[CountryRules], bool]
    is_there: Callable[[ChannelAccount], bool]
    until: Callable[[ChannelAccount], date | None] | None = None
    for_information: bool = False
    in_sandbox: bool = False

    def is_met(self, account: ChannelAccount, on: date) -> bool:
        """Tell whether the account has it on that day, its last day included."""
        last_day = self.until(account) if self.until else None
        return self.is_there(account) and (self.until is None or (last_day is not None and last_day >= on))


@dataclass(frozen=True, slots=True)
class SenderCheck:
    """A line about an account; tones: good, wait (soon, or advice), bad (stops messages once live)."""

    label: object
    tone: str
    detail: object = ""


DEMANDS = (
    Demand(
        reason=SkipReason.CALLER_UNREGISTERED,
        label=_("Caller number registered"),
        remedy=_("Register the number with the gateway and enter until when that holds (G-05)."),
        is_asked=lambda rules: rules.wants_registered_caller,
        is_there=lambda account: bool(account.sender_address.strip()),
        until=lambda account: account.caller_registered_until,
        for_information=True,
    ),
    Demand(
        reason=SkipReason.NO_080,
        label=_("Free 080 number to opt out"),
        remedy=_("Enter the shop's 080 number: every advertising text ends with it (L-21)."),
        is_asked=lambda rules: rules.wants_free_number,
        is_there=lambda account: bool(account.opt_out_number.strip()),
        in_sandbox=True,
    ),
    Demand(
        reason=SkipReason.PROVIDER_NOT_CERTIFIED,
        label=_("Gateway certified to send advertising"),
        remedy=_("Ask the gateway for the number of its certificate and enter it with its last day (L-14)."),
        is_asked=lambda rules: rules.wants_certified_sender,
        is_there=lambda account: bool(account.certificate_number.strip()),
        until=lambda account: account.certificate_until,
    ),
)


def sender_reason(account: ChannelAccount, *, is_advertising: bool, on: date) -> SkipReason | None:
    """Return why nothing of this purpose may leave over the account on that day (KST); None where it may.

    An account that is not live sends to the sandbox, where only what stands in the message itself counts.
    """
    for demand in _asked(account, is_advertising=is_advertising):
        if (demand.in_sandbox or is_live(account)) and not demand.is_met(account, on):
            return demand.reason
    return None


def sender_checks(account: ChannelAccount, *, is_advertising: bool, on: date) -> list[SenderCheck]:
    """Return a line for each thing asked of the account on that day, met or not, and what the law on data asks."""
    found = [_check(demand, account, on) for demand in _asked(account, is_advertising=is_advertising)]
    return [*found, *_about_data(account)]


def _asked(account: ChannelAccount, *, is_advertising: bool) -> Iterator[Demand]:
    rules = country_rules()
    for demand in DEMANDS if account.channel == TEXT_MESSAGES else ():
        if demand.is_asked(rules) and (is_advertising or demand.for_information):
            yield demand


def _check(demand: Demand, account: ChannelAccount, on: date) -> SenderCheck:
    if not demand.is_met(account, on):
        return SenderCheck(demand.label, "bad" if demand.in_sandbox or is_live(account) else "wait", demand.remedy)
    last_day = demand.until(account) if demand.until else None
    if last_day is None:
        return SenderCheck(demand.label, "good")
    is_soon = (last_day - on).days <= RENEWED_DAYS_AHEAD
    return SenderCheck(demand.label, "wait" if is_soon else "good", _("until %s") % day_text(last_day))


def _about_data(account: ChannelAccount) -> Iterator[SenderCheck]:
    """Contract and transfer abroad (P-09, P-10): they are the shop's duties, and stop no message."""
    if account.gateway in OWN_GATEWAYS:
        return
    processor = account.processor
    if account.contract_on is None and not (processor and processor.contract_on):
        yield SenderCheck(_("Written contract of processing"), "wait", _("Enter the day of the contract (P-09)."))
    is_announced = account.overseas_notice_on or (processor and processor.transfer_notified_on)
    if account.country != HOME and not is_announced:
        remedy = _("Announce the transfer abroad in the privacy policy and enter the day (P-10).")
        yield SenderCheck(_("Transfer abroad announced"), "wait", remedy)
