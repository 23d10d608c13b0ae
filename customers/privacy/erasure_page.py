"""The page that erases a person: what goes, what stays and until when, and a number to type before it happens."""

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _

from crm_project.errors import BusinessError
from customers import access_log
from customers.masking import CustomerView
from customers.models import AccessLogEntry, Customer, Destruction, SubjectRequest
from customers.privacy import erasure
from customers.privacy.acting_admin import permit
from customers.privacy.erasure import MAY_ERASE


def page(request: HttpRequest, customer_id: int) -> HttpResponse:
    """Show the preview; erase when the customer's number was typed."""
    permit(request, "customers.view_customer", MAY_ERASE)
    customer = get_object_or_404(Customer.objects.living(), pk=customer_id)
    if request.method == "POST":
        if request.POST.get("typed", "").strip() == customer.external_id:
            return _erase(request, customer)
        messages.error(request, _("Nothing was erased: the number you typed is another one."))
    access_log.record(request, AccessLogEntry.Action.VIEW, customer=customer)
    shown = CustomerView(customer, unmasked=access_log.is_unmasked(request, customer))
    asked = SubjectRequest.objects.filter(customer=customer, kind=SubjectRequest.Kind.ERASE, status="open")
    context = admin.site.each_context(request) | {
        "title": _("Erase %(customer)s") % {"customer": shown.title},
        "customer": customer,
        "preview": erasure.preview(customer),
        "is_asked": asked.exists(),
    }
    return render(request, "privacy/erase.html", context)


def _erase(request: HttpRequest, customer: Customer) -> HttpResponse:
    asked = SubjectRequest.objects.filter(customer=customer, kind=SubjectRequest.Kind.ERASE, status="open").first()
    basis = Destruction.Basis.REQUEST if asked else Destruction.Basis.DECISION
    try:
        erasure.erase([customer.pk], by=request.user, basis=basis)
    except BusinessError as error:
        messages.error(request, str(error))
        return HttpResponseRedirect(reverse("admin:customers_customer_changelist"))
    messages.success(request, _("Erased. Nothing here says any more who it was, but for the legal store."))
    if asked:
        return HttpResponseRedirect(reverse("admin:customers_subjectrequest_change", args=[asked.pk]))
    return HttpResponseRedirect(reverse("admin:customers_customer_changelist"))
