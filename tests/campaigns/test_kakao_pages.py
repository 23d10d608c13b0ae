"""The pages of AlimTalk templates and KakaoTalk channels."""

import pytest
from django.contrib.auth.models import User
from django.test import Client

from campaigns.models import Campaign, KakaoProfile, KakaoTemplate
from tests.factories import make_alimtalk_draft, make_kakao_profile, make_kakao_template, make_user

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_english")]

LIBRARY = "/admin/campaigns/kakaotemplate/"
PROFILES = "/admin/campaigns/kakaoprofile/"
State = KakaoTemplate.State
ACTIONS = ("view", "add", "change", "inspect")


@pytest.fixture
def writer() -> User:
    return make_user("writer", *(f"campaigns.{action}_kakaotemplate" for action in ACTIONS))


@pytest.fixture
def operator(client: Client, writer: User) -> Client:
    client.force_login(writer)
    return client


def typed(profile: KakaoProfile, **given: object) -> dict[str, object]:
    """A template as the form sends it."""
    fields = {
        "profile": profile.pk,
        "name": "배송 출발",
        "emphasis": "NONE",
        "kind": "BA",
        "body": "#{이름}님, 출발했습니다.",
    }
    rows = {
        "button_code": ["WL", ""],
        "button_name": ["주문 보기", ""],
        "button_mobile": ["https://shop.example/#{번호}", ""],
    }
    return fields | rows | given


def read(client: Client, path: str) -> str:
    return client.get(path).content.decode()


def test_the_library_draws_each_template_with_its_state_and_what_kakao_said(operator: Client) -> None:
    said = {"by": "kakao", "text": "광고 문구를 빼 주세요.", "at": "2026-11-20T00:00:00Z", "is_kakao": True}
    make_kakao_template(state="REJ", comments=[said], body="#{이름}님 <b>안녕</b>")
    make_alimtalk_draft(make_kakao_template(buttons=[{"code": "DS", "name": "배송 조회"}]))

    page = read(operator, LIBRARY)

    assert '<span class="kakao-variable">이름</span>님 &lt;b&gt;안녕&lt;/b&gt;' in page
    assert page.count("알림톡 도착") == 2
    assert [
        words
        for words in ("광고 문구를 빼 주세요.", "rejected", "approved", "배송 조회", "1 campaign")
        if words not in page
    ] == []


def test_tabs_count_and_narrow_the_library(operator: Client) -> None:
    for state in ("APR", "APR", "REJ", "STOP"):
        make_kakao_template(state=state)

    page = operator.get(LIBRARY, {"tab": "approved"})

    assert [item["count"] for item in page.context["tab_items"]] == [4, 2, 0, 1, 0, 1]
    assert len(page.context["cl"].result_list) == 2


def test_an_empty_library_says_where_to_begin(operator: Client) -> None:
    assert "No KakaoTalk channel yet" in read(operator, LIBRARY)
    make_kakao_profile()
    assert "Write the first template" in read(operator, LIBRARY)


def test_a_template_is_written_with_its_rows(operator: Client) -> None:
    profile = make_kakao_profile()
    rows = {"emphasis": "ITEM_LIST", "item_title": ["상품", "", "합계"], "item_description": ["니트", "", "1원"]}

    operator.post(f"{LIBRARY}add/", typed(profile, **rows, optional="번호, "))

    template = KakaoTemplate.objects.get()
    assert (template.state, template.is_changed_here, template.optional_variables) == (State.WRITTEN, True, ["번호"])
    assert template.buttons == [{"code": "WL", "name": "주문 보기", "mobile": "https://shop.example/#{번호}"}]
    assert template.items == [{"title": "상품", "description": "니트"}, {"title": "합계", "description": "1원"}]


def test_the_preview_follows_what_is_typed_and_stores_nothing(operator: Client) -> None:
    given = typed(make_kakao_profile(name="단골마트"), body="오늘만 #{이름}님께", name="")

    page = operator.post(f"{LIBRARY}preview/", given).content.decode()

    assert '오늘만 <span class="kakao-variable">이름</span>님께' in page
    assert "This reads like advertising: 오늘만" in page
    assert KakaoTemplate.objects.count() == 0


