"""How often one address may ask for the addresses of messages, counted within each web process."""

import time

from crm_project.client_address import network_of

# Mail services fetch for many readers from few addresses, so this stops floods and nothing else.
REQUESTS_A_MINUTE = 6_000
# With so many addresses in a minute the counts begin anew, so that a flood from everywhere does not fill the memory.
MOST_ADDRESSES = 100_000


class FloodGate:
    """Counts the requests of the current minute, by address."""

    def __init__(self) -> None:
        """Begin with nothing counted."""
        self._minute = 0
        self._counts: dict[str, int] = {}

    def lets_pass(self, address: str) -> bool:
        """Count a request from the address; return whether it is among the first `REQUESTS_A_MINUTE`."""
        minute = int(time.time() // 60)
        if minute != self._minute or len(self._counts) >= MOST_ADDRESSES:
            self._minute, self._counts = minute, {}
        network = network_of(address)
        count = self._counts.get(network, 0) + 1
        self._counts[network] = count
        return count <= REQUESTS_A_MINUTE


def seconds_to_wait() -> float:
    """Return the seconds until the next minute begins."""
    return 60 - time.time() % 60
