"""The client of docs/examples works as it stands, against a real server."""

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest
from django.conf import settings
from pytest_django.live_server_helper import LiveServer

from customers.models import Order
from loyalty.models import TillTransaction
from loyalty.till.till_urls import urlpatterns
from tests.loyalty.till.counter import Counter

CLIENT = Path(settings.BASE_DIR) / "docs" / "examples" / "till_client.py"
GUIDE = (Path(settings.BASE_DIR) / "docs" / "till.md").read_text("utf-8")
pytestmark = pytest.mark.django_db(transaction=True)


def load() -> ModuleType:
    """Return the client as a module."""
    spec = importlib.util.spec_from_file_location("till_client", CLIENT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_client_serves_a_customer_from_look_up_to_return(live_server: LiveServer, tmp_path: Path) -> None:
    till = Counter()
    given = {"SITE": live_server.url, "TILL_CREDENTIAL": till.credential, "OUTBOX": str(tmp_path / "outbox")}
    command = [sys.executable, str(CLIENT), till.member.phone, till.wine.sku, "30000", "1000"]

    done = subprocess.run(command, env=os.environ | given, capture_output=True, text=True, timeout=60, check=False)

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[0] == "found 김*골 3000"
    assert list(TillTransaction.objects.order_by("pk").values_list("kind", "points_used", "points_earned")) == [
        ("sale", 1_000, 290),
        ("return", -1_000, -290),
    ]
    assert list((tmp_path / "outbox").iterdir()) == []


def test_after_a_power_cut_the_client_books_what_nobody_answered(live_server: LiveServer, tmp_path: Path) -> None:
    till = Counter()
    sale = till.sale(points=1_000)
    status, booked = till.ask("sales", sale, key="cut-1")  # the answer was lost
    letters = tmp_path / "outbox"
    letters.mkdir()
    for key, body in (("cut-1", sale), ("cut-2", till.sale("R-2"))):
        (letters / f"{key}.json").write_text(json.dumps({"path": "sales", "body": body, "key": key}), encoding="utf-8")

    answers = load().Till(live_server.url, till.credential, letters).deliver_what_is_left()

    assert status == 201
    assert [answer["receipt"] for answer in answers] == ["R-1", "R-2"]
    assert answers[0]["txn_id"] == booked["txn_id"]
    assert (Order.objects.count(), list(letters.iterdir())) == (2, [])


def test_what_the_server_decided_against_is_not_sent_again(live_server: LiveServer, tmp_path: Path) -> None:
    till, module = Counter(points=0), load()
    client = module.Till(live_server.url, till.credential, tmp_path / "outbox")

    with pytest.raises(module.Refused) as refused:
        client.book("sales", till.sale(points=1_000))

    assert (refused.value.status, refused.value.code) == (422, "INSUFFICIENT_POINTS")
    assert list((tmp_path / "outbox").iterdir()) == []


def test_what_a_revoked_till_could_not_send_is_kept(live_server: LiveServer, tmp_path: Path) -> None:
    till, module = Counter(), load()
    client = module.Till(live_server.url, "dgt_nobody_x", tmp_path / "outbox")

    with pytest.raises(module.Refused):
        client.book("sales", till.sale())

    assert len(list((tmp_path / "outbox").iterdir())) == 1


def test_the_guide_tells_of_every_address() -> None:
    told = {str(each.pattern) for each in urlpatterns}

    missing = {
        path for path in told if path.replace("<int:hold_id>", "{id}").replace("<int:txn_id>", "{txn_id}") not in GUIDE
    }

    assert missing == set()
