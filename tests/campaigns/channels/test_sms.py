"""L-21, L-22, G-02, G-03: a text message says who sends, how to refuse, and leaves as what its bytes make it."""

import pytest
from pytest_django import Settings

from campaigns import links
from campaigns.channels.base import Envelope
from campaigns.channels.sms import RenderedText, TextMessageChannel
from campaigns.errors import ContentRefused
from campaigns.library import pictures
from campaigns.models import Campaign, ChannelAccount, SkipReason, Step, Variant
from campaigns.pipeline import content
from customers.models import Customer
from tests.factories import make_account, make_customer, make_jpeg

pytestmark = pytest.mark.django_db
CHANNEL = TextMessageChannel()


@pytest.fixture(autouse=True)
def _short_host(settings: Settings) -> None:
    settings.SHORT_LINK_URL = "https://h.kr"


def make_text_account(**given: object) -> ChannelAccount:
    numbers = {"sender_address": "+82212345678", "contact_phone": "02-1234-5678", "opt_out_number": "080-123-4567"}
    return make_account(channel="sms", **{"sender_name": "한올", **numbers, **given})


def make_text(text: str, *, account: ChannelAccount | None = None, purpose: str = "ad", **given: object) -> Variant:
    campaign = Campaign.objects.create(name="문자", purpose=purpose)
    step = Step.objects.create(campaign=campaign, account=account or make_text_account())
    return Variant.objects.create(step=step, text=text, **given)


def rendered(variant: Variant, customer: Customer | None = None, **given: object) -> RenderedText:
    return content.render(variant, customer or make_customer(name="홍길동", phone="+821012345678"), **given)


def violation(variant: Variant, message: RenderedText) -> SkipReason | None:
    return CHANNEL.violation(variant.step.campaign, variant.account, message)


def messages(variant: Variant) -> list[str]:
    return [f"{problem.field}: {problem.message}" for problem in content.check(variant)]


def test_an_advertisement_begins_with_label_and_sender_and_ends_with_the_free_number() -> None:
    variant = make_text("{{ name }}님, 오늘만 10% 쿠폰!")

    message = rendered(variant)

    assert message.text == "(광고)[한올]\n홍길동님, 오늘만 10% 쿠폰!\n무료거부0801234567"
    assert violation(variant, message) is None
    assert messages(variant) == []


def test_the_contact_is_shown_where_the_caller_number_is_another() -> None:
    variant = make_text("쿠폰", account=make_text_account(contact_phone="1588-0000"))

    assert rendered(variant).text == "(광고)[한올]\n쿠폰\n1588-0000\n무료거부0801234567"


def test_information_is_sent_as_it_was_written() -> None:
    variant = make_text("주문이 발송되었습니다.", purpose="info")

    assert rendered(variant).text == "주문이 발송되었습니다."
    assert violation(variant, rendered(variant)) is None


@pytest.mark.parametrize(
    ("text", "kind", "size"),
    [("가" * 29, "sms", 90), ("가" * 29 + "a", "lms", 91), ("가" * 984, "lms", 2_000), ("가" * 985, "lms", 2_002)],
)
def test_its_bytes_decide_what_it_leaves_as(text: str, kind: str, size: int) -> None:
    message = rendered(make_text(text))

    assert (message.kind, message.size) == (kind, size)


def test_a_long_name_makes_one_recipient_dearer() -> None:
    variant = make_text("{{ name }}님 " + "가" * 25)

    assert rendered(variant, make_customer(name="김단")).kind == "sms"
    assert rendered(variant, make_customer(name="김단골손님")).kind == "lms"


@pytest.mark.parametrize(
    ("text", "details", "expected"),
    [
        ("가" * 984, {}, None),
        ("가" * 985, {}, SkipReason.TOO_LONG),
        ("가" * 30, {"short_only": True}, SkipReason.TOO_LONG),
        ("가" * 29, {"short_only": True}, None),
    ],
)
def test_what_is_too_long_does_not_leave(text: str, details: dict, expected: SkipReason | None) -> None:
    variant = make_text(text, details=details)

    assert violation(variant, rendered(variant)) == expected


