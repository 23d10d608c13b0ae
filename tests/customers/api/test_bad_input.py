"""Whatever stands in an address of the API, it is answered: read or refused, never by a fault of ours."""

import base64
from collections.abc import Iterator
from contextlib import suppress
from urllib.parse import quote

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import NoReverseMatch, get_resolver, resolve, reverse

from customers.api.pages import CURSOR, LIMIT
from tests import addresses
from tests.factories import make_customer, make_segment

pytestmark = pytest.mark.django_db


def cursor(said: str) -> str:
    return base64.urlsafe_b64encode(said.encode()).decode()


BAD = (
    "\0",
    "C-1\0",
    "²",
    "NaN",
    "0000005009999999",
    "9" * 30,
    "-" + "9" * 30,
    "1" * 5_000,
    "9999-12",
    "0001-01-01",
    "9999-12-31",
    "0001-01-01T00:00:00+14:00",
    "9999-12-31T23:59:59-14:00",
    "2026-11-20T00:00:00+24:00",
    cursor("[" * 3_000),
    cursor("[null, 1" + "0" * 5_000 + "]"),
    cursor("[null, 1e400]"),
    cursor("[null, true]"),
    cursor('["0001-01-01T00:00:00+14:00", 1]'),
    cursor('["9999-12-31T23:59:59-14:00", 1]'),
)
# A till's credential opens these, and a till has no more than one parameter: tests/loyalty/till.
READ = sorted(addresses.names("api/v1/") - addresses.names("api/v1/till/"))


@pytest.fixture
def named() -> dict[str, object]:
    """Return what the parts of the addresses stand for."""
    customer, segment = make_customer(external_id="C-1"), make_segment()
    return {"number": customer.external_id, "segment_id": segment.pk, "name": "rpr"}


def parameters(view: type) -> list[str]:
    """Return what an address may be asked with."""
    filters = getattr(getattr(view, "filterset_class", None), "base_filters", {})
    own = [each.name for each in getattr(view, "query_parameters", ())]
    return [*filters, *own, "source", CURSOR, LIMIT]


def asked(name: str, named: dict[str, object]) -> Iterator[str]:
    """Yield the address with each bad value as each part of its path and as each parameter."""
    [(_route, parts)] = get_resolver().reverse_dict.getlist(name)[0][0]
    good = {part: named[part] for part in parts}
    path = reverse(name, kwargs=good)
    known = f"customer_id={named['number']}&changed_from=2026-11-20T00:00:00Z&joined_from=2026-11-20T00:00:00Z"
    for parameter in parameters(resolve(path).func.cls):
        others = "&".join(pair for pair in known.split("&") if not pair.startswith(f"{parameter}="))
        yield from (f"{path}?{others}&{parameter}={quote(bad)}" for bad in BAD)
    for part in parts:
        for bad in BAD:
            with suppress(NoReverseMatch):
                yield reverse(name, kwargs=good | {part: bad})


@pytest.mark.parametrize("name", READ)
def test_no_address_answers_bad_input_with_a_fault(name: str, named: dict[str, object]) -> None:
    client = Client(raise_request_exception=False)
    client.force_login(User.objects.create_superuser("reader"))

    answers = {path: client.get(path).status_code for path in asked(name, named)}

    assert {path[:200]: status for path, status in answers.items() if status >= 500} == {}


@pytest.mark.parametrize("limit", ["0000005009999999", "1" * 5_000, "0", "-1", "501"])
def test_no_page_is_longer_than_the_longest(limit: str, named: dict[str, object]) -> None:
    client = Client()
    client.force_login(User.objects.create_superuser("reader"))

    answer = client.get(f"/api/v1/customers/?limit={limit}")

    assert (answer.status_code, answer.json()["code"]) == (400, "bad_limit")
