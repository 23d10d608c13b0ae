"""What a notice tells its customer, in Korean: about a consent what they said and how to change it, else the record."""

from collections.abc import Collection

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from campaigns.models import Campaign
from campaigns.notices import keys
from campaigns.template_fields import looked_up_field
from customers.consent.preference_links import url_of
from customers.models import ConsentEntry, Incident, NoticeDuty
from customers.models.consent import Channel, Purpose

FIELD = "notice"
# What a notice may be about.
ABOUT = ("entry", "incident", "usage_notice")
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
LEAKED, LIKELY = Incident.Certainty.LEAKED, Incident.Certainty.LIKELY
# What is likely is told again once it is certain (시행령 제39조의2 ② 4).
FACTS = {
    LEAKED: "고객님의 개인정보가 분실·도난·유출·훼손된 사실을 알려 드립니다.",
    LIKELY: "고객님의 개인정보가 유출되었을 가능성이 있어 알려 드립니다. 유출 여부가 확인되면 다시 알려 드립니다.",
}
RIGHTS = (
    "피해를 입으신 경우 손해배상(개인정보 보호법 제39조, 제39조의2)을 청구하거나"
    " 개인정보 분쟁조정위원회에 분쟁조정을 신청하실 수 있습니다. 신고·상담: 국번 없이 118"
)
DATA = {
    Incident.DataKind.NAME: "이름",
    Incident.DataKind.PHONE: "전화번호",
    Incident.DataKind.EMAIL: "이메일",
    Incident.DataKind.BIRTHDAY: "생년월일·성별",
    Incident.DataKind.REGION: "지역",
    Incident.DataKind.ORDERS: "주문 내역",
    Incident.DataKind.POINTS: "적립금·등급·쿠폰",
    Incident.DataKind.VISITS: "방문·검색 기록",
    Incident.DataKind.CONSENT: "수신동의·메시지 내역",
    Incident.DataKind.WORDS: "설문 답변·상담 내용",
}
EXAMPLE = {
    "said": "이메일 광고성 정보 수신 동의",
    "said_on": "2026년 11월 1일",
    "result": "수신동의 처리 완료",
    "keep": KEEP,
    "page": "https://shop.example/p/…",
    "fact": FACTS[LEAKED],
    "data": "이름, 전화번호",
    "happened": "2026년 11월 1일 10시경, 메일을 잘못 보내어",
    "protection": "출처를 모르는 전화와 문자에 주의해 주십시오.",
    "measures": "받은 사람에게 삭제를 확인했고, 피해를 접수하고 있습니다.",
    "contact": "개인정보 보호 담당, 02-1234-5678",
    "rights": RIGHTS,
    "uses": "주문·배송: 이름, 전화번호, 주소",
    "recipients": "없음",
}


def told(duty: NoticeDuty) -> dict[str, str]:
    """Return what a notice of this duty says; what it is about must be loaded."""
    if duty.incident:
        return _told_of_incident(duty.incident)
    if duty.usage_notice:
        return {"uses": duty.usage_notice.uses, "recipients": duty.usage_notice.recipients}
    return _told_of_consent(duty, duty.entry)


def _told_of_incident(incident: Incident) -> dict[str, str]:
    kinds = [DATA[Incident.DataKind(kind)] for kind in incident.data_kinds]
    return {
        "fact": FACTS[Incident.Certainty(incident.certainty)],
        "data": ", ".join(filter(None, [*kinds, incident.other_data])),
        "happened": incident.what_happened,
        "protection": incident.protection,
        "measures": incident.measures,
        "contact": incident.contact,
        "rights": RIGHTS,
    }


def _told_of_consent(duty: NoticeDuty, entry: ConsentEntry) -> dict[str, str]:
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
    _("what a notice that the law asks for tells"),
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
    waiting = duties.filter(customer__in=list(customer_ids), done_at=None).order_by("-pk")
    return found | {duty.customer_id: told(duty) for duty in waiting.select_related(*ABOUT)}


def _day(entry: ConsentEntry) -> str:
    if entry.is_undated:
        return "날짜 미상"
    day = timezone.localdate(entry.occurred_at)
    return f"{day.year}년 {day.month}월 {day.day}일"
