"""Coupons and points go to those whose message leaves: set-based, a slice at a time, in the slice's transaction.

A coupon is drawn before the content is rendered, which tells its code, and taken out again where the message does not
leave after all: nobody has seen it by then. It is one a message by a unique key, so a second try finds the first one's.
"""

from collections.abc import Collection, Mapping

from django.utils import timezone

from campaigns.models import Step
from customers.models import Customer
from loyalty import ledger
from loyalty.coupons import issuing
from loyalty.ledger.batches import earn_many, open_accounts
from loyalty.models import Account, Coupon, CouponIssue, LotKind

SOURCE = "campaign"
CUSTOMERS = "SELECT unnest(%s::bigint[]) AS customer_id"
AWARDS = """
    SELECT account.id AS account_id, %s::bigint AS points, %s AS source_system, %s AS reference,
           going.message_id::text AS line, %s::timestamptz AS occurred_at, %s::timestamptz AS activates_at,
           %s::timestamptz AS expires_at, %s AS kind, NULL::bigint AS rule_version_id, '{}'::jsonb AS details,
           NULL::bigint AS store_id
    FROM unnest(%s::bigint[], %s::bigint[]) AS going(message_id, customer_id)
    JOIN loyalty_account AS account ON account.customer_id = going.customer_id AND account.program_id = %s
"""
# The customers of messages, by the messages' ids.
Going = Mapping[int, int]


def whom_to_give(going: Going, *, is_live: bool) -> Going:
    """Return those messages that give what they promise: in a rehearsal only those to made-up customers."""
    if is_live or not going:
        return going
    made_up = set(Customer.objects.filter(pk__in=going.values(), is_demo=True).values_list("pk", flat=True))
    return {message_id: customer_id for message_id, customer_id in going.items() if customer_id in made_up}


def draw_coupons(step: Step, going: Going) -> Collection[int]:
    """Issue the step's coupon to the customers of these messages; return the messages for which one was drawn now.

    None for who holds or has used as many as they may, and for a coupon with one code for all.

    Raises:
        CouponRefused: the coupon was stopped, or its period is over.
    """
    if step.coupon is None or not going:
        return ()
    if step.coupon.codes == Coupon.Codes.SHARED:
        issuing.refuse_ended(step.coupon, timezone.now())
        return ()
    if step.points:
        lock_accounts(going)
    entries = {str(message_id): customer_id for message_id, customer_id in going.items()}
    reference = str(step.campaign_id)
    drawn = issuing.issue_each(step.coupon, entries, origin=CouponIssue.Origin.CAMPAIGN, reference=reference)
    return {int(entry) for entry in drawn}


def lock_accounts(going: Going) -> None:
    """Lock the accounts before the coupon, as every sale that has both does: else the two may wait for each other."""
    accounts = Account.objects.filter(program=ledger.current_program(), customer__in=set(going.values()))
    list(accounts.select_for_update(no_key=True).order_by("pk").values_list("pk", flat=True))


def take_out(step: Step, message_ids: Collection[int]) -> None:
    """Undo the drawing for messages that do not leave, in the transaction that drew."""
    if step.coupon is not None and message_ids:
        entries = [str(message_id) for message_id in message_ids]
        reference = str(step.campaign_id)
        issuing.take_out(step.coupon, entries, origin=CouponIssue.Origin.CAMPAIGN, reference=reference)


def grant_points(step: Step, going: Going) -> int:
    """Book the step's points for messages that leave, each once for ever; return how many were new."""
    if not step.points or not going:
        return 0
    program, now = ledger.current_program(), timezone.now()
    customers = sorted(set(going.values()))
    open_accounts(CUSTOMERS, [customers], program_id=program.pk)
    terms = ledger.terms_of(program, now, kind=LotKind.PROMOTION)
    lot = (now, terms.activates_at, terms.expires_at, terms.kind)
    told = [step.points, SOURCE, str(step.campaign_id), *lot, list(going), list(going.values()), program.pk]
    return earn_many(AWARDS, told)
