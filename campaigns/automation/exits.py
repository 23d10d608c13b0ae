"""What ends a journey early: the exits of a version, checked, in words, and as one question in SQL (`exit_kinds`)."""

from collections.abc import Mapping, Sequence

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaigns.automation.exit_kinds import EXITS, Settings
from campaigns.models import AutomationVersion
from customers.segments.errors import UnfitValueError

__all__ = ["EXITS", "check", "label_of", "met", "sentence"]

# Nobody to write to any more; asked before everything else, of every journey.
OF_THE_PERSON = """
    EXISTS (SELECT FROM customers_customer AS person WHERE person.id = journey.customer_id AND person.{column})
"""
PERSONS = (("erased", "erased_at IS NOT NULL"), ("merged", "merged_into_id IS NOT NULL"))
REASONS: Mapping[str, str | Promise] = {
    "erased": gettext_lazy("their data was erased"),
    "merged": gettext_lazy("is the same person as another customer, who went in too"),
    "exit_step": gettext_lazy("the path led out"),
    "too_late": gettext_lazy("found out too late"),
    "gave_way": gettext_lazy("another automation came first"),
    "stopped": gettext_lazy("the automation was stopped"),
}


def check(exits: object) -> None:
    """Refuse exits that cannot be asked.

    Raises:
        UnfitValueError: says what is wrong and what would be right.
    """
    if not isinstance(exits, list):
        raise UnfitValueError(_("Expected a list of what ends it early."))
    for each in exits:
        if not isinstance(each, dict) or EXITS.get(str(each.get("is"))) is None:
            raise UnfitValueError(_("Nobody knows this way to leave. Choose one of the list."))
        EXITS[each["is"]].check(each)


def sentence(exits: Sequence[Settings]) -> str:
    """Say in the current language when somebody leaves early; empty where nothing does that."""
    return _(" or ").join(EXITS[each["is"]].sentence(each) for each in exits)


def label_of(reason: str) -> str:
    """Return the words of why a journey ended, as it is stored."""
    known = EXITS.get(reason)
    return str(known.label if known else REASONS.get(reason, reason))


def met(version: AutomationVersion, *, at: str, only_past: bool = False) -> str:
    """Return SQL for the key of the first exit that `journey` has met up to `at`; '' where it has met none.

    `only_past` leaves out what cannot be told for a moment in the past.
    """
    asked = [
        (each["is"], EXITS[each["is"]].condition(each, version, at))
        for each in version.exits
        if EXITS[each["is"]].is_of_the_past or not only_past
    ]
    persons = [(key, OF_THE_PERSON.format(column=column)) for key, column in PERSONS]
    whens = [f"WHEN {condition} THEN '{key}'" for key, condition in [*persons, *asked]]
    return f"CASE {' '.join(whens)} ELSE '' END"
