"""In-app messages are carried by nobody: they are laid down, and the shop's app asks for them (L-26)."""

from collections.abc import Iterable, Iterator

from django.db import connection
from django.utils.translation import gettext_lazy as _

from campaigns.gateways.base import Fate, Gateway, Outcome, PreparedMessage, register
from campaigns.gateways.failures import Failure

CONTENT = (
    "layout", "title", "body", "button", "url", "image_url", "priority", "starts_at", "ends_at", "most_views",
    "hours_between",
)  # fmt: skip
# The message says whose it is: it may have moved to another customer by a merge meanwhile.
LAY_DOWN = f"""
    INSERT INTO campaigns_inappmessage (message_id, customer_id, {", ".join(CONTENT)}, views)
    SELECT id, customer_id, {", ".join(f"%({name})s" for name in CONTENT)}, 0
    FROM campaigns_message WHERE id = %(message_id)s
    ON CONFLICT (message_id) DO NOTHING
"""


@register
class InAppGateway(Gateway):
    """The table of what waits for customers. The same message is there once, however often it is handed over."""

    name = "in_app"
    label = _("in-app (kept here, fetched by the shop's app)")
    channels = ("in_app",)
    deduplicates = True

    def send_batch(self, prepared: Iterable[PreparedMessage]) -> Iterator[Outcome]:
        """Lay down each message for its customer."""
        for message in prepared:
            if isinstance(message.content, bytes):
                yield Outcome(message.message_id, Fate.FAILED, Failure.CONTENT)
                continue
            with connection.cursor() as cursor:
                cursor.execute(LAY_DOWN, {"message_id": message.message_id, **message.content})
            yield Outcome(message.message_id, Fate.SENT)
