"""How many would enter a version: as a job last asked, and asked anew within a time that a page may take."""

from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext as _

from campaigns.automation.back_test import BackTest, back_test
from campaigns.models import AutomationVersion
from campaigns.triggers.every import TRIGGERS
from crm_project.errors import BusinessError
from crm_project.templatetags.formats import number_text


@dataclass(frozen=True, slots=True)
class Expected:
    """The entries of some days as they were asked for; `total` is None where nobody can say."""

    total: int | None
    days: int
    asked_at: datetime

    @property
    def words(self) -> str:
        """Return the entries a day: whole numbers, below ten with one decimal."""
        a_day = (self.total or 0) / self.days
        return number_text(round(a_day)) if a_day >= 10 else f"{a_day:.1f}"


def expected_of(version: AutomationVersion) -> Expected | None:
    """Return how many would have entered in the last days, as last asked; None: it was not asked yet."""
    told = version.expected
    return Expected(told["entered"], told["days"], datetime.fromisoformat(told["asked_at"])) if told else None


def tested_on(version: AutomationVersion, *, days: int) -> BackTest | str:
    """Return what would have happened in the last days, or why it cannot be said."""
    if version.trigger not in TRIGGERS:
        return _("Choose with what it begins.")
    try:
        TRIGGERS[version.trigger].check(version.trigger_settings)
        return back_test(version, now=timezone.now(), days=days)
    except BusinessError as refusal:
        return str(refusal)
