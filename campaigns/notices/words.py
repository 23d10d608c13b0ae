"""What a notice tells its customer, in Korean: what they said and when, what came of it, and how to change it."""

from collections.abc import Collection

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from campaigns.models import Campaign
from campaigns.notices import keys
from campaigns.template_fields import looked_up_field
from customers.consent.preference_links import url_of
from customers.models import ConsentEntry, NoticeDuty
from customers.models.consent import Channel, Purpose

FIELD = "notice"
MEDIA = {
    Channel.EMAIL: "이메일",
    Channel.SMS: "문자메시지",
    Channel.KAKAO: "카카오톡",
    Channel.PUSH: "앱 푸시",
    Channel.WEB_PUSH: "웹 푸시",
}
SUBJECTS = {
    Purpose.MARKETING_USE: "마케팅 목적의 개인정보 이용",
    Purpose.AD_RECEIVE: "{medium} 광고성 정보 수신",
    Purpose.AD_NIGHT: "{medium} 야간(21시~08시) 광고성 정보 수신",
}
WITHDRAWN = ConsentEntry.Action.WITHDRAWN
KEEP = "계속 받으시려면 따로 하실 일이 없습니다. 원하지 않으시면 언제든지 철회하실 수 있습니다."
EXAMPLE = {
    "said": "이메일 광고성 정보 수신 동의",
    "said_on": "2026년 11월 1일",
    "result": "수신동의 처리 완료",
    "keep": KEEP,
    "page": "https://shop.example/p/…",
}


def told(duty: NoticeDuty) -> dict[str, str]:
    """Return what a notice of this duty says; its ledger entry must be loaded."""
    entry = duty.entry
    subject = SUBJECTS[Purpose(duty.purpose)].format(medium=MEDIA.get(Channel(duty.channel)) if duty.channel else "")
    return {
        "said": f"{subject} 동의{' 철회' if entry.action == WITHDRAWN else ''}",
        "said_on": _day(entry),
        "result": "수신거부 처리 완료" if entry.action == WITHDRAWN else "수신동의 처리 완료",
        "keep": KEEP,
        "page": url_of(duty.customer_id),
    }


@looked_up_field(
    FIELD,
    _("what a notice about a consent tells"),
    example=EXAMPLE,
    inserts="{{ notice.said_on }} {{ notice.said }}",
)
def of_customers(customer_ids: Collection[int], campaign: Campaign) -> dict[int, object]:
    """Return what the campaign has to tell each of these customers.

    Before it runs there is nothing in hand: a preview shows what is due, else an example.
    """
    if not campaign.duty:
        return {}
    is_preview = campaign.status != Campaign.Status.ACTIVE
    found: dict[int, object] = dict.fromkeys(customer_ids, EXAMPLE) if is_preview else {}
    duties = NoticeDuty.objects.filter(kind=campaign.duty) if is_preview else keys.in_hand(campaign)
    waiting = duties.filter(customer__in=list(customer_ids), done_at=None).select_related("entry").order_by("-pk")
    return found | {duty.customer_id: told(duty) for duty in waiting}


def _day(entry: ConsentEntry) -> str:
    if entry.is_undated:
        return "날짜 미상"
    day = timezone.localdate(entry.occurred_at)
    return f"{day.year}년 {day.month}월 {day.day}일"
