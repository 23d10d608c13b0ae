"""The latest word of the customer holds, whatever order the words arrive in; nothing said is ever changed."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from customers import consent
from customers.consent import ConsentExpression, record_many
from customers.errors import ConsentRefused
from customers.models import ConsentEntry, ConsentState, ConsentWording, Customer, TouchedCustomer
from customers.models.consent import Purpose
from tests.factories import make_customer, make_user, make_wording

pytestmark = pytest.mark.django_db

NEW_YEAR = datetime(2026, 1, 1, tzinfo=UTC)


def day(number: int) -> datetime:
    return NEW_YEAR + timedelta(days=number)


def state(customer: Customer, purpose: str = "ad_receive", channel: str = "email") -> ConsentState | None:
    return ConsentState.objects.filter(customer=customer, purpose=purpose, channel=channel).first()


def say(customer: Customer, action: str, at: datetime, *, purpose: str = "ad_receive", channel: str = "email") -> None:
    record_many([ConsentExpression(customer.pk, purpose, action, at, channel)], method="web")


def test_no_word_is_no_consent() -> None:
    customer = make_customer()

    assert not consent.is_granted(customer.pk, purpose="ad_receive", channel="email")


def test_a_grant_holds_and_says_who_entered_it_and_when_it_was_said() -> None:
    customer, clerk = make_customer(), make_user("clerk")

    entry = consent.grant(
        customer.pk,
        purpose="ad_receive",
        channel="email",
        occurred_at=day(1),
        method="store",
        wording_version="2026-01",
        evidence={"form": "A-17"},
        actor=clerk,
    )

    held = state(customer)
    assert (entry.actor, entry.method, entry.wording_version, entry.evidence) == (
        clerk,
        "store",
        "2026-01",
        {"form": "A-17"},
    )
    assert (held.is_granted, held.since, held.confirmed_at, held.entry) == (True, day(1), day(1), entry)


def test_a_withdrawal_ends_the_consent_at_once() -> None:
    customer = make_customer()
    say(customer, "granted", day(1))

    consent.withdraw(customer.pk, purpose="ad_receive", channel="email", occurred_at=day(2), method="link")

    held = state(customer)
    assert (held.is_granted, held.since, held.confirmed_at) == (False, day(2), None)


def test_a_later_word_that_arrives_first_wins() -> None:
    customer = make_customer()
    say(customer, "withdrawn", day(5))

    say(customer, "granted", day(3))

    assert (state(customer).is_granted, ConsentEntry.objects.count()) == (False, 2)


def test_a_grant_and_a_withdrawal_of_the_same_moment_are_a_withdrawal() -> None:
    customer = make_customer()

    say(customer, "withdrawn", day(1))
    say(customer, "granted", day(1))

    assert not state(customer).is_granted


def test_the_same_word_again_is_not_a_second_entry() -> None:
    customer = make_customer()
    say(customer, "granted", day(1))

    again = consent.grant(customer.pk, purpose="ad_receive", channel="email", occurred_at=day(1), method="api")

    assert (again, ConsentEntry.objects.count()) == (None, 1)


def test_withdrawing_advertising_withdraws_the_night_too_and_a_new_grant_does_not_bring_it_back() -> None:
    customer = make_customer()
    say(customer, "granted", day(1), channel="sms")
    say(customer, "granted", day(2), purpose="ad_night", channel="sms")

    say(customer, "withdrawn", day(3), channel="sms")
    say(customer, "granted", day(4), channel="sms")

    assert state(customer, "ad_receive", "sms").is_granted
    night = state(customer, "ad_night", "sms")
    assert (night.is_granted, night.since) == (False, day(3))


def test_a_night_grant_that_arrives_after_a_later_withdrawal_does_not_hold() -> None:
    customer = make_customer()
    say(customer, "granted", day(1), channel="sms")
    say(customer, "withdrawn", day(5), channel="sms")
    say(customer, "granted", day(6), channel="sms")

    say(customer, "granted", day(2), purpose="ad_night", channel="sms")

    assert not state(customer, "ad_night", "sms").is_granted


def test_the_night_of_one_channel_is_not_that_of_another() -> None:
    customer = make_customer()
    say(customer, "granted", day(1), channel="sms")
    say(customer, "granted", day(2), purpose="ad_night", channel="sms")

    say(customer, "withdrawn", day(3), channel="email")

    assert state(customer, "ad_night", "sms").is_granted


def test_the_night_alone_is_refused() -> None:
    customer = make_customer()

    with pytest.raises(ConsentRefused):
        consent.grant(customer.pk, purpose="ad_night", channel="sms", occurred_at=day(1), method="web")

    assert not ConsentEntry.objects.exists()
    assert not ConsentState.objects.exists()


def test_a_confirmation_begins_the_two_years_anew() -> None:
    customer = make_customer()
    say(customer, "granted", day(1))

    consent.confirm(customer.pk, purpose="ad_receive", channel="email", occurred_at=day(700), method="link")

    assert (state(customer).since, state(customer).confirmed_at) == (day(1), day(700))


def test_nothing_can_be_confirmed_that_was_withdrawn() -> None:
    customer = make_customer()
    say(customer, "granted", day(1))
    say(customer, "withdrawn", day(2))

    with pytest.raises(ConsentRefused):
        consent.confirm(customer.pk, purpose="ad_receive", channel="email", occurred_at=day(3), method="web")

    assert ConsentEntry.objects.count() == 2


@pytest.mark.parametrize(
    ("purpose", "channel", "at"),
    [
        ("marketing_use", "email", day(1)),
        ("ad_receive", "", day(1)),
        ("ad_receive", "pigeon", day(1)),
        ("everything", "email", day(1)),
        ("ad_receive", "email", datetime(2026, 1, 1)),  # noqa: DTZ001
    ],
)
def test_impossible_consents_are_refused(purpose: str, channel: str, at: datetime) -> None:
    customer = make_customer()

    with pytest.raises(ConsentRefused):
        consent.grant(customer.pk, purpose=purpose, channel=channel, occurred_at=at, method="web")

    assert not ConsentEntry.objects.exists()


@pytest.mark.parametrize(
    "statement", ["UPDATE customers_consententry SET action = 'granted'", "DELETE FROM customers_consententry"]
)
def test_the_database_refuses_to_change_the_ledger(statement: str) -> None:
    say(make_customer(), "withdrawn", day(1))

    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)

    assert ConsentEntry.objects.get().action == "withdrawn"


def expected_state(said: list[tuple[str, str, int]], purpose: str) -> bool | None:
    """The rules of the ledger in plain Python, for one channel."""
    words = [(at, action == "withdrawn") for of, action, at in said if of == purpose and action != "confirmed"]
    if purpose == Purpose.AD_NIGHT:
        words += [(at, True) for of, action, at in said if of == Purpose.AD_RECEIVE and action == "withdrawn"]
        if not any(of == purpose for of, _action, _at in said):
            return None
    return not max(words)[1] if words else None


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["ad_receive", "ad_night"]),
            st.sampled_from(["granted", "withdrawn", "confirmed"]),
            st.integers(0, 6),
        ),
        max_size=8,
    )
)
def test_the_state_is_what_the_ledger_adds_up_to_in_any_order(said: list[tuple[str, str, int]]) -> None:
    customer = make_customer()
    stored = []
    for purpose, action, number in said:
        try:
            say(customer, action, day(number), purpose=purpose)
        except ConsentRefused:
            continue
        stored.append((purpose, action, number))

    found = {(each.purpose): each.is_granted for each in ConsentState.objects.filter(customer=customer)}

    wanted = {purpose: expected_state(stored, purpose) for purpose in ("ad_receive", "ad_night")}
    assert found == {purpose: holds for purpose, holds in wanted.items() if holds is not None}
    assert consent.rebuild_states() == 0


def test_a_damaged_state_is_rebuilt_from_the_ledger() -> None:
    first, second = make_customer(), make_customer()
    say(first, "granted", day(1))
    say(second, "withdrawn", day(1))
    before = list(ConsentState.objects.order_by("customer").values("customer", "is_granted", "since", "entry"))
    ConsentState.objects.filter(customer=first).delete()
    ConsentState.objects.filter(customer=second).update(is_granted=True, reconfirm_by=day(1))
    ConsentState.objects.create(
        customer=first,
        purpose="marketing_use",
        channel="",
        is_granted=True,
        since=day(1),
        entry=ConsentEntry.objects.first(),
    )

    changed = consent.rebuild_states()

    after = list(ConsentState.objects.order_by("customer").values("customer", "is_granted", "since", "entry"))
    assert (changed, after) == (3, before)


def test_many_expressions_take_a_constant_number_of_queries(django_assert_max_num_queries: object) -> None:
    customers = [make_customer() for _number in range(30)]
    said = [ConsentExpression(each.pk, "ad_receive", "granted", day(1), "email") for each in customers]

    with django_assert_max_num_queries(14):
        recorded = record_many(said, method="import")

    assert (recorded.new, ConsentState.objects.count()) == (30, 30)


def test_a_withdrawal_has_the_segments_of_the_customer_looked_at_again() -> None:
    customer = make_customer()

    consent.withdraw(customer.pk, purpose="ad_receive", channel="email", occurred_at=NEW_YEAR, method="link")

    assert [touched.customer for touched in TouchedCustomer.objects.all()] == [customer]


@pytest.mark.parametrize(
    ("action", "is_still_restricted"),
    [
        pytest.param("granted", False, id="I-07 an own consent frees the contact"),
        pytest.param("withdrawn", True, id="I-07 a refusal does not"),
    ],
)
def test_a_marketplaces_contact_becomes_the_shops_own_by_agreeing(action: str, is_still_restricted: bool) -> None:
    customer = make_customer(is_marketplace_contact=True)

    say(customer, action, day(1))

    customer.refresh_from_db()
    assert customer.is_marketplace_contact == is_still_restricted


UNDATED = ConsentExpression(0, "ad_receive", "granted", None, "sms", evidence={"file": "동의서 2023.pdf"})


def test_a_consent_without_its_date_is_kept_as_such_and_imported_once() -> None:
    customer = make_customer()
    said = [replace(UNDATED, customer_id=customer.pk)]

    first, second = record_many(said, method="import"), record_many(said, method="import")

    entry = ConsentEntry.objects.get()
    assert ((first.new, second.new), entry.is_undated) == ((1, 0), True)
    assert consent.is_granted(customer.pk, purpose="ad_receive", channel="sms")


@pytest.mark.parametrize("order", [1, -1], ids=["withdrawal first", "import first"])
@pytest.mark.parametrize(
    ("withdrawn_at", "granted_at", "holds"),
    [
        pytest.param(day(1), None, False, id="I-08 a dated withdrawal wins over an undated consent"),
        pytest.param(datetime(1999, 1, 1, tzinfo=UTC), None, False, id="I-08 however old it is"),
        pytest.param(day(1), day(2), True, id="I-08 a later dated consent wins over both"),
    ],
)
def test_a_consent_without_a_date_loses_to_any_dated_withdrawal(
    withdrawn_at: datetime, granted_at: datetime | None, holds: bool, order: int
) -> None:
    customer = make_customer()
    said = [
        replace(UNDATED, customer_id=customer.pk),
        ConsentExpression(customer.pk, "ad_receive", "withdrawn", withdrawn_at, "sms"),
    ]
    if granted_at:
        said.append(ConsentExpression(customer.pk, "ad_receive", "granted", granted_at, "sms"))

    for each in said[::order]:
        record_many([each], method="import")

    assert consent.is_granted(customer.pk, purpose="ad_receive", channel="sms") == holds
    assert consent.rebuild_states() == 0


@pytest.mark.parametrize(
    "change", [{"evidence": {}}, {"action": "withdrawn"}, {"action": "confirmed"}], ids=["no evidence", "no", "again"]
)
def test_without_a_date_only_a_grant_with_evidence_is_taken(change: dict[str, object]) -> None:
    customer = make_customer()

    with pytest.raises(ConsentRefused):
        record_many([replace(UNDATED, customer_id=customer.pk, **change)], method="import")

    assert not ConsentEntry.objects.exists()


def test_the_database_refuses_to_change_published_words() -> None:
    wording = make_wording()
    draft = make_wording(version="2026-02", published_at=None)

    with pytest.raises(IntegrityError, match="published wording"), transaction.atomic():
        ConsentWording.objects.filter(pk=wording.pk).update(aim="다른 목적")
    ConsentWording.objects.filter(pk=draft.pk).update(aim="다른 목적")

    wording.refresh_from_db()
    assert wording.aim == "신상품과 할인 소식 안내"
