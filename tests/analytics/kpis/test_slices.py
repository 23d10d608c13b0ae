"""Every KPI for a part of the shop: a segment, a store, a source, a month of first purchase."""

import json
from datetime import UTC, date, datetime, timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from analytics import kpis
from analytics.errors import SliceRefused
from analytics.kpis import EVERYBODY, KPIS, Group, Kpi, Slice, asked_for, behind, rules
from analytics.models import MarketingSpend
from analytics.periods import Period
from customers import stats
from customers.cycles import rebuild
from customers.models import Customer, Event, SegmentMembership, Store
from customers.segments.compiler import compile_rule
from tests.factories import make_customer, make_order, make_segment

pytestmark = pytest.mark.django_db

NOVEMBER = Period(date(2026, 11, 1), date(2026, 11, 30))
IN_NOVEMBER = datetime(2026, 11, 10, tzinfo=UTC)
IN_MAY = datetime(2026, 5, 10, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture
def shop() -> dict[str, Customer]:
    """Two regulars of Gangnam, one from Instagram; one new customer of the web shop; a guest."""
    gangnam = Store.objects.create(external_id="G", name="강남점")
    people = {
        "minji": make_customer(acquisition_source="인스타그램"),
        "jun": make_customer(acquisition_source="전단지"),
        "new": make_customer(acquisition_source="인스타그램"),
    }
    for name in ("minji", "jun"):
        make_order(people[name], placed_at=IN_MAY, paid=10_000, store=gangnam)
        make_order(people[name], placed_at=IN_NOVEMBER, paid=30_000, store=gangnam)
    make_order(people["minji"], placed_at=IN_NOVEMBER + DAY, paid=50_000)
    make_order(people["new"], placed_at=IN_NOVEMBER, paid=20_000)
    make_order(None, placed_at=IN_NOVEMBER, paid=999_000, store=gangnam)
    MarketingSpend.objects.create(month=date(2026, 11, 1), source="인스타그램", amount=40_000)
    MarketingSpend.objects.create(month=date(2026, 11, 1), source="전단지", amount=70_000)
    stats.rebuild()
    rebuild(NOVEMBER.end - timedelta(hours=1))
    return people


def of_jun(people: dict[str, Customer]) -> Slice:
    segment = make_segment(name="준이네")
    SegmentMembership.objects.filter(segment=segment).delete()
    SegmentMembership.objects.create(segment=segment, customer=people["jun"])
    return Slice(segment=segment)


def slices(people: dict[str, Customer]) -> dict[str, Slice]:
    return {
        "everybody": EVERYBODY,
        "store": Slice(store=Store.objects.get()),
        "source": Slice(source="인스타그램"),
        "cohort": Slice(cohort=date(2026, 5, 1)),
        "segment": of_jun(people),
    }


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("aov", {"everybody": (130, 4), "store": (60, 2), "source": (100, 3), "cohort": (110, 3), "segment": (30, 1)}),
        ("rpr", {"everybody": (1, 3), "store": (0, 2), "source": (1, 2), "cohort": (1, 2), "segment": (0, 1)}),
        ("crr", {"everybody": (2, 2), "store": (2, 2), "source": (1, 1), "cohort": (2, 2), "segment": (1, 1)}),
        (
            "clv_historic",
            {"everybody": (150, 3), "store": (80, 2), "source": (110, 2), "cohort": (130, 2), "segment": (40, 1)},
        ),
        (
            "returning",
            {
                "everybody": (110, 130),
                "store": (60, 60),
                "source": (80, 100),
                "cohort": (110, 110),
                "segment": (30, 30),
            },
        ),
        ("cac", {"everybody": (110, 1), "store": (0, 0), "source": (40, 1), "cohort": (0, 0), "segment": (0, 0)}),
    ],
)
def test_a_kpi_counts_its_part_of_the_shop(
    shop: dict[str, Customer], name: str, expected: dict[str, tuple[int, int]]
) -> None:
    def plain(number: int) -> int:
        return number // 1_000 if number >= 1_000 else number

    found = {key: KPIS[name].read(NOVEMBER, within) for key, within in slices(shop).items()}

    assert {key: (plain(each.numerator), plain(each.denominator)) for key, each in found.items()} == expected


def test_the_interval_is_the_median_of_the_pauses_that_ended(shop: dict[str, Customer]) -> None:
    reading = KPIS["interval"].read(NOVEMBER)

    # 184 days since May for two of them, and a day for one.
    assert (reading.value, reading.numerator, reading.denominator) == (184, 3, 2)
    assert KPIS["interval"].read(NOVEMBER, Slice(source="인스타그램")).value == 1


