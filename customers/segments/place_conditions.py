"""Conditions on where customers buy and live: online or in stores, which store is near."""

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy

from customers.models import Customer, CustomerStats, Order, Region
from customers.segments import lookups
from customers.segments.clock import Moment
from customers.segments.condition_kinds import ChoiceCondition, Facts, choice_operators
from customers.segments.conditions import Condition, Part, Topic
from customers.segments.values import SomeOf

PURCHASES = Facts(Order, "placed_at", Q(is_purchase=True))
ONLINE, STORE = Order.SalesChannel.ONLINE, Order.SalesChannel.STORE


class BuysWhere(Condition):
    """Through which channels a customer has bought so far. Whoever never bought is none of them."""

    name, label, topic = "buys_where", gettext_lazy("has bought"), Topic.PLACES
    choices = SomeOf(
        [
            ("online_only", gettext_lazy("online, never in a store")),
            ("store_only", gettext_lazy("in stores, never online")),
            ("both", gettext_lazy("online and in stores")),
        ]
    )
    operators = choice_operators(choices)

    def q(self, part: Part, moment: Moment) -> Q:
        online, store = self._bought(ONLINE, moment), self._bought(STORE, moment)
        kinds = {"online_only": online & ~store, "store_only": store & ~online, "both": online & store}
        fits = Q(pk__in=[])
        for kind in part["value"]:
            fits |= kinds[kind]
        return fits if part["op"] == "in" else ~fits

    def actual(self, customer: Customer, part: Part, moment: Moment) -> str:
        stats = CustomerStats.objects.filter(pk=customer.pk).first() or CustomerStats()
        return _("%(online)s online, %(store)s in stores") % {
            "online": f"{stats.online_order_count:,}",
            "store": f"{stats.store_order_count:,}",
        }

    def _bought(self, channel: str, moment: Moment) -> Q:
        if not moment.is_past:
            # A customer without statistics has bought nothing; said so, or "not" around it would leave them out.
            return Q(**{f"stats__{channel}_order_count__gt": 0, "stats__isnull": False})
        return PURCHASES.owners(PURCHASES.of(moment, until=moment.now).filter(channel=channel))


class LivesIn(ChoiceCondition):
    name, label, topic = "region", pgettext_lazy("of a customer", "region"), Topic.PLACES
    column, choices = "region", lookups.REGIONS
    operators = choice_operators(choices)


class NearestStore(Condition):
    """The store nearest to the middle of the customer's region. Without a region none is."""

    name, label, topic = "nearest_store", gettext_lazy("nearest store"), Topic.PLACES
    operators = choice_operators(lookups.STORES)

    def q(self, part: Part, moment: Moment) -> Q:
        near = Region.objects.filter(nearest_store__external_id__in=part["value"]).values("name")
        fits = Q(region__in=near)
        return fits if part["op"] == "in" else ~fits

    def actual(self, customer: Customer, part: Part, moment: Moment) -> str:
        region = Region.objects.filter(name=customer.region).select_related("nearest_store").first()
        if region is None or region.nearest_store is None:
            return _("not known")
        kilometres = region.nearest_kilometres or 0
        away = ngettext("about %(count)s kilometre away", "about %(count)s kilometres away", round(kilometres))
        return f"{region.nearest_store} ({away % {'count': f'{kilometres:,.0f}'}})"


CONDITIONS_ON_PLACES = (BuysWhere, NearestStore, LivesIn)
