"""A counter with a till at it, as tests of the till API use it: what a test does not name does not matter to it."""

import json
import os
from datetime import datetime, timedelta
from itertools import count
from typing import Any

from django.core.cache import cache
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from customers.models import Customer, Store
from loyalty import ledger
from loyalty.ledger import LotTerms, Receipt
from loyalty.models import Account, EarningRule, StoreStaff, Terminal, TillStaff
from loyalty.till import credentials
from tests.factories import begin_earning, make_customer, make_earning_rule, make_product, make_user

# `make ledger-tests` runs the numbers of docs/reliability.md, every other run small ones.
IS_FULL = os.environ.get("LEDGER") == "full"
PHONE = "+821012345678"

_numbers = count(1)


class Counter:
    """A till of a store that earns a point for every hundred won, two products, and a member who stands there."""

    def __init__(self, *, points: int = 3_000, is_online: bool = False, **terminal: Any) -> None:
        cache.clear()
        number = next(_numbers)
        self.store = Store.objects.create(external_id=f"S{number}", name="강남점", is_online=is_online)
        self.terminal = Terminal(store=self.store, name="till 1", **terminal)
        self.credential = credentials.issue(self.terminal)
        self.wine = make_product(sku=f"W{number}", category="wine")
        self.milk = make_product(sku=f"M{number}", category="dairy")
        begin_earning()
        if not EarningRule.objects.exists():
            make_earning_rule()
        self.member = make_customer(name="김단골", phone=f"+8210{number:08}")
        if points:
            self.give(points)

    @property
    def account(self) -> Account:
        """The member's account as it stands."""
        return Account.objects.get(pk=ledger.account_of(self.member.pk).pk)

    def give(self, points: int, *, customer: Customer | None = None) -> None:
        """Award points from somewhere else."""
        now = timezone.now()
        terms = LotTerms(now, now + timedelta(days=400))
        account = ledger.account_of((customer or self.member).pk)
        ledger.earn(account.pk, points, receipt=Receipt("gift", f"G{next(_numbers)}"), occurred_at=now, terms=terms)

    def staff(self, number: str = "71", pin: str = "4711", *, is_manager: bool = False) -> dict[str, str]:
        """Have somebody work here, and return the headers with which they sign."""
        signs = TillStaff(user=make_user(f"staff{number}"), number=number)
        credentials.set_pin(signs, pin)
        signs.save()
        StoreStaff.objects.create(user=signs.user, store=self.store, is_manager=is_manager)
        return {"Till-Staff": number, "Till-Pin": pin}

    def other_till(self, name: str = "till 2", *, store: Store | None = None) -> "Counter":
        """Another till, of the same store if no other is named."""
        other = object.__new__(Counter)
        other.__dict__ |= self.__dict__
        other.store = store or self.store
        other.terminal = Terminal(store=other.store, name=name)
        other.credential = credentials.issue(other.terminal)
        return other

    def send(self, path: str, body: object, *, key: str | None = "", **headers: str) -> HttpResponse:
        """Post to an address below /api/v1/till/; a key of its own where none is named, none at all with None."""
        shown = {"Authorization": f"Bearer {self.credential}", "Accept-Language": "en"} | headers
        if key is not None:
            shown["Idempotency-Key"] = key or f"key-{next(_numbers)}"
        return Client().post(f"/api/v1/till/{path}/", json.dumps(body), "application/json", headers=shown)

    def ask(self, path: str, body: object, *, key: str | None = "", **headers: str) -> tuple[int, dict[str, Any]]:
        """Post, and return the status and the answer."""
        response = self.send(path, body, key=key, **headers)
        return response.status_code, response.json()

    def get(self, path: str) -> tuple[int, dict[str, Any]]:
        """Read an address below /api/v1/till/."""
        response = Client().get(f"/api/v1/till/{path}", headers={"Authorization": f"Bearer {self.credential}"})
        return response.status_code, response.json()

    def look_up(self, **headers: str) -> int:
        """Find the member, and return the look-up's number."""
        status, found = self.ask("lookup", {"phone": self.member.phone}, key=None, **headers)
        assert (status, found["found"]) == (200, "found"), found
        return found["lookup"]

    def basket(self, *, wine: int = 30_000, milk: int = 20_000) -> list[dict[str, Any]]:
        """Wine and milk for 50,000 won."""
        lines = [(self.wine, wine), (self.milk, milk)]
        return [{"sku": product.sku, "quantity": 1, "amount": won} for product, won in lines if won]

    def sale(self, receipt: str = "R-1", *, points: int = 0, paid: int | None = None, **given: Any) -> dict[str, Any]:
        """A sale of wine and milk."""
        lines = given.pop("lines", None) or self.basket()
        due = sum(line["amount"] for line in lines) - points
        named = {} if "member" in given else {"lookup": given.pop("lookup", None) or self.look_up()}
        at = given.pop("at", None) or timezone.now()
        figures = {"points": points, "paid": due if paid is None else paid}
        return {"receipt": receipt, "occurred_at": said(at), "lines": lines} | figures | named | given

    def goods_back(self, receipt: str = "B-1", *, of: str = "R-1", **given: Any) -> dict[str, Any]:
        """A return, of everything where no lines are named."""
        rest = given or {"all": True}
        return {"receipt": receipt, "original_receipt": of, "occurred_at": said(timezone.now())} | rest


def said(moment: datetime) -> str:
    """A moment as a till writes it."""
    return moment.isoformat()


def line(product: Any, amount: int, quantity: int = 1) -> dict[str, Any]:
    """A line of a request."""
    return {"sku": product.sku, "quantity": quantity, "amount": amount}
