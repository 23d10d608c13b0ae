"""Tests go to addresses that staff have proven to be theirs, marked, past nobody else's eyes and into no report."""

from datetime import timedelta
from email import message_from_bytes, policy
from pathlib import Path

import pytest
import time_machine
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone, translation
from pytest_django import Settings

from campaigns import gateways, personal_stores
from campaigns.errors import NotAllowed, NotReady
from campaigns.gateways import sandbox
from campaigns.models import Campaign, ChannelAccount, Message, StaffAddress, StaffMessage, Variant
from campaigns.pipeline import reports
from campaigns.staff import staff_addresses, staff_messages
from tests.factories import (
    add_fallback,
    make_account,
    make_customer,
    make_draft,
    make_message,
    make_text_account,
    make_text_draft,
    make_user,
)
from tests.loopback.solapi import Solapi

pytestmark = pytest.mark.django_db
MOBILE = "+821012345678"
PAGE = "/admin/campaigns/campaign/test-addresses/"


@pytest.fixture
def tester(outbox: Path) -> User:
    make_customer(name="김하나")
    return make_user("tester", "campaigns.send_test", "campaigns.view_campaign")


def own_address(user: User, **given: object) -> StaffAddress:
    known = {"kind": "email", "address": "staff@example.com", "confirmed_at": timezone.now(), "is_proven": True}
    return StaffAddress.objects.create(user=user, **known | given)


def test_a_draft_is_tested_marked_after_the_label_and_counted_nowhere(tester: User) -> None:
    [sent] = staff_messages.send_test(make_draft(), [own_address(tester)], by=tester)

    mail = message_from_bytes(sandbox.file_of(0, -sent.pk).read_bytes(), policy=policy.default)
    assert mail["Subject"] == "(광고) [테스트] 김*나님, 다시 만나요"
    assert mail["To"] == "staff@example.com"
    assert (sent.fate, sent.is_sandbox) == ("sent", True)
    assert not Message.objects.exists()


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("{{ name }}님!", "(광고)[단골마트]\n[테스트] 김*나님!\n무료거부0801234567"),
        # With the mark it would be a long message, which customers do not get.
        ("가" * 21 + "{{ name }}", "(광고)[단골마트]\n" + "가" * 21 + "김*나\n무료거부0801234567"),
    ],
)
def test_the_mark_never_makes_a_dearer_message_of_a_text(tester: User, text: str, read: str) -> None:
    account = make_account(
        channel="sms", sender_address="02-000-0000", opt_out_number="080-123-4567", contact_phone="02-000-0000"
    )
    campaign = make_draft(account=account, content={"text": text, "subject": "", "html": ""})

    [sent] = staff_messages.send_test(campaign, [own_address(tester, kind="phone", address="+821012345678")], by=tester)

    written = sandbox.file_of(0, -sent.pk, suffix=".json").read_text(encoding="utf-8")
    assert read in written.replace("\\n", "\n")
    assert '"kind": "sms"' in written


def test_each_content_goes_to_the_addresses_of_its_channel_only(tester: User) -> None:
    addresses = [own_address(tester), own_address(tester, kind="phone", address="+821012345678")]

    sent = staff_messages.send_test(make_draft(), addresses, by=tester)

    assert [each.address for each in sent] == [addresses[0]]


def test_the_first_way_is_tested_before_the_ways_behind_it(tester: User) -> None:
    addresses = [own_address(tester), own_address(tester, kind="phone", address="+821012345678")]
    campaign = make_draft()
    add_fallback(campaign, make_text_account())

    sent = staff_messages.send_test(campaign, addresses, by=tester)

    assert [each.address for each in sent] == addresses


@pytest.mark.parametrize(
    ("given", "refusal"),
    [({"confirmed_at": None}, NotAllowed), ({"kind": "phone", "address": "+821012345678"}, NotReady)],
)
def test_nothing_goes_to_an_address_that_is_not_proven_or_does_not_fit(
    tester: User, given: dict, refusal: type[Exception]
) -> None:
    with pytest.raises(refusal):
        staff_messages.send_test(make_draft(), [own_address(tester, **given)], by=tester)

    assert not StaffMessage.objects.exists()


