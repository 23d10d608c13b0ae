"""The gate against a plain truth table over every combination: purpose, channel, consent, night, hour, status, caps.

Each customer stands for a combination of what a customer can be; each question for a combination of what can be asked.
`expected` is the table as docs/rules.md reads it, in plain Python and without a query. `GATE_EXAMPLES` is how many
shops Hypothesis makes up besides (10; thousands in a long run).
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import product

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from campaigns.models import Campaign, ChannelAccount, Message, Suppression
from campaigns.pipeline.gate import Gate
from customers.models import Customer
from tests.factories import (
    make_account,
    make_case,
    make_customer,
    make_draft,
    make_message,
    make_response,
    make_text_account,
    set_consent,
)

NOON = datetime(2026, 11, 21, 3, tzinfo=UTC)
EVENING = datetime(2026, 11, 21, 11, 30, tzinfo=UTC)  # 20:30: day by the law, closed at the stricter gateway
NIGHT = datetime(2026, 11, 21, 14, tzinfo=UTC)  # 23:00
SAID = (None, True, False)


@dataclass(frozen=True)
class Person:
    """What can be true of a customer."""

    status: str = "living"  # living, erased, merged, child, marketplace
    has_address: bool = True
    suppressed: str = ""  # "", bounce, complaint
    use: bool | None = True
    receive: bool | None = True
    night: bool | None = None
    is_overdue: bool = False
    is_full: bool = False
    complains: bool = False


@dataclass(frozen=True)
class Asked:
    """What can be asked: by which campaign, over what, when."""

    purpose: str
    channel: str
    at: datetime
    at_night: str = "defer"
    over_cap: str = "skip"
    is_strict: bool = False  # the gateway takes advertising from 8 to 20 only


def expected(person: Person, asked: Asked) -> str:
    """Return the reason, as the rules read."""
    return _about_the_person(person, asked) or (_about_advertising(person, asked) if asked.purpose != "info" else "")


def _about_the_person(person: Person, asked: Asked) -> str:
    if asked.purpose == "":
        return "PURPOSE_UNSET"
    if person.status in ("erased", "merged", "child"):
        return {"erased": "ERASED", "merged": "MERGED", "child": "UNDER14"}[person.status]
    if not person.has_address:
        return "NO_ADDRESS"
    stops = person.suppressed == "bounce" or (person.suppressed == "complaint" and asked.purpose == "ad")
    return "SUPPRESSED" if stops else ""


def _about_advertising(person: Person, asked: Asked) -> str:
    if person.status == "marketplace":
        return "SOURCE_RESTRICTED"
    if person.use is False or person.receive is False:
        return "OPTED_OUT"
    if not (person.use and person.receive):
        return "NO_CONSENT"
    if person.is_overdue:
        return "RECONFIRM_OVERDUE"
    if person.complains:
        return "OPEN_CASE"
    return _about_the_moment(person, asked)


def _about_the_moment(person: Person, asked: Asked) -> str:
    """What is over later: told last where it only puts off, for then nothing else may stand against it."""
    hour = _hour(person, asked)
    waits = bool(hour) and asked.at_night == "defer"
    if hour and not waits:
        return hour
    # Whoever waits for the morning gets it on a day on which nothing was sent yet.
    is_full = person.is_full and not waits
    if is_full and asked.over_cap == "skip":
        return "FREQ_CAP"
    return hour or ("FREQ_CAP" if is_full else "")


def _hour(person: Person, asked: Asked) -> str:
    at_night = asked.at == NIGHT
    if asked.channel == "sms" and at_night and not person.night:
        return "NIGHT"
    return "PROVIDER_WINDOW" if asked.is_strict and asked.at != NOON else ""


PEOPLE = [
    *(Person(status=each) for each in ("erased", "merged", "child", "marketplace")),
    *(
        Person(has_address=address, suppressed=suppressed, use=use, receive=receive)
        for address, suppressed, use, receive in product((True, False), ("", "bounce", "complaint"), SAID, SAID)
        if address or not suppressed
    ),
    *(
        Person(receive=receive, night=night, is_overdue=overdue, is_full=full)
        for receive, night, overdue, full in product(SAID, SAID, (False, True), (False, True))
        if not (overdue and not receive)
    ),
    *(
        Person(receive=receive, is_overdue=overdue, is_full=full, complains=True)
        for receive, overdue, full in product(SAID, (False, True), (False, True))
        if not (overdue and not receive)
    ),
]
QUESTIONS = [
    Asked(*values)
    for values in product(
        ("ad", "info", ""),
        ("email", "sms"),
        (NOON, EVENING, NIGHT),
        ("defer", "skip"),
        ("defer", "skip"),
        (False, True),
    )
]


def customer_of(person: Person, number: int, others: Campaign) -> Customer:
    """Write a customer of whom all this is true."""
    reached = {"email": f"m{number}@example.com", "phone": f"+8210{number:08}"}
    customer = make_customer(
        erased_at=NOON if person.status == "erased" else None,
        birthday=date(2015, 1, 1) if person.status == "child" else date(1990, 1, 1),
        is_marketplace_contact=person.status == "marketplace",
        **reached if person.has_address else {"email": "", "phone": ""},
    )
    if person.status == "merged":
        Customer.objects.filter(pk=customer.pk).update(merged_into=make_customer(email="", phone=""))
    if person.suppressed:
        for channel, address in (("email", reached["email"]), ("sms", reached["phone"])):
            Suppression.objects.create(channel=channel, address=address, reason=person.suppressed)
    _let_speak(customer, person)
    if person.is_full:
        make_message(others, customer, status=Message.Status.SENT, sent_at=NOON - timedelta(hours=1))
    if person.complains:
        make_case(make_response(customer=customer))
    return customer


def _let_speak(customer: Customer, person: Person) -> None:
    said_at = NOON - timedelta(days=800 if person.is_overdue else 100)
    if person.use is not None:
        set_consent(customer, "marketing_use", is_granted=person.use, at=said_at)
    for purpose, said in (("ad_receive", person.receive), ("ad_night", person.night)):
        for channel in ("email", "sms") if said is not None else ():
            set_consent(customer, purpose, channel=channel, is_granted=said, at=said_at)


def gate_for(asked: Asked, accounts: dict[tuple[str, bool], ChannelAccount]) -> Gate:
    account = accounts[asked.channel, asked.is_strict]
    campaign = make_draft(account=account, purpose=asked.purpose, at_night=asked.at_night, over_cap=asked.over_cap)
    return Gate(campaign=campaign, account=account, at=asked.at)


def accounts_to_ask() -> dict[tuple[str, bool], ChannelAccount]:
    hours = {False: {}, True: {"opens_at": time(8), "closes_at": time(20)}}
    makers = {"email": make_account, "sms": make_text_account}
    return {(channel, strict): make(**hours[strict]) for channel, make in makers.items() for strict in hours}


def differences(people: list[Person], questions: list[Asked]) -> Iterator[tuple[Person, Asked, str, str]]:
    """Yield everything in which gate and table differ: of whom, asked what, the gate's word, the table's."""
    others, accounts = make_draft(), accounts_to_ask()
    customers = {customer_of(person, number, others).pk: person for number, person in enumerate(people, start=1)}
    for asked in questions:
        for pk, verdict in gate_for(asked, accounts).verdicts(customers).items():
            if verdict != expected(customers[pk], asked):
                yield customers[pk], asked, verdict, expected(customers[pk], asked)


@pytest.mark.slow
@pytest.mark.django_db
def test_the_gate_agrees_with_the_truth_table_on_every_combination() -> None:
    assert (len(PEOPLE), len(QUESTIONS)) == (72, 144)

    assert list(differences(PEOPLE, QUESTIONS)) == []


people = st.builds(
    Person,
    status=st.sampled_from(["living", "living", "living", "erased", "merged", "child", "marketplace"]),
    has_address=st.booleans(),
    suppressed=st.sampled_from(["", "", "bounce", "complaint"]),
    use=st.sampled_from(SAID),
    receive=st.sampled_from(SAID),
    night=st.sampled_from(SAID),
    is_overdue=st.booleans(),
    is_full=st.booleans(),
    complains=st.booleans(),
).map(lambda person: person if person.has_address else replace(person, suppressed=""))


class AnyShop(TestCase):
    """Made-up customers and questions, each example rolled back."""

    @settings(
        max_examples=int(os.environ.get("GATE_EXAMPLES", "10")),
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )
    @given(st.lists(people, min_size=1, max_size=8), st.lists(st.sampled_from(QUESTIONS), min_size=1, max_size=4))
    def test_the_gate_agrees_with_the_truth_table(self, crowd: list[Person], questions: list[Asked]) -> None:
        assert list(differences(crowd, questions)) == []
