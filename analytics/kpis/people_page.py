"""The customers behind a number, masked, page by page, and the one button that makes them a segment or a list."""

from dataclasses import dataclass
from typing import Any

from django.contrib import admin, messages
from django.contrib.auth.decorators import permission_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from analytics.kpis import asking, behind
from analytics.kpis.asking import Asked
from analytics.kpis.behind import Behind
from analytics.kpis.definitions import KPIS
from analytics.kpis.kpi import Group, Kpi
from analytics.kpis.wording import figure_text
from crm_project.errors import BusinessError
from crm_project.templatetags.components import badge
from customers.customer_lists import RFM_TONES
from customers.masking import CustomerView
from customers.models import CustomerStats
from customers.segments import uploaded_lists
from customers.segments.ready import address_of

PAGE = 50
# Nobody turns more pages than this by hand; a segment or a list has them all.
LAST_PAGE = 200


@dataclass(frozen=True, slots=True)
class Row:
    """A customer as the list shows them."""

    view: CustomerView
    stats: CustomerStats
    url: str
    group: SafeString | str
    figure: SafeString | str


@permission_required(["analytics.view_attributedorder", "customers.view_customer"], raise_exception=True)
def kpi_people(request: HttpRequest, name: str, side: str) -> HttpResponse:
    """List the customers behind the numerator or the denominator; a POST puts them down as a list."""
    kpi, group = _found(name, side)
    asked = asking.read_address(request.GET)
    if request.method == "POST":
        return _keep_as_list(request, kpi, group, asked)
    count = behind.count(group, asked.period, asked.within)
    pages = min(max(1, -(-count // PAGE)), LAST_PAGE)
    page = _page(request, pages)
    rows = behind.customers(group, asked.period, asked.within, skip=(page - 1) * PAGE, most=PAGE)
    context = admin.site.each_context(request) | {
        "title": group.label,
        "kpi": kpi,
        "group": group,
        "asked": asked,
        "count": count,
        "rows": [_row(each, group) for each in rows],
        "page": page,
        "pages": pages,
        "kpi_url": f"{reverse('kpi_page', args=[kpi.name])}?{asked.query}",
        "segment_url": _segment_address(request, kpi, group, asked) if count else "",
        "may_keep": bool(count) and request.user.has_perm("customers.add_uploadedlist"),
    }
    return render(request, "analytics/kpi_people.html", context)


def _found(name: str, side: str) -> tuple[Kpi, Group]:
    kpi = KPIS.get(name)
    group = getattr(kpi, side, None) if side in ("numerator", "denominator") else None
    if kpi is None or group is None:
        raise Http404
    return kpi, group


def _page(request: HttpRequest, pages: int) -> int:
    asked = request.GET.get("page", "1")
    return min(max(1, int(asked)), pages) if asked.isdecimal() and len(asked) < 9 else 1


def _row(found: Behind, group: Group) -> Row:
    # Whose first order came a moment ago has no statistics yet.
    stats = getattr(found.customer, "stats", None) or CustomerStats(customer=found.customer)
    return Row(
        CustomerView(found.customer),
        stats,
        reverse("admin:customers_customer_change", args=[found.customer.pk]),
        badge(stats.get_rfm_group_display(), RFM_TONES[stats.rfm_group]) if stats.rfm_group else "",
        figure_text(found.figure, group.unit),
    )


def _segment_address(request: HttpRequest, kpi: Kpi, group: Group, asked: Asked) -> str:
    rule = group.rule(asked.period, asked.within) if group.rule else None
    if rule is None or not request.user.has_perm("customers.add_segment"):
        return ""
    return address_of(rule, _name(kpi, group, asked))


def _keep_as_list(request: HttpRequest, kpi: Kpi, group: Group, asked: Asked) -> HttpResponse:
    if not request.user.has_perm("customers.add_uploadedlist"):
        raise PermissionDenied
    # One more than fit, so that too many are refused and not cut off.
    numbers = behind.numbers(group, asked.period, asked.within, most=uploaded_lists.MOST_LINES + 1)
    try:
        kept = uploaded_lists.put_down(_name(kpi, group, asked), numbers, by=request.user)
    except BusinessError as refusal:
        messages.error(request, str(refusal))
        return HttpResponseRedirect(request.get_full_path())
    messages.success(request, _("Kept as the list “%(name)s”.") % {"name": kept.name})
    rule: dict[str, Any] = {"all": [{"is": uploaded_lists.NAME_OF_CONDITION, "op": "in", "value": [kept.pk]}]}
    if request.user.has_perm("customers.add_segment"):
        return HttpResponseRedirect(address_of(rule, kept.name))
    return HttpResponseRedirect(reverse("admin:customers_uploadedlist_changelist"))


def _name(kpi: Kpi, group: Group, asked: Asked) -> str:
    return f"{group.label} {asked.period} ({kpi.name.upper()})"[: uploaded_lists.LONGEST_NAME]
