"""What was booked at a desk today, newest first: points used and earned, coupons used, and what was cancelled."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID, uuid4

from django.contrib.auth.models import User
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from crm_project.templatetags.formats import number_text, won_text
from customers.masking import CustomerView
from customers.models import Customer, Store
from loyalty.desk import coupon_use, limits
from loyalty.desk.receipts import BACK
from loyalty.ledger.terms import ZONE, start_of
from loyalty.models import CouponRedemption, DeskAct

MOST_SHOWN = 12
LOOKS = {
    DeskAct.Kind.REDEEM: ("wallet", "busy", "−"),
    DeskAct.Kind.EARN: ("plus", "good", "+"),
    DeskAct.Kind.CANCEL: ("undo-2", "quiet", ""),
}


@dataclass(slots=True)
class Booked:
    """One line: `what` and `pk` name what a cancel takes back, `question` and `outcome` what it asks before."""

    what: str
    pk: int
    happened_at: datetime
    by: User
    icon: str
    tone: str
    figure: str
    label: str
    name: str
    receipt: str
    question: str = ""
    outcome: str = ""
    is_cancelled: bool = False
    may_cancel: bool = False
    needs_manager: bool = False
    colleague: str = ""
    key: UUID = field(default_factory=uuid4)


def booked_today(user: User, store: Store, now: datetime, *, is_manager: bool) -> list[Booked]:
    """Return what the person booked in this store today (KST); of all the store's people for its manager."""
    since = start_of(now.astimezone(ZONE).date())
    own = {} if is_manager else {"by": user}
    lines = [*_points(store, since, **own), *_coupons(store, since, **own)]
    newest = sorted(lines, key=lambda line: line.happened_at, reverse=True)[:MOST_SHOWN]
    for line in newest:
        _tell_who_may(line, user, is_manager=is_manager, now=now)
    return newest


def _points(store: Store, since: datetime, **own: User) -> Iterator[Booked]:
    acts = DeskAct.objects.filter(store=store, happened_at__gte=since, **own).order_by("-happened_at", "-pk")
    rows = acts.select_related("by", "transaction__account__customer").annotate(back=BACK)
    for act in rows[:MOST_SHOWN]:
        icon, tone, sign = LOOKS[act.kind]
        points = number_text(act.points)
        yield Booked(
            what="points" if act.kind != DeskAct.Kind.CANCEL else "",
            pk=act.pk,
            happened_at=act.happened_at,
            by=act.by,
            icon=icon,
            tone=tone,
            figure=f"{sign}{points}P",
            label=act.get_kind_display(),
            name=_name(act.transaction.account.customer),
            receipt=act.receipt,
            question=_("Cancel %(points)s points of receipt %(receipt)s?") % {"points": points, "receipt": act.receipt},
            outcome=_("The points are taken back from the customer.")
            if act.kind == DeskAct.Kind.EARN
            else _("The points go back to the customer, with the day they expire on."),
            is_cancelled=act.back >= act.points,
        )


def _coupons(store: Store, since: datetime, **own: User) -> Iterator[Booked]:
    """Yield the coupons used, those of a receipt as one: they are cancelled together."""
    mine = {"staff": own["by"]} if own else {}
    uses = coupon_use.used_at(store).filter(redeemed_at__gte=since, position=1, **mine)
    for use in uses.select_related("staff", "customer", "coupon").order_by("-redeemed_at", "-pk")[:MOST_SHOWN]:
        yield Booked(
            what="coupon",
            pk=use.pk,
            happened_at=use.redeemed_at,
            by=use.staff,
            icon="ticket",
            tone="accent",
            figure=use.coupon.name,
            label=pgettext("desk", "coupon used"),
            name=_name(use.customer),
            receipt=use.receipt,
            question=_("Cancel the coupon of receipt %(receipt)s?") % {"receipt": use.receipt},
            outcome=_("The customer can use it again until its last day. %(amount)s more is to be paid.")
            % {"amount": won_text(use.discount)},
            is_cancelled=use.status != CouponRedemption.Status.USED,
        )


def _tell_who_may(line: Booked, user: User, *, is_manager: bool, now: datetime) -> None:
    is_open = bool(line.what) and not line.is_cancelled
    is_own = limits.is_own(user, booked_by=line.by.pk, booked_at=line.happened_at, now=now)
    line.may_cancel = is_open and (is_own or is_manager)
    line.needs_manager = is_open and not line.may_cancel
    line.colleague = "" if line.by == user else line.by.get_full_name() or line.by.get_username()


def _name(customer: Customer | None) -> str:
    return CustomerView(customer).title if customer else ""
