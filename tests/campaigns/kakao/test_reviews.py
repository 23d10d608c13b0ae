"""States of templates: who may move them, and what happens to campaigns that send them (K-02)."""

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from campaigns.errors import NotAllowed, NotReady, WrongStatus
from campaigns.gateways.base import GatewayError
from campaigns.kakao import reviews
from campaigns.models import Campaign, KakaoTemplate
from tests.factories import make_alimtalk_draft, make_kakao_template, make_user

pytestmark = pytest.mark.django_db
State = KakaoTemplate.State


class Register:
    """A gateway's register of templates that gives out a number, or refuses."""

    def __init__(self, refusal: str = "") -> None:
        self.refusal = refusal

    def hand_in(self, template: KakaoTemplate) -> str:
        if self.refusal:
            raise GatewayError(self.refusal, permanent=False)
        return "KA01TP777"


@pytest.fixture
def writer() -> User:
    return make_user("writer", "campaigns.inspect_kakaotemplate", "campaigns.change_kakaotemplate")


def sending(template: KakaoTemplate) -> Campaign:
    campaign = make_alimtalk_draft(template)
    Campaign.objects.filter(pk=campaign.pk).update(status=Campaign.Status.ACTIVE)
    return campaign


def test_another_text_goes_back_to_written_and_pauses_what_sends_it() -> None:
    template = make_kakao_template()
    running, other = sending(template), sending(make_kakao_template())

    template.body = "#{이름}님, 상품이 도착했습니다.\n주문번호 #{주문번호}"
    paused = reviews.store(template)

    template.refresh_from_db()
    running.refresh_from_db()
    other.refresh_from_db()
    assert (template.state, template.is_changed_here, paused) == (State.WRITTEN, True, 1)
    assert (running.status, other.status) == (Campaign.Status.PAUSED, Campaign.Status.ACTIVE)
    assert template.name in running.status_reason


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("buttons", [{"code": "DS", "name": "배송 조회"}]),
        ("emphasis", "TEXT"),
        ("title", "출발"),
        ("items", [{"title": "상품", "description": "니트"}]),
        ("extra", "고객센터 02-000-0000"),
    ],
)
def test_whatever_kakao_inspects_is_other_text(name: str, value: object) -> None:
    template = make_kakao_template()

    setattr(template, name, value)
    reviews.store(template)

    assert template.state == State.WRITTEN


def test_another_name_is_not_another_text() -> None:
    template = make_kakao_template()
    running = sending(template)

    template.name, template.optional_variables = "배송 출발", ["이름"]
    paused = reviews.store(template)

    running.refresh_from_db()
    assert (template.state, paused, running.status) == (State.APPROVED, 0, Campaign.Status.ACTIVE)


@pytest.mark.parametrize("state", [each for each in State if each != State.APPROVED])
def test_every_state_but_approved_holds_campaigns(state: str) -> None:
    template = make_kakao_template()
    running = sending(template)

    reviews.move(template, to=state, vendor_state="XYZ")

    running.refresh_from_db()
    assert (running.status, template.is_approved) == (Campaign.Status.PAUSED, False)


def test_a_template_is_handed_in_and_gets_its_number(writer: User) -> None:
    template = make_kakao_template(code="", state=State.WRITTEN, is_changed_here=True)

    reviews.hand_in(template, Register(), by=writer)

    template.refresh_from_db()
    assert (template.state, template.code, template.is_changed_here) == (State.REQUESTED, "KA01TP777", False)


def test_a_gateway_that_refuses_changes_nothing(writer: User) -> None:
    template = make_kakao_template(code="", state=State.WRITTEN, is_changed_here=True)

    with pytest.raises(GatewayError):
        reviews.hand_in(template, Register("down"), by=writer)

    template.refresh_from_db()
    assert (template.state, template.code, template.is_changed_here) == (State.WRITTEN, "", True)


def test_an_unfinished_text_is_not_handed_in(writer: User) -> None:
    template = make_kakao_template(body="", state=State.WRITTEN)

    with pytest.raises(NotReady):
        reviews.hand_in(template, Register(), by=writer)

    template.refresh_from_db()
    assert template.state == State.WRITTEN


@pytest.mark.parametrize("state", [State.REQUESTED, State.APPROVED, State.STOPPED])
def test_only_what_is_written_or_rejected_is_handed_in(writer: User, state: str) -> None:
    with pytest.raises(WrongStatus):
        reviews.hand_in(make_kakao_template(state=state), Register(), by=writer)


def test_who_may_not_hand_in_cannot() -> None:
    with pytest.raises(NotAllowed):
        reviews.hand_in(make_kakao_template(state=State.WRITTEN), Register(), by=make_user("reader"))


def test_a_decision_is_noted_with_its_number_and_comment(writer: User) -> None:
    template = make_kakao_template(code="", state=State.REQUESTED)

    reviews.record_decision(template, State.APPROVED, code="T-1", comment="승인합니다", by=writer)

    template.refresh_from_db()
    assert (template.state, template.code, template.comments[-1]["text"]) == (State.APPROVED, "T-1", "승인합니다")


def test_a_decision_is_kept_without_the_letter_that_the_database_cannot_hold(client: Client) -> None:
    template = make_kakao_template(code="", state=State.REQUESTED)
    client.force_login(User.objects.create_superuser("inspector"))

    typed = {"state": State.APPROVED.value, "code": "T\0-1", "comment": "승인\0합니다"}
    client.post(reverse("admin:campaigns_kakaotemplate_decide", args=[template.pk]), typed)

    template.refresh_from_db()
    assert (template.state, template.code, template.comments[-1]["text"]) == (State.APPROVED, "T-1", "승인합니다")


def test_nothing_is_approved_without_a_number(writer: User) -> None:
    template = make_kakao_template(code="", state=State.REQUESTED)

    with pytest.raises(NotReady):
        reviews.record_decision(template, State.APPROVED, by=writer)

    template.refresh_from_db()
    assert template.state == State.REQUESTED


def test_the_campaigns_of_many_templates_are_counted_at_once(django_assert_num_queries: object) -> None:
    first, second = make_kakao_template(), make_kakao_template()
    make_alimtalk_draft(first)
    make_alimtalk_draft(first)

    with django_assert_num_queries(1):  # type: ignore[operator]
        used = reviews.usage([first, second])

    assert used == {first.pk: 2}
