"""What a customer answered and complained about, on the customer page."""

from datetime import datetime

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from customers import access_log
from customers.feedback import questions
from customers.masking import mask_words
from customers.models import Case, Customer, SurveyResponse
from customers.profile.timeline import TimelineItem, earlier

CASES_SHOWN = 5
TONES = {Case.Status.OPEN: "bad", Case.Status.WAITING: "wait", Case.Status.CLOSED: "good"}


def cases_of(customer_id: int, before: datetime | None, limit: int) -> list[TimelineItem]:
    """Return the customer's cases, each where it was opened."""
    rows = earlier(Case.objects.filter(customer=customer_id), "opened_at", before)
    return [_case_item(case) for case in rows.order_by("-opened_at", "-pk")[:limit]]


def answers_of(customer_id: int, before: datetime | None, limit: int) -> list[TimelineItem]:
    """Return the surveys that the customer answered, with the score."""
    rows = earlier(SurveyResponse.objects.filter(customer=customer_id), "answered_at", before)
    return [_answer_item(row) for row in rows.select_related("survey").order_by("-answered_at", "-pk")[:limit]]


def draw(customer: Customer, request: HttpRequest) -> SafeString | None:
    """List the newest cases, with a field for another."""
    if not request.user.has_perm("customers.view_case"):
        return None
    unmasked = access_log.is_unmasked(request, customer)
    rows = Case.objects.filter(customer=customer).order_by("-opened_at", "-pk")[:CASES_SHOWN]
    shown = [(case, case.subject if unmasked else mask_words(case.subject, customer)) for case in rows]
    may_open = request.user.has_perm("customers.add_case") and not customer.erased_at and not customer.merged_into_id
    context = {"cases": shown, "customer": customer, "may_open": may_open}
    return render_to_string("feedback/customer_panel.html", context, request) if shown or may_open else None


def _case_item(case: Case) -> TimelineItem:
    detail = case.get_outcome_display() if case.outcome else case.get_status_display()
    return TimelineItem(
        at=case.opened_at,
        kind="cases",
        title=_("Case: %s") % (case.subject or case.pk),
        detail=detail,
        icon="circle-alert" if case.status != Case.Status.CLOSED else "circle-check",
        tone=TONES[Case.Status(case.status)],
        url=reverse("admin:customers_case_change", args=[case.pk]),
    )


def _answer_item(response: SurveyResponse) -> TimelineItem:
    low = questions.low_score(response.survey, response.kind)
    is_low = response.score is not None and low is not None and response.score <= low
    scored = f"{response.score} / {questions.highest(response.kind)}" if response.score is not None else ""
    return TimelineItem(
        at=response.answered_at,
        kind="answers",
        title=_("Answered: %s") % response.survey.name,
        detail=scored,
        icon="message-square",
        tone="bad" if is_low else "good" if scored else "quiet",
        url=reverse("admin:customers_survey_results", args=[response.survey_id]),
    )
