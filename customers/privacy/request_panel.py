"""On the customer page: what the person asked about their own data, and the way to its answer."""

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy

from customers.models import Customer, GuardianConsent, SubjectRequest
from customers.privacy.erasure import MAY_ERASE
from customers.privacy.subject_requests import MAY_HANDLE
from customers.profile.panels import panel

REQUESTS_SHOWN = 5


@panel("privacy", title=gettext_lazy("Personal data"), icon="shield-check", order=80)
def requests_of_person(customer: Customer, request: HttpRequest) -> SafeString | None:
    """List the newest requests of the person, for whoever answers them or erases."""
    may_handle, may_erase = request.user.has_perm(MAY_HANDLE), request.user.has_perm(MAY_ERASE)
    if not may_handle and not may_erase:
        return None
    context = {
        "requests": SubjectRequest.objects.filter(customer=customer).order_by("-pk")[:REQUESTS_SHOWN],
        "guardian": GuardianConsent.objects.filter(customer=customer).first(),
        "customer": customer,
        "open_url": reverse("admin:customers_subjectrequest_open") if may_handle else "",
        "may_erase": may_erase,
    }
    return render_to_string("privacy/request_panel.html", context)
