"""Whom the page shows: the customer of the look-up that stands in it."""

from django.http import HttpRequest
from django.utils.translation import gettext as _

from customers.models import Customer, Store
from loyalty.desk import finding
from loyalty.desk.bills import read_number
from loyalty.desk.finding import Asker
from loyalty.desk.pages import session
from loyalty.errors import DeskRefused


def customer_shown(request: HttpRequest, store: Store) -> Customer:
    """Return whom the page that was posted shows.

    Raises:
        DeskRefused: somebody else was looked up since, in another tab (`PAGE_OVER`), or it is too long ago.
    """
    lookup_id = request.session.get(session.LOOKUP) or 0
    if lookup_id and read_number(request.POST.get("lookup", "")) != lookup_id:
        raise DeskRefused(_("This page was used for another booking. Start again."), code="PAGE_OVER")
    return finding.customer_found(lookup_id, asker=Asker(store, by=request.user))
