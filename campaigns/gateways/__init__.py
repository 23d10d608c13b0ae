"""Who carries a message. A module a gateway, found by being here; each sends and reads what comes back.

May import no model of this app: the tables name their choices by it.
"""

from importlib import import_module
from pkgutil import iter_modules
from typing import Any

from django.conf import settings

from campaigns.gateways.base import GATEWAYS, Gateway

for _module in iter_modules(__path__):
    import_module(f"{__name__}.{_module.name}")


def gateway_choices() -> list[tuple[str, object]]:
    """Return (name, label) of every gateway. A callable, so that a new gateway makes no migration."""
    return [(gateway.name, gateway.label) for gateway in GATEWAYS]


def is_live(account: Any) -> bool:
    """Tell whether the account would really send: MESSAGING_LIVE and the account's own switch.

    The third key, a valid approval, is the campaign's; `pipeline/dispatch.py` turns it.
    """
    return bool(settings.MESSAGING_LIVE and account.is_live)


def gateway_for(account: Any, *, approved: bool) -> Gateway:
    """Return the account's gateway where all three keys are turned, otherwise the sandbox."""
    name = account.gateway if is_live(account) and approved else "sandbox"
    return GATEWAYS[name](account)
