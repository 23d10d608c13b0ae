"""Two customers become one and two again; every table follows."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta

import pytest
from django.apps import apps
from django.db import connection, models
from django.utils import translation
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase
from time_machine import Traveller

from campaigns.models import Enrollment
from campaigns.pipeline.gate import gate_of
from customers import consent, stats
from customers.errors import MergeRefused
from customers.identity import merging
from customers.ingest import ingest_customers, ingest_events, ingest_orders
from customers.models import (
    ConsentEntry,
    ConsentState,
    Customer,
    CustomerMerge,
    CustomerNote,
    Event,
    NoticeDuty,
    Order,
    TouchedCustomer,
)
from customers.personal_data import tables
from tests.factories import (
    make_customer,
    make_message,
    make_order,
    make_running_campaign,
    make_segment,
    make_user,
)

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
# What a merge writes for good: itself, and that somebody is to look again.
TRACES = {"customers.customermerge", "customers.touchedcustomer", "analytics.dirtyday"}


def everything() -> dict[str, list[tuple]]:
    """Every row of every table of ours, but for the traces and the times that say that somebody is to look again."""
    looked_at = {(table.model, name) for table in tables() for name, _value in table.also_set}
    kept: dict[str, list[tuple]] = {}
    for model in apps.get_models():
        ours = model._meta.app_label in ("customers", "loyalty", "campaigns", "analytics")
        if ours and model._meta.label_lower not in TRACES:
            columns = [each.attname for each in model._meta.concrete_fields if (model, each.name) not in looked_at]
            kept[model._meta.label_lower] = sorted(model._base_manager.values_list(*columns), key=repr)
    return kept


def every_table_with_a_customer() -> Iterable[tuple[type[models.Model], str]]:
    for model in apps.get_models():
        for each in model._meta.concrete_fields:
            if isinstance(each, models.ForeignKey) and each.related_model is Customer:
                yield model, each.name


def test_every_foreign_key_to_a_customer_is_declared() -> None:
    declared = {(table.model, table.field) for table in tables()}

    assert set(every_table_with_a_customer()) - declared == set()


def test_orders_visits_notes_and_messages_go_to_the_kept_customer() -> None:
    kept, merged = make_customer(), make_customer()
    make_order(merged, placed_at=NOON, paid=30_000)
    ingest_events([{"event_id": "1", "kind": "search", "customer_id": merged.external_id, "occurred_at": NOON}])
    CustomerNote.objects.create(customer=merged, text="배송은 경비실로", author=make_user("staff"))
    message = make_message(make_running_campaign(), merged)

    done = merging.merge(kept.pk, merged.pk, by=None)

    message.refresh_from_db()
    assert [Order.objects.get().customer, Event.objects.get().customer, message.customer] == [kept] * 3
    assert CustomerNote.objects.get().customer == kept
    assert sorted(done.moved) == [
        "campaigns.enrollment.customer",
        "campaigns.message.customer",
        "customers.customernote.customer",
        "customers.event.customer",
        "customers.order.customer",
    ]
    kept.refresh_from_db()
    assert (kept.stats.order_count, kept.stats.paid_total, kept.stats.last_visit_at) == (1, 30_000, NOON)


def test_the_merged_customer_is_in_no_list_any_more_and_both_are_looked_at_again() -> None:
    kept, merged = make_customer(), make_customer()

    merging.merge(kept.pk, merged.pk, by=None)

    assert list(Customer.objects.living()) == [kept]
    assert set(TouchedCustomer.objects.values_list("customer", flat=True)) == {kept.pk, merged.pk}


def test_of_a_campaign_that_both_entered_the_kept_one_keeps_its_own_and_gets_one_message() -> None:
    kept, merged = make_customer(), make_customer()
    campaign = make_running_campaign()
    make_message(campaign, kept, status="planned")
    planned = make_message(campaign, merged, status="planned")

    merging.merge(kept.pk, merged.pk, by=None)

    planned.refresh_from_db()
    assert planned.customer == merged
    assert Enrollment.objects.filter(customer=merged).count() == 1
    assert gate_of(campaign).verdicts([merged.pk]) == {merged.pk: "MERGED"}


@pytest.mark.parametrize(
    ("ours", "theirs", "expected"),
    [
        pytest.param({"name": "김단골"}, {"name": "김단골손님"}, {"name": "김단골"}, id="its own value stands"),
        pytest.param({"gender": ""}, {"gender": "f"}, {"gender": "f"}, id="an empty one is filled"),
        pytest.param({"joined_at": NOON}, {"joined_at": NOON - timedelta(9)}, {"joined_at": NOON - timedelta(9)},
                     id="the earlier joining counts"),
        pytest.param({"attributes": {"a": 1}}, {"attributes": {"a": 2, "b": 3}}, {"attributes": {"a": 1, "b": 3}},
                     id="attributes are joined"),
        pytest.param({"is_demo": False}, {"is_demo": True}, {"is_demo": True}, id="demo data stays demo data"),
        pytest.param({"phone": ""}, {"phone": "+821011112222", "is_marketplace_contact": True}, {"phone": ""},
                     id="no contact from a marketplace (I-07)"),
    ],
)  # fmt: skip
def test_the_rules_say_which_value_wins(ours: dict, theirs: dict, expected: dict) -> None:
    kept, merged = make_customer(**ours), make_customer(**theirs)

    merging.merge(kept.pk, merged.pk, by=None)

    kept.refresh_from_db()
    assert {name: getattr(kept, name) for name in expected} == expected


def test_a_person_can_choose_the_other_value() -> None:
    kept, merged = (
        make_customer(name="김단골", birthday=None),
        make_customer(name="김단골손님", birthday=date(1990, 3, 4)),
    )

    merging.merge(kept.pk, merged.pk, by=None, take={"name"})

    kept.refresh_from_db()
    assert (kept.name, kept.birthday) == ("김단골손님", None)


@pytest.mark.parametrize(
    ("ours", "theirs", "holds"),
    [
        pytest.param([("granted", 1)], [("withdrawn", 2)], False, id="withdrawn later under the other number"),
        pytest.param([("withdrawn", 1)], [("granted", 2)], True, id="agreed later under the other number"),
        pytest.param([("granted", 1)], [("withdrawn", 1)], False, id="at the same moment: the stricter"),
        pytest.param([], [("granted", 1)], True, id="only the other one agreed"),
        pytest.param([("granted", 1), ("withdrawn", 3)], [("granted", 2)], False, id="the latest expression decides"),
    ],
)
def test_both_consent_ledgers_are_replayed_as_one(ours: list, theirs: list, holds: bool) -> None:
    kept, merged = make_customer(), make_customer()
    say(kept, ours)
    say(merged, theirs)

    merging.merge(kept.pk, merged.pk, by=None)

    assert ConsentState.objects.get(customer=kept).is_granted is holds
    assert consent.rebuild_states() == 0


def test_what_is_said_later_under_the_merged_number_holds_for_the_kept_customer() -> None:
    kept, merged = make_customer(), make_customer()
    say(kept, [("granted", 1)])
    merging.merge(kept.pk, merged.pk, by=None)

    say(merged, [("withdrawn", 2)])

    assert ConsentState.objects.get(customer=kept).is_granted is False


def test_what_was_withdrawn_meanwhile_counts_for_both_when_the_merge_is_undone() -> None:
    kept, merged = make_customer(), make_customer()
    say(kept, [("granted", 1)])
    say(merged, [("granted", 1)])
    done = merging.merge(kept.pk, merged.pk, by=None)
    # Under the number of the merged one, which leads to the kept one.
    said = {"consent.email": "no", "consent.email.at": NOON + timedelta(hours=2)}
    ingest_customers([{"customer_id": merged.external_id} | said], method="api")
    owed = NoticeDuty.objects.count()

    merging.undo(done.pk, by=None)

    assert dict(ConsentState.objects.values_list("customer", "is_granted")) == {kept.pk: False, merged.pk: False}
    first, second = ConsentEntry.objects.filter(action="withdrawn").order_by("pk")
    assert (first.customer, second.customer, second.evidence) == (kept, merged, {"merge": done.pk, "entry": first.pk})
    assert (second.occurred_at, second.method) == (first.occurred_at, first.method)
    assert (NoticeDuty.objects.count(), consent.rebuild_states()) == (owed, 0)


def test_a_withdrawal_under_the_merged_number_itself_counts_for_the_kept_customer_after_the_undo_too() -> None:
    kept, merged = make_customer(), make_customer()
    say(kept, [("granted", 1)])
    done = merging.merge(kept.pk, merged.pk, by=None)
    say(merged, [("withdrawn", 2)])

    merging.undo(done.pk, by=None)

    assert dict(ConsentState.objects.values_list("customer", "is_granted")) == {kept.pk: False, merged.pk: False}


def test_what_was_agreed_to_meanwhile_and_what_was_said_before_the_merge_stay_with_whom_said_it() -> None:
    kept, merged = make_customer(), make_customer()
    say(kept, [("withdrawn", 1)])
    say(merged, [("granted", 1)])
    done = merging.merge(kept.pk, merged.pk, by=None)
    consent.grant(kept.pk, purpose="ad_receive", channel="sms", occurred_at=NOON, method="web")

    merging.undo(done.pk, by=None)

    held = set(ConsentState.objects.values_list("customer", "channel", "is_granted"))
    assert held == {(kept.pk, "email", False), (kept.pk, "sms", True), (merged.pk, "email", True)}


def say(customer: Customer, expressions: list[tuple[str, int]]) -> None:
    for action, hours in expressions:
        said = {"purpose": "ad_receive", "channel": "email", "occurred_at": NOON + timedelta(hours=hours)}
        {"granted": consent.grant, "withdrawn": consent.withdraw}[action](customer.pk, method="web", **said)


def test_facts_that_come_in_under_the_merged_number_go_to_the_kept_customer() -> None:
    kept, merged = make_customer(), make_customer(name="김단골")
    merging.merge(kept.pk, merged.pk, by=None)
    number = {"customer_id": merged.external_id}

    ingest_orders([number | {"order_id": "1", "placed_at": NOON, "paid": "1000"}])
    ingest_events([number | {"event_id": "1", "kind": "search", "occurred_at": NOON}])
    ingest_customers([number | {"name": "김개명", "consent.email": "no", "consent.email.at": NOON}])

    assert [Order.objects.get().customer, Event.objects.get().customer] == [kept] * 2
    assert ConsentState.objects.get().customer == kept
    merged.refresh_from_db()
    kept.refresh_from_db()
    assert (merged.name, kept.name, kept.stats.order_count) == ("김개명", "김단골", 1)


def test_a_chosen_value_outlives_imports_that_say_what_the_shop_s_system_said_before() -> None:
    kept, merged = make_customer(phone="", gender=""), make_customer(phone="+821011112222", gender="f")
    merging.merge(kept.pk, merged.pk, by=None)
    number = {"customer_id": kept.external_id}

    ingest_customers([number | {"phone": "", "gender": "m"}])

    kept.refresh_from_db()
    assert (kept.phone, kept.gender) == ("+821011112222", "m")


def test_an_undone_merge_leaves_later_facts_where_they_are() -> None:
    kept, merged = make_customer(), make_customer()
    make_order(merged, placed_at=NOON, external_id="before")
    done = merging.merge(kept.pk, merged.pk, by=None)
    make_order(kept, placed_at=NOON, external_id="after")

    merging.undo(done.pk, by=None)

    assert dict(Order.objects.values_list("external_id", "customer")) == {"before": merged.pk, "after": kept.pk}


def test_a_value_that_was_changed_since_stays_when_the_merge_is_undone() -> None:
    kept, merged = make_customer(phone="", gender=""), make_customer(phone="+821011112222", gender="f")
    done = merging.merge(kept.pk, merged.pk, by=None)
    Customer.objects.filter(pk=kept.pk).update(phone="+821033334444")

    merging.undo(done.pk, by=None)

    kept.refresh_from_db()
    assert (kept.phone, kept.gender) == ("+821033334444", "")


def refuse(act: object, *args: object, **more: object) -> str:
    before = everything()
    with translation.override("en"), pytest.raises(MergeRefused) as refusal:
        act(*args, by=None, **more)
    assert everything() == before
    return str(refusal.value)


def test_what_cannot_be_merged_is_refused() -> None:
    kept, merged, erased = make_customer(), make_customer(), make_customer(erased_at=NOON)
    merging.merge(kept.pk, merged.pk, by=None)

    assert "different" in refuse(merging.merge, kept.pk, kept.pk)
    assert "merged already" in refuse(merging.merge, make_customer().pk, merged.pk)
    assert "erased" in refuse(merging.merge, kept.pk, erased.pk)


def test_the_shop_s_own_customer_does_not_go_into_a_contact_from_a_marketplace() -> None:
    stranger, own = make_customer(is_marketplace_contact=True, phone="+821011112222"), make_customer(phone="")
    say(own, [("granted", 1)])

    assert "press “Keep the other one”" in refuse(merging.merge, stranger.pk, own.pk)
    merging.merge(own.pk, stranger.pk, by=None, take={"phone", "email"})

    own.refresh_from_db()
    assert (own.is_marketplace_contact, own.phone, own.email != stranger.email) == (False, "", True)
    assert ConsentState.objects.get(customer=own).is_granted is True


def test_two_contacts_from_a_marketplace_stay_one() -> None:
    kept, other = (make_customer(is_marketplace_contact=True) for _time in range(2))

    merging.merge(kept.pk, other.pk, by=None)

    kept.refresh_from_db()
    assert kept.is_marketplace_contact is True


def test_what_follows_a_merge_in_a_transaction_waits_for_locks_as_before() -> None:
    kept, merged = make_customer(), make_customer()

    merging.merge(kept.pk, merged.pk, by=None)

    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('lock_timeout')")
        assert cursor.fetchone() == ("0",)


def test_merges_are_undone_from_the_latest_and_within_thirty_days(time_machine: Traveller) -> None:
    time_machine.move_to(NOON)
    kept, second, third = make_customer(), make_customer(), make_customer()
    first_merge = merging.merge(kept.pk, second.pk, by=None)
    latest = merging.merge(kept.pk, third.pk, by=None)

    assert "later merge" in refuse(merging.undo, first_merge.pk)
    merging.undo(latest.pk, by=None)
    assert "already" in refuse(merging.undo, latest.pk)
    time_machine.shift(timedelta(days=31))
    assert "30 days" in refuse(merging.undo, first_merge.pk)


def test_a_merged_customer_s_own_merges_go_along_and_come_back() -> None:
    kept, second, third = make_customer(), make_customer(), make_customer()
    merging.merge(second.pk, third.pk, by=None)

    done = merging.merge(kept.pk, second.pk, by=None)

    assert set(kept.merged_customers.all()) == {second, third}
    merging.undo(done.pk, by=None)
    assert list(second.merged_customers.all()) == [third]


FACTS = st.lists(
    st.tuples(st.sampled_from(["order", "visit", "browser", "granted", "withdrawn", "message", "note"]), st.booleans()),
    max_size=8,
)


class MergeAndUndo(TestCase):
    """Whatever the two have, merging and undoing leaves every table as it was."""

    @settings(max_examples=12, deadline=None)
    @given(FACTS, st.booleans())
    def test_every_table_is_as_before(self, facts: list[tuple[str, bool]], fills: bool) -> None:
        kept = make_customer(name="" if fills else "김단골", attributes={"a": 1})
        merged = make_customer(birthday=date(1990, 3, 4), joined_at=NOON, attributes={"b": 2})
        campaign, author = make_running_campaign(), make_user("author")
        for number, (fact, is_kepts) in enumerate(facts):
            add(fact, number, kept if is_kepts else merged, campaign, author)
        make_segment()
        stats.rebuild()
        before = everything()

        done = merging.merge(kept.pk, merged.pk, by=author)
        merging.undo(done.pk, by=author)

        assert everything() == before
        assert CustomerMerge.objects.get().undone_by == author


def add(fact: str, number: int, customer: Customer, campaign: object, author: object) -> None:
    at = NOON + timedelta(hours=number)
    event = {"event_id": str(number), "kind": "search", "customer_id": customer.external_id, "occurred_at": at}
    match fact:
        case "order":
            make_order(customer, placed_at=at)
        case "visit":
            ingest_events([event])
        case "browser":
            ingest_events([event | {"visitor_id": "browser"}])
        case "note":
            CustomerNote.objects.create(customer=customer, text="메모", author=author)
        case "message":
            if not Enrollment.objects.filter(customer=customer).exists():
                make_message(campaign, customer, status="planned" if number % 2 else "sent")
        case _:
            say(customer, [(fact, number)])
