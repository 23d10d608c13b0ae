"""A stand-in for a service that carries notifications to devices."""

from abc import abstractmethod
from contextlib import closing

from campaigns.gateways.base import Outcome, PreparedMessage
from tests.loopback.http_provider import HttpProvider


class DeviceService(HttpProvider):
    """Every message goes to one device, named by what the test calls it."""

    @abstractmethod
    def message(self, number: int, *, is_bad: bool = False, to: str = "", **given: object) -> PreparedMessage:
        """Return a message of ours to a device; what else is given is said in it."""

    def send(self, *devices: str, **given: object) -> list[Outcome]:
        """Have the gateway hand over a message to each device; return the outcomes in their order."""
        messages = [self.message(number, to=device, **given) for number, device in enumerate(devices, start=1)]
        with closing(self.made()) as gateway:
            return sorted(gateway.send_batch(messages), key=lambda outcome: outcome.message_id)
