"""Importing spend: a file is read and shown as it would be stored; only then somebody stores it."""

from datetime import date
from typing import TYPE_CHECKING

from django import forms
from django.contrib import messages
from django.core import signing
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from analytics.errors import SpendFileRefused
from analytics.models import MarketingSpend
from analytics.spend import spend_file
from analytics.spend.spend_file import SpendFile, SpendLine

if TYPE_CHECKING:
    from analytics.admin import MarketingSpendAdmin

SALT = "analytics.spend.import_page"
# Whoever looks at the preview for longer uploads the file again.
PREVIEW_SECONDS = 3_600


class SpendFileForm(forms.Form):
    """Which file."""

    file = forms.FileField(
        label=gettext_lazy("CSV file"),
        help_text=gettext_lazy("Columns month, source, amount and, if you like, note; the first line names them."),
        widget=forms.FileInput(attrs={"accept": ".csv,text/csv"}),
    )


def import_spend(request: HttpRequest, admin: "MarketingSpendAdmin") -> HttpResponse:
    """Ask for a file, show what it would store, and store it once somebody has seen that."""
    if not (admin.has_add_permission(request) and admin.has_change_permission(request)):
        raise PermissionDenied
    if request.method == "POST" and "lines" in request.POST:
        return _store(request)
    form = SpendFileForm(request.POST or None, request.FILES or None)
    found: SpendFile | None = None
    if request.method == "POST" and form.is_valid():
        try:
            found = spend_file.read(form.cleaned_data["file"].read(spend_file.MOST_BYTES + 1))
        except SpendFileRefused as refusal:
            form.add_error("file", str(refusal))
    context = admin.admin_site.each_context(request) | {
        "title": _("Import marketing spend"),
        "opts": MarketingSpend._meta,
        "form": form,
        "found": found,
        "counts": {state: found.count(state) for state in ("new", "changed", "same")} if found else {},
        "sealed": seal(found.lines) if found and not found.problems else "",
    }
    return render(request, "analytics/spend_import.html", context)


def seal(lines: list[SpendLine]) -> str:
    """Return lines that were looked at, signed, so that what is stored is what was shown."""
    plain = [[each.line, each.month.isoformat(), each.source, each.amount, each.note] for each in lines]
    return signing.dumps(plain, salt=SALT, compress=True)


def unseal(sealed: str) -> list[SpendLine]:
    """Return the lines of a seal.

    Raises:
        BadSignature: nobody was shown this, or too long ago.
    """
    plain = signing.loads(sealed, salt=SALT, max_age=PREVIEW_SECONDS)
    return [SpendLine(line, date.fromisoformat(month), *rest) for line, month, *rest in plain]


def _store(request: HttpRequest) -> HttpResponse:
    try:
        changed = spend_file.store(unseal(request.POST["lines"]))
    except signing.BadSignature:
        messages.error(request, _("This preview is too old. Upload the file again."))
        return HttpResponseRedirect(request.path)
    words = ngettext("%(count)s line stored.", "%(count)s lines stored.", changed) % {"count": f"{changed:,}"}
    messages.success(request, words if changed else _("Nothing had changed."))
    return HttpResponseRedirect(reverse("spend"))
