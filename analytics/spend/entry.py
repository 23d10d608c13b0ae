"""Entering what marketing cost: a month, a source, an amount."""

from datetime import date
from typing import Any

from django import forms
from django.core.validators import MaxValueValidator
from django.utils.translation import gettext_lazy as _

from analytics.models import MarketingSpend
from analytics.spend.spend_file import MOST_WON


class MonthField(forms.DateField):
    """A month as browsers and people write it, 2026-11; kept as its first day."""

    def __init__(self, **given: Any) -> None:
        widget = forms.DateInput(format="%Y-%m", attrs={"type": "month", "placeholder": "2026-11"})
        super().__init__(input_formats=["%Y-%m", "%Y-%m-%d"], widget=widget, **given)

    def clean(self, value: str) -> date | None:
        """Return the first day of the month."""
        day = super().clean(value)
        return day and day.replace(day=1)


class SpendForm(forms.ModelForm):
    """Asks in words, and offers the sources that customers came from."""

    month = MonthField(label=_("Month"), help_text=_("The whole month the money was spent in"))

    class Meta:
        model = MarketingSpend
        fields = ["month", "source", "amount", "note"]
        help_texts = {
            "source": _("Where it was meant to win customers: the acquisition source of your customer data"),
            "amount": _("Won, VAT included, like revenue"),
        }

    def __init__(self, *args: Any, **given: Any) -> None:
        super().__init__(*args, **given)
        # Whoever may only look is given a form without fields.
        if "amount" in self.fields:
            self.fields["amount"].validators.append(MaxValueValidator(MOST_WON))
