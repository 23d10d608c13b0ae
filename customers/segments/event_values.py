"""Kinds of values that only conditions on events take."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from customers.segments.errors import UnfitValueError
from customers.segments.values import Text, Value, WholeNumber, Words, shown

HOURS = gettext_lazy("hours")


@dataclass(frozen=True)
class Hours(WholeNumber):
    """A number of hours, counted to the minute."""

    lowest: int = 1
    highest: int = 24 * 7
    unit: Words = HOURS

    def words(self, value: int) -> str:
        return ngettext("%(count)s hour", "%(count)s hours", value) % {"count": f"{value:,}"}


class Property(Value):
    """A property that the shop sends along with an event, and the value it is to have: `{"name": …, "value": …}`."""

    kind = "property"
    initial = {"name": "", "value": ""}

    def check(self, value: Any) -> None:
        if not isinstance(value, dict) or set(value) != {"name", "value"}:
            raise UnfitValueError(
                _("Expected a property such as {“name”: “color”, “value”: “red”}, not %(value)s.")
                % {"value": shown(value)}
            )
        for each in value.values():
            Text().check(each)

    def words(self, value: dict[str, str]) -> str:
        return f"{value['name']} = {Text().words(value['value'])}"

    def schema(self) -> dict[str, Any]:
        return super().schema() | {"name_words": _("property"), "value_words": _("value")}
