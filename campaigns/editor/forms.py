"""The form of a campaign: what it is, to whom, when and under which limits; its content is `content_forms`."""

from django import forms
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from campaigns.editor.content_forms import CampaignContent
from campaigns.editor.typed_content import from_campaign, from_post
from campaigns.models import Campaign
from customers.models import Segment, Survey
from loyalty.coupons import finding
from loyalty.models import Coupon

MOMENT = "%Y-%m-%dT%H:%M"


class CampaignForm(forms.ModelForm):
    """A campaign and, as `content`, what it says over each way, arm and language."""

    segment = forms.ModelChoiceField(
        Segment.objects.filter(is_active=True), label=_("Segment"), required=False, empty_label=_("Choose a segment")
    )
    excluded_segments = forms.ModelMultipleChoiceField(
        Segment.objects.filter(is_active=True),
        label=_("But not the members of"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    coupons = forms.ModelMultipleChoiceField(
        Coupon.objects.none(),
        label=_("Coupons"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Told of, not given out: content names the first one where no coupon is given to each"),
    )
    given_coupon = forms.ModelChoiceField(
        Coupon.objects.none(),
        label=_("Coupon for each recipient"),
        required=False,
        empty_label=_("none"),
        help_text=_("Issued when the message leaves, one each; content tells it by {{ coupon.code }}"),
    )
    given_points = forms.IntegerField(
        label=_("Points for each recipient"),
        required=False,
        min_value=0,
        max_value=1_000_000,
        help_text=_("Booked when the message leaves; content tells them by {{ points.given }}"),
    )
    asked_survey = forms.ModelChoiceField(
        Survey.objects.none(),
        label=_("Survey"),
        required=False,
        empty_label=_("none"),
        help_text=_("Content links to it by {{ survey.link }}, to a ticked answer by {{ survey.link }}?score=9"),
    )
    scheduled_at = forms.DateTimeField(
        label=_("Send at"),
        required=False,
        widget=forms.DateTimeInput({"type": "datetime-local"}, format=MOMENT),
        input_formats=[MOMENT, "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M:%S"],
        help_text=_("Empty: at once when approved. Time of the shop (Asia/Seoul)."),
    )

    class Meta:
        model = Campaign
        fields = (
            "name",
            "purpose",
            "information_basis",
            "segment",
            "excluded_segments",
            "holdout_percent",
            "is_to_existing_customers",
            "existing_customer_category",
            "coupons",
            "scheduled_at",
            "latest_start_hours",
            "at_night",
            "over_cap",
            "priority",
            "attribution_days",
            "cost_limit",
        )
        widgets = {"purpose": forms.RadioSelect}

    # Left as the model has them where a caller does not name them.
    optional = ("at_night", "over_cap", "priority")

    def __init__(self, *args: object, content: CampaignContent | None = None, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields["purpose"].choices = Campaign.MessagePurpose.choices
        self.fields["coupons"].queryset = self._coupons()
        for name in OF_AN_AUDIENCE if self.instance.automation_id else ():
            del self.fields[name]
        self._begin_offer()
        for name in self.optional:
            if name in self.fields:
                self.fields[name].required = False
        self.content = content or self._content()

    def clean_scheduled_at(self) -> object:
        """Refuse a moment that is over."""
        moment = self.cleaned_data["scheduled_at"]
        if moment and "scheduled_at" in self.changed_data and moment < timezone.now():
            raise forms.ValidationError(
                _("This time has passed. Choose a later one, or leave it empty to send at once.")
            )
        return moment

    def clean(self) -> dict[str, object]:
        """Refuse content that cannot be sent; each problem stands beside its field."""
        cleaned = super().clean() or self.cleaned_data
        for name in self.optional:
            if name in self.fields and cleaned.get(name) in (None, ""):
                cleaned[name] = getattr(self.instance, name)
        if cleaned.get("segment") and cleaned["segment"] in cleaned.get("excluded_segments", ()):
            self.add_error("excluded_segments", _("The segment itself cannot be excluded: nobody would be left."))
        if not self.content.is_valid(self.draft()):
            self.add_error(None, _("The content cannot be sent yet: see the marked fields."))
        return cleaned

    def draft(self) -> Campaign:
        """Return the campaign as it was typed, unsaved."""
        cleaned = self.cleaned_data
        typed = {name: cleaned[name] for name in PLAIN_FIELDS if cleaned.get(name) not in (None, "")}
        kept = {name: getattr(self.instance, name) for name in SETTLED_FIELDS}
        return Campaign(pk=self.instance.pk, **{"name": "…"} | kept | typed)

    def save_offer(self, campaign: Campaign) -> None:
        """Store what the step of a saved campaign gives to each recipient, and what it asks them."""
        typed = self.cleaned_data
        campaign.steps.filter(position=1).update(
            coupon=typed.get("given_coupon"),
            points=typed.get("given_points") or 0,
            survey=typed.get("asked_survey"),
        )

    def _begin_offer(self) -> None:
        """Offer the coupons and surveys that can be chosen, and begin with what is stored."""
        step = self.instance.steps.first() if self.instance.pk else None
        can_be_given = Q(pk__in=finding.on_offer(timezone.localdate()).values("pk"), source=Coupon.OWN)
        chosen = Q(pk=step.coupon_id) if step else Q(pk=None)
        self.fields["given_coupon"].queryset = Coupon.objects.filter(can_be_given | chosen).order_by("name")
        asked = Q(pk=step.survey_id) if step else Q(pk=None)
        self.fields["asked_survey"].queryset = Survey.objects.filter(Q(status=Survey.Status.OPEN) | asked)
        if step:
            self.initial.setdefault("asked_survey", step.survey_id)
            self.initial.setdefault("given_coupon", step.coupon_id)
            self.initial.setdefault("given_points", step.points or None)

    def _content(self) -> CampaignContent:
        if self.is_bound:
            return CampaignContent(from_post(self.data))
        return CampaignContent(from_campaign(self.instance), fills_new=True)

    def _coupons(self) -> QuerySet[Coupon]:
        """Return the coupons that may be given: those on offer, and those chosen already."""
        on_offer = Q(pk__in=finding.on_offer(timezone.localdate()).values("pk"))
        chosen = Q(campaigns=self.instance.pk) if self.instance.pk else Q(pk__in=[])
        return Coupon.objects.filter(on_offer | chosen).distinct().order_by("name")


# What is settled when a campaign is made and decides what may stand in it.
SETTLED_FIELDS = ("entry", "duty", "automation_id")
# What a message of an automation leaves to the automation: who enters and when.
OF_AN_AUDIENCE = ("segment", "excluded_segments", "holdout_percent", "scheduled_at", "latest_start_hours", "priority")
# Of the form's fields those that are one value of the campaign itself.
PLAIN_FIELDS = tuple(name for name in CampaignForm.Meta.fields if name not in ("excluded_segments", "coupons"))
