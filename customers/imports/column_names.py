"""What the columns of each kind are called: by us in words, and by the systems that files come from."""

from functools import cache

from django.utils.functional import Promise
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from customers.imports.kinds import KINDS
from customers.ingest.schema import Schema
from customers.models.consent import Channel
from customers.platforms.folding import fold

Text = str | Promise

LABELS: dict[str, Text] = {
    "customer_id": _("Customer number"),
    "name": _("Name"),
    "email": _("E-mail"),
    "phone": _("Phone"),
    "birthday": _("Birthday"),
    "gender": _("Gender"),
    "locale": _("Language"),
    "joined_at": _("Joined at"),
    "store_id": _("Store number"),
    "acquisition_source": _("Acquisition source"),
    "region": _("Region"),
    "online": _("Online store"),
    "address": _("Address"),
    "latitude": _("Latitude"),
    "longitude": _("Longitude"),
    "sku": _("Product number"),
    "category": _("Category"),
    "brand": _("Brand"),
    "price": _("Price"),
    "stock": _("Stock"),
    "url": _("Product page"),
    "image_url": _("Picture"),
    "active": _("On sale"),
    "order_id": _("Order number"),
    "placed_at": _("Ordered at"),
    "status": _("Status"),
    "channel": _("Channel"),
    "items_amount": _("Amount of the products"),
    "discount": _("Discount"),
    "points_used": _("Points used"),
    "shipping": _("Shipping fee"),
    "paid": _("Paid"),
    "refunded": _("Refunded"),
    "refunded_at": _("Last refund at"),
    "delivered_at": _("Delivered at"),
    "quantity": _("Quantity"),
    "line_amount": _("Amount of the line"),
    "position": _("Position of the line"),
    "event_id": _("Event number"),
    "kind": _("What happened"),
    "visitor_id": _("Browser"),
    "occurred_at": _("When"),
    "purpose": _("What the consent is for"),
    "action": _("Given or withdrawn"),
    "wording_version": _("Version of the wording"),
    "called_at": _("Called at"),
    "referral_code": _("Referral code"),
    "referral_device": _("Device of the referral"),
    "referral_address": _("Address of the referral"),
    "consent.marketing_use": _("Agrees to marketing use"),
    "consent.marketing_use.at": _("… said at"),
}
# Columns whose values are shown masked, with the kind of mask.
PERSONAL = {"name": "name", "email": "email", "phone": "phone", "birthday": "birthday"}

