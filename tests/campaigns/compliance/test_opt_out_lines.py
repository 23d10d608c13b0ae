"""G-06: who called the free number that a gateway answers for the shop gets no more advertising texts."""

from datetime import UTC, datetime

import pytest

from campaigns.compliance import opt_out_lines
from customers.models import ConsentEntry, ConsentState, Customer, PhoneOptOut
from tests.factories import make_customer, set_consent
from tests.loopback.solapi import Solapi

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("text_account")]
CALLED_AT = "2026-11-01T03:00:00.000Z"


def make_reader(phone: str) -> Customer:
    customer = make_customer(phone=phone)
    set_consent(customer, "ad_receive", channel="sms", at=datetime(2026, 1, 5, tzinfo=UTC))
    return customer


def agrees(customer: Customer) -> bool:
    return ConsentState.objects.get(customer=customer, purpose="ad_receive", channel="sms").is_granted


@pytest.mark.parametrize(
    "numbers",
    [
        {"recipientNumber": "01012340001", "senderNumber": "0212345678"},
        {"recipientNumber": "0801234567", "senderNumber": "01012340001"},
    ],
)
def test_a_call_withdraws_as_of_its_moment(solapi: Solapi, numbers: dict) -> None:
    customer = make_reader("+821012340001")
    solapi.refusals.append({"handleKey": "1", "type": "DENIAL", "dateCreated": CALLED_AT, **numbers})

    assert opt_out_lines.hear_refusals() == 1

    assert not agrees(customer)
    withdrawal = ConsentEntry.objects.get(customer=customer, action="withdrawn")
    assert withdrawal.occurred_at.isoformat() == "2026-11-01T03:00:00+00:00"
    assert opt_out_lines.hear_refusals() == 0


def test_a_refusal_that_nobody_has_yet_is_kept_for_whoever_comes(solapi: Solapi) -> None:
    solapi.refusals.append({"recipientNumber": "01012340009", "senderNumber": "0212345678", "dateCreated": CALLED_AT})

    assert opt_out_lines.hear_refusals() == 0

    assert PhoneOptOut.objects.get().phone == "+821012340009"


def test_a_gateway_that_does_not_answer_changes_nothing(solapi: Solapi) -> None:
    solapi.__exit__()

    assert opt_out_lines.hear_refusals() == 0
    assert not PhoneOptOut.objects.exists()
