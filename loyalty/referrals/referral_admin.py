"""Referrals in the admin: who brought whom and what became of it, with the funnel on top; and the terms."""

from typing import Any, cast

from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.forms import ModelChoiceField, ModelForm, URLField
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crm_project.read_only_admin import BigTableAdmin
from crm_project.templatetags.components import badge
from crm_project.templatetags.formats import NOTHING, moment
from customers.models import Customer
from loyalty import ledger
from loyalty.models import Coupon, EarningRule, Referral, ReferralTerms
from loyalty.referrals import figures

Status, Gift = Referral.Status, ReferralTerms.Gift
TONES = {Status.WAITING: "wait", Status.REWARDED: "good", Status.REFUSED: "bad", Status.TAKEN_BACK: "bad"}


def tabs() -> list[dict[str, object]]:
    """Return the links between the pages of referrals."""
    terms = ReferralTerms.objects.order_by("pk").first()
    name = "admin:loyalty_referralterms_"
    terms_url = reverse(f"{name}change", args=[terms.pk]) if terms else reverse(f"{name}changelist")
    return [
        {"key": "list", "label": _("Referrals"), "url": reverse("admin:loyalty_referral_changelist")},
        {"key": "terms", "label": _("Terms"), "url": terms_url},
    ]


@admin.register(Referral)
class ReferralAdmin(BigTableAdmin):
    """Every friend who came with a code, the last one first."""

    change_list_template = "referrals/list.html"
    list_display = ("friend_link", "invited_by", "came", "standing", "why", "until", "given")
    list_display_links = None
    list_select_related = ("friend", "referrer", "referrer_coupon__coupon", "friend_coupon__coupon")
    list_filter = ("status", "reason")
    search_fields = (
        "friend__external_id__exact",
        "referrer__external_id__exact",
        "referrer__referral_code__code__exact",
    )
    search_help_text = gettext_lazy("Customer number or referral code")
    ordering = ("-pk",)

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        more = {"title": _("Referrals"), "tabs": tabs(), "tab": "list", "stages": _stages(figures.funnel())}
        return super().changelist_view(request, more | (extra_context or {}))

    @admin.display(description=gettext_lazy("friend"))
    def friend_link(self, referral: Referral) -> SafeString:
        return _link(referral.friend)

    @admin.display(description=gettext_lazy("invited by"))
    def invited_by(self, referral: Referral) -> SafeString | str:
        return _link(referral.referrer) if referral.referrer else NOTHING

    @admin.display(description=gettext_lazy("came"), ordering="said_at")
    def came(self, referral: Referral) -> SafeString | str:
        return moment(referral.said_at)

    @admin.display(description=gettext_lazy("status"))
    def standing(self, referral: Referral) -> SafeString:
        return badge(referral.get_status_display(), TONES[Status(referral.status)])

    @admin.display(description=gettext_lazy("why"))
    def why(self, referral: Referral) -> str:
        return str(referral.problem or (referral.get_reason_display() if referral.reason else _standing(referral)))

    @admin.display(description=gettext_lazy("decided"), ordering="decided_at")
    def until(self, referral: Referral) -> SafeString | str:
        return moment(referral.decided_at) if referral.decided_at else NOTHING

    @admin.display(description=gettext_lazy("given"))
    def given(self, referral: Referral) -> str:
        both = ((_("inviter"), referral.referrer_points, referral.referrer_coupon),)
        both += ((_("friend"), referral.friend_points, referral.friend_coupon),)
        gifts = [(who, f"{points:,} P" if points else coupon and coupon.coupon.name) for who, points, coupon in both]
        return " · ".join(f"{who}: {gift}" for who, gift in gifts if gift) or NOTHING


def _link(customer: Customer) -> SafeString:
    url = reverse("admin:customers_customer_change", args=[customer.pk])
    return format_html('<a href="{}">{}</a>', url, customer.external_id)


def _standing(referral: Referral) -> str:
    """Say what a referral waits for."""
    if referral.status != Status.WAITING:
        return ""
    return _("until the first order can no longer be returned") if referral.order_id else _("for the first order")


def _stages(found: figures.Funnel) -> list[dict[str, object]]:
    return [
        {"label": _("Came with a code"), "count": found.came},
        {"label": _("Let through"), "count": found.let_through, "hint": _("Not oneself, no circle, really new")},
        {"label": _("Bought"), "count": found.bought},
        {"label": _("Rewarded"), "count": found.rewarded, "hint": _("The first order has stood")},
    ]