def test_visitors_who_never_bought_in_the_store_are_visitors_all_the_same(shop: dict[str, Customer]) -> None:
    store = Store.objects.get()
    for name in ("minji", "jun", "new"):
        Event.objects.create(external_id=name, kind="page_view", occurred_at=IN_NOVEMBER, customer=shop[name])

    of_everybody = KPIS["pcr"].read(NOVEMBER, Slice(store=store))
    of_a_source = KPIS["pcr"].read(NOVEMBER, Slice(store=store, source="인스타그램"))

    assert (of_everybody.numerator, of_everybody.denominator) == (2, 3)
    assert (of_a_source.numerator, of_a_source.denominator) == (1, 2)


def test_spend_that_cannot_be_told_apart_is_unknown(shop: dict[str, Customer]) -> None:
    assert KPIS["cac"].read(NOVEMBER, Slice(store=Store.objects.get())).value is None
    assert KPIS["cac"].read(NOVEMBER, Slice(source="인스타그램")).value == 40_000


@pytest.mark.parametrize("key", ["everybody", "store", "source", "cohort", "segment"])
def test_behind_a_number_are_as_many_customers_as_it_counts(shop: dict[str, Customer], key: str) -> None:
    within = slices(shop)[key]

    for kpi, side, group in groups():
        reading = kpi.read(NOVEMBER, within)
        people = {each.value for each in reading.inputs if each.unit == "people"}
        count = behind.count(group, NOVEMBER, within)
        listed = behind.customers(group, NOVEMBER, within, most=100)

        assert len(listed) == count == len(behind.numbers(group, NOVEMBER, within, most=100)), kpi.name
        if kpi.name in ("crr", "rpr", "churn", "dormant", "lost"):
            assert count == getattr(reading, side), kpi.name
        elif kpi.name in ("aov", "cac", "interval"):
            assert count in people, kpi.name


@pytest.mark.parametrize("key", ["everybody", "store", "source", "cohort", "segment"])
def test_a_segment_made_of_a_number_holds_the_same_customers(shop: dict[str, Customer], key: str) -> None:
    within = slices(shop)[key]

    for kpi, _side, group in groups():
        rule = group.rule(NOVEMBER, within) if group.rule else None
        if rule is not None:
            q = compile_rule(rule, now=NOVEMBER.end - timedelta(hours=1))
            found = set(Customer.objects.filter(q).values_list("pk", flat=True))

            assert found == set(behind.numbers(group, NOVEMBER, within, most=100)), kpi.name


def groups() -> list[tuple[Kpi, str, Group]]:
    both = [(kpi, side, getattr(kpi, side)) for kpi in KPIS for side in ("numerator", "denominator")]
    return [each for each in both if each[2] is not None]


def test_dormant_and_lost_make_a_segment_only_as_they_are_today() -> None:
    today = Period(timezone.localdate() - DAY, timezone.localdate())

    assert rules.of_risk(90, 97)(today, EVERYBODY) == {
        "all": [
            {"is": "repurchase_risk", "op": "at_least", "value": 90},
            {"is": "repurchase_risk", "op": "at_most", "value": 97},
        ]
    }
    assert rules.of_risk(90, 97)(Period(today.first, today.first), EVERYBODY) is None


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"segment": "nobody"}, "no segment"),
        ({"segment": "99999999999999999999"}, "no segment"),
        ({"store": "Q\0"}, "no store"),
        ({"segment": "nobody\0"}, "no segment"),
        ({"source": "라디오"}, "source"),
        ({"cohort": "2026-13"}, "not a month"),
        ({"cohort": "9999-12"}, "not a month"),
        ({"cohort": "0001-01"}, "not a month"),
    ],
)
@pytest.mark.usefixtures("in_english")
def test_a_part_that_is_not_there_is_refused_in_words(asked: dict[str, str], words: str) -> None:
    with pytest.raises(SliceRefused, match=words):
        asked_for(asked)


def test_what_no_text_can_hold_is_left_out(shop: dict[str, Customer]) -> None:
    assert KPIS["aov"].read(NOVEMBER, asked_for({"source": "인스타그램\0"})).denominator == 3


def test_command_and_api_take_the_same_parts(shop: dict[str, Customer]) -> None:
    out = StringIO()

    call_command("kpi", "aov", "--from=2026-11-01", "--to=2026-11-30", "--source=인스타그램", "--json", stdout=out)

    assert json.loads(out.getvalue())["value"] == 33_333
    assert kpis.as_json(KPIS["aov"], NOVEMBER, asked_for({"store": "G", "cohort": "2026-05"}))["denominator"] == 2
    with pytest.raises(CommandError):
        call_command("kpi", "aov", "--store=nowhere", stdout=out)
