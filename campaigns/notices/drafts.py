"""The campaigns of notices as drafts: written once for each duty and each way, to be approved by a second person."""

from collections.abc import Collection

from django.contrib.auth.models import User
from django.db import transaction

from campaigns import lifecycle
from campaigns.models import Campaign, ChannelAccount, InformationBasis, Step, Variant
from campaigns.notices.routes import EMAIL, TEXT
from customers.models import Incident, NoticeDuty, UsageNotice

RESULT, RECONFIRMATION = NoticeDuty.ABOUT_CONSENT
INCIDENT, USAGE = NoticeDuty.Kind.INCIDENT, NoticeDuty.Kind.USAGE
# What people are told of by hand: their campaigns are wanted once there is such a record.
RECORDS = {INCIDENT: Incident, USAGE: UsageNotice}
NAMES = {
    RESULT: "수신동의 처리결과 통지",
    RECONFIRMATION: "수신동의 재확인 (2년)",
    INCIDENT: "개인정보 유출 통지",
    USAGE: "개인정보 이용·제공 내역 통지 (매년)",
}
MEDIA = {EMAIL: "이메일", TEXT: "문자"}
RESULT_TEXT = """[{{ shop_name }}] 수신동의 처리결과 안내
{{ notice.said_on }} {{ notice.said }}
{{ notice.result }}
변경·철회: {{ notice.page }}"""
RECONFIRMATION_TEXT = """[{{ shop_name }}] 수신동의 확인 안내
{{ notice.said_on }} {{ notice.said }}
{{ notice.keep }}
변경·철회: {{ notice.page }}"""
RESULT_HTML = """<p>안녕하세요, {{ shop_name }}입니다.</p>
<p>고객님께서 표시하신 의사의 처리결과를 알려 드립니다.</p>
<p>의사 표시 일자: {{ notice.said_on }}<br>내용: {{ notice.said }}<br>처리결과: {{ notice.result }}</p>
<p><a href="{{ notice.page }}">수신동의를 변경하거나 철회하기</a></p>"""
RECONFIRMATION_HTML = """<p>안녕하세요, {{ shop_name }}입니다.</p>
<p>고객님의 수신동의 사실을 2년마다 확인해 드립니다.</p>
<p>동의 일자: {{ notice.said_on }}<br>내용: {{ notice.said }}</p>
<p>{{ notice.keep }}</p>
<p><a href="{{ notice.page }}">수신동의를 확인하거나 철회하기</a></p>"""
INCIDENT_TEXT = """[{{ shop_name }}] 개인정보 유출 안내
{{ notice.fact }}
항목: {{ notice.data }}
경위: {{ notice.happened }}
하실 수 있는 일: {{ notice.protection }}
회사의 조치: {{ notice.measures }}
문의: {{ notice.contact }}
{{ notice.rights }}"""
# Lines that staff wrote are kept as lines.
INCIDENT_HTML = """<p>안녕하세요, {{ shop_name }}입니다.</p>
<p>{{ notice.fact }}</p>
<p><strong>유출 항목</strong><br>{{ notice.data }}</p>
<p style="white-space:pre-line"><strong>시점과 경위</strong><br>{{ notice.happened }}</p>
<p style="white-space:pre-line"><strong>피해를 줄이기 위해 하실 수 있는 일</strong><br>{{ notice.protection }}</p>
<p style="white-space:pre-line"><strong>회사의 대응 조치와 피해 구제 절차</strong><br>{{ notice.measures }}</p>
<p><strong>문의처</strong><br>{{ notice.contact }}</p>
<p>{{ notice.rights }}</p>"""
USAGE_TEXT = """[{{ shop_name }}] 개인정보 이용·제공 내역 안내
이용 목적과 항목: {{ notice.uses }}
제3자 제공: {{ notice.recipients }}"""
USAGE_HTML = """<p>안녕하세요, {{ shop_name }}입니다.</p>
<p>개인정보 보호법에 따라 고객님의 개인정보 이용·제공 내역을 해마다 알려 드립니다.</p>
<p style="white-space:pre-line"><strong>수집·이용 목적과 항목</strong><br>{{ notice.uses }}</p>
<p style="white-space:pre-line"><strong>제3자 제공 내역</strong><br>{{ notice.recipients }}</p>"""
CONTENTS = {
    (RESULT, EMAIL): {"subject": "[{{ shop_name }}] 수신동의 처리결과를 알려 드립니다", "html": RESULT_HTML},
    (RESULT, TEXT): {"subject": "수신동의 처리결과 안내", "text": RESULT_TEXT},
    (RECONFIRMATION, EMAIL): {
        "subject": "[{{ shop_name }}] 수신동의 사실을 확인해 주세요",
        "html": RECONFIRMATION_HTML,
    },
    (RECONFIRMATION, TEXT): {"subject": "수신동의 확인 안내", "text": RECONFIRMATION_TEXT},
    (INCIDENT, EMAIL): {"subject": "[{{ shop_name }}] 개인정보 유출 관련 안내", "html": INCIDENT_HTML},
    (INCIDENT, TEXT): {"subject": "개인정보 유출 안내", "text": INCIDENT_TEXT},
    (USAGE, EMAIL): {"subject": "[{{ shop_name }}] 개인정보 이용·제공 내역을 알려 드립니다", "html": USAGE_HTML},
    (USAGE, TEXT): {"subject": "개인정보 이용·제공 내역", "text": USAGE_TEXT},
}
Way = tuple[NoticeDuty.Kind, str]
OVER = (Campaign.Status.FINISHED, Campaign.Status.CANCELLED)


