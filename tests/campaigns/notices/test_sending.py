"""From a duty that is due to a duty done: each once, over the right way, by campaigns that were approved once."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import pytest
import time_machine
from django.contrib.auth.models import User
from django.utils import timezone
from pytest_django import Settings

from campaigns import approval, lifecycle
from campaigns.gateways.base import Report, ReportKind
from campaigns.models import Campaign, ChannelAccount, Enrollment, Message, Suppression
from campaigns.notices import drafts, sending
from campaigns.pipeline import dispatch, reports
from customers import consent
from customers.consent import duties
from customers.consent.preference_links import url_of
from customers.identity import merging
from customers.models import ConsentState, Customer, NoticeDuty, UsageNotice
from customers.privacy import incidents, usage_notices
from tests.factories import add_fallback, make_account, make_customer, make_incident, make_segment, make_user

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
NIGHT = datetime(2026, 11, 20, 15, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _at_noon(settings: Settings, outbox: Path) -> Iterator[None]:
    settings.MESSAGING_LIVE = True
    with time_machine.travel(NOON):
        yield


@pytest.fixture
def accounts(db: None) -> dict[str, ChannelAccount]:
    """Two live accounts, whose gateway writes messages down."""
    given = {"is_live": True, "rate_per_second": 1_000}
    text = {"sender_address": "02-1234-5678", "caller_registered_until": date(2027, 1, 1)}
    return {"email": make_account(**given), "sms": make_account(channel="sms", **text, **given)}


@pytest.fixture
def standing(accounts: dict[str, ChannelAccount], author: User, approver: User) -> list[Campaign]:
    """The campaigns of notices, approved by a second person and running."""
    campaigns = drafts.make_drafts(author)
    for campaign in campaigns:
        lifecycle.submit_for_review(campaign, by=author)
        approval.approve(campaign, by=approver)
    lifecycle.start_due(timezone.now())
    return campaigns


def spoke(customer: Customer, act: str = "grant", channel: str = "email", purpose: str = "ad_receive") -> None:
    getattr(consent, act)(customer.pk, purpose=purpose, channel=channel, occurred_at=timezone.now(), method="web")
    # By the clock of the test; the database has its own.
    NoticeDuty.objects.update(opened_at=timezone.now())


def asked_again() -> Customer:
    """A customer who agreed to mail almost two years ago and is to be asked again."""
    customer = make_customer()
    with time_machine.travel(NOON - timedelta(days=715), tick=False):
        spoke(customer)
    NoticeDuty.objects.filter(kind="result_notice").update(done_at=NOON, outcome="noticed")
    duties.open_reconfirmations(NOON)
    NoticeDuty.objects.update(opened_at=NOON)
    return customer


def send() -> list[tuple[str, str]]:
    """Enrol, hand over and settle; return (channel, status) of every message so far."""
    sending.enrol_due(timezone.now())
    dispatch.dispatch_due()
    sending.settle()
    return list(Message.objects.order_by("pk").values_list("account__channel", "status"))


def test_the_drafts_are_complete_and_made_once(accounts: dict[str, ChannelAccount], author: User) -> None:
    made = drafts.make_drafts(author)

    assert [(each.duty, each.steps.get().account.channel) for each in made] == [
        ("result_notice", "email"),
        ("result_notice", "sms"),
        ("reconfirmation", "email"),
        ("reconfirmation", "sms"),
    ]
    assert [lifecycle.what_is_missing(each) for each in made] == [[], [], [], []]
    assert drafts.make_drafts(author) == []


def test_nothing_goes_out_before_a_second_person_approved(accounts: dict[str, ChannelAccount], author: User) -> None:
    drafts.make_drafts(author)
    spoke(make_customer())

    assert send() == []


def test_a_result_notice_tells_what_was_said_once(standing: list[Campaign]) -> None:
    spoke(make_customer())

    first, second = send(), send()

    assert first == second == [("email", "sent")]
    duty = NoticeDuty.objects.get(kind="result_notice")
    assert (duty.outcome, duty.done_at.date()) == ("noticed", NOON.date())
    assert "수신동의 처리결과 통지" in duty.how


def test_the_notice_says_the_three_items_and_leads_to_the_customers_own_page(
    standing: list[Campaign], outbox: Path
) -> None:
    customer = make_customer()
    spoke(customer, "withdraw")

    send()

    message = Message.objects.get()
    written = message_from_bytes((outbox / str(message.campaign_id) / f"{message.pk}.eml").read_bytes(), policy=default)
    html, text = (written.get_body((kind,)).get_content() for kind in ("html", "plain"))
    for words in ("단골마트", "2026년 11월 20일", "이메일 광고성 정보 수신 동의 철회", "수신거부 처리 완료"):
        assert words in html
        assert words in text
    assert f'href="{url_of(customer.pk)}"' in html
    assert "(광고)" not in written["Subject"]
    assert written["List-Unsubscribe"] is None


def test_l_12_it_goes_out_although_the_customer_has_just_opted_out(standing: list[Campaign]) -> None:
    customer = make_customer()
    spoke(customer, "withdraw")

    assert send() == [("email", "sent")]


def test_l_12_agreeing_to_the_night_is_told_by_itself(standing: list[Campaign]) -> None:
    customer = make_customer(phone="+821012345678")
    spoke(customer, channel="sms")
    spoke(customer, channel="sms", purpose="ad_night")

    send()

    assert send() == [("sms", "sent"), ("sms", "sent")]
    assert not duties.due("result_notice", timezone.now()).exists()


@pytest.mark.parametrize(
    ("channel", "given", "way"),
    [
        ("sms", {"phone": "+821012345678"}, "sms"),
        ("sms", {"phone": ""}, "email"),
        ("kakao", {}, "email"),
        ("push", {"email": "", "phone": "+821012345678"}, "sms"),
    ],
)
def test_it_goes_over_the_medium_it_is_about_else_over_one_that_reaches_them(
    standing: list[Campaign], channel: str, given: dict[str, str], way: str
) -> None:
    spoke(make_customer(**given), channel=channel)

    assert send() == [(way, "sent")]


def test_where_nothing_reaches_the_customer_the_duty_stays_for_a_letter(standing: list[Campaign]) -> None:
    customer = make_customer()
    Suppression.objects.create(channel="email", address=customer.email, reason="bounce")
    spoke(customer)

    assert send() == []
    assert duties.due("result_notice", timezone.now()).count() == 1


def test_a_message_that_failed_is_followed_by_the_next_way(standing: list[Campaign]) -> None:
    spoke(make_customer(phone="+821012345678"))
    sending.enrol_due(timezone.now())
    Message.objects.update(status="failed")

    assert send() == [("email", "failed"), ("sms", "sent")]


def come_back(message: Message) -> None:
    """Have the gateway report that the message never arrived."""
    report = Report(f"bounce of {message.pk}", ReportKind.BOUNCED, timezone.now(), message_id=message.pk)
    reports.keep(message.account, [report], source="webhook")
    assert reports.settle_waiting() == 1


def last_message() -> Message:
    return Message.objects.latest("pk")


def test_p_13_a_notice_that_came_back_goes_over_the_next_way_and_tells_only_then(standing: list[Campaign]) -> None:
    spoke(make_customer(phone="+821012345678"))
    assert send() == [("email", "sent")]
    come_back(last_message())

    sending.settle()
    waiting = NoticeDuty.objects.get()
    sent = [send(), send()][-1]

    assert (waiting.done_at, waiting.outcome, waiting.how) == (None, "", "")
    assert sent == [("email", "sent"), ("sms", "sent")]
    duty = NoticeDuty.objects.get()
    assert (duty.outcome, "수신동의 처리결과 통지 · 문자" in duty.how) == ("noticed", True)


def test_a_notice_that_came_back_goes_on_over_the_next_way_of_its_own_campaign(
    accounts: dict[str, ChannelAccount], author: User, approver: User
) -> None:
    campaign = drafts.make_drafts(author)[0]
    add_fallback(campaign, accounts["sms"], **drafts.CONTENTS["result_notice", "sms"])
    lifecycle.submit_for_review(campaign, by=author)
    approval.approve(campaign, by=approver)
    lifecycle.start_due(timezone.now())
    spoke(make_customer(phone="+821012345678"))
    send()
    come_back(last_message())

    waiting = NoticeDuty.objects.get().done_at

    assert waiting is None
    assert send() == [("sms", "sent")]
    assert NoticeDuty.objects.get().outcome == "noticed"


def test_what_came_back_before_it_was_counted_as_told_is_never_counted(standing: list[Campaign]) -> None:
    spoke(make_customer(phone="+821012345678"))
    sending.enrol_due(timezone.now())
    dispatch.dispatch_due()
    come_back(last_message())

    assert sending.settle() == 0
    assert send() == [("email", "sent"), ("sms", "sent")]


def test_what_came_back_while_it_was_being_counted_as_told_waits_again(standing: list[Campaign]) -> None:
    spoke(make_customer())
    sending.enrol_due(timezone.now())
    dispatch.dispatch_due()
    come_back(last_message())
    duties.mark_done(NoticeDuty.objects.values_list("pk", flat=True), "message “통지”, campaign 1")

    sending.settle()

    assert NoticeDuty.objects.get().done_at is None


def test_where_every_way_came_back_the_duty_stays_for_a_letter_and_ends_with_it(standing: list[Campaign]) -> None:
    spoke(make_customer(phone="+821012345678"))
    for way in ("email", "sms"):
        assert [send(), send()][-1][-1] == (way, "sent")
        come_back(last_message())

    tried = [send(), send()][-1]
    due = list(duties.due("result_notice", timezone.now()))
    duties.mark_done([each.pk for each in due], "우편", by=make_user("clerk"))

    assert (tried, len(due)) == ([("email", "sent"), ("sms", "sent")], 1)
    assert send() == tried
    assert NoticeDuty.objects.get().how == "우편"


def test_l_13_a_question_that_came_back_renews_no_consent(standing: list[Campaign]) -> None:
    customer = asked_again()
    assert send() == [("email", "sent")]
    come_back(last_message())

    sending.settle()

    assert str(ConsentState.objects.get(customer=customer, channel="email").reconfirm_by) == "2026-12-04"
    assert duties.due("reconfirmation", timezone.now()).count() == 1


def test_l_13_who_answered_before_the_question_came_back_is_asked_no_more(standing: list[Campaign]) -> None:
    customer = asked_again()
    send()
    consent.withdraw(customer.pk, purpose="ad_receive", channel="email", occurred_at=timezone.now(), method="web")
    come_back(Message.objects.get())

    sending.settle()

    assert NoticeDuty.objects.get(kind="reconfirmation").outcome == "answered"
    assert ConsentState.objects.get(customer=customer, channel="email").is_granted is False


def test_an_unknown_message_is_never_followed_by_another(standing: list[Campaign]) -> None:
    spoke(make_customer(phone="+821012345678"))
    sending.enrol_due(timezone.now())
    Message.objects.update(status="unknown")

    assert send() == [("email", "unknown")]
    assert duties.due("result_notice", timezone.now()).count() == 1


def test_the_sandbox_tells_nobody_so_the_duty_stays_and_goes_out_once_live(
    standing: list[Campaign], settings: Settings
) -> None:
    settings.MESSAGING_LIVE = False
    customer = make_customer()
    spoke(customer)

    rehearsed = [send(), send()][-1]
    still_due = duties.due("result_notice", timezone.now()).count()
    settings.MESSAGING_LIVE = True

    assert (rehearsed, still_due) == ([("email", "sent")], 1)
    assert send() == [("email", "sent"), ("email", "sent")]
    assert not duties.due("result_notice", timezone.now()).exists()


def test_l_13_the_question_keeps_the_consent_for_another_two_years_and_says_nothing_else(
    standing: list[Campaign],
) -> None:
    customer = asked_again()

    assert send() == [("email", "sent")]
    state = ConsentState.objects.get(customer=customer, channel="email")
    assert (state.is_granted, str(state.reconfirm_by)) == (True, "2028-11-19")


def test_what_was_settled_meanwhile_is_not_sent(standing: list[Campaign]) -> None:
    spoke(make_customer())
    sending.enrol_due(timezone.now())
    duties.mark_done(NoticeDuty.objects.values_list("pk", flat=True), "우편")

    dispatch.dispatch_due()

    assert Message.objects.get().skip_reason == "NO_LONGER_DUE"


def test_a_household_with_one_address_gets_a_notice_each(standing: list[Campaign]) -> None:
    for name in ("김하나", "김두리"):
        spoke(make_customer(name=name, email="family@example.com"))

    assert send() == [("email", "sent"), ("email", "sent")]


def test_nobody_is_woken_by_a_notice(standing: list[Campaign]) -> None:
    spoke(make_customer())

    with time_machine.travel(NIGHT, tick=False):
        assert sending.enrol_due(timezone.now()) == 0
    assert not Enrollment.objects.exists()


def test_a_stopped_campaign_sends_no_more_notices(standing: list[Campaign], author: User) -> None:
    for campaign in standing:
        lifecycle.stop(campaign, by=author)
    spoke(make_customer())

    assert send() == []


def test_p_13_everybody_concerned_by_an_incident_is_told_its_words(
    accounts: dict[str, ChannelAccount], author: User, approver: User, outbox: Path
) -> None:
    reached, by_text = make_customer(), make_customer(email="", phone="+821012345678")
    incident = make_incident(segment=make_segment(), known_at=timezone.now(), certainty="likely")
    for campaign in drafts.make_drafts(author):
        lifecycle.submit_for_review(campaign, by=author)
        approval.approve(campaign, by=approver)
    lifecycle.start_due(timezone.now())
    assert incidents.hand_over(incident, by=approver) == 2
    NoticeDuty.objects.update(opened_at=timezone.now())

    assert send() == [("email", "sent"), ("sms", "sent")]

    assert set(NoticeDuty.objects.values_list("customer", "outcome")) == {
        (reached.pk, "noticed"),
        (by_text.pk, "noticed"),
    }
    message = Message.objects.get(customer=reached)
    written = message_from_bytes((outbox / str(message.campaign_id) / f"{message.pk}.eml").read_bytes(), policy=default)
    html = written.get_body(("html",)).get_content()
    likely = "유출되었을 가능성이 있어"
    for words in (likely, "이름, 전화번호", incident.what_happened, incident.measures, incident.contact, "분쟁조정"):
        assert words in html
    assert "(광고)" not in written["Subject"]


def test_the_drafts_about_incidents_are_written_once_there_is_one(
    accounts: dict[str, ChannelAccount], author: User
) -> None:
    drafts.make_drafts(author)
    make_incident()

    made = drafts.make_drafts(author)

    assert [(each.duty, each.information_basis) for each in made] == [("incident", "privacy")] * 2
    assert [lifecycle.what_is_missing(each) for each in made] == [[], []]


def hand_over(notice: UsageNotice, *, author: User, approver: User) -> None:
    """The campaigns of notices run, and everybody is owed one of this yearly notice."""
    for campaign in drafts.make_drafts(author):
        lifecycle.submit_for_review(campaign, by=author)
        approval.approve(campaign, by=approver)
    lifecycle.start_due(timezone.now())
    usage_notices.hand_over(notice, by=approver)
    NoticeDuty.objects.update(opened_at=timezone.now())


def test_p_16_the_yearly_notice_of_use_tells_its_words_and_nothing_else(
    accounts: dict[str, ChannelAccount], author: User, approver: User, outbox: Path
) -> None:
    make_customer()
    words = {"uses": "주문·배송: 이름, 전화번호\n마케팅: 이메일", "recipients": "없음"}
    notice = UsageNotice.objects.create(due_on=date(2026, 12, 31), written_by=author, **words)
    hand_over(notice, author=author, approver=approver)

    assert send() == [("email", "sent")]

    message = Message.objects.get()
    written = message_from_bytes((outbox / str(message.campaign_id) / f"{message.pk}.eml").read_bytes(), policy=default)
    html = written.get_body(("html",)).get_content()
    lines = '<p style="white-space:pre-line"><strong>수집·이용 목적과 항목</strong><br>{}</p>'
    assert lines.format("주문·배송: 이름, 전화번호\n마케팅: 이메일") in html
    assert "없음" in html
    assert NoticeDuty.objects.get().outcome == "noticed"


def test_those_whom_a_way_does_not_reach_keep_nobody_waiting(
    standing: list[Campaign], monkeypatch: pytest.MonkeyPatch
) -> None:
    for _number in range(3):
        spoke(make_customer(email="", phone=""))
    spoke(reached := make_customer())
    time_left = iter([True])
    monkeypatch.setattr(sending, "CHUNK", 1)
    monkeypatch.setattr(sending.queue, "out_of_time", lambda: not next(time_left, False))

    assert sending.enrol_due(timezone.now()) == 1
    assert Message.objects.get().customer == reached


def test_what_left_is_marked_done_as_long_as_there_is_time(
    standing: list[Campaign], monkeypatch: pytest.MonkeyPatch
) -> None:
    for _number in range(3):
        spoke(make_customer())
    sending.enrol_due(timezone.now())
    dispatch.dispatch_due()
    monkeypatch.setattr(sending, "CHUNK", 2)
    with monkeypatch.context() as patch:
        patch.setattr(sending.queue, "out_of_time", lambda: NoticeDuty.objects.exclude(done_at=None).exists())
        assert sending.settle() == 2

    assert sending.settle() == 1


def test_whoever_is_merged_between_plan_and_dispatch_reads_a_notice_to_both_once(
    accounts: dict[str, ChannelAccount], author: User, approver: User
) -> None:
    kept, merged = make_customer(), make_customer()
    notice = UsageNotice.objects.create(due_on=date(2026, 12, 31), written_by=author, uses="주문", recipients="없음")
    hand_over(notice, author=author, approver=approver)
    sending.enrol_due(timezone.now())

    merging.merge(kept.pk, merged.pk, by=None)
    dispatch.dispatch_due()

    told = set(Message.objects.values_list("customer", "status", "skip_reason"))
    assert told == {(kept.pk, "sent", ""), (merged.pk, "skipped", "MERGED")}
