"""The parts of a Brand Message, parsed once and filled in for each person: texts with fields, links with numbers.

A picture is a number at the gateway, or the name of one that the shop keeps, which stands there itself once parsed.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from liquid import BoundTemplate

from campaigns.gateways.base import Picture
from campaigns.library import pictures
from campaigns.pipeline import language

WEB_ADDRESS = re.compile(r"https?://[^\s{}]+")
# Where a web address stands that people tap on; pictures and app addresses are not counted.
TEXTS, WHOLES, ROWS = (
    ("image_id", "image_url", "image_link", "footnote"),
    ("coupon", "commerce", "video"),
    ("buttons", "items", "cards"),
)
LINKED = ("mobile", "pc", "image_link")
PICTURE = "image_id"


@dataclass(frozen=True, slots=True)
class Link:
    """A place where the address of a numbered link goes."""

    number: int


@dataclass(frozen=True, slots=True)
class Parts:
    """What was parsed: the same shape, with templates and links where texts were."""

    tree: Any
    links: tuple[str, ...]

    def fill(self, fields: dict[str, object], addresses: Sequence[str]) -> dict[str, Any]:
        """Return the parts for one person, the links replaced by their addresses.

        Raises:
            ContentRefused: a field without a value or fallback (VAR_MISSING).
        """
        return _filled(self.tree, fields, addresses)


def tidied(details: Mapping[str, Any]) -> dict[str, Any]:
    """Return the parts that `Variant.details` holds, each of the shape it must have; what has another is left out.

    Rows of buttons, items and cards are dictionaries; so are a coupon, a product and a video.
    """
    parts = {name: details[name] for name in TEXTS if isinstance(details.get(name), str)}
    parts |= {name: details[name] for name in WHOLES if isinstance(details.get(name), dict)}
    rows = {name: details[name] for name in ROWS if isinstance(details.get(name), list)}
    return parts | {name: [_row(each) for each in given if isinstance(each, dict)] for name, given in rows.items()}


def parse(said: Mapping[str, Any]) -> Parts:
    """Parse every text of the parts once.

    Raises:
        LiquidError: one is not well-formed.
    """
    numbers: dict[str, int] = {}
    kept = {each.name: each for each in pictures.named(picture_names(said))}
    tree = _parsed(said, "", numbers, kept)
    return Parts(tree, tuple(numbers))


def picture_names(value: object) -> list[str]:
    """Return the names of the pictures of the shop in a part, or in all parts, each once."""
    if isinstance(value, Mapping):
        own = value.get(PICTURE)
        here = [own] if isinstance(own, str) and pictures.is_name(own) else []
        return list(dict.fromkeys([*here, *(name for child in value.values() for name in picture_names(child))]))
    if isinstance(value, list):
        return list(dict.fromkeys(name for child in value for name in picture_names(child)))
    return []


def sources(value: object, path: str) -> Iterator[tuple[str, str]]:
    """Yield (path, text) of every text in which a field stands."""
    if isinstance(value, Mapping):
        for name, child in value.items():
            yield from sources(child, f"{path}.{name}")
    elif isinstance(value, list):
        for place, child in enumerate(value):
            yield from sources(child, f"{path}.{place}")
    elif isinstance(value, str) and _has_fields(value):
        yield path, value


def _row(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return a row without parts that have another shape than theirs."""
    shapes = {"buttons": list, "coupon": dict, "commerce": dict}
    row = {name: value for name, value in given.items() if isinstance(value, shapes.get(name, str))}
    if "buttons" in row:
        row["buttons"] = [_row(button) for button in row["buttons"] if isinstance(button, dict)]
    return row


def _parsed(value: object, name: str, numbers: dict[str, int], kept: Mapping[str, Picture]) -> object:
    if isinstance(value, Mapping):
        return {key: _parsed(child, key, numbers, kept) for key, child in value.items()}
    if isinstance(value, list):
        return [_parsed(child, name, numbers, kept) for child in value]
    if not isinstance(value, str):
        return value
    if name == PICTURE:
        return kept.get(value, value)
    if name in LINKED and WEB_ADDRESS.fullmatch(value.strip()):
        return Link(numbers.setdefault(value.strip(), len(numbers) + 1))
    return language.parse(value, is_html=False) if _has_fields(value) else value


def _filled(value: object, fields: dict[str, object], addresses: Sequence[str]) -> Any:
    if isinstance(value, dict):
        return {key: _filled(child, fields, addresses) for key, child in value.items()}
    if isinstance(value, list):
        return [_filled(child, fields, addresses) for child in value]
    if isinstance(value, Link):
        return addresses[value.number - 1]
    return language.fill(value, fields) if isinstance(value, BoundTemplate) else value


def _has_fields(text: str) -> bool:
    return "{{" in text or "{%" in text