@transaction.atomic
def make_drafts(author: User | None) -> list[Campaign]:
    """Write the campaigns of notices that are missing, for each channel with an account; return the new ones.

    Raises:
        NotAllowed: `author` may not change campaigns.
    """
    lifecycle.permit(author, lifecycle.MAY_EDIT)
    accounts = _accounts()
    return [_draft(kind, accounts[channel], author) for kind, channel in missing_ways(accounts)]


def missing_ways(accounts: Collection[str] | None = None) -> list[Way]:
    """Return the duties and channels that have an account and no campaign that is being written, approved or run."""
    channels = _accounts() if accounts is None else accounts
    serving = Campaign.objects.exclude(duty="").exclude(status__in=OVER)
    served = set(serving.values_list("duty", "steps__account__channel"))
    kinds = _wanted_kinds()
    return [way for way in CONTENTS if way[0] in kinds and way[1] in channels and way not in served]


def _wanted_kinds() -> set[NoticeDuty.Kind]:
    """Return the duties that arise by themselves, and the others once there is something to tell."""
    return {*NoticeDuty.ABOUT_CONSENT, *(kind for kind, record in RECORDS.items() if record.objects.exists())}


def _accounts() -> dict[str, ChannelAccount]:
    """Return the account to use of each channel: a live one first, the oldest of those."""
    in_order = ChannelAccount.objects.filter(channel__in=MEDIA, paused_at=None).order_by("is_live", "-pk")
    return {account.channel: account for account in in_order}


def _draft(kind: NoticeDuty.Kind, account: ChannelAccount, author: User | None) -> Campaign:
    campaign = Campaign.objects.create(
        name=f"{NAMES[kind]} · {MEDIA[account.channel]}",
        purpose=Campaign.MessagePurpose.INFORMATION,
        information_basis=InformationBasis.CONSENT if kind in NoticeDuty.ABOUT_CONSENT else InformationBasis.PRIVACY,
        entry=Campaign.Entry.STANDING,
        duty=kind,
        author=author,
    )
    step = Step.objects.create(campaign=campaign, account=account)
    Variant.objects.create(step=step, **CONTENTS[kind, account.channel])
    return campaign
