"""Whatever is set, nothing advertising leaves without consent, at night without one for it, unlabelled, unrefusable.

Campaigns as Hypothesis makes them up go all the way from a plan to the sandbox, past a forged approval, so that the
gate and the last look at the finished message have to hold by themselves. What was written down is judged by the law in
plain words. COMPLIANCE_EXAMPLES sets how many campaigns; `make compliance-test` takes many.
"""

import json
import os
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from pathlib import Path

import pytest
import time_machine
from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from campaigns.fingerprint import fingerprint
from campaigns.models import Approval, Campaign, ChannelAccount, Message
from campaigns.pipeline import dispatch, plan
from customers.models import ConsentState, Customer
from tests.factories import (
    add_fallback,
    make_account,
    make_customer,
    make_device,
    make_draft,
    make_kakao_profile,
    make_kakao_template,
    make_user,
    set_consent,
)

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
EXAMPLES = int(os.environ.get("COMPLIANCE_EXAMPLES", "20"))
SECONDS = 5.0  # of work at most, should something go on for ever
MIDNIGHT = datetime(2026, 11, 19, 15, tzinfo=UTC)  # in Korea
CONSENT_OF = {
    "email": "email",
    "sms": "sms",
    "push": "push",
    "web_push": "web_push",
    "brand_message": "kakao",
    "alimtalk": "kakao",
    "in_app": "",
}
# Mostly yes: what is refused for one reason alone is what tests that reason.
SAID = (True, True, True, None, False)
WORDS = (
    "새 소식",
    "(광고) 새 소식",
    "[광고] 새 소식",
    "( 광 고 ) 새 소식",
    "새 소식\n무료거부0801234567",
    "수신거부: 설정",
    "(광고)(광고)",
)


@dataclass(frozen=True)
class Person:
    """What somebody said about marketing, about each medium and about its nights; None: nothing."""

    use: bool | None
    receive: bool | None
    night: bool | None


people = st.builds(Person, st.sampled_from(SAID), st.sampled_from(SAID), st.sampled_from((None, False, True)))


@dataclass(frozen=True)
class Setting:
    """Everything that somebody may have set about a campaign and its account."""

    channel: str
    fallback: str | None
    purpose: str
    minute: int
    words: str
    at_night: str
    to_existing: bool
    sender_name: str
    opt_out_number: str
    opens: int | None
    shop_until: str


set_somehow = st.builds(
    Setting,
    channel=st.sampled_from(["sms", "push", *CONSENT_OF]),
    fallback=st.sampled_from([None, "sms", "email"]),
    purpose=st.sampled_from(["ad", "ad", "ad", "info", ""]),
    minute=st.sampled_from([0, 3 * 60, 7 * 60 + 59, 8 * 60, 12 * 60, 20 * 60 + 49, 20 * 60 + 50, 21 * 60, 23 * 60]),
    words=st.sampled_from(WORDS),
    at_night=st.sampled_from(["defer", "skip"]),
    to_existing=st.booleans(),
    sender_name=st.sampled_from(["단골마트", "단골마트", "단골마트", ""]),
    opt_out_number=st.sampled_from(["080-123-4567", "080-123-4567", "080-123-4567", "", "02-123-4567"]),
    opens=st.sampled_from([None, None, 9]),
    shop_until=st.sampled_from(["20:50", "20:50", "23:30", "00:00"]),
)


@pytest.fixture
def outbox_of(settings, tmp_path: Path) -> Path:
    settings.OUTBOX_DIR = tmp_path
    return tmp_path


@given(asked=set_somehow, persons=st.lists(people, min_size=6, max_size=10))
@settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_nothing_unlawful_leaves(asked: Setting, persons: list[Person], outbox_of: Path, settings) -> None:
    settings.ADS_FROM, settings.ADS_UNTIL = "00:00" if asked.shop_until == "00:00" else "08:00", asked.shop_until
    with time_machine.travel(MIDNIGHT + timedelta(minutes=asked.minute)), transaction.atomic():
        campaign = run(asked, persons)

        offences = [
            f"{asked}: {offence}"
            for message in Message.objects.filter(campaign=campaign, status="sent").select_related("account")
            for offence in offences_of(message, outbox_of)
        ]

        transaction.set_rollback(True)
    assert offences == []


@pytest.mark.parametrize(
    ("channel", "purpose"),
    [*((channel, "ad") for channel in CONSENT_OF if channel != "alimtalk"), ("alimtalk", "info")],
)
def test_what_is_lawful_does_leave(channel: str, purpose: str, outbox_of: Path) -> None:
    lawful = Setting(
        channel, None, purpose, 12 * 60, "새 소식", "defer", False, "단골마트", "080-123-4567", None, "20:50"
    )

    with time_machine.travel(MIDNIGHT + timedelta(hours=12)):
        campaign = run(
            lawful, [Person(use=True, receive=True, night=None), Person(use=True, receive=False, night=None)]
        )

    # Information reaches everybody, what is shown whoever did not refuse marketing, advertising those who agreed.
    sent = list(Message.objects.filter(campaign=campaign, status="sent").select_related("account"))
    assert len(sent) == (2 if purpose == "info" or channel == "in_app" else 1)
    assert [offences_of(message, outbox_of) for message in sent] == [[]] * len(sent)


def run(asked: Setting, persons: list[Person]) -> Campaign:
    """Make the campaign, forge its approval, plan it and hand it over: now, and what waits half a day later."""
    campaign = make_campaign(asked)
    for person in persons:
        make_person(person)
    forge_approval(campaign)
    plan.plan_campaign(campaign.pk)
    dispatch.dispatch_due(time.monotonic() + SECONDS)
    with time_machine.travel(timezone.now() + timedelta(hours=13)):
        dispatch.dispatch_due(time.monotonic() + SECONDS)
    return campaign


