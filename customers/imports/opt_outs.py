"""The list of calls to the free 080 number as a kind of facts: who calls refuses text messages (L-21)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from customers.consent import phone_opt_outs
from customers.ingest import values
from customers.ingest.result import IngestResult, Progress
from customers.ingest.schema import LINE, Column, FieldRefused, Schema
from customers.models import PhoneOptOut

OPT_OUTS = Schema(
    "opt_outs",
    (
        Column("phone", values.phone, "text", required=True),
        Column("called_at", values.moment, "timestamptz", required=True),
    ),
)


@dataclass(frozen=True)
class Origin:
    """The provider's file that calls came in, and who uploaded it; nobody is known of one imported from the shell."""

    file_name: str
    by: User | None = None


@transaction.atomic
def ingest_opt_outs(
    records: Iterable[Mapping[str, object]],
    *,
    origin: Origin,
    source: str = "shop",
    progress: Progress | None = None,
    result: IngestResult | None = None,
) -> IngestResult:
    """Record the calls; `new` counts numbers that had not refused before. A call is heard in all sources."""
    result = result or IngestResult()
    calls: dict[str, datetime] = {}
    for number, record in enumerate(records, 1):
        result.read += 1
        try:
            phone, called_at = _read(record)
        except FieldRefused as refusal:
            line = record.get(LINE)
            result.refuse(
                line=line if isinstance(line, int) else number,
                field=refusal.field,
                value=refusal.value,
                message=refusal.message,
            )
        else:
            calls[phone] = max(called_at, calls.get(phone, called_at))
    if progress:
        progress(result.read)
    known = PhoneOptOut.objects.filter(phone__in=calls).count()
    heard = [phone_opt_outs.Call(*each) for each in calls.items()]
    phone_opt_outs.hear(heard, file_name=origin.file_name, by=origin.by)
    result.new += len(calls) - known
    result.unchanged += known
    return result


def _read(record: Mapping[str, object]) -> tuple[str, datetime]:
    [phone], [called_at] = OPT_OUTS.read([record], OPT_OUTS.shape(record))
    assert isinstance(phone, str)  # noqa: S101 (a required column is never empty)
    assert isinstance(called_at, datetime)  # noqa: S101
    if called_at > timezone.now():
        raise FieldRefused("called_at", record["called_at"], _("This lies in the future."))
    return phone, called_at
