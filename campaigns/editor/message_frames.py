"""A message as its recipient's device shows it: the frame of its channel, and what it measures and costs."""

from dataclasses import dataclass
from decimal import Decimal

from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from campaigns.channels.base import Rendered, channel_of
from campaigns.models import ChannelAccount
from campaigns.senders.prices import kind_label, price_list
from crm_project.templatetags.formats import number_text


@dataclass(frozen=True, slots=True)
class Meter:
    """How much of what a kind of message carries is used, in bytes, and what one costs in won."""

    kind: str
    used: int | None
    limit: int | None
    price: Decimal | None

    @property
    def is_over(self) -> bool:
        """Tell whether more is used than there is."""
        return self.used is not None and self.limit is not None and self.used > self.limit

    @property
    def share(self) -> int:
        """Return the share that is used, 0 to 100."""
        return min(100, round(self.used * 100 / self.limit)) if self.used and self.limit else 0

    def __str__(self) -> str:
        """Return such as "78 / 90 byte · SMS · 9.9원"."""
        size = f"{number_text(self.used)} / {number_text(self.limit)} byte" if self.limit else ""
        price = "" if self.price is None else f"{self.price.normalize():f}원"
        return " · ".join(filter(None, [size, self.kind, price]))


@dataclass(frozen=True, slots=True)
class Frame:
    """A rendered message with all that its frame needs."""

    account: ChannelAccount
    rendered: Rendered
    meter: Meter

    def draw(self, *, body_url: str = "", scheme: str = "") -> SafeString:
        """Return the frame. A mail's body is at an address of its own, under a policy of its own."""
        context = {
            "rendered": self.rendered,
            "account": self.account,
            "meter": self.meter,
            "body_url": body_url,
            "scheme": scheme,
        }
        return render_to_string(channel_of(self.account).preview_template, context)


def frame_of(account: ChannelAccount, rendered: Rendered) -> Frame:
    """Return the frame of a message that was rendered for an account."""
    return Frame(account, rendered, meter_of(account, rendered))


def meter_of(account: ChannelAccount, rendered: Rendered) -> Meter:
    """Return what the message measures, where its channel counts bytes, and what it costs today."""
    return Meter(
        kind=kind_label(account, rendered.kind),
        used=getattr(rendered, "size", None),
        limit=getattr(rendered, "limit", None),
        price=price_list(account).get(rendered.kind) if account.pk else None,
    )
