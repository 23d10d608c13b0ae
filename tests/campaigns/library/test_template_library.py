"""The library: messages to start from, drawn as their readers see them, and pieces that stand in many."""

import pytest
from django.test import Client

from campaigns.channels.base import CHANNELS
from campaigns.editor import example_messages
from campaigns.editor.channel_forms.base import form_for
from campaigns.editor.typed_content import Place, TypedContent
from campaigns.library import template_library
from campaigns.library.starter_templates import STARTERS, StarterTemplate
from campaigns.models import Campaign, ContentBlock, MessageTemplate, Variant
from tests.factories import make_account, make_draft, make_user

GALLERY = "/admin/campaigns/messagetemplate/"
ADD = "/admin/campaigns/campaign/add/"

pytestmark = pytest.mark.django_db


@pytest.fixture
def writer(client: Client) -> Client:
    of_campaign = ("view_campaign", "add_campaign", "change_campaign")
    of_library = ("view_messagetemplate", "add_messagetemplate", "change_messagetemplate")
    of_blocks = ("view_contentblock", "add_contentblock", "change_contentblock")
    permissions = (*of_campaign, *of_library, *of_blocks)
    client.force_login(make_user("writer", *(f"campaigns.{each}" for each in permissions)))
    return client


@pytest.mark.parametrize("starter", STARTERS, ids=lambda starter: starter.key)
def test_what_comes_with_the_product_can_be_sent_as_it_is(starter: StarterTemplate) -> None:
    frame = example_messages.example_of(starter, None)

    assert frame is not None
    assert "광고" in f"{frame.rendered.as_text()}{frame.draw()}" or starter.channel == "in_app"
    assert "홍길동" in frame.rendered.as_text() or starter.key == "email_coupon"


def test_every_channel_has_a_form_that_asks_for_what_it_says_first() -> None:
    for channel in CHANNELS:
        form = form_for(channel)(account=make_account(channel=channel.key))

        assert {channel.fields[0], "template"} & form.fields.keys(), channel.key


def test_a_picture_is_framed_under_a_policy_of_its_own(writer: Client) -> None:
    mail = writer.get(f"{GALLERY}email_news/picture/")
    text = writer.get(f"{GALLERY}sms_short/picture/")

    for answer in (mail, text):
        assert "홍길동님" in answer.content.decode()
        assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")
        assert answer.headers["X-Frame-Options"] == "SAMEORIGIN"
    assert writer.get(f"{GALLERY}nothing/picture/").status_code == 404


def test_a_campaign_begins_with_a_copy_over_an_account_of_the_channel(writer: Client) -> None:
    make_account()
    text = make_account(channel="sms", sender_address="1588-0000", opt_out_number="080-123-4567")

    answer = writer.get(f"{ADD}?template=sms_short")

    [cell] = answer.context["cells"]
    assert cell.way.account == text
    assert cell.form["text"].value() == "{{ name | honorific }}, 오늘만 10% 쿠폰!"
    assert not Campaign.objects.exists()


def typed(account_id: int, **texts: str) -> dict[str, object]:
    words = {f"c0_A_all-{name}": value for name, value in texts.items()}
    return {"name": "봄", "way": account_id, "arm": "A", "weight": "1", "shown": "c0_A_all"} | words


def test_the_words_of_a_template_replace_those_one_sees_and_nothing_is_stored(writer: Client) -> None:
    posted = typed(make_account().pk, subject="내 제목", html="<p>내 글</p>")

    answer = writer.post(ADD, posted | {"_act": "template:email_back"}, headers={"X-Requested-With": "fetch"})

    [cell] = answer.context["cells"]
    assert cell.form["subject"].value() == "{{ name | honorific }}, 오랜만입니다"
    assert not Campaign.objects.exists()


def test_a_template_of_another_channel_changes_nothing() -> None:
    content = TypedContent(ways=(str(make_account().pk),), texts={Place(0): {"subject": ["내 제목"]}})

    assert template_library.applied(content, Place(0), key="sms_short") == content
    assert template_library.applied(content, Place(0), key="nothing") == content


@pytest.mark.parametrize(
    ("name", "kept"), [("봄 인사", 1), ("  ", 0), ("이미 있음", 0), ("봄\0 인사", 1), ("이미\0 있음", 0)]
)
def test_what_was_written_is_kept_under_a_free_name(writer: Client, name: str, kept: int) -> None:
    MessageTemplate.objects.create(name="이미 있음")
    posted = typed(make_account().pk, subject="내 제목", html="<p>내 글</p>") | {"template_name": name}

    answer = writer.post(ADD, posted | {"_act": "save_template"})

    assert MessageTemplate.objects.exclude(name="이미 있음").filter(subject="내 제목").count() == kept
    assert answer.context["cells"][0].form["subject"].value() == "내 제목"


def test_without_an_account_nothing_can_be_kept(writer: Client) -> None:
    posted = {"arm": "A", "weight": "1", "template_name": "봄 인사", "_act": "save_template"}

    answer = writer.post(ADD, posted)

    assert answer.status_code == 200
    assert not MessageTemplate.objects.exists()


def test_an_act_without_script_brings_the_page_back_with_all_that_was_typed(writer: Client) -> None:
    posted = typed(make_account().pk, subject="내 제목", html="<p>내 글</p>") | {"purpose": "ad", "cost_limit": "x"}

    answer = writer.post(ADD, posted | {"_act": "add_arm"})

    page = answer.content.decode()
    assert page.count('value="내 제목"') == 2
    assert 'value="봄"' in page
    assert answer.context["form"]["cost_limit"].value() == "x"
    assert not Campaign.objects.exists()


def test_a_template_that_could_be_read_in_no_campaign_is_refused_beside_its_field(writer: Client) -> None:
    posted = {"name": "나쁨", "channel": "email", "c0_A_all-subject": "{{ nobody }}", "c0_A_all-html": "<p>x</p>"}

    answer = writer.post(f"{GALLERY}add/", posted)

    assert list(answer.context["form"].content.errors) == ["subject"]
    assert not MessageTemplate.objects.exists()
    writer.post(f"{GALLERY}add/", posted | {"c0_A_all-subject": "{{ name | honorific }}"})
    assert MessageTemplate.objects.get().html == "<p>x</p>"


def test_an_edit_of_a_template_changes_no_campaign(writer: Client) -> None:
    template = MessageTemplate.objects.create(name="봄", subject="처음", html="<p>처음</p>")
    campaign = make_draft(content={"subject": template.subject, "html": template.html})

    posted = {"name": "봄", "c0_A_all-subject": "나중", "c0_A_all-html": "<p>나중</p>"}
    writer.post(f"{GALLERY}{template.pk}/change/", posted)

    template.refresh_from_db()
    assert template.subject == "나중"
    assert Variant.objects.get(step__campaign=campaign).subject == "처음"


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"html": "{{ nobody }}"}, "html"),
        ({"html": "{% block other %}"}, "html"),
        ({"text": "{% if %}"}, "text"),
        ({"key": "Store Hours"}, "key"),
    ],
)
def test_a_block_that_could_be_read_nowhere_is_refused(writer: Client, changed: dict, field: str) -> None:
    words = {"name": "영업시간", "key": "store_hours", "html": "<p>매일</p>", "text": ""}

    answer = writer.post("/admin/campaigns/contentblock/add/", words | changed)

    assert list(answer.context["adminform"].form.errors) == [field]
    assert not ContentBlock.objects.exists()
