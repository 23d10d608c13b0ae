"""All triggers: importing this module registers them."""

from campaigns.triggers import purchases  # noqa: F401
from campaigns.triggers.base import TRIGGERS

__all__ = ["TRIGGERS"]
