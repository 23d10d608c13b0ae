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
        if data is None:
            self.rules = [_rule(number, each["is"], each) for number, each in enumerate(version.exits)]
        else:
            self.rules = [_rule(number, key, {}, data) for number, key in _acted(data)]
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


def _rule(number: int, key: str, stored: dict[str, Any], data: Any = None) -> ValuesForm:
    settings = {name: value for name, value in stored.items() if name != "is"}
    typed = data if data is not None and any(name.startswith(f"exit{number}-") for name in data) else None
    rule = ValuesForm(
        EXITS[key], settings, typed if EXITS[key].required or EXITS[key].optional else {}, prefix=f"exit{number}"
    )
    rule.number = number
    return rule


def _acted(data: Any) -> list[tuple[int, str]]:
    """Return number and key of each rule after what a button asks for: one more, or one less."""
    act, _colon, which = data.get(ACT, "").partition(":")
    pairs = [each.partition(":") for each in data.getlist("exit")[:MOST]]
    rules = [(int(number), key) for number, _colon, key in pairs if number.isdecimal() and key in EXITS]
    if act == "add" and data.get("new_exit") in EXITS:
        return [*rules, (max((number for number, _key in rules), default=-1) + 1, data["new_exit"])]
    return [(number, key) for number, key in rules if act != "remove" or str(number) != which]
