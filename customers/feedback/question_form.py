"""The form of one question: options are typed a line each, Korean / English."""

from django import forms
from django.utils.translation import gettext_lazy as _

from customers.models import SurveyQuestion

MOST_OPTIONS = 12
LONGEST_OPTION = 100


class QuestionForm(forms.ModelForm):
    """A question of a survey."""

    options_typed = forms.CharField(
        label=_("options"),
        required=False,
        widget=forms.Textarea({"rows": 3, "cols": 24}),
        help_text=_("For “one of several”: a line each, such as 배송 / Delivery"),
    )

    class Meta:
        model = SurveyQuestion
        fields = ("position", "kind", "text_ko", "text_en", "is_required", "options_typed")

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        lines = [" / ".join(filter(None, (each.get("ko"), each.get("en")))) for each in self.instance.options]
        self.initial.setdefault("options_typed", "\n".join(lines))

    def clean(self) -> dict[str, object]:
        """Refuse options where there is nothing to choose, and too many or too long ones."""
        cleaned = super().clean() or self.cleaned_data
        options = [_option(line) for line in cleaned.get("options_typed", "").splitlines() if line.strip()]
        if cleaned.get("kind") != SurveyQuestion.Kind.CHOICE:
            options = []
        elif not 2 <= len(options) <= MOST_OPTIONS:
            self.add_error("options_typed", _("Give two to twelve options, a line each."))
        elif any(len(words) > LONGEST_OPTION for option in options for words in option.values()):
            self.add_error("options_typed", _("An option has at most 100 letters."))
        self.instance.options = options
        return cleaned


def _option(line: str) -> dict[str, str]:
    korean, _slash, english = line.partition(" / ")
    return {"ko": korean.strip(), "en": english.strip()}