def make_campaign(asked: Setting) -> Campaign:
    account = make_account_for(asked.channel, asked)
    content = {"subject": asked.words.partition("\n")[0], "html": "", "text": asked.words}
    if asked.channel == "email":
        content["html"] = f"<p>{asked.words}</p>"
    elif asked.channel == "alimtalk":
        template = make_kakao_template(profile=account.kakao_profile, body="새 소식")
        content["details"] = {"template": template.pk, "values": {}}
    elif asked.channel == "brand_message":
        content["details"] = {"type": "TEXT", "targeting": "I"}
    campaign = make_draft(
        account=account,
        content=content,
        purpose=asked.purpose,
        information_basis="order",
        at_night=asked.at_night,
        is_to_existing_customers=asked.to_existing,
        existing_customer_category="식품",
    )
    if asked.fallback and asked.fallback != asked.channel:
        add_fallback(campaign, make_account_for(asked.fallback, asked))
    return campaign


def make_account_for(channel: str, asked: Setting) -> ChannelAccount:
    is_kakao = channel in ("alimtalk", "brand_message")
    return make_account(
        channel=channel,
        rate_per_second=10_000,
        sender_name=asked.sender_name,
        sender_address="shop@example.com" if channel == "email" else "02-1234-5678",
        opt_out_number=asked.opt_out_number,
        opens_at=f"{asked.opens:02}:00" if asked.opens else None,
        kakao_profile=make_kakao_profile() if is_kakao else None,
    )


def make_person(person: Person) -> None:
    customer = make_customer(phone=f"+8210{Customer.objects.count() + 10_000_000}")
    for platform in ("android", "web"):
        make_device(customer, platform=platform)
    long_ago = timezone.now() - timedelta(days=10)
    for channel in ("email", "sms", "kakao", "push", "web_push"):
        for purpose, said in (("ad_receive", person.receive), ("ad_night", person.night)):
            if said is not None:
                set_consent(customer, purpose, channel=channel, is_granted=said, at=long_ago)
    if person.use is not None:
        set_consent(customer, "marketing_use", is_granted=person.use, at=long_ago)


def forge_approval(campaign: Campaign) -> None:
    forger = User.objects.filter(username="forger").first() or make_user("forger")
    Campaign.objects.filter(pk=campaign.pk).update(status="active", started_at=timezone.now())
    campaign.refresh_from_db()
    Approval.objects.create(
        campaign=campaign, decision="approved", fingerprint=fingerprint(campaign), decided_by=forger
    )


def offences_of(message: Message, outbox: Path) -> list[str]:
    """Return what the law would say about a message that left."""
    campaign, channel = message.campaign, message.account.channel
    if campaign.purpose == "info":
        return []
    found = [] if campaign.purpose else ["left without a purpose"]
    said = {(state.purpose, state.channel): state.is_granted for state in states_of(message)}
    medium = CONSENT_OF[channel]
    if medium and not (said.get(("marketing_use", "")) and said.get(("ad_receive", medium))):
        found.append(f"{channel}: no consent")
    if not medium and said.get(("marketing_use", "")) is False:
        found.append("shown although marketing was refused")
    clock = timezone.localtime(message.sending_at)
    is_night = clock.hour >= 21 or clock.hour < 8
    if is_night and channel not in ("email", "in_app") and not said.get(("ad_night", medium)):
        found.append(f"{channel} at {clock:%H:%M} without a consent for the night")
    return [*found, *offences_of_content(channel, message, outbox)]


def states_of(message: Message) -> list[ConsentState]:
    return list(ConsentState.objects.filter(customer=message.customer_id))


def offences_of_content(channel: str, message: Message, outbox: Path) -> list[str]:
    folder = outbox / str(message.campaign_id)
    if channel == "email":
        return offences_of_mail((folder / f"{message.pk}.eml").read_bytes())
    told = json.loads((folder / f"{message.pk}.json").read_text())
    if channel == "alimtalk":
        return ["an advertisement as AlimTalk"]
    if channel == "brand_message":
        return [] if told["is_advertising"] else ["KakaoTalk was told it is no advertisement"]
    if channel == "in_app":
        return []
    first, last = (told["text"],) * 2 if channel == "sms" else (told["title"] or told["body"], told["body"])
    name = message.account.sender_name
    end = "무료거부0801234567" if channel == "sms" else "수신거부: 설정 > 알림"
    wanted = {
        "label": first.startswith(f"(광고)[{name}]") and first.count("(광고)") == 1,
        "name": bool(name),
        "opt-out": last.endswith(f"\n{end}"),
    }
    return [f"{channel} without {part}: {first!r}" for part, is_there in wanted.items() if not is_there]


def offences_of_mail(raw: bytes) -> list[str]:
    mail = message_from_bytes(raw, policy=policy.default)
    bodies = [part.get_content() for part in mail.walk() if part.get_content_maintype() == "text"]
    way_out = str(mail["List-Unsubscribe"] or "").strip("<>")
    wanted = {
        "label": mail["Subject"].startswith("(광고)") and mail["Subject"].count("(광고)") == 1,
        "one click": bool(way_out) and mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click",
        "opt-out": all(way_out in body and "수신거부" in body and "Unsubscribe" in body for body in bodies),
    }
    return [f"mail without {part}: {mail['Subject']!r}" for part, is_there in wanted.items() if not is_there]
