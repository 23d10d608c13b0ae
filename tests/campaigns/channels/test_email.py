"""A mail is put together the quick way; here it is put together the slow way too, and is the same to the byte."""

import base64
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.utils import format_datetime, formataddr

import pytest
from liquid import BoundTemplate
from markupsafe import Markup

from campaigns import links
from campaigns.channels import email_wire
from campaigns.channels.email import CompiledEmail, RenderedEmail
from campaigns.errors import ContentRefused
from campaigns.models import Variant
from campaigns.pipeline import content, language
from campaigns.pipeline.splicing import SplicedTemplate
from tests.factories import make_customer, make_draft

pytestmark = pytest.mark.django_db

AT = datetime(2026, 11, 22, 3, tzinfo=UTC)
HTML = (
    "<p>{{ name }}님, {{ order_count }}번의 주문</p>"
    + "<p>새 상품 &amp; 할인</p>" * 20
    + ('<a href="https://shop.example/a?b=1&c=2">상품</a><a href="https://shop.example/">모두</a>')
)


@pytest.mark.parametrize("is_html", [True, False])
@pytest.mark.parametrize(
    "source",
    ["", "plain", "{{ name }}", "a{{ name }}b{{ name }}{{ number }}c", "{{ name | upcase }} {{ name }}", "{{ gone }}",
     "{% if name %}{{ name }}{% endif %}", "{{ other | default: '&' }}", "100% %s {{ name }}"],
)  # fmt: skip
@pytest.mark.parametrize("name", ["김단골", "<b>&'\"", Markup("<i>"), 7, True, None, 2.5])
def test_a_template_is_filled_in_as_liquid_would(source: str, is_html: bool, name: object) -> None:
    fields: dict[str, object] = {"name": name, "number": 3}
    template = language.parse(source, is_html=is_html)

    quick = _text_or_refusal(template, fields)

    assert quick == _text_or_refusal(_slow(template), fields)


@pytest.mark.parametrize("name", ["김단골", "A & B <c@d>", "가" * 60])
def test_a_mail_is_the_same_as_one_put_together_slowly(name: str) -> None:
    variant = _variant()
    customer = make_customer(name=name, email="gil@shop.example")
    rendered = content.render(variant, customer, message_id=41)
    assert isinstance(rendered, RenderedEmail)

    wire = email_wire.compose(rendered, account=variant.account, recipient="gil@shop.example", message_id=41, at=AT)

    assert bytes(wire) == _put_together_slowly(rendered, variant)
    mail = message_from_bytes(bytes(wire), policy=policy.default)
    assert mail["Subject"] == rendered.subject
    assert mail.get_body(("html",)).get_content().rstrip("\r\n") == rendered.html
    assert mail.get_body(("plain",)).get_content().rstrip("\r\n") == rendered.text.rstrip("\n")


def test_the_same_mail_comes_out_whether_templates_are_spliced_or_not(monkeypatch: pytest.MonkeyPatch) -> None:
    variant, customer = _variant(), make_customer(name="A & B", email="gil@shop.example")
    quick = content.render(variant, customer, message_id=41)

    monkeypatch.setattr(SplicedTemplate, "render", lambda template, fields: BoundTemplate.render(template, fields))

    assert content.render(variant, customer, message_id=41) == quick


def _variant() -> Variant:
    variant = make_draft().steps.get().variants.get()
    variant.subject, variant.preheader, variant.html = "{{ name }}님께", "소식 {{ order_count }}", HTML
    compiled = content.compile_variant(variant)
    assert isinstance(compiled, CompiledEmail)
    assert len(compiled.links) == 2
    return variant


def _slow(template: SplicedTemplate) -> BoundTemplate:
    """Return the template without its shorter way."""
    template.pieces = None
    return template


def _text_or_refusal(template: BoundTemplate, fields: dict[str, object]) -> str:
    try:
        return language.fill(template, fields)
    except ContentRefused as refusal:
        return f"refused: {refusal.reason}"


def _put_together_slowly(rendered: RenderedEmail, variant: Variant) -> bytes:
    account = variant.account
    headers = {
        "From": formataddr((account.sender_name, account.sender_address)),
        "Date": format_datetime(AT),
        "To": "gil@shop.example",
        "Subject": email_wire.header(rendered.subject),
        "Message-ID": f"<dangol-41@{account.sender_address.partition('@')[2]}>",
        "X-Dangol-Message": "41",
        **rendered.headers,
    }
    parts = [f"{name}: {value}" for name, value in headers.items()]
    parts += ["MIME-Version: 1.0", 'Content-Type: multipart/alternative; boundary="=_dangol_part"', ""]
    for kind, text in (("plain", rendered.text), ("html", rendered.html)):
        lines = base64.encodebytes(text.encode()).decode().splitlines()
        parts += ["--=_dangol_part", f'Content-Type: text/{kind}; charset="utf-8"']
        parts += ["Content-Transfer-Encoding: base64", "", *lines]
    return "\r\n".join([*parts, "--=_dangol_part--", ""]).encode()


@pytest.mark.parametrize(("is_on", "traps"), [(True, 1), (False, 0)])
def test_a_mail_has_one_link_that_nobody_sees_where_the_shop_wants_it(
    is_on: bool, traps: int, settings: object
) -> None:
    settings.TRAP_LINKS = is_on
    rendered = content.render(_variant(), make_customer(), message_id=7)

    link = f'<a href="{links.trap_url(7)}" style="display:none'
    assert (rendered.html.count(link), rendered.html.count("></a>")) == (traps, traps)
    assert links.trap_url(7) not in rendered.text
    assert links.trap_url(7) not in [url for _number, url in rendered.links]
