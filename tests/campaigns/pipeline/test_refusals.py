"""What follows from refusals: which addresses get no more, and for whom the number itself refuses."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.utils import timezone

from campaigns.gateways import solapi_codes
from campaigns.gateways.base import Report
from campaigns.models import ChannelAccount, GatewayReport, Suppression
from campaigns.pipeline import reports
from customers.models import Customer
from tests.factories import make_account, make_message, make_running_campaign, make_text_account, make_text_reader

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 21, 3, tzinfo=UTC)
SWITCHED_OFF = "3040"
NO_KAKAOTALK = "3104"


@pytest.fixture(autouse=True)
def _at_noon() -> object:
    with time_machine.travel(NOON, tick=True) as clock:
        yield clock


def lose(customer: Customer, account: ChannelAccount, code: str, *, to: str = "", days_ago: int = 0) -> None:
    """Have SOLAPI report that a message to the customer, of a campaign of its own, did not arrive."""
    message = make_message(make_running_campaign(), customer, account=account)
    kind, failure = solapi_codes.later(code)
    told = Report(
        event_id=f"e{message.pk}",
        kind=kind,
        occurred_at=timezone.now() - timedelta(days=days_ago),
        message_id=message.pk,
        failure=failure,
        code=code,
        recipient=to or customer.phone,
    )
    reports.keep(account, [told], source=GatewayReport.Source.WEBHOOK)
    reports.settle_waiting()


def test_what_kakaotalk_could_not_take_does_not_count_against_the_phone() -> None:
    customer, text = make_text_reader(1), make_text_account()
    kakao = make_account(channel="alimtalk", gateway="solapi")
    for days_ago in (9, 5):
        lose(customer, kakao, NO_KAKAOTALK, days_ago=days_ago)

    lose(customer, text, SWITCHED_OFF)

    assert not Suppression.objects.exists()


def test_a_phone_is_suppressed_the_third_time_over_whatever_account() -> None:
    customer = make_text_reader(1)
    for days_ago in (9, 5, 0):
        assert not Suppression.objects.exists()
        lose(customer, make_text_account(), SWITCHED_OFF, days_ago=days_ago)

    entry = Suppression.objects.get()
    assert (entry.channel, entry.address, entry.reason) == ("sms", customer.phone, "bounce")


def test_what_an_address_of_before_could_not_take_does_not_count_against_the_corrected_one() -> None:
    customer, text = make_text_reader(1), make_text_account()
    for days_ago in (9, 5):
        lose(customer, text, SWITCHED_OFF, to="+821099999999", days_ago=days_ago)

    lose(customer, text, SWITCHED_OFF)

    assert not Suppression.objects.exists()
