"""Who calls: a till by its credential, and the person at it by staff number and PIN where they are sent."""

from dataclasses import dataclass
from functools import cached_property

from django.conf import settings
from django.contrib.auth.models import AnonymousUser, User
from django.utils.translation import gettext_lazy as _
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed, Throttled
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.throttling import SimpleRateThrottle

from crm_project.client_address import client_address
from crm_project.rate_limits import count_call, look
from customers.models import Order, Store
from loyalty.desk import stores
from loyalty.desk.finding import Asker
from loyalty.models import Terminal, TillStaff
from loyalty.till import credentials

SCHEME = "Bearer"
STAFF, PIN = "Till-Staff", "Till-Pin"
# Of one address; right credentials always pass, so that nobody locks a neighbour out.
WRONG_CREDENTIALS_A_MINUTE = 30
# Of one staff number, whatever till they are typed in at: a PIN of four digits must not be tried out.
WRONG_PINS, WRONG_PIN_SECONDS = 5, 900
# Of one till, whatever numbers are typed in: one PIN must not be tried out on everybody.
WRONG_PINS_OF_A_TILL = 20


@dataclass(frozen=True)
class Caller:
    """A till, and the person at it if they signed."""

    terminal: Terminal
    staff: User | None = None

    @property
    def store(self) -> Store:
        """Return the till's store."""
        return self.terminal.store

    @property
    def source(self) -> str:
        """Return the system whose order numbers its receipts are."""
        return self.terminal.source

    @property
    def channel(self) -> str:
        """Return over which channel it sells."""
        return Order.SalesChannel.ONLINE if self.store.is_online else Order.SalesChannel.STORE

    @property
    def asker(self) -> Asker:
        """Return who looks, as the store desk writes it down."""
        return Asker(self.store, self.staff, f"{self.terminal.prefix} {self.terminal.name}"[:60])

    @cached_property
    def is_manager(self) -> bool:
        """Tell whether the person manages the store."""
        return self.staff is not None and stores.manages(self.staff, self.store)


class TerminalAuthentication(BaseAuthentication):
    """Takes the caller for the till whose credential it shows."""

    def authenticate(self, request: Request) -> tuple[User | AnonymousUser, Caller] | None:
        scheme, _space, text = get_authorization_header(request).decode("latin-1").partition(" ")
        if scheme.lower() != SCHEME.lower():
            return None
        terminal = credentials.find(text.strip())
        if terminal is None:
            _count_wrong_credential(request)
            raise AuthenticationFailed(_("This credential is unknown or revoked."))
        staff = _staff(request, terminal)
        return staff or AnonymousUser(), Caller(terminal, staff)

    def authenticate_header(self, request: Request) -> str:
        """Make DRF answer 401 rather than 403 to a caller without a credential."""
        return SCHEME


class IsTill(BasePermission):
    """A till, and nobody else."""

    def has_permission(self, request: Request, view: object) -> bool:
        """Ask for the credential of a till."""
        return isinstance(request.auth, Caller)


class TillThrottle(SimpleRateThrottle):
    """Limits each till, by default to 600 requests a minute, counted over all web processes."""

    scope = "till"
    rate = settings.TILL_RATE
    retry_after: int | None = None

    def allow_request(self, request: Request, view: object) -> bool:
        """Count the request."""
        if not isinstance(request.auth, Caller):
            return True
        subject = f"{self.scope} {request.auth.terminal.prefix}"
        verdict = count_call(subject, limit=self.num_requests, seconds=self.duration)
        self.retry_after = verdict.retry_after
        return verdict.is_allowed

    def wait(self) -> int | None:
        """Return the seconds of Retry-After."""
        return self.retry_after


def _count_wrong_credential(request: Request) -> None:
    verdict = count_call(f"wrong till {client_address(request)}", limit=WRONG_CREDENTIALS_A_MINUTE, seconds=60)
    if not verdict.is_allowed:
        raise Throttled(verdict.retry_after)


def _staff(request: Request, terminal: Terminal) -> User | None:
    """Return who signed; None where nobody did.

    Raises:
        AuthenticationFailed: number and PIN do not fit, or the person does not work in the till's store.
        Throttled: this number, or this till, was tried too often.
    """
    number, pin = request.headers.get(STAFF, ""), request.headers.get(PIN, "")
    if not number and not pin:
        return None
    limits = {f"wrong pin {number[:20]}": WRONG_PINS, f"wrong pins of till {terminal.pk}": WRONG_PINS_OF_A_TILL}
    # Looked at first: whoever tries out one PIN after the other must not be let in by the right one either.
    for subject, limit in limits.items():
        verdict = look(subject, limit=limit, seconds=WRONG_PIN_SECONDS)
        if not verdict.is_allowed:
            raise Throttled(verdict.retry_after)
    known = TillStaff.objects.select_related("user").filter(number=number[:20], user__is_active=True).first()
    if known and credentials.is_pin(known, pin) and stores.stores_of(known.user).filter(pk=terminal.store_id).exists():
        return known.user
    for subject, limit in limits.items():
        count_call(subject, limit=limit, seconds=WRONG_PIN_SECONDS)
    raise AuthenticationFailed(_("Staff number and PIN do not fit, or are not of this store."), code="wrong_pin")
