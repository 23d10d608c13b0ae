"""Finds the customer who stands at a desk or a till, and writes down who looked, where, how and whether.

There is no list: an answer is one customer, a few masked ones to choose from, or nothing. "Nothing" looks the same
whatever the reason, and what was typed is never stored.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib.auth.models import User
from django.core import signing
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.db.models.functions import Right
from django.utils import timezone
from django.utils.translation import gettext as _

from crm_project.rate_limits import count_call
from customers.masking import mask_name
from customers.models import Customer, Store
from loyalty.desk import member_codes
from loyalty.desk.typed import Typed, begins_with, card_number, recognise
from loyalty.errors import DeskRefused
from loyalty.ledger.opening import living
from loyalty.models import DeskLookup, MembershipCard

How, Outcome = DeskLookup.How, DeskLookup.Outcome
MOST_CANDIDATES = 5
# Of a million customers about a hundred share the last four digits.
MOST_COMPARED = 2_000
CHOICE_SALT, CHOICE_SECONDS = "loyalty.desk.choice", 120
FOUND_FOR = timedelta(minutes=15)
# A busy counter serves a customer in twenty seconds and mistypes now and then.
MOST_A_MINUTE, MOST_A_DAY = 20, 1_000
LIMITS = ((MOST_A_MINUTE, 60), (MOST_A_DAY, 86_400))


@dataclass(frozen=True, slots=True)
class Asker:
    """Who looks: a person, a till, or a person at a till; and in which store."""

    store: Store
    by: User | None = None
    terminal: str = ""

    @property
    def subject(self) -> str:
        """Return by what look-ups are counted: the person, else the till."""
        return f"lookup:{self.by.pk}" if self.by else f"lookup:till:{self.terminal}"


@dataclass(frozen=True, slots=True)
class Candidate:
    """One of a few who fit: masked, with a token by which to choose."""

    token: str
    name: str
    phone_end: str
    home_store: str


@dataclass(frozen=True, slots=True)
class Finding:
    """What a look-up came to. Without a customer and candidates nobody fits, or too many do."""

    lookup_id: int
    outcome: str
    customer: Customer | None = None
    candidates: tuple[Candidate, ...] = ()


def find(text: str, *, asker: Asker) -> Finding:
    """Find by whatever was typed or scanned: phone number, last four digits with an initial, card number or code.

    Raises:
        DeskRefused: too many look-ups of this person or till (`TOO_MANY_LOOKUPS`).
    """
    return _find(recognise(text), asker=asker)


def find_by_phone(phone: str, *, asker: Asker) -> Finding:
    """Find by a full phone number, however it is written.

    Raises:
        DeskRefused: `TOO_MANY_LOOKUPS`.
    """
    typed = recognise(phone)
    return _find(typed if typed.how == How.PHONE else Typed(How.PHONE, ""), asker=asker)


def find_by_last_four(digits: str, initial: str, *, asker: Asker) -> Finding:
    """Find by the last four digits of the phone and the initial of the name: 김, ㄱ or K.

    Raises:
        DeskRefused: `TOO_MANY_LOOKUPS`.
    """
    typed = recognise(f"{digits}{initial.strip()[:1]}")
    return _find(typed if typed.how == How.LAST_FOUR else Typed(How.LAST_FOUR, ""), asker=asker)


def find_by_card(number: str, *, asker: Asker) -> Finding:
    """Find by the number of a membership card.

    Raises:
        DeskRefused: `TOO_MANY_LOOKUPS`.
    """
    return _find(Typed(How.CARD, card_number(number)), asker=asker)


def find_by_member_code(code: str, *, asker: Asker) -> Finding:
    """Find by the code on a member's phone, which works for a minute and once.

    Raises:
        DeskRefused: `TOO_MANY_LOOKUPS`.
    """
    return _find(Typed(How.MEMBER_CODE, code), asker=asker)


def choose(token: str, *, asker: Asker) -> Finding:
    """Take one of the candidates that the same person or till was shown in the same store a moment ago.

    Raises:
        DeskRefused: the choice is another's or too old (`CHOICE_OVER`).
    """
    try:
        lookup_id, customer_id = signing.loads(token, salt=CHOICE_SALT, max_age=CHOICE_SECONDS)
    except signing.BadSignature:
        lookup_id, customer_id = 0, 0
    if not _lookups_of(asker).filter(pk=lookup_id, outcome=Outcome.SEVERAL).exists():
        raise DeskRefused(_("This choice is too old. Look the customer up again."), code="CHOICE_OVER")
    return _written(How.CHOSEN, list(Customer.objects.living().filter(pk=customer_id)), asker=asker)


def customer_found(lookup_id: int, *, asker: Asker, now: datetime | None = None) -> Customer:
    """Return whom the same person or till found in the same store within the last quarter of an hour.

    Raises:
        DeskRefused: there is no such look-up (`LOOKUP_OVER`).
    """
    since = (now or timezone.now()) - FOUND_FOR
    recent = _lookups_of(asker).filter(pk=lookup_id, outcome=Outcome.FOUND, happened_at__gt=since)
    found = recent.select_related("customer__merged_into").first()
    if found is None or found.customer is None or found.customer.erased_at:
        raise DeskRefused(_("Look the customer up again: it was too long ago."), code="LOOKUP_OVER")
    return found.customer.merged_into or found.customer


def _find(typed: Typed, *, asker: Asker) -> Finding:
    _refuse_too_many(asker)
    if typed.how == How.MEMBER_CODE:
        return _by_member_code(typed.words, asker=asker)
    return _written(typed.how, WAYS[typed.how](typed), asker=asker)


def _by_phone(typed: Typed) -> list[Customer]:
    living = Customer.objects.living().exclude(phone="").filter(phone=typed.words)
    return list(living.select_related("home_store").order_by("pk")[: MOST_CANDIDATES + 1])


def _by_last_four(typed: Typed) -> list[Customer]:
    ending = Customer.objects.living().exclude(phone="").alias(ending=Right("phone", 4)).filter(ending=typed.words)
    known = ending.order_by("pk").values_list("pk", "name")[:MOST_COMPARED]
    fitting = [pk for pk, name in known if begins_with(name, typed.initial)][: MOST_CANDIDATES + 1]
    return list(Customer.objects.filter(pk__in=fitting).select_related("home_store").order_by("pk"))


def _by_card(typed: Typed) -> list[Customer]:
    cards = MembershipCard.objects.filter(number=typed.words, blocked_at=None)
    card = cards.select_related("account__merged_into", "account__customer").first()
    return _living(living(card.account).customer) if card else []


def _by_member_code(code: str, *, asker: Asker) -> Finding:
    customer_id = member_codes.read(code)
    customer = Customer.objects.filter(pk=customer_id).first()
    if customer is None:
        return _written(How.MEMBER_CODE, [], asker=asker)
    try:
        with transaction.atomic():
            return _written(How.MEMBER_CODE, _living(customer), asker=asker, code_digest=member_codes.digest(code))
    except IntegrityError as error:
        if "member_code_used_once" not in str(error):
            raise
        return _written(How.MEMBER_CODE, [], asker=asker)


WAYS: dict[str, Callable[[Typed], list[Customer]]] = {
    How.PHONE: _by_phone,
    How.LAST_FOUR: _by_last_four,
    How.CARD: _by_card,
}


def _living(customer: Customer) -> list[Customer]:
    """Return who the customer is now; nobody where they were erased."""
    return list(Customer.objects.living().filter(pk=customer.merged_into_id or customer.pk))


def _written(how: str, fitting: list[Customer], *, asker: Asker, code_digest: str = "") -> Finding:
    """Write the look-up down, and return it with whom it found."""
    outcome = _outcome(fitting)
    one = fitting[0] if outcome == Outcome.FOUND else None
    lookup = DeskLookup.objects.create(
        by=asker.by,
        terminal=asker.terminal,
        store=asker.store,
        how=how,
        outcome=outcome,
        customer=one,
        code_digest=code_digest,
        happened_at=timezone.now(),
    )
    few = fitting if outcome == Outcome.SEVERAL and len(fitting) <= MOST_CANDIDATES else []
    return Finding(lookup.pk, outcome, one, tuple(_candidate(lookup, customer) for customer in few))


def _outcome(fitting: list[Customer]) -> str:
    if not fitting:
        return Outcome.NOT_FOUND
    return Outcome.FOUND if len(fitting) == 1 else Outcome.SEVERAL


def _candidate(lookup: DeskLookup, customer: Customer) -> Candidate:
    return Candidate(
        token=signing.dumps([lookup.pk, customer.pk], salt=CHOICE_SALT),
        name=mask_name(customer.name),
        phone_end=customer.phone[-4:],
        home_store=customer.home_store.name if customer.home_store else "",
    )


def _lookups_of(asker: Asker) -> QuerySet[DeskLookup]:
    return DeskLookup.objects.filter(by=asker.by, terminal=asker.terminal, store=asker.store)


def _refuse_too_many(asker: Asker) -> None:
    for limit, seconds in LIMITS:
        verdict = count_call(f"{asker.subject}:{seconds}", limit=limit, seconds=seconds)
        if not verdict.is_allowed:
            raise DeskRefused(
                _("Too many look-ups. Try again in %(seconds)s seconds.") % {"seconds": verdict.retry_after},
                code="TOO_MANY_LOOKUPS",
                retry_after=verdict.retry_after,
            )
