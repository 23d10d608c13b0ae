"""The library of AlimTalk templates: how each looks, what Kakao says of it, and the editor with a live bubble."""

from collections.abc import Callable

from django.contrib import admin, messages
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy

from campaigns.errors import NotAllowed, NotReady, WrongStatus
from campaigns.gateways.base import GatewayError
from campaigns.kakao import bubble, buttons, fetching, reviews, sources, template_checks
from campaigns.kakao.kakao_template_form import KakaoTemplateForm
from campaigns.models import KakaoProfile, KakaoTemplate
from campaigns.models.kakao import LONGEST_BODY
from crm_project.typed_words import typed_words

State = KakaoTemplate.State
LOOKS = {
    State.WRITTEN: ("quiet", "pencil"),
    State.REQUESTED: ("busy", "hourglass"),
    State.APPROVED: ("good", "circle-check"),
    State.REJECTED: ("bad", "circle-x"),
    State.STOPPED: ("bad", "octagon-x"),
    State.DORMANT: ("wait", "moon"),
    State.UNKNOWN: ("wait", "circle-help"),
}
TABS = (
    ("", gettext_lazy("All"), Q()),
    ("approved", gettext_lazy("Approved"), Q(state=State.APPROVED)),
    ("inspection", gettext_lazy("In inspection"), Q(state=State.REQUESTED)),
    ("rejected", gettext_lazy("Rejected"), Q(state=State.REJECTED)),
    ("written", pgettext_lazy("AlimTalk template", "Written"), Q(state=State.WRITTEN)),
    ("resting", gettext_lazy("Stopped or dormant"), Q(state__in=[State.STOPPED, State.DORMANT, State.UNKNOWN])),
)


class TabFilter(admin.SimpleListFilter):
    """Where templates stand with Kakao; drawn as tabs."""

    title = gettext_lazy("state")
    parameter_name = "tab"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, object]]:
        return [(key, label) for key, label, _condition in TABS if key]

    def queryset(self, request: HttpRequest, templates: QuerySet[KakaoTemplate]) -> QuerySet[KakaoTemplate]:
        return templates.filter({key: condition for key, _label, condition in TABS}.get(self.value() or "", Q()))


