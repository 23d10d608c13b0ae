"""Channels, templates and Kakao's decisions, fetched from SOLAPI's register over real sockets."""

from collections.abc import Iterator

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from campaigns.channels.base import CHANNELS, Envelope
from campaigns.gateways.base import Fate, GatewayError
from campaigns.gateways.solapi import SolapiGateway
from campaigns.kakao import fetching, reviews, sources
from campaigns.models import Campaign, ChannelAccount, KakaoProfile, KakaoTemplate
from campaigns.pipeline import content
from tests.factories import make_alimtalk_draft, make_customer, make_kakao_template, make_user
from tests.loopback.solapi_kakao import CHANNEL, SolapiWithKakao

pytestmark = pytest.mark.django_db
State = KakaoTemplate.State


@pytest.fixture
def solapi(monkeypatch: pytest.MonkeyPatch) -> Iterator[SolapiWithKakao]:
    """SOLAPI on this machine."""
    with SolapiWithKakao() as provider:
        for name, value in provider.environment().items():
            monkeypatch.setenv(name, value)
        yield provider  # type: ignore[misc]


@pytest.fixture
def account(solapi: SolapiWithKakao) -> ChannelAccount:
    """The shop's account there, for AlimTalk."""
    return solapi.kakao_account()


@pytest.fixture
def writer() -> User:
    return make_user("writer", "campaigns.inspect_kakaotemplate")


def fetched(number: str = "T1") -> KakaoTemplate:
    fetching.fetch_all()
    return KakaoTemplate.objects.get(code=number)


def test_every_page_of_the_register_is_read(solapi: SolapiWithKakao, account: ChannelAccount) -> None:
    for number in ("T1", "T2", "T3", "T4", "T5"):
        solapi.keep(number)

    found = fetching.fetch_all()

    assert (found.templates, found.moved, found.refusals) == (5, 5, [])
    assert KakaoProfile.objects.get().search_id == "@dangol"
    assert sorted(KakaoTemplate.objects.values_list("code", "state")) == [(f"T{n}", "APR") for n in range(1, 6)]


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("PENDING", State.WRITTEN),
        ("INSPECTING", State.REQUESTED),
        ("APPROVED", State.APPROVED),
        ("REJECTED", State.REJECTED),
        ("XYZ", State.UNKNOWN),
        ("", State.UNKNOWN),
    ],
)
def test_a_state_nobody_knows_is_not_approved(
    solapi: SolapiWithKakao, account: ChannelAccount, status: str, state: str
) -> None:
    solapi.keep("T1", status=status)

    template = fetched()

    assert (template.state, template.vendor_state) == (state, status)
    assert template.is_approved is (status == "APPROVED")


def test_everything_that_is_drawn_is_taken_over(solapi: SolapiWithKakao, account: ChannelAccount) -> None:
    solapi.keep(
        "T1",
        status="REJECTED",
        emphasizeType="ITEM_LIST",
        messageType="EX",
        extra="고객센터",
        header="주문 내역",
        highlight={"title": "니트", "description": "39,000원", "imageId": None},
        item={
            "list": [{"title": "상품", "description": "#{상품}"}],
            "summary": {"title": "합계", "description": "1원"},
        },
        buttons=[{"buttonType": "WL", "buttonName": "보기", "linkMo": "https://a.kr", "linkPc": None}],
        comments=[
            {"isAdmin": True, "memberId": "kakao", "content": "광고입니다.", "dateCreated": "2026-11-20T01:00:00Z"}
        ],
    )

    template = fetched()

    assert (template.kind, template.extra, template.header) == ("EX", "고객센터", "주문 내역")
    assert template.highlight == {"title": "니트", "description": "39,000원"}
    assert template.items == [{"title": "상품", "description": "#{상품}"}]
    assert template.buttons == [{"code": "WL", "name": "보기", "mobile": "https://a.kr"}]
    assert template.comments[0]["text"] == "광고입니다."


def test_a_template_that_lost_its_approval_pauses_what_sends_it(
    solapi: SolapiWithKakao, account: ChannelAccount
) -> None:
    solapi.keep("T1")
    campaign = make_alimtalk_draft(fetched())
    Campaign.objects.update(status=Campaign.Status.ACTIVE)

    solapi.keep("T1", status="STOPPED")
    found = fetching.fetch_all()

    campaign.refresh_from_db()
    assert (found.moved, found.paused, campaign.status) == (1, 1, Campaign.Status.PAUSED)


