"""Components that hold content: card, dialog, drawer, phone and mail frames, and the filter bar."""

from typing import Any

from django import template
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

register = template.Library()


def framed(name: str, content: str, more: dict[str, Any]) -> SafeString:
    return render_to_string(f"dangol/components/{name}.html", {"content": content} | more)


@register.simple_block_tag
def card(content: str, title: object = "", **more: Any) -> SafeString:
    """Draw a card. `more`: hint, url and link (top right), icon_name, flush (no padding, for tables), tone, id."""
    return framed("card", content, {"title": title} | more)


@register.simple_block_tag
def dialog(content: str, id: str, title: object, **more: Any) -> SafeString:
    """Draw a dialog that `<button data-opens="ID">` opens. `more`: hint."""
    return framed("dialog", content, {"id": id, "title": title} | more)


@register.simple_block_tag
def drawer(content: str, id: str, title: object, **more: Any) -> SafeString:
    """Draw a panel at the right edge that `<button data-opens="ID">` opens."""
    return framed("drawer", content, {"id": id, "title": title} | more)


@register.simple_block_tag
def menu_button(content: str, label: object = "", icon_name: str = "ellipsis", tone: str = "") -> SafeString:
    """Draw a button that opens a list of links and buttons: `<li>` elements inside."""
    return framed("menu_button", content, {"label": label, "icon_name": icon_name, "tone": tone})


@register.simple_block_tag
def filter_bar(content: str, action: str = "", clear_url: str = "") -> SafeString:
    """Draw a GET form whose fields read as a sentence; words and fields inside."""
    return framed("filter_bar", content, {"action": action, "clear_url": clear_url})


@register.simple_block_tag
def phone_frame(content: str, sender: object = "", kind: str = "sms", **more: Any) -> SafeString:
    """Draw a message on a phone. `kind`: sms, kakao or push. `more`: time, title (push), scheme (light or dark)."""
    return framed("phone_frame", content, {"sender": sender, "kind": kind} | more)


@register.simple_block_tag
def mail_frame(content: str, subject: object, sender: object, **more: Any) -> SafeString:
    """Draw a mail. Content is its body or an `<iframe>`. `more`: to, preheader, scheme (light or dark)."""
    return framed("mail_frame", content, {"subject": subject, "sender": sender} | more)
