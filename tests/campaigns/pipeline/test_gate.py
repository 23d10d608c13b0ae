"""The gate against a plain truth table, its order, its dates and its counts."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import product

import pytest
import time_machine
from pytest_django import Settings

from campaigns.models import Campaign, Message, Suppression
from campaigns.pipeline import gate
from campaigns.pipeline.gate import Gate, gate_of
from customers import consent
from customers.consent import phone_opt_outs
from customers.consent.phone_opt_outs import Call
from customers.models import Customer, GuardianConsent, PhoneOptOut
from customers.segments.refresh import refresh_segment
from tests.factories import (
    make_account,
    make_customer,
    make_draft,
    make_message,
    make_reachable_customer,
    make_segment,
    make_user,
    set_consent,
)

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 21, 3, tzinfo=UTC)  # noon in Seoul
SAID = {None: None, "granted": True, "withdrawn": False}


@dataclass(frozen=True)
class Case:
    erased: bool
    child: bool
    address: bool
    suppressed: str | None
    use: str | None
    receive: str | None
    overdue: bool


def expected(case: Case, purpose: str) -> str:
    """The truth table, as docs/rules.md reads."""
    if purpose == "":
        return "PURPOSE_UNSET"
    if case.erased:
        return "ERASED"
    if case.child:
        return "UNDER14"
    if not case.address:
        return "NO_ADDRESS"
    if case.suppressed == "bounce" or (case.suppressed == "complaint" and purpose == "ad"):
        return "SUPPRESSED"
    if purpose == "info":
        return ""
    if "withdrawn" in (case.use, case.receive):
        return "OPTED_OUT"
    if (case.use, case.receive) != ("granted", "granted"):
        return "NO_CONSENT"
    return "RECONFIRM_OVERDUE" if case.overdue else ""


PURPOSES = ("ad", "info", "")
CASES = [
    Case(*values)
    for values in product(
        [False, True],
        [False, True],
        [True, False],
        [None, "bounce", "complaint"],
        SAID,
        SAID,
        [False, True],
    )
]


def customer_of(case: Case) -> Customer:
    customer = make_customer(
        erased_at=NOW if case.erased else None,
        birthday=date(2015, 1, 1) if case.child else date(1990, 1, 1),
        **{} if case.address else {"email": ""},
    )
    if case.suppressed and case.address:
        Suppression.objects.create(
            channel="email",
            address=customer.email,
            reason=case.suppressed,
            blocks_information=case.suppressed == "bounce",
        )
    said_at = NOW - timedelta(days=800 if case.overdue else 100)
    for purpose, channel, said in (("marketing_use", "", case.use), ("ad_receive", "email", case.receive)):
        if said:
            set_consent(customer, purpose, channel=channel, is_granted=SAID[said], at=said_at)
    return customer


@pytest.mark.slow
@time_machine.travel(NOW, tick=False)
def test_the_gate_agrees_with_the_truth_table_on_every_combination() -> None:
    gates = {purpose: gate_of(make_draft(purpose=purpose)) for purpose in PURPOSES}
    customers = {customer_of(case).pk: case for case in CASES}

    verdicts = {
        (purpose, customers[pk]): verdict
        for purpose, each in gates.items()
        for pk, verdict in each.verdicts(customers).items()
    }

    assert len(verdicts) == 1_296
    assert verdicts == {(purpose, case): expected(case, purpose) for purpose, case in product(PURPOSES, CASES)}


@pytest.mark.parametrize(
    ("said_on", "last_good_day"),
    [
        (date(2024, 11, 21), date(2026, 11, 20)),
        (date(2024, 2, 29), date(2026, 2, 27)),
        (date(2025, 12, 31), date(2027, 12, 30)),
        (date(2026, 3, 1), date(2028, 2, 29)),
    ],
)
def test_a_consent_holds_for_two_years_less_a_day(said_on: date, last_good_day: date) -> None:
    customer = make_customer()
    noon = datetime(said_on.year, said_on.month, said_on.day, 3, tzinfo=UTC)
    consent.grant(customer.pk, purpose="marketing_use", occurred_at=noon, method="web")
    consent.grant(customer.pk, purpose="ad_receive", channel="email", occurred_at=noon, method="web")
    campaign = make_draft()
    last_moment = datetime(last_good_day.year, last_good_day.month, last_good_day.day, 14, 59, 59, tzinfo=UTC)

    assert verdict_at(campaign, customer, last_moment) == ""
    assert verdict_at(campaign, customer, last_moment + timedelta(seconds=1)) == "RECONFIRM_OVERDUE"


def test_a_confirmation_begins_the_two_years_again() -> None:
    customer = make_customer()
    for purpose, channel in (("marketing_use", ""), ("ad_receive", "email")):
        set_consent(customer, purpose, channel=channel, at=NOW - timedelta(days=900))
    campaign = make_draft()
    assert verdict_at(campaign, customer, NOW) == "RECONFIRM_OVERDUE"

    confirmed_at = NOW - timedelta(days=10)
    consent.confirm(customer.pk, purpose="ad_receive", channel="email", occurred_at=confirmed_at, method="link")

    assert verdict_at(campaign, customer, NOW) == ""


@pytest.mark.parametrize(
    ("birthday", "verdict"), [(date(2012, 11, 21), ""), (date(2012, 11, 22), "UNDER14"), (None, "")]
)
def test_nobody_under_fourteen_is_written_to(birthday: date | None, verdict: str) -> None:
    customer = make_reachable_customer(birthday=birthday)

    assert verdict_at(make_draft(), customer, NOW) == verdict


def test_a_guardian_may_allow_it() -> None:
    child = make_reachable_customer(birthday=date(2015, 1, 1))
    GuardianConsent.objects.create(
        customer=child, given_at=NOW, evidence="signed form", recorded_by=make_user("store manager")
    )

    assert verdict_at(make_draft(), child, NOW) == ""


@pytest.mark.parametrize(
    ("days_ago", "verdict"), [((0,), "FREQ_CAP"), ((1,), ""), ((1, 2), ""), ((1, 2, 6), "FREQ_CAP"), ((1, 2, 7), "")]
)
def test_advertising_is_capped_by_day_and_week(days_ago: tuple[int, ...], verdict: str) -> None:
    customer = make_reachable_customer()
    for days in days_ago:
        make_message(make_draft(), customer, sent_at=NOW - timedelta(days=days))

    assert verdict_at(make_draft(), customer, NOW) == verdict


def test_information_neither_counts_nor_is_capped() -> None:
    customer = make_reachable_customer()
    make_message(make_draft(purpose="info"), customer, sent_at=NOW)
    assert verdict_at(make_draft(), customer, NOW) == ""

    make_message(make_draft(), customer, sent_at=NOW)
    assert verdict_at(make_draft(purpose="info"), customer, NOW) == ""


def test_a_live_campaign_is_not_capped_by_what_went_to_the_sandbox(settings: Settings) -> None:
    settings.MESSAGING_LIVE = True
    customer = make_reachable_customer()
    make_message(make_draft(), customer, sent_at=NOW, is_sandbox=True)

    assert verdict_at(make_draft(account=make_account(is_live=True)), customer, NOW) == ""
    assert verdict_at(make_draft(), customer, NOW) == "FREQ_CAP"


@pytest.mark.parametrize(("live", "verdict"), [(True, "DEMO_ACCOUNT"), (False, "")])
def test_demo_customers_get_nothing_from_a_live_account(settings: Settings, live: bool, verdict: str) -> None:
    settings.MESSAGING_LIVE = True
    customer = make_reachable_customer(is_demo=True)

    assert verdict_at(make_draft(account=make_account(is_live=live)), customer, NOW) == verdict


def test_advertising_by_mail_may_be_sent_at_night() -> None:
    customer = make_reachable_customer()

    assert verdict_at(make_draft(), customer, datetime(2026, 11, 21, 14, tzinfo=UTC)) == ""


def test_somebody_who_is_gone_is_never_let_through() -> None:
    assert gate_of(make_draft()).verdicts([987_654_321]) == {987_654_321: "ERASED"}


def test_an_address_gets_one_message_in_a_preview_and_across_plans() -> None:
    first = make_reachable_customer(email="same@example.com")
    second = make_reachable_customer(email="Same@example.com")
    campaign = make_draft()

    assert gate_of(campaign).verdicts([first.pk, second.pk]) == {first.pk: "", second.pk: "DUPLICATE_ADDRESS"}

    make_message(campaign, first, status=Message.Status.PLANNED, sent_at=None)
    assert gate_of(campaign).verdicts([second.pk]) == {second.pk: "DUPLICATE_ADDRESS"}


def test_the_address_goes_to_the_one_who_may_receive() -> None:
    silent = make_customer(email="same@example.com")
    agreed = make_reachable_customer(email="same@example.com")

    verdicts = gate_of(make_draft()).verdicts([silent.pk, agreed.pk])

    assert verdicts == {silent.pk: "NO_CONSENT", agreed.pk: ""}


def test_the_waterfall_adds_up_in_one_query(django_assert_max_num_queries: object) -> None:
    for _number in range(3):
        make_reachable_customer()
    make_customer()
    make_customer(email="")
    excluded = make_reachable_customer(external_id="out")
    campaign = make_draft()
    campaign.excluded_segments.add(
        segment := make_segment({"is": "attribute", "op": "equals", "key": "x", "value": "y"})
    )
    segment.members.add(excluded)
    refresh_segment(campaign.segment_id)

    with django_assert_max_num_queries(4):  # the ways (two), the caps, and the count
        stages = gate.waterfall(campaign)

    removed = {stage.code: stage.removed for stage in stages if stage.removed}
    assert stages[0].left == 6
    assert removed == {"EXCLUDED": 1, "NO_ADDRESS": 1, "NO_CONSENT": 1}
    assert gate.recipients(stages) == 3
    assert [stage.left for stage in stages] == sorted((stage.left for stage in stages), reverse=True)
    assert gate.sample_removed(campaign, "EXCLUDED") == [excluded]
    assert len(gate.sample_removed(campaign, "")) == 3


def verdict_at(campaign: Campaign, customer: Customer, moment: datetime) -> str:
    account = campaign.steps.get().account
    return Gate(campaign=campaign, account=account, at=moment).verdicts([customer.pk])[customer.pk]


@pytest.mark.parametrize(
    ("reason", "verdict"),
    [("bounce", "SUPPRESSED"), ("invalid", "SUPPRESSED"), ("complaint", ""), ("manual", "")],
)
def test_information_does_not_go_to_an_address_that_bounced(reason: str, verdict: str) -> None:
    customer = make_reachable_customer(email="gone@example.com")
    Suppression.objects.create(channel="email", address="gone@example.com", reason=reason)

    verdicts = gate_of(make_draft(purpose="info", information_basis="order")).verdicts([customer.pk])

    assert verdicts == {customer.pk: verdict}


@pytest.mark.parametrize("channel", ["alimtalk", "brand_message"])
def test_a_number_that_is_on_the_list_for_kakaotalk_gets_neither_kind_of_message(channel: str) -> None:
    customer = make_reachable_customer(phone="+821012345678")
    Suppression.objects.create(channel="kakao", address=customer.phone, reason="invalid")
    campaign = make_draft(account=make_account(channel=channel), purpose="info", information_basis="order")

    assert gate_of(campaign).verdicts([customer.pk]) == {customer.pk: "SUPPRESSED"}


@pytest.mark.parametrize(
    ("channel", "agreed_again", "verdict"),
    [
        pytest.param("sms", False, "OPTED_OUT", id="L-05 the number refused, whatever its owner said before"),
        pytest.param("sms", True, "", id="L-05 agreed again after the call"),
        pytest.param("email", False, "", id="L-02 the call was about text messages"),
    ],
)
def test_a_number_that_refused_by_080_gets_no_text_message(channel: str, agreed_again: bool, verdict: str) -> None:
    customer = make_reachable_customer(phone="+821012345678")
    phone_opt_outs.hear([Call("+821000000000", NOW)], file_name="080.csv", by=None)
    PhoneOptOut.objects.update(phone=customer.phone, opted_out_at=NOW - timedelta(hours=1))
    set_consent(customer, "ad_receive", channel=channel, at=NOW - timedelta(minutes=0 if agreed_again else 90))

    account = make_account(channel=channel, opt_out_number="080-123-4567")
    assert verdict_at(make_draft(account=account), customer, NOW) == verdict


def test_a_contact_from_a_marketplace_gets_no_advertising_before_an_own_consent() -> None:
    """I-07: they gave their contact to get a delivery."""
    customer = make_reachable_customer(is_marketplace_contact=True)
    campaign = make_draft()

    assert verdict_at(campaign, customer, NOW) == "SOURCE_RESTRICTED"

    terms = {"method": "web", "occurred_at": NOW - timedelta(hours=1)}
    consent.grant(customer.pk, purpose="marketing_use", **terms)
    consent.grant(customer.pk, purpose="ad_receive", channel="email", **terms)

    assert verdict_at(campaign, customer, NOW) == ""
