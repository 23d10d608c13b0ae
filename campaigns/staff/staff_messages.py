"""Tests and codes to staff: made and composed as every message is, sent to registered addresses only, never counted.

A test needs no approval, as nobody but staff can get it; so the address, proven by its owner, is the third key.
"""

from collections.abc import Sequence
from copy import copy
from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.auth.models import User
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from liquid.exceptions import LiquidError

from campaigns import gateways
from campaigns.channels.base import Envelope, channel_of
from campaigns.errors import NotAllowed, NotReady
from campaigns.gateways import sandbox
from campaigns.gateways.base import Fate, GatewayError, PreparedMessage
from campaigns.library.template_library import account_for
from campaigns.models import Campaign, ChannelAccount, StaffAddress, StaffMessage, Step, Variant
from campaigns.pipeline import content
from campaigns.review.samples import Sample, samples
from campaigns.staff import staff_addresses
from customers.models import Customer

MAY_SEND = "campaigns.send_test"
MARK = "[테스트]"
# Never before the label: what the law wants stands first in a test too (U-05).
MARKED = ("subject", "text")
CODES = Campaign.MessagePurpose.INFORMATION
# A folder of their own in the sandbox, as they belong to no campaign's messages.
SANDBOX_CAMPAIGN = 0
# The step's own content first, which has no fallback.
IN_TURN = F("fallback__position").asc(nulls_first=True)


def send_test(
    campaign: Campaign, addresses: Sequence[StaffAddress], *, by: User, sample_code: str = ""
) -> list[StaffMessage]:
    """Send each content of a campaign to those addresses that fit its channel, as a sample customer would get it.

    One content that is refused keeps none of the others from being tested.

    Raises:
        NotAllowed: `by` may not send tests, or an address is not theirs or not confirmed.
        NotReady: nothing can be sent, or not every content; says which and why.
    """
    _permit(by, addresses)
    chosen = samples(campaign, unmasked=False)
    sample = next((each for each in chosen if each.code == sample_code), chosen[0] if chosen else None)
    if sample is None:
        raise NotReady([_("There is no customer yet to write a test for.")])
    sent, refused = [], []
    for variant in _contents(campaign):
        for address in addresses:
            if staff_addresses.KIND_OF_CHANNEL.get(variant.account.channel) == address.kind:
                try:
                    sent.append(_send_content(variant, address, sample, by=by))
                except NotReady as refusal:
                    refused.append(_of_content(variant, refusal))
    if refused:
        raise NotReady([*dict.fromkeys(refused), *_that_left(len(sent))])
    if not sent:
        raise NotReady([_("None of these addresses is one that this campaign's messages go to.")])
    return sent


def send_code(address: StaffAddress, *, by: User) -> tuple[StaffMessage, str]:
    """Send the owner of an address the code that proves it; return the message and the code.

    Raises:
        NotAllowed: it is not the address of `by`, or `by` had too many codes sent.
        NotReady: there is no account to send it over, or it cannot be sent.
    """
    if address.user_id != by.pk:
        raise NotAllowed(_("Only whose address it is can confirm it."))
    _check_rate(by)
    account = account_for(staff_addresses.CODE_CHANNEL[StaffAddress.Kind(address.kind)])
    if account is None:
        raise NotReady([_("There is no sending account that reaches such an address. Add one first.")])
    code = staff_addresses.new_code(address)
    variant = staff_addresses.code_content(code)
    variant.step = Step(campaign=Campaign(name=MARK, purpose=CODES), account=account)
    recipient = content.recipient_of(_nobody(), account)
    return _send(content.compile_variant(variant).render(recipient), variant, address, by=by), code


def forget_written(before: datetime) -> int:
    """Delete what the sandbox wrote of tests sent before a moment; return how many there were (P-18)."""
    old = StaffMessage.objects.filter(is_sandbox=True, sent_at__lt=before).values_list("pk", flat=True)
    return sandbox.forget(SANDBOX_CAMPAIGN, [-pk for pk in old]) if old else 0


