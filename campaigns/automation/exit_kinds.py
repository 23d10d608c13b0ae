"""The kinds of exits and their register: each a condition in SQL over a row of journeys.

A condition names the row `journey` and asks what happened after its anchor up to the moment `at`, itself a piece of
SQL, so that walking, dispatch and the back-test ask one and the same. Signs of percent are doubled in all pieces.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaigns.automation.cart_pieces import LAST_PUT_IN, STILL_IN_CART, TAKEN_OUT
from campaigns.channels.base import channel_of
from campaigns.models import AutomationVersion, Campaign, ChannelAccount
from crm_project.registry import Registry
from customers import carts, sql
from customers.models import Event
from customers.segments import lookups
from customers.segments.errors import UnfitValueError
from customers.segments.event_values import Property
from customers.segments.values import SomeOf, Value

Settings = Mapping[str, Any]
NOBODY = "false"
ORDERED = """
    EXISTS (
        SELECT FROM customers_order AS bought {lines}
        WHERE bought.customer_id = journey.customer_id AND bought.{counts}
          AND bought.placed_at > {since} AND bought.placed_at <= {at} {narrowed}
    )
"""
PURCHASED = ORDERED.replace("{since}", "journey.anchor_at").replace("{counts}", "is_purchase")
LINES = """
    JOIN customers_orderline AS line ON line.order_id = bought.id
    JOIN customers_product AS product ON product.id = line.product_id
"""
HAPPENED = """
    EXISTS (
        SELECT FROM customers_event AS event LEFT JOIN customers_product AS product ON product.id = event.product_id
        WHERE event.customer_id = journey.customer_id AND event.kind IN ({kinds})
          AND event.occurred_at > journey.anchor_at AND event.occurred_at <= {at} {narrowed}
    )
"""
RETURNED = """
    EXISTS (
        SELECT FROM customers_order AS bought
        WHERE bought.customer_id = journey.customer_id
          AND CASE WHEN journey.context ? 'order_id' THEN bought.id::text = journey.context ->> 'order_id'
                   ELSE bought.placed_at >= journey.anchor_at END
          AND bought.placed_at <= {at}
          AND (bought.status IN ('cancelled', 'refunded') OR EXISTS (
              SELECT FROM customers_refund AS refund WHERE refund.order_id = bought.id AND refund.refunded_at <= {at}
          ))
    )
"""
REFUSED = """
    EXISTS (
        SELECT FROM customers_consentstate AS said
        WHERE said.customer_id = journey.customer_id AND said.purpose = '{purpose}' AND said.channel = {channel}
          AND NOT said.is_granted AND said.since <= {at}
    )
"""
MEMBER = """
    EXISTS (
        SELECT FROM customers_segmentmembership AS member
        WHERE member.customer_id = journey.customer_id AND member.segment_id IN ({segments})
    )
"""


class Exit(ABC):
    """Something that makes the rest of an automation pointless for a customer. Stateless, as triggers are."""

    key: ClassVar[str]
    label: ClassVar[str | Promise]
    required: ClassVar[Mapping[str, Value]] = {}
    optional: ClassVar[Mapping[str, Value]] = {}
    labels: ClassVar[Mapping[str, str | Promise]] = {}
    # Whether it can be told for a moment in the past; memberships are known as they stand now.
    is_of_the_past: ClassVar[bool] = True

    @abstractmethod
    def condition(self, settings: Settings, version: AutomationVersion, at: str) -> str:
        """Return the condition on `journey`, as SQL; `at` is the moment up to which facts count, as SQL."""

    def sentence(self, settings: Settings) -> str:
        """Say in the current language when somebody leaves."""
        said = [kind.words(settings[key]) for key, kind in self._known().items() if key in settings]
        return ": ".join([str(self.label), ", ".join(said)]) if said else str(self.label)

    def check(self, settings: Settings) -> None:
        """Refuse settings with which it cannot be asked.

        Raises:
            UnfitValueError: says what is wrong and what would be right.
        """
        known = self._known()
        for key in settings:
            if key not in known and key != "is":
                raise UnfitValueError(_("“%(key)s” is no setting of “%(exit)s”.") % {"key": key, "exit": self.label})
        for key, kind in known.items():
            if key in settings:
                kind.check(settings[key])
            elif key in self.required:
                name = self.labels.get(key, key)
                raise UnfitValueError(_("“%(exit)s” needs “%(key)s”.") % {"key": name, "exit": self.label})

    def _known(self) -> dict[str, Value]:
        return {**self.required, **self.optional}


EXITS: Registry[Exit] = Registry("exit")


def _exit(kind: type[Exit]) -> type[Exit]:
    EXITS.register(kind.key, kind())
    return kind


@_exit
class Bought(Exit):
    """Any purchase since."""

    key, label = "bought", gettext_lazy("buys something")

    def condition(self, settings: Settings, version: AutomationVersion, at: str) -> str:
        return PURCHASED.format(lines="", at=at, narrowed="")


@_exit
class BoughtProduct(Exit):
    """A purchase of these products; none named: of the one that the trigger tells of."""

    key, label = "bought_product", gettext_lazy("buys the product")
    optional: ClassVar[Mapping[str, Value]] = {"products": lookups.PRODUCTS}
    labels: ClassVar[Mapping[str, str | Promise]] = {"products": gettext_lazy("products")}

    def condition(self, settings: Settings, version: AutomationVersion, at: str) -> str:
        narrowed = "AND journey.context ->> 'product_id' = line.product_id::text"
        if settings.get("products"):
            narrowed = f"AND product.sku IN ({_listed(settings['products'])})"
        return PURCHASED.format(lines=LINES, at=at, narrowed=narrowed)


@_exit
class BoughtCategory(Exit):
    """A purchase in these categories; none named: in the one that the trigger tells of."""

    key, label = "bought_category", gettext_lazy("buys of the category")
    optional: ClassVar[Mapping[str, Value]] = {"categories": lookups.CATEGORIES}
    labels: ClassVar[Mapping[str, str | Promise]] = {"categories": gettext_lazy("categories")}

    def condition(self, settings: Settings, version: AutomationVersion, at: str) -> str:
        narrowed = "AND journey.context ->> 'category' = product.category"
        if settings.get("categories"):
            narrowed = f"AND product.category IN ({_listed(settings['categories'])})"
        return PURCHASED.format(lines=LINES, at=at, narrowed=narrowed)


@_exit
class OrderReturned(Exit):
    """The order that the trigger tells of was cancelled or taken back, even in part; else any order since."""

    key, label = "order_returned", gettext_lazy("cancels or returns the order")

    def condition(self, settings: Settings, version: AutomationVersion, at: str) -> str:
        return RETURNED.format(at=at)


@_exit
class Visited(Exit):
    """A visit to the shop's page or app."""

    key, label = "visited", gettext_lazy("visits the shop's page or app")

    def condition(self, settings: Settings, version: AutomationVersion, at: str) -> str:
        return HAPPENED.format(kinds=_listed(Event.VISITS), at=at, narrowed="")


