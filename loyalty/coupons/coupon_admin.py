"""Coupons in the admin: the list with its funnels, and the way to the pages of one coupon."""

from collections.abc import Callable

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Case, Count, F, Q, QuerySet, Value, When
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crm_project.read_only_admin import BigTableAdmin
from crm_project.templatetags.components import badge
from crm_project.templatetags.formats import NOTHING, moment, number_text, percent_text, won, won_short
from customers.customer_link import customer_link
from loyalty.coupons import code_pages, coupon_pages, figures, sentences
from loyalty.coupons.coupon_words import USE_TONES, state_badge
from loyalty.models import Coupon, CouponRedemption

Status = Coupon.Status
Page = Callable[..., HttpResponse]
# The pages and acts of one coupon, and the permission of each.
PAGES: dict[str, tuple[Page, str]] = {
    "edit": (coupon_pages.edit, "loyalty.change_coupon"),
    "start": (coupon_pages.start, "loyalty.change_coupon"),
    "stop": (coupon_pages.stop, "loyalty.change_coupon"),
    "issue": (code_pages.issue, "loyalty.issue_coupon"),
    "codes": (code_pages.make_codes, "loyalty.issue_coupon"),
    "download": (code_pages.download, "loyalty.download_codes"),
}


def _tabs() -> list[tuple[str, object, Q]]:
    own, is_over = Q(source=Coupon.OWN), Q(valid_until__lt=timezone.localdate())
    return [
        ("", _("All"), Q()),
        ("running", _("Running"), own & Q(status=Status.RUNNING) & ~is_over),
        ("drafts", _("Drafts"), own & Q(status=Status.DRAFT)),
        ("stopped", _("Stopped"), own & Q(status=Status.STOPPED) & ~is_over),
        ("over", _("Over"), own & is_over & ~Q(status=Status.DRAFT)),
        ("imported", _("Imported"), ~own),
    ]


class TabFilter(admin.SimpleListFilter):
    """Where coupons stand; drawn as tabs."""

    title = gettext_lazy("status")
    parameter_name = "tab"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, object]]:
        return [(key, label) for key, label, _condition in _tabs() if key]

    def queryset(self, request: HttpRequest, coupons: QuerySet[Coupon]) -> QuerySet[Coupon]:
        return coupons.filter({key: condition for key, _label, condition in _tabs()}.get(self.value() or "", Q()))


@admin.register(Coupon)
class CouponAdmin(admin.ModelAdmin):
    """Coupons, those of today first, each with how far it got."""

    change_list_template = "coupons/list.html"
    list_display = ("title", "standing", "funnel", "revenue", "discount", "per_won")
    list_display_links = None
    list_filter = (TabFilter,)
    list_per_page = 25
    search_fields = ("name", "external_id", "shared_code")
    search_help_text = gettext_lazy("Name, number or code of the coupon")
    show_full_result_count = False
    actions = None

    def get_ordering(self, request: HttpRequest) -> list[object]:
        """Put our own before imported ones, and the last to end first."""
        is_imported = Case(When(source=Coupon.OWN, then=Value(0)), default=Value(1))
        return [is_imported, F("valid_until").desc(nulls_first=True), "name", "-pk"]

    def get_urls(self) -> list[URLPattern]:
        guard = self.admin_site.admin_view
        pages = [
            path(f"<int:coupon_id>/{name}/", guard(_guarded(page, needed)), name=f"loyalty_coupon_{name}")
            for name, (page, needed) in PAGES.items()
        ]
        own = [
            path("preview/", guard(self.preview), name="loyalty_coupon_preview"),
            path("choices/", guard(self.choices), name="loyalty_coupon_choices"),
        ]
        return [*own, *pages, *super().get_urls()]

    def has_delete_permission(self, request: HttpRequest, obj: Coupon | None = None) -> bool:
        """Keep every coupon: what was promised can be looked up; a draft costs nothing."""
        return False

    def changelist_view(self, request: HttpRequest, extra_context: dict | None = None) -> HttpResponse:
        more = {"tab_items": _tab_items(), "tab": request.GET.get("tab", ""), "month": figures.month(timezone.now())}
        return super().changelist_view(request, (extra_context or {}) | more)

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: dict | None = None) -> HttpResponse:
        if not self.has_add_permission(request):
            raise PermissionDenied
        return coupon_pages.add(request)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict | None = None
    ) -> HttpResponse:
        """Show a draft to be written, and everything else as what became of it."""
        coupon = self.get_object(request, object_id)
        if request.method == "POST" or not self.has_view_or_change_permission(request, coupon):
            raise PermissionDenied
        if coupon is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        return coupon_pages.show(request, coupon)

    def preview(self, request: HttpRequest) -> HttpResponse:
        """Answer the editor with the coupon as it is typed."""
        if not (self.has_add_permission(request) or self.has_change_permission(request)):
            raise PermissionDenied
        return coupon_pages.preview(request)

    def choices(self, request: HttpRequest) -> HttpResponse:
        """Find products, categories and stores for the editor."""
        if not (self.has_add_permission(request) or self.has_change_permission(request)):
            raise PermissionDenied
        return coupon_pages.choices(request)

    @admin.display(description=gettext_lazy("coupon"), ordering="name")
    def title(self, coupon: Coupon) -> SafeString:
        url = reverse("admin:loyalty_coupon_change", args=[coupon.pk])
        words = coupon.external_id if coupon.is_history else sentences.short(coupon)
        return format_html('<a href="{}">{}</a><span class="quiet cell-note">{}</span>', url, coupon.name, words)

    @admin.display(description=gettext_lazy("status"), ordering="status")
    def standing(self, coupon: Coupon) -> SafeString:
        return format_html('{}<span class="quiet cell-note">{}</span>', state_badge(coupon), sentences.period(coupon))

    @admin.display(description=gettext_lazy("issued → used → expired"), ordering="issued_count")
    def funnel(self, coupon: Coupon) -> SafeString:
        return _funnel(coupon)

    @admin.display(description=gettext_lazy("revenue with it"), ordering="revenue_total")
    def revenue(self, coupon: Coupon) -> SafeString | str:
        return won_short(coupon.revenue_total) if coupon.revenue_total else NOTHING

    @admin.display(description=gettext_lazy("discount"), ordering="discount_total")
    def discount(self, coupon: Coupon) -> SafeString | str:
        return won_short(coupon.discount_total) if coupon.discount_total else NOTHING

    @admin.display(description=gettext_lazy("revenue per won"))
    def per_won(self, coupon: Coupon) -> str:
        return number_text(coupon.revenue_total / coupon.discount_total, 1) if coupon.discount_total else NOTHING


