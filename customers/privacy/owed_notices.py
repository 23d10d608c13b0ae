"""Notices that a record of ours owes many people: handed over by a colleague of whoever wrote it, and counted by it."""

from datetime import date

from django.contrib.auth.models import User
from django.db import connection
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext as _

from crm_project.errors import BusinessError
from customers.models import Customer, NoticeDuty
from customers.models.notices import HandedOver

MAY_HAND_OVER = "customers.hand_over_notices"


def with_notices(kind: NoticeDuty.Kind, records: QuerySet) -> QuerySet:
    """Add to each record how many of its notices nobody got yet (`open_count`); those that are done are not read.

    The kind is the name of the field that points at the record.
    """
    waiting = NoticeDuty.objects.waiting().filter(kind=kind, **{kind.value: OuterRef("pk")})
    counted = waiting.order_by().values(kind.value).annotate(count=Count("pk")).values("count")
    return records.annotate(open_count=Coalesce(Subquery(counted), 0))


def version_of(record: HandedOver) -> str:
    """Return what tells the words of a record from those of before and after."""
    return record.written_at.isoformat()


def permit_handing_over(record: HandedOver, *, by: User, seen: str | None, refused: type[BusinessError]) -> None:
    """Go on for a colleague of the writer, once, of the words that they read.

    Args:
        seen: the `version_of` what this person read; None where nobody reads, as in a script.

    Raises:
        refused: it was done already, this person wrote the words, or the words changed while they read.
    """
    if record.handed_over_at:
        raise refused(_("The notices were handed over already."))
    if record.written_by_id == by.pk:
        raise refused(_("You wrote these words: a colleague has to read them and hand the notices over."))
    if seen is not None and seen != version_of(record):
        raise refused(_("The words changed while you were reading. Read them again, then hand the notices over."))


def hand_over(kind: NoticeDuty.Kind, record: HandedOver, *, by: User, people: QuerySet[Customer], due_on: date) -> int:
    """Owe each of these people a notice about a record, until a day in Korea; return how many, as the record does.

    The kind is the name of the field that points at the record.
    """
    sql, parameters = people.order_by().values("pk").distinct().query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO customers_noticeduty (kind, {kind}_id, due_on, purpose, channel, outcome, how, customer_id)"
            f" SELECT %s, %s, %s, '', '', '', '', chosen.* FROM ({sql}) AS chosen",
            [kind.value, record.pk, due_on, *parameters],
        )
        record.notice_count = cursor.rowcount
    record.handed_over_by, record.handed_over_at = by, timezone.now()
    record.save(update_fields=["handed_over_by", "handed_over_at", "notice_count"])
    return record.notice_count
