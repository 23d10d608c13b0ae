"""The customer at the counter is found in four ways, and each look-up is written down without what was typed."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from customers.identity import merging
from loyalty import ledger
from loyalty.desk import cards, finding, member_codes
from loyalty.desk.finding import Asker
from loyalty.errors import DeskRefused
from loyalty.models import DeskLookup, MembershipCard
from tests.factories import make_customer, make_user
from tests.loyalty.desk.counter import account_of, make_asker, make_cashier, make_member, make_store

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("typed", "how"),
    [
        ("010-1234-5678", "phone"),
        ("5678 ㄱ", "last_four"),
        ("5678김", "last_four"),
        ("2900-1", ""),
        ("29000001", "card"),
    ],
)
def test_a_customer_is_found_by_what_they_say_or_show(typed: str, how: str) -> None:
    asker, customer = make_asker(), make_member()
    cards.hand_out(account_of(customer).pk, "29000001")

    found = finding.find(typed, asker=asker)

    assert found.customer == (customer if how else None)
    if how:
        assert DeskLookup.objects.values_list("how", "outcome", "customer").get() == (how, "found", customer.pk)


def test_a_lookup_is_written_down_with_who_where_and_whether_and_never_with_the_number() -> None:
    asker = make_asker()

    finding.find("010-9876-5432", asker=asker)

    row = DeskLookup.objects.values().get()
    assert (row["by_id"], row["store_id"], row["outcome"]) == (asker.by.pk, asker.store.pk, "not_found")
    assert "5432" not in str(row)


def test_nobody_looks_the_same_whatever_was_typed() -> None:
    asker = make_asker()
    make_member(erased_at=timezone.now())

    answers = [
        finding.find(typed, asker=asker) for typed in ("010-1234-5678", "5678 ㄱ", "290000", "x", "a:b:" + "c" * 27)
    ]

    assert {(each.outcome, each.customer, each.candidates) for each in answers} == {("not_found", None, ())}


def test_a_few_who_fit_are_shown_masked_and_one_is_chosen() -> None:
    asker = make_asker()
    first, second = make_member(), make_customer(name="김다나", phone="+821099995678")
    make_customer(name="이하늘", phone="+821088885678")

    several = finding.find("5678 ㄱ", asker=asker)
    chosen = finding.choose(several.candidates[1].token, asker=asker)

    assert several.customer is None
    assert [(each.name, each.phone_end) for each in several.candidates] == [("김*골", "5678"), ("김*나", "5678")]
    assert (chosen.customer, first.pk < second.pk) == (second, True)
    assert list(DeskLookup.objects.order_by("pk").values_list("how", "outcome")) == [
        ("last_four", "several"),
        ("chosen", "found"),
    ]


def test_too_many_who_fit_are_no_list() -> None:
    asker = make_asker()
    for number in range(finding.MOST_CANDIDATES + 1):
        make_customer(name="김단골", phone=f"+8210{number:04}5678")

    several = finding.find("5678 ㄱ", asker=asker)

    assert (several.outcome, several.candidates) == ("several", ())


@pytest.mark.parametrize("whose", ["another person's", "old", "made up"])
def test_a_choice_is_only_for_whoever_was_shown_it_a_moment_ago(whose: str) -> None:
    asker = make_asker()
    make_member(), make_member(0, name="김다나")
    token = finding.find("010-1234-5678", asker=asker).candidates[0].token
    other = Asker(asker.store, by=make_cashier("other", asker.store)) if whose == "another person's" else asker
    later = timezone.now() + timedelta(seconds=121 if whose == "old" else 0)

    with time_machine.travel(later, tick=False), pytest.raises(DeskRefused) as refusal:
        finding.choose("abc" if whose == "made up" else token, asker=other)

    assert refusal.value.code == "CHOICE_OVER"
    assert DeskLookup.objects.filter(outcome="found").count() == 0


def test_the_code_on_a_phone_works_for_a_minute_and_once() -> None:
    asker, customer = make_asker(), make_member()
    code = member_codes.write(customer.pk)

    first, second = (finding.find(code, asker=asker) for _time in range(2))
    with time_machine.travel(timezone.now() + timedelta(seconds=61), tick=False):
        late = finding.find(member_codes.write(customer.pk)[:-1] + "x", asker=asker)

    assert [first.customer, second.customer, late.customer] == [customer, None, None]
    with time_machine.travel(timezone.now() - timedelta(seconds=90), tick=False):
        old = member_codes.write(customer.pk)
    assert finding.find(old, asker=asker).customer is None


def test_a_blocked_card_finds_nobody_and_is_never_given_out_again() -> None:
    asker, customer, other = make_asker(), make_member(), make_member(0, name="이하늘", phone="+821011112222")
    cards.hand_out(account_of(customer).pk, "290001")
    cards.hand_out(account_of(customer).pk, "290002")

    assert finding.find("290001", asker=asker).customer is None
    assert finding.find("290002", asker=asker).customer == customer
    with pytest.raises(DeskRefused) as refusal:
        cards.hand_out(account_of(other).pk, "290001")
    assert refusal.value.code == "CARD_TAKEN"
    assert MembershipCard.objects.filter(account__customer=other).count() == 0


def test_the_card_of_a_merged_customer_finds_the_one_who_was_kept() -> None:
    asker, kept, merged = make_asker(), make_member(), make_member(0, phone="+821099990000")
    cards.hand_out(ledger.account_of(merged.pk).pk, "290001")
    merging.merge(kept.pk, merged.pk, by=make_user("merger"))

    assert finding.find("290001", asker=asker).customer == kept


def test_a_person_who_looks_too_often_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(finding, "LIMITS", ((2, 60),))
    asker, other = make_asker(), Asker(make_store("S2"), by=make_user("other"))
    for _time in range(2):
        finding.find("010-0000-0000", asker=asker)

    with time_machine.travel(timezone.now(), tick=False), pytest.raises(DeskRefused) as refusal:
        finding.find("010-0000-0000", asker=asker)

    assert (refusal.value.code, 0 < refusal.value.retry_after <= 60) == ("TOO_MANY_LOOKUPS", True)
    assert finding.find("010-0000-0000", asker=other).outcome == "not_found"
    assert DeskLookup.objects.count() == 3


@pytest.mark.parametrize("difference", ["person", "store", "time", "outcome"])
def test_whom_one_found_is_served_by_that_person_in_that_store_for_a_quarter_of_an_hour(difference: str) -> None:
    asker, customer = make_asker(), make_member()
    lookup = finding.find("010-1234-5678" if difference != "outcome" else "010-0000-0000", asker=asker).lookup_id
    others = {
        "person": Asker(asker.store, by=make_cashier("other", asker.store)),
        "store": Asker(make_store("S2"), by=asker.by),
    }
    later = timezone.now() + timedelta(minutes=16 if difference == "time" else 1)

    if difference != "outcome":
        assert finding.customer_found(lookup, asker=asker) == customer
    with pytest.raises(DeskRefused) as refusal:
        finding.customer_found(lookup, asker=others.get(difference, asker), now=later)
    assert refusal.value.code == "LOOKUP_OVER"
