"""Customers in the admin: the list, the drawer of a row, and the page of one."""

from collections.abc import Callable, Iterable

from django.contrib import admin, messages
from django.contrib.admin.views.main import SEARCH_VAR, ChangeList
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.loader import render_to_string
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from crm_project.estimated_paginator import EstimatedPaginator
from crm_project.read_only_admin import BigTableAdmin
from crm_project.templatetags.components import badge
from crm_project.templatetags.formats import ago, won
from crm_project.typed_words import typed_words
from customers import access_log
from customers.customer_filters import SENTENCE
from customers.customer_lists import RFM_TONES, agreed_channels, consent_marks, customers_found, due_words
from customers.errors import ReasonMissing
from customers.masking import CustomerView
from customers.models import AccessLogEntry, Customer, CustomerStats
from customers.models.stats import RfmGroup
from customers.privacy.export_admin import MAY_EXPORT, export_customers
from customers.profile import customer_page
from customers.profile.marks import Mark, drawn_marks, marks_for

# What the address of the list may ask for.
FILTERS = frozenset(each.parameter_name for each in SENTENCE)


class FewCounted(EstimatedPaginator):
    """Counts less far than other lists do: a page of customers asks conditions that are dear to count."""

    counted_at_most = 2_000

    def is_whole(self, rows: QuerySet) -> bool:
        return rows.query.where == Customer.objects.living().query.where


class CustomerList(ChangeList):
    """Sorted by a figure, the list has the customers who have one: so an index gives the first page at once."""

    def get_queryset(self, request: HttpRequest, exclude_parameters: Iterable[str] | None = None) -> QuerySet[Customer]:
        customers = super().get_queryset(request, exclude_parameters)
        sorted_by = {str(field).removeprefix("-") for field in customers.query.order_by}
        return customers.filter(**{f"{field}__isnull": False for field in sorted_by if field.startswith("stats__")})


