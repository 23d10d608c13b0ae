"""Surveys from draft to closed. What is asked is fixed once a survey is open, so that its answers can be compared."""

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from customers.errors import SurveyRefused
from customers.feedback import questions
from customers.models import Survey, SurveyQuestion

Status = Survey.Status
FEWEST_OPTIONS = 2
# Of a copy these are its own.
NOT_COPIED = ("id", "name", "status", "author", "created_at", "opened_at", "closed_at")
COPIED_OF_QUESTIONS = ("position", "kind", "text_ko", "text_en", "is_required", "options")


def what_is_missing(survey: Survey) -> list[str]:
    """Return what keeps the survey from being opened, as sentences."""
    asked = list(survey.questions.all())
    if not asked:
        return [_("Ask at least one question.")]
    found = [
        _("“%s” needs at least two options.") % question
        for question in asked
        if question.kind == SurveyQuestion.Kind.CHOICE and len(question.options) < FEWEST_OPTIONS
    ]
    if survey.opens_cases and questions.scoring_question(asked) is None:
        found.append(_("Without a question on a scale no score is low: add one, or let it open no cases."))
    return found


@transaction.atomic
def open_survey(survey: Survey) -> None:
    """Let customers answer; a closed survey may be opened again.

    Raises:
        SurveyRefused: something is missing, or it is open.
    """
    locked = _locked(survey)
    if locked.status == Status.OPEN:
        raise SurveyRefused(_("This survey is open already."))
    missing = what_is_missing(locked)
    if missing:
        raise SurveyRefused(" ".join(missing))
    opened_at = locked.opened_at or timezone.now()
    Survey.objects.filter(pk=locked.pk).update(status=Status.OPEN, opened_at=opened_at, closed_at=None)


@transaction.atomic
def close_survey(survey: Survey) -> None:
    """Take no more answers; links that are out say that it is over.

    Raises:
        SurveyRefused: it is not open.
    """
    locked = _locked(survey)
    if locked.status != Status.OPEN:
        raise SurveyRefused(_("Only an open survey can be closed."))
    Survey.objects.filter(pk=locked.pk).update(status=Status.CLOSED, closed_at=timezone.now())


@transaction.atomic
def copy(survey: Survey, *, by: User) -> Survey:
    """Return a draft that asks the same: the way to change what an open survey asks."""
    carried = {each.attname: getattr(survey, each.attname) for each in Survey._meta.concrete_fields}
    carried = {name: value for name, value in carried.items() if name.removesuffix("_id") not in NOT_COPIED}
    name = _("%s (copy)") % survey.name[:110]
    draft = Survey.objects.create(**carried, name=name, author=by)
    for question in survey.questions.all():
        said = {field: getattr(question, field) for field in COPIED_OF_QUESTIONS}
        SurveyQuestion.objects.create(survey=draft, **said)
    return draft


def _locked(survey: Survey) -> Survey:
    return Survey.objects.select_for_update().get(pk=survey.pk)
