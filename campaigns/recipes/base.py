"""What a recipe is: who enters, what they are told and when, in both languages, and what it needs."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from campaigns.models import AutomationVersion, Campaign
from crm_project.registry import Registry
from customers.feedback.ready_surveys import ReadySurvey

KOREAN, ENGLISH = LANGUAGES = ("ko", "en")
AD, INFO = Campaign.MessagePurpose.ADVERTISING, Campaign.MessagePurpose.INFORMATION
Reentry = AutomationVersion.Reentry
Words = str | Promise
# Of those who enter an automation that advertises, so many per cent get none of it, so that its effect is known.
HOLDOUT_PERCENT = 10
# The exits of most recipes, and the group of those that a customer is in one at a time (U-31).
BOUGHT: Mapping[str, Any] = {"is": "bought"}
OPTED_OUT: Mapping[str, Any] = {"is": "opted_out"}
REMINDERS = _("reminders")
ORDER_RETURNED: Mapping[str, Any] = {"is": "order_returned"}


class Goal(models.TextChoices):
    """The headings under which the gallery lists recipes."""

    FIRST_PURCHASE = "first_purchase", _("From the first purchase to the second")
    VISITS = "visits", _("Interested, not bought yet")
    REPEAT_PURCHASE = "repeat_purchase", _("Buying again")
    REGULARS = "regulars", _("Regular customers")
    WIN_BACK = "win_back", _("Winning back")
    MEMBERSHIP = "membership", _("Points and tiers")
    FEEDBACK = "feedback", _("Feedback and consent")


@dataclass(frozen=True, slots=True)
class Content:
    """What one channel says in one language; `values` fills the variables of an AlimTalk template."""

    subject: str = ""
    preheader: str = ""
    html: str = ""
    text: str = ""
    url: str = ""
    values: Mapping[str, str] = field(default_factory=dict)


InBoth = Mapping[str, str]
Contents = Mapping[str, Content]


@dataclass(frozen=True, slots=True)
class SegmentTerms:
    """A segment that a recipe needs; one with the same rule is used where the shop has it."""

    name: Words
    rule: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class CouponTerms:
    """A coupon that a message gives: its name as customers read it, by language, and its terms."""

    name: InBoth
    terms: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A message with its class fixed; `contents` by channel, the preferred first, then by language."""

    name: Words
    purpose: Campaign.MessagePurpose
    contents: Mapping[str, Contents]
    basis: str = ""
    coupon: CouponTerms | None = None
    survey: ReadySurvey | None = None


@dataclass(frozen=True, slots=True)
class Wait:
    """A wait, with settings as `campaigns/automation/waits.py` takes them."""

    settings: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Say:
    """A message is sent."""

    message: Message


@dataclass(frozen=True, slots=True)
class OnlyIf:
    """Those in the segment go the one way, everybody else the other."""

    segment: SegmentTerms
    yes: tuple["Step", ...] = ()
    no: tuple["Step", ...] = ()


@dataclass(frozen=True, slots=True)
class Leave:
    """The automation ends here."""


Step = Wait | Say | OnlyIf | Leave
# What is known only from the shop's data, such as the categories with a sure cycle.
ByData = Callable[[], Mapping[str, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """An automation, declared. `leads_to`: the page where the shop has it already, in place of a draft."""

    key: str
    name: Words
    text: Words
    for_whom: Words
    goal: Goal
    icon: str
    trigger: str = ""
    settings: Mapping[str, Any] | ByData = field(default_factory=dict)
    # The segment that the trigger watches, put into its settings once it is made.
    watched: SegmentTerms | None = None
    segment: SegmentTerms | None = None
    exits: tuple[Mapping[str, Any], ...] = ()
    reentry: str = Reentry.NEVER
    reentry_days: int = 90
    latest_start_hours: int = 24
    # In the words of the first draft; staff may call it otherwise.
    exclusion_group: Words = ""
    priority: int = 50
    steps: tuple[Step, ...] = ()
    leads_to: str = ""

    @property
    def messages(self) -> tuple[Message, ...]:
        """Return its messages in the order of its steps, those of branches too."""
        return tuple(step.message for step in all_steps(self.steps) if isinstance(step, Say))

    @property
    def is_advertising(self) -> bool:
        """Tell whether any of its messages is advertising."""
        return any(message.purpose == AD for message in self.messages)

    @property
    def holdout_percent(self) -> int:
        """Return how many of a hundred who enter get no advertising of it."""
        return HOLDOUT_PERCENT if self.is_advertising else 0

    @property
    def channels(self) -> tuple[str, ...]:
        """Return the channels that its messages are written for, each once, the preferred first."""
        return tuple(dict.fromkeys(channel for message in self.messages for channel in message.contents))

    def trigger_settings(self) -> dict[str, Any]:
        """Return the settings of its trigger, as the shop's data stand now."""
        return dict(self.settings() if callable(self.settings) else self.settings)


def all_steps(steps: tuple[Step, ...]) -> Iterator[Step]:
    """Yield steps and those of their branches, in the order in which they are drawn."""
    for step in steps:
        yield step
        if isinstance(step, OnlyIf):
            yield from all_steps(step.yes)
            yield from all_steps(step.no)


RECIPES: Registry[Recipe] = Registry("recipe")


def add(recipe: Recipe) -> Recipe:
    """Register a recipe under its key."""
    return RECIPES.register(recipe.key, recipe)
