"""A shop outside Korea: the one switch, and what it does not switch off."""

from datetime import UTC, datetime, timedelta

import pytest
from django.core.exceptions import ImproperlyConfigured
from pytest_django import Settings

from campaigns.pipeline.gate import gate_of
from crm_project.country_rules import country_rules
from customers import consent
from customers.consent import duties
from customers.models import Customer, NoticeDuty
from tests.factories import make_customer, make_draft

NOW = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _elsewhere(settings: Settings) -> None:
    settings.COUNTRY_RULES = "none"


def agree(customer: Customer, *, days_ago: int) -> None:
    said = {"occurred_at": NOW - timedelta(days=days_ago), "method": "web"}
    consent.grant(customer.pk, purpose="marketing_use", **said)
    consent.grant(customer.pk, purpose="ad_receive", channel="email", **said)


@pytest.mark.django_db
def test_no_notice_and_no_question_is_owed_and_a_consent_does_not_run_out() -> None:
    customer = make_customer()
    agree(customer, days_ago=800)

    assert duties.open_reconfirmations(NOW) == 0
    assert not NoticeDuty.objects.exists()
    assert gate_of(make_draft(), at=NOW).verdicts([customer.pk]) == {customer.pk: ""}


@pytest.mark.django_db
def test_consent_and_refusal_stand() -> None:
    silent, refusing = make_customer(), make_customer()
    agree(refusing, days_ago=9)
    consent.withdraw(refusing.pk, purpose="ad_receive", channel="email", occurred_at=NOW, method="link")

    verdicts = gate_of(make_draft(), at=NOW).verdicts([silent.pk, refusing.pk])

    assert verdicts == {silent.pk: "NO_CONSENT", refusing.pk: "OPTED_OUT"}


def test_rules_that_nobody_wrote_are_refused(settings: Settings) -> None:
    settings.COUNTRY_RULES = "atlantis"

    with pytest.raises(ImproperlyConfigured, match="korea, none"):
        country_rules()
