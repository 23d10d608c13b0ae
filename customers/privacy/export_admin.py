"""Exports in the admin: who asked for what and why, the decision, the file."""

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crm_project.errors import BusinessError
from crm_project.templatetags.components import badge
from crm_project.templatetags.formats import day_text, moment_text, number_text
from crm_project.typed_words import typed_words
from customers.access_log import MAY_UNMASK
from customers.models import Customer, ExportRequest, PseudonymUse
from customers.privacy import customer_export, exports, pseudonyms
from customers.privacy.acting_admin import ActingAdmin, permit

Status = ExportRequest.Status
TONES = {
    Status.WAITING: "wait",
    Status.REFUSED: "bad",
    Status.QUEUED: "busy",
    Status.READY: "good",
    Status.FAILED: "bad",
    Status.EXPIRED: "quiet",
}
MAY_EXPORT = "customers.export_customers"


class AskForm(forms.Form):
    """Why somebody needs the file, and whether unmasked."""

    reason = forms.CharField(label=gettext_lazy("What is it for?"), max_length=300)
    is_unmasked = forms.BooleanField(label=gettext_lazy("With names and contacts unmasked"), required=False)


class PseudonymFilter(admin.SimpleListFilter):
    """Files of pseudonyms, by what became of them."""

    title = gettext_lazy("pseudonyms")
    parameter_name = "pseudonyms"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, object]]:
        return [("used", _("in use")), ("over", _("to be destroyed")), ("destroyed", _("destroyed"))]

    def queryset(self, request: HttpRequest, rows: QuerySet[ExportRequest]) -> QuerySet[ExportRequest]:
        made, today = rows.filter(pseudonym_use__isnull=False, made_at__isnull=False), timezone.localdate()
        match self.value():
            case "used":
                return made.filter(pseudonym_use__destroyed_on=None, pseudonym_use__used_until__gte=today)
            case "over":
                return made.filter(pseudonym_use__destroyed_on=None, pseudonym_use__used_until__lt=today)
            case "destroyed":
                return made.filter(pseudonym_use__destroyed_on__isnull=False)
        return rows


@admin.register(ExportRequest)
class ExportRequestAdmin(ActingAdmin):
    """Files of personal data: asked for, approved, made, downloaded, deleted."""

    list_display = ("what", "reason", "rows", "masking", "asked_by", "asked", "state")
    list_filter = ("status", "is_unmasked", PseudonymFilter)
    list_select_related = ("asked_by",)
    ordering = ("-pk",)
    acts = ("approve", "refuse", "download", "destroyed")

    @admin.display(description=gettext_lazy("what"))
    def what(self, export: ExportRequest) -> str:
        kind = exports.EXPORTS.get(export.kind)
        return str(kind.label) if kind else export.kind

    @admin.display(description=gettext_lazy("rows"), ordering="row_count")
    def rows(self, export: ExportRequest) -> str:
        return number_text(export.row_count)

    @admin.display(description=gettext_lazy("names and contacts"))
    def masking(self, export: ExportRequest) -> SafeString | str:
        if export.kind == pseudonyms.KIND:
            return _("pseudonyms")
        return badge(_("unmasked"), "wait", "eye") if export.is_unmasked else _("masked")

    @admin.display(description=gettext_lazy("asked at"), ordering="asked_at")
    def asked(self, export: ExportRequest) -> str:
        return moment_text(export.asked_at)

    @admin.display(description=gettext_lazy("status"), ordering="status")
    def state(self, export: ExportRequest) -> SafeString:
        return badge(export.get_status_display(), TONES[Status(export.status)])

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict | None = None
    ) -> HttpResponse:
        """Show one export: what a second person decides from, and the file once it is there."""
        export = self.row(request, object_id)
        is_waiting = export.status == Status.WAITING
        is_own = export.asked_by_id == request.user.pk
        use = getattr(export, "pseudonym_use", None)
        context = self.admin_site.each_context(request) | {
            "title": _("Export %(number)d") % {"number": export.pk},
            "export": export,
            "badge": self.state(export),
            "facts": self._facts(export),
            "steps": _steps(export),
            "is_moving": export.status == Status.QUEUED,
            "is_own": is_own,
            "may_decide": is_waiting and not is_own and request.user.has_perm(exports.MAY_APPROVE),
            "may_download": is_own and export.status == Status.READY,
            "use": use,
            "use_facts": _use_facts(use) if use else [],
            "may_note_destroyed": bool(
                use and export.made_at and not use.destroyed_on and request.user.has_perm(pseudonyms.MAY_EXPORT)
            ),
        }
        return render(request, "privacy/export.html", context)

    def _facts(self, export: ExportRequest) -> list[tuple[object, ...]]:
        decided = f"{export.decided_by} · {moment_text(export.decided_at)}" if export.decided_by else ""
        facts = [
            (_("What"), self.what(export)),
            (_("Rows"), number_text(export.row_count)),
            (_("Names and contacts"), self.masking(export)),
            (_("Reason"), export.reason),
            (_("Asked by"), f"{export.asked_by} · {moment_text(export.asked_at)}"),
            (_("Decided by"), decided),
            (_("Note of the decision"), export.decision_note),
            (_("Deleted at the latest"), moment_text(export.expires_at) if export.expires_at else ""),
            (_("Downloads"), number_text(export.download_count) if export.made_at else ""),
        ]
        return [(label, value) for label, value in facts if value]

    def act_approve(self, request: HttpRequest, export: ExportRequest) -> str:
        """Let the file be made."""
        permit(request, exports.MAY_APPROVE)
        exports.approve(export, by=request.user)
        return _("Approved. The file is being made; its asker downloads it.")

    def act_refuse(self, request: HttpRequest, export: ExportRequest) -> str:
        """Turn the export down."""
        permit(request, exports.MAY_APPROVE)
        exports.refuse(export, by=request.user, note=typed_words(request, "note"))
        return _("Refused. Its asker sees your note.")

    def act_download(self, request: HttpRequest, export: ExportRequest) -> FileResponse:
        """Hand the file to its asker."""
        path = exports.download(request, export)
        name = f"dangol-{export.kind}-{export.pk}{path.suffix}"
        kind = "application/json" if path.suffix == ".json" else "text/csv; charset=utf-8"
        return FileResponse(path.open("rb"), as_attachment=True, filename=name, content_type=kind)

    def act_destroyed(self, request: HttpRequest, export: ExportRequest) -> str:
        """Record that no copy of pseudonyms is left."""
        permit(request, pseudonyms.MAY_EXPORT)
        pseudonyms.note_destroyed(export, by=request.user)
        return _("Noted: every copy is destroyed. The record stays.")


