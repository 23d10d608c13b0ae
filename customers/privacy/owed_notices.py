"""Notices that a record of ours owes many people: opened in one statement, counted by the record."""

from datetime import date

from django.db import connection
from django.db.models import Count, Model, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from customers.models import Customer, NoticeDuty

MAY_HAND_OVER = "customers.hand_over_notices"


def with_notices(kind: NoticeDuty.Kind, records: QuerySet) -> QuerySet:
    """Add to each record how many of its notices nobody got yet (`open_count`); those that are done are not read.

    The kind is the name of the field that points at the record.
    """
    waiting = NoticeDuty.objects.filter(kind=kind, done_at=None, **{kind.value: OuterRef("pk")})
    counted = waiting.order_by().values(kind.value).annotate(count=Count("pk")).values("count")
    return records.annotate(open_count=Coalesce(Subquery(counted), 0))


def open_notices(kind: NoticeDuty.Kind, about: Model, *, people: QuerySet[Customer], due_on: date) -> int:
    """Owe each of these people a notice about a record, until a day in Korea; return how many.

    The kind is the name of the field that points at the record.
    """
    sql, parameters = people.order_by().values("pk").distinct().query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO customers_noticeduty (kind, {kind}_id, due_on, purpose, channel, outcome, how, customer_id)"
            f" SELECT %s, %s, %s, '', '', '', '', chosen.* FROM ({sql}) AS chosen",
            [kind.value, about.pk, due_on, *parameters],
        )
        return cursor.rowcount
