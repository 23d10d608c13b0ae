"""The page of customers who are slipping away: who, since when, what is at stake, and one click to a segment."""

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.auth.decorators import permission_required
from django.core.paginator import Paginator
from django.db.models import Exists, OuterRef
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from analytics import periods
from analytics.cohorts import slipping
from analytics.cohorts.slipping import Asked, AtStake, Slipping
from customers.customer_lists import RFM_TONES, agreed_channels, consent_marks
from customers.masking import CustomerView
from customers.models import Customer, Store
from customers.models.stats import RfmGroup
from customers.segments.ready import address_of
from loyalty.models import Tier

RISKS = [(75, gettext_lazy("3 of 4")), (90, gettext_lazy("9 of 10")), (95, gettext_lazy("19 of 20"))]
BY_DEFAULT = {"risk": slipping.RISK, "within": slipping.WITHIN_DAYS}


class SlippingFilter(forms.Form):
    """Who is asked about; whatever is left out or wrong is as by default."""

    risk = forms.TypedChoiceField(choices=RISKS, coerce=int, required=False, empty_value=slipping.RISK)
    within = forms.IntegerField(min_value=1, max_value=3650, required=False)
    value = forms.IntegerField(min_value=1, max_value=10**12, required=False)
    store = forms.ModelChoiceField(Store.objects.none(), required=False, empty_label=gettext_lazy("any store"))
    tier = forms.ModelChoiceField(Tier.objects.none(), required=False, empty_label=gettext_lazy("any tier"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # By index, store by store: joined, every customer would be read for a handful of names.
        at_home = Customer.objects.filter(home_store=OuterRef("pk"))
        self.fields["store"].queryset = Store.objects.filter(Exists(at_home)).order_by("name")
        self.fields["tier"].queryset = Tier.objects.order_by("pk")

    def asked(self) -> Asked:
        """Return what is asked."""
        self.is_valid()
        given = self.cleaned_data
        store, tier = given.get("store"), given.get("tier")
        return Asked(
            risk=given.get("risk") or slipping.RISK,
            within_days=given.get("within") or slipping.WITHIN_DAYS,
            value=given.get("value") or 1,
            store=store.pk if store else None,
            tier=tier.pk if tier else None,
        )


@permission_required(("analytics.view_attributedorder", "customers.view_customer"), raise_exception=True)
def slipping_page(request: HttpRequest) -> HttpResponse:
    """Show who is slipping away, who is worth most first."""
    form, today = SlippingFilter(BY_DEFAULT | request.GET.dict()), periods.today()
    asked = form.asked()
    total = slipping.at_stake(today, asked)
    page = Paginator(range(total.people), slipping.SHOWN).get_page(request.GET.get("p"))
    found = slipping.dearest(today, asked, offset=page.start_index() - 1 if total.people else 0)
    context = admin.site.each_context(request) | {
        "title": _("Slipping away"),
        "form": form,
        "asked": asked,
        "total": total,
        "rows": rows_of(found),
        "page": page,
        "query": _query_without_page(request),
        "segment_url": segment_address(asked, total) if request.user.has_perm("customers.add_segment") else "",
        "is_filtered": asked != Asked(),
        "each": total.won // total.people if total.people else None,
    }
    return render(request, "cohorts/slipping.html", context)


def segment_address(asked: Asked, total: AtStake) -> str:
    """Return the builder's address for the same customers; empty where there is nobody."""
    if not total.people:
        return ""
    store = Store.objects.filter(pk=asked.store).first()
    return address_of(asked.rule(store.external_id if store else ""), _("Slipping away"))


def rows_of(found: list[Slipping]) -> list[dict[str, Any]]:
    """Return the lines of the list: each with the customer, masked, where to find them, and how to reach them."""
    ids = [each.customer_id for each in found]
    people = Customer.objects.select_related("stats", "home_store").in_bulk(ids)
    agreed = agreed_channels(ids)
    return [_row(each, people[each.customer_id], agreed.get(each.customer_id, set())) for each in found]


def _row(slipping_one: Slipping, customer: Customer, agreed: set[str]) -> dict[str, Any]:
    group = customer.stats.rfm_group
    return {
        "slipping": slipping_one,
        "name": CustomerView(customer).title,
        "url": reverse("admin:customers_customer_change", args=[customer.pk]),
        "drawer": reverse("admin:customers_customer_drawer", args=[customer.pk]),
        "group": RfmGroup(group).label if group else "",
        "tone": RFM_TONES.get(group, "quiet"),
        "consents": consent_marks(agreed),
    }


def _query_without_page(request: HttpRequest) -> str:
    query = request.GET.copy()
    query.pop("p", None)
    return query.urlencode()
