"""The editor of a campaign: one page from goal to review, with a live preview at its side."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.shortcuts import render
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaigns import lifecycle
from campaigns.compliance import information
from campaigns.editor.content_forms import CampaignContent
from campaigns.editor.draft_preview import DraftPreview, preview
from campaigns.editor.forms import CampaignForm
from campaigns.editor.typed_content import (
    ARMS,
    LANGUAGES,
    MOST_WAYS,
    TypedContent,
    acted,
    from_campaign,
    from_post,
    place_named,
)
from campaigns.errors import NotAllowed, NotReady, WrongStatus
from campaigns.library import pictures, template_library
from campaigns.models import Campaign, ContentBlock
from campaigns.notices import words
from campaigns.outbox.mail_frame import mail_response
from campaigns.pipeline import korean
from campaigns.staff.staff_address_pages import announce_test
from campaigns.standing import page_of, path_url, sees_names
from campaigns.template_fields import FIELDS
from crm_project.typed_words import typed_words

# Where the rendered draft waits for the frame that shows it. In the session, so that only its author can read it.
DRAFT_MAIL = "campaign_draft_mail"
ACT = "_act"
SECTIONS = (
    ("goal", gettext_lazy("Goal"), gettext_lazy("What it is")),
    ("audience", gettext_lazy("Audience"), gettext_lazy("Who gets it")),
    ("content", gettext_lazy("Content"), gettext_lazy("What they read")),
    ("offer", gettext_lazy("Offer"), gettext_lazy("What it brings")),
    ("timing", gettext_lazy("Timing"), gettext_lazy("When it goes")),
    ("check", gettext_lazy("Check"), gettext_lazy("Ready for review?")),
)


class CampaignEditor:
    """The editing half of the campaigns' ModelAdmin."""

    form = CampaignForm
    add_form_template = change_form_template = "campaigns/editor.html"

    def get_urls(self) -> list[URLPattern]:
        guard = self.admin_site.admin_view
        return [
            path("preview/", guard(self.preview), name="campaigns_campaign_preview"),
            path("preview/body/", guard(self.preview_body), name="campaigns_campaign_preview_body"),
            *super().get_urls(),
        ]

    def get_fieldsets(self, request: HttpRequest, obj: Campaign | None = None) -> list[tuple]:
        """Name the fields for the form's machinery; the template places them itself."""
        return [(None, {"fields": list(self.form.base_fields)})]

    def change_view(self, request: HttpRequest, object_id: str, *args: object, **kwargs: object) -> HttpResponse:
        """Lead to the page that fits where the campaign stands: only drafts are edited."""
        campaign = self.get_object(request, object_id)
        may_edit = self.has_change_permission(request, campaign)
        if not self.has_view_permission(request, campaign):
            raise PermissionDenied
        if campaign and not (campaign.is_editable and may_edit):
            return HttpResponseRedirect(page_of(campaign, may_edit=may_edit))
        try:
            return super().change_view(request, object_id, *args, **kwargs)
        except WrongStatus as refusal:
            messages.error(request, str(refusal))
            return HttpResponseRedirect(page_of(self.get_object(request, object_id)))

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, *args: object, **kwargs: object
    ) -> HttpResponse:
        """Change the shape of the content where a button asks for it: nothing is stored, nothing typed is lost."""
        if request.method == "POST" and ACT in request.POST:
            return self._reshaped(request, object_id)
        return super().changeform_view(request, object_id, *args, **kwargs)

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, object]:
        """Take no initial values from the address but the template to start from."""
        return {}

    def render_change_form(self, request: HttpRequest, context: dict, **kwargs: object) -> HttpResponse:
        """Give the template its sections, the field list and a first preview."""
        form = context["adminform"].form
        if not form.is_bound and form.instance.pk is None and "template" in request.GET:
            form.content = CampaignContent(self._from_template(request.GET["template"]), fills_new=True)
        context |= self._page(request, form)
        context["promotion"] = information.unacknowledged(form.instance) if form.instance.pk else []
        return super().render_change_form(request, context, **kwargs)

    def save_model(self, request: HttpRequest, campaign: Campaign, form: CampaignForm, change: bool) -> None:
        if change:
            lifecycle.hold_draft(campaign)
        campaign.author = campaign.author or request.user
        super().save_model(request, campaign, form, change)

    def save_related(self, request: HttpRequest, form: CampaignForm, formsets: list, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        form.content.save(form.instance)
        form.save_offer(form.instance)

    def response_add(self, request: HttpRequest, obj: Campaign, post_url_continue: str | None = None) -> HttpResponse:
        return self._answer(request, obj)

    def response_change(self, request: HttpRequest, obj: Campaign) -> HttpResponse:
        return self._answer(request, obj)

    def preview(self, request: HttpRequest) -> HttpResponse:
        """Return the column at the right for what is typed now. Stores nothing but the draft's mail in the session.

        `campaign` names the one that is edited: what was settled when it was made, and who vouched for it, count too.
        """
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        self._permit(request)
        stored = self._stored(request, request.GET.get("campaign"))
        context = self._shown(request, CampaignForm(request.POST, instance=stored))
        return render(request, "campaigns/editor_preview.html", context)

    def preview_body(self, request: HttpRequest) -> HttpResponse:
        """Return the mail that the last preview rendered for this person."""
        self._permit(request)
        return mail_response(request.session.get(DRAFT_MAIL, ""))

    def _stored(self, request: HttpRequest, number: str | None) -> Campaign | None:
        return self.get_object(request, number) if number else None

    def _page(self, request: HttpRequest, form: CampaignForm, *, place: str = "") -> dict[str, object]:
        """Return what the editor's page shows besides the frame of the admin; `place` is the content in sight."""
        typed = form.content.typed
        looked_at = form if form.is_bound else self._as_typed(form)
        return {
            "form": form,
            "show_errors": form.is_bound,
            "library": list(template_library.templates()),
            "said": form.content,
            "cells": list(form.content.cells.values()),
            "title": form.instance.name or _("New campaign"),
            "sections": _sections(form.instance),
            "template_fields": [each for each in FIELDS if each.name != words.FIELD or form.instance.duty],
            "particles": list(korean.PARTICLES),
            "blocks": list(ContentBlock.objects.all()),
            "pictures": pictures.offered(),
            "languages": [(code, label) for code, label in LANGUAGES.items() if code not in typed.locales],
            "may_add_arm": len(typed.arms) < len(ARMS),
            "free_accounts": [each for key, each in form.content.accounts.items() if key not in typed.ways],
            "may_add_way": len(typed.ways) < MOST_WAYS,
            "staff_addresses": list(request.user.staff_addresses.exclude(confirmed_at=None)),
            **self._shown(request, looked_at, place=place),
        }

    def _shown(self, request: HttpRequest, form: CampaignForm, *, place: str = "") -> dict[str, object]:
        shown = preview(
            form,
            place=place or request.POST.get("shown", ""),
            sample_code=request.POST.get("sample", ""),
            unmasked=sees_names(request.user),
        )
        request.session[DRAFT_MAIL] = getattr(shown.frame.rendered, "html", "") if shown.frame else ""
        back = path_url(form.instance) if form.instance.automation_id else ""
        return {"preview": shown, "drawn": _drawn(shown), "removed": _removed(shown), "path_url": back}

    def _as_typed(self, form: CampaignForm) -> CampaignForm:
        """Return a form with the stored or initial values as if they had been typed, to look at without marks on it."""
        values = {name: form.get_initial_for_field(field, name) for name, field in form.fields.items()}
        typed = {name: form[name].field.prepare_value(value) for name, value in values.items() if value is not None}
        content = CampaignContent(form.content.typed, fills_new=True)
        return CampaignForm(typed, instance=form.instance, content=content)

    def _reshaped(self, request: HttpRequest, object_id: str | None) -> HttpResponse:
        """Show the page again with one way, arm or language more or less, or with another text to start from."""
        campaign = self._stored(request, object_id) or Campaign()
        self._permit(request)
        before = from_post(request.POST)
        typed = self._acted(request, before)
        # What was added is what one wants to write next.
        place = next((str(each) for each in typed.places if each not in before.places), "")
        initial = {name: request.POST.get(name) for name in CampaignForm.base_fields if name in request.POST}
        initial |= {name: request.POST.getlist(name) for name in ("excluded_segments", "coupons")}
        content = CampaignContent(typed, fills_new=True)
        form = CampaignForm(instance=campaign, initial=initial, content=content)
        is_part = request.headers.get("X-Requested-With") == "fetch"
        context = self._page(request, form, place=place) | {
            "original": campaign if campaign.pk else None,
            "is_part": is_part,
        }
        if not is_part:
            context = self.admin_site.each_context(request) | context
        return render(request, "campaigns/editor_content.html" if is_part else "campaigns/editor.html", context)

    def _acted(self, request: HttpRequest, typed: TypedContent) -> TypedContent:
        """Return the content after the act that a button asks for."""
        act, place = request.POST[ACT], place_named(typed, request.POST.get("shown", ""))
        if act.startswith("template:"):
            return template_library.applied(typed, place, key=act.partition(":")[2])
        if act == "save_template":
            try:
                name = template_library.keep(typed, place, name=typed_words(request, "template_name"), by=request.user)
            except (NotAllowed, NotReady) as refusal:
                messages.error(request, str(refusal))
            else:
                messages.success(request, _("“%s” is in the template library.") % name)
            return typed
        if act.startswith("add_way"):
            act = f"add_way:{request.POST.get('new_way', '')}"
        if act == "add_locale":
            act = f"add_locale:{request.POST.get('new_locale', '')}"
        return acted(typed, act)

    def _from_template(self, key: str) -> TypedContent:
        """Return the content of a new campaign that begins with a template, over an account of its channel."""
        return template_library.applied(from_campaign(Campaign()), None, key=key)

    def _answer(self, request: HttpRequest, campaign: Campaign) -> HttpResponse:
        if "_submit_review" in request.POST and not campaign.automation_id:
            return self._submit(request, campaign)
        messages.success(request, _("The draft is saved."))
        if "_send_test" in request.POST:
            self._send_test(request, campaign)
        if "_back_to_path" in request.POST and campaign.automation_id:
            return HttpResponseRedirect(path_url(campaign))
        return HttpResponseRedirect(reverse("admin:campaigns_campaign_change", args=[campaign.pk]))

    def _send_test(self, request: HttpRequest, campaign: Campaign) -> None:
        chosen = [value for value in request.POST.getlist("test_address") if value.isdecimal()]
        announce_test(request, campaign, list(request.user.staff_addresses.filter(pk__in=chosen)))

    def _submit(self, request: HttpRequest, campaign: Campaign) -> HttpResponse:
        try:
            lifecycle.submit_for_review(campaign, by=request.user)
        except (NotReady, NotAllowed, WrongStatus) as error:
            messages.error(request, str(error))
            return HttpResponseRedirect(reverse("admin:campaigns_campaign_change", args=[campaign.pk]))
        messages.success(request, _("Review requested. An approver other than you decides now."))
        return HttpResponseRedirect(reverse("admin:campaigns_campaign_review", args=[campaign.pk]))

    def _permit(self, request: HttpRequest) -> None:
        if not (self.has_add_permission(request) or self.has_change_permission(request)):
            raise PermissionDenied


def _sections(campaign: Campaign) -> list[dict[str, object]]:
    """Return the sections of the page; whom a message of an automation goes to is no part of it."""
    left_out = ("audience",) if campaign.automation_id else ()
    return [{"key": key, "label": label, "hint": hint} for key, label, hint in SECTIONS if key not in left_out]


def _drawn(shown: DraftPreview) -> object:
    """Return the message in the frame of its device."""
    return shown.frame.draw(body_url=reverse("admin:campaigns_campaign_preview_body")) if shown.frame else ""


def _removed(shown: DraftPreview) -> list[dict[str, object]]:
    return [{"label": stage.label, "count": stage.removed} for stage in shown.stages[1:] if stage.removed]
