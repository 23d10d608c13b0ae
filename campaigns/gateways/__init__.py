"""Who carries a message. A module a gateway, found by being here; each sends and reads what comes back.

May import no model: the tables name their choices by it.
"""


def gateway_choices() -> list[tuple[str, str]]:
    """Return (name, label) of every gateway. A callable, so that a new gateway makes no migration."""
    return [("smtp", "SMTP"), ("sandbox", "sandbox")]
