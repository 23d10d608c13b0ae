"""The survey of a message: each recipient's own link, what staff see of it, and what keeps it from being approved."""

import pytest
from django.utils import timezone

from campaigns import lifecycle, template_fields
from campaigns.errors import ContentRefused
from campaigns.models import Automation, AutomationVersion, Campaign, Enrollment, Journey, Message, Variant
from campaigns.pipeline import content
from campaigns.pipeline.claims import Claim
from campaigns.pipeline.contents import Contents
from campaigns.survey_links import problems
from customers.feedback import survey_links
from customers.feedback.survey_links import SurveyToken
from customers.models import Customer, Survey
from tests.factories import make_customer, make_draft, make_message, make_survey

pytestmark = pytest.mark.django_db
MAIL = '<p><a href="{{ survey.link }}">답하기</a> <a href="{{ survey.link }}?score=9">9</a></p>'


def make_asking(survey: Survey | None, html: str = MAIL) -> Campaign:
    campaign = make_draft(content={"html": html})
    campaign.steps.update(survey=survey)
    return campaign


def variant_of(campaign: Campaign) -> Variant:
    return Variant.objects.select_related("step__campaign", "step__account").get(step__campaign=campaign)


def said_in(html: str) -> SurveyToken | None:
    return survey_links.read(html.partition("/s/")[2].partition("/")[0])


def test_each_recipient_gets_a_link_of_their_own_that_names_the_message() -> None:
    survey, customer = make_survey(), make_customer()
    campaign = make_asking(survey)
    message = make_message(campaign, customer, status="claimed", sent_at=None)

    told = template_fields.look_up([customer.pk], campaign, wanted=["survey"])[customer.pk]["survey"]["link"]

    token = said_in(told)
    assert (token.survey_id, token.customer_id, token.message_id) == (survey.pk, customer.pk, message.pk)


def test_a_mail_may_lead_to_a_ticked_answer() -> None:
    survey = make_survey()

    html = content.render(variant_of(make_asking(survey)), make_customer()).html

    assert f'href="{survey_links.trial_url(survey.pk)}"' in html
    assert f'href="{survey_links.trial_url(survey.pk)}?score=9"' in html


def test_staff_see_a_link_that_keeps_nothing() -> None:
    survey, customer = make_survey(), make_customer()
    campaign = make_asking(survey)

    seen = template_fields.look_up([customer.pk], campaign, wanted=["survey"], for_staff=True)

    assert seen == {customer.pk: {"survey": {"link": survey_links.trial_url(survey.pk)}}}


@pytest.mark.parametrize("status", ["draft", "closed", None])
def test_without_an_open_survey_no_message_is_made(status: str | None) -> None:
    campaign = make_asking(make_survey(status=status) if status else None)

    with pytest.raises(ContentRefused):
        content.render(variant_of(campaign), make_customer())


@pytest.mark.parametrize(
    ("status", "html", "problem"),
    [
        ("open", MAIL, ""),
        (None, "<p>안녕하세요</p>", ""),
        (None, MAIL, "Choose which"),
        ("draft", MAIL, "is not open"),
        ("open", "<p>안녕하세요</p>", "does not link"),
    ],
)
def test_what_keeps_a_survey_from_being_asked_is_said(settings, status: str | None, html: str, problem: str) -> None:
    settings.LANGUAGE_CODE = "en"
    campaign = make_asking(make_survey(status=status) if status else None, html)

    said = problems(campaign)

    assert [problem in each for each in said] == ([True] if problem else [])
    assert set(said) <= set(lifecycle.what_is_missing(campaign))


@pytest.mark.parametrize("query", ["?score=9&x=1", "?score=javascript", "?next=//x", "#x"])
def test_nothing_else_may_follow_the_link(query: str) -> None:
    campaign = make_asking(make_survey(), f'<a href="{{{{ survey.link }}}}{query}">9</a>')

    assert lifecycle.what_is_missing(campaign)


def test_a_survey_that_changes_voids_the_approval() -> None:
    campaign = make_asking(make_survey())
    before = lifecycle.fingerprint(campaign)

    campaign.steps.update(survey=make_survey())

    assert lifecycle.fingerprint(campaign) != before


def test_customers_of_one_campaign_get_different_links() -> None:
    customers: list[Customer] = [make_customer(), make_customer()]
    campaign = make_asking(make_survey())

    seen = template_fields.look_up([each.pk for each in customers], campaign, wanted=["survey"])

    assert len({str(value) for value in seen.values()}) == 2


def test_two_messages_that_leave_together_ask_for_an_answer_each() -> None:
    """A customer with two orders on one day is asked about each."""
    campaign, customer = make_asking(make_survey()), make_customer()
    running = Automation.objects.create(name="배송 뒤", status=Automation.Status.ACTIVE)
    version = AutomationVersion.objects.create(automation=running, trigger="order_delivered")
    Campaign.objects.filter(pk=campaign.pk).update(automation=running)
    messages = [message_of_journey(campaign, version, customer, entry_key=key) for key in ("order/1", "order/2")]
    step = campaign.steps.select_related("account").get()
    claims = [Claim(message.pk, 1, customer.pk, message.variant_id, 0) for message in messages]

    told = Contents(step, step.account).look_up(claims)

    links = {pk: said_in(fields["survey"]["link"]).message_id for pk, fields in told.items()}
    assert links == {message.pk: message.pk for message in messages}


def message_of_journey(
    campaign: Campaign, version: AutomationVersion, customer: Customer, *, entry_key: str
) -> Message:
    journey = Journey.objects.create(
        automation=version.automation,
        version=version,
        customer=customer,
        entry_key=entry_key,
        anchor_at=timezone.now(),
    )
    key = f"journey/{journey.pk}"
    enrollment = Enrollment.objects.create(campaign=campaign, customer=customer, entry_key=key)
    step = campaign.steps.get()
    return Message.objects.create(
        campaign=campaign,
        enrollment=enrollment,
        step=step,
        account=step.account,
        variant=step.variants.get(),
        customer=customer,
        status=Message.Status.CLAIMED,
    )
