"""One message gives one coupon and its points once, whatever happens on the way; what does not leave gives nothing."""

from collections.abc import Callable, Sequence
from email import message_from_bytes, policy
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from campaigns.models import Campaign, ChannelAccount, Message
from campaigns.offers import giving
from campaigns.pipeline import claims, content, dispatch
from campaigns.pipeline.run import CampaignRun
from customers.models import Customer
from loyalty import ledger
from loyalty.coupons import codes, costs, issuing, redeeming
from loyalty.coupons.baskets import Basket, BasketLine
from loyalty.ledger import checking
from loyalty.models import Coupon, CouponIssue, IssuedCoupon, Transaction
from tests.factories import make_coupon, make_draft, make_reachable_customer

pytestmark = pytest.mark.django_db
Sender = Callable[[Campaign], Campaign]

TOLD = {"html": "<p>{{ name }} {{ coupon.name }} {{ coupon.code }} {{ coupon.valid_until }}</p>"}


def make_person(**given: object) -> Customer:
    """Somebody made up, as in a demo: a rehearsal gives to them what it promises."""
    return make_reachable_customer(is_demo=True, **given)


def make_offer(coupon: Coupon | None = None, *, points: int = 0, words: dict[str, str] | None = None) -> Campaign:
    campaign = make_draft(content=words or (TOLD if coupon else {}))
    campaign.steps.update(coupon=coupon, points=points)
    return campaign


def read(outbox: Path, campaign: Campaign, customer: Customer) -> str:
    message = Message.objects.get(campaign=campaign, customer=customer)
    mail = message_from_bytes((outbox / str(campaign.pk) / f"{message.pk}.eml").read_bytes(), policy=policy.default)
    return mail.get_body(("html",)).get_content()


def test_everybody_who_is_written_to_gets_a_coupon_of_their_own_and_reads_its_code(sent: Sender, outbox: Path) -> None:
    coupon, people = make_coupon(name="겨울 5천원"), [make_person() for _ in range(3)]

    campaign = sent(make_offer(coupon))

    pieces = {piece.customer_id: piece for piece in IssuedCoupon.objects.all()}
    coupon.refresh_from_db()
    assert set(pieces) == {each.pk for each in people}
    assert (coupon.issued_count, CouponIssue.objects.get().issued_count) == (3, 3)
    for customer in people:
        assert f"겨울 5천원 {codes.shown(pieces[customer.pk].code)} {coupon.valid_until}" in read(
            outbox, campaign, customer
        )


def test_who_is_not_written_to_gets_none(sent: Sender, outbox: Path) -> None:
    coupon = make_coupon()
    make_reachable_customer(is_demo=True, name="")  # without a name the content cannot be made
    reached = make_person()

    campaign = sent(make_offer(coupon))

    coupon.refresh_from_db()
    assert Message.objects.filter(campaign=campaign, skip_reason="VAR_MISSING").count() == 1
    assert list(IssuedCoupon.objects.values_list("customer", flat=True)) == [reached.pk]
    assert (coupon.issued_count, CouponIssue.objects.get().issued_count) == (1, 1)


def test_a_second_try_tells_the_same_coupon_and_books_no_points_twice(sent: Sender, outbox: Path) -> None:
    coupon, customer = make_coupon(), make_person()
    campaign = sent(make_offer(coupon, points=500))
    first = IssuedCoupon.objects.get()
    Message.objects.update(status="planned", sent_at=None, sending_at=None)
    Campaign.objects.update(status="active", finished_at=None)

    dispatch.dispatch_due()

    assert IssuedCoupon.objects.get() == first
    assert codes.shown(first.code) in read(outbox, campaign, customer)
    assert ledger.account_of(customer.pk).available == 500
    assert Transaction.objects.filter(kind="earn").count() == 1


def test_a_second_try_does_not_tell_a_code_that_was_used_meanwhile(sent: Sender, outbox: Path) -> None:
    make_person()
    campaign = sent(make_offer(make_coupon(per_customer_limit=1)))
    IssuedCoupon.objects.update(status="used")
    Message.objects.update(status="planned", sent_at=None, sending_at=None)
    Campaign.objects.update(status="active", finished_at=None)

    dispatch.dispatch_due()

    message = Message.objects.get(campaign=campaign)
    assert (message.status, message.skip_reason, IssuedCoupon.objects.count()) == ("skipped", "VAR_MISSING", 1)