def test_an_account_sends_in_the_name_of_the_only_channel_it_has(
    solapi: SolapiWithKakao, account: ChannelAccount
) -> None:
    fetching.fetch_all()

    account.refresh_from_db()
    assert account.kakao_profile == KakaoProfile.objects.get(profile_id=CHANNEL)


def test_the_same_again_moves_nothing(solapi: SolapiWithKakao, account: ChannelAccount) -> None:
    solapi.keep("T1")
    before = fetched().state_since

    again = fetching.fetch_all()

    assert (again.templates, again.moved) == (1, 0)
    assert KakaoTemplate.objects.get().state_since == before


def test_what_was_edited_here_is_not_overwritten(solapi: SolapiWithKakao, account: ChannelAccount) -> None:
    solapi.keep("T1")
    template = fetched()
    template.body = "#{이름}님, 도착했습니다."
    reviews.store(template)

    fetching.fetch_all()

    template.refresh_from_db()
    assert (template.body, template.state) == ("#{이름}님, 도착했습니다.", State.WRITTEN)


def test_a_template_is_made_there_inspected_and_approved(
    solapi: SolapiWithKakao, account: ChannelAccount, writer: User
) -> None:
    profile = KakaoProfile.objects.create(profile_id=CHANNEL, name="단골마트")
    ChannelAccount.objects.update(kakao_profile=profile)
    template = make_kakao_template(
        profile=profile, code="", state=State.WRITTEN, buttons=[{"code": "DS", "name": "배송"}]
    )

    reviews.hand_in(template, sources.source_of(profile), by=writer)
    kept = solapi.templates[template.code]
    kept["status"] = "APPROVED"
    fetching.fetch_all()

    template.refresh_from_db()
    assert (kept["content"], kept["buttons"]) == (template.body, [{"buttonType": "DS", "buttonName": "배송"}])
    assert (template.state, KakaoTemplate.objects.count()) == (State.APPROVED, 1)


def test_a_refusal_names_the_account_and_changes_nothing(
    solapi: SolapiWithKakao, account: ChannelAccount, writer: User
) -> None:
    solapi.keep("T1")
    template = fetched()
    ChannelAccount.objects.update(kakao_profile=template.profile)
    reviews.move(template, to=State.REJECTED)
    solapi.refuses_templates = True

    found = fetching.fetch_all()
    with pytest.raises(GatewayError):
        reviews.hand_in(template, sources.source_of(template.profile), by=writer)

    template.refresh_from_db()
    assert found.refusals[0].startswith("solapi: ")
    assert KakaoProfile.objects.get().fetch_problem != ""
    assert template.state == State.REJECTED


def test_an_answer_that_lacks_a_number_is_said_of_its_account(solapi: SolapiWithKakao, account: ChannelAccount) -> None:
    solapi.keep("T1")
    del solapi.templates["T1"]["templateId"]

    found = fetching.fetch_all()

    assert "templateId" in found.refusals[0]
    assert not KakaoTemplate.objects.exists()


def test_an_alimtalk_goes_out_as_template_and_values_only(solapi: SolapiWithKakao, account: ChannelAccount) -> None:
    solapi.keep("T1", buttons=[{"buttonType": "DS", "buttonName": "배송 조회"}])
    campaign = make_alimtalk_draft(fetched(), values={"이름": "{{ name }}"})
    variant = campaign.steps.get().variants.select_related("step__account__kakao_profile").get()
    rendered = content.render(variant, make_customer(name="김단골"), message_id=7)

    envelope = Envelope(7, campaign.pk, solapi.account(), "+821012345678", timezone.now())
    message = CHANNELS["alimtalk"].compose(rendered, envelope)
    outcomes = list(SolapiGateway(solapi.account()).send_batch([message]))

    order = next(call for call in solapi.calls if solapi.is_sending(call)).json()["messages"][0]
    assert [outcome.fate for outcome in outcomes] == [Fate.SENT]
    assert order["kakaoOptions"] == {
        "pfId": CHANNEL,
        "templateId": "T1",
        "variables": {"#{이름}": "김단골"},
        "disableSms": True,
    }
    assert "text" not in order
