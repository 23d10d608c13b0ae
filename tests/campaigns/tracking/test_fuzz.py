"""Whatever strangers send to the public addresses: no error of ours, no foreign redirect, no row that they chose.

Both applications, over real sockets. A few hundred requests here; 100,000 by `make fuzz-public` (FUZZED_REQUESTS).
"""

import os
import socket
from collections import Counter

import pytest
from django.conf import settings
from django.db import connection
from django.utils.encoding import iri_to_uri

from campaigns import links
from campaigns.models import Hit, Message
from customers.consent import preference_links
from customers.models import ConsentEntry
from tests.campaigns.tracking.hostile import Request, requests
from tests.campaigns.tracking.servers import HOST, PATIENCE, serving
from tests.factories import make_customer, make_message, make_running_campaign

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

COUNT = int(os.environ.get("FUZZED_REQUESTS", "300"))
SEED = int(os.environ.get("FUZZ_SEED", "7"))
TARGET = "https://shop.example/상품?색=파랑"
# What a stranger with somebody's mail can have written: hits of that message, that customer's refusal with the notice
# that is due for it, reports of delivery, and counters. The one program of points is made when it is first asked for.
MAY_GROW = {
    "campaigns_hit", "campaigns_gatewayreport", "customers_consententry", "customers_consentstate",
    "customers_noticeduty", "customers_touchedcustomer", "loyalty_program", "crm_project_ratecount",
    "crm_project_kick", "django_q_ormq",
}  # fmt: skip
# What the servers would have written of an error that no answer showed.
TROUBLE = ("psycopg", "django.db", "Internal Server Error", "could not be written", "Exception in ASGI application")


@pytest.fixture
def message() -> Message:
    return make_message(make_running_campaign(links=(TARGET,)), make_customer())


def good_tokens(message: Message) -> list[str]:
    """Return all tokens that a recipient has, and one of a message that is gone."""
    own = [links.write(message.pk, kind, int(kind == Hit.Kind.CLICK)) for kind in links.KIND_CODES]
    short = links.short_click_url(message.pk, 1).rpartition("/")[2]
    return [*own, short, preference_links.write(message.customer_id), links.write(message.pk + 1, Hit.Kind.OPEN)]


@pytest.mark.parametrize("kind", ["django", "lean"])
def test_hostile_requests_do_no_harm(
    kind: str, message: Message, environment: dict[str, str], capfd: pytest.CaptureFixture[str]
) -> None:
    before = _rows()
    statuses: Counter[int] = Counter()

    with serving(kind, environment | {"NUM_PROXIES": "1", "LOG_LEVEL": "ERROR"}) as server:
        for request in requests(SEED, COUNT // 2, good_tokens(message)):
            status, location = _sent(server.port, request)
            statuses[status] += 1
            assert status < 500, request
            assert _is_ours(location), (request, location)

    written = capfd.readouterr()
    print(f"\n{kind}: {COUNT // 2:,} hostile requests, answered {dict(sorted(statuses.items()))}")
    for trouble in TROUBLE:
        assert trouble not in written.err
    grown = {table for table, count in _rows().items() if count != before[table]}
    assert grown - MAY_GROW == set()
    assert set(Hit.objects.values_list("message", "link__url")) <= {(message.pk, None), (message.pk, TARGET)}
    assert set(ConsentEntry.objects.values_list("customer", flat=True)) <= {message.customer_id}
    assert statuses[200]
    assert statuses[302]
    assert Hit.objects.exists()


def _sent(port: int, request: Request) -> tuple[int, str]:
    """Return status and Location of the answer; a connection closed without a word counts as 400."""
    with socket.create_connection((HOST, port), timeout=PATIENCE) as line:
        answer = b""
        try:
            line.sendall(request.wire())
            while part := line.recv(65_536):
                answer += part
        except ConnectionError:
            pass
    if not answer:
        return 400, ""
    head = answer.partition(b"\r\n\r\n")[0].decode("latin-1")
    found = [line.partition(":")[2].strip() for line in head.split("\r\n") if line.lower().startswith("location:")]
    return int(head.split(" ", 2)[1]), "".join(found)


def _is_ours(location: str) -> bool:
    """Tell whether a redirect leads to the stored link, or stays on the site."""
    on_site = location.startswith("/") and not location.startswith(("//", "/\\"))
    return location in ("", iri_to_uri(TARGET)) or on_site or location.startswith(f"{settings.SITE_URL}/")


def _rows() -> dict[str, int]:
    counts = {}
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT count(*) FROM "{table}"')
            counts[table] = cursor.fetchone()[0]
    return counts
