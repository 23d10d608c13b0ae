"""How numbers, money and times are written: one place, both languages.

The functions ending in `_text` return plain text (chart titles, `<title>`, CSV); the filters add the markup that
sets units small and grey.
"""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal

from django import template
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

register = template.Library()

Number = int | float | Decimal
NOTHING = "–"
MINUTE, HOUR, DAY = 60, 3_600, 86_400


def in_korean() -> bool:
    """Say whether the page is being written in Korean."""
    return (get_language() or "ko").startswith("ko")


def rounded(value: Number, digits: int = 0) -> Decimal:
    """Return `value` with that many decimals, halves away from zero, as people round money."""
    return Decimal(str(value)).quantize(Decimal(1).scaleb(-digits), rounding=ROUND_HALF_UP)


def number_text(value: Number | None, digits: int = 0) -> str:
    """Write a count: 1234567 → 1,234,567."""
    return NOTHING if value is None else f"{rounded(value, digits):,}"


def percent_text(share: Number | None, digits: int = 1) -> str:
    """Write a share of one as a percentage: 0.095 → 9.5 %."""
    return NOTHING if share is None else f"{rounded(Decimal(str(share)) * 100, digits):,} %"


def percent_whole_text(share: Number | None) -> str:
    """Write a share of one as a whole percentage, for axes: 0.4 → 40 %."""
    return percent_text(share, 0)


def won_text(amount: Number | None) -> str:
    """Write an amount in won: 1,234,000원, in English ₩1,234,000."""
    if amount is None:
        return NOTHING
    figure = number_text(abs(Decimal(str(amount))))
    sign = "-" if amount < 0 else ""
    return f"{sign}{figure}원" if in_korean() else f"{sign}₩{figure}"


KOREAN_STEPS = ((10**12, "조"), (10**8, "억"), (10**4, "만"))
ENGLISH_STEPS = ((10**9, "B"), (10**6, "M"), (10**3, "K"))


def short_figure(amount: Number) -> tuple[str, str]:
    """Return figure and unit of an amount in won, to two or three digits: ("123", "만"), ("1.2", "억")."""
    steps = KOREAN_STEPS if in_korean() else ENGLISH_STEPS
    size = abs(Decimal(str(amount)))
    for unit, name in steps:
        if size >= unit:
            in_units = size / unit
            figure = rounded(in_units, 1 if in_units < 100 else 0)
            return f"{figure:,}".removesuffix(".0"), name
    return number_text(size), ""


def won_short_text(amount: Number | None) -> str:
    """Write an amount in won for tiles and axes: 123만원, 1.2억원; in English ₩1.2M."""
    if amount is None:
        return NOTHING
    figure, unit = short_figure(amount)
    sign = "-" if amount < 0 else ""
    return f"{sign}{figure}{unit}원" if in_korean() else f"{sign}₩{figure}{unit}"


def number_short_text(value: Number | None) -> str:
    """Write a count for axes: 12만, in English 120K."""
    if value is None:
        return NOTHING
    figure, unit = short_figure(value)
    return f"{'-' if value < 0 else ''}{figure}{unit}"


# The names under which charts and tiles ask for a way of writing.
WAYS: dict[str, Callable[[Number | None], str]] = {
    "number": number_text,
    "number_short": number_short_text,
    "percent": percent_text,
    "percent_whole": percent_whole_text,
    "won": won_text,
    "won_short": won_short_text,
}


@register.filter
def number(value: Number | None, digits: int = 0) -> str:
    """Write a count with separators."""
    return number_text(value, digits)


@register.filter
def percent(share: Number | None, digits: int = 1) -> SafeString | str:
    """Write a share of one as a percentage with a small grey unit."""
    if share is None:
        return NOTHING
    return format_html('{}<span class="unit"> %</span>', number_text(Decimal(str(share)) * 100, digits))


def with_won(figure: str, unit: str, *, negative: bool) -> SafeString:
    sign = "-" if negative else ""
    if in_korean():
        return format_html('{}{}<span class="unit">{}원</span>', sign, figure, unit)
    return format_html('{}<span class="unit">₩</span>{}{}', sign, figure, unit)


@register.filter
def won(amount: Number | None) -> SafeString | str:
    """Write an amount in won with a small grey unit."""
    return NOTHING if amount is None else with_won(number_text(abs(Decimal(str(amount)))), "", negative=amount < 0)


@register.filter
def won_short(amount: Number | None) -> SafeString | str:
    """Write an amount in won, shortened, with a small grey unit."""
    return NOTHING if amount is None else with_won(*short_figure(amount), negative=amount < 0)


def local(value: date | datetime) -> date | datetime:
    return timezone.localtime(value) if isinstance(value, datetime) and timezone.is_aware(value) else value


def day_text(value: date | datetime | None) -> str:
    """Write a day as Korea sees it: 2026-11-21 (토)."""
    if value is None:
        return NOTHING
    shown = local(value)
    # Django's Korean "short" names are the long ones (일요일).
    weekday = "월화수목금토일"[shown.weekday()] if in_korean() else date_format(shown, "D")
    return f"{shown:%Y-%m-%d} ({weekday})"


def moment_text(value: datetime | None) -> str:
    """Write a moment as Korea sees it: 2026-11-21 (토) 09:00."""
    return NOTHING if value is None else f"{day_text(value)} {local(value):%H:%M}"


def past_text(seconds: int) -> str:
    if seconds < HOUR:
        return ngettext("%(n)d minute ago", "%(n)d minutes ago", seconds // MINUTE) % {"n": seconds // MINUTE}
    if seconds < DAY:
        return ngettext("%(n)d hour ago", "%(n)d hours ago", seconds // HOUR) % {"n": seconds // HOUR}
    return ngettext("%(n)d day ago", "%(n)d days ago", seconds // DAY) % {"n": seconds // DAY}


def coming_text(seconds: int) -> str:
    if seconds < HOUR:
        return ngettext("in %(n)d minute", "in %(n)d minutes", seconds // MINUTE) % {"n": seconds // MINUTE}
    if seconds < DAY:
        return ngettext("in %(n)d hour", "in %(n)d hours", seconds // HOUR) % {"n": seconds // HOUR}
    return ngettext("in %(n)d day", "in %(n)d days", seconds // DAY) % {"n": seconds // DAY}


def ago_text(value: datetime | None) -> str:
    """Write how long ago, or in how long: 3 minutes ago, in 2 days."""
    if value is None:
        return NOTHING
    gap: timedelta = timezone.now() - value
    seconds = int(gap.total_seconds())
    if abs(seconds) < MINUTE:
        return _("just now")
    return past_text(seconds) if seconds > 0 else coming_text(-seconds)


@register.filter
def day(value: date | datetime | None) -> SafeString | str:
    """Write a day in a `<time>` element."""
    if value is None:
        return NOTHING
    return format_html('<time datetime="{}">{}</time>', f"{local(value):%Y-%m-%d}", day_text(value))


@register.filter
def moment(value: datetime | None) -> SafeString | str:
    """Write a moment in a `<time>` element."""
    if value is None:
        return NOTHING
    return format_html('<time datetime="{}">{}</time>', value.isoformat(), moment_text(value))


@register.filter
def ago(value: datetime | None) -> SafeString | str:
    """Write relative time in a `<time>` element; the exact moment is its title."""
    if value is None:
        return NOTHING
    return format_html(
        '<time datetime="{}" title="{}">{}</time>', value.isoformat(), moment_text(value), ago_text(value)
    )
