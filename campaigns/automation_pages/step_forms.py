"""The forms of single steps: each reads its step, refuses what cannot be, and stores it."""

from datetime import date, time
from typing import Any

from django import forms
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaigns.automation import versions, waits
from campaigns.automation_pages.value_fields import WithUnit, segments_to_choose
from campaigns.models import AutomationStep
from crm_project.errors import BusinessError
from customers.models import Segment
from loyalty.coupons import finding
from loyalty.models import Coupon

Kind = AutomationStep.Kind
WAITS = [
    ("days", gettext_lazy("for some days")),
    ("hours", gettext_lazy("for some hours")),
    ("until_weekday", gettext_lazy("until a day of the week")),
    ("until_hour", gettext_lazy("until a time of the day")),
    ("until_date", gettext_lazy("until a date")),
    ("after_anchor_days", gettext_lazy("until some days after it began")),
]
SPLITS = (2, 3)
LANES = "abc"
HOUR = "%H:%M"
DAY, CLOCK = {"type": "date"}, {"type": "time"}


class StepForm(forms.Form):
    """What is common to the forms of steps."""

    def __init__(self, step: AutomationStep, data: Any = None) -> None:
        super().__init__(data, initial=self.stored(step))
        self.step = step
        self.begin()

    def stored(self, step: AutomationStep) -> dict[str, Any]:
        """Return the values with which the form begins."""
        return {}

    def begin(self) -> None:
        """Offer what can be chosen now."""

    def typed(self) -> dict[str, Any]:
        """Return what was typed, as fields of the step."""
        return self.cleaned_data

    def save(self) -> None:
        """Store what was typed."""
        versions.change_step(self.step, **self.typed())


class WaitForm(StepForm):
    """How long to wait, or until when."""

    by = forms.ChoiceField(label=gettext_lazy("Wait"), choices=WAITS, widget=forms.Select({"data-shows": "wait"}))
    days = forms.IntegerField(label=gettext_lazy("Days"), required=False, widget=WithUnit(gettext_lazy("days")))
    hours = forms.IntegerField(label=gettext_lazy("Hours"), required=False, widget=WithUnit(gettext_lazy("hours")))
    until_weekday = forms.TypedChoiceField(
        label=gettext_lazy("Day of the week"),
        required=False,
        coerce=int,
        empty_value=None,
        choices=waits.MONDAY_TO_SUNDAY,
    )
    until_date = forms.DateField(label=gettext_lazy("Date"), required=False, widget=forms.DateInput(DAY, "%Y-%m-%d"))
    after_anchor_days = forms.IntegerField(
        label=gettext_lazy("Days after it began"), required=False, widget=WithUnit(gettext_lazy("days"))
    )
    until_hour = forms.TimeField(label=gettext_lazy("Time"), required=False, widget=forms.TimeInput(CLOCK, HOUR))
    at = forms.TimeField(
        label=gettext_lazy("At"),
        required=False,
        widget=forms.TimeInput(CLOCK, HOUR),
        help_text=gettext_lazy("Empty: at the time at which the step before was due. Time of the shop (Asia/Seoul)."),
    )

    # Which fields belong to which way of waiting.
    USES = {
        "days": ("days", "at"),
        "hours": ("hours",),
        "until_weekday": ("until_weekday", "at"),
        "until_hour": ("until_hour",),
        "until_date": ("until_date", "at"),
        "after_anchor_days": ("after_anchor_days", "at"),
    }

    def stored(self, step: AutomationStep) -> dict[str, Any]:
        by = next((name for name, _label in WAITS if name in step.settings), "days")
        return {"by": by, **step.settings}

    def clean(self) -> dict[str, Any]:
        """Put together the settings and let the wait itself refuse them."""
        cleaned = super().clean() or self.cleaned_data
        wanted = self.USES.get(cleaned.get("by", ""), ())
        self.settings = {name: _as_text(cleaned[name]) for name in wanted if cleaned.get(name) is not None}
        if not self.errors:
            _refuse_by(waits.check, self.settings, self)
        return cleaned

    def typed(self) -> dict[str, Any]:
        return {"settings": self.settings}


