"""SOLAPI in particular: signatures, codes, kinds chosen by us, pictures, lost answers (G-03, G-20 to G-25)."""

from datetime import timedelta

import pytest
from django.utils import timezone

from campaigns.gateways import solapi_codes
from campaigns.gateways.base import Fate, GatewayError, Outcome, Picture, PreparedMessage, ReportKind
from campaigns.gateways.failures import Failure
from campaigns.gateways.solapi_payloads import national, payload
from campaigns.gateways.solapi_wire import authorization
from tests.loopback.provider import Mishap
from tests.loopback.solapi import Solapi


def send(solapi: Solapi, *messages: PreparedMessage) -> list[Outcome]:
    gateway = solapi.made()
    try:
        return list(gateway.send_batch(messages))
    finally:
        gateway.close()


def said(message: PreparedMessage) -> dict:
    return payload(message, account=1, file_of=lambda picture, purpose: f"{purpose} file of {picture}")


def make_message(kind: str, content: dict) -> PreparedMessage:
    return PreparedMessage(7, 1, sender="02-1234-5678", recipient="+821012345678", content=content, kind=kind)


def test_a_call_is_signed_as_solapi_says() -> None:
    header = authorization(
        "ACCESS", "SECRET", date="2026-11-21T09:00:00+09:00", salt="0123456789abcdef0123456789abcdef"
    )

    assert header == (
        "HMAC-SHA256 apiKey=ACCESS, date=2026-11-21T09:00:00+09:00, salt=0123456789abcdef0123456789abcdef, "
        "signature=434c3ed73be1c649a397abdca9c02e918d9c46fe5fc096298ba3aca931f2644f"
    )


def test_pictures_of_a_brand_message_are_uploaded_for_their_places(solapi: Solapi) -> None:
    spring, autumn = Picture("spring.jpg", b"\xff\xd8spring"), Picture("autumn.jpg", b"\xff\xd8autumn")
    common = {"profile": "PF1", "targeting": "I", "is_advertising": True}
    single = common | {"type": "WIDE", "image_id": spring}
    listed = common | {
        "type": "WIDE_ITEM_LIST",
        "header": "가을",
        "items": [{"image_id": spring}] + [{"image_id": autumn}] * 3,
    }
    messages = [
        PreparedMessage(number, 1, "+82212345678", f"+8210{number:08}", content, kind="brand_wide")
        for number, content in enumerate((single, listed), start=1)
    ]

    send(solapi, *messages)

    uploads = [call.json() for call in solapi.calls if call.path == "/storage/v1/files"]
    assert [(each["name"], each["type"]) for each in uploads] == [
        ("spring.jpg", "BMS_WIDE"),
        ("spring.jpg", "BMS_WIDE_MAIN_ITEM_LIST"),
        ("autumn.jpg", "BMS_WIDE_SUB_ITEM_LIST"),
    ]
    order = next(call for call in solapi.calls if solapi.is_sending(call)).json()["messages"]
    numbers = list(solapi.files)
    assert order[0]["kakaoOptions"]["bms"]["imageId"] == numbers[0]
    assert order[1]["kakaoOptions"]["bms"]["mainWideItem"]["imageId"] == numbers[1]
    assert [each["imageId"] for each in order[1]["kakaoOptions"]["bms"]["subWideItemList"]] == [numbers[2]] * 3


def test_no_two_calls_have_the_same_signature() -> None:
    assert authorization("ACCESS", "SECRET") != authorization("ACCESS", "SECRET")


@pytest.mark.parametrize(
    ("given", "dialled"),
    [("+821012345678", "01012345678"), ("02-1234-5678", "0212345678"), ("+8215880000", "15880000"),
     ("1588-0000", "15880000"), ("+82111234567", "0111234567")],
)  # fmt: skip
def test_numbers_are_written_as_they_are_dialled(given: str, dialled: str) -> None:
    assert national(given) == dialled


def test_the_kind_is_ours_and_nothing_is_scheduled_there() -> None:
    assert said(make_message("lms", {"text": "안녕하세요", "subject": "소식", "images": []})) == {
        "to": "01012345678",
        "from": "0212345678",
        "country": "82",
        "type": "LMS",
        "text": "안녕하세요",
        "subject": "소식",
        "autoTypeDetect": False,
        "customFields": {"message": "7", "account": "1"},
    }


def test_alimtalk_names_its_template_and_never_becomes_a_text_by_itself() -> None:
    content = {"profile": "PF1", "template": "TP1", "variables": {"이름": "홍길동"}, "text": "홍길동님"}

    sent = said(make_message("alimtalk", content))

    assert sent["type"] == "ATA"
    assert "text" not in sent
    assert sent["kakaoOptions"] == {
        "pfId": "PF1", "templateId": "TP1", "variables": {"#{이름}": "홍길동"}, "disableSms": True,
    }  # fmt: skip


