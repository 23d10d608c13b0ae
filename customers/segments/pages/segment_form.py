"""The form of a segment: its name and its rule."""

import json
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers.models import Segment
from customers.segments import rules
from customers.segments.errors import RuleError


class RuleField(forms.CharField):
    """A rule as JSON text. The builder writes it; without script it is typed."""

    widget = forms.Textarea(attrs={"rows": 14, "spellcheck": "false", "data-rule": ""})
    # Not the empty rule: `rules.check` says better than "required" what is wrong with it.
    empty_values = (None, "")

    def prepare_value(self, value: Any) -> Any:
        return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, indent=2)

    def to_python(self, value: Any) -> Any:
        text = super().to_python(value)
        return read_rule(text) if text else None


def read_rule(text: str) -> Any:
    """Return the rule of a text.

    Raises:
        ValidationError: the text is no JSON, or holds halves of characters, which nothing can store or show.
    """
    try:
        rule = json.loads(text)
        json.dumps(rule, ensure_ascii=False).encode()
    except (ValueError, RecursionError) as error:
        raise forms.ValidationError(_("The rule is no valid JSON: %(why)s.") % {"why": error}) from error
    return rule


class SegmentForm(forms.ModelForm):
    """Refuses a rule that could not be refreshed, and keeps what was typed."""

    rule = RuleField(label=gettext_lazy("Rule"))

    class Meta:
        model = Segment
        fields = ["name", "description", "is_active", "rule"]
        widgets = {"name": forms.TextInput(attrs={"autocomplete": "off"})}

    # What the builder marks: the numbers of the member that was refused.
    refused_at: tuple[int, ...] | None = None

    def clean_rule(self) -> Any:
        rule = self.cleaned_data["rule"]
        try:
            rules.check(rule, segment_id=self.instance.pk)
        except RuleError as error:
            self.refused_at = error.numbers
            raise forms.ValidationError(str(error), code=error.code) from error
        return rule
