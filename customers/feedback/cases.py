"""Complaints from their opening to their end. While one is pending its customer gets no advertising (the gate asks).

The only writer of cases. A customer who is low again while their case is pending does not get a second one: it is
noted on the first.
"""

from datetime import date, datetime, timedelta

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from customers.errors import CaseRefused
from customers.feedback import questions
from customers.models import Case, CaseNote, Customer, SurveyResponse
from customers.segments.refresh import touch

Status = Case.Status
LONGEST_NOTE = CaseNote._meta.get_field("text").max_length or 0
LONGEST_SUBJECT = Case._meta.get_field("subject").max_length or 0
# A score from here down is answered first.
HIGH_PRIORITY = {"nps": 2, "csat": 1}
USUAL_DAYS = 2
SATURDAY = 5


def pending() -> QuerySet[Case]:
    """Return the cases that somebody still has to look after."""
    return Case.objects.filter(status__in=Case.PENDING, customer__erased_at=None)


def overdue(on: date) -> QuerySet[Case]:
    """Return the pending cases whose day is over."""
    return pending().filter(due_on__lt=on)


def pressing_for(user: User, on: date) -> QuerySet[Case]:
    """Return the cases of this person that are due or overdue, and those that nobody took."""
    return pending().filter(Q(owner=user, due_on__lte=on) | Q(owner=None))


def working_days_after(day: date, days: int) -> date:
    """Return the day so many working days later, Monday to Friday; public holidays are not known and count."""
    while days > 0:
        day += timedelta(days=1)
        days -= day.weekday() < SATURDAY
    return day


@transaction.atomic
def open_if_low(response: SurveyResponse, *, now: datetime) -> Case | None:
    """Open a case for a low score, or note it on the one that is pending; return the case, None where it is not low."""
    survey, low = response.survey, questions.low_score(response.survey, response.kind)
    if not survey.opens_cases or response.score is None or low is None or response.score > low:
        return None
    Customer.objects.select_for_update().get(pk=response.customer_id)
    case = pending().filter(customer=response.customer_id).order_by("pk").first()
    if case is not None:
        CaseNote.objects.create(case=case, text=_("Answered again: %s") % _scored(response), at=now)
        return case
    is_urgent = response.score <= HIGH_PRIORITY[response.kind]
    return Case.objects.create(
        customer_id=response.customer_id,
        response=response,
        subject=_scored(response)[:LONGEST_SUBJECT],
        owner=survey.case_owner,
        due_on=working_days_after(timezone.localdate(now), survey.case_days),
        priority=Case.Priority.HIGH if is_urgent else Case.Priority.NORMAL,
        opened_at=now,
    )


@transaction.atomic
def open_by_hand(customer: Customer, subject: str, *, by: User, owner: User | None = None) -> Case:
    """Open a case that a person heard of, such as on the phone.

    Raises:
        CaseRefused: nothing says what it is about, or the customer's data was erased.
    """
    subject = _plain(subject)
    if not subject or len(subject) > LONGEST_SUBJECT:
        raise CaseRefused(_("Say what it is about, in at most %s letters.") % LONGEST_SUBJECT)
    if customer.erased_at or customer.merged_into_id:
        raise CaseRefused(_("This customer number is no longer in use."))
    now = timezone.now()
    case = Case.objects.create(
        customer=customer,
        subject=subject,
        owner=owner or by,
        due_on=working_days_after(timezone.localdate(now), USUAL_DAYS),
        opened_at=now,
        opened_by=by,
    )
    touch([customer.pk])
    return case


@transaction.atomic
def note(case: Case, text: str, *, by: User, is_reply: bool = False) -> CaseNote:
    """Write down what was found out, or (`is_reply`) what the customer was told; then the case waits for them.

    Raises:
        CaseRefused: the note is empty or too long, or the case is closed.
    """
    text, case = _plain(text), _locked(case)
    if not text or len(text) > LONGEST_NOTE:
        raise CaseRefused(_("Write a note of at most %s letters.") % f"{LONGEST_NOTE:,}")
    if is_reply and case.status == Status.OPEN:
        Case.objects.filter(pk=case.pk).update(status=Status.WAITING)
    return CaseNote.objects.create(case=case, text=text, by=by, is_reply=is_reply, at=timezone.now())


@transaction.atomic
def assign(case: Case, *, owner: User | None, due_on: date, priority: int) -> None:
    """Give the case to somebody, with a day and a priority.

    Raises:
        CaseRefused: the case is closed.
    """
    case = _locked(case)
    Case.objects.filter(pk=case.pk).update(owner=owner, due_on=due_on, priority=priority)


@transaction.atomic
def close(case: Case, outcome: str, *, by: User, text: str = "") -> None:
    """End the case; from then on the customer may get advertising again.

    Raises:
        CaseRefused: the outcome is none, or the case is closed already.
    """
    case = _locked(case)
    if outcome not in Case.Outcome.values:
        raise CaseRefused(_("Choose what came of it."))
    if _plain(text):
        note(case, text, by=by)
    now = timezone.now()
    Case.objects.filter(pk=case.pk).update(status=Status.CLOSED, outcome=outcome, closed_at=now, closed_by=by)
    touch([case.customer_id])


@transaction.atomic
def reopen(case: Case, *, by: User) -> None:
    """Take the case up again where it turns out not to be over; its time begins anew.

    Raises:
        CaseRefused: the case is not closed.
    """
    now, locked = timezone.now(), Case.objects.select_for_update().get(pk=case.pk)
    if locked.status != Status.CLOSED:
        raise CaseRefused(_("This case is not closed."))
    due_on = working_days_after(timezone.localdate(now), USUAL_DAYS)
    fresh = {"status": Status.OPEN, "outcome": "", "closed_at": None, "closed_by": None, "due_on": due_on}
    Case.objects.filter(pk=case.pk).update(**fresh)
    CaseNote.objects.create(case=locked, text=_("Opened again."), by=by, at=now)
    touch([locked.customer_id])


def _locked(case: Case) -> Case:
    """Return the case as it stands now, held until the end of the transaction; it must not be closed."""
    locked = Case.objects.select_for_update().get(pk=case.pk)
    if locked.status == Status.CLOSED:
        raise CaseRefused(_("This case is closed. Open it again first."))
    return locked


def _plain(text: str) -> str:
    """Return what was written without the one character that the database cannot hold."""
    return text.replace("\0", "").strip()


def _scored(response: SurveyResponse) -> str:
    return f"{response.score} / {questions.highest(response.kind)} · {response.survey.title_ko}"
