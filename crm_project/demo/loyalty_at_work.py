"""What the team of 단골마트 does with points and coupons: two coupons in customers' hands, some used, adjustments that
were booked, refused, and one that waits for a second person.

Made once, after the year was lived through; a second start changes nothing.
"""

import threading
from datetime import timedelta

from django.contrib.auth import get_user_model
from django.contrib.auth.models import AbstractBaseUser
from django.db import connection, transaction
from django.utils import timezone

from crm_project.demo import points_history
from crm_project.demo.setup import REGULARS, WIN_BACK
from customers.models import Order, Segment
from loyalty import ledger
from loyalty.adjustments import asking
from loyalty.coupons import definitions, issue_runs, redeeming
from loyalty.coupons.baskets import Basket, BasketLine
from loyalty.models import Account, AskedAdjustment, Coupon

# Name, segment, terms, and of how many pieces one is used.
COUPONS = (
    (
        "단골 감사 10 % 쿠폰",
        REGULARS,
        {"kind": "percent", "percent": 10, "most_off": 5_000, "minimum_amount": 20_000, "days_valid": 30},
        5,
    ),
    (
        "다시 만나요 3,000원 쿠폰",
        WIN_BACK,
        {"kind": "amount", "amount": 3_000, "minimum_amount": 15_000, "days_valid": 14},
        12,
    ),
)
MOST_USES = 120
TILL = "demo till"


def begin(stop: threading.Event) -> threading.Thread:
    """Live the year through and do the team's work beside everything else, in a thread that is returned."""
    thread = threading.Thread(target=_live, args=[stop], daemon=True, name="points of a year")
    thread.start()
    return thread


def _live(stop: threading.Event) -> None:
    try:
        if points_history.live_through(timezone.now(), go_on=lambda: not stop.is_set()):
            set_to_work()
    finally:
        connection.close()


def set_to_work() -> None:
    """Make the coupons and the adjustments, where there are none."""
    for name, segment, terms, one_in in COUPONS:
        if not Coupon.objects.filter(source=Coupon.OWN, name=name).exists():
            _hand_out(name, Segment.objects.get(name=segment), terms, one_in)
    if not AskedAdjustment.objects.exists():
        _adjust()


@transaction.atomic
def _hand_out(name: str, segment: Segment, terms: dict[str, object], one_in: int) -> None:
    """Hand a coupon out to a segment; some of its members use it for a basket like their last one."""
    valid_until = timezone.localdate() + timedelta(days=60)
    coupon = Coupon(name=name, valid_until=valid_until, **terms)
    definitions.save(coupon, by=_user("operator"))
    definitions.start(coupon)
    issue = issue_runs.begin_for_segment(coupon, segment, by=_user("operator"))
    issue_runs.carry_on(issue.pk)
    issue_runs.begin_codes(coupon, 50, by=_user("operator"), note="전단지")
    pieces = coupon.issued.filter(customer__isnull=False).order_by("pk").values_list("code", "customer_id")
    for number, (code, customer_id) in enumerate(list(pieces[::one_in])[:MOST_USES]):
        last = Order.objects.filter(customer=customer_id).order_by("-placed_at").first()
        won = max(last.paid if last else 0, coupon.minimum_amount)
        basket = Basket([BasketLine("장보기", won)], customer_id=customer_id)
        redeeming.redeem([code], basket, source=TILL, reference=f"{coupon.external_id}-{number}")


@transaction.atomic
def _adjust() -> None:
    """Book a small adjustment, have one refused and leave one waiting."""
    operator, approver = _user("operator"), _user("approver")
    members = list(Account.objects.filter(status=Account.Status.OPEN).order_by("-lifetime_earned")[:4])
    small, agreed, refused, waiting = (member.pk for member in members)
    ledger.adjust(small, 500, reason="missed_earning", note="포인트 카드를 두고 오심", by=operator)
    asked = asking.ask(agreed, 15_000, reason="goodwill", note="배송 중 파손, 사진 확인", by=operator)
    asking.agree(asked.pk, by=approver, note="사진 확인했습니다")
    asked = asking.ask(refused, 50_000, reason="goodwill", note="쿠폰을 못 썼다고 하심", by=operator)
    asking.refuse(asked.pk, by=approver, note="금액의 근거를 적어 주세요")
    asking.ask(waiting, 20_000, reason="system_error", note="이중 결제로 적립 누락", by=operator)


def _user(username: str) -> AbstractBaseUser:
    return get_user_model().objects.get(username=username)