class OnlyIfForm(StepForm):
    """Which way a customer goes on: by whether they are in a segment at that moment."""

    segment = forms.ModelChoiceField(
        Segment.objects.none(),
        label=gettext_lazy("Goes on by “yes” if in"),
        empty_label=gettext_lazy("Choose a segment"),
        help_text=gettext_lazy("Asked when the customer comes to this step, not when they entered."),
    )

    def begin(self) -> None:
        self.fields["segment"].queryset = segments_to_choose(self.step.segment_id)

    def stored(self, step: AutomationStep) -> dict[str, Any]:
        return {"segment": step.segment_id}


class SplitForm(StepForm):
    """How many of a hundred go which way; the same customer goes the same way whenever asked."""

    a = forms.IntegerField(min_value=1, max_value=99, widget=WithUnit("%"))
    b = forms.IntegerField(min_value=1, max_value=99, widget=WithUnit("%"))
    c = forms.IntegerField(
        min_value=1,
        max_value=98,
        required=False,
        widget=WithUnit("%"),
        help_text=gettext_lazy("Empty: two ways only. A way with steps in it stays."),
    )

    def begin(self) -> None:
        for lane in LANES:
            self.fields[lane].label = _("Way %s") % lane.upper()

    def stored(self, step: AutomationStep) -> dict[str, Any]:
        return dict(step.settings.get("shares", {"a": 50, "b": 50}))

    def clean(self) -> dict[str, Any]:
        """Refuse shares that are no hundred together, and to drop a way that has steps."""
        cleaned = super().clean() or self.cleaned_data
        self.shares = {lane: cleaned[lane] for lane in LANES if cleaned.get(lane)}
        if not self.errors and sum(self.shares.values()) != 100:
            self.add_error(None, _("The shares are %s together; they must be 100.") % sum(self.shares.values()))
        if "c" not in self.shares and self.step.children.filter(lane="c").exists():
            self.add_error("c", _("Steps stand in way C. Remove or move them first."))
        return cleaned

    def typed(self) -> dict[str, Any]:
        return {"settings": {"shares": self.shares}}


class OfferForm(StepForm):
    """What a customer is given at this step, without a message."""

    coupon = forms.ModelChoiceField(
        Coupon.objects.none(), label=gettext_lazy("Gives the coupon"), required=False, empty_label=gettext_lazy("none")
    )
    points = forms.IntegerField(
        label=gettext_lazy("Gives points"),
        required=False,
        min_value=0,
        max_value=1_000_000,
        widget=WithUnit(gettext_lazy("points")),
    )

    def begin(self) -> None:
        self.fields["coupon"].queryset = _coupons(self.step)

    def stored(self, step: AutomationStep) -> dict[str, Any]:
        return {"coupon": step.coupon_id, "points": step.points or None}

    def clean(self) -> dict[str, Any]:
        """Refuse to give nothing."""
        cleaned = super().clean() or self.cleaned_data
        if not self.errors and not cleaned.get("coupon") and not cleaned.get("points"):
            self.add_error(None, _("Choose a coupon, or say how many points."))
        return cleaned

    def typed(self) -> dict[str, Any]:
        return {"coupon": self.cleaned_data["coupon"], "points": self.cleaned_data["points"] or 0}


FORMS: dict[str, type[StepForm]] = {
    Kind.WAIT: WaitForm,
    Kind.ONLY_IF: OnlyIfForm,
    Kind.SPLIT: SplitForm,
    Kind.OFFER: OfferForm,
}


def form_of(step: AutomationStep, data: Any = None) -> StepForm | None:
    """Return the form of a step; a message has its own editor, and to leave takes no settings."""
    kind = FORMS.get(step.kind)
    return kind(step, data) if kind else None


def _coupons(step: AutomationStep) -> QuerySet[Coupon]:
    can_be_given = Q(pk__in=finding.on_offer(timezone.localdate()).values("pk"), source=Coupon.OWN)
    return Coupon.objects.filter(can_be_given | Q(pk=step.coupon_id)).order_by("name")


def _as_text(value: Any) -> Any:
    if isinstance(value, time):
        return value.strftime(HOUR)
    return value.isoformat() if isinstance(value, date) else value


def _refuse_by(check: Any, settings: Any, form: forms.Form) -> None:
    try:
        check(settings)
    except BusinessError as refusal:
        form.add_error(None, str(refusal))
