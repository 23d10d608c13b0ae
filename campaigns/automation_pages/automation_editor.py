"""The editor of an automation: the steps as a picture, and beside it the form of what was chosen in the picture.

Everything works by links and plain forms: the address says what is chosen, so each part can be linked to.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import URLPattern, path
from django.utils.translation import gettext as _

from campaigns.automation import lifecycle, versions
from campaigns.automation_pages import panels
from campaigns.automation_pages.automation_figures import figures_of
from campaigns.automation_pages.automation_standing import (
    address,
    pages_of,
    status_badge,
    trigger_sentence,
    version_badge,
)
from campaigns.automation_pages.entry_forms import NewAutomationForm
from campaigns.automation_pages.path_picture import picture
from campaigns.automation_pages.step_moves import MOVES, Place, moved
from campaigns.models import Automation, AutomationStep, AutomationVersion
from campaigns.standing import sees_names
from crm_project.errors import BusinessError

Status = AutomationVersion.Status
MAY_WRITE = versions.MAY_WRITE


@dataclass(frozen=True)
class Editor:
    """What is looked at, and whether this person may write it."""

    automation: Automation
    version: AutomationVersion
    may_write: bool
    sees_names: bool = False

    @property
    def url(self) -> str:
        """Return the address of this version in the editor."""
        return f"{address('change', self.automation)}?version={self.version.number}"

    def at(self, **chosen: object) -> str:
        """Return the address with something chosen in the picture."""
        return self.url + "".join(f"&{name}={value}" for name, value in chosen.items())


class AutomationEditor:
    """The editing part of the automations' ModelAdmin."""

    def get_urls(self) -> list[URLPattern]:
        guard, name = self.admin_site.admin_view, "campaigns_automation"
        return [
            path("<int:automation_id>/steps/add/", guard(self.add_step), name=f"{name}_add_step"),
            path("<int:automation_id>/steps/<int:step_id>/", guard(self.change_place), name=f"{name}_change_place"),
            *super().get_urls(),
        ]

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: dict | None = None) -> HttpResponse:
        """Begin an automation: its name, and what makes a customer enter."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        form = NewAutomationForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            made = panels.begin(form, by=request.user)
            self.log_addition(request, made, _("Made with its first draft."))
            return HttpResponseRedirect(f"{address('change', made)}?edit=entry")
        context = self.admin_site.each_context(request) | {
            "title": _("New automation"),
            "form": form,
            "topics": panels.triggers_by_topic(),
        }
        return render(request, "campaigns/automation/new.html", context)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict | None = None
    ) -> HttpResponse:
        """Show the picture with a form beside it, and store what the form sends."""
        editor = self._editor(request, object_id)
        panel = panels.chosen(editor, request)
        if request.method == "POST":
            if not editor.may_write:
                raise PermissionDenied
            done = self._saved(request, editor, panel)
            if done:
                return HttpResponseRedirect(done)
        return render(request, "campaigns/automation/editor.html", self._page(request, editor, panel))

    def add_step(self, request: HttpRequest, automation_id: int) -> HttpResponse:
        """Put a new step where the picture was pointed at."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        editor = self._writer(request, automation_id)
        kind = request.POST.get("kind", "")
        if kind not in AutomationStep.Kind.values:
            return HttpResponseRedirect(editor.url)
        place = Place.read(editor.version, request.POST.get("place", ""))
        step = self._tried(request, lambda: panels.new_step(editor.version, kind, place))
        return HttpResponseRedirect(editor.at(step=step.pk) + f"#step-{step.pk}" if step else editor.url)

    def change_place(self, request: HttpRequest, automation_id: int, step_id: int) -> HttpResponse:
        """Move a step up or down, out of its lane too, or take it out with all that stands in it."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        editor = self._writer(request, automation_id)
        step = get_object_or_404(editor.version.steps.select_related("version", "parent"), pk=step_id)
        if request.POST.get("act") == "remove":
            self._tried(request, lambda: versions.remove_step(step))
            return HttpResponseRedirect(editor.url)
        if request.POST.get("act") in MOVES:
            self._tried(request, lambda: moved(step, request.POST["act"]))
        return HttpResponseRedirect(editor.at(step=step.pk) + f"#step-{step.pk}")

    def _editor(self, request: HttpRequest, object_id: str | int) -> Editor:
        """Return the version that is asked for: by its number, else the newest that is not replaced."""
        found = Automation.objects.select_related("live_version", "author")
        automation = get_object_or_404(found, pk=str(object_id)[:18] if str(object_id).isdecimal() else 0)
        if not self.has_view_permission(request, automation):
            raise PermissionDenied
        version = _version_asked(automation, request.GET.get("version", ""))
        is_draft = version.status == Status.DRAFT
        may_write = is_draft and self.has_change_permission(request, automation)
        return Editor(automation, version, may_write, sees_names(request.user))

    def _writer(self, request: HttpRequest, automation_id: int) -> Editor:
        """Return the draft, for whoever may write it and sends a form."""
        if not request.user.has_perm(MAY_WRITE):
            raise PermissionDenied
        automation = get_object_or_404(Automation, pk=automation_id)
        version = get_object_or_404(automation.versions, status=Status.DRAFT)
        return Editor(automation, version, may_write=True)

    def _tried(self, request: HttpRequest, act: Callable[[], Any]) -> Any:
        """Do it, or say why not."""
        try:
            return act()
        except BusinessError as refusal:
            messages.error(request, str(refusal))
            return None

    def _saved(self, request: HttpRequest, editor: Editor, panel: panels.Panel) -> str:
        """Store what the panel's form sends; empty: it was refused or is not finished."""
        try:
            if not panel.save(request.POST):
                return ""
        except BusinessError as refusal:
            messages.error(request, str(refusal))
            return ""
        messages.success(request, _("Saved."))
        self.log_change(request, editor.automation, _("Changed the draft: %s") % panel.title)
        return editor.at(**panel.after_saving)

    def _page(self, request: HttpRequest, editor: Editor, panel: panels.Panel) -> dict[str, Any]:
        automation, version = editor.automation, editor.version
        everything = list(automation.versions.order_by("-number"))
        return self.admin_site.each_context(request) | {
            "title": automation.name,
            "automation": automation,
            "version": version,
            "versions": everything,
            "editor": editor,
            "panel": panel,
            "badge": status_badge(automation),
            "version_badge": version_badge(version),
            "pages": pages_of(automation),
            "trigger_words": trigger_sentence(version),
            "exit_words": panels.exit_words(version),
            "nodes": picture(version),
            "figures": figures_of([automation])[automation.pk],
            "missing": lifecycle.what_is_missing(version) if version.status == Status.DRAFT else [],
            "newer": next((each for each in everything if each.number > version.number), None),
            "is_live": version.status == Status.LIVE,
            "adding_at": request.GET.get("add", "") if editor.may_write else "",
            "may_stop": request.user.has_perm("campaigns.stop_automation"),
            "may_begin_draft": request.user.has_perm(MAY_WRITE) and not _has_open_draft(everything),
        }


def _version_asked(automation: Automation, number: str) -> AutomationVersion:
    known = automation.versions.select_related("segment", "excluded_segment", "automation", "author")
    if number.isascii() and number.isdecimal():
        return get_object_or_404(known, number=int(number[:9]))
    open_first = known.filter(status__in=[Status.DRAFT, Status.IN_REVIEW]).first()
    return open_first or automation.live_version or get_object_or_404(known.order_by("-number")[:1])


def _has_open_draft(known: list[AutomationVersion]) -> bool:
    return any(each.status in (Status.DRAFT, Status.IN_REVIEW) for each in known)
