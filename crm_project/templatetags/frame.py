"""The frame around every page: menu, and whether messages really go out."""

from typing import Any

from django import template
from django.conf import settings
from django.urls import NoReverseMatch, reverse

from crm_project.menu import build_menu

register = template.Library()


@register.inclusion_tag("dangol/menu.html", takes_context=True)
def main_menu(context: template.Context) -> dict[str, Any]:
    """Draw the menu of the reader."""
    return {"menu": build_menu(context["request"])}


@register.simple_tag
def messaging_is_live() -> bool:
    """Say whether messages leave the house: the first of the three keys."""
    return bool(settings.MESSAGING_LIVE)


@register.simple_tag
def url_if_any(name: str, *arguments: object) -> str:
    """Return the address of a URL name, empty while nothing carries that name."""
    try:
        return reverse(name, args=arguments)
    except NoReverseMatch:
        return ""
