"""The trigger of answered surveys."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaigns.triggers.base import Entries, Settings, Topic, Trigger, Window, trigger
from customers.feedback.answer_conditions import SURVEYS
from customers.segments.values import WholeNumber

ANSWERED = """
    SELECT response.customer_id, response.answered_at AS anchor_at, 'answer/' || response.id AS entry_key,
           jsonb_strip_nulls(jsonb_build_object('survey_id', survey.id, 'survey', survey.name,
               'response_id', response.id, 'score', response.score, 'order_id', response.order_id,
               'product_id', product.id, 'product', product.name, 'category', product.category)) AS context
    FROM customers_surveyresponse AS response
    JOIN customers_survey AS survey ON survey.id = response.survey_id
    LEFT JOIN customers_product AS product ON product.id = response.product_id
    WHERE response.answered_at > %(since)s AND response.answered_at <= %(until)s
      AND response.customer_id IS NOT NULL
"""
CONDITIONS = {
    "surveys": " AND response.survey_id = ANY(%(surveys)s)",
    "at_least": " AND response.score >= %(at_least)s",
    "at_most": " AND response.score <= %(at_most)s",
}


@trigger
class SurveyAnswered(Trigger):
    """A survey was answered; with a limit on the score only where it has one."""

    key = "survey_answered"
    label = gettext_lazy("survey answered")
    topic = Topic.FEEDBACK
    optional = {
        "surveys": SURVEYS,
        "at_least": WholeNumber(highest=10, initial=9),
        "at_most": WholeNumber(highest=10, initial=6),
    }
    labels = {
        "surveys": gettext_lazy("surveys"),
        "at_least": gettext_lazy("score at least"),
        "at_most": gettext_lazy("score at most"),
    }
    repeats = True
    tells = ("survey_id", "survey", "response_id", "score", "order_id", "product_id", "product", "category")

    def entries(self, settings: Settings, window: Window) -> Entries:
        statement = ANSWERED + "".join(CONDITIONS[key] for key in CONDITIONS if key in settings)
        return Entries(statement, {"since": window.since, "until": window.until, **settings})

    def sentence(self, settings: Settings) -> str:
        return self.said(_("when somebody answers a survey"), settings, *self.optional)
