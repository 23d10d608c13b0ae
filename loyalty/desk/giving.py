"""How many points one person may give at the desk in a day for bills that nobody but they has seen."""

from datetime import datetime

from django.contrib.auth.models import User
from django.db.models import Sum
from django.utils.translation import gettext as _

from crm_project.templatetags.formats import number_text
from loyalty.desk.receipts import standing
from loyalty.earning.validity import kst_day
from loyalty.errors import DeskRefused
from loyalty.ledger.terms import start_of
from loyalty.models import DeskAct, Program


def refuse_too_much_today(program: Program, points: int, *, by: User, now: datetime) -> None:
    """Refuse to give more in a day (KST) than the program lets one person; what was cancelled does not count.

    Until the caller's transaction ends the person gives nothing else, so that two bills at once cannot pass together.

    Raises:
        DeskRefused: `OVER_DAILY_LIMIT`.
    """
    User.objects.select_for_update(no_key=True).get(pk=by.pk)
    given = given_today(by, now=now)
    if given + points > program.desk_most_a_day:
        raise DeskRefused(
            _("You gave %(given)s points today; at most %(most)s a day. Ask a colleague.")
            % {"given": number_text(given), "most": number_text(program.desk_most_a_day)},
            code="OVER_DAILY_LIMIT",
        )


def given_today(by: User, *, now: datetime) -> int:
    """Return the points that a person gave at the desk today (KST) and that were not cancelled."""
    acts = DeskAct.objects.filter(by=by, kind=DeskAct.Kind.EARN, happened_at__gte=start_of(kst_day(now)))
    return standing(acts).aggregate(sum=Sum("points"))["sum"] or 0
