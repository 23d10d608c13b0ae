"""The variables of AlimTalk templates, such as #{name}: found, filled in, and held against what is given (K-01)."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass

VARIABLE = re.compile(r"#\{([^{}]+)\}")


@dataclass(frozen=True, slots=True)
class Mismatch:
    """What does not fit between a template's variables and the values written for them."""

    missing: tuple[str, ...] = ()  # of the template, without a value
    unknown: tuple[str, ...] = ()  # with a value, but not of the template


def names_in(*texts: str) -> list[str]:
    """Return the names of the variables in the texts, each once, in the order of appearance."""
    return list(dict.fromkeys(name for text in texts for name in VARIABLE.findall(text)))


def filled(text: str, values: Mapping[str, str]) -> str:
    """Return the text with the variables that have a value replaced, in one pass; others stay as they are."""
    return VARIABLE.sub(lambda found: values.get(found[1], found[0]), text)


def mismatch(wanted: Collection[str], given: Mapping[str, str], *, optional: Collection[str] = ()) -> Mismatch:
    """Compare the variables of a template with the values written for them; a blank one counts as missing."""
    return Mismatch(
        missing=tuple(name for name in wanted if name not in optional and not str(given.get(name, "")).strip()),
        unknown=tuple(name for name in given if name not in wanted),
    )