def test_the_preview_shows_what_the_gateway_has_besides_what_is_typed(operator: Client) -> None:
    template = make_kakao_template(emphasis="IMAGE", image_id="I1", quick_replies=[{"code": "BK", "name": "네"}])

    given = typed(template.profile, emphasis="IMAGE")
    page = operator.post(f"{LIBRARY}preview/?template={template.pk}", given)

    assert [reply["name"] for reply in page.context["bubble"].quick_replies] == ["네"]
    assert page.context["problems"] == []


@pytest.mark.parametrize("given", [{}, {"profile": "0"}, {"emphasis": "XX", "body": "가" * 2_000}])
def test_the_preview_of_nonsense_is_a_preview(operator: Client, given: dict[str, str]) -> None:
    assert operator.post(f"{LIBRARY}preview/", given).status_code == 200


def test_changing_an_approved_text_says_what_was_paused(operator: Client) -> None:
    template = make_kakao_template()
    make_alimtalk_draft(template)
    Campaign.objects.update(status=Campaign.Status.ACTIVE)

    answer = operator.post(f"{LIBRARY}{template.pk}/change/", typed(template.profile), follow=True)

    template.refresh_from_db()
    assert template.state == State.WRITTEN
    assert "1 running campaign was paused" in answer.content.decode()
    assert Campaign.objects.get().status == Campaign.Status.PAUSED


def test_an_approved_text_that_comes_back_as_browsers_send_it_stays_approved(operator: Client) -> None:
    template = make_kakao_template(body="#{이름}님,\n주문번호 #{주문번호}\n")
    make_alimtalk_draft(template)
    Campaign.objects.update(status=Campaign.Status.ACTIVE)
    rows = {"button_code": "", "button_name": "", "button_mobile": ""}
    given = typed(template.profile, body=template.body.replace("\n", "\r\n"), optional="주문번호", **rows)

    operator.post(f"{LIBRARY}{template.pk}/change/", given)

    template.refresh_from_db()
    assert (template.state, template.optional_variables) == (State.APPROVED, ["주문번호"])
    assert template.body == "#{이름}님,\n주문번호 #{주문번호}\n"
    assert Campaign.objects.get().status == Campaign.Status.ACTIVE


def test_a_template_is_handed_in_and_its_decision_noted(operator: Client) -> None:
    template = make_kakao_template(state=State.WRITTEN, code="")

    operator.post(f"{LIBRARY}{template.pk}/hand-in/")
    operator.post(f"{LIBRARY}{template.pk}/decide/", {"state": "APR", "code": "T-7"})

    template.refresh_from_db()
    assert (template.state, template.code) == (State.APPROVED, "T-7")


@pytest.mark.parametrize("state", ["REG", "REQ", "DORMANT", "", "XYZ"])
def test_nothing_but_a_decision_can_be_noted(operator: Client, state: str) -> None:
    template = make_kakao_template(state=State.REQUESTED)

    operator.post(f"{LIBRARY}{template.pk}/decide/", {"state": state, "code": "T-7"})

    template.refresh_from_db()
    assert template.state == State.REQUESTED


def test_what_the_gateway_had_or_a_campaign_names_is_not_deleted(client: Client, admin_user: User) -> None:
    client.force_login(admin_user)
    free, numbered = make_kakao_template(code=""), make_kakao_template()
    named = make_kakao_template(code="")
    make_alimtalk_draft(named)

    answers = [client.post(f"{LIBRARY}{each.pk}/delete/", {"post": "yes"}) for each in (free, numbered, named)]

    assert [answer.status_code for answer in answers] == [302, 403, 403]
    assert KakaoTemplate.objects.count() == 2


def test_who_only_looks_gets_the_bubble_and_no_form(client: Client) -> None:
    client.force_login(make_user("reader", "campaigns.view_kakaotemplate"))
    template = make_kakao_template(state=State.WRITTEN)

    page = read(client, f"{LIBRARY}{template.pk}/change/")

    assert "알림톡 도착" in page
    assert 'id="kakao-template-form"' not in page
    assert "Hand in for inspection" not in page


def test_the_page_of_a_channel_says_what_is_lacking(client: Client) -> None:
    client.force_login(make_user("reader", "campaigns.view_kakaoprofile"))
    profile = make_kakao_profile(is_business_channel=True, friends=49_999)

    page = read(client, f"{PROFILES}{profile.pk}/change/")

    assert "1 of 7 are there" in page
    assert "49,999 of 50,000 friends" in page
    assert "friends only" in read(client, PROFILES)