def test_a_subject_carries_the_label_too_and_only_long_messages_show_it() -> None:
    short, long = make_text("쿠폰", subject="가을 소식"), make_text("가" * 60, subject="가을 소식")

    assert rendered(short).as_text() == rendered(short).text
    assert rendered(long).subject == "(광고) 가을 소식"
    assert rendered(long).as_text().startswith("(광고) 가을 소식\n(광고)[한올]\n")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[한올]\n쿠폰\n무료거부0801234567", SkipReason.LABEL),
        ("(광고)[한올]\n(광고) 쿠폰\n무료거부0801234567", SkipReason.LABEL),
        ("(광고)\n쿠폰\n무료거부0801234567", SkipReason.CONTACT),
        ("(광고)[다른집]\n쿠폰\n무료거부0801234567", SkipReason.CONTACT),
        ("(광고)[한올]\n쿠폰", SkipReason.OPTOUT_LINE),
        ("(광고)[한올]\n쿠폰\n무료거부0801234567\n추신", SkipReason.OPTOUT_LINE),
        ("(광고)[한올]\n쿠폰\n거부 0801234567", SkipReason.OPTOUT_LINE),
        ("(광고)[한올]\n쿠폰😀\n무료거부0801234567", SkipReason.ENCODING),
    ],
)
def test_a_finished_text_is_looked_at_once_more(text: str, expected: SkipReason) -> None:
    variant = make_text("쿠폰")
    tampered = RenderedText(text=text, subject="", links=[])

    assert violation(variant, tampered) == expected


def test_an_account_without_the_free_number_sends_no_advertisement() -> None:
    variant = make_text("쿠폰", account=make_text_account(opt_out_number="", contact_phone="1588-0000"))

    assert violation(variant, rendered(variant)) == SkipReason.OPTOUT_LINE
    assert any("080" in each for each in messages(variant))


@pytest.mark.parametrize("false", ["( 광고 )", "(광.고)", "[광고]", "（광고）", "(AD)"])
def test_a_label_that_is_none_is_refused(false: str) -> None:
    assert any(false in each for each in messages(make_text(f"{false} 쿠폰")))


def test_a_label_of_the_author_is_not_doubled() -> None:
    variant = make_text("(광고) 쿠폰", subject="(광고) 소식")

    assert rendered(variant).text == "(광고)[한올]\n쿠폰\n무료거부0801234567"
    assert rendered(variant).subject == "(광고) 소식"
    assert messages(variant) == []


@pytest.mark.parametrize(
    ("text", "given", "field"),
    [
        ("  ", {}, "text"),
        ("(광고)", {}, "text"),
        ("쿠폰 (광고) 안내", {}, "text"),
        ("쿠폰 무료수신거부 080-765-4321", {}, "text"),
        ("쿠폰 5,000₩", {}, "text"),
        ("쿠폰", {"subject": "가" * 17}, "subject"),  # 34 bytes and 7 of the label
        ("쿠폰", {"details": {"images": ["gone.jpg"]}}, "details.images"),
    ],
)
def test_what_cannot_be_sent_is_said_at_its_field(text: str, given: dict, field: str) -> None:
    assert [each.partition(":")[0] for each in messages(make_text(text, **given))] == [field]


def test_a_character_that_no_phone_shows_is_named_with_its_replacement() -> None:
    [said] = messages(make_text("쿠폰 5,000₩"))

    assert "₩ (U+20A9)" in said
    assert "원" in said


def test_a_name_loses_what_no_phone_shows() -> None:
    assert "\n민지님" in rendered(make_text("{{ name }}님"), make_customer(name="민지😀")).text