def test_nothing_goes_to_the_address_of_a_colleague(tester: User) -> None:
    with pytest.raises(NotAllowed):
        staff_messages.send_test(make_draft(), [own_address(make_user("colleague"))], by=tester)

    assert not StaffMessage.objects.exists()


def test_who_may_not_send_tests_sends_none(outbox: Path) -> None:
    nobody = make_user("nobody")

    with pytest.raises(NotAllowed):
        staff_messages.send_test(make_draft(), [own_address(nobody)], by=nobody)


def test_what_was_confirmed_in_the_sandbox_is_not_good_enough_for_a_live_account(
    tester: User, settings: Settings
) -> None:
    settings.MESSAGING_LIVE = True
    address = own_address(tester, is_proven=False)

    with pytest.raises(NotAllowed):
        staff_messages.send_test(make_draft(account=make_account(is_live=True)), [address], by=tester)

    assert not StaffMessage.objects.exists()


def test_nobody_sends_tests_without_end(tester: User, settings: Settings) -> None:
    settings.STAFF_MESSAGES_PER_HOUR = 1
    campaign, address = make_draft(), own_address(tester)
    staff_messages.send_test(campaign, [address], by=tester)

    with pytest.raises(NotAllowed):
        staff_messages.send_test(campaign, [address], by=tester)

    assert StaffMessage.objects.count() == 1


def test_an_address_is_registered_and_proven_by_the_code_that_was_sent_there(tester: User, client: Client) -> None:
    make_account()
    client.force_login(tester)

    client.post(PAGE, {"register": "", "kind": "email", "address": "Me@Example.com"})
    address = tester.staff_addresses.get()
    mail = message_from_bytes(sandbox.file_of(0, -StaffMessage.objects.get().pk).read_bytes(), policy=policy.default)
    code = "".join(filter(str.isdigit, mail.get_body(("plain",)).get_content()))[:6]
    client.post(PAGE, {"confirm": "", "address": address.pk, "code": code})

    address.refresh_from_db()
    assert (address.address, mail["To"], mail["Subject"]) == (
        "me@example.com",
        "me@example.com",
        "테스트 주소 확인 번호",
    )
    assert address.confirmed_at is not None
    assert address.is_proven is False  # nothing left: it was the sandbox


@pytest.mark.parametrize("typed", ["000000", "", "１２３"])
def test_a_wrong_code_proves_nothing(tester: User, typed: str) -> None:
    address = own_address(tester, confirmed_at=None)
    while staff_addresses.new_code(address) == typed:
        pass

    with pytest.raises(NotReady):
        staff_addresses.confirm(address, typed, by=tester)

    address.refresh_from_db()
    assert (address.confirmed_at, address.wrong_codes) == (None, 1)


def test_a_code_is_not_guessed_and_does_not_hold_for_ever(tester: User) -> None:
    address = own_address(tester, confirmed_at=None)
    code = staff_addresses.new_code(address)

    with time_machine.travel(timezone.now() + timedelta(hours=2), tick=False), pytest.raises(NotReady):
        staff_addresses.confirm(address, code, by=tester)
    address.wrong_codes = staff_addresses.MOST_WRONG_CODES
    with pytest.raises(NotReady):
        staff_addresses.confirm(address, code, by=tester)

    assert StaffAddress.objects.filter(confirmed_at=None).count() == 1


@pytest.mark.parametrize("act", ["confirm", "send_code", "remove"])
def test_the_address_of_a_colleague_is_out_of_reach(tester: User, client: Client, act: str) -> None:
    foreign = own_address(make_user("colleague"), confirmed_at=None)
    client.force_login(tester)

    answer = client.post(PAGE, {act: "", "address": foreign.pk, "code": "1"})

    assert answer.status_code == 404
    assert StaffAddress.objects.get() == foreign


@pytest.mark.parametrize(("kind", "typed"), [("email", "nobody"), ("phone", "02-123-4567"), ("phone", "abc")])
def test_what_is_no_address_is_refused_and_kept_in_the_field(
    tester: User, client: Client, kind: str, typed: str
) -> None:
    client.force_login(tester)

    answer = client.post(PAGE, {"register": "", "kind": kind, "address": typed})

    assert typed in answer.content.decode()
    assert not StaffAddress.objects.exists()


