"""What an adviser is, and the register of all of them."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, ClassVar

from django.utils.functional import Promise

from crm_project.registry import Registry


@dataclass(frozen=True, slots=True)
class Finding:
    """What an adviser found: numbers and names, as JSON can hold them. `about` tells apart several of one kind."""

    about: str = ""
    numbers: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Said:
    """A finding in the current language: what is so, what could be done, and the address where it begins."""

    title: str
    text: str
    url: str
    button: str
    button_icon: str = "arrow-right"


class Adviser(ABC):
    """One kind of advice. Stateless; `ask` is for many customers and runs in a job, `say` costs next to nothing."""

    key: ClassVar[str]
    label: ClassVar[str | Promise]
    icon: ClassVar[str]
    # What its reader must be allowed: to see it, and to do what it advises.
    permissions: ClassVar[tuple[str, ...]]
    # bad: something is broken; wait: somebody should decide; accent: a chance.
    tone: ClassVar[str] = "accent"

    @abstractmethod
    def ask(self, today: date) -> list[Finding]:
        """Return what is to be said on that day (KST), the most pressing first."""

    @abstractmethod
    def say(self, finding: Finding) -> Said:
        """Put a finding into words, in the current language."""


ADVISERS: Registry[Adviser] = Registry("adviser")


def adviser(kind: type[Adviser]) -> type[Adviser]:
    """Register the decorated class."""
    ADVISERS.register(kind.key, kind())
    return kind
