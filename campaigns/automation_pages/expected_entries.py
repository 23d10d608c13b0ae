"""How many would enter a version a day, asked of the facts as they stand, within a time that a page may take."""

from dataclasses import dataclass

from django.utils import timezone
from django.utils.translation import gettext as _

from campaigns.automation.back_test import BackTest, back_test
from campaigns.models import AutomationVersion
from campaigns.triggers.every import TRIGGERS
from crm_project.errors import BusinessError
from crm_project.templatetags.formats import number_text

DAYS = 30


@dataclass(frozen=True, slots=True)
class Expected:
    """The entries of the last days, or why nobody can say."""

    total: int = 0
    days: int = DAYS
    refusal: str = ""

    @property
    def words(self) -> str:
        """Return the entries a day: whole numbers, below ten with one decimal."""
        a_day = self.total / self.days
        return number_text(round(a_day)) if a_day >= 10 else f"{a_day:.1f}"


def expected_a_day(version: AutomationVersion) -> Expected:
    """Return who would have entered in the last 30 days."""
    tested = tested_on(version, days=DAYS)
    return Expected(refusal=tested) if isinstance(tested, str) else Expected(tested.entered, tested.days)


def tested_on(version: AutomationVersion, *, days: int) -> BackTest | str:
    """Return what would have happened in the last days, or why it cannot be said."""
    if version.trigger not in TRIGGERS:
        return _("Choose with what it begins.")
    try:
        TRIGGERS[version.trigger].check(version.trigger_settings)
        return back_test(version, now=timezone.now(), days=days)
    except BusinessError as refusal:
        return str(refusal)
