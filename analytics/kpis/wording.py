"""Values of KPIs and their inputs as people read them."""

from decimal import Decimal

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from analytics.kpis.kpi import Input
from crm_project.templatetags.formats import number, number_text, percent, percent_text, won, won_short, won_text

# From here on a tile shows won in short.
LONG_WON = 10_000_000


def in_unit(value: Decimal | None, unit: str) -> SafeString | str:
    """Return a value as HTML: won, per cent or days."""
    if unit == "won":
        return won(value)
    return percent(value) if unit == "share" else days_text(value)


def in_short(value: Decimal | None, unit: str) -> SafeString | str:
    """Return a value as HTML that fits a tile."""
    is_long = unit == "won" and value is not None and abs(value) >= LONG_WON
    return won_short(value) if is_long else in_unit(value, unit)


def as_text(value: Decimal | int | None, unit: str) -> str:
    """Return a value as plain text, in any unit that KPIs and their inputs have."""
    if unit == "won":
        return won_text(value)
    if unit == "share":
        return percent_text(value)
    return days_text(value) if unit == "days" else number_text(value, 1 if unit == "times" else 0)


def days_text(value: Decimal | int | None) -> str:
    """Return so many days in words."""
    if value is None:
        return "–"
    return ngettext("%(count)s day", "%(count)s days", int(value)) % {"count": number_text(value)}


def input_text(given: Input) -> SafeString | str:
    """Return an input with its unit."""
    if given.unit == "won":
        return won(given.value)
    if given.unit == "days":
        return days_text(given.value)
    figure = number(given.value, 1 if given.unit == "times" else 0)
    return _("%(count)s customers") % {"count": figure} if given.unit == "people" else figure


def figure_text(value: int | None, unit: str) -> SafeString | str:
    """Return what a customer has to do with a number."""
    if unit == "won":
        return won(value)
    return days_text(value) if unit == "days" else number(value)
