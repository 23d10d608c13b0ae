"""What staff fill in to adjust points."""

from uuid import uuid4

from django import forms
from django.utils.translation import gettext_lazy as _

from loyalty.models import Transaction


class AdjustForm(forms.Form):
    """How many points, and why. The ledger judges the limits."""

    # Of this one filling in, so that a second click books nothing again.
    key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)
    points = forms.IntegerField(
        label=_("points"), min_value=-100_000_000, max_value=100_000_000, help_text=_("With a minus to take points")
    )
    reason = forms.ChoiceField(label=_("reason"), choices=[("", "—"), *Transaction.Reason.choices])
    note = forms.CharField(label=_("note"), max_length=500, help_text=_("In a few words, without names"))
