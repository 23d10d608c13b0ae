"""What stands beside the picture: the form of what was chosen in it. Each panel reads, refuses and stores one thing."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from django.contrib.auth.models import User
from django.http import Http404, HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from campaigns.automation import exits, versions
from campaigns.automation_pages.entry_forms import EntryForm, NewAutomationForm, SettingsForm
from campaigns.automation_pages.exits_form import ExitsForm
from campaigns.automation_pages.message_panel import shown_message
from campaigns.automation_pages.path_picture import KIND_WORDS, LOOKS, title_of
from campaigns.automation_pages.step_forms import form_of
from campaigns.automation_pages.step_moves import Place
from campaigns.models import Automation, AutomationStep, AutomationVersion
from campaigns.triggers.base import Topic, Trigger
from campaigns.triggers.every import TRIGGERS
from crm_project.templatetags.formats import moment_text

if TYPE_CHECKING:
    from campaigns.automation_pages.automation_editor import Editor

Kind = AutomationStep.Kind
# With what a new step begins, so that it can stand as it is.
BEGINNINGS: Mapping[str, dict[str, Any]] = {
    Kind.WAIT: {"settings": {"days": 1}},
    Kind.SPLIT: {"settings": {"shares": {"a": 50, "b": 50}}},
}
# The order in which kinds are offered.
OFFERED = (Kind.MESSAGE, Kind.WAIT, Kind.ONLY_IF, Kind.SPLIT, Kind.OFFER, Kind.EXIT)
# Buttons that ask for the form again, with what was typed.
ASKS_AGAIN = ("_find", "_act")


class Panel:
    """The column beside the picture where nothing is chosen: how the version stands."""

    key = "overview"
    title = ""
    template = "campaigns/automation/panel_overview.html"
    after_saving: Mapping[str, object] = {}
    form: Any = None

    def __init__(self, editor: "Editor", data: Any = None) -> None:
        self.editor = editor
        self.version: AutomationVersion = editor.version
        self.about = about(editor.automation, editor.version)
        # What is asked for again is not wrong yet.
        self.shows_errors = data is not None and not any(name in data for name in ASKS_AGAIN)

    def save(self, data: Any) -> bool:
        """Store what was typed; False: it was refused, or the form is only asked for again."""
        if not self.shows_errors or self.form is None or not self.form.is_valid():
            return False
        self.store()
        return True

    def store(self) -> None:
        """Write the form of this panel."""
        self.form.store()


class TriggerPanel(Panel):
    """Which trigger it begins with."""

    key, template = "trigger", "campaigns/automation/panel_trigger.html"
    after_saving = {"edit": "entry"}

    def __init__(self, editor: "Editor", data: Any = None) -> None:
        super().__init__(editor, data)
        self.title = _("It begins")
        self.topics = triggers_by_topic()

    def save(self, data: Any) -> bool:
        chosen = TRIGGERS.get(data.get("trigger", ""))
        if chosen is None:
            return False
        if chosen.key != self.version.trigger:
            versions.change_version(self.version, trigger=chosen.key, trigger_settings=first_settings(chosen))
        return True


class EntryPanel(Panel):
    """The settings of the trigger, the audience, how often, how late."""

    key, template = "entry", "campaigns/automation/panel_entry.html"
    after_saving = {"edit": "entry"}

    def __init__(self, editor: "Editor", data: Any = None) -> None:
        super().__init__(editor, data)
        self.title = _("Who enters")
        self.form = EntryForm(self.version, data)


class ExitsPanel(Panel):
    """When a customer leaves before the end."""

    key, template = "exits", "campaigns/automation/panel_exits.html"
    after_saving = {"edit": "exits"}

    def __init__(self, editor: "Editor", data: Any = None) -> None:
        super().__init__(editor, data)
        self.title = _("Ends early")
        self.form = ExitsForm(self.version, data)


class SettingsPanel(Panel):
    """The name, the holdout, and how it stands beside other automations."""

    key, template = "settings", "campaigns/automation/panel_settings.html"
    after_saving = {"edit": "settings"}

    def __init__(self, editor: "Editor", data: Any = None) -> None:
        super().__init__(editor, data)
        self.title = _("Settings")
        self.form = SettingsForm(editor.automation, data)


class StepPanel(Panel):
    """One step."""

    key, template = "step", "campaigns/automation/panel_step.html"

    def __init__(self, editor: "Editor", step: AutomationStep, data: Any = None) -> None:
        super().__init__(editor, data)
        self.step = step
        self.after_saving = {"step": step.pk}
        self.icon, self.tone = LOOKS[Kind(step.kind)]
        self.title = title_of(step, within=editor.automation)
        self.form = form_of(step, data)
        self.said = shown_message(step.campaign, unmasked=editor.sees_names) if step.campaign else None

    def store(self) -> None:
        self.form.save()


class AddPanel(Panel):
    """Which kind of step to put at a place."""

    key, template = "add", "campaigns/automation/panel_add.html"

    def __init__(self, editor: "Editor", place: str) -> None:
        super().__init__(editor)
        Place.read(self.version, place)
        self.title = _("Add a step")
        self.place = place
        self.kinds = [(kind, kind.label, KIND_WORDS[kind], *LOOKS[kind]) for kind in OFFERED]


EDITS: Mapping[str, type[Panel]] = {panel.key: panel for panel in (TriggerPanel, EntryPanel, ExitsPanel, SettingsPanel)}


def chosen(editor: "Editor", request: HttpRequest) -> Panel:
    """Return the panel of what the address chooses.

    Raises:
        Http404: it chooses a step that is not in the version.
    """
    data = request.POST if request.method == "POST" else None
    asked = request.GET
    if "step" in asked:
        return StepPanel(editor, _step(editor.version, asked["step"]), data)
    if "add" in asked and editor.may_write:
        return AddPanel(editor, asked["add"])
    return EDITS.get(asked.get("edit", ""), Panel)(editor, data)


def triggers_by_topic() -> list[tuple[str, list[Trigger]]]:
    """Return all triggers under their headings."""
    return [(str(topic.label), [each for each in TRIGGERS if each.topic == topic]) for topic in Topic]


def first_settings(trigger: Trigger) -> dict[str, Any]:
    """Return the settings with which a trigger that was just chosen begins."""
    initial = {key: kind.initial for key, kind in trigger.required.items()}
    return {key: value for key, value in initial.items() if value not in (None, "", (), [])}


def begin(form: NewAutomationForm, *, by: User) -> Automation:
    """Make an automation from its name and trigger."""
    trigger = TRIGGERS[form.cleaned_data["trigger"]]
    settings = first_settings(trigger)
    return versions.new_automation(
        name=form.cleaned_data["name"], trigger=trigger.key, by=by, trigger_settings=settings
    )


def new_step(version: AutomationVersion, kind: str, place: Place) -> AutomationStep:
    """Put a step of a kind at a place, with what it begins with."""
    return versions.add_step(version, kind, **place.where, **BEGINNINGS.get(kind, {}))


def exit_words(version: AutomationVersion) -> Sequence[str]:
    """Say each thing that makes a customer leave before the end."""
    return [exits.sentence([each]) for each in version.exits]


def about(automation: Automation, version: AutomationVersion) -> list[tuple[object, object]]:
    """Return what stands in the summary of an automation."""
    holdout = _("%s %%") % automation.holdout_percent if automation.holdout_percent else _("none")
    late = ngettext("%s hour", "%s hours", version.latest_start_hours) % version.latest_start_hours
    lines = [(_("Holdout"), holdout), (_("Latest start"), late), (_("Priority"), automation.priority)]
    if automation.exclusion_group:
        lines.append((_("One at a time among"), automation.exclusion_group))
    if version.live_from:
        lines.append((_("In force from"), moment_text(version.live_from)))
    return lines


def _step(version: AutomationVersion, number: str) -> AutomationStep:
    known = version.steps.select_related("version", "parent", "segment", "coupon", "campaign")
    step = known.filter(pk=int(number[:18])).first() if number.isascii() and number.isdecimal() else None
    if step is None:
        raise Http404
    return step
