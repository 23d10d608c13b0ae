"""What the bubbles of KakaoTalk need: variables that stand out, the host of a picture that is not fetched."""

from urllib.parse import urlsplit

from django import template
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString, mark_safe

from campaigns.kakao.variables import VARIABLE

register = template.Library()


@register.filter
def with_variables(text: str) -> SafeString:
    """Return the text escaped, each #{variable} in it set apart."""
    parts = VARIABLE.split(text)  # text, name, text, name, … text
    marked = [_variable(part) if place % 2 else conditional_escape(part) for place, part in enumerate(parts)]
    return mark_safe("".join(marked))  # each part is escaped


@register.filter
def host(url: str) -> str:
    """Return the host of an address."""
    return urlsplit(url).netloc


def _variable(name: str) -> SafeString:
    return format_html('<span class="kakao-variable">{}</span>', name)
