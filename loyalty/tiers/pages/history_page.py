"""The history of one customer: tiers and why, what every evaluation read, grants by hand, what was counted."""

from collections.abc import Callable
from datetime import date

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers import access_log
from customers.masking import CustomerView
from customers.models import AccessLogEntry, Customer
from customers.personal_data import everyone_behind
from loyalty.errors import TierGrantRefused
from loyalty.models import Tier, TierCredit, TierEvaluation, TierGrant, TierPeriod
from loyalty.tiers import grants, ladder
from loyalty.tiers.standings import standing_of

MAY_GRANT = "loyalty.grant_tier"
PERIODS_SHOWN = EVALUATIONS_SHOWN = 24
CREDITS_SHOWN = 50


class GrantForm(forms.Form):
    """A tier to give by hand."""

    tier = forms.ModelChoiceField(Tier.objects.none(), label=gettext_lazy("Tier"))
    starts_on = forms.DateField(
        label=gettext_lazy("From"), widget=forms.DateInput(attrs={"type": "date"}), required=False
    )
    ends_on = forms.DateField(label=gettext_lazy("Last day"), widget=forms.DateInput(attrs={"type": "date"}))
    reason = forms.CharField(label=gettext_lazy("Why?"), max_length=300)

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        rules = ladder.current()
        self.fields["tier"].queryset = Tier.objects.filter(pk__in=rules.tier_ids[1:] if rules else [])
        self.fields["starts_on"].initial = timezone.localdate()


def page(request: HttpRequest, customer_id: int) -> HttpResponse:
    """Show the history, and give a tier by hand where that was posted."""
    customer = get_object_or_404(Customer.objects.living(), pk=customer_id)
    form = GrantForm(request.POST or None)
    may_grant = request.user.has_perm(MAY_GRANT)
    if request.method == "POST" and not may_grant:
        raise PermissionDenied
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        if _is_done(request, lambda: grants.grant(customer, by=request.user, **given)):
            return HttpResponseRedirect(reverse("admin:loyalty_tier_customer", args=[customer.pk]))
    access_log.record(request, AccessLogEntry.Action.VIEW, customer=customer)
    context = admin.site.each_context(request) | {
        "title": _("History of tiers"),
        "customer": customer,
        "shown": CustomerView(customer, unmasked=access_log.is_unmasked(request, customer)),
        "standing": standing_of(customer.pk),
        "form": form,
        "may_grant": may_grant,
    }
    return render(request, "loyalty/tiers/history.html", context | _history(customer))


def withdraw(request: HttpRequest, grant_id: int) -> HttpResponse:
    """End a grant."""
    given = get_object_or_404(TierGrant, pk=grant_id)
    _is_done(request, lambda: grants.withdraw(given.pk, by=request.user))
    return HttpResponseRedirect(reverse("admin:loyalty_tier_customer", args=[given.customer_id]))


def _history(customer: Customer) -> dict[str, object]:
    everyone = everyone_behind([customer.pk])
    periods = TierPeriod.objects.filter(customer=customer).select_related("tier", "previous_tier", "rule_version")
    evaluations = TierEvaluation.objects.filter(customer=customer).select_related(
        "tier", "tier_before", "granted_tier", "rule_version"
    )
    given = TierGrant.objects.filter(customer__in=everyone).select_related("tier", "granted_by", "withdrawn_by")
    today = timezone.localdate()
    return {
        "periods": periods.order_by("-started_at", "-pk")[:PERIODS_SHOWN],
        "evaluations": evaluations.order_by("-as_of")[:EVALUATIONS_SHOWN],
        "grants": [(each, _is_open(each, today)) for each in given.order_by("-starts_on", "-pk")],
        "credits": TierCredit.objects.filter(customer__in=everyone).order_by("-business_date", "-pk")[:CREDITS_SHOWN],
    }


def _is_open(given: TierGrant, today: date) -> bool:
    return given.withdrawn_at is None and given.ends_on >= today


def _is_done(request: HttpRequest, act: Callable[[], object]) -> bool:
    """Do an act, and tell what came of it."""
    try:
        act()
    except TierGrantRefused as refusal:
        messages.error(request, str(refusal))
        return False
    messages.success(request, _("Done. The history keeps who did it and why."))
    return True