class ShopAddressField(URLField):
    """An address that is https where nothing else is typed."""

    def __init__(self, **given: Any) -> None:
        super().__init__(**given | {"assume_scheme": "https"})


class ReferralTermsForm(ModelForm):
    """The terms; what cannot be given is not promised."""

    class Meta:
        model = ReferralTerms
        fields = (
            *("begins_on", "shop_url", "parameter", "referrer_gets", "referrer_coupon", "friend_gets", "friend_coupon"),
            *("minimum_won", "days_to_buy", "return_days", "take_back_days"),
            *("new_within_days", "most_a_month", "most_a_device"),
        )
        field_classes = {"shop_url": ShopAddressField}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        chosen = [self.instance.referrer_coupon_id, self.instance.friend_coupon_id]
        can_be_given = Q(source=Coupon.OWN, status=Coupon.Status.RUNNING, codes=Coupon.Codes.EACH) | Q(pk__in=chosen)
        # Who may only look at the terms has no fields to choose in.
        for name in {"referrer_coupon", "friend_coupon"} & self.fields.keys():
            field = cast(ModelChoiceField, self.fields[name])
            field.queryset = Coupon.objects.filter(can_be_given).order_by("name")
            field.help_text = _("One that runs, with a code for each; its limit per customer holds here too")

    def clean(self) -> dict[str, Any]:
        """Refuse a coupon that is not named, points that no rule gives, and an invitation that leads nowhere."""
        typed = super().clean() or self.cleaned_data
        for side in ("referrer", "friend"):
            if typed.get(f"{side}_gets") == Gift.COUPON and not typed.get(f"{side}_coupon"):
                self.add_error(f"{side}_coupon", _("Choose the coupon."))
            if typed.get("begins_on") and typed.get(f"{side}_gets") == Gift.POINTS and not _has_rule():
                self.add_error(f"{side}_gets", _no_rule())
        if typed.get("begins_on") and not typed.get("shop_url"):
            self.add_error("shop_url", _("Say where the invitation leads."))
        return typed


def _has_rule() -> bool:
    return EarningRule.objects.filter(kind=EarningRule.Kind.REFERRAL, is_active=True).exists()


def _no_rule() -> ValidationError:
    return ValidationError(
        _("No earning rule for referrals is in force. Add one under “Earning points”, or choose a coupon.")
    )


@admin.register(ReferralTerms)
class ReferralTermsAdmin(admin.ModelAdmin):
    """What a referral brings, and when. There is one row: to add it again is to change it."""

    form = ReferralTermsForm
    change_list_template = "referrals/terms_list.html"
    add_form_template = change_form_template = "loyalty/terms_form.html"
    list_display = ("program", "begins_on", "referrer_gets", "friend_gets")
    fieldsets = (
        (None, {"fields": ("begins_on", ("shop_url", "parameter"))}),
        (
            gettext_lazy("Reward"),
            {
                "fields": (("referrer_gets", "referrer_coupon"), ("friend_gets", "friend_coupon")),
                "description": gettext_lazy("Both get theirs when the friend’s first order can no longer be returned."),
            },
        ),
        (
            gettext_lazy("First order"),
            {"fields": (("minimum_won", "days_to_buy"), ("return_days", "take_back_days"))},
        ),
        (
            gettext_lazy("Against misuse"),
            {
                "fields": (("new_within_days", "most_a_month", "most_a_device"),),
                "description": gettext_lazy(
                    "Refused in any case: oneself under another number (same phone, e-mail, device or address), and "
                    "circles of people who invite each other."
                ),
            },
        ),
    )

    def has_delete_permission(self, request: HttpRequest, obj: ReferralTerms | None = None) -> bool:
        return False

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        may_add = self.has_add_permission(request) and not ReferralTerms.objects.exists()
        more = {"title": _("Referrals"), "tabs": tabs(), "tab": "terms", "has_add_permission": may_add}
        return super().changelist_view(request, more | (extra_context or {}))

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        context |= {"tabs": tabs(), "tab": "terms"}
        return super().render_change_form(request, context, *args, **kwargs)

    def save_model(self, request: HttpRequest, obj: ReferralTerms, form: ModelForm, change: bool) -> None:
        """Store the terms for the one program there is."""
        obj.program = obj.program if obj.program_id else ledger.current_program()
        super().save_model(request, obj, form, change)
