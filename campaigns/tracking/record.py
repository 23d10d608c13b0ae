"""Write hits down. Everything the caller sends is hostile: cut, cleaned, and the address only as a keyed hash."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from campaigns.links import Token
from campaigns.tracking.appending import Asked, Caller, Recorded, statement_for
from crm_project.queue import kick


def record(token: Token, caller: Caller, *, at: datetime) -> Recorded | None:
    """Append the hit and have it rolled up soon. Return None where no such message or link exists any more."""
    return record_all([Asked(token, caller, at)])[0]


def record_all(asked: Sequence[Asked]) -> list[Recorded | None]:
    """Append hits, all of them opens or none, in one transaction, which has them rolled up soon.

    Return for each what `record` would: None where no such message or link exists any more.
    """
    statement = statement_for(asked)
    with transaction.atomic():
        rows = statement.prepared.rows(True, *statement.values(asked))
        outcomes = statement.outcomes(asked, rows)
        if any(outcomes) and not rows[0][0]:
            kick("campaigns.tasks.roll_up_hits")
    return outcomes
