"""The editor of a campaign: one page from goal to review, with a live preview at its side."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.shortcuts import render
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaigns import lifecycle
from campaigns.draft_preview import DraftPreview, preview
from campaigns.errors import NotAllowed, NotReady, WrongStatus
from campaigns.forms import CampaignForm
from campaigns.mail_frame import mail_response
from campaigns.models import Campaign
from campaigns.standing import page_of, sees_names
from campaigns.template_fields import FIELDS

# Where the rendered draft waits for the frame that shows it. In the session, so that only its author can read it.
DRAFT_MAIL = "campaign_draft_mail"
SECTIONS = (
    ("goal", gettext_lazy("Goal"), gettext_lazy("What it is")),
    ("audience", gettext_lazy("Audience"), gettext_lazy("Who gets it")),
    ("content", gettext_lazy("Content"), gettext_lazy("What they read")),
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

    def render_change_form(self, request: HttpRequest, context: dict, **kwargs: object) -> HttpResponse:
        """Give the template its sections, the field list and a first preview."""
        form = context["adminform"].form
        stored = CampaignForm(self._data_of(form), instance=form.instance) if not form.is_bound else form
        context |= {
            "form": form,
            "title": form.instance.name or _("New campaign"),
            "sections": [{"key": key, "label": label, "hint": hint} for key, label, hint in SECTIONS],
            "template_fields": list(FIELDS),
            **self._shown(request, preview(stored, unmasked=sees_names(request.user))),
        }
        return super().render_change_form(request, context, **kwargs)

    def save_model(self, request: HttpRequest, campaign: Campaign, form: CampaignForm, change: bool) -> None:
        if change:
            lifecycle.hold_draft(campaign)
        campaign.author = campaign.author or request.user
        super().save_model(request, campaign, form, change)

    def save_related(self, request: HttpRequest, form: CampaignForm, formsets: list, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        form.save_content()

    def response_add(self, request: HttpRequest, obj: Campaign, post_url_continue: str | None = None) -> HttpResponse:
        return self._answer(request, obj)

    def response_change(self, request: HttpRequest, obj: Campaign) -> HttpResponse:
        return self._answer(request, obj)

    def preview(self, request: HttpRequest) -> HttpResponse:
        """Return the column at the right for what is typed now. Stores nothing but the draft's mail in the session."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        self._permit(request)
        form = CampaignForm(request.POST)
        context = self._shown(
            request, preview(form, sample_code=request.POST.get("sample", ""), unmasked=sees_names(request.user))
        )
        return render(request, "campaigns/editor_preview.html", context | {"form": form})

    def preview_body(self, request: HttpRequest) -> HttpResponse:
        """Return the mail that the last preview rendered for this person."""
        self._permit(request)
        return mail_response(request.session.get(DRAFT_MAIL, ""))

    def _shown(self, request: HttpRequest, shown: DraftPreview) -> dict[str, object]:
        request.session[DRAFT_MAIL] = shown.mail.html if shown.mail else ""
        removed = [{"label": stage.label, "count": stage.removed} for stage in shown.stages[1:] if stage.removed]
        return {"preview": shown, "removed": removed, "warnings": [each for each in shown.problems if each.is_warning]}

    def _data_of(self, form: CampaignForm) -> dict[str, object]:
        """Return the stored or initial values as if they had been typed."""
        values = {name: form.get_initial_for_field(field, name) for name, field in form.fields.items()}
        return {name: form[name].field.prepare_value(value) for name, value in values.items() if value is not None}

    def _answer(self, request: HttpRequest, campaign: Campaign) -> HttpResponse:
        if "_submit_review" in request.POST:
            return self._submit(request, campaign)
        messages.success(request, _("The draft is saved."))
        return HttpResponseRedirect(reverse("admin:campaigns_campaign_change", args=[campaign.pk]))

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