def test_the_editor_saves_and_sends_a_test_in_one_act(tester: User, client: Client) -> None:
    user = make_user("writer", "campaigns.send_test", "campaigns.view_campaign", "campaigns.change_campaign")
    address, campaign = own_address(user), make_draft()
    client.force_login(user)
    typed = {"name": "새 이름", "way": ChannelAccount.objects.get().pk, "arm": "A", "weight": "1"}
    typed |= {"c0_A_all-subject": "안녕", "c0_A_all-html": "<p>안녕</p>", "holdout_percent": 0}
    typed |= {"purpose": "ad", "latest_start_hours": 6, "attribution_days": 5, "test_address": address.pk}

    client.post(f"/admin/campaigns/campaign/{campaign.pk}/change/", typed | {"_send_test": ""})

    assert Campaign.objects.get().name == "새 이름"
    assert StaffMessage.objects.get().campaign == campaign


def test_a_written_test_is_destroyed_with_the_bodies_of_messages(tester: User) -> None:
    [sent] = staff_messages.send_test(make_draft(), [own_address(tester)], by=tester)

    destroyed = [personal_stores.destroy_bodies(timezone.now() + timedelta(days=days)) for days in (-1, 1)]

    assert destroyed == [0, 1]
    assert not sandbox.file_of(0, -sent.pk).exists()
    assert "staff@example.com" not in (sandbox.folder_of(0) / sandbox.MANIFEST).read_text(encoding="utf-8")


def test_a_text_that_solapi_takes_is_a_test_that_was_sent(
    tester: User, solapi: Solapi, text_account: ChannelAccount
) -> None:
    campaign, address = make_text_draft(account=text_account), own_address(tester, kind="phone", address=MOBILE)

    [sent] = staff_messages.send_test(campaign, [address], by=tester)

    assert solapi.accepted == [-sent.pk]
    assert (sent.fate, sent.detail) == ("sent", "")


def test_a_code_that_solapi_takes_is_on_its_way(tester: User, solapi: Solapi, text_account: ChannelAccount) -> None:
    address = own_address(tester, kind="phone", address=MOBILE, confirmed_at=None)

    sent, code = staff_messages.send_code(address, by=tester)

    assert solapi.accepted == [-sent.pk]
    assert code in solapi.calls[-1].json()["messages"][0]["text"]
    assert sent.fate == "sent"


def test_what_solapi_reports_of_a_test_is_taken_for_no_message_of_a_campaign(
    tester: User, solapi: Solapi, text_account: ChannelAccount
) -> None:
    campaign, address = make_text_draft(account=text_account), own_address(tester, kind="phone", address=MOBILE)
    [sent] = staff_messages.send_test(campaign, [address], by=tester)
    message = make_message(campaign, make_customer(), pk=sent.pk, account=text_account, provider_id="M4V9")

    told = gateways.gateway_for(text_account, approved=True).read_webhook(solapi.webhook([-sent.pk], code="failed"))
    reports.keep(text_account, told, source="webhook")

    assert (told[0].message_id, reports.settle_waiting()) == (-sent.pk, 0)
    message.refresh_from_db()
    assert (message.delivery, message.failure) == ("", "")


def test_a_content_that_is_refused_is_named_and_the_others_are_tested(
    tester: User, solapi: Solapi, text_account: ChannelAccount
) -> None:
    campaign, address = make_text_draft(account=text_account), own_address(tester, kind="phone", address=MOBILE)
    Variant.objects.create(step=campaign.steps.get(), name="B", text="또 만나요")
    unregistered = make_text_account(
        name="대리점", gateway="solapi", is_live=True, settings=text_account.settings,
        password_variable="SOLAPI_PASSWORD", sender_address="02-999-9999",
    )  # fmt: skip
    add_fallback(campaign, unregistered)

    with translation.override("en"), pytest.raises(NotReady) as refused:
        staff_messages.send_test(campaign, [address], by=tester)

    assert refused.value.problems == [
        "Content A over “대리점”: It was not taken: SOLAPI refuses the account: 1062 오류. Check its balance and caller"
        " number there, then resume it.",
        "2 other tests were sent.",
    ]
    assert len(solapi.accepted) == 2
