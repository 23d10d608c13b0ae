"""Points accounts in the admin: the list of members, each with a statement, and the checks of the ledger.

Nobody edits points here. The statement's page adjusts them through the ledger, with a reason.
"""

from datetime import timedelta

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import QuerySet, Sum
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from crm_project.read_only_admin import BigTableAdmin, ReadOnlyAdmin
from crm_project.templatetags.components import badge
from crm_project.templatetags.formats import day, number, number_text
from customers import access_log
from customers.customer_link import customer_link
from customers.customer_lists import customers_found
from customers.masking import CustomerView
from customers.models import AccessLogEntry, Customer
from loyalty import ledger
from loyalty.accounts import statement
from loyalty.accounts.adjust_form import AdjustForm
from loyalty.adjustments import asking
from loyalty.errors import LedgerRefused
from loyalty.models import Account, LedgerCheck, Lot

MAY_ADJUST = "loyalty.adjust_points"
MAY_FREEZE = "loyalty.freeze_account"
LINES_PER_PAGE = 30
LOTS_SHOWN = 12
SOON_DAYS = 30
TONES = {Account.Status.OPEN: "good", Account.Status.FROZEN: "wait", Account.Status.CLOSED: "quiet"}


@admin.register(Account)
class AccountAdmin(BigTableAdmin):
    """Members and their points."""

    list_display = (
        "member",
        customer_link,
        "usable",
        "waiting",
        "on_hold",
        "owed",
        "earned",
        "state",
    )
    list_display_links = None
    list_filter = ("status",)
    list_select_related = ("customer",)
    change_list_template = "points/accounts.html"
    search_fields = ("customer__external_id",)
    search_help_text = gettext_lazy("Phone, e-mail, customer number or name")
    ordering = ("-available", "-pk")

    def get_urls(self) -> list[URLPattern]:
        guard = self.admin_site.admin_view
        return [
            path("<int:account_id>/adjust/", guard(adjust), name="loyalty_account_adjust"),
            path("<int:account_id>/freeze/", guard(self.freeze), name="loyalty_account_freeze"),
            *super().get_urls(),
        ]

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Account], search_term: str
    ) -> tuple[QuerySet[Account], bool]:
        """Find the members as the list of customers does, and write down that somebody searched."""
        if not search_term:
            return queryset, False
        access_log.record(request, AccessLogEntry.Action.SEARCH)
        return queryset.filter(customer__in=customers_found(Customer.objects.living(), search_term)), False

    def changelist_view(self, request: HttpRequest, extra_context: dict | None = None) -> HttpResponse:
        return super().changelist_view(request, {"title": _("Points"), "tiles": _tiles()} | (extra_context or {}))

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict | None = None
    ) -> HttpResponse:
        """Show the statement."""
        account = self.get_object(request, object_id)
        if account is None or not self.has_view_permission(request, account):
            raise PermissionDenied
        return statement_page(request, account)

    def freeze(self, request: HttpRequest, account_id: int) -> HttpResponse:
        """Stop the use of an account's points, or allow it again; who did it stands in the history of the admin."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        if not request.user.has_perms([MAY_FREEZE, "loyalty.view_account"]):
            raise PermissionDenied
        account = get_object_or_404(Account, pk=account_id)
        is_frozen = account.status == Account.Status.FROZEN
        (ledger.thaw if is_frozen else ledger.freeze)(account.pk)
        self.log_change(request, account, "thawed" if is_frozen else "frozen")
        return HttpResponseRedirect(reverse("admin:loyalty_account_change", args=[account.pk]))

    @admin.display(description=gettext_lazy("name"))
    def member(self, account: Account) -> SafeString:
        url = reverse("admin:loyalty_account_change", args=[account.pk])
        return format_html('<a href="{}">{}</a>', url, CustomerView(account.customer).title)

    @admin.display(description=gettext_lazy("usable points"), ordering="available")
    def usable(self, account: Account) -> SafeString:
        return _figure(account.available)

    @admin.display(description=gettext_lazy("pending points"))
    def waiting(self, account: Account) -> SafeString:
        return _figure(account.pending)

    @admin.display(description=gettext_lazy("points on hold"))
    def on_hold(self, account: Account) -> SafeString:
        return _figure(account.held)

    @admin.display(description=gettext_lazy("return adjustment"))
    def owed(self, account: Account) -> SafeString:
        return _figure(-account.debt)

    @admin.display(description=gettext_lazy("earned in all"))
    def earned(self, account: Account) -> SafeString:
        return _figure(account.lifetime_earned)

    @admin.display(description=gettext_lazy("status"))
    def state(self, account: Account) -> SafeString:
        return badge(account.get_status_display(), TONES[account.status])


@admin.register(LedgerCheck)
class LedgerCheckAdmin(ReadOnlyAdmin):
    """What the nightly replay of the ledger found."""

    list_display = ("started_at", "accounts", "entries", "result")
    ordering = ("-started_at",)
    fields = ("started_at", "ended_at", "accounts", "entries", "differences", "findings")

    @admin.display(description=gettext_lazy("result"))
    def result(self, done: LedgerCheck) -> SafeString:
        if done.differences:
            return badge(_("%(count)s differences") % {"count": f"{done.differences:,}"}, "bad")
        return badge(_("everything adds up"), "good")


def statement_page(request: HttpRequest, account: Account, form: AdjustForm | None = None) -> HttpResponse:
    """Show an account: what it holds, how that came, and when it dies."""
    now = timezone.now()
    standing = ledger.standing_of(account.pk, now=now)
    page = Paginator(statement.transactions(account), LINES_PER_PAGE).get_page(request.GET.get("p"))
    usable = [lot for lot in standing.lots if lot.state == Lot.State.ACTIVE]
    lots = sorted(standing.lots, key=lambda lot: (lot.expires_at is None, lot.expires_at or now, lot.pk))
    return render(request, "points/statement.html", admin.site.each_context(request) | {
        "title": CustomerView(account.customer).title,
        "account": account,
        "tone": TONES[account.status],
        "standing": standing,
        "waiting": standing.pending + standing.held,
        "facts": _facts(account),
        "soon": standing.expiring_within(SOON_DAYS, now=now),
        "soon_days": SOON_DAYS,
        "balance": statement.balance_chart(account, now),
        "expiries": statement.expiry_chart(usable, now),
        "lots": statement.with_last_days(lots[:LOTS_SHOWN]),
        "more_lots": max(0, len(lots) - LOTS_SHOWN),
        "page": page,
        "lines": statement.lines(page),
        "may_adjust": request.user.has_perm(MAY_ADJUST) and account.status != Account.Status.CLOSED,
        "may_freeze": request.user.has_perm(MAY_FREEZE) and account.status != Account.Status.CLOSED,
        "form": form or AdjustForm(),
        "asked": account.asked_adjustments.filter(status="waiting").select_related("asked_by").first(),
    })  # fmt: skip


@require_POST
def adjust(request: HttpRequest, account_id: int) -> HttpResponse:
    """Give or take points by hand."""
    if not request.user.has_perms([MAY_ADJUST, "loyalty.view_account"]):
        raise PermissionDenied
    account = get_object_or_404(Account.objects.select_related("customer"), pk=account_id)
    form = AdjustForm(request.POST)
    if not form.is_valid():
        return statement_page(request, account, form)
    points, key = form.cleaned_data["points"], form.cleaned_data.pop("key")
    receipt = ledger.Receipt("adjustment", str(key), "given" if points > 0 else "taken")
    try:
        done = ledger.adjust(account.pk, **form.cleaned_data, receipt=receipt, by=request.user)
    except LedgerRefused as refusal:
        if refusal.code == "NEEDS_APPROVAL":
            return _ask(request, account, form)
        form.add_error(None, str(refusal))
        return statement_page(request, account, form)
    messages.success(request, _("Booked. %(points)s points can be used now.") % {"points": number_text(done.available)})
    return HttpResponseRedirect(reverse("admin:loyalty_account_change", args=[account.pk]))


def _ask(request: HttpRequest, account: Account, form: AdjustForm) -> HttpResponse:
    """Ask a second person for what one alone may not book."""
    try:
        asking.ask(account.pk, **form.cleaned_data, by=request.user)
    except LedgerRefused as refusal:
        form.add_error(None, str(refusal))
        return statement_page(request, account, form)
    alone = number_text(account.program.adjust_alone_up_to)
    messages.success(
        request,
        _("Asked for. Above %(points)s points a second person has to agree; nothing is booked until then.")
        % {"points": alone},
    )
    return HttpResponseRedirect(reverse("admin:loyalty_account_change", args=[account.pk]))


def _facts(account: Account) -> list[tuple[object, object]]:
    return [
        (_("Customer"), customer_link(account)),
        (_("Points program"), account.program.name),
        (_("Earned in all"), f"{number_text(account.lifetime_earned)} P"),
        (_("Opened on"), day(account.opened_at)),
        (_("Used at least"), f"{number_text(account.program.least_points)} P"),
    ]


def _tiles() -> list[dict[str, object]]:
    """Return the figures above the list: one pass over the accounts' own numbers, and one over lots that die soon."""
    sums = Account.objects.aggregate(
        usable=Sum("available"), waiting=Sum("pending"), held=Sum("held"), owed=Sum("debt")
    )
    until = timezone.now() + timedelta(days=SOON_DAYS)
    dying = Lot.objects.filter(state=Lot.State.ACTIVE, expires_at__lte=until).aggregate(sum=Sum("remaining"))["sum"]
    return [
        {"label": _("Usable points"), "figure": sums["usable"] or 0, "icon": "gift"},
        {"label": _("Pending and on hold"), "figure": (sums["waiting"] or 0) + (sums["held"] or 0), "icon": "clock"},
        {"label": _("Expire within %(days)d days") % {"days": SOON_DAYS}, "figure": dying or 0, "icon": "calendar"},
        {"label": _("Owed after returns"), "figure": sums["owed"] or 0, "icon": "undo-2"},
    ]


def _figure(points: int) -> SafeString:
    return format_html('<span class="num">{}</span>', number(points) if points else "–")
