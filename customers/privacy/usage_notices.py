"""The yearly notice of use: what a large shop tells all its people once a year about the use of their data (P-16).

Who held the data of a million people on average over the last three months of the year before, or sensitive data or
unique identifiers of 50,000, tells each once a year for what which data was collected and used, and who got which of
it for what (개인정보 보호법 제20조의2, 시행령 제15조의3). Who has neither an e-mail nor a phone here is told nothing.

The first is written and handed over by two people; while it is on, the next opens by itself with the same words.
"""

from datetime import date, datetime, timedelta
from itertools import count

from dateutil.relativedelta import relativedelta
from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from customers.errors import UsageNoticeRefused
from customers.models import Customer, NoticeDuty, UsageNotice
from customers.privacy import owed_notices

OPENED_DAYS_AHEAD = 30


def people_held() -> int:
    """Return of how many people the shop holds data now."""
    return Customer.objects.living().count()


def newest() -> UsageNotice | None:
    """Return the last notice that was handed over."""
    return UsageNotice.objects.exclude(handed_over_at=None).order_by("-due_on").first()


def write_down(notice: UsageNotice, *, by: User) -> None:
    """Keep the words of a notice, new or changed.

    Raises:
        UsageNoticeRefused: people read these words already.
    """
    with transaction.atomic():
        if notice.pk and not _lock(notice).filter(handed_over_at=None).exists():
            raise UsageNoticeRefused(_("The notices were handed over: these words stand. Write those of next year."))
        notice.written_by = by
        notice.save()


@transaction.atomic
def hand_over(notice: UsageNotice, *, by: User, seen: str | None = None) -> int:
    """Open a notice for everybody who can be written to; return how many.

    Args:
        seen: what this person read (`owed_notices.version_of`).

    Raises:
        UsageNoticeRefused: it was done already, this person wrote the words or read others, or there is nobody to tell.
    """
    current = _lock(notice).get()
    owed_notices.permit_handing_over(current, by=by, seen=seen, refused=UsageNoticeRefused)
    opened = _tell_everybody(current, by=by)
    if not opened:
        raise UsageNoticeRefused(_("Nobody can be written to: there is nobody to tell."))
    return opened


def turn(notice: UsageNotice, *, is_yearly: bool) -> None:
    """Switch on or off that the next year's opens by itself."""
    UsageNotice.objects.filter(pk=notice.pk).update(is_yearly=is_yearly)


@transaction.atomic
def open_next(now: datetime) -> int:
    """Open next year's notices 30 days before they are due; return how many. A second run opens none.

    Where somebody wrote next year's already, those words go out, once they are handed over.
    """
    last = UsageNotice.objects.select_for_update().exclude(handed_over_at=None).order_by("-due_on").first()
    if last is None or not last.is_yearly or UsageNotice.objects.filter(due_on__gt=last.due_on).exists():
        return 0
    today = timezone.localdate(now)
    due_on = next_due_on(last, today)
    if today < due_on - timedelta(days=OPENED_DAYS_AHEAD):
        return 0
    words = {"uses": last.uses, "recipients": last.recipients, "written_by": last.written_by}
    return _tell_everybody(UsageNotice.objects.create(due_on=due_on, **words), by=last.handed_over_by)


def next_due_on(last: UsageNotice, today: date) -> date:
    """Return when the next is due: the same day of a later year, of 29 February the 28th, but no day that is over.

    So years that went by while it was off are left out, and nobody is told several times in a row.
    """
    days = (last.due_on + relativedelta(years=years) for years in count(1))
    return next(day for day in days if day >= today)


def _tell_everybody(notice: UsageNotice, *, by: User) -> int:
    """Hand the notices of everybody who can be written to over; return how many."""
    reachable = Customer.objects.living().exclude(email="", phone="")
    return owed_notices.hand_over(NoticeDuty.Kind.USAGE, notice, by=by, people=reachable, due_on=notice.due_on)


def _lock(notice: UsageNotice) -> QuerySet[UsageNotice]:
    return UsageNotice.objects.select_for_update(of=("self",)).filter(pk=notice.pk)
