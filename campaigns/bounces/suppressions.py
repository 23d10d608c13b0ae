"""The list of addresses that get nothing: what it holds by reason, and the only way off it (E-06)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib.admin.models import DELETION, LogEntry
from django.contrib.auth.models import User
from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.db.models import Count, Q
from django.utils.translation import gettext as _

from campaigns import lifecycle
from campaigns.errors import ReasonMissing
from campaigns.models import Suppression
from customers.masking import mask_email, mask_phone

MAY_TAKE_OFF = "campaigns.delete_suppression"
LATELY = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Standing:
    """How many addresses are on the list for a reason, and how many of them are new."""

    reason: Suppression.Reason
    addresses: int
    lately: int


def standings(now: datetime) -> list[Standing]:
    """Return what the list holds, by reason, in one query; new is what came in the last 30 days."""
    counted = Suppression.objects.order_by().values("reason")
    rows = counted.annotate(n=Count("pk"), lately=Count("pk", filter=Q(since__gte=now - LATELY)))
    found = {row["reason"]: row for row in rows}
    empty = {"n": 0, "lately": 0}
    return [
        Standing(reason, found.get(reason, empty)["n"], found.get(reason, empty)["lately"])
        for reason in Suppression.Reason
    ]


@transaction.atomic
def take_off(ids: Iterable[int], *, why: str, by: User) -> int:
    """Let addresses be written to again, with the reason in the admin's log; return how many.

    Raises:
        NotAllowed: `by` may not.
        ReasonMissing: no reason was given.
    """
    lifecycle.permit(by, MAY_TAKE_OFF)
    if not why.strip():
        raise ReasonMissing(_("Say why these addresses may be written to again, for whoever asks later."))
    entries = list(Suppression.objects.select_for_update().filter(pk__in=list(ids)))
    kind = ContentType.objects.get_for_model(Suppression)
    LogEntry.objects.bulk_create(
        [
            LogEntry(
                user=by,
                content_type=kind,
                object_id=str(entry.pk),
                object_repr=f"{entry.get_channel_display()} {masked(entry)} ({entry.get_reason_display()})"[:200],
                action_flag=DELETION,
                change_message=why.strip(),
            )
            for entry in entries
        ]
    )
    Suppression.objects.filter(pk__in=[entry.pk for entry in entries]).delete()
    return len(entries)


def masked(entry: Suppression) -> str:
    """Return the address as staff may see it."""
    return mask_email(entry.address) if "@" in entry.address else mask_phone(entry.address)
