"""Parts of the frames in which messages are shown as their recipients see them."""

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

register = template.Library()


@register.simple_tag
def set_apart(text: str, head: str = "", tail: str = "") -> SafeString:
    """Return a text with the parts in grey that the law wants and nobody can edit."""
    head = head if head and text.startswith(head) else ""
    tail = tail if tail and text.endswith(tail) and len(text) >= len(head) + len(tail) else ""
    middle = text[len(head) : len(text) - len(tail)]
    return format_html("{}{}{}", _mandatory(head), middle, _mandatory(tail))


def _mandatory(part: str) -> SafeString | str:
    return format_html('<span class="mandatory">{}</span>', part) if part else ""
