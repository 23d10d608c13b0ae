"""The KakaoTalk channel of 단골마트: what Kakao has approved, what it looks at, and what it sent back."""

from typing import Any

from campaigns.channels.base import CHANNELS
from campaigns.models import KakaoProfile, KakaoTemplate
from crm_project.demo import channels

PROFILE = "KA01PF-DEMO"
# Named so that e-mail stays the first account, which new campaigns begin with.
ACCOUNTS = {"카카오 알림톡": "alimtalk", "카카오 브랜드 메시지": "brand_message"}
WON = {"alimtalk": "7.5", "brand_message": "18"}
State = KakaoTemplate.State
REFUSAL = (
    "‘오늘만 특가’, ‘쿠폰’ 등 광고성 문구가 있어 알림톡으로 발송할 수 없습니다. 문구를 삭제한 뒤 다시 신청해 주세요."
)
TEMPLATES: dict[str, dict[str, Any]] = {
    "배송 출발": {
        "body": "#{이름}님, 주문하신 상품이 출발했습니다.\n\n▶ 주문번호: #{주문번호}\n▶ 도착 예정: #{도착예정일}",
        "buttons": [
            {"code": "DS", "name": "배송 조회"},
            {"code": "WL", "name": "주문 내역 보기", "mobile": "https://#{링크}"},
        ],
    },
    "결제 완료": {
        "emphasis": KakaoTemplate.Emphasis.TEXT,
        "subtitle": "결제 금액",
        "title": "#{금액}원",
        "body": "#{이름}님, 결제가 완료되었습니다.\n주문번호 #{주문번호}",
        "buttons": [{"code": "WL", "name": "영수증 보기", "mobile": "https://#{링크}"}],
    },
    "주문 내역": {
        "emphasis": KakaoTemplate.Emphasis.ITEMS,
        "header": "주문 내역",
        "highlight": {"title": "#{상품명}", "description": "외 #{개수}개"},
        "items": [
            {"title": "주문번호", "description": "#{주문번호}"},
            {"title": "주문일", "description": "#{주문일}"},
            {"title": "받는 곳", "description": "#{받는곳}"},
        ],
        "summary": {"title": "합계", "description": "#{금액}원"},
        "body": "#{이름}님, 주문해 주셔서 감사합니다.",
    },
    "매장 픽업 준비 완료": {
        "kind": KakaoTemplate.Kind.EXTRA,
        "extra": "매장 운영 시간 10:00~20:00",
        "body": "#{이름}님, #{매장}에서 상품을 찾아가실 수 있습니다.\n보관 기한은 #{기한}까지입니다.",
    },
    "회원 등급 변경": {
        "state": State.REQUESTED,
        "kind": KakaoTemplate.Kind.CHANNEL,
        "body": "#{이름}님의 회원 등급이 #{등급}으로 바뀌었습니다.\n적용 기간: #{시작일}~#{종료일}",
        "buttons": [{"code": "AC", "name": "채널 추가"}],
    },
    "포인트 소멸 예정": {
        "state": State.REJECTED,
        "body": "#{이름}님, 오늘만 특가! 소멸 예정 포인트 #{포인트}P와 쿠폰도 챙기세요.",
        "comments": [{"by": "kakao", "text": REFUSAL, "at": "2026-11-18T02:10:00Z", "is_kakao": True}],
    },
}


def set_up() -> None:
    """Make the channel, its accounts and templates where they are missing; all send to the sandbox."""
    profile, is_new = KakaoProfile.objects.get_or_create(
        profile_id=PROFILE,
        defaults={
            "name": "단골마트",
            "search_id": "@dangolmart",
            "is_business_channel": True,
            "business_number": "000-00-00000",
            "centre_phone": "02-000-0000",
            "friends": 38_200,
            "opt_out_number": channels.OPT_OUT,
        },
    )
    for name, channel in ACCOUNTS.items():
        prices = dict.fromkeys(CHANNELS[channel].kinds, WON[channel])
        channels.account(name, channel, won=prices, kakao_profile=profile, opt_out_number=channels.OPT_OUT)
    if is_new:
        for number, (name, said) in enumerate(TEMPLATES.items(), start=1):
            terms = {"code": f"KA01TP-DEMO-{number}", "state": State.APPROVED, "is_changed_here": False}
            KakaoTemplate.objects.create(profile=profile, name=name, **terms | said)
