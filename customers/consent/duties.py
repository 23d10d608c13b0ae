"""What the law asks of the shop after a customer spoke: what is due, what is overdue, and that it was done.

Result notices are opened by the ledger, re-confirmations by the ledger and by `open_reconfirmations` each night, those
about incidents and the use of data by `customers/privacy/`. A notice goes out by an informational message without
anything else in it (L-12, L-13); whoever sends it marks the duty done here.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.contrib.auth.models import User
from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper
from django.db.models import Count, Q, QuerySet
from django.utils import timezone

from crm_project.country_rules import country_rules
from customers.consent.duty_rules import END_ANSWERED, OPEN_RECONFIRMATIONS, OPENED_ONCE
from customers.consent.ledger import write_states
from customers.models import ConsentState, NoticeDuty

# How far ahead the board looks, in days.
LOOKED_AHEAD = (60, 30, 7)
DONE_SHOWN_DAYS = 30


@dataclass(frozen=True)
class Standing:
    """How many duties of a kind are open, of those how many are overdue, and how many were done lately."""

    kind: NoticeDuty.Kind
    open: int
    overdue: int
    done: int


@dataclass(frozen=True)
class Pressing:
    """How many duties are due within a week or overdue, and how many of these are overdue."""

    due: int
    overdue: int


def due(kind: str, now: datetime) -> QuerySet[NoticeDuty]:
    """Return the duties of a kind that wait to be done, the most urgent first; sending them early is no fault."""
    return NoticeDuty.objects.waiting().filter(kind=kind, opened_at__lte=now).order_by("due_on", "pk")


def overdue(now: datetime) -> QuerySet[NoticeDuty]:
    """Return the duties whose last day in Korea is over."""
    return NoticeDuty.objects.waiting().filter(due_on__lt=timezone.localdate(now))


@transaction.atomic
def mark_done(ids: Iterable[int], how: str, *, by: User | None = None, now: datetime | None = None) -> int:
    """Record that the notices of these duties went out; return how many were still open.

    Whoever was asked whether the consent is to go on, and says nothing, has agreed for another two years (L-13).

    Args:
        how: by which message or letter, in words that staff and the authority read.
    """
    now = now or timezone.now()
    opened = NoticeDuty.objects.select_for_update().filter(pk__in=list(ids), done_at=None)
    marked = list(opened.values_list("pk", flat=True))
    NoticeDuty.objects.filter(pk__in=marked).update(
        done_at=now, outcome=NoticeDuty.Outcome.NOTICED, how=how, done_by=by
    )
    with connection.cursor() as cursor:
        _write_states_of(cursor, marked)
    return len(marked)


@transaction.atomic
def reopen(ids: Iterable[int], *, now: datetime | None = None) -> int:
    """Have duties wait again whose notice came back; return how many. What a person marked or answered stays done.

    A consent that the notice had renewed counts as before. Who spoke meanwhile is not asked any more.
    """
    noticed = NoticeDuty.objects.filter(pk__in=list(ids), outcome=NoticeDuty.Outcome.NOTICED, done_by=None)
    reopened = list(noticed.select_for_update().values_list("pk", flat=True))
    NoticeDuty.objects.filter(pk__in=reopened).update(done_at=None, outcome="", how="")
    with connection.cursor() as cursor:
        _write_states_of(cursor, reopened)
        cursor.execute(END_ANSWERED, [now or timezone.now()])
    return len(reopened)


@transaction.atomic
def open_reconfirmations(now: datetime) -> int:
    """Open the questions that fall due within 30 days; return how many were opened. A second run opens none.

    Nothing where the country's law knows no such duty.
    """
    if not country_rules().wants_notices:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(f"{OPEN_RECONFIRMATIONS} {OPENED_ONCE}", [now])
        return cursor.rowcount


def standings(now: datetime) -> list[Standing]:
    """Return how each kind of duty stands, in two queries; of those not about consents the kinds there are."""
    today = timezone.localdate(now)
    waiting = NoticeDuty.objects.waiting().values("kind").order_by()
    counted = waiting.annotate(open=Count("pk"), overdue=Count("pk", filter=Q(due_on__lt=today)))
    opened = {row["kind"]: (row["open"], row["overdue"]) for row in counted}
    lately = NoticeDuty.objects.filter(done_at__gte=now - timedelta(days=DONE_SHOWN_DAYS))
    done = dict(lately.order_by().values_list("kind").annotate(Count("pk")))
    known = [kind for kind in NoticeDuty.Kind if kind in NoticeDuty.ABOUT_CONSENT or kind in opened or kind in done]
    return [Standing(kind, *opened.get(kind, (0, 0)), done=done.get(kind, 0)) for kind in known]


def coming_reconfirmations(today: date) -> dict[int, int]:
    """Return how many re-confirmations fall due within 60, 30 and 7 days, those overdue left out (L-13)."""
    within = {
        f"within_{days}": Count("pk", filter=Q(reconfirm_by__lte=today + timedelta(days=days))) for days in LOOKED_AHEAD
    }
    ahead = Q(is_granted=True, reconfirm_by__gte=today, reconfirm_by__lte=today + timedelta(days=max(LOOKED_AHEAD)))
    counts = ConsentState.objects.filter(ahead).aggregate(**within)
    return {days: counts[f"within_{days}"] for days in LOOKED_AHEAD}


def pressing(today: date) -> Pressing:
    """Return how many notices are overdue or due within a week (KST), for the menu and the home page."""
    last_day = today + timedelta(days=min(LOOKED_AHEAD))
    counts = (
        NoticeDuty.objects.waiting()
        .filter(due_on__lte=last_day)
        .aggregate(due=Count("pk"), overdue=Count("pk", filter=Q(due_on__lt=today)))
    )
    return Pressing(**counts)


def _write_states_of(cursor: CursorWrapper, ids: list[int]) -> None:
    """Count the consents again that these duties ask about; the temporary table `consent_written` names them."""
    cursor.execute("DROP TABLE IF EXISTS pg_temp.consent_written")
    cursor.execute(
        "CREATE TEMP TABLE consent_written ON COMMIT DROP AS SELECT DISTINCT customer_id, purpose, channel"
        " FROM customers_noticeduty WHERE id = ANY(%s) AND kind = %s",
        [ids, NoticeDuty.Kind.RECONFIRMATION],
    )
    write_states(cursor, "SELECT * FROM consent_written")
