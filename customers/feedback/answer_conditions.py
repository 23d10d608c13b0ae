"""The conditions on what a customer answered: whether at all, and how content they last were."""

from collections.abc import Mapping
from typing import ClassVar

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers.feedback import questions
from customers.models import Customer, ScoreKind, Survey, SurveyResponse
from customers.segments.clock import Moment
from customers.segments.condition_kinds import FactsCondition, LatestFact, number_operators
from customers.segments.conditions import Part, Topic
from customers.segments.facts import COMPARISONS, Facts
from customers.segments.values import Lookup, Value, WholeNumber
from customers.segments.windows import Window, inside

MOST_FOUND = 50


def find_surveys(typed: str) -> list[tuple[int, str]]:
    """Return surveys whose name holds what was typed, the newest first."""
    found = Survey.objects.filter(name__icontains=typed).order_by("-pk")
    return list(found.values_list("pk", "name")[:MOST_FOUND])


def survey_labels(ids: list[int]) -> dict[int, str]:
    """Return the names of surveys by their ids."""
    return dict(Survey.objects.filter(pk__in=ids).values_list("pk", "name"))


SURVEYS = Lookup(search=find_surveys, labels=survey_labels, by_number=True)
LABELS = {"surveys": gettext_lazy("surveys")}
ANSWERED = Facts(SurveyResponse, "answered_at")
SCORED = Facts(SurveyResponse, "answered_at", Q(score__isnull=False))


class SurveyAnswered(LatestFact):
    name, label, topic = "survey_answered", gettext_lazy("survey answered"), Topic.MESSAGES
    facts, filters, labels = ANSWERED, {"surveys": "survey"}, LABELS
    optional: ClassVar[Mapping[str, Value]] = {"surveys": SURVEYS}


class LastScore(FactsCondition):
    """The last score a customer gave on a scale; who gave none fits no comparison."""

    kind: ClassVar[ScoreKind]
    topic, facts, filters, labels = Topic.MESSAGES, SCORED, {"surveys": "survey"}, LABELS
    optional: ClassVar[Mapping[str, Value]] = {"surveys": SURVEYS, "window": Window()}

    def q(self, part: Part, moment: Moment) -> Q:
        scores = self._scores(part, moment)
        newer = Q(answered_at__gt=OuterRef("answered_at")) | Q(
            answered_at=OuterRef("answered_at"), pk__gt=OuterRef("pk")
        )
        is_last = ~Exists(scores.filter(newer, customer=OuterRef("customer")))
        fitting = scores.filter(is_last, **{f"score__{COMPARISONS[part['op']]}": part["value"]})
        return self.facts.owners(fitting)

    def actual(self, customer: Customer, part: Part, moment: Moment) -> str:
        last = self._scores(part, moment).filter(customer=customer).order_by("-answered_at", "-pk").first()
        return _("no score") if last is None else str(last.score)

    def _scores(self, part: Part, moment: Moment) -> QuerySet:
        return self.narrowed(inside(part.get("window"), self.facts, moment), part).filter(kind=self.kind)


class LastNps(LastScore):
    name, label, kind = "nps_score", gettext_lazy("last NPS answer (0 to 10)"), ScoreKind.NPS
    operators = number_operators(WholeNumber(lowest=0, highest=10, initial=questions.USUALLY_LOW["nps"]))


class LastCsat(LastScore):
    name, label, kind = "csat_score", gettext_lazy("last CSAT answer (1 to 5)"), ScoreKind.CSAT
    operators = number_operators(WholeNumber(lowest=1, highest=5, initial=questions.USUALLY_LOW["csat"]))


CONDITIONS_ON_ANSWERS = (SurveyAnswered, LastNps, LastCsat)
