"""The page of the points program: its terms in words, the form to change them, and who changed what when."""

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from crm_project.read_only_admin import ReadOnlyAdmin
from crm_project.templatetags.formats import number_text
from loyalty import ledger
from loyalty.models import Program
from loyalty.program import terms
from loyalty.program.program_form import ProgramForm

MAY_CHANGE = "loyalty.change_program"


@admin.register(Program)
class ProgramAdmin(ReadOnlyAdmin):
    """The terms of the points, on one page in the place of a list."""

    fields = terms.FIELDS

    def changelist_view(self, request: HttpRequest, extra_context: dict | None = None) -> HttpResponse:
        """Show the terms, or put changed ones in force."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        program, may_change = ledger.current_program(), request.user.has_perm(MAY_CHANGE)
        if request.method == "POST" and not may_change:
            raise PermissionDenied
        form = ProgramForm(request.POST or None, instance=program, may_change=may_change)
        if request.method == "POST" and form.is_valid():
            _change(request, form)
            return HttpResponseRedirect(reverse("admin:loyalty_program_changelist"))
        kept = Program.objects.get(pk=program.pk)
        return render(request, "loyalty/program.html", admin.site.each_context(request) | {
            "title": _("Points program"),
            "form": form,
            "program": kept,
            "sentences": sentences(kept),
            "may_change": may_change,
            "history": terms.history(kept),
        })  # fmt: skip


def sentences(program: Program) -> list[str]:
    """Say the terms as a customer would be told them."""
    validity = {
        Program.Validity.MONTHS: _("They live %(months)s months, to the day."),
        Program.Validity.MONTH_END: _("They live %(months)s months, to the end of that month."),
        Program.Validity.YEAR_END: _("They live %(months)s months, to the end of that year."),
    }[Program.Validity(program.validity)]
    pending = _("Points can be used at once.")
    if program.pending_days:
        pending = _("Points can be used %(days)s days after the purchase.") % {"days": program.pending_days}
    use = _("They are used from %(least)s P on, in steps of %(step)s, for up to %(percent)s %% of a bill.") % {
        "least": number_text(program.least_points),
        "step": number_text(program.step),
        "percent": program.most_percent,
    }
    notice = _("They expire only after a message was tried a month before.")
    life = [validity % {"months": program.validity_months}, *([notice] if program.waits_for_notice else [])]
    return [pending, *life, use]


def _change(request: HttpRequest, form: ProgramForm) -> None:
    made = terms.change(
        form.instance, form.cleaned_data, by=request.user, announced_on=form.cleaned_data["announced_on"]
    )
    if made is None:
        messages.info(request, _("Nothing was changed."))
        return
    messages.success(request, _("In force from now on. What was earned before keeps its terms."))
