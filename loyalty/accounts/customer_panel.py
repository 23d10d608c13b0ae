"""Points on the customer page: the balance in a card, and what was booked in the timeline."""

from datetime import datetime

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy

from customers.models import Customer
from customers.profile.panels import panel
from customers.profile.timeline import TimelineItem, earlier, timeline_source
from loyalty import ledger
from loyalty.accounts.statement import LOOKS
from loyalty.models import Account, Transaction

KIND = Transaction.Kind
SOON_DAYS = 60
# What a marketer wants to see between orders and messages; the rest stands in the statement.
TOLD = (KIND.EARN, KIND.REDEEM, KIND.CAPTURE, KIND.GIVE_BACK, KIND.CLAW_BACK, KIND.ADJUST, KIND.EXPIRE)
CAME = (KIND.EARN, KIND.GIVE_BACK)


@panel("points", title=gettext_lazy("Points"), icon="gift", order=47)
def balance(customer: Customer, request: HttpRequest) -> SafeString | None:
    """Return the card's content: what can be used, and what dies soon."""
    if not request.user.has_perm("loyalty.view_account"):
        return None
    account = Account.objects.filter(customer=customer, merged_into=None).first()
    if account is None:
        return None
    now = timezone.now()
    standing = ledger.standing_of(account.pk, now=now)
    soon = standing.expiring_within(SOON_DAYS, now=now)
    context = {"account": account, "standing": standing, "soon": soon, "soon_days": SOON_DAYS}
    return render_to_string("points/customer_panel.html", context)


@timeline_source("points", label=gettext_lazy("Points"), icon="gift")
def booked(customer_id: int, before: datetime | None, limit: int) -> list[TimelineItem]:
    """Return what was booked on the customer's points."""
    rows = Transaction.objects.filter(account__customer=customer_id, kind__in=TOLD)
    return [_item(each) for each in earlier(rows, "occurred_at", before).order_by("-occurred_at", "-pk")[:limit]]


def _item(each: Transaction) -> TimelineItem:
    icon, tone = LOOKS[each.kind]
    sign = "+" if each.kind in CAME else "" if each.kind == KIND.ADJUST else "−"
    return TimelineItem(
        at=each.occurred_at,
        kind="points",
        title=each.get_kind_display(),
        detail=f"{sign}{each.points:,} P",
        icon=icon,
        tone=tone,
    )
