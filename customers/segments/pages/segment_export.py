"""A segment's members as a file: a masked list, or hashed contacts for an advertising network."""

from typing import TYPE_CHECKING

from django import forms
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crm_project.errors import BusinessError
from customers.models import Customer, Segment
from customers.privacy import audience_export, customer_export, exports

if TYPE_CHECKING:
    from customers.segments.pages.segment_admin import SegmentAdmin

KINDS = (
    (customer_export.KIND, gettext_lazy("A list for people: names and contacts masked")),
    (audience_export.META, gettext_lazy("An audience for Meta: hashed e-mails and phones")),
    (audience_export.GOOGLE, gettext_lazy("An audience for Google: hashed e-mails and phones")),
)


class SegmentExportForm(forms.Form):
    """Which file, and what for."""

    kind = forms.ChoiceField(label=gettext_lazy("Which file?"), choices=KINDS, widget=forms.RadioSelect)
    reason = forms.CharField(label=gettext_lazy("What is it for?"), max_length=300)


def export(request: HttpRequest, admin: "SegmentAdmin", *, segment_id: int) -> HttpResponse:
    """Ask for a file of the members as they are now; the export's own page says what happens next."""
    segment = get_object_or_404(Segment, pk=segment_id)
    if not (admin.has_view_permission(request, segment) and request.user.has_perm(audience_export.MAY_EXPORT)):
        raise PermissionDenied
    form = SegmentExportForm(request.POST or None, initial={"kind": customer_export.KIND})
    if request.method == "POST" and form.is_valid():
        try:
            asked = exports.request_export(
                form.cleaned_data["kind"],
                by=request.user,
                reason=form.cleaned_data["reason"],
                customers=Customer.objects.members_of(segment),
            )
        except BusinessError as refusal:
            form.add_error("reason", str(refusal))
        else:
            messages.success(request, _("Asked for. This page says when the file is ready."))
            return HttpResponseRedirect(reverse("admin:customers_exportrequest_change", args=[asked.pk]))
    context = admin.admin_site.each_context(request) | {
        "title": _("Export “%(segment)s”") % {"segment": segment},
        "opts": Segment._meta,
        "segment": segment,
        "form": form,
        "approval_from": settings.EXPORT_APPROVAL_FROM,
    }
    return render(request, "segments/export.html", context)
