"""The rows behind the figures: days, bookings, lots, moves among the tiers. To look at; the overview leads here."""

from datetime import timedelta
from urllib.parse import urlencode

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from crm_project.read_only_admin import BigTableAdmin, ReadOnlyAdmin
from crm_project.templatetags.components import badge
from crm_project.templatetags.formats import NOTHING, day, moment, number
from customers.customer_link import customer_link
from customers.masking import CustomerView
from loyalty.accounts.statement import LOOKS, last_valid
from loyalty.figures import overview_page
from loyalty.ledger.terms import start_of
from loyalty.models import Account, DailyTotal, Lot, TierPeriod, Transaction
from loyalty.tiers.tier_badges import tier_badge

ROWS = "loyalty/figure_rows.html"
NEEDED = ("loyalty.view_dailytotal",)
LOT_TONES = {Lot.State.ACTIVE: "good", Lot.State.PENDING: "wait"}


@admin.register(DailyTotal)
class DailyTotalAdmin(ReadOnlyAdmin):
    """Points by day, and the overview before them."""

    change_list_template = ROWS
    list_display = ("date", "issued_", "adjusted_", "reversed_", "redeemed_", "expired_", "outstanding_", "debt_")
    list_display_links = None
    ordering = ("-day",)
    date_hierarchy = "day"
    list_per_page = 31

    def get_urls(self) -> list[URLPattern]:
        return [
            path("overview/", self.admin_site.admin_view(overview), name="loyalty_overview"),
            *super().get_urls(),
        ]

    @admin.display(description=_("day"), ordering="day")
    def date(self, total: DailyTotal) -> SafeString:
        since, until = start_of(total.day), start_of(total.day + timedelta(days=1))
        query = urlencode({"posted_at__gte": since.isoformat(), "posted_at__lt": until.isoformat()})
        url = reverse("admin:loyalty_transaction_changelist")
        return format_html('<a href="{}?{}">{}</a>', url, query, day(total.day))

    @admin.display(description=_("earned"))
    def issued_(self, total: DailyTotal) -> SafeString:
        return _figure(total.issued)

    @admin.display(description=_("adjusted"))
    def adjusted_(self, total: DailyTotal) -> SafeString:
        return _figure(total.adjusted)

    @admin.display(description=_("taken back"))
    def reversed_(self, total: DailyTotal) -> SafeString:
        return _figure(total.reversed)

    @admin.display(description=_("used"))
    def redeemed_(self, total: DailyTotal) -> SafeString:
        return _figure(total.redeemed)

    @admin.display(description=_("expired"))
    def expired_(self, total: DailyTotal) -> SafeString:
        return _figure(total.expired)

    @admin.display(description=_("outstanding at the end"))
    def outstanding_(self, total: DailyTotal) -> SafeString:
        return _figure(total.outstanding)

    @admin.display(description=_("return adjustment"))
    def debt_(self, total: DailyTotal) -> SafeString:
        return _figure(total.debt)


@admin.register(Transaction)
class TransactionAdmin(BigTableAdmin):
    """Everything that was booked on all accounts, the newest first."""

    change_list_template = ROWS
    list_display = ("booked_at", "what", "amount", "member", "reference", "store", "by")
    list_display_links = None
    list_filter = ("kind",)
    list_select_related = ("account__customer", "store", "by")
    ordering = ("-posted_at", "-pk")

    @admin.display(description=_("booked at"), ordering="posted_at")
    def booked_at(self, booked: Transaction) -> SafeString | str:
        return moment(booked.posted_at)

    @admin.display(description=_("kind"))
    def what(self, booked: Transaction) -> SafeString:
        icon_name, tone = LOOKS[booked.kind]
        return badge(booked.get_kind_display(), tone, icon_name)

    @admin.display(description=_("points"))
    def amount(self, booked: Transaction) -> SafeString:
        return _figure(booked.points)

    @admin.display(description=_("name"))
    def member(self, booked: Transaction) -> SafeString:
        return _member(booked.account)


@admin.register(Lot)
class LotAdmin(BigTableAdmin):
    """The lots that still hold points, those that die first on top."""

    change_list_template = ROWS
    list_display = ("member", "left", "awarded", "kind", "standing", "last_day")
    list_display_links = None
    list_filter = ("state", "kind")
    list_select_related = ("account__customer",)
    ordering = ("expires_at", "pk")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Lot]:
        rows = super().get_queryset(request)
        is_list = request.resolver_match is not None and request.resolver_match.url_name == "loyalty_lot_changelist"
        return rows.filter(state__in=[Lot.State.ACTIVE, Lot.State.PENDING]) if is_list else rows

    @admin.display(description=_("name"))
    def member(self, lot: Lot) -> SafeString:
        return _member(lot.account)

    @admin.display(description=_("points left"))
    def left(self, lot: Lot) -> SafeString:
        return _figure(lot.remaining)

    @admin.display(description=_("of points awarded"))
    def awarded(self, lot: Lot) -> SafeString:
        return _figure(lot.original)

    @admin.display(description=_("state"))
    def standing(self, lot: Lot) -> SafeString:
        return badge(lot.get_state_display(), LOT_TONES.get(lot.state, "quiet"))

    @admin.display(description=_("last day"), ordering="expires_at")
    def last_day(self, lot: Lot) -> SafeString | str:
        last = last_valid(lot)
        return day(last) if last else str(_("never expires"))


@admin.register(TierPeriod)
class TierPeriodAdmin(BigTableAdmin):
    """Who came into which tier, when and why, the newest first."""

    change_list_template = ROWS
    list_display = ("since", customer_link, "before", "after", "move", "cause")
    list_display_links = None
    list_filter = ("is_rise", "cause", "tier")
    list_select_related = ("customer", "tier", "previous_tier")
    ordering = ("-started_at", "-pk")

    @admin.display(description=_("since"), ordering="started_at")
    def since(self, period: TierPeriod) -> SafeString | str:
        return moment(period.started_at)

    @admin.display(description=_("tier before"))
    def before(self, period: TierPeriod) -> SafeString | str:
        return tier_badge(period.previous_tier) if period.previous_tier else NOTHING

    @admin.display(description=_("tier"))
    def after(self, period: TierPeriod) -> SafeString:
        return tier_badge(period.tier)

    @admin.display(description=_("movement"))
    def move(self, period: TierPeriod) -> SafeString | str:
        if period.previous_tier_id is None:
            return NOTHING
        if period.is_rise:
            return badge(_("rose"), "good", "arrow-up")
        return badge(_("came down"), "wait", "arrow-down")


def overview(request: HttpRequest) -> HttpResponse:
    """Show the figures to whoever may see the points of the days."""
    if not request.user.has_perms(NEEDED):
        raise PermissionDenied
    return overview_page.page(request)


def _member(account: Account) -> SafeString:
    url = reverse("admin:loyalty_account_change", args=[account.pk])
    return format_html('<a href="{}">{}</a>', url, CustomerView(account.customer).title)


def _figure(points: int) -> SafeString:
    return format_html('<span class="num">{}</span>', number(points) if points else "–")
