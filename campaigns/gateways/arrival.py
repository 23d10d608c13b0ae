"""How long a gateway may keep what it cannot deliver at once (L-08)."""

from django.utils import timezone

from campaigns.gateways.base import PreparedMessage

USUAL_HOURS = 24.0


def seconds_left(message: PreparedMessage, *, hours: float | None = None) -> int | None:
    """Return the seconds within which a message must have arrived: the account's hours, or less before the night.

    None where its time is over already.
    """
    usual = int(float(hours or USUAL_HOURS) * 3_600)
    if message.arrive_by is None:
        return usual
    left = int((message.arrive_by - timezone.now()).total_seconds())
    return min(usual, left) if left > 0 else None
