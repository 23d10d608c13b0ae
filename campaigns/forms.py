"""The form of a campaign: what it is, to whom, what it says and when, on one page."""

from django import forms
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from campaigns.models import Campaign, ChannelAccount, Step, Variant
from campaigns.pipeline import content
from customers.models import Segment

CONTENT_FIELDS = ("subject", "preheader", "html", "text")
# What a new campaign starts from: short, readable on a phone, one button. For recipients, hence Korean.
STARTER_SUBJECT = "{{ name | default: '고객' }}님께 드리는 소식"
STARTER_HTML = """\
<style>
  .sheet { max-width: 560px; margin: 0 auto; padding: 32px 24px; color: #1f2328; font-size: 16px; line-height: 1.7; }
  .button { display: inline-block; padding: 12px 24px; border-radius: 8px; background: #3b5bdb; color: #ffffff; text-decoration: none; }
</style>
<div class="sheet">
  <h1 style="font-size: 22px; margin: 0 0 16px">{{ name | default: '고객' }}님, 안녕하세요.</h1>
  <p>{{ shop_name }}에서 전해 드립니다.</p>
  <p><a class="button" href="https://www.example.com/">보러 가기</a></p>
</div>
"""  # noqa: E501 - a mail's markup


class CampaignForm(forms.ModelForm):
    """A campaign with its one step and one variant."""

    segment = forms.ModelChoiceField(
        Segment.objects.filter(is_active=True), label=_("Segment"), required=False, empty_label=_("Choose a segment")
    )
    excluded_segments = forms.ModelMultipleChoiceField(
        Segment.objects.filter(is_active=True),
        label=_("But not the members of"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    account = forms.ModelChoiceField(ChannelAccount.objects.all(), label=_("Sent over"), empty_label=None)
    subject = forms.CharField(label=_("Subject"), max_length=200, initial=STARTER_SUBJECT)
    preheader = forms.CharField(
        label=_("Preheader"),
        max_length=200,
        required=False,
        help_text=_("The line that inboxes show after the subject"),
    )
    html = forms.CharField(
        label=_("Content"), initial=STARTER_HTML, widget=forms.Textarea({"rows": 18, "spellcheck": "false"})
    )
    text = forms.CharField(
        label=_("Plain text"),
        required=False,
        widget=forms.Textarea({"rows": 5}),
        help_text=_("For mail programs without HTML. Empty: made from the content."),
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
            "scheduled_at",
            "latest_start_hours",
            "attribution_days",
            "cost_limit",
        )
        widgets = {"purpose": forms.RadioSelect}

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields["purpose"].choices = Campaign.MessagePurpose.choices
        self.fields["scheduled_at"] = forms.DateTimeField(
            label=_("Send at"),
            required=False,
            widget=forms.DateTimeInput({"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
            input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M:%S"],
            help_text=_("Empty: at once when approved. Time of the shop (Asia/Seoul)."),
        )
        variant = self._stored_variant()
        if variant:
            self.initial |= {name: getattr(variant, name) for name in CONTENT_FIELDS} | {
                "account": variant.step.account
            }
        else:
            self.fields["account"].initial = ChannelAccount.objects.first()

    def clean_scheduled_at(self) -> object:
        """Refuse a moment that is over."""
        moment = self.cleaned_data["scheduled_at"]
        if moment and "scheduled_at" in self.changed_data and moment < timezone.now():
            raise forms.ValidationError(
                _("This time has passed. Choose a later one, or leave it empty to send at once.")
            )
        return moment

    def clean(self) -> dict[str, object]:
        """Refuse content that cannot be sent, each problem beside its field."""
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("segment") and cleaned["segment"] in cleaned.get("excluded_segments", ()):
            self.add_error("excluded_segments", _("The segment itself cannot be excluded: nobody would be left."))
        if cleaned.get("account"):
            for problem in content.check(self.draft_variant()):
                if not problem.is_warning and problem.field not in self.errors:
                    self.add_error(problem.field if problem.field in self.fields else None, str(problem))
        return cleaned

    def draft_variant(self) -> Variant:
        """Return the variant as it was typed, unsaved."""
        cleaned = self.cleaned_data
        campaign = Campaign(pk=self.instance.pk, name=cleaned.get("name") or "", purpose=cleaned.get("purpose") or "")
        step = Step(campaign=campaign, account=cleaned["account"])
        return Variant(step=step, **{name: cleaned.get(name) or "" for name in CONTENT_FIELDS})

    @transaction.atomic
    def save_content(self) -> Variant:
        """Store the step and the variant of the saved campaign."""
        cleaned = self.cleaned_data
        step, _made = Step.objects.update_or_create(
            campaign=self.instance, position=1, defaults={"account": cleaned["account"]}
        )
        texts = {name: cleaned[name] for name in CONTENT_FIELDS}
        return Variant.objects.update_or_create(step=step, name="A", defaults=texts)[0]

    def _stored_variant(self) -> Variant | None:
        if self.instance.pk is None:
            return None
        stored = Variant.objects.filter(step__campaign=self.instance)
        return stored.select_related("step__account").order_by("step__position", "name").first()