class Library(ChangeList):
    """A page of the library, with what its cards show read for all of them at once."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        self.result_list = list(self.result_list)
        used = reviews.usage(self.result_list)
        for template in self.result_list:
            template.look = LOOKS[State(template.state)]
            template.bubble = bubble.of_template(template, {})
            template.campaigns = used.get(template.pk, 0)
            template.last_comment = _last_words_of_kakao(template)


@admin.register(KakaoTemplate)
class KakaoTemplateAdmin(admin.ModelAdmin):
    """Templates of AlimTalk: seen as recipients see them, written here, inspected by Kakao."""

    form = KakaoTemplateForm
    change_list_template = "campaigns/kakao/library.html"
    add_form_template = change_form_template = "campaigns/kakao/template.html"
    list_display = ("name",)
    list_filter = (TabFilter, "profile")
    list_select_related = ("profile",)
    list_per_page = 24
    search_fields = ("name", "code", "body")
    search_help_text = gettext_lazy("Name, number or words of the text")
    show_full_result_count = False
    actions = None

    def get_changelist(self, request: HttpRequest, **kwargs: object) -> type[ChangeList]:
        return Library

    def get_urls(self) -> list[URLPattern]:
        guard = self.admin_site.admin_view
        return [
            path("fetch/", guard(self.fetch), name="campaigns_kakaotemplate_fetch"),
            path("preview/", guard(self.preview), name="campaigns_kakaotemplate_preview"),
            path("<int:template_id>/hand-in/", guard(self.hand_in), name="campaigns_kakaotemplate_hand_in"),
            path("<int:template_id>/decide/", guard(self.decide), name="campaigns_kakaotemplate_decide"),
            *super().get_urls(),
        ]

    def has_delete_permission(self, request: HttpRequest, obj: KakaoTemplate | None = None) -> bool:
        """Let go only of what the gateway never had and no campaign names."""
        is_bound = obj is not None and (bool(obj.code) or bool(reviews.usage([obj])))
        return super().has_delete_permission(request, obj) and not is_bound

    def changelist_view(self, request: HttpRequest, extra_context: dict | None = None) -> HttpResponse:
        more = {
            "tab_items": _tab_items(request.GET.get("profile__id__exact", "")),
            "tab": request.GET.get("tab", ""),
            "profiles": list(KakaoProfile.objects.all()),
            "can_be_asked": bool(sources.accounts_to_ask()),
            "may_inspect": request.user.has_perm(reviews.MAY_INSPECT),
        }
        return super().changelist_view(request, (extra_context or {}) | more)

    def get_fieldsets(self, request: HttpRequest, obj: KakaoTemplate | None = None) -> list[tuple]:
        """Name the fields for the form's machinery; the template places them itself."""
        return [(None, {"fields": list(self.form.base_fields)})]

    def render_change_form(self, request: HttpRequest, context: dict, **kwargs: object) -> HttpResponse:
        """Give the page its bubble, what Kakao said, and what may be done next."""
        form = context["adminform"].form
        template: KakaoTemplate = form.instance
        may_edit = self.has_change_permission(request, template) if template.pk else self.has_add_permission(request)
        if not template.pk and not form.is_bound:
            template.body = form.initial["body"]
            template.profile = form.initial["profile"] or KakaoProfile(name=str(_("KakaoTalk channel")))
        context |= {
            "form": form,
            "may_edit": may_edit,
            "may_inspect": request.user.has_perm(reviews.MAY_INSPECT),
            "title": template.name or _("New AlimTalk template"),
            "kinds_of_buttons": [buttons.KINDS[code] for code in buttons.ON_ALIMTALK],
            "can_be_handed_in": template.pk and template.state in (State.WRITTEN, State.REJECTED),
            "can_be_decided": template.pk and template.state == State.REQUESTED and not _is_asked(template),
            "look": LOOKS[State(template.state)],
            "campaigns": list(reviews.senders_of(template)[:8]) if template.pk else [],
            **_shown(template),
        }
        return super().render_change_form(request, context, **kwargs)

    def save_model(self, request: HttpRequest, template: KakaoTemplate, form: KakaoTemplateForm, change: bool) -> None:
        paused = reviews.store(template)
        if paused:
            sentence = ngettext(
                "Kakao has to approve the new text. %d running campaign was paused.",
                "Kakao has to approve the new text. %d running campaigns were paused.",
                paused,
            )
            messages.warning(request, sentence % paused)

    def response_add(
        self, request: HttpRequest, obj: KakaoTemplate, post_url_continue: str | None = None
    ) -> HttpResponse:
        return self._back(obj, request, _("The template is saved. Hand it in when it is ready."))

    def response_change(self, request: HttpRequest, obj: KakaoTemplate) -> HttpResponse:
        return self._back(obj, request, _("The template is saved."))

    def preview(self, request: HttpRequest) -> HttpResponse:
        """Return the bubble and the advice for what is typed now, over what is stored of `template`. Stores nothing."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        if not (self.has_add_permission(request) or self.has_change_permission(request)):
            raise PermissionDenied
        stored = self.get_object(request, request.GET.get("template", ""))
        form = KakaoTemplateForm(request.POST, instance=stored)
        return render(request, "campaigns/kakao/preview.html", _shown(form.draft()))

    def fetch(self, request: HttpRequest) -> HttpResponse:
        """Ask the gateways for their templates and Kakao's decisions now."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        if not request.user.has_perm(reviews.MAY_INSPECT):
            raise PermissionDenied
        fetched = fetching.fetch_all()
        for refusal in fetched.refusals:
            messages.error(request, refusal)
        if not fetched.refusals:
            said = _("%(templates)d templates fetched, %(moved)d of them in a new state.")
            messages.success(request, said % {"templates": fetched.templates, "moved": fetched.moved})
        return HttpResponseRedirect(reverse("admin:campaigns_kakaotemplate_changelist"))

    def hand_in(self, request: HttpRequest, template_id: int) -> HttpResponse:
        """Ask Kakao to inspect a template."""
        return self._act(request, template_id, _hand_in)

    def decide(self, request: HttpRequest, template_id: int) -> HttpResponse:
        """Note Kakao's decision where the gateway cannot be asked."""
        return self._act(request, template_id, _decide)

    def _act(
        self, request: HttpRequest, template_id: int, act: Callable[[HttpRequest, KakaoTemplate], str]
    ) -> HttpResponse:
        """Do something about a template's inspection, and say what was done or why not."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        template = get_object_or_404(KakaoTemplate.objects.select_related("profile"), pk=template_id)
        try:
            said = act(request, template)
        except NotAllowed as refusal:
            raise PermissionDenied(str(refusal)) from refusal
        except (NotReady, WrongStatus, GatewayError) as refusal:
            messages.error(request, str(refusal))
            return HttpResponseRedirect(_url_of(template))
        self.log_change(request, template, f"State: {template.state}.")
        return self._back(template, request, said)

    def _back(self, template: KakaoTemplate, request: HttpRequest, said: str) -> HttpResponse:
        messages.success(request, said)
        return HttpResponseRedirect(_url_of(template))


def _hand_in(request: HttpRequest, template: KakaoTemplate) -> str:
    reviews.hand_in(template, sources.source_of(template.profile), by=request.user)
    return _("Handed in. Kakao takes one to three working days.")


def _decide(request: HttpRequest, template: KakaoTemplate) -> str:
    words = {name: typed_words(request, name, longest=most) for name, most in (("code", 64), ("comment", 500))}
    reviews.record_decision(template, request.POST.get("state", ""), **words, by=request.user)
    return _("Kakao's decision is noted.")


def _shown(template: KakaoTemplate) -> dict[str, object]:
    problems = template_checks.problems_of(template)
    return {
        "bubble": bubble.of_template(template, {}),
        "problems": [{"label": each.message, "tone": "wait" if each.is_warning else "bad"} for each in problems],
        "names": template.variables,
        "length": len(template.body),
        "longest": LONGEST_BODY,
    }


def _is_asked(template: KakaoTemplate) -> bool:
    """Tell whether Kakao's decision comes over the gateway, so that nobody notes it by hand."""
    return sources.source_of(template.profile) is not None


def _last_words_of_kakao(template: KakaoTemplate) -> str:
    said = [comment["text"] for comment in template.comments if comment.get("is_kakao")]
    return said[-1] if said and template.state == State.REJECTED else ""


def _tab_items(profile: str) -> list[dict[str, object]]:
    """Return the tabs with how many templates stand behind each, of one channel where one is chosen."""
    chosen = KakaoTemplate.objects.filter(profile=profile) if profile.isdigit() else KakaoTemplate.objects.all()
    counts = chosen.aggregate(**{key or "all": Count("pk", filter=condition) for key, _label, condition in TABS})
    more = f"&profile__id__exact={profile}" if profile.isdigit() else ""
    return [
        {
            "key": key,
            "label": label,
            "url": f"?tab={key}{more}" if key else f"?{more[1:]}",
            "count": counts[key or "all"],
        }
        for key, label, _condition in TABS
    ]


def _url_of(template: KakaoTemplate) -> str:
    return reverse("admin:campaigns_kakaotemplate_change", args=[template.pk])