def marked(variant: Variant) -> Variant:
    """Return the content with the mark of a test where it is read first; what an approved template says stays."""
    test = copy(variant)
    name = next((name for name in channel_of(variant.account).fields if name in MARKED), None)
    if name and getattr(variant, name):
        setattr(test, name, f"{MARK} {getattr(variant, name)}")
    return test


def _permit(by: User, addresses: Sequence[StaffAddress]) -> None:
    if not by.has_perm(MAY_SEND):
        raise NotAllowed(_("You may not send tests. Ask somebody with the permission."))
    if any(address.user_id != by.pk or address.confirmed_at is None for address in addresses):
        raise NotAllowed(_("A test goes to your own confirmed addresses only."))
    _check_rate(by)


def _check_rate(by: User) -> None:
    """Refuse who sends without end: a test is a message that costs money too."""
    since = timezone.now() - timedelta(hours=1)
    if StaffMessage.objects.filter(sent_by=by, sent_at__gte=since).count() >= settings.STAFF_MESSAGES_PER_HOUR:
        raise NotAllowed(_("You sent %d tests within the hour. Wait a while.") % settings.STAFF_MESSAGES_PER_HOUR)


def _contents(campaign: Campaign) -> list[Variant]:
    stored = Variant.objects.filter(step__campaign=campaign).order_by(IN_TURN, "name", "locale")
    return list(stored.select_related("step__campaign", "step__account", "fallback__account"))


def _of_content(variant: Variant, refusal: NotReady) -> str:
    """Say which content was refused: by its arm, its language and its way."""
    name = ", ".join(filter(None, [variant.name, variant.locale]))
    return _("Content %(name)s over “%(account)s”: %(why)s") % {
        "name": name, "account": variant.account.name, "why": refusal,
    }  # fmt: skip


def _that_left(number: int) -> list[str]:
    words = ngettext("%d other test was sent.", "%d other tests were sent.", number)
    return [words % number] if number else []


def _send_content(variant: Variant, address: StaffAddress, sample: Sample, *, by: User) -> StaffMessage:
    """Send one content. The mark stays away where it would make a dearer message of it than customers get."""
    [recipient] = content.recipients_of([sample.customer], variant)
    try:
        plain = content.compile_variant(variant).render(recipient)
        test = content.compile_variant(marked(variant)).render(recipient)
    except LiquidError as error:
        raise NotReady([str(error)]) from error
    return _send(test if test.kind == plain.kind else plain, variant, address, by=by)


def _send(rendered: content.Rendered, variant: Variant, address: StaffAddress, *, by: User) -> StaffMessage:
    """Compose and hand over one message, and keep what became of it."""
    account, campaign = variant.account, variant.step.campaign
    if gateways.is_live(account) and campaign.pk and not address.is_proven:
        raise NotAllowed(_("“%s” was confirmed in the sandbox only. Have a code sent there now.") % address.address)
    if account.paused_at:
        raise NotReady([_("The sending account “%s” is paused.") % account.name])
    row = StaffMessage.objects.create(
        address=address,
        campaign=campaign if campaign.pk else None,
        channel=account.channel,
        is_sandbox=not gateways.is_live(account),
        sent_by=by,
    )
    envelope = Envelope(
        # Below zero: no message of a campaign has such a number, so no report is ever taken for one of theirs.
        message_id=-row.pk,
        campaign_id=SANDBOX_CAMPAIGN,
        account=account,
        address=address.address,
        at=timezone.now(),
    )
    row.fate, row.detail = _hand_over(account, channel_of(account).compose(rendered, envelope))
    row.save(update_fields=["fate", "detail"])
    if row.fate != Fate.SENT:
        raise NotReady([_("It was not taken: %s") % row.detail])
    return row


def _hand_over(account: ChannelAccount, prepared: PreparedMessage) -> tuple[str, str]:
    """Return what became of the message, and what the gateway said."""
    gateway = gateways.gateway_for(account, approved=True)
    try:
        [outcome] = gateway.send_batch([prepared])
    except GatewayError as error:
        return Fate.FAILED, str(error)[:300]
    finally:
        gateway.close()
    return outcome.fate, (outcome.detail or outcome.failure)[:300]


def _nobody() -> Customer:
    return Customer(joined_at=timezone.now())
