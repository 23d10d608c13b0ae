"""All triggers: importing this module registers them."""

from campaigns.triggers import (  # noqa: F401
    carts,
    cycles,
    dates,
    feedback,
    joining,
    membership,
    months,
    purchases,
    segments,
    silence,
    store_events,
    visits,
)
from campaigns.triggers.base import TRIGGERS

__all__ = ["TRIGGERS"]
