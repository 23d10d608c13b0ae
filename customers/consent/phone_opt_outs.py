"""Refusals by the free 080 number (L-21): the provider's list of calls becomes withdrawals of text messages.

A call says "no text messages to this number", so everybody with the number refuses, a whole household too. The number
itself is kept: whoever joins later with it is not messaged either, unless they agree after the call (L-05).
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.contrib.auth.models import User
from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper
from django.utils import timezone
from django.utils.translation import gettext as _

from customers.consent.expressions import Action, Method
from customers.consent.ledger import record_rows
from customers.contacts import normalise_phone
from customers.errors import BadValue, FileRefused
from customers.imports import looking, repairs
from customers.ingest import values
from customers.ingest.result import IngestResult
from customers.models.consent import Channel, Purpose
from customers.platforms.folding import fold
from customers.segments.refresh import touch

PHONE_NAMES = (
    "phone",
    "number",
    "caller",
    "전화번호",
    "휴대폰번호",
    "휴대전화번호",
    "수신거부번호",
    "발신번호",
    "고객번호",
    "번호",
)
TIME_NAMES = (
    "date",
    "called at",
    "opted out at",
    "수신거부일시",
    "수신거부일자",
    "수신거부일",
    "접수일시",
    "등록일시",
    "등록일",
    "일시",
    "날짜",
)
KNOWN_NAMES = frozenset(map(fold, (*PHONE_NAMES, *TIME_NAMES)))
PHONE, CALLED_AT = "phone", "called_at"

WITHDRAWALS = f"""
    SELECT customer.id AS customer_id, '{Purpose.AD_RECEIVE}' AS purpose, '{Channel.SMS}' AS channel,
           '{Action.WITHDRAWN}' AS action, refusal.opted_out_at AS occurred_at, '' AS wording_version,
           jsonb_build_object('opt_out', refusal.id, 'file', refusal.file_name) AS evidence
    FROM customers_phoneoptout refusal JOIN customers_customer customer ON customer.phone = refusal.phone
    WHERE customer.erased_at IS NULL AND customer.merged_into_id IS NULL
"""


@dataclass(frozen=True)
class Call:
    """A call to the 080 number."""

    phone: str
    called_at: datetime


@dataclass(frozen=True)
class Heard:
    """What came of a list of calls. `read` holds what was refused, line by line; `new` counts withdrawals."""

    read: IngestResult
    numbers: int
    new: int
    unknown_numbers: int


def import_file(path: Path, *, unfolded: Path, name: str, by: User) -> Heard:
    """Read the provider's file, in any format that imports read, and record what it says.

    Args:
        unfolded: where a workbook's sheet may be unfolded to.

    Raises:
        FileRefused: it has no column of numbers or none of dates; nothing was recorded.
    """
    result = IngestResult()
    calls = list(_calls(path, unfolded=unfolded, result=result))
    return hear(calls, file_name=name, by=by, result=result)


@transaction.atomic
def hear(calls: Iterable[Call], *, file_name: str, by: User | None, result: IngestResult | None = None) -> Heard:
    """Keep the numbers, and withdraw text messages for every customer who has one of them, as of the call."""
    latest: dict[str, datetime] = {}
    for call in calls:
        latest[call.phone] = max(call.called_at, latest.get(call.phone, call.called_at))
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO customers_phoneoptout AS t (phone, opted_out_at, file_name, recorded_by_id)
            SELECT phone, called_at, %s, %s FROM unnest(%s::text[], %s::timestamptz[]) AS given (phone, called_at)
            ON CONFLICT (phone) DO UPDATE SET opted_out_at = EXCLUDED.opted_out_at, file_name = EXCLUDED.file_name
            WHERE EXCLUDED.opted_out_at > t.opted_out_at
            """,
            [file_name, by.pk if by else None, list(latest), list(latest.values())],
        )
        new = _withdraw(cursor, "AND refusal.phone = ANY(%s)", [list(latest)], by=by)
        cursor.execute(
            "SELECT count(*) FROM unnest(%s::text[]) AS given (phone) WHERE NOT EXISTS"
            " (SELECT 1 FROM customers_customer customer WHERE customer.phone = given.phone)",
            [list(latest)],
        )
        unknown = cursor.fetchone()[0]
    return Heard(result or IngestResult(), numbers=len(latest), new=new, unknown_numbers=unknown)


@transaction.atomic
def follow_numbers() -> int:
    """Withdraw for customers who came to a refused number since the call; return how many withdrawals are new."""
    with connection.cursor() as cursor:
        return _withdraw(cursor, "", [], by=None)


def _withdraw(cursor: CursorWrapper, narrowed: str, parameters: list[object], *, by: User | None) -> int:
    cursor.execute("DROP TABLE IF EXISTS pg_temp.opt_outs_heard")
    cursor.execute(f"CREATE TEMP TABLE opt_outs_heard ON COMMIT DROP AS {WITHDRAWALS} {narrowed}", parameters)
    recorded = record_rows(cursor, "SELECT * FROM opt_outs_heard", method=Method.OPT_OUT_LINE, actor=by)
    if recorded.new:
        cursor.execute("SELECT DISTINCT customer_id FROM consent_written")
        touch([row[0] for row in cursor.fetchall()])
    return recorded.new


def _calls(path: Path, *, unfolded: Path, result: IngestResult) -> Iterator[Call]:
    looked_at = looking.look_at(path, unfolded=unfolded, also_known=KNOWN_NAMES)
    columns = {PHONE: _place(looked_at.names, PHONE_NAMES), CALLED_AT: _place(looked_at.names, TIME_NAMES)}
    now = timezone.now()
    for line, cells in looking.rows(looked_at, names=list(looked_at.names), result=result):
        result.read += 1
        try:
            yield _call(cells[columns[PHONE]], cells[columns[CALLED_AT]], now=now)
        except BadValue as refusal:
            result.refuse(line=line, field=looked_at.names[columns[PHONE]], value="", message=str(refusal))


def _place(names: tuple[str, ...], wanted: Iterable[str]) -> int:
    """Return which column has one of the names."""
    folded = [fold(name) for name in names]
    found = next((folded.index(name) for name in map(fold, wanted) if name in folded), None)
    if found is None:
        raise FileRefused(
            _("The file needs a column of phone numbers and one of dates, named like “전화번호” and “수신거부일시”.")
        )
    return found


def _call(phone: str, called_at: str, *, now: datetime) -> Call:
    number = normalise_phone(phone)
    moment = values.moment(repairs.moment(CALLED_AT, called_at))
    if not number:
        raise BadValue(_("The phone number is missing."))
    if moment is None:
        raise BadValue(_("The date of the call is missing."))
    if moment > now:
        raise BadValue(_("This lies in the future."))
    return Call(number, moment)
