"""The shop's KakaoTalk channels, and what each still lacks to write beyond its friends."""

from django.contrib import admin
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from campaigns.kakao import profiles
from campaigns.models import KakaoProfile, KakaoTemplate
from crm_project.templatetags.components import badge
from crm_project.templatetags.formats import number_text


@admin.register(KakaoProfile)
class KakaoProfileAdmin(admin.ModelAdmin):
    """KakaoTalk channels: who they are, how many friends they have, whom they may write to."""

    change_form_template = "campaigns/kakao/profile.html"
    list_display = ("name", "search_id", "friend_count", "template_count", "reach")
    search_fields = ("name", "search_id", "profile_id")
    search_help_text = _("Name, search name or number")
    show_full_result_count = False
    fieldsets = (
        (None, {"fields": (("name", "search_id"), "profile_id")}),
        (
            _("Beyond friends"),
            {
                "fields": (
                    "is_business_channel",
                    ("business_number", "centre_phone"),
                    ("friends", "friends_counted_on"),
                    "consent_evidence_on",
                    ("opt_out_number", "opt_out_code"),
                ),
                "description": _("What Kakao asks before Brand Messages may reach people who are no channel friends."),
            },
        ),
        (_("The gateway"), {"fields": ("labels_body",)}),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[KakaoProfile]:
        approved = Count("templates", filter=Q(templates__state=KakaoTemplate.State.APPROVED))
        return super().get_queryset(request).annotate(approved_count=approved, sent_lately=profiles.alimtalk_lately())

    @admin.display(description=_("channel friends"), ordering="friends")
    def friend_count(self, profile: KakaoProfile) -> str:
        return number_text(profile.friends)

    @admin.display(description=_("approved templates"), ordering="approved_count")
    def template_count(self, profile: KakaoProfile) -> str:
        return number_text(profile.approved_count)

    @admin.display(description=_("Brand Messages reach"))
    def reach(self, profile: KakaoProfile) -> SafeString:
        """Say whom it may write to."""
        if profiles.may_write_beyond_friends(profile, sent_lately=profile.sent_lately):
            return badge(_("everybody who agreed"), "good", "users")
        return badge(_("friends only"), "quiet", "user")

    def render_change_form(self, request: HttpRequest, context: dict, **kwargs: object) -> HttpResponse:
        """Put the check list above the form."""
        profile = context.get("original")
        if profile:
            requirements = profiles.check_list(profile)
            context |= {
                "requirements": [
                    {"label": each.label, "tone": "good" if each.is_met else "quiet", "detail": each.detail}
                    for each in requirements
                ],
                "met": sum(each.is_met for each in requirements),
                "all_met": all(each.is_met for each in requirements),
            }
        return super().render_change_form(request, context, **kwargs)
