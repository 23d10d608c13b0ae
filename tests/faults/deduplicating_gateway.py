"""A gateway whose other end knows our ids, so that an unanswered message may be handed over again."""

from collections.abc import Iterable, Iterator

import httpx

from campaigns.gateways.base import Fate, Gateway, Outcome, PreparedMessage, register
from tests.faults.deduplicating_provider import NAME


@register
class DeduplicatingGateway(Gateway):
    """Asks the provider at the account's `url` to deliver, by our id."""

    name = NAME
    label = "deduplicating (tests)"
    deduplicates = True

    def send_batch(self, prepared: Iterable[PreparedMessage]) -> Iterator[Outcome]:
        with httpx.Client(trust_env=False) as client:
            for message in prepared:
                client.post(self.account.settings["url"], json={"id": message.message_id}).raise_for_status()
                yield Outcome(message.message_id, Fate.SENT)
