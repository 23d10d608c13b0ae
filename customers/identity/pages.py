"""The pages of identity: who may be one person, what a merge would do, what it did."""

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext
from django.views.decorators.http import require_POST

from crm_project.templatetags.formats import day_text
from customers import access_log
from customers.errors import MergeRefused
from customers.identity import duplicates, merging
from customers.identity.preview import preview
from customers.identity.values import field_of
from customers.masking import CustomerView
from customers.models import AccessLogEntry, Customer, CustomerMerge, CustomerStats, DuplicatePair
from customers.personal_data import tables

MAY_MERGE = "customers.merge_customers"
PAIRS_PER_PAGE = 30
STATUS = DuplicatePair.Status
TABS = (
    ("same", gettext_lazy("Same person?"), Q(status=STATUS.OPEN, is_household=False)),
    ("household", gettext_lazy("Same household?"), Q(status=STATUS.OPEN, is_household=True)),
    ("dismissed", gettext_lazy("Different people"), Q(status=STATUS.DISMISSED)),
)


def pairs(request: HttpRequest) -> HttpResponse:
    """List the pairs that wait for a person, a page at a time."""
    _refuse_without(request, "customers.view_duplicatepair")
    conditions = {key: condition for key, _label, condition in TABS}
    current = request.GET.get("tab") if request.GET.get("tab") in conditions else "same"
    page = Paginator(_pairs(conditions[current]), PAIRS_PER_PAGE).get_page(request.GET.get("p"))
    merges = reverse("admin:customers_customermerge_changelist")
    tabs = [
        {"key": key, "label": label, "url": f"?tab={key}", "count": DuplicatePair.objects.filter(condition).count()}
        for key, label, condition in TABS
    ]
    return render(request, "identity/pairs.html", admin.site.each_context(request) | {
        "title": _("Duplicates"),
        "tabs": [*tabs, {"key": "merges", "label": _("Merged"), "url": merges}],
        "current": current,
        "page": page,
        "rows": [(pair, [_card(each) for each in duplicates.kept_first(pair)]) for pair in page],
        "may_merge": request.user.has_perm(MAY_MERGE),
    })  # fmt: skip


@require_POST
def decide(request: HttpRequest, pair_id: int) -> HttpResponse:
    """Note that the two are different people, or ask about them again."""
    _refuse_without(request, MAY_MERGE)
    pair = get_object_or_404(DuplicatePair, pk=pair_id)
    if request.POST.get("decision") == "reopen":
        duplicates.reopen(pair)
    else:
        duplicates.dismiss(pair, by=request.user)
        messages.success(request, _("They stay two customers and are not asked about again."))
    tab = "household" if pair.is_household else "same"
    return HttpResponseRedirect(reverse("admin:customers_duplicatepair_changelist") + f"?tab={tab}")


def compare(request: HttpRequest, kept_id: int, other_id: int) -> HttpResponse:
    """Show the two side by side with what a merge would do; merge them when that is sent."""
    _refuse_without(request, MAY_MERGE, "customers.view_customer")
    customers = Customer.objects.living().select_related("stats", "home_store")
    kept, other = get_object_or_404(customers, pk=kept_id), get_object_or_404(customers, pk=other_id)
    if request.method == "POST":
        return _merge(request, kept, other)
    for customer in (kept, other):
        access_log.record(request, AccessLogEntry.Action.VIEW, customer=customer)
    pair = DuplicatePair.objects.filter(first__in=[kept, other], second__in=[kept, other]).first()
    shown = [_card(customer, request) for customer in (kept, other)]
    plan = preview(kept, other)
    return render(request, "identity/compare.html", admin.site.each_context(request) | {
        "title": _("Merge two customers"),
        "kept": shown[0],
        "other": shown[1],
        "pair": pair,
        "moving": plan.moving,
        "consents": plan.consents,
        "choices": [(choice, *(_shown(card, choice.name) for card in shown)) for choice in plan.choices],
        "days": merging.UNDO_DAYS,
    })  # fmt: skip


def merge_page(request: HttpRequest, done: CustomerMerge) -> HttpResponse:
    """Show what a merge did, with the way back."""
    labels = {table.name: table.model._meta.verbose_name_plural for table in tables()}
    taken = [field_of(name).verbose_name for name in done.chosen_values]
    return render(request, "identity/merge.html", admin.site.each_context(request) | {
        "title": _("Merge of %(other)s into %(kept)s") % {"other": done.merged, "kept": done.kept},
        "done": done,
        "moved": [(labels.get(name, name), len(ids)) for name, ids in done.moved.items()],
        "taken": taken,
        "facts": _who_and_when(done),
        "until": merging.last_day_to_undo(done),
        "may_undo": request.user.has_perm(MAY_MERGE) and merging.can_be_undone(done),
    })  # fmt: skip


@require_POST
def undo(request: HttpRequest, merge_id: int) -> HttpResponse:
    """Make two customers of them again."""
    _refuse_without(request, MAY_MERGE)
    done = get_object_or_404(CustomerMerge, pk=merge_id)
    try:
        merging.undo(done.pk, by=request.user)
    except MergeRefused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("They are two customers again, each with what was theirs."))
    return HttpResponseRedirect(reverse("admin:customers_customermerge_change", args=[done.pk]))


def _merge(request: HttpRequest, kept: Customer, other: Customer) -> HttpResponse:
    try:
        done = merging.merge(kept.pk, other.pk, by=request.user, take=request.POST.getlist("take"))
    except MergeRefused as refusal:
        messages.error(request, str(refusal))
        return HttpResponseRedirect(request.get_full_path())
    messages.success(request, _("Merged. For %(days)d days it can be undone here.") % {"days": merging.UNDO_DAYS})
    return HttpResponseRedirect(reverse("admin:customers_customermerge_change", args=[done.pk]))


def _who_and_when(done: CustomerMerge) -> list[tuple[object, object, str]]:
    acts = [(pgettext("merge", "Merged by"), done.merged_by, done.merged_at)]
    if done.undone_at:
        acts.append((_("Undone by"), done.undone_by, done.undone_at))
    return [(label, who or _("the system"), day_text(at)) for label, who, at in acts]


def _pairs(condition: Q) -> QuerySet[DuplicatePair]:
    both = ("first__stats", "first__home_store", "second__stats", "second__home_store")
    living = {f"{side}__{field}": None for side in ("first", "second") for field in ("merged_into", "erased_at")}
    return DuplicatePair.objects.filter(condition, **living).select_related(*both).order_by("-pk")


def _card(customer: Customer, request: HttpRequest | None = None) -> dict[str, object]:
    unmasked = request is not None and access_log.is_unmasked(request, customer)
    return {
        "customer": customer,
        "shown": CustomerView(customer, unmasked=unmasked),
        "stats": getattr(customer, "stats", None) or CustomerStats(customer=customer),
    }


def _shown(card: dict, name: str) -> object:
    """Return a value as this reader may see it."""
    customer, shown = card["customer"], card["shown"]
    if name == "gender":
        return customer.get_gender_display()
    return getattr(shown, name) if name in ("name", "email", "phone", "birthday") else getattr(customer, name)


def _refuse_without(request: HttpRequest, *permissions: str) -> None:
    if not request.user.has_perms(permissions):
        raise PermissionDenied
