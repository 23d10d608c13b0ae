"""A segment's members as pseudonyms, for analysis: what for, for whom, until when (P-12)."""

from typing import TYPE_CHECKING

from django import forms
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crm_project.errors import BusinessError
from customers.models import Customer, PseudonymUse, Segment
from customers.privacy import pseudonyms

if TYPE_CHECKING:
    from customers.segments.pages.segment_admin import SegmentAdmin


def _purposes() -> list[tuple[str, str]]:
    return [(purpose.value, capfirst(purpose.label)) for purpose in PseudonymUse.Purpose]


class PseudonymForm(forms.Form):
    """What the law wants to be kept of such a file."""

    purpose = forms.ChoiceField(label=gettext_lazy("Purpose"), choices=_purposes, widget=forms.RadioSelect)
    reason = forms.CharField(
        label=gettext_lazy("What is it for?"),
        max_length=300,
        help_text=gettext_lazy("For example “how the first order foretells the second, by age”."),
    )
    recipient = forms.CharField(
        label=gettext_lazy("Who else gets it"),
        max_length=120,
        required=False,
        help_text=gettext_lazy("Empty: nobody outside the shop"),
    )
    used_until = forms.DateField(
        label=gettext_lazy("Used until"),
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text=gettext_lazy("Then every copy is destroyed, and that is recorded on the page of the export."),
    )


def export(request: HttpRequest, admin: "SegmentAdmin", *, segment_id: int) -> HttpResponse:
    """Ask for the members as pseudonyms; the export's own page says what happens next."""
    segment = get_object_or_404(Segment, pk=segment_id)
    if not (admin.has_view_permission(request, segment) and request.user.has_perm(pseudonyms.MAY_EXPORT)):
        raise PermissionDenied
    form = PseudonymForm(request.POST or None, initial={"purpose": PseudonymUse.Purpose.STATISTICS})
    if request.method == "POST" and form.is_valid():
        members = Customer.objects.members_of(segment)
        try:
            asked = pseudonyms.ask(members, by=request.user, **form.cleaned_data)
        except BusinessError as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Asked for. This page says when the file is ready."))
            return HttpResponseRedirect(reverse("admin:customers_exportrequest_change", args=[asked.pk]))
    context = admin.admin_site.each_context(request) | {
        "title": _("“%(segment)s” as pseudonyms") % {"segment": segment},
        "opts": Segment._meta,
        "segment": segment,
        "form": form,
        "approval_from": settings.EXPORT_APPROVAL_FROM,
        "smallest_group": settings.PSEUDONYM_SMALLEST_GROUP,
    }
    return render(request, "segments/pseudonyms.html", context)