@_exit
class CartSettled(Exit):
    """What lay in the cart was ordered, paid or not, or taken out, all pieces of it."""

    key, label = "cart_settled", gettext_lazy("buys, or empties the cart")

    def condition(self, settings: Settings, version: AutomationVersion, at: str) -> str:
        bought = ORDERED.format(lines="", since=LAST_PUT_IN, at=at, narrowed="", counts=carts.IS_ORDER)
        return f"({bought} OR ({TAKEN_OUT.format(at=at)} AND NOT {STILL_IN_CART.format(at=at)}))"


@_exit
class EventHappened(Exit):
    """An event of the shop's page or app, its own ones too."""

    key, label = "event", gettext_lazy("does on the page or in the app")
    required: ClassVar[Mapping[str, Value]] = {"kinds": SomeOf(Event.Kind.choices)}
    optional: ClassVar[Mapping[str, Value]] = {"products": lookups.PRODUCTS, "property": Property()}
    labels: ClassVar[Mapping[str, str | Promise]] = {
        "kinds": gettext_lazy("what"),
        "products": gettext_lazy("products"),
        "property": gettext_lazy("with the property"),
    }

    def condition(self, settings: Settings, version: AutomationVersion, at: str) -> str:
        narrowed = ""
        if settings.get("products"):
            narrowed += f" AND product.sku IN ({_listed(settings['products'])})"
        if settings.get("property"):
            name, value = (_quoted(settings["property"][part]) for part in ("name", "value"))
            narrowed += f" AND jsonb_extract_path_text(event.properties, {name}) = {value}"
        return HAPPENED.format(kinds=_listed(settings["kinds"]), at=at, narrowed=narrowed)


@_exit
class OptedOut(Exit):
    """No advertising of the automation may reach the customer any more, over none of its channels."""

    key, label = "opted_out", gettext_lazy("refuses advertising over every channel of it")

    def condition(self, settings: Settings, version: AutomationVersion, at: str) -> str:
        channels = advertising_channels(version)
        if not channels:
            return NOBODY
        of_use = REFUSED.format(purpose="marketing_use", channel="''", at=at)
        each = [REFUSED.format(purpose="ad_receive", channel=_quoted(channel), at=at) for channel in channels]
        return f"({of_use} OR ({' AND '.join(each)}))"


@_exit
class LeftSegment(Exit):
    """The customer is in none of these segments."""

    key, label = "left_segment", gettext_lazy("is no longer in")
    required: ClassVar[Mapping[str, Value]] = {"segments": lookups.SEGMENTS}
    labels: ClassVar[Mapping[str, str | Promise]] = {"segments": gettext_lazy("segments")}
    is_of_the_past = False

    def condition(self, settings: Settings, version: AutomationVersion, at: str) -> str:
        return f"NOT {MEMBER.format(segments=_listed(settings['segments']))}"


@_exit
class JoinedSegment(Exit):
    """The customer is in one of these segments."""

    key, label = "joined_segment", gettext_lazy("comes into")
    required: ClassVar[Mapping[str, Value]] = {"segments": lookups.SEGMENTS}
    labels: ClassVar[Mapping[str, str | Promise]] = {"segments": gettext_lazy("segments")}
    is_of_the_past = False

    def condition(self, settings: Settings, version: AutomationVersion, at: str) -> str:
        return MEMBER.format(segments=_listed(settings["segments"]))


def advertising_channels(version: AutomationVersion) -> list[str]:
    """Return the channels, as consents name them, over which the messages of a version advertise."""
    campaigns = Campaign.objects.filter(automation_step__version=version).exclude(
        purpose=Campaign.MessagePurpose.INFORMATION
    )
    own = ChannelAccount.objects.filter(steps__campaign__in=campaigns)
    others = ChannelAccount.objects.filter(fallbacks__step__campaign__in=campaigns)
    return sorted({channel_of(account).consent for account in [*own, *others]} - {""})


def _quoted(value: object) -> str:
    return sql.literal(value).replace("%", "%%")


def _listed(values: Sequence[object]) -> str:
    return ", ".join(map(_quoted, values))
