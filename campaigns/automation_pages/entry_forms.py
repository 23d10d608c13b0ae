"""The forms of what surrounds the steps: who enters, how it ends early, and what the automation is."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from campaigns.automation import versions
from campaigns.automation_pages.value_fields import ValuesForm, WithUnit, segments_to_choose
from campaigns.models import Automation, AutomationVersion
from campaigns.triggers.every import TRIGGERS
from customers.models import Segment


class EntryForm(forms.ModelForm):
    """Who enters: the settings of the trigger, the audience, how often, until when it still makes sense."""

    segment = forms.ModelChoiceField(
        Segment.objects.none(), label=_("Only those in"), required=False, empty_label=_("everybody")
    )
    excluded_segment = forms.ModelChoiceField(
        Segment.objects.none(), label=_("But not those in"), required=False, empty_label=_("nobody")
    )

    class Meta:
        model = AutomationVersion
        fields = ("segment", "excluded_segment", "reentry", "reentry_days", "latest_start_hours")
        widgets = {
            "reentry": forms.Select({"data-shows": "reentry"}),
            "reentry_days": WithUnit(_("days")),
            "latest_start_hours": WithUnit(_("hours")),
        }

    def __init__(self, version: AutomationVersion, data: Any = None) -> None:
        super().__init__(data, instance=version)
        self.trigger = TRIGGERS[version.trigger]
        self.values = ValuesForm(self.trigger, version.trigger_settings, data)
        for name in ("segment", "excluded_segment"):
            self.fields[name].queryset = segments_to_choose(getattr(version, f"{name}_id"))
        self.fields["reentry_days"].required = False
        self.fields["reentry_days"].help_text = ""

    def clean_reentry_days(self) -> int:
        """Keep the days that are stored where nobody is asked for them."""
        return self.cleaned_data["reentry_days"] or self.instance.reentry_days

    def clean(self) -> dict[str, Any]:
        """Refuse what the trigger refuses, and an audience that is nobody."""
        cleaned = super().clean() or self.cleaned_data
        if not self.values.is_valid():
            self.add_error(None, _("Mend the settings of the trigger."))
        if cleaned.get("segment") and cleaned["segment"] == cleaned.get("excluded_segment"):
            self.add_error("excluded_segment", _("The segment itself cannot be left out: nobody would enter."))
        return cleaned

    def store(self) -> None:
        """Write what was typed into the draft."""
        changes = {name: self.cleaned_data[name] for name in self.Meta.fields}
        versions.change_version(self.instance, trigger_settings=self.values.cleaned_data, **changes)


class SettingsForm(forms.ModelForm):
    """What an automation is called and how it stands beside others."""

    class Meta:
        model = Automation
        fields = ("name", "note", "holdout_percent", "priority", "exclusion_group")
        widgets = {
            "note": forms.Textarea({"rows": 2}),
            "holdout_percent": WithUnit("%"),
            "priority": WithUnit(""),
            "exclusion_group": forms.TextInput({"list": "exclusion-groups"}),
        }

    def __init__(self, automation: Automation, data: Any = None) -> None:
        super().__init__(data, instance=automation)
        groups = Automation.objects.exclude(exclusion_group="").values_list("exclusion_group", flat=True)
        self.groups = sorted(set(groups))

    def store(self) -> None:
        """Write what was typed.

        Raises:
            NotAllowed: it ran already, and something that was approved would change.
        """
        stored = Automation.objects.get(pk=self.instance.pk)
        versions.change_automation(stored, **self.cleaned_data)


class NewAutomationForm(forms.Form):
    """The name and the trigger with which an automation begins."""

    name = forms.CharField(label=_("Name"), max_length=120)
    trigger = forms.ChoiceField(label=_("Begins"), error_messages={"required": _("Choose what it begins with.")})

    def __init__(self, data: Any = None) -> None:
        super().__init__(data)
        self.fields["trigger"].choices = [(each.key, each.label) for each in TRIGGERS]
