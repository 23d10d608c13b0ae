"""The rules by which a customer leaves before the end: a list of forms, one for each rule."""

from typing import Any

from campaigns.automation import exits, versions
from campaigns.automation.exits import EXITS
from campaigns.automation_pages.value_fields import ValuesForm
from campaigns.models import AutomationVersion
from crm_project.errors import BusinessError

ACT = "_act"
MOST = 10


class ExitsForm:
    """All exits of a draft. A button adds or takes away a rule without storing anything."""

    def __init__(self, version: AutomationVersion, data: Any = None) -> None:
        self.version = version
        self.errors: list[str] = []
        self.rules = _stored(version) if data is None else _typed(data)
        self.offered = list(EXITS)
        self.may_add = len(self.rules) < MOST

    def is_valid(self) -> bool:
        """Ask each rule, and then all together, whether they can be asked."""
        fit = [rule.is_valid() for rule in self.rules]
        if all(fit):
            try:
                exits.check(self.read())
            except BusinessError as refusal:
                self.errors.append(str(refusal))
        return all(fit) and not self.errors

    def read(self) -> list[dict[str, Any]]:
        """Return the rules as they are stored."""
        return [{"is": rule.asked.key, **rule.cleaned_data} for rule in self.rules]

    def store(self) -> None:
        """Write the rules into the draft."""
        versions.change_version(self.version, exits=self.read())


class Rule(ValuesForm):
    """One exit and its settings, under the number that its fields have on the page."""

    def __init__(self, number: int, key: str, settings: dict[str, Any], data: Any = None) -> None:
        super().__init__(EXITS[key], settings, data, prefix=f"exit{number}")
        self.number = number


def _stored(version: AutomationVersion) -> list[Rule]:
    """Return the rules of the draft."""
    settings = [{name: value for name, value in each.items() if name != "is"} for each in version.exits]
    return [Rule(number, each["is"], settings[number]) for number, each in enumerate(version.exits)]


def _typed(data: Any) -> list[Rule]:
    """Return the rules as typed, after what a button asks for: one more, or one less."""
    act, _colon, which = data.get(ACT, "").partition(":")
    pairs = [each.partition(":") for each in data.getlist("exit")[:MOST]]
    known = [(int(number[:9]), key) for number, _colon, key in pairs if number[:9].isdecimal() and key in EXITS]
    rules = [Rule(number, key, {}, data) for number, key in known if act != "remove" or str(number) != which]
    if act == "add" and data.get("new_exit") in EXITS:
        rules.append(Rule(max((number for number, _key in known), default=-1) + 1, data["new_exit"], {}))
    return rules
