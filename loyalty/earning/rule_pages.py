"""The pages of earning beside the editor: the simulator, and the tabs between them."""

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from loyalty import ledger
from loyalty.earning import simulation
from loyalty.earning.simulation import BasketForm
from loyalty.models import EarningRule, EarningTerms


def tabs() -> list[dict[str, object]]:
    """Return the links between the pages of earning."""
    terms, rules = EarningTerms.objects.order_by("pk").first(), capfirst(EarningRule._meta.verbose_name_plural)
    name = "admin:loyalty_earningterms_"
    terms_url = reverse(f"{name}change", args=[terms.pk]) if terms else reverse(f"{name}changelist")
    return [
        {"key": "rules", "label": rules, "url": reverse("admin:loyalty_earningrule_changelist")},
        {"key": "simulator", "label": _("Simulator"), "url": reverse("admin:loyalty_simulator")},
        {"key": "terms", "label": _("Terms"), "url": terms_url},
        {"key": "orders", "label": _("Points of orders"), "url": reverse("admin:loyalty_orderaward_changelist")},
    ]


def simulator(request: HttpRequest) -> HttpResponse:
    """Ask what a purchase would earn, and answer with the reasons; nothing is stored."""
    form = BasketForm(request.GET if "channel" in request.GET else None)
    found = simulation.answer(form, ledger.current_program()) if form.is_bound and form.is_valid() else None
    context = {"title": _("What a purchase earns"), "form": form, "answer": found, "tabs": tabs(), "tab": "simulator"}
    return render(request, "loyalty/simulator.html", admin.site.each_context(request) | context)
