"""The editor of the ladder: a form, beside it what it would do, and the act of putting it in force."""

from django.contrib import admin, messages
from django.contrib.admin.models import CHANGE, LogEntry
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from crm_project.queue import kick
from loyalty.errors import LadderRefused
from loyalty.models import TierRuleVersion
from loyalty.tiers import ladder
from loyalty.tiers.pages.ladder_form import LadderForm
from loyalty.tiers.preview import preview

APPLY_JOB = "loyalty.tasks.apply_ladder"


def page(request: HttpRequest) -> HttpResponse:
    """Show the form, or put what was posted in force."""
    version = ladder.newest()
    form = LadderForm(request, version)
    if request.method == "POST" and "_look" not in request.POST and form.is_valid():
        try:
            _save(request, form)
        except LadderRefused as refusal:
            messages.error(request, str(refusal))
        else:
            return HttpResponseRedirect(reverse("admin:loyalty_tier_changelist"))
    context = admin.site.each_context(request) | {
        "title": _("Change the ladder") if version else _("Build a ladder"),
        "form": form,
        "version": version,
    }
    return render(request, "loyalty/tiers/editor.html", context | _effect(form, version))


def effect(request: HttpRequest) -> HttpResponse:
    """Return what the form as it stands would do, as a fragment; stores nothing."""
    version = ladder.newest()
    return render(request, "loyalty/tiers/effect.html", _effect(LadderForm(request, version), version))


def _effect(form: LadderForm, version: TierRuleVersion | None) -> dict[str, object]:
    """Return who would move by what is written, or why that cannot be told."""
    if form.rules.is_bound:
        if not form.is_valid():
            return {"problem": _("Mend the fields marked red, then it is told here who would move.")}
        draft = form.draft()
    elif version:
        draft = ladder.draft_of(version)
    else:
        return {}
    try:
        return {"movement": preview(draft), "is_first": version is None}
    except LadderRefused as refusal:
        return {"problem": str(refusal)}
    except OperationalError:
        return {"problem": _("Counting took too long and was stopped. The ladder can be saved without it.")}


def _save(request: HttpRequest, form: LadderForm) -> None:
    version = ladder.store(form.draft(), by=request.user, note=form.note())
    current = version or ladder.newest()
    LogEntry.objects.log_actions(
        user_id=request.user.pk,
        queryset=[current],
        action_flag=CHANGE,
        change_message=_("Put in force") if version else _("Changed names, colours or what tiers give"),
        single_object=True,
    )
    if version is None:
        messages.success(request, _("Saved. The rules stay as they were, so nobody moves."))
        return
    kick(APPLY_JOB)
    messages.success(
        request,
        _("Version %(number)d is in force. Who rises, rises within minutes; who falls, at the next evaluation.")
        % {"number": version.number},
    )
