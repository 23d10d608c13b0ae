"""The page "Stores and online", and its card on the customer page."""

from datetime import date

from django.contrib import admin
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crm_project.charts import Chart, Series
from crm_project.templatetags.formats import number_text, percent_text, won_text
from customers.models import Customer, CustomerStats, Region
from customers.places import channels
from customers.places.channels import Buyers
from customers.segments.ready import address_of

KEPT_SECONDS = 600
KIND_WORDS = {
    "both": gettext_lazy("online and in stores"),
    "store_only": gettext_lazy("in stores only"),
    "online_only": gettext_lazy("online only"),
}
ICONS = {"both": "store", "store_only": "map-pin", "online_only": "globe"}
# From how many times as much on the difference is worth a sentence.
WORTH_SAYING = 1.1


def page(request: HttpRequest) -> HttpResponse:
    """Show who buys where and what they are worth, revenue by channel and month, and the stores."""
    today = timezone.localdate()
    buyers = cache.get_or_set("channels:buyers", channels.buyers_by_kind, KEPT_SECONDS)
    months, revenue = cache.get_or_set(f"channels:{today}", lambda: channels.revenue_by_month(today), KEPT_SECONDS)
    everyone = sum(each.customers for each in buyers)
    labels = {"store": _("In stores"), "online": _("Online")}
    context = admin.site.each_context(request) | {
        "title": _("Stores and online"),
        "everyone": everyone,
        "kinds": [_kind(each, everyone, request.user.has_perm("customers.add_segment")) for each in buyers],
        "verdict": _verdict({each.kind: each for each in buyers}),
        "chart": channels.revenue_chart(months, revenue, labels=labels, title=_("Revenue by month")),
        "share_chart": _share_chart(months, revenue),
        "stores": cache.get_or_set(f"channels:stores:{today}", lambda: channels.store_figures(today), KEPT_SECONDS),
        "store_words": _store_words(),
    }
    return render(request, "customers/channels.html", context)


def panel(customer: Customer) -> SafeString | None:
    """Draw a customer's orders online and in stores, the home store and the nearest one."""
    stats = getattr(customer, "stats", None) or CustomerStats(customer=customer)
    place = channels.place_of(customer)
    if not stats.order_count and not customer.home_store_id and place is None:
        return None
    context = {
        "rows": [
            {"label": _("In stores"), "value": stats.store_order_count, "tone": "accent"},
            {"label": _("Online"), "value": stats.online_order_count, "tone": "second"},
        ],
        "has_orders": stats.order_count,
        "pairs": _place_words(customer, place),
    }
    return render_to_string("customers/panel_channels.html", context)


def _store_words() -> str:
    return _(
        "Those that sold most in the last %(days)s days. Nearest: as the crow flies, from the middle of the customer's "
        "region"
    ) % {"days": channels.STORE_DAYS}


def _place_words(customer: Customer, place: Region | None) -> list[tuple[object, object]]:
    pairs: list[tuple[object, object]] = []
    if customer.home_store:
        pairs.append((_("Home store"), customer.home_store.name))
    if place is not None and place.nearest_store:
        away = _("about %(kilometres)s km") % {"kilometres": number_text(place.nearest_kilometres)}
        pairs.append((_("Nearest store"), f"{place.nearest_store.name} · {away}"))
    if customer.region:
        pairs.append((_("Region"), customer.region))
    return pairs


def _kind(buyers: Buyers, everyone: int, may_build: bool) -> dict[str, object]:
    rule = {"all": [{"is": "buys_where", "op": "in", "value": [buyers.kind]}]}
    return {
        "buyers": buyers,
        "label": KIND_WORDS[buyers.kind],
        "icon": ICONS[buyers.kind],
        "share": percent_text(buyers.customers / everyone if everyone else None),
        "url": address_of(rule, str(KIND_WORDS[buyers.kind])) if may_build and buyers.customers else "",
    }


def _verdict(buyers: dict[str, Buyers]) -> str:
    """Say what those who buy in both are worth beside those who buy in one, among people with two orders or more."""
    both = buyers["both"].each_regular
    single = [buyers["store_only"], buyers["online_only"]]
    count = sum(each.regulars for each in single)
    if not both or not count:
        return _(
            "Nobody has bought through both channels yet, or nobody twice through one: there is nothing to compare."
        )
    one = sum(each.revenue_of_regulars for each in single) / count
    words = {"both": won_text(both), "one": won_text(round(one)), "times": f"{both / one:.1f}" if one > 0 else "–"}
    if one > 0 and both / one >= WORTH_SAYING:
        return (
            _(
                "Of customers with two orders or more, those who buy in both brought %(both)s each, %(times)s times "
                "the %(one)s of those who buy in one."
            )
            % words
        )
    return (
        _("Of customers with two orders or more, those who buy in both brought %(both)s each, the others %(one)s.")
        % words
    )


def _share_chart(months: list[date], revenue: dict[str, list[int]]) -> Chart:
    pairs = zip(revenue["store"], revenue["online"], strict=True)
    shares = [online / (store + online) if store + online else None for store, online in pairs]
    return Chart(
        title="",
        labels=[f"{month:%Y-%m}" for month in months],
        series=[Series(_("Online"), shares)],
        way="percent",
        axis_way="percent_whole",
    )
