"""The public page of a survey: `/s/<token>/`. No log-in, no cookie, no script; the token is everything.

GET shows and changes nothing, whoever follows the link: `?score=9`, as in the links of a mail, only ticks the answer.
POST records what is ticked, once, and answers with thanks. Until then everything may be changed.
"""

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.views import View
from django.views.decorators.csrf import csrf_exempt

from crm_project.client_address import client_address, hash_address
from crm_project.rate_limits import count_call
from customers import public_pages
from customers.consent import sender
from customers.feedback import answering, questions, survey_links, survey_page
from customers.feedback.survey_links import SurveyToken
from customers.models import Customer, Survey

# A house or an office may share an address; one customer needs few answers.
VISITS_A_MINUTE = 120
ANSWERS_A_MINUTE = 20


@dataclass(frozen=True)
class Asked:
    """Who is asked what; without a customer it is staff who try it."""

    survey: Survey
    customer: Customer | None
    message_id: int | None
    is_over: bool

    @property
    def is_answered(self) -> bool:
        """Tell whether this customer answered to this message already."""
        if self.customer is None:
            return False
        return answering.is_answered(self.survey, self.customer, message_id=self.message_id)


@method_decorator(csrf_exempt, name="dispatch")
class SurveyView(View):
    """A page on which a customer answers."""

    http_method_names = ["get", "head", "post"]
    asked: Asked

    def dispatch(self, request: HttpRequest, *args: str, **kwargs: str) -> HttpResponseBase:
        """Refuse floods, addresses that we did not write, and surveys that are over."""
        verdict = count_call(f"surveys {hash_address(client_address(request))}", limit=VISITS_A_MINUTE, seconds=60)
        if not verdict.is_allowed:
            return public_pages.too_many(request, verdict.retry_after)
        token = survey_links.read(kwargs["token"])
        asked = _asked(token) if token else None
        if asked is None:
            return public_pages.page(request, "consent/no_such_page.html", {}, status=404)
        if asked.is_over:
            return _show(request, asked, state="over", status=410)
        if asked.is_answered:
            return _show(request, asked, state="answered")
        self.asked = asked
        return super().dispatch(request, *args, **kwargs)

    def get(self, request: HttpRequest, token: str) -> HttpResponse:
        """Show the questions, with the score of a link in a mail ticked."""
        form = answering.Form(list(self.asked.survey.questions.all()))
        scoring = questions.scoring_question(form.questions)
        if scoring and request.GET.get("score"):
            typed = {answering.name_of(scoring): request.GET["score"]}
            form.answers = answering.read_form([scoring], typed).answers
        return _show(request, self.asked, form=form)

    def post(self, request: HttpRequest, token: str) -> HttpResponse:
        """Record the answers and say thanks on the same page, without a redirect."""
        asked = self.asked
        verdict = count_call(
            f"survey answers {asked.customer and asked.customer.pk}", limit=ANSWERS_A_MINUTE, seconds=60
        )
        if not verdict.is_allowed:
            return public_pages.too_many(request, verdict.retry_after)
        form = answering.read_form(list(asked.survey.questions.all()), request.POST)
        if form.problems:
            return _show(request, asked, form=form, status=400)
        if asked.customer is not None:
            answering.record(
                asked.survey,
                asked.customer,
                form,
                message_id=asked.message_id,
                language=request.LANGUAGE_CODE,
                now=timezone.now(),
            )
        return _show(request, asked, state="thanks")


def _asked(token: SurveyToken) -> Asked | None:
    """Return who is asked what; None where there is no such survey or customer any more."""
    survey = Survey.objects.filter(pk=token.survey_id).first()
    if survey is None:
        return None
    if token.customer_id == 0:
        return Asked(survey, None, None, is_over=False)
    customer = public_pages.customer_of(token.customer_id)
    if customer is None or survey.status == Survey.Status.DRAFT:
        return None
    age = timezone.localdate() - token.written_on
    is_over = survey.status == Survey.Status.CLOSED or age.days > survey.link_days
    return Asked(survey, customer, token.message_id or None, is_over)


def _show(
    request: HttpRequest, asked: Asked, *, form: answering.Form | None = None, state: str = "", status: int = 200
) -> HttpResponse:
    shown = survey_page.page_of(asked.survey, form, is_trial=asked.customer is None)
    shop = sender.shop_identity()
    context = {"page": shown, "state": state, "shop": shop, "shop_name": shop.name}
    return public_pages.page(request, "feedback/survey.html", context, status=status)
