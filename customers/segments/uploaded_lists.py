"""Lists of customers that somebody names one by one: the only writer of uploaded lists.

A line is a customer number, a phone or an e-mail; what stands behind a comma or tab is not read. Whoever shares a
phone or an e-mail is put on the list together. Lines that nobody fits are told to the uploader and not kept.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.contrib.auth.models import User
from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from customers.contacts import normalise_email, normalise_phone
from customers.errors import BadValue
from customers.models import Segment, UploadedList
from customers.segments.errors import ListRefused

MOST_LINES = 200_000
MOST_BYTES = 10_000_000
LONGEST_NAME = 100
NAME_OF_CONDITION = "on_list"

FIND = """
    INSERT INTO customers_uploadedlistentry (uploaded_list_id, customer_id)
    SELECT DISTINCT %(list)s::bigint, found.customer_id FROM found
"""
PUT_DOWN = """
    INSERT INTO customers_uploadedlistentry (uploaded_list_id, customer_id)
    SELECT %s, id FROM customers_customer
     WHERE id = ANY(%s::bigint[]) AND erased_at IS NULL AND merged_into_id IS NULL
"""
LOOK_UP = """
    CREATE TEMP TABLE found ON COMMIT DROP AS
    WITH named AS MATERIALIZED (
        SELECT * FROM unnest(%(lines)s::int[], %(numbers)s::text[], %(emails)s::text[], %(phones)s::text[])
            AS named (line, number, email, phone)
    ), hit AS (
        SELECT line, customer.* FROM named JOIN customers_customer customer ON customer.external_id = named.number
        UNION ALL
        SELECT line, customer.* FROM named JOIN customers_customer customer ON lower(customer.email) = named.email
        WHERE named.email <> ''
        UNION ALL
        SELECT line, customer.* FROM named JOIN customers_customer customer ON customer.phone = named.phone
        WHERE named.phone <> ''
    )
    SELECT DISTINCT line, coalesce(merged_into_id, id) AS customer_id FROM hit WHERE erased_at IS NULL
"""


@dataclass(frozen=True)
class Named:
    """A line, and what it can be read as."""

    line: int
    number: str
    email: str = ""
    phone: str = ""


@dataclass(frozen=True)
class Upload:
    """What an upload came to; `unknown` are the lines that nobody fits, with their numbers."""

    uploaded_list: UploadedList
    lines: int
    unknown: list[Named]


@transaction.atomic
def upload(name: str, text: str, *, by: User) -> Upload:
    """Make a list of the customers that the lines name.

    Raises:
        ListRefused: it has no line, too many, or nobody is known.
    """
    named = read(text)
    uploaded = UploadedList.objects.create(name=name, uploaded_by=by, lines=len(named))
    with connection.cursor() as cursor:
        cursor.execute(LOOK_UP, _columns(named))
        cursor.execute(FIND, {"list": uploaded.pk})
        uploaded.size = cursor.rowcount
        cursor.execute("SELECT DISTINCT line FROM found")
        known = {line for (line,) in cursor.fetchall()}
        cursor.execute("DROP TABLE found")
    if not uploaded.size:
        raise ListRefused(_("Nobody is known by any of these lines. Each needs a customer number, phone or e-mail."))
    uploaded.save(update_fields=["size"])
    return Upload(uploaded, len(named), [each for each in named if each.line not in known])


@transaction.atomic
def put_down(name: str, customer_ids: Sequence[int], *, by: User) -> UploadedList:
    """Make a list of customers that another page found, without those who were erased or merged since.

    Where the name is taken, the time is added to it.

    Raises:
        ListRefused: there is nobody, or there are too many.
    """
    if len(customer_ids) > MOST_LINES:
        raise _too_many()
    if UploadedList.objects.filter(name=name).exists():
        name = f"{name[: LONGEST_NAME - 20]} {timezone.localtime():%Y-%m-%d %H:%M:%S}"
    kept = UploadedList.objects.create(name=name, uploaded_by=by, lines=len(customer_ids))
    with connection.cursor() as cursor:
        cursor.execute(PUT_DOWN, [kept.pk, list(customer_ids)])
        kept.size = cursor.rowcount
    if not kept.size:
        raise ListRefused(_("There is nobody to put on a list."))
    kept.save(update_fields=["size"])
    return kept


def read(text: str) -> list[Named]:
    """Return the lines that name somebody, each text once.

    Raises:
        ListRefused: there is none, or there are too many.
    """
    lines: dict[str, int] = {}
    for number, line in enumerate(text.replace("\0", "").splitlines(), start=1):
        first = line.replace("\t", ",").replace(";", ",").split(",")[0].strip().strip('"').lstrip("'").strip()
        if first:
            lines.setdefault(first[:254], number)
    if not lines:
        raise ListRefused(_("The list is empty. Write a customer number, a phone or an e-mail on each line."))
    if len(lines) > MOST_LINES:
        raise _too_many()
    return [_named(number, first) for first, number in lines.items()]


def _too_many() -> ListRefused:
    return ListRefused(_("A list may have at most %(most)s lines. Split it.") % {"most": f"{MOST_LINES:,}"})


def segments_asking(uploaded: UploadedList) -> list[Segment]:
    """Return the segments whose rules name the list."""
    return [segment for segment in Segment.objects.order_by("name") if uploaded.pk in _lists_in(segment.rule)]


def _named(line: int, text: str) -> Named:
    try:
        if "@" in text:
            return Named(line, text, email=normalise_email(text))
        return Named(line, text, phone=normalise_phone(text))
    except BadValue:
        return Named(line, text)


def _columns(named: Sequence[Named]) -> dict[str, list[object]]:
    return {
        "lines": [each.line for each in named],
        "numbers": [each.number for each in named],
        "emails": [each.email for each in named],
        "phones": [each.phone for each in named],
    }


def _lists_in(rule: object) -> set[int]:
    if isinstance(rule, dict):
        if rule.get("is") == NAME_OF_CONDITION:
            return set(rule.get("value", []))
        return _lists_of(rule.values())
    return _lists_of(rule) if isinstance(rule, list) else set()


def _lists_of(parts: Iterable[object]) -> set[int]:
    return set().union(*map(_lists_in, parts))
