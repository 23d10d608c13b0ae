"""How many points may be used now, which uses staff confirms once more, and how long a booking is one's own to undo.

Plain arithmetic on the program's terms.
"""

from datetime import datetime, timedelta

from django.contrib.auth.models import User

from loyalty.ledger import Standing
from loyalty.models import Account, Program

OWN_FOR = timedelta(minutes=10)


def usable_now(account: Account, standing: Standing, *, bill: int | None = None) -> int:
    """Return the most points that the ledger would take at this moment: 0 where it would refuse any.

    Args:
        account: with its program.
        bill: the won of the bill; None leaves the program's share of a bill aside.
    """
    program = account.program
    if account.status != Account.Status.OPEN or standing.debt:
        return 0
    most = standing.available if bill is None else min(standing.available, most_of_a_bill(program, bill))
    most -= most % program.step
    return most if most >= max(program.least_points, 1) else 0


def most_of_a_bill(program: Program, bill: int) -> int:
    """Return the most points that may pay a bill (won)."""
    return bill * program.most_percent // 100


def needs_confirmation(program: Program, points: int) -> bool:
    """Tell whether so many points are used only after staff has confirmed it."""
    return points > program.confirmed_above


def is_own(by: User, *, booked_by: int, booked_at: datetime, now: datetime) -> bool:
    """Tell whether something is a person's own to cancel: they booked it, at most ten minutes ago."""
    return by.pk == booked_by and now - booked_at <= OWN_FOR