def test_the_parts_of_a_brand_message_go_by_solapis_names() -> None:
    button = {"code": "WL", "name": "보기", "mobile": "https://a.kr", "pc": ""}
    content = {
        "profile": "PF1", "type": "WIDE_ITEM_LIST", "targeting": "M", "is_advertising": True, "header": "가을",
        "items": [{"title": title, "image_id": "I1", "image_url": "https://x", "mobile": "https://a.kr"}
                  for title in "가나다라"],
        "buttons": [button], "coupon": {"title": "10% 할인 쿠폰", "description": "첫 구매"},
    }  # fmt: skip

    sent = said(make_message("brand_list", content))

    item = {"imageId": "I1", "linkMobile": "https://a.kr"}
    assert sent["type"] == "BMS_FREE"
    assert sent["kakaoOptions"]["adFlag"] is True
    assert sent["kakaoOptions"]["bms"] == {
        "targeting": "M",
        "chatBubbleType": "WIDE_ITEM_LIST",
        "header": "가을",
        "buttons": [{"linkType": "WL", "name": "보기", "linkMobile": "https://a.kr"}],
        "coupon": {"title": "10% 할인 쿠폰", "description": "첫 구매"},
        "mainWideItem": {"title": "가", **item},
        "subWideItemList": [{"title": title, **item} for title in "나다라"],
    }


def test_cards_to_leaf_through_stand_in_a_list() -> None:
    card = {"header": "첫째", "text": "글", "image_id": "I1", "commerce": {"title": "우유", "regular_price": 2_900}}
    content = {"profile": "PF1", "type": "CAROUSEL_COMMERCE", "targeting": "I", "is_advertising": True, "cards": [card]}

    sent = said(make_message("brand_shop", content))

    assert sent["kakaoOptions"]["bms"]["carousel"] == {
        "list": [
            {"header": "첫째", "content": "글", "imageId": "I1", "commerce": {"title": "우유", "regularPrice": 2_900}}
        ]
    }


@pytest.mark.parametrize(
    ("code", "fate", "failure"),
    [
        ("2000", Fate.SENT, ""),
        ("3000", Fate.SENT, ""),
        ("4000", Fate.SENT, ""),
        ("1024", Fate.RETRY, Failure.RETRYABLE),
        ("1029", Fate.FAILED, Failure.CONTENT),
        ("1043", Fate.FAILED, Failure.TEMPLATE),
        ("1061", Fate.FAILED, Failure.OPTED_OUT),
        ("3010", Fate.FAILED, Failure.INVALID_RECIPIENT),
        ("9999", Fate.UNKNOWN, Failure.UNKNOWN_CODE),
        ("", Fate.UNKNOWN, Failure.UNKNOWN_CODE),
    ],
)
def test_an_answer_has_one_meaning(code: str, fate: Fate, failure: str) -> None:
    assert solapi_codes.at_hand_over(code) == solapi_codes.Verdict(fate, failure)


@pytest.mark.parametrize(
    ("code", "kind", "failure"),
    [
        ("4000", ReportKind.DELIVERED, ""),
        ("2000", ReportKind.DEFERRED, ""),
        ("3000", ReportKind.DEFERRED, ""),
        ("3104", ReportKind.FAILED, Failure.RETRYABLE),
        ("3108", ReportKind.FAILED, Failure.NIGHT_WINDOW),
        ("3054", ReportKind.FAILED, Failure.SPAM_BLOCKED),
        ("3032", ReportKind.FAILED, Failure.INVALID_RECIPIENT),
        ("2061", ReportKind.FAILED, Failure.OPTED_OUT),
        ("3014", ReportKind.UNKNOWN, Failure.UNKNOWN_CODE),
        ("9999", ReportKind.UNKNOWN, Failure.UNKNOWN_CODE),
    ],
)
def test_a_report_has_one_meaning(code: str, kind: ReportKind, failure: str) -> None:
    assert solapi_codes.later(code) == (kind, failure)


@pytest.mark.parametrize("code", sorted(solapi_codes.FAILURES))
def test_no_code_of_a_failure_is_ever_success(code: str) -> None:
    assert solapi_codes.at_hand_over(code).fate in (Fate.FAILED, Fate.RETRY)
    assert solapi_codes.later(code)[0] == ReportKind.FAILED


