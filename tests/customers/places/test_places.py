"""A region is recognised and the rest of an address forgotten; each region has a nearest store."""

import pytest

from customers.ingest import ingest_customers, ingest_stores
from customers.models import Customer, Region, Store
from customers.places import find_nearest_stores, region_in
from customers.segments import explain, preview
from tests.factories import make_customer


@pytest.mark.parametrize(
    ("written", "region"),
    [
        ("서울특별시 성동구", "서울특별시 성동구"),
        ("서울 성동구 왕십리로 83-21, 101동 1203호", "서울특별시 성동구"),
        ("(04778) 서울시 성동구 왕십리로", "서울특별시 성동구"),
        ("경기 수원시 영통구 매탄동", "경기도 수원시 영통구"),
        ("경기도 수원시", "경기도 수원시"),
        ("충북 청주시 서원구 사직동", "충청북도 청주시"),
        ("세종시 한누리대로 2130", "세종특별자치시"),
        ("전라북도 전주시 완산구", "전북특별자치도 전주시 완산구"),
        ("성동구 왕십리로", None),
        ("서울특별시", None),
        ("1600 Amphitheatre Parkway", None),
        ("", None),
    ],
)
def test_a_region_is_recognised(written: str, region: str | None) -> None:
    assert region_in(written) == region


@pytest.mark.django_db
def test_only_the_region_of_an_address_is_stored() -> None:
    result = ingest_customers(
        [{"customer_id": "1", "region": "서울 성동구 왕십리로 83-21"}, {"customer_id": "2", "region": "왕십리로 83-21"}]
    )

    assert result.refused == 0
    assert list(Customer.objects.order_by("external_id").values_list("region", flat=True)) == ["서울특별시 성동구", ""]


def store(number: str, latitude: object, longitude: object, **more: object) -> dict[str, object]:
    return {"store_id": number, "name": f"{number}호점", "latitude": latitude, "longitude": longitude} | more


@pytest.mark.django_db
def test_stores_bring_their_place_and_become_nearest() -> None:
    result = ingest_stores(
        [
            store(
                "성수",
                "37.5446",
                "127.0557",
                region="서울 성동구 성수동",
                address="왕십리로 83-21",
                phone="02-000-0000",
            ),
            store("부산", 35.1796, 129.0756),
            store("온라인", 37.55, 127.04, online="Y"),
            store("어딘가", "", ""),
        ]
    )

    assert (result.new, result.refused) == (4, 0)
    assert Store.objects.get(external_id="성수").region == "서울특별시 성동구"
    near = dict(Region.objects.values_list("name", "nearest_store__external_id"))
    assert (near["서울특별시 성동구"], near["경상남도 창원시 성산구"]) == ("성수", "부산")
    assert set(near.values()) == {"성수", "부산"}
    assert Region.objects.get(name="서울특별시 성동구").nearest_kilometres == pytest.approx(1.5, abs=0.3)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("latitude", "longitude"), [("91", "127"), ("37.5", "181"), ("nan", "127"), ("북위 37", "127")]
)
def test_a_place_not_on_earth_is_refused(latitude: str, longitude: str) -> None:
    result = ingest_stores([store("1", latitude, longitude)])

    assert result.refused == 1
    assert not Store.objects.exists()


@pytest.mark.django_db
def test_a_second_look_changes_nothing() -> None:
    ingest_stores([store("성수", 37.5446, 127.0557)])

    assert find_nearest_stores() == 0


@pytest.mark.django_db
def test_a_segment_asks_for_the_nearest_store() -> None:
    ingest_stores([store("성수", 37.5446, 127.0557), store("부산", 35.1796, 129.0756)])
    near = make_customer(region="서울특별시 성동구")
    make_customer(region="부산광역시 중구")
    make_customer()

    rule = {"is": "nearest_store", "op": "in", "value": ["성수"]}

    assert preview.count(rule) == 1
    assert preview.count({"not": rule}) == 2
    assert explain.explain(rule, near).actual.startswith("성수호점 (")
