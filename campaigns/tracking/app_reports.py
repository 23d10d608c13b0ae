"""What the shop's app and site report of notifications and in-app messages: received, seen, tapped, closed (N-08).

They know a message by its delivery id, the token of `campaigns/links.py`. The same report again changes nothing.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper
from django.utils import timezone
from django.utils.translation import gettext as _

from campaigns import in_app, links
from campaigns.gateways.base import Report, ReportKind
from campaigns.links import Token
from campaigns.models import ChannelAccount, GatewayReport, Hit, Message
from campaigns.pipeline import reports
from campaigns.tracking.appending import Caller
from campaigns.tracking.record import record
from crm_project.queue import kick
from customers.ingest import values
from customers.ingest.result import IngestResult, Progress
from customers.ingest.schema import Column, FieldRefused, Schema, Shape
from customers.ingest.stage import Numbered, drop_refused, fill_stage, make_stage, make_table, report_refused, rows_of

RECEIVED = "received"
KINDS = (RECEIVED, Hit.Kind.OPEN.value, Hit.Kind.CLICK.value, Hit.Kind.CLOSE.value)
LONGEST_TOKEN = 64
# Stands where a browser's request has its method: the app says who it is, so no sign of a machine is looked for.
BY_APP = "APP"

APP_REPORTS = Schema(
    "message_reports",
    (
        Column("delivery_id", values.text(LONGEST_TOKEN), "text", required=True),
        Column("kind", values.text(10, choices=KINDS), "text", required=True),
        Column("occurred_at", values.moment, "timestamptz"),
    ),
)
NEW_HITS = """
    INSERT INTO app_hits
    SELECT DISTINCT ON (message.id, s.r_kind, said.at) s.line, message.id, s.r_kind, said.at, link.id,
           extract(epoch FROM said.at - coalesce(message.sent_at, message.sending_at)) * 1000
    FROM ingest_stage s
    JOIN campaigns_message message ON message.id = s.message_id
    CROSS JOIN LATERAL (SELECT least(coalesce(s.r_occurred_at, %(now)s), %(now)s) AS at) said
    LEFT JOIN campaigns_link link
        ON link.variant_id = message.variant_id AND link.number = 1 AND s.r_kind = 'click'
    WHERE s.r_kind <> 'received' AND NOT EXISTS (
        SELECT FROM campaigns_hit known
        WHERE known.message_id = message.id AND known.kind = s.r_kind AND known.occurred_at = said.at)
    ORDER BY message.id, s.r_kind, said.at, s.line
"""
APPEND = f"""
    INSERT INTO campaigns_hit (message_id, link_id, kind, occurred_at, user_agent, ip_hash, method,
                               milliseconds_since_sent, machine_reason)
    SELECT message_id, link_id, kind, at, '', '', '{BY_APP}', milliseconds, '' FROM app_hits
"""


@transaction.atomic
def ingest_app_reports(
    records: Iterable[Mapping[str, object]],
    *,
    source: str = "shop",
    progress: Progress | None = None,
    result: IngestResult | None = None,
) -> IngestResult:
    """Write down what apps report of messages; a report that is known already changes nothing."""
    result = result or IngestResult()
    with connection.cursor() as cursor:
        make_stage(cursor, APP_REPORTS, more=", message_id bigint")
        numbered = Numbered(records, schema=APP_REPORTS, result=result, progress=progress)
        fill_stage(cursor, numbered, read=rows_of(APP_REPORTS, _message_id), result=result)
        _refuse_unknown(cursor)
        _append_hits(cursor, result)
        _keep_receipts(cursor)
        report_refused(cursor, result)
    return result


def report_one(token: Token, kind: str, caller: Caller, *, at: datetime) -> None:
    """Write down what an app or browser itself reports of one message it has the delivery id of."""
    if kind == RECEIVED:
        _keep({token.message_id: at})
        return
    number = 1 if kind == Hit.Kind.CLICK else 0
    said_by = Caller(BY_APP, caller.user_agent, caller.address)
    with transaction.atomic():
        record(Token(token.message_id, number, Hit.Kind(kind)), said_by, at=at)
        in_app.count_again([token.message_id])


def _message_id(record: Mapping[str, object], _shape: Shape) -> str:
    token = links.read(str(record["delivery_id"]))
    if token is None:
        raise FieldRefused(
            "delivery_id", record["delivery_id"], _("This is no delivery id of ours."), "unknown_message"
        )
    return str(token.message_id)


def _refuse_unknown(cursor: CursorWrapper) -> None:
    cursor.execute(
        "INSERT INTO ingest_refused SELECT line, 'delivery_id', r_delivery_id, 'unknown_message' FROM ingest_stage s"
        " WHERE NOT EXISTS (SELECT FROM campaigns_message message WHERE message.id = s.message_id)"
    )
    drop_refused(cursor)


def _append_hits(cursor: CursorWrapper, result: IngestResult) -> None:
    columns = "line bigint, message_id bigint, kind text, at timestamptz, link_id bigint, milliseconds bigint"
    make_table(cursor, "app_hits", columns)
    cursor.execute(NEW_HITS, {"now": timezone.now()})
    cursor.execute(APPEND)
    result.new += cursor.rowcount
    cursor.execute("SELECT count(*) FROM ingest_stage")
    result.unchanged += cursor.fetchone()[0] - result.new
    result.note_outcomes(
        cursor,
        "SELECT s.line, CASE WHEN hit.line IS NULL THEN 'unchanged' ELSE 'new' END"
        " FROM ingest_stage s LEFT JOIN app_hits hit USING (line)",
    )
    cursor.execute("SELECT DISTINCT message_id FROM app_hits")
    message_ids = [row[0] for row in cursor.fetchall()]
    if message_ids:
        in_app.count_again(message_ids)
        kick("campaigns.tasks.roll_up_hits")


def _keep_receipts(cursor: CursorWrapper) -> None:
    cursor.execute(
        "SELECT message_id, min(least(coalesce(r_occurred_at, %(now)s), %(now)s)) FROM ingest_stage"
        " WHERE r_kind = 'received' GROUP BY message_id",
        {"now": timezone.now()},
    )
    _keep(dict(cursor.fetchall()))


def _keep(received: dict[int, datetime]) -> None:
    """Keep receipts as reports of the account that sent the message: they settle as a gateway's own do."""
    accounts = dict(Message.objects.filter(pk__in=received).values_list("pk", "account"))
    for account in ChannelAccount.objects.filter(pk__in=set(accounts.values())):
        told = [
            Report(f"app:{message_id}", ReportKind.DELIVERED, received[message_id], message_id=message_id)
            for message_id, account_id in accounts.items()
            if account_id == account.pk
        ]
        reports.keep(account, told, source=GatewayReport.Source.WEBHOOK)
