"""The filters of the customer list, which its bar joins to a sentence: "Customers who bought in the last 30 days"."""

from abc import ABC, abstractmethod
from collections.abc import Iterable
from datetime import timedelta

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from customers.models import Customer, Segment, Store
from customers.models.consent import Channel
from customers.models.stats import RfmGroup
from customers.segments.clock import start_of_day
from customers.segments.contact_conditions import advertising_allowed

Choices = Iterable[tuple[object, object]]
LONGEST_DAYS = 3_650
NOT = "not_"


class Words(admin.SimpleListFilter, ABC):
    """One field of the sentence. `before` leads to it; a value that is none of `offered` filters nothing."""

    before: object = ""
    anything: object = gettext_lazy("any")

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[object, object]]:
        return list(self.offered())

    @abstractmethod
    def offered(self) -> Choices:
        """Return the values that can be chosen, with their words."""

    def has_output(self) -> bool:
        # The sentence stands even where there is nothing to choose yet.
        return True

    def field(self) -> dict[str, object]:
        """Return what the bar draws."""
        options = [(str(value), words, str(value) == self.value()) for value, words in self.lookup_choices]
        return {"name": self.parameter_name, "before": self.before, "anything": self.anything, "options": options}

    def chosen(self) -> str:
        """Return the chosen value, '' where there is none or it is nonsense."""
        value = self.value() or ""
        return value if value in {str(offered) for offered, _words in self.lookup_choices} else ""


class BoughtFilter(Words):
    """Who bought in the last so many days (KST), today included."""

    title = gettext_lazy("last order")
    parameter_name = "bought"
    before = gettext_lazy("bought in the last")
    anything = "–"

    def offered(self) -> Choices:
        return ()

    def field(self) -> dict[str, object]:
        return super().field() | {"is_number": True, "value": self.days() or "", "after": _("days")}

    def days(self) -> int:
        """Return the number of days, 0 where none or nonsense was given."""
        typed = self.value() or ""
        return min(int(typed[:5]), LONGEST_DAYS) if typed.isascii() and typed.isdecimal() else 0

    def queryset(self, request: HttpRequest, customers: QuerySet[Customer]) -> QuerySet[Customer]:
        if not self.days():
            return customers
        since = start_of_day(timezone.localdate() - timedelta(days=self.days() - 1))
        return customers.filter(stats__last_order_at__gte=since)


class RfmFilter(Words):
    """The RFM group."""

    title = gettext_lazy("RFM group")
    parameter_name = "rfm"
    before = pgettext_lazy("filter of customers", "of the group")

    def offered(self) -> Choices:
        return RfmGroup.choices

    def queryset(self, request: HttpRequest, customers: QuerySet[Customer]) -> QuerySet[Customer]:
        return customers.filter(stats__rfm_group=self.chosen()) if self.chosen() else customers


class SegmentFilter(Words):
    """The members of a segment."""

    title = gettext_lazy("segment")
    parameter_name = "segment"
    before = pgettext_lazy("filter of customers", "in the segment")

    def offered(self) -> Choices:
        return Segment.objects.values_list("pk", "name")

    def queryset(self, request: HttpRequest, customers: QuerySet[Customer]) -> QuerySet[Customer]:
        return customers.filter(segments=self.chosen()) if self.chosen() else customers


class ConsentFilter(Words):
    """Over which channel advertising is allowed, or is not."""

    title = gettext_lazy("consent")
    parameter_name = "consent"
    before = pgettext_lazy("filter of customers", "who agreed to")
    anything = gettext_lazy("anything or nothing")

    def offered(self) -> Choices:
        yield from Channel.choices
        for channel in Channel:
            yield NOT + channel.value, _("not %(channel)s") % {"channel": channel.label}

    def queryset(self, request: HttpRequest, customers: QuerySet[Customer]) -> QuerySet[Customer]:
        if not self.chosen():
            return customers
        agreed = advertising_allowed(self.chosen().removeprefix(NOT))
        return customers.exclude(agreed) if self.chosen().startswith(NOT) else customers.filter(agreed)


class StoreFilter(Words):
    """The home store."""

    title = gettext_lazy("home store")
    parameter_name = "store"
    before = pgettext_lazy("filter of customers", "of the store")

    def offered(self) -> Choices:
        return Store.objects.order_by("name").values_list("pk", "name")

    def queryset(self, request: HttpRequest, customers: QuerySet[Customer]) -> QuerySet[Customer]:
        return customers.filter(home_store=self.chosen()) if self.chosen() else customers


SENTENCE = (BoughtFilter, RfmFilter, SegmentFilter, ConsentFilter, StoreFilter)
