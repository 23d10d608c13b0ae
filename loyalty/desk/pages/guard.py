"""Who gets at the desk: whoever may use it, in a store of theirs."""

from collections.abc import Callable
from functools import wraps

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from customers.models import Store
from loyalty.desk import stores
from loyalty.desk.pages import session
from loyalty.errors import CouponRefused, DeskRefused, LedgerRefused

MAY_USE = "loyalty.use_desk"


def desk_view(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Let only those in who may use the desk, and hand the view the store they are in; None while there is none."""

    @wraps(view)
    def guarded(request: HttpRequest) -> HttpResponse:
        if not request.user.has_perm(MAY_USE):
            raise PermissionDenied
        return view(request, _store(request))

    return guarded


def desk_post(act: Callable[[HttpRequest, Store], None]) -> Callable[..., HttpResponse]:
    """Have something done in the person's store, say a refusal on the page, and lead back to it."""

    @wraps(act)
    def posted(request: HttpRequest, store: Store | None) -> HttpResponse:
        try:
            # Asked anew at every act: somebody may have left the store since the page was opened.
            act(request, stores.store_of(request.user, store.pk if store else None))
        except (CouponRefused, DeskRefused, LedgerRefused) as refusal:
            session.say(request, str(refusal), "bad", code=refusal.code)
        return HttpResponseRedirect(reverse("desk"))

    return desk_view(posted)


def _store(request: HttpRequest) -> Store | None:
    """Return the store chosen, or the only one; None where one has to be chosen first, or there is none."""
    try:
        return stores.store_of(request.user, request.session.get(session.STORE))
    except DeskRefused:
        request.session.pop(session.STORE, None)
    try:
        return stores.store_of(request.user, None)
    except DeskRefused:
        return None