def test_a_worker_killed_before_the_intent_is_committed_gave_nothing(
    planned: Sender, outbox: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    coupon = make_coupon()
    customer = make_person()
    campaign = planned(make_offer(coupon, points=500))
    mark_sending = claims.mark_sending

    def dies(mine: Sequence[claims.Claim], *, is_sandbox: bool) -> set[int]:
        mark_sending(mine, is_sandbox=is_sandbox)
        raise KeyboardInterrupt

    monkeypatch.setattr(claims, "mark_sending", dies)
    run = CampaignRun(campaign, deadline=float("inf"))
    claimed, _wait = claims.claim(campaign.pk, run.account.pk)
    with pytest.raises(KeyboardInterrupt):
        run.hand_over(claimed)
    left_behind = IssuedCoupon.objects.count(), Transaction.objects.count()
    monkeypatch.setattr(claims, "mark_sending", mark_sending)
    claims.give_back(claimed, status="claimed")

    dispatch.dispatch_due()

    coupon.refresh_from_db()
    assert left_behind == (0, 0)
    assert (IssuedCoupon.objects.count(), coupon.issued_count) == (1, 1)
    assert ledger.account_of(customer.pk).available == 500


def test_what_a_pause_holds_back_gives_nothing(planned: Sender, outbox: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    coupon = make_coupon()
    make_person()
    campaign = planned(make_offer(coupon, points=500))
    run = CampaignRun(campaign, deadline=float("inf"))
    claimed, _wait = claims.claim(campaign.pk, run.account.pk)
    Campaign.objects.update(status="paused")

    run.hand_over(claimed)

    coupon.refresh_from_db()
    assert Message.objects.get().status == "planned"
    assert (IssuedCoupon.objects.count(), coupon.issued_count, Transaction.objects.count()) == (0, 0, 0)


def test_who_has_as_many_as_they_may_gets_no_message_that_names_one(sent: Sender, outbox: Path) -> None:
    coupon, has, new = make_coupon(per_customer_limit=1), make_person(), make_person()
    issuing.issue(coupon, issuing.only(has.pk), origin="customer", reference="1")

    campaign = sent(make_offer(coupon))

    assert Message.objects.get(campaign=campaign, customer=has).skip_reason == "VAR_MISSING"
    assert Message.objects.get(campaign=campaign, customer=new).status == "sent"
    assert IssuedCoupon.objects.filter(customer=has).count() == 1


def test_a_rehearsal_gives_nothing_to_real_people_and_shows_a_made_up_code(sent: Sender, outbox: Path) -> None:
    customer = make_reachable_customer()

    campaign = sent(make_offer(make_coupon(), points=500))

    assert "0000-0000-0000" in read(outbox, campaign, customer)
    assert not IssuedCoupon.objects.exists()
    assert not Transaction.objects.exists()


def test_a_coupon_that_was_stopped_pauses_the_campaign_and_nothing_leaves(planned: Sender, outbox: Path) -> None:
    coupon = make_coupon()
    make_person()
    campaign = planned(make_offer(coupon))
    Coupon.objects.update(status="stopped")

    dispatch.dispatch_due()

    campaign.refresh_from_db()
    assert (campaign.status, coupon.name in campaign.status_reason) == ("paused", True)
    assert Message.objects.counts_by_status() == {"planned": 1}
    assert not IssuedCoupon.objects.exists()


def test_points_are_booked_as_a_promotion_by_the_message_they_came_with(sent: Sender, outbox: Path) -> None:
    customer = make_person()
    told = {"html": "<p>{{ name }} +{{ points.given }}P, {{ points.available }}P</p>"}

    campaign = sent(make_offer(points=500, words=told))

    booked = Transaction.objects.get()
    message = Message.objects.get(campaign=campaign)
    assert (booked.source_system, booked.reference, booked.line) == ("campaign", str(campaign.pk), str(message.pk))
    assert (booked.points, booked.lots.get().kind) == (500, "promotion")
    assert "+500P, 0P" in read(outbox, campaign, customer)
    assert not checking.check().differences


def test_a_code_that_is_one_for_all_is_told_and_nothing_is_issued(sent: Sender, outbox: Path) -> None:
    customer = make_person()
    coupon = make_coupon(codes="shared", shared_code="SPRING2026")

    campaign = sent(make_offer(coupon))

    assert "SPRING2026" in read(outbox, campaign, customer)
    assert not IssuedCoupon.objects.exists()


def test_what_the_coupons_cost_is_known_by_campaign(sent: Sender, outbox: Path) -> None:
    customer = make_person()
    campaign = sent(make_offer(make_coupon(amount=5_000)))
    piece = IssuedCoupon.objects.get(customer=customer)

    basket = Basket([BasketLine("P-1", 30_000)], customer_id=customer.pk)
    redeeming.redeem([piece.code], basket, source="till", reference="R-1", receipt="1001")

    assert costs.of_campaigns([campaign.pk]) == {campaign.pk: costs.Cost(uses=1, discount=5_000)}


def test_staff_who_look_at_a_message_read_only_the_end_of_its_code(sent: Sender, outbox: Path) -> None:
    customer = make_person()
    campaign = sent(make_offer(make_coupon()))
    code = codes.shown(IssuedCoupon.objects.get().code)

    looked_at = content.render(Message.objects.get(campaign=campaign).variant, customer).html

    assert code in read(outbox, campaign, customer)
    assert code not in looked_at
    assert f"…{code[-4:]}" in looked_at


def test_a_live_message_gives_to_real_people() -> None:
    customer, step = make_reachable_customer(), make_offer(make_coupon(), points=100).steps.get()

    drawn = giving.draw_coupons(step, giving.whom_to_give({7: customer.pk}, is_live=True))
    giving.grant_points(step, {7: customer.pk})

    assert drawn == {7}
    assert IssuedCoupon.objects.get(customer=customer).entry == "7"
    assert ledger.account_of(customer.pk).available == 100
    assert ChannelAccount.objects.get() == step.account


@pytest.mark.parametrize("points", [0, 500])
def test_a_shared_code_that_was_stopped_is_told_no_more(planned: Sender, outbox: Path, points: int) -> None:
    make_person()
    campaign = planned(make_offer(make_coupon(codes="shared", shared_code="SPRING2026"), points=points))
    Coupon.objects.update(status="stopped")

    dispatch.dispatch_due()

    campaign.refresh_from_db()
    assert campaign.status == "paused"
    assert Message.objects.counts_by_status() == {"planned": 1}
    assert not Transaction.objects.exists()


def test_a_campaign_that_gives_both_locks_accounts_before_the_coupon_as_a_sale_does() -> None:
    customer, campaign = make_person(), make_offer(make_coupon(), points=500)
    ledger.account_of(customer.pk)

    with CaptureQueriesContext(connection) as asked:
        giving.draw_coupons(campaign.steps.get(), {1: customer.pk})

    locking = [query["sql"] for query in asked if "FOR NO KEY UPDATE" in query["sql"]]
    assert ["loyalty_account" in sql for sql in locking] == [True, False]
