"""The past campaigns as rows: enrolments, messages to the sandbox, and who opened and clicked."""

from datetime import timedelta

from django.conf import settings
from django.db.backends.utils import CursorWrapper

from campaigns.models import Campaign, ChannelAccount, Enrollment, Hit, Link, Message, Step, Variant
from crm_project.demo.generated import bulk
from crm_project.demo.generated.past_campaigns import HOUR_OF_SENDING, SHARE_HELD_OUT, day_of, name_of
from crm_project.demo.generated.size import Size
from customers.sql import literal

HTML = '<p>{{ name }}님, 다시 만나요.</p><p><a href="%s/sale">보러 가기</a></p>'
READER, PROXY = "Mozilla/5.0 (Linux; Android 14; SM-S921N)", "Mozilla/5.0 (via ggpht.com GoogleImageProxy)"
ENROLMENTS = (
    "generated_enrollment past JOIN generated_campaign campaign USING (campaign)"
    " JOIN campaigns_enrollment enrolled ON enrolled.campaign_id = campaign.campaign_id"
    " AND enrolled.customer_id = past.customer"
)


def keep_campaigns(cursor: CursorWrapper, size: Size) -> None:
    """Write the campaigns with everything that came of them."""
    cursor.execute(
        "CREATE TEMP TABLE generated_campaign"
        " (campaign int, campaign_id bigint, step_id bigint, account_id bigint, variant_id bigint, link_id bigint)"
    )
    for number in range(1, size.campaigns + 1):
        keys = [number, *_campaign(number, size)]
        cursor.execute("INSERT INTO generated_campaign VALUES (%s, %s, %s, %s, %s, %s)", keys)
    start = literal(size.start.isoformat())
    _write_enrolments(cursor, start)
    _write_messages(cursor, start)
    _write_hits(cursor, start)


def _campaign(number: int, size: Size) -> list[int]:
    """Write a finished campaign with its one variant and link; return their keys and the account's."""
    sent = size.start + timedelta(days=day_of(number, size), hours=HOUR_OF_SENDING)
    account, _is_new = ChannelAccount.objects.get_or_create(
        name="단골마트",
        defaults={
            "gateway": "sandbox",
            "sender_name": "단골마트",
            "sender_address": "shop@example.com",
            "contact_phone": "02-000-0000",
            "postal_address": "서울특별시 중구 세종대로 1",
        },
    )
    campaign = Campaign.objects.create(
        name=name_of(number),
        purpose=Campaign.MessagePurpose.ADVERTISING,
        status=Campaign.Status.FINISHED,
        holdout_percent=round(100 * SHARE_HELD_OUT),
        scheduled_at=sent,
        started_at=sent,
        planned_at=sent,
        finished_at=sent + timedelta(hours=1),
    )
    step = Step.objects.create(campaign=campaign, account=account)
    variant = Variant.objects.create(step=step, subject=f"(광고) {campaign.name}", html=HTML % settings.SITE_URL)
    link = Link.objects.create(variant=variant, number=1, url=f"{settings.SITE_URL}/sale")
    return [campaign.pk, step.pk, account.pk, variant.pk, link.pk]


def _write_enrolments(cursor: CursorWrapper, start: str) -> None:
    columns = {
        "campaign_id": "campaign.campaign_id",
        "customer_id": "past.customer",
        "is_control": "is_control",
        "entered_at": _at(start, "sent"),
    }
    bulk.insert(
        cursor,
        Enrollment,
        columns,
        "generated_enrollment past JOIN generated_campaign campaign USING (campaign) ORDER BY campaign, customer",
    )


def _write_messages(cursor: CursorWrapper, start: str) -> None:
    columns = {
        "campaign_id": "campaign.campaign_id",
        "enrollment_id": "enrolled.id",
        "step_id": "step_id",
        "account_id": "account_id",
        "variant_id": "variant_id",
        "customer_id": "past.customer",
        "status": "CASE WHEN past.is_control THEN 'skipped' ELSE 'sent' END",
        "skip_reason": "CASE WHEN past.is_control THEN 'HOLDOUT' ELSE '' END",
        "attempt": "CASE WHEN past.is_control THEN 0 ELSE 1 END",
        "due_at": _at(start, "sent"),
        "planned_at": _at(start, "sent"),
        "sending_at": f"CASE WHEN NOT past.is_control THEN {_at(start, 'sent')} END",
        "sent_at": f"CASE WHEN NOT past.is_control THEN {_at(start, 'sent')} END",
        "is_sandbox": "NOT past.is_control",
        "kind": "CASE WHEN past.is_control THEN '' ELSE 'email' END",
        "opened_at": _at(start, "opened"),
        "clicked_at": _at(start, "clicked"),
    }
    bulk.insert(cursor, Message, columns, f"{ENROLMENTS} ORDER BY enrolled.id")


def _write_hits(cursor: CursorWrapper, start: str) -> None:
    """Write what readers opened and clicked, and what a mail service's proxy fetched for some at once."""
    columns = {
        "message_id": "message.id",
        "link_id": "CASE WHEN hit.kind = 'click' THEN campaign.link_id END",
        "kind": "hit.kind",
        "occurred_at": _at(start, "hit.second"),
        "user_agent": "hit.agent",
        "milliseconds_since_sent": "(hit.second - sent) * 1000",
        "is_machine": "hit.reason <> ''",
        "machine_reason": "hit.reason",
    }
    hits = (
        f"('open', CASE WHEN by_proxy THEN sent + 1 END, {literal(PROXY)}, 'proxy'),"
        f" ('open', opened, {literal(READER)}, ''), ('click', clicked, {literal(READER)}, '')"
    )
    rows = (
        f"{ENROLMENTS} JOIN campaigns_message message ON message.enrollment_id = enrolled.id"
        f" CROSS JOIN LATERAL (VALUES {hits}) hit (kind, second, agent, reason)"
        " WHERE hit.second IS NOT NULL ORDER BY hit.second, message.id"
    )
    bulk.insert(cursor, Hit, columns, rows)


def _at(start: str, second: str) -> str:
    return f"({start}::timestamptz + {second} * interval '1 second')"