def _use_facts(use: PseudonymUse) -> list[tuple[object, ...]]:
    destroyed = f"{use.destroyed_by} · {day_text(use.destroyed_on)}" if use.destroyed_on else "–"
    return [
        (_("Purpose"), capfirst(use.get_purpose_display())),
        (_("Items of data"), ", ".join(use.items)),
        (_("Who else gets it"), use.recipient or _("nobody outside the shop")),
        (_("Used until"), day_text(use.used_until)),
        (_("Every copy destroyed"), destroyed),
    ]


@admin.action(description=gettext_lazy("Export the selected customers"), permissions=["export"])
def export_customers(
    model_admin: admin.ModelAdmin, request: HttpRequest, customers: QuerySet[Customer]
) -> HttpResponse | None:
    """Ask what the file is for, then ask for it; the page of the export says what happens next."""
    form = AskForm(request.POST if "is_asked" in request.POST else None)
    may_unmask = request.user.has_perm(MAY_UNMASK)
    if form.is_valid():
        try:
            export = exports.request_export(
                customer_export.KIND,
                by=request.user,
                reason=form.cleaned_data["reason"],
                customers=customers,
                is_unmasked=may_unmask and form.cleaned_data["is_unmasked"],
            )
        except BusinessError as error:
            messages.error(request, str(error))
            return None
        messages.success(request, _next_words(export))
        page = model_admin.admin_site._registry[ExportRequest].page_of(export)
        return HttpResponseRedirect(page)
    context = model_admin.admin_site.each_context(request) | {
        "title": _("Export customers"),
        "form": form,
        "count": customers.count(),
        "selected": request.POST.getlist("_selected_action"),
        "select_across": request.POST.get("select_across", "0"),
        "may_unmask": may_unmask,
        "approval_from": exports.settings.EXPORT_APPROVAL_FROM,
    }
    return render(request, "privacy/ask_for_export.html", context)


def _next_words(export: ExportRequest) -> str:
    if export.status == Status.WAITING:
        return _("Asked for. A second person has to approve it, then the file is made.")
    return _("The file is being made. It lies here for its time, for you only.")


def _steps(export: ExportRequest) -> list[dict[str, object]]:
    """Return how far an export is, for the stepper."""
    is_refused, is_failed = export.status == Status.REFUSED, export.status == Status.FAILED
    is_decided = export.status != Status.WAITING
    is_made = export.made_at is not None
    approved = "problem" if is_refused else "done" if is_decided else "current"
    made = "problem" if is_failed else "done" if is_made else "current" if is_decided and not is_refused else "todo"
    is_deleted = export.status == Status.EXPIRED
    return [
        {"label": _("Asked for"), "state": "done"},
        {"label": _("Refused") if is_refused else _("Approved"), "state": approved},
        {"label": _("File made"), "state": made},
        {"label": _("Downloaded"), "state": "done" if export.download_count else "todo"},
        {"label": _("File deleted"), "state": "done" if is_deleted else "todo"},
    ]