_PERSON = "아이디 ID 회원아이디 회원ID 회원번호 고객번호 고객ID 고객아이디 member_id customerid customer userid user_id"
_SKU = "상품번호 상품코드 자체상품코드 판매자상품코드 product_code product_id product_no 품번 품목코드"
_STORE = "매장번호 매장코드 매장ID 지점코드 지점번호 store store_code branch"
_ORDERED = "주문일시 주문일 주문일자 결제일 결제일시 order_date ordered_at created_at purchased_at date"
_ALIASES: dict[str, dict[str, str]] = {
    "customers": {
        "customer_id": _PERSON,
        "name": "이름 성명 고객명 회원명 full_name customer_name",
        "email": "이메일 이메일주소 메일 e-mail email_address mail",
        "phone": "휴대폰 휴대폰번호 휴대전화 휴대전화번호 핸드폰 연락처 전화 전화번호 mobile cellphone tel",
        "birthday": "생일 생년월일 birth_date birthdate date_of_birth dob",
        "gender": "성별 sex",
        "locale": "언어 language lang",
        "joined_at": "가입일 회원가입일 가입일시 가입일자 created_at created_date signup_date registered_at join_date",
        "store_id": _STORE + " 선호매장 단골매장",
        "acquisition_source": "가입경로 유입경로 join_path utm_source acquisition",
        "referral_code": "추천코드 추천인코드 referral invite_code",
        "region": "지역 주소 거주지역 시군구 address region city",
    },
    "stores": {
        "store_id": _STORE,
        "name": "매장명 지점명 이름 store_name branch_name",
        "online": "온라인 온라인여부 is_online",
        "region": "지역 시군구",
        "address": "주소 매장주소",
        "phone": "전화 전화번호 대표번호",
        "latitude": "위도 lat",
        "longitude": "경도 lng lon",
    },
    "products": {
        "sku": _SKU,
        "name": "상품명 제품명 품명 product_name title",
        "category": "카테고리 분류 상품분류 상품카테고리 product_type",
        "brand": "브랜드 제조사 vendor brand_name",
        "price": "판매가 가격 판매가격 상품가격 variant_price sale_price",
        "stock": "재고 재고수량 inventory stock_quantity",
        "url": "상품URL 상품링크 link product_url",
        "image_url": "이미지 이미지URL 대표이미지 image image_src",
        "active": "판매여부 판매상태 진열여부 published selling",
    },
    "orders": {
        "order_id": "주문번호 ordernumber order_no order_number order",
        "customer_id": _PERSON + " 주문자ID 주문자아이디 구매자번호",
        "placed_at": _ORDERED,
        "status": "주문상태 상태 order_status",
        "channel": "판매채널 채널 sales_channel",
        "store_id": _STORE,
        "items_amount": "상품금액 총상품금액 상품구매금액 상품합계 items_total subtotal",
        "discount": "할인 할인금액 총할인금액 쿠폰할인 discount_amount",
        "points_used": "적립금사용 사용적립금 적립금 포인트사용 points",
        "shipping": "배송비 총배송비 배송료 shipping_fee delivery_fee",
        "paid": "결제금액 실결제금액 총결제금액 실결제 payment_amount total_paid total amount_paid amount",
        "refunded": "환불 환불금액 총환불금액 refund refund_amount refunded_amount",
        "refunded_at": "환불일시 환불일 환불완료일 refund_date refund_time",
        "delivered_at": "배송완료일시 배송완료일 배달완료일 수령일 delivery_date delivered_date",
        "sku": _SKU,
        "quantity": "수량 주문수량 구매수량 qty",
        "line_amount": "품목금액 상품별금액 상품별결제금액 line_total line_price",
        "position": "품목순번 순번 line_number line_no",
    },
    "events": {
        "event_id": "이벤트번호 이벤트ID id",
        "kind": "이벤트 이벤트명 행동 event event_name event_type",
        "customer_id": _PERSON,
        "visitor_id": "방문자 방문자ID 쿠키 cookie_id session_id client_id anonymous_id",
        "occurred_at": "일시 시각 발생일시 time timestamp event_time created_at",
        "sku": _SKU,
    },
    "opt_outs": {
        "phone": "번호 전화번호 휴대폰번호 휴대전화번호 수신거부번호 발신번호 고객번호 number caller",
        "called_at": "일시 날짜 수신거부일시 수신거부일자 수신거부일 접수일시 등록일시 등록일 date opted_out_at",
    },
    "consents": {
        "customer_id": _PERSON,
        "purpose": "목적 동의목적 동의항목",
        "channel": "채널 수단",
        "action": "동의여부 동의 구분 status",
        "occurred_at": "동의일 동의일시 철회일시 일시 consented_at",
        "wording_version": "문구버전 약관버전",
    },
}
# Names of consent columns, which every channel has in the same forms.
_CHANNEL_WORDS = {"email": "이메일 메일", "sms": "SMS 문자", "kakao": "카카오 카카오톡 알림톡", "push": "앱푸시 푸시"}
_CONSENT_WORDS = ("수신동의", "수신여부", "광고수신동의", "수신동의여부")


def label(name: str) -> str:
    """Return what operators call one of our columns; the shop's own columns are called by their own names."""
    if name in LABELS:
        return str(LABELS[name])
    channel, _dot, rest = name.removeprefix("consent.").partition(".")
    if name.startswith("consent.") and channel in Channel.values:
        words = {"": _("{} advertising"), "at": _("{} advertising: said at")}
        words |= {"night": _("{} advertising at night"), "night.at": _("{} advertising at night: said at")}
        return capfirst(str(words[rest]).format(Channel(channel).label))
    return name.partition(".")[2] or name


@cache
def names_of(kind: str) -> dict[str, str]:
    """Return the folded names that columns of a kind are known by, with ours for each."""
    schema = KINDS[kind].schema
    known = {fold(alias): ours for ours, text in _aliases(kind, schema) for alias in text.split()}
    known |= {fold(name): name for name in _ours(schema)}
    return known


def _aliases(kind: str, schema: Schema) -> list[tuple[str, str]]:
    pairs = [(ours, text) for ours, text in _ALIASES[kind].items() if schema.knows(ours)]
    if kind == "customers":
        for channel, words in _CHANNEL_WORDS.items():
            names = [f"{word}{ending}" for word in words.split() for ending in _CONSENT_WORDS]
            pairs.append((f"consent.{channel}", " ".join(names)))
            dates = [f"{word}수신동의{ending}" for word in words.split() for ending in ("일", "일시", "일자")]
            pairs.append((f"consent.{channel}.at", " ".join(dates)))
        pairs.append(("consent.marketing_use", "마케팅동의 마케팅활용동의 마케팅수신동의 marketing_consent"))
        pairs.append(("consent.marketing_use.at", "마케팅동의일 마케팅활용동의일 마케팅활용동의일시"))
    return pairs


def _ours(schema: Schema) -> list[str]:
    return [column.name for column in schema.columns] + sorted(schema.others)
