"""What the tests of the desk share: a store, somebody who works there, a customer with points."""

from uuid import uuid4

from django.contrib.auth.models import User
from django.utils import timezone

from customers.models import Customer, Store
from loyalty.desk import acting
from loyalty.desk.bills import Bill
from loyalty.desk.finding import Asker
from loyalty.models import Account, DeskAct, StoreStaff
from tests.factories import make_customer, make_user
from tests.loyalty.ledger.bookings import account, earn

PHONE = "+821012345678"


def make_store(number: str = "S1", **given: object) -> Store:
    """A shop of stone."""
    return Store.objects.create(**{"external_id": number, "name": f"단골마트 {number}"} | given)


def make_cashier(name: str, *stores: Store, is_manager: bool = False) -> User:
    """Somebody who serves at the desk of these stores."""
    user = make_user(name, "loyalty.use_desk")
    for store in stores:
        StoreStaff.objects.create(user=user, store=store, is_manager=is_manager)
    return user


def make_asker(name: str = "cashier") -> Asker:
    """Somebody who looks in a store of theirs."""
    store = make_store()
    return Asker(store, by=make_cashier(name, store))


def make_member(points: int = 10_000, *, program: dict | None = None, **given: object) -> Customer:
    """김단골 with points that live a hundred days from now on."""
    customer = make_customer(**{"phone": PHONE} | given)
    owner = account(customer, **program or {})
    if points:
        earn(owner, points, at=timezone.now())
    return customer


def account_of(customer: Customer) -> Account:
    """The customer's account as it is stored."""
    return Account.objects.get(customer=customer)


def redeem(
    customer: Customer, points: int, by: User, store: Store, *, receipt: str = "R-1", **given: object
) -> DeskAct:
    """Use points for a bill of 50,000 won."""
    bill = Bill(store, receipt, 50_000)
    return acting.redeem(customer, points, bill=bill, by=by, **{"key": uuid4()} | given)