def test_or_the_customer_gets_none_where_the_shop_wants_that(settings: Settings) -> None:
    settings.STRIP_UNKNOWN_CHARACTERS = False
    variant = make_text("{{ name }}님")

    assert violation(variant, rendered(variant, make_customer(name="민지😀"))) == SkipReason.ENCODING


def test_a_link_takes_25_bytes_at_most_and_is_another_one_for_everybody() -> None:
    variant = make_text("보기 https://shop.example/spring")

    texts = [rendered(variant, message_id=number).text for number in (1, 2)]
    addresses = [text.split()[2] for text in texts]

    assert all(len(address) <= 25 for address in addresses)
    assert len(set(addresses)) == 2
    token = addresses[0].rpartition("/")[2]
    assert links.read(token) == links.Token(1, 1, links.Hit.Kind.CLICK)


def test_a_long_host_is_warned_about(settings: Settings) -> None:
    settings.SHORT_LINK_URL = "https://crm.example.kr"

    [warning] = content.check(make_text("보기 https://shop.example/spring"))

    assert warning.is_warning
    assert "SHORT_LINK_URL" in warning.message


def test_a_preview_is_as_long_as_what_is_sent() -> None:
    variant = make_text("보기 https://shop.example/spring")

    assert rendered(variant).size == rendered(variant, message_id=2**33).size
    assert rendered(variant).links == [(1, variant_link(variant))]


def variant_link(variant: Variant) -> str:
    tags = f"utm_source=dangol&utm_medium=sms&utm_campaign=campaign-{variant.step.campaign_id}"
    return f"https://shop.example/spring?{tags}"


def test_a_picture_makes_it_an_mms() -> None:
    picture = pictures.store(make_jpeg(), title="봄", by=None)
    variant = make_text("보기", details={"images": [picture.name]})

    message = rendered(variant)

    assert message.kind == "mms"
    assert [each.name for each in message.images] == [picture.name]
    assert messages(variant) == []


@pytest.mark.parametrize(
    ("given", "is_taken"),
    [({}, True), ({"width": 1_501}, False), ({"height": 1_441}, False), ({"padding": 200_000}, False)],
)
def test_a_picture_larger_than_the_gateway_takes_is_refused(given: dict[str, int], is_taken: bool) -> None:
    details = {"images": [pictures.store(make_jpeg(**given), title="봄", by=None).name]}

    of_solapi = make_text("보기", account=make_text_account(gateway="solapi"), details=details)
    of_sandbox = make_text("보기", details=details)

    assert messages(of_sandbox) == []
    assert (messages(of_solapi) == []) == is_taken


def test_more_pictures_than_the_gateway_carries_are_refused() -> None:
    names = [pictures.store(make_jpeg(width=width), title="봄", by=None).name for width in (10, 20)]
    variant = make_text("보기", account=make_text_account(gateway="solapi"), details={"images": names})

    assert [each.partition(":")[0] for each in messages(variant)] == ["details.images"]


@pytest.mark.parametrize(
    ("phone", "reached"),
    [
        ("+821012345678", "+821012345678"),
        ("+82111234567", "+82111234567"),
        ("+8221234567", ""),
        ("+827012345678", ""),
        ("+82801234567", ""),
        ("+8215881234", ""),
        ("+825051234567", ""),
        ("+12025550123", ""),
        ("", ""),
    ],
)
def test_only_mobiles_are_reached(phone: str, reached: str) -> None:
    customer = make_customer(phone=phone)

    found = Customer.objects.annotate(address=CHANNEL.address()).get(pk=customer.pk)

    assert found.address == reached


def test_a_number_that_is_no_mobile_is_not_written_to() -> None:
    variant = make_text("쿠폰")
    campaign = variant.step.campaign
    envelope = Envelope(1, campaign.pk, variant.account, "+82212345678", at=campaign.created_at)

    with pytest.raises(ContentRefused):
        CHANNEL.compose(rendered(variant), envelope)
