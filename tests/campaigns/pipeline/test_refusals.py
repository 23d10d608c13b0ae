"""What follows from refusals: which addresses get no more, and for whom the number itself refuses."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.utils import timezone

from campaigns.gateways import solapi_codes
from campaigns.gateways.base import Report
from campaigns.models import Campaign, ChannelAccount, GatewayReport, Message, Suppression
from campaigns.pipeline import dispatch, reports
from customers.models import ConsentEntry, Customer, PhoneOptOut
from tests.factories import (
    add_fallback,
    make_account,
    make_kakao_profile,
    make_message,
    make_running_campaign,
    make_text_account,
    make_text_campaign,
    make_text_reader,
    set_consent,
)
from tests.loopback.solapi import Solapi

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 21, 3, tzinfo=UTC)
SWITCHED_OFF = "3040"
NO_KAKAOTALK = "3104"
OPTED_OUT = "2061"


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


def test_whoever_is_refused_over_the_080_line_at_the_hand_over_gets_no_kakaotalk_instead(
    planned: Callable[[Campaign], Campaign], solapi: Solapi, text_account: ChannelAccount
) -> None:
    customer = make_text_reader(1)
    set_consent(customer, "ad_receive", channel="kakao")
    campaign = make_text_campaign(text_account)
    kakao = make_account(
        channel="brand_message", kakao_profile=make_kakao_profile(), is_live=True, rate_per_second=1_000
    )
    details = {"type": "TEXT", "targeting": "I", "buttons": []}
    add_fallback(campaign, kakao, text="다시 만나요", subject="", html="", details=details)
    planned(campaign)
    solapi.opted_out.add("01000000001")

    dispatch.dispatch_due()

    message = Message.objects.get()
    assert (message.status, message.account, message.skip_reason) == ("skipped", kakao, "OPTED_OUT")
    said = ConsentEntry.objects.get(customer=customer, action="withdrawn")
    assert (said.channel, said.method, said.evidence["message"]) == ("sms", "api", message.pk)
    assert PhoneOptOut.objects.get().phone == customer.phone


def test_a_number_that_is_refused_over_the_080_line_later_refuses_for_all_who_have_it() -> None:
    customer, spouse = make_text_reader(1), make_text_reader(1)

    lose(customer, make_text_account(), OPTED_OUT)

    withdrawn = ConsentEntry.objects.filter(action="withdrawn").values_list("customer", "channel")
    assert sorted(withdrawn) == [(customer.pk, "sms"), (spouse.pk, "sms")]
    assert PhoneOptOut.objects.get().phone == customer.phone


def test_a_number_of_before_that_is_refused_over_the_080_line_does_not_refuse_for_the_one_of_now() -> None:
    lose(make_text_reader(1), make_text_account(), OPTED_OUT, to="+821099999999")

    assert not PhoneOptOut.objects.exists()