def test_an_empty_balance_stops_the_account_and_tells_of_what_went_before(solapi: Solapi) -> None:
    solapi.balance = 30
    gateway = solapi.made()
    batch = gateway.send_batch(solapi.message(number) for number in range(1, 6))

    outcomes = [next(batch) for _number in range(3)]
    with pytest.raises(GatewayError) as stopped:
        next(batch)
    gateway.close()

    assert stopped.value.account_level
    assert "1030" in str(stopped.value)
    assert [outcome.message_id for outcome in outcomes] == solapi.accepted == [1, 2, 3]


def test_a_caller_number_that_is_not_registered_stops_the_account(solapi: Solapi) -> None:
    message = PreparedMessage(1, 1, "+82299999999", "+821012345678", {"text": "가", "subject": "", "images": []}, "sms")

    with pytest.raises(GatewayError) as stopped:
        send(solapi, message)

    assert stopped.value.account_level


def test_a_call_refused_for_one_message_is_made_without_it(solapi: Solapi) -> None:
    solapi.refuses_whole_call_for = national(solapi.message(20).recipient)

    outcomes = send(solapi, *[solapi.message(number) for number in range(1, 51)])

    assert [outcome.message_id for outcome in outcomes if outcome.fate == Fate.FAILED] == [20]
    assert sorted(solapi.accepted) == [number for number in range(1, 51) if number != 20]


def test_a_wrong_secret_is_the_accounts_fault(solapi: Solapi, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOLAPI_PASSWORD", "WRONG")

    with pytest.raises(GatewayError) as stopped:
        send(solapi, solapi.message(1))

    assert stopped.value.account_level
    assert "SignatureDoesNotMatch" in str(stopped.value)


def test_a_picture_is_uploaded_once_and_goes_with_each_message(solapi: Solapi) -> None:
    picture = Picture("abc.jpg", b"\xff\xd8picture")
    content = {"text": "보기", "subject": "", "images": [picture]}
    messages = [
        PreparedMessage(number, 1, "+82212345678", f"+8210{number:08}", content, kind="mms") for number in range(1, 4)
    ]

    outcomes = send(solapi, *messages)

    assert {outcome.fate for outcome in outcomes} == {Fate.SENT}
    assert list(solapi.files.values()) == [picture.content]


def test_a_picture_that_cannot_be_uploaded_keeps_its_messages_here(solapi: Solapi) -> None:
    content = {"text": "보기", "subject": "", "images": [Picture("abc.jpg", b"")]}
    solapi.mishaps.clear()
    solapi.refuses_files = True

    with pytest.raises(GatewayError) as stopped:
        send(solapi, PreparedMessage(1, 1, "+82212345678", "+821012345678", content, kind="mms"))

    assert not stopped.value.account_level
    assert solapi.accepted == []


def test_the_check_tells_the_balance_and_an_unregistered_caller(solapi: Solapi) -> None:
    account = solapi.account()
    gateway = solapi.made()

    assert "10,500" in gateway.check()

    gateway.account.sender_address = "02-999-9999"
    assert "G-05" in gateway.check()
    gateway.close()
    assert account.channel == "sms"


def test_what_solapi_has_is_found_by_our_numbers(solapi: Solapi) -> None:
    solapi.mishaps.append(Mishap.ACCEPTS_AND_HANGS_UP)
    [lost] = send(solapi, solapi.message(9))
    send(solapi, *[solapi.message(number) for number in range(1, 6)])
    now = timezone.now()

    reports = solapi.made().ask([9, 77], since=now - timedelta(minutes=5), until=now + timedelta(minutes=5))

    assert lost.fate == Fate.UNKNOWN
    assert [(report.message_id, report.kind) for report in reports] == [(9, ReportKind.DEFERRED)]
    assert reports[0].provider_id
    assert reports[0].recipient == "+821000000009"


def test_another_sending_accounts_messages_at_the_same_solapi_account_are_left_to_it(solapi: Solapi) -> None:
    send(solapi, solapi.message(1))
    request = solapi.webhook([1])
    other = solapi.made()
    other.account.pk = 2

    assert other.read_webhook(request) == []


def test_a_call_that_cannot_be_checked_now_is_answered_so_that_it_comes_again(solapi: Solapi) -> None:
    send(solapi, solapi.message(1))
    request = solapi.webhook([1])
    gateway = solapi.made()
    solapi.__exit__()

    with pytest.raises(GatewayError):
        gateway.read_webhook(request)


def test_reports_out_of_order_say_what_holds_now(solapi: Solapi) -> None:
    send(solapi, solapi.message(1))
    early = solapi.webhook([1], code="3000")
    solapi.webhook([1])

    [report] = solapi.made().read_webhook(early)

    assert report.kind == ReportKind.DELIVERED
