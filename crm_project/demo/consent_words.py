"""What 단골마트's customers read before they agree: the first version of each wording, published."""

from django.contrib.auth.models import User

from customers.consent import wordings
from customers.models import ConsentWording
from customers.models.consent import Purpose

VERSION = "2026-01"
RETENTION = "동의를 철회하거나 회원에서 탈퇴할 때까지"
WORDS = {
    Purpose.MARKETING_USE: (
        "신상품과 할인 소식을 고객님께 맞추어 안내하고, 홍보를 위해 연락드리는 데 이용합니다.",
        "이름, 이메일, 휴대전화번호, 생년월일, 구매 내역",
        "동의하지 않아도 회원 가입과 주문에 제한이 없습니다. 다만 맞춤 안내를 받지 못합니다.",
        "We use your data to tell you about products and offers that fit you. You may refuse; ordering stays the same.",
    ),
    Purpose.AD_RECEIVE: (
        "신상품, 할인, 이벤트 등 광고성 정보를 보내 드립니다.",
        "이메일, 휴대전화번호",
        "동의하지 않아도 회원 가입과 주문에 제한이 없습니다. 다만 할인 소식을 받지 못합니다.",
        "We send you advertising about products, offers and events. You may refuse; ordering stays the same.",
    ),
    Purpose.AD_NIGHT: (
        "밤 9시부터 다음 날 아침 8시 사이에도 광고성 정보를 보내 드립니다.",
        "휴대전화번호",
        "동의하지 않아도 낮 시간의 안내는 그대로 받으실 수 있습니다.",
        "We may send you advertising between 21:00 and 08:00 as well. You may refuse and still get it by day.",
    ),
}


def publish_words(by: User) -> None:
    """Publish the words of each purpose that has none yet."""
    for purpose, (aim, items, right_to_refuse, english) in WORDS.items():
        if ConsentWording.objects.filter(purpose=purpose).exists():
            continue
        words = {"aim": aim, "items": items, "right_to_refuse": right_to_refuse, "english": english}
        wording = ConsentWording.objects.create(purpose=purpose, version=VERSION, retention=RETENTION, **words)
        wordings.publish(wording, by=by)
