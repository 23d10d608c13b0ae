"""The page on which somebody asks for the consent ledger as evidence: of one customer or of a period, and why."""

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crm_project.errors import BusinessError
from customers.access_log import MAY_UNMASK
from customers.consent import evidence
from customers.models import Customer, ExportRequest

FORMATS = [("csv", gettext_lazy("CSV, for Excel")), ("json", gettext_lazy("JSON, for a machine"))]


class EvidenceForm(forms.Form):
    """Whose entries, or of which days, and what for."""

    customer_number = forms.CharField(
        label=gettext_lazy("Customer number"),
        required=False,
        max_length=100,
        help_text=gettext_lazy("Leave it empty for everybody, and name the days instead."),
    )
    first = forms.DateField(label=gettext_lazy("From"), required=False, widget=forms.DateInput(attrs={"type": "date"}))
    last = forms.DateField(
        label=gettext_lazy("To and including"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    format = forms.ChoiceField(label=gettext_lazy("Format"), choices=FORMATS)
    reason = forms.CharField(
        label=gettext_lazy("What is it for?"),
        max_length=300,
        widget=forms.TextInput(attrs={"placeholder": gettext_lazy("Answer to the authority's letter of 2 November")}),
    )
    is_unmasked = forms.BooleanField(label=gettext_lazy("With names and contacts unmasked"), required=False)

    def clean(self) -> dict[str, object]:
        """Ask for one customer or a period, and find the customer."""
        cleaned = super().clean() or self.cleaned_data
        number, first, last = cleaned.get("customer_number"), cleaned.get("first"), cleaned.get("last")
        if number:
            cleaned["customer"] = Customer.objects.filter(external_id=number).order_by("pk").first()
            if cleaned["customer"] is None:
                self.add_error("customer_number", _("There is no customer with this number."))
        elif not (first and last):
            raise ValidationError(_("Name a customer, or the first and the last day."))
        elif first > last:
            self.add_error("last", _("The last day lies before the first."))
        return cleaned


def evidence_page(request: HttpRequest) -> HttpResponse:
    """Ask for the evidence; the page of the export says what happens next."""
    if not request.user.has_perm(evidence.PERMISSION):
        raise PermissionDenied
    form = EvidenceForm(request.POST or None, initial={"customer_number": request.GET.get("customer", "")[:100]})
    if request.method == "POST" and form.is_valid():
        try:
            export = _ask(request, form.cleaned_data)
        except BusinessError as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Asked for. This page says when the file is there."))
            return HttpResponseRedirect(reverse("admin:customers_exportrequest_change", args=[export.pk]))
    context = admin.site.each_context(request) | {
        "title": _("Consent ledger as evidence"),
        "form": form,
        "may_unmask": request.user.has_perm(MAY_UNMASK),
    }
    return render(request, "consent/evidence.html", context)


def _ask(request: HttpRequest, wanted: dict[str, object]) -> ExportRequest:
    how = {
        "by": request.user,
        "reason": wanted["reason"],
        "form": wanted["format"],
        "is_unmasked": bool(wanted["is_unmasked"]) and request.user.has_perm(MAY_UNMASK),
    }
    if wanted.get("customer"):
        return evidence.ask_about_customer(wanted["customer"], **how)
    return evidence.ask_about_period(wanted["first"], wanted["last"], **how)