@admin.register(Customer)
class CustomerAdmin(BigTableAdmin):
    """Customers as facts tell them. Nothing is edited by hand: facts come in by import and API."""

    list_display = (
        "shown_name",
        "external_id",
        "group",
        "order_count",
        "spent",
        "last_order",
        "due",
        "channels",
        "demo",
    )
    list_display_links = None
    list_filter = SENTENCE
    change_list_template = "customers/customer_list.html"
    search_fields = ("external_id",)
    search_help_text = _("Phone, e-mail, customer number or name")
    list_select_related = ("stats",)
    ordering = ("-pk",)
    paginator = FewCounted
    actions = (export_customers,)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Customer]:
        return super().get_queryset(request).living()

    def has_export_permission(self, request: HttpRequest) -> bool:
        """Offer the export to those who may ask for one."""
        return request.user.has_perm(MAY_EXPORT)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Customer], search_term: str
    ) -> tuple[QuerySet[Customer], bool]:
        """Search by index only, and write down that somebody searched."""
        if not search_term:
            return queryset, False
        access_log.record(request, AccessLogEntry.Action.SEARCH)
        return customers_found(queryset, search_term), False

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest | None = None) -> bool:
        """Allow the list's own filters alone: `?email__startswith=` would spell masked data out letter by letter."""
        return lookup in FILTERS

    def get_changelist(self, request: HttpRequest, **kwargs: object) -> type[ChangeList]:
        return CustomerList

    def changelist_view(self, request: HttpRequest, extra_context: dict | None = None) -> HttpResponse:
        is_narrowed = any(request.GET.get(name) for name in (*FILTERS, SEARCH_VAR))
        return super().changelist_view(request, {"is_narrowed": is_narrowed} | (extra_context or {}))

    def get_list_display(self, request: HttpRequest) -> list:
        """Put the marks of upper apps behind the group."""
        columns = list(super().get_list_display(request))
        at = columns.index("group") + 1
        return [*columns[:at], *map(_mark_column, marks_for(request)), *columns[at:]]

    def get_changelist_instance(self, request: HttpRequest) -> ChangeList:
        """Read the consents and marks of the page's customers, in a query or two each."""
        changelist = super().get_changelist_instance(request)
        ids = [customer.pk for customer in changelist.result_list]
        agreed, marks = agreed_channels(ids), drawn_marks(ids, request)
        for customer in changelist.result_list:
            customer.agreed_channels = agreed.get(customer.pk, set())
            customer.marks = {name: drawn.get(customer.pk, "") for name, drawn in marks.items()}
        return changelist

    @admin.display(description=_("name"))
    def shown_name(self, customer: Customer) -> SafeString:
        return format_html(
            '<a href="{}" data-drawer="{}">{}</a>',
            reverse("admin:customers_customer_change", args=[customer.pk]),
            reverse("admin:customers_customer_drawer", args=[customer.pk]),
            CustomerView(customer).title,
        )

    @admin.display(description=_("RFM group"))
    def group(self, customer: Customer) -> SafeString | str:
        code = _stats(customer).rfm_group
        return badge(RfmGroup(code).label, RFM_TONES[RfmGroup(code)]) if code else ""

    @admin.display(description=_("orders"))
    def order_count(self, customer: Customer) -> int:
        return _stats(customer).order_count

    @admin.display(description=_("total spend"), ordering="stats__paid_total")
    def spent(self, customer: Customer) -> SafeString | str:
        return won(_stats(customer).paid_total)

    @admin.display(description=_("last order"), ordering="stats__last_order_at")
    def last_order(self, customer: Customer) -> SafeString | str:
        moment = _stats(customer).last_order_at
        return ago(moment) if moment else "–"

    @admin.display(description=_("next due"), ordering="stats__due_at")
    def due(self, customer: Customer) -> SafeString | str:
        moment = _stats(customer).due_at
        return format_html('<span class="nowrap">{}</span>', due_words(moment)) if moment else "–"

    @admin.display(description=_("agreed to"))
    def channels(self, customer: Customer) -> SafeString:
        marks = consent_marks(customer.agreed_channels)
        return render_to_string("dangol/components/consent_dots.html", {"channels": marks})

    @admin.display(description="")
    def demo(self, customer: Customer) -> SafeString | str:
        return badge(_("demo data"), "quiet") if customer.is_demo else ""

    def get_urls(self) -> list[URLPattern]:
        guard = self.admin_site.admin_view
        return [
            path("<int:customer_id>/drawer/", guard(self.drawer), name="customers_customer_drawer"),
            path("<int:customer_id>/note/", guard(self.note), name="customers_customer_note"),
            path("<int:customer_id>/why/<int:segment_id>/", guard(self.why), name="customers_customer_why"),
            path("<int:customer_id>/unmask/", guard(self.unmask), name="customers_customer_unmask"),
            *super().get_urls(),
        ]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict | None = None
    ) -> HttpResponse:
        """Show the page of one customer; of a merged one, that of whom it was merged into."""
        kept = self._kept_instead(request, object_id)
        if kept:
            return HttpResponseRedirect(reverse("admin:customers_customer_change", args=[kept]))
        return customer_page.page(request, self._customer(request, object_id))

    def drawer(self, request: HttpRequest, customer_id: int) -> HttpResponse:
        """Return the strip and the last happenings, for the list's drawer."""
        return customer_page.drawer(request, self._customer(request, customer_id))

    def why(self, request: HttpRequest, customer_id: int, segment_id: int) -> HttpResponse:
        """Return why the customer is in a segment, for the drawer."""
        return customer_page.why(request, self._customer(request, customer_id), segment_id)

    def note(self, request: HttpRequest, customer_id: int) -> HttpResponse:
        """Keep a note about the customer."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        return customer_page.write_note(request, self._customer(request, customer_id))

    def unmask(self, request: HttpRequest, customer_id: int) -> HttpResponse:
        """Show the customer unmasked for ten minutes, once the reader said why."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        customer = self._customer(request, customer_id)
        try:
            access_log.unmask(request, customer, reason=typed_words(request, "reason"))
        except ReasonMissing as error:
            messages.error(request, str(error))
        return HttpResponseRedirect(reverse("admin:customers_customer_change", args=[customer.pk]))

    def _kept_instead(self, request: HttpRequest, object_id: str) -> int | None:
        if not self.has_view_permission(request) or not str(object_id).isdecimal():
            return None
        return Customer.objects.filter(pk=int(object_id)).values_list("merged_into", flat=True).first()

    def _customer(self, request: HttpRequest, customer_id: str | int) -> Customer:
        if not self.has_view_permission(request):
            raise PermissionDenied
        customers = Customer.objects.living().select_related("stats", "home_store")
        number = int(customer_id) if str(customer_id).isdecimal() else 0
        return get_object_or_404(customers, pk=number)


def _stats(customer: Customer) -> CustomerStats:
    """Return the customer's sums; one without any has bought nothing."""
    return getattr(customer, "stats", None) or CustomerStats(customer=customer)


def _mark_column(mark: Mark) -> Callable[[Customer], SafeString]:
    @admin.display(description=mark.label)
    def column(customer: Customer) -> SafeString:
        return customer.marks[mark.name]

    column.__name__ = mark.name
    return column
