"""In which stores a person works, whether they manage one, and that they serve others there and not themselves."""

from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from customers.models import Customer, Store
from loyalty.errors import DeskRefused
from loyalty.models import StoreStaff
from loyalty.staff_members import is_own


def stores_of(user: User) -> QuerySet[Store]:
    """Return the stores in which a person works, by name."""
    return Store.objects.filter(desk_staff__user=user).order_by("name", "pk")


def store_of(user: User, store_id: int | None) -> Store:
    """Return one of the person's stores; without a number, the only one.

    Raises:
        DeskRefused: it is none of theirs (`NOT_YOUR_STORE`), or there are several to choose from (`CHOOSE_STORE`).
    """
    own = list(stores_of(user))
    if store_id is not None:
        own = [store for store in own if store.pk == store_id]
    if not own:
        raise DeskRefused(_("You do not work in this store. Ask an administrator to enter you."), code="NOT_YOUR_STORE")
    if len(own) > 1:
        raise DeskRefused(_("You work in several stores: choose the one you are in."), code="CHOOSE_STORE")
    return own[0]


def manages(user: User, store: Store) -> bool:
    """Tell whether a person manages a store."""
    return StoreStaff.objects.filter(user=user, store=store, is_manager=True).exists()


def refuse_own(customer: Customer, by: User) -> None:
    """Refuse to book for the person who books.

    Raises:
        DeskRefused: `OWN_ACCOUNT`.
    """
    if is_own(customer, by):
        raise DeskRefused(_("Nobody books on their own account. Ask a colleague."), code="OWN_ACCOUNT")
