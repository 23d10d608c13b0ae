"""Content: what an operator may write, what arrives, and what can never be in it."""

import pytest
from pytest_django import Settings

from campaigns.errors import ContentRefused
from campaigns.models import Campaign, Variant
from campaigns.pipeline import content
from tests.factories import make_customer, make_draft

pytestmark = pytest.mark.django_db


def variant_of(campaign: Campaign) -> Variant:
    return campaign.steps.get().variants.get()


def written(**words: str) -> Variant:
    """A variant of a complete draft with these words."""
    purpose = words.pop("purpose", "ad")
    return variant_of(make_draft(content=words, purpose=purpose, information_basis="order"))


def said(variant: Variant) -> list[str]:
    return [str(problem) for problem in content.check(variant)]


@pytest.mark.parametrize(
    ("words", "where"),
    [
        ({"html": "<p>안녕</p>\n<p>{{ nmae }}</p>"}, "2"),
        ({"subject": "{{ name | shout }}"}, "1"),
        ({"html": "{% include 'secrets' %}"}, "1"),
        ({"html": "{% render 'x' %}"}, "1"),
        ({"html": "{{ name"}, "1"),
        ({"html": "{% if name %}x"}, ""),
        ({"html": '<p class="a" {% if name %}id="b"{% endif %}>x</p>'}, "1"),
        ({"html": '<a href="https://shop.example/{{ name }}">x</a>'}, ""),
        ({"html": '<a href="{{ name }}">x</a>'}, ""),
        ({"html": '<a href="/sale">x</a>'}, ""),
        ({"html": '<a href="https://shop.example/&#10;x">x</a>'}, ""),
        ({"html": '<a href="https://shop.example@evil.example/">x</a>'}, ""),
        ({"html": '<a href="https://shop.example\\@evil.example/">x</a>'}, ""),
        ({"html": '<a href="https:///sale">x</a>'}, ""),
        ({"html": "  "}, ""),
        ({"subject": " "}, ""),
        ({"subject": "[광고] 안녕"}, ""),
        ({"subject": "봄맞이 (광고) 안녕"}, ""),
        ({"subject": "( 광고 ) 안녕"}, ""),
        ({"subject": "（광고）안녕"}, ""),
        ({"subject": "(광.고) 안녕"}, ""),
        ({"subject": "(AD) hello"}, ""),
        ({"subject": "Re: 주문하신 상품"}, ""),
        ({"subject": "(광고) 안내", "purpose": "info"}, ""),
    ],
)
def test_what_cannot_be_sent_is_refused_with_its_place(words: dict[str, str], where: str) -> None:
    variant = written(**words)

    problems = [problem for problem in content.check(variant) if not problem.is_warning]

    assert problems
    assert where in str(problems[0].line or "")


def test_an_unknown_field_is_refused_with_line_column_and_the_fields_there_are() -> None:
    [problem] = content.check(written(html="<p>안녕</p>\n<p>{{ nmae }}</p>"))

    assert (problem.field, problem.line, problem.column) == ("html", 2, 7)
    assert "nmae" in problem.message
    assert "name, customer_number" in problem.message


def test_complete_content_has_no_problem() -> None:
    assert (
        said(written(html='{% if order_count > 3 %}<p class="x">{{ name | default: "고객" }}님</p>{% endif %}')) == []
    )


@pytest.mark.parametrize("text", ["쿠폰을 드려요", "다음 구매 10% 할인", "오늘만 무료배송"])
def test_promotion_in_information_is_warned_about(text: str) -> None:
    problems = content.check(written(html=f"<p>{text}</p>", purpose="info"))

    assert [problem.is_warning for problem in problems] == [True]
    assert said(written(html="<p>주문이 접수되었습니다</p>", purpose="info")) == []


def test_values_are_escaped_for_where_they_land_and_never_rendered_again() -> None:
    hostile = make_customer(name='<b>{{ shop_name }}</b>\r\nBcc: all@example.com "')
    variant = written(subject="{{ name }}", html='<p title="{{ name }}">{{ name }}</p>', text="{{ name }}")

    mail = content.render(variant, hostile)

    assert "<b>" not in mail.html
    assert "&lt;b&gt;{{ shop_name }}&lt;/b&gt;" in mail.html
    assert "{{ shop_name }}" in mail.text
    assert mail.subject == '(광고) <b>{{ shop_name }}</b> Bcc: all@example.com "'


def test_no_object_can_be_reached_from_content(settings: Settings) -> None:
    tries = ["name.__class__", "attributes.__class__.__mro__", "attributes['__init__']", "today.__reduce__"]
    customer = make_customer(attributes={"colour": "파랑"})

    for attempt in tries:
        variant = written(html=f"<p>{{{{ {attempt} | default: 'nothing' }}}}</p>")
        assert "<p>nothing</p>" in content.render(variant, customer).html


def test_a_loop_without_end_is_cut() -> None:
    with pytest.raises(ContentRefused):
        content.render(written(html="{% for i in (1..100000000) %}x{% endfor %}"), make_customer())


def test_a_missing_value_falls_back_or_refuses() -> None:
    nameless = make_customer(name="")

    assert content.render(written(subject='{{ name | default: "고객" }}님'), nameless).subject == "(광고) 고객님"
    with pytest.raises(ContentRefused) as refusal:
        content.render(written(subject="{{ name }}님"), nameless)
    assert refusal.value.reason == "VAR_MISSING"


