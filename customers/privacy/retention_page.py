"""The page that says how long what is kept, what the legal store holds, and what was destroyed."""

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from customers.models import Destruction
from customers.privacy import erasure, legal_store
from customers.privacy.acting_admin import permit
from customers.privacy.retention import RETENTION, Retention

MAY_SEE = "customers.view_destruction"
LINES_SHOWN = 50


def page(request: HttpRequest) -> HttpResponse:
    """Show the limits, the legal store in sums, and the newest lines of the book of destructions."""
    permit(request, MAY_SEE)
    lines = Destruction.objects.select_related("user", "customer")[:LINES_SHOWN]
    context = admin.site.each_context(request) | {
        "title": _("Retention and destruction"),
        "limits": [(each.label, _limit_words(each), each.law) for each in RETENTION],
        "stored": legal_store.what_is_stored(),
        "lines": [(line, said(line)) for line in lines],
    }
    return render(request, "privacy/retention.html", context)


def _limit_words(retention: Retention) -> str:
    days = retention.days()
    if days is None:
        return _("each record until its own day")
    if days == 0:
        return _("kept for ever")
    return ngettext("%(count)d day", "%(count)d days", days) % {"count": days}


def said(line: Destruction) -> object:
    """Say what was destroyed, in the reader's language."""
    known = RETENTION.get(line.what)
    if known:
        return known.label
    return _("personal data of a customer") if line.what == erasure.WHAT else line.what
