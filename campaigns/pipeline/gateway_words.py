"""What gateways said, as a row may keep it."""

import re

ADDRESS = re.compile(r"[^\s<>@]+@[^\s<>@]+")


def storable(text: str) -> str:
    """Return what a gateway said without addresses, which live with the customer only, and without NUL."""
    return ADDRESS.sub("…@…", text).replace("\x00", "")