@pytest.mark.parametrize(
    ("subject", "arrives"),
    [
        ("안녕", "(광고) 안녕"),
        ("(광고) 안녕", "(광고) 안녕"),
        ("(광고)안녕", "(광고) 안녕"),
        ("\u200b (광고) (광고) 안녕", "(광고) 안녕"),
    ],
)
def test_the_label_is_first_and_never_doubled(subject: str, arrives: str) -> None:
    assert content.render(written(subject=subject), make_customer()).subject == arrives


def test_html_is_cleaned_and_styled_for_mail_clients() -> None:
    variant = written(
        html="<style>.red { color: red } @media (max-width: 600px) { .red { color: blue } }</style>"
        '<p class="red" onclick="steal()">안녕<script>steal()</script></p><form action="https://x.example"><input></form>'
        '<img src="https://shop.example/a.png" alt="새 상품" width="300"><a href="javascript:steal()">x</a>'
    )

    html = content.render(variant, make_customer()).html

    assert 'style="color: red;"' in html
    assert "@media" in html
    assert 'width="300"' in html
    assert not [word for word in ("steal", "<form", "<input", "onclick", "javascript:") if word in html]


def test_liquid_between_table_rows_survives_the_cleaning() -> None:
    rows = "{% for n in (1..2) %}<tr><td>{{ n }}</td></tr>{% endfor %}"

    html = content.render(written(html=f"<table>{rows}</table>"), make_customer()).html

    assert html.count("<tr>") == 2
    assert html.index("<table>") < html.index("<tr>") < html.index("</table>")


def test_the_text_part_is_made_from_the_html() -> None:
    mail = content.render(
        written(
            html='<h1>소식</h1><p>첫 줄<br>둘째 줄</p><ul><li>하나</li></ul><a href="https://shop.example/a">가게</a>'
        ),
        make_customer(),
    )

    assert mail.text.startswith("소식\n\n첫 줄\n둘째 줄\n\n- 하나")
    assert "가게 (https://shop.example/a?utm_source=dangol" in mail.text


def test_links_lead_through_us_and_keep_their_numbers() -> None:
    campaign = make_draft(
        content={
            "html": '<a href="https://shop.example/?a=1&amp;b=2">하나</a> <a href="https://shop.example/둘">둘</a>'
            ' <a href="https://shop.example/?a=1&amp;b=2">다시</a> <a href="mailto:shop@example.com">메일</a>'
            ' <a href="https://shop.example/x?utm_source=own">표시된</a>'
        }
    )
    variant = variant_of(campaign)

    assert content.store_links(variant) == 3
    assert content.store_links(variant) == 3

    urls = list(variant.links.values_list("url", flat=True))
    tags = f"utm_source=dangol&utm_medium=email&utm_campaign=campaign-{campaign.pk}"
    assert urls[0] == f"https://shop.example/?a=1&b=2&{tags}"
    assert urls[2] == f"https://shop.example/x?utm_source=own&utm_medium=email&utm_campaign=campaign-{campaign.pk}"
    mail = content.render(variant, make_customer(), message_id=7)
    assert mail.html.count("/c/") == 4 + 1  # the one that nobody sees
    assert mail.text.count("/c/") == 4
    assert "https://shop.example" not in mail.html
    assert 'href="mailto:shop@example.com"' in mail.html


def test_a_preview_leads_to_the_targets_and_counts_nothing() -> None:
    mail = content.render(written(html='<a href="https://shop.example/">가게</a>'), make_customer())

    assert 'href="https://shop.example/?utm_source=dangol&amp;' in mail.html
    assert "/o/" not in mail.html
    assert "/u/" not in mail.html


def test_the_footer_cannot_be_hidden_by_the_content() -> None:
    html = "<style>div { display: none } [data-mandatory] { display: none }</style><!-- <div>{{ name }}"

    mail = content.render(written(html=html), make_customer(), message_id=7)

    footer = mail.html[mail.html.index('data-mandatory="footer"') :]
    assert mail.footer_html in mail.html
    assert "display:block !important" in footer
    assert mail.html.rindex("-->") < mail.html.index('data-mandatory="footer"')


def test_information_carries_the_sender_but_neither_label_nor_opt_out() -> None:
    mail = content.render(written(subject="주문 확인", purpose="info"), make_customer(), message_id=7)

    assert mail.subject == "주문 확인"
    assert "단골마트" in mail.html
    assert "서울특별시 중구" in mail.text
    assert "수신거부" not in mail.html
    assert mail.headers == {}


def test_the_preheader_is_hidden_before_the_content() -> None:
    mail = content.render(written(preheader="<{{ name }}님만>", html="<p>본문</p>"), make_customer(name="홍"))

    assert mail.html.index("&lt;홍님만&gt;") < mail.html.index("본문")


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ("{{ paid_total | won }}", "0원"),
        ("{{ order_count | plus: 1 }}", "1"),
        ("{{ joined_on | date: '%m월 %d일' }}", "03월 02일"),
        ("{{ attributes.colour | default: '무지개' }}", "무지개"),
        ("{{ shop_name }}", "단골마트"),
        ("{% if last_order_on %}있음{% else %}없음{% endif %}", "없음"),
    ],
)
def test_fields_and_filters(source: str, value: str) -> None:
    customer = make_customer(joined_at="2025-03-01T15:30:00Z")
    customer.refresh_from_db()

    assert content.render(written(text=source), customer).text.startswith(f"{value}\n")
