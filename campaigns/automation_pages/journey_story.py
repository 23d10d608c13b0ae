"""One journey as a timeline: it began, it took its steps, it waits or has ended."""

from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from campaigns.automation.exits import label_of
from campaigns.automation_pages.automation_standing import trigger_sentence
from campaigns.automation_pages.path_picture import LOOKS, title_of
from campaigns.models import AutomationStep, Enrollment, Journey, Message, StepTaken
from campaigns.progress.recipient_log import why
from crm_project.templatetags.formats import number_text

Kind, Outcome = AutomationStep.Kind, StepTaken.Outcome
TONES = {
    Outcome.PLANNED: "good",
    Outcome.GIVEN: "good",
    Outcome.SKIPPED: "wait",
    Outcome.NOT_GIVEN: "wait",
    Outcome.TOO_LATE: "wait",
    Outcome.HELD_OUT: "quiet",
}
ENDS = {
    Journey.Status.FINISHED: (gettext_lazy("Came to the end"), "good", "flag"),
    Journey.Status.EXITED: (gettext_lazy("Left early"), "quiet", "log-out"),
    Journey.Status.TOO_LATE: (gettext_lazy("Found out too late to begin"), "wait", "clock"),
    Journey.Status.GAVE_WAY: (gettext_lazy("Kept out by another automation"), "quiet", "split"),
}
# Of what happened, what staff read, as it is called; the rest are numbers of rows and words for content.
TOLD = {
    "order_number": gettext_lazy("order number"),
    "amount": gettext_lazy("amount"),
    "store": gettext_lazy("store"),
    "product": gettext_lazy("product"),
    "category": gettext_lazy("category"),
    "coupon": gettext_lazy("coupon"),
    "tier": gettext_lazy("tier"),
    "points": pgettext_lazy("loyalty", "points"),
    "last_day": gettext_lazy("last day"),
    "survey": gettext_lazy("survey"),
    "score": gettext_lazy("score"),
    "segment": gettext_lazy("segment"),
    "event": gettext_lazy("event"),
    "date": gettext_lazy("date"),
}


def story(journey: Journey) -> list[dict[str, Any]]:
    """Return what happened on the way, the latest first."""
    messages = _messages(journey)
    taken = journey.taken.select_related("step__campaign", "step__segment", "step__coupon").order_by("due_at", "pk")
    entries = [_began(journey), *(_step(each, messages) for each in taken), *_ended(journey)]
    return entries[::-1]


def _began(journey: Journey) -> dict[str, Any]:
    told = {label: journey.context.get(key) for key, label in TOLD.items()}
    detail = " · ".join(f"{label}: {_shown(value)}" for label, value in told.items() if isinstance(value, str | int))
    title = trigger_sentence(journey.version)
    return {
        "at": journey.anchor_at,
        "title": title[:1].upper() + title[1:],
        "detail": detail,
        "icon": "play",
        "tone": "accent",
    }


def _shown(value: str | int) -> str:
    return number_text(value) if isinstance(value, int) else value


def _step(taken: StepTaken, messages: dict[int, Message]) -> dict[str, Any]:
    icon, _tone = LOOKS[Kind(taken.step.kind)]
    message = messages.get(taken.step.campaign_id or 0)
    outcome = str(taken.get_outcome_display())
    if message is not None:
        outcome = " · ".join(filter(None, (str(message.get_status_display()), why(message))))
    elif taken.outcome == Outcome.LANE:
        outcome = f"{outcome}: {taken.lane.upper()}"
    return {
        "at": taken.taken_at,
        "title": title_of(taken.step),
        "detail": outcome,
        "icon": icon,
        "tone": TONES.get(Outcome(taken.outcome), "quiet"),
    }


def _ended(journey: Journey) -> Iterator[dict[str, Any]]:
    if journey.status == Journey.Status.INSIDE:
        if journey.step and journey.due_at:
            title = _("Next: %s") % title_of(journey.step)
            yield {"at": journey.due_at, "title": title, "detail": "", "icon": "clock", "tone": "busy"}
        return
    title, tone, icon = ENDS[Journey.Status(journey.status)]
    detail = label_of(journey.end_reason) if journey.end_reason else ""
    yield {"at": journey.ended_at or journey.entered_at, "title": title, "detail": detail, "icon": icon, "tone": tone}


def _messages(journey: Journey) -> dict[int, Message]:
    """Return the messages that the journey brought, by their campaign; of a way that failed, the last."""
    entered = Enrollment.objects.filter(
        customer=journey.customer_id, entry_key=f"journey/{journey.pk}", campaign__automation=journey.automation_id
    )
    found = Message.objects.filter(enrollment__in=entered).order_by("pk")
    return {message.campaign_id: message for message in found}
