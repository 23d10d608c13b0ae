"""The template library: a gallery of messages to start from, each drawn as its recipient would see it; the blocks."""

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaigns.channels.base import CHANNELS
from campaigns.editor.channel_forms.base import ContentForm, form_for
from campaigns.editor.example_messages import example_account, example_of, variant_of
from campaigns.editor.typed_content import Place, TypedContent, texts_of
from campaigns.library import blocks, pictures, template_library
from campaigns.library.starter_templates import content_of
from campaigns.models import ContentBlock, MessageTemplate, Variant
from campaigns.outbox.mail_frame import mail_response
from campaigns.pipeline import content
from campaigns.standing import status_badge

PICTURE_POLICY = (
    "default-src 'none'; style-src 'self'; font-src 'self'; img-src https: data: 'self'; frame-ancestors 'self'"
)
# Where the content's fields of the template's page are named from.
PLACE = Place(0)


class MessageTemplateForm(forms.ModelForm):
    """The template's name, and the fields of its channel as `content`."""

    class Meta:
        model = MessageTemplate
        fields = ("name", "purpose_note", "channel")

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk and "channel" in self.fields:  # who may only look has no fields
            self.fields["channel"].disabled = True
        self.content = self._content()

    def clean(self) -> dict[str, object]:
        """Refuse what could not be read in any campaign; who sends and for what is the campaign's."""
        cleaned = super().clean() or self.cleaned_data
        for name, value in self.content.values().items():
            setattr(self.instance, name, value)
        for problem in self._problems():
            self.content.add_error(self.content.field_of(problem.field), str(problem))
        if self.content.errors:
            raise forms.ValidationError(_("The content cannot be used yet: see the marked fields."))
        return cleaned

    def _content(self) -> ContentForm:
        channel = CHANNELS.get(self.data.get("channel", "")) if self.is_bound else None
        channel = CHANNELS[self.instance.channel] if self.instance.pk or channel is None else channel
        account = template_library.account_for(channel.key) or example_account(channel.key)
        data = (
            self.data
            if self.is_bound
            else TypedContent(texts={PLACE: texts_of(content_of(self.instance), account=account)}).data()
        )
        return form_for(channel)(data, prefix=str(PLACE), account=account)

    def _problems(self) -> list[content.ContentProblem]:
        variant: Variant = variant_of(self.instance, self.content.account)
        blocks.take([variant])
        found = content.check(variant)
        return [each for each in found if not each.is_warning and self.content.field_of(each.field)]


@admin.register(MessageTemplate)
class MessageTemplateAdmin(admin.ModelAdmin):
    """The library as a gallery: the shop's own templates and those that come with the product."""

    form = MessageTemplateForm
    change_list_template = "campaigns/template_gallery.html"
    add_form_template = change_form_template = "campaigns/template_form.html"
    search_fields = ("name",)
    list_filter = ("channel",)

    def get_fieldsets(self, request: HttpRequest, obj: MessageTemplate | None = None) -> list[tuple]:
        """Name the fields for the form's machinery; the template places them itself."""
        return [(None, {"fields": list(MessageTemplateForm.Meta.fields)})]

    def get_urls(self) -> list[URLPattern]:
        guard = self.admin_site.admin_view
        return [
            path("<str:key>/picture/", guard(self.picture), name="campaigns_messagetemplate_picture"),
            *super().get_urls(),
        ]

    def changelist_view(self, request: HttpRequest, extra_context: dict | None = None) -> HttpResponse:
        """Show the whole library as cards."""
        cards = [
            {"key": key, "template": each, "channel": CHANNELS[each.channel], "is_wide": each.channel == "email"}
            for key, each in template_library.templates()
        ]
        return super().changelist_view(request, (extra_context or {}) | {"cards": cards})

    def render_change_form(self, request: HttpRequest, context: dict, **kwargs: object) -> HttpResponse:
        """Give the page the fields of the content and its picture."""
        form = context["adminform"].form
        context |= {"form": form, "show_errors": form.is_bound, "title": form.instance.name or _("New template")}
        context["pictures"] = pictures.offered()
        return super().render_change_form(request, context, **kwargs)

    def save_model(self, request: HttpRequest, template: MessageTemplate, form: forms.ModelForm, change: bool) -> None:
        template.author = template.author or request.user
        super().save_model(request, template, form, change)

    def picture(self, request: HttpRequest, key: str) -> HttpResponse:
        """Return the template in the frame of its device, for the card that shows it."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        template = template_library.template_named(key)
        frame = example_of(template, template_library.account_for(template.channel)) if template else None
        if frame is None:
            raise Http404
        html = getattr(frame.rendered, "html", "")
        if html:
            return mail_response(html)
        page = render_to_string("campaigns/template_picture.html", {"drawn": frame.draw()}, request=request)
        response = HttpResponse(page)
        response.headers["Content-Security-Policy"] = PICTURE_POLICY
        response.headers["X-Frame-Options"] = "SAMEORIGIN"
        return response


class ContentBlockForm(forms.ModelForm):
    """A block, checked as content is."""

    class Meta:
        model = ContentBlock
        fields = ("name", "key", "html", "text")
        widgets = {"html": forms.Textarea({"rows": 10, "spellcheck": "false"}), "text": forms.Textarea({"rows": 4})}

    def clean(self) -> dict[str, object]:
        """Refuse what could not be read in any content, and a block within a block."""
        cleaned = super().clean() or self.cleaned_data
        for name in ("html", "text"):
            source = cleaned.get(name) or ""
            if blocks.BLOCK.search(source):
                self.add_error(name, _("A block cannot stand within a block. Write its words here."))
                continue
            for problem in content.language.problems_of(source, field=name)[:1]:
                self.add_error(name, str(problem))
        return cleaned


@admin.register(ContentBlock)
class ContentBlockAdmin(admin.ModelAdmin):
    """Pieces that stand in many messages, and where each stands."""

    form = ContentBlockForm
    list_display = ("name", "written", "changed_at")
    search_fields = ("name", "key")
    readonly_fields = ("stands_in",)
    fieldsets = (
        (None, {"fields": (("name", "key"), "html", "text")}),
        (
            gettext_lazy("Where it stands"),
            {
                "fields": ("stands_in",),
                "description": gettext_lazy(
                    "A draft takes the new words when it is saved or submitted. A campaign that was submitted, "
                    "approved or sent keeps its words: take it back to edit it, and it takes the new ones."
                ),
            },
        ),
    )

    @admin.display(description=gettext_lazy("in content"))
    def written(self, block: ContentBlock) -> SafeString:
        return format_html("<code>{{% block {} %}}</code>", block.key)

    @admin.display(description=gettext_lazy("campaigns"))
    def stands_in(self, block: ContentBlock) -> SafeString | str:
        if block.pk is None:
            return _("nowhere yet")
        campaigns = blocks.campaigns_with(block)[:20]
        lines = [
            (reverse("admin:campaigns_campaign_change", args=[each.pk]), each.name, status_badge(each))
            for each in campaigns
        ]
        return format_html_join("", '<p><a href="{}">{}</a> {}</p>', lines) or _("nowhere yet")

    def get_readonly_fields(self, request: HttpRequest, obj: ContentBlock | None = None) -> tuple[str, ...]:
        """Keep the key of a block that campaigns name."""
        return (*self.readonly_fields, "key") if obj else self.readonly_fields