@admin.register(CouponRedemption)
class CouponRedemptionAdmin(BigTableAdmin):
    """Each use of a coupon, with what it cost."""

    list_display = ("when", "offer", customer_link, "standing", "place", "off", "paid")
    list_display_links = None
    list_filter = ("status", "sales_channel")
    list_select_related = ("coupon", "customer", "store")
    ordering = ("-redeemed_at", "-pk")

    @admin.display(description=gettext_lazy("redeemed at"), ordering="redeemed_at")
    def when(self, use: CouponRedemption) -> SafeString | str:
        return moment(use.redeemed_at)

    @admin.display(description=gettext_lazy("coupon"))
    def offer(self, use: CouponRedemption) -> SafeString:
        return format_html(
            '<a href="{}">{}</a>', reverse("admin:loyalty_coupon_change", args=[use.coupon_id]), use.coupon
        )

    @admin.display(description=gettext_lazy("status"))
    def standing(self, use: CouponRedemption) -> SafeString:
        return badge(use.get_status_display(), USE_TONES[use.status])

    @admin.display(description=gettext_lazy("where"))
    def place(self, use: CouponRedemption) -> SafeString:
        place = use.store.name if use.store else use.get_sales_channel_display() if use.sales_channel else NOTHING
        return format_html('{}<span class="quiet cell-note">{}</span>', place, use.receipt)

    @admin.display(description=gettext_lazy("discount"))
    def off(self, use: CouponRedemption) -> SafeString:
        return format_html('<span class="num">{}</span>', won(use.cost) if use.cost else NOTHING)

    @admin.display(description=gettext_lazy("paid"))
    def paid(self, use: CouponRedemption) -> SafeString:
        return format_html('<span class="num">{}</span>', won(use.paid_amount) if use.paid_amount else NOTHING)


def _guarded(page: Page, needed: str) -> Page:
    def view(request: HttpRequest, coupon_id: int) -> HttpResponse:
        if not request.user.has_perm(needed):
            raise PermissionDenied
        return page(request, coupon_id)

    return view


def _funnel(coupon: Coupon) -> SafeString:
    """Draw issued, used and expired as one bar; of a coupon nobody was issued, how often it was used."""
    words = _("%(issued)s → %(used)s → %(expired)s") % {
        "issued": number_text(coupon.issued_count) if coupon.issued_count else NOTHING,
        "used": number_text(coupon.used_count),
        "expired": number_text(coupon.expired_count) if coupon.issued_count else NOTHING,
    }
    if not coupon.issued_count:
        return format_html('<span class="nowrap">{}</span>', words)
    share = percent_text(coupon.used_count / coupon.issued_count)
    used, expired = (round(each * 100 / coupon.issued_count, 1) for each in (coupon.used_count, coupon.expired_count))
    return format_html(
        '<span class="bar-cell"><span class="nowrap">{} <span class="quiet">{}</span></span>'
        '<svg width="100%" height="4" aria-hidden="true">'
        '<rect class="fill fill-track" width="100%" height="4" rx="2"/>'
        '<rect class="fill fill-good" width="{}%" height="4"/><rect class="fill fill-quiet" x="{}%" width="{}%"'
        ' height="4"/></svg></span>',
        words,
        share,
        used,
        used,
        expired,
    )


def _tab_items() -> list[dict[str, object]]:
    tabs = _tabs()
    counted = Coupon.objects.aggregate(**{key: Count("pk", filter=condition) for key, _label, condition in tabs[1:]})
    url = reverse("admin:loyalty_coupon_changelist")
    return [
        {"key": key, "label": label, "url": f"{url}?tab={key}" if key else url, "count": counted.get(key)}
        for key, label, _condition in tabs
        if not key or counted[key] or key == "running"
    ]
