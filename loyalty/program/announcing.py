"""Terms that become worse for members are announced to them thirty days before they hold.

So the standard terms of the Fair Trade Commission for online shops want it (art. 3); for others it is good manners.
"""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from django.utils.text import capfirst
from django.utils.translation import gettext as _

from crm_project.templatetags.formats import day_text
from loyalty.errors import TermsRefused
from loyalty.models import Account, Program

DAYS_BEFORE = 30
WORSE_WHEN_MORE = ("least_points", "step", "pending_days")
WORSE_WHEN_LESS = ("most_percent", "validity_months", "grace_days", "waits_for_notice")
# From the shortest life to the longest.
VALIDITIES = list(Program.Validity)


def worse_for_members(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """Return the names of the terms that are worse for members afterwards."""
    worse = [name for name in WORSE_WHEN_MORE if after[name] > before[name]]
    worse += [name for name in WORSE_WHEN_LESS if after[name] < before[name]]
    shorter = VALIDITIES.index(after["validity"]) < VALIDITIES.index(before["validity"])
    return [*worse, "validity"] if shorter else worse


def refuse_unannounced(
    before: Mapping[str, Any], after: Mapping[str, Any], *, announced_on: date | None, today: date
) -> None:
    """Refuse terms that are worse for members and were not announced thirty days ago; without members nobody minds.

    Raises:
        TermsRefused: naming the terms, and from which day on they can hold.
    """
    worse = worse_for_members(before, after)
    if not worse or not Account.objects.exists():
        return
    names = ", ".join(capfirst(str(Program._meta.get_field(name).verbose_name)) for name in worse)
    if announced_on is None:
        raise TermsRefused(
            _("Worse for members: %(terms)s. Announce it, enter the day, and put it in force %(days)s days later.")
            % {"terms": names, "days": DAYS_BEFORE}
        )
    in_force_from = announced_on + timedelta(days=DAYS_BEFORE)
    if today < in_force_from:
        raise TermsRefused(
            _("Worse for members: %(terms)s. Announced on %(day)s, it can be put in force from %(from)s.")
            % {"terms": names, "day": day_text(announced_on), "from": day_text(in_force_from)}
        )
