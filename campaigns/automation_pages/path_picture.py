"""The steps of a version as a picture: a node for each, lanes side by side, and who is where."""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from django.db.models import Count
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaigns.automation import counting, waits
from campaigns.automation.fingerprint import DECIDED
from campaigns.automation.path import Node, Path
from campaigns.automation.walking import waiting_for
from campaigns.channels.base import channel_of
from campaigns.list_figures import Figures, figures_of
from campaigns.models import Automation, AutomationStep, AutomationVersion, Journey, StepTaken, Variant
from campaigns.template_fields import FIELDS
from crm_project.templatetags.formats import number_text

Kind, Outcome = AutomationStep.Kind, StepTaken.Outcome
LOOKS = {
    Kind.WAIT: ("hourglass", "quiet"),
    Kind.ONLY_IF: ("route", "busy"),
    Kind.SPLIT: ("split", "busy"),
    Kind.MESSAGE: ("mail", "accent"),
    Kind.OFFER: ("gift", "good"),
    Kind.EXIT: ("log-out", "bad"),
}
# What each kind does, for those who choose one.
KIND_WORDS = {
    Kind.MESSAGE: gettext_lazy("Write to the customer over any channel, with fallbacks and variants"),
    Kind.WAIT: gettext_lazy("Days or hours, until a day of the week, a time or a date"),
    Kind.ONLY_IF: gettext_lazy("Two ways: for those in a segment at that moment, and for the others"),
    Kind.SPLIT: gettext_lazy("Two or three ways by chance, to compare them"),
    Kind.OFFER: gettext_lazy("A coupon or points without a message"),
    Kind.EXIT: gettext_lazy("Nothing more from here on"),
}
OUTCOME_TONES = {Outcome.SKIPPED: "wait", Outcome.TOO_LATE: "wait", Outcome.NOT_GIVEN: "wait"}
SNIPPET = 70
# A field in content, with its filters.
FIELD = re.compile(r"{{\s*(\w+)[^}]*}}")


@dataclass
class DrawnLane:
    """A way on from a step: its name, and whether somebody went it."""

    name: str
    label: str
    nodes: list["DrawnNode"]
    taken: int = 0
    # As an address names the place at its beginning (`step_moves`).
    place: str = ""


@dataclass
class DrawnNode:
    """One step: what it says, how it stands, and who is there."""

    step: AutomationStep
    icon: str
    tone: str
    title: str
    detail: str = ""
    problem: str = ""
    here: int = 0
    outcomes: list[tuple[str, int, str]] = field(default_factory=list)
    figures: Figures | None = None
    lanes: list[DrawnLane] = field(default_factory=list)

    @property
    def place(self) -> str:
        """Return how an address names the place behind it."""
        return f"after-{self.step.pk}"


@dataclass(frozen=True, slots=True)
class Counts:
    """Who is at the steps of a version: waiting for a step by its id, and what came of those that were taken."""

    here: Mapping[int, int]
    taken: Mapping[int, Sequence[tuple[str, str, int]]]

    def went(self, step_id: int, lane: str) -> int:
        """Return how many went a lane of a step."""
        return sum(count for _outcome, name, count in self.taken.get(step_id, ()) if name == lane)


def picture(version: AutomationVersion) -> list[DrawnNode]:
    """Return the drawn steps of a version, in a number of queries that does not grow with them."""
    path = Path.of(version)
    messages = _messages(path.steps.values())
    counts = counts_of(path.steps)
    figures = figures_of([step.campaign for step in path.steps.values() if step.campaign])
    drawing = _Drawing(version.automation, counts, messages, figures)
    nodes = [drawing.drawn(node) for node in path.nodes()]
    if version.status in DECIDED:
        _mark_held_up(nodes, waiting_for(version))
    return nodes


def counts_of(step_ids: Collection[int]) -> Counts:
    """Return who is at these steps."""
    inside = Journey.objects.filter(step__in=step_ids, status=Journey.Status.INSIDE).order_by()
    here = dict(inside.values_list("step").annotate(n=Count("pk")))
    taken: dict[int, list[tuple[str, str, int]]] = {}
    for step_id, outcome, lane, count in counting.counted(step_ids):
        taken.setdefault(step_id, []).append((outcome, lane, count))
    return Counts(here, taken)


def title_of(step: AutomationStep, *, within: Automation | None = None) -> str:
    """Say what a step does in a few words; `within` a page of its automation without the name of that."""
    title = TITLES[Kind(step.kind)](step)
    return title.removeprefix(f"{within.name} · ") if within else title


@dataclass(frozen=True, slots=True)
class _Drawing:
    """What is known of all steps of a version while they are drawn."""

    automation: Automation
    counts: Counts
    messages: Mapping[int, Variant]
    figures: Mapping[int, Figures]

    def drawn(self, node: Node) -> DrawnNode:
        step = node.step
        icon, tone = LOOKS[Kind(step.kind)]
        said = self.messages.get(step.campaign_id or 0)
        drawn = DrawnNode(step, icon, tone, title_of(step, within=self.automation), problem=_problem(step, said))
        if said:
            drawn.icon = channel_of(said.account).icon
            drawn.detail = Truncator(in_words(said.subject or said.text)).chars(SNIPPET)
        drawn.figures = self.figures.get(step.campaign_id or 0)
        drawn.here = self.counts.here.get(step.pk, 0)
        drawn.outcomes = list(_outcomes(self.counts.taken.get(step.pk, ()), drawn.figures))
        drawn.lanes = [self._lane(step, name, nodes) for name, nodes in node.lanes.items()]
        return drawn

    def _lane(self, step: AutomationStep, name: str, nodes: Sequence[Node]) -> DrawnLane:
        inside = [self.drawn(each) for each in nodes]
        return DrawnLane(name, _lane_label(step, name), inside, self.counts.went(step.pk, name), f"in-{step.pk}-{name}")


def in_words(content: str) -> str:
    """Return content with its fields as staff call them, such as [name]."""
    return FIELD.sub(lambda found: f"[{_called(found[1])}]", content)


def _called(name: str) -> str:
    known = FIELDS.get(name)
    return str(known.label) if known else name


def _mark_held_up(nodes: Sequence[DrawnNode], reasons: Mapping[int, str]) -> None:
    """Say at each step why people wait there besides its time."""
    for node in nodes:
        node.problem = reasons.get(node.step.pk, node.problem)
        for lane in node.lanes:
            _mark_held_up(lane.nodes, reasons)


def _outcomes(taken: Sequence[tuple[str, str, int]], figures: Figures | None) -> Iterator[tuple[str, int, str]]:
    """Yield what came of a step, the most frequent first: what was sent, and no more that it was planned."""
    if figures and figures.sent:
        yield _("sent"), figures.sent, "good"
        taken = [each for each in taken if each[0] != Outcome.PLANNED]
    by_outcome: dict[str, int] = {}
    for outcome, _lane, count in taken:
        by_outcome[outcome] = by_outcome.get(outcome, 0) + count
    for outcome, count in sorted(by_outcome.items(), key=lambda pair: -pair[1]):
        yield str(Outcome(outcome).label), count, OUTCOME_TONES.get(Outcome(outcome), "quiet")


def _messages(steps: Collection[AutomationStep]) -> dict[int, Variant]:
    """Return what each message says first, by the id of its campaign."""
    campaigns = [step.campaign_id for step in steps if step.campaign_id]
    stored = Variant.objects.filter(step__campaign__in=campaigns, fallback=None, locale="")
    variants = stored.select_related("step__account").defer("html").order_by("-name")
    return {variant.step.campaign_id: variant for variant in variants}


def _problem(step: AutomationStep, said: Variant | None) -> str:
    """Return what keeps a step from being taken; empty: nothing."""
    if step.kind == Kind.MESSAGE and said is None:
        return _("Not written yet")
    if step.kind == Kind.ONLY_IF and step.segment is None:
        return _("No segment chosen yet")
    if step.kind == Kind.OFFER and not (step.coupon or step.points):
        return _("Gives nothing yet")
    return ""


def _lane_label(step: AutomationStep, lane: str) -> str:
    if step.kind == Kind.SPLIT:
        return _("%(lane)s · %(percent)s %%") % {"lane": lane.upper(), "percent": step.settings["shares"][lane]}
    return _("Yes") if lane == "yes" else _("No")


def _wait(step: AutomationStep) -> str:
    words = waits.sentence(step.settings) if step.settings else _("wait")
    return words[:1].upper() + words[1:]


def _only_if(step: AutomationStep) -> str:
    return _("Is in “%s”?") % step.segment if step.segment else _("Only if")


def _offer(step: AutomationStep) -> str:
    points = _("%s points") % number_text(step.points) if step.points else ""
    return " + ".join(filter(None, (str(step.coupon or ""), points))) or _("Coupon or points")


TITLES = {
    Kind.WAIT: _wait,
    Kind.ONLY_IF: _only_if,
    Kind.SPLIT: lambda _step: _("Split at random"),
    Kind.MESSAGE: lambda step: str(step.campaign or _("Message")),
    Kind.OFFER: _offer,
    Kind.EXIT: lambda _step: _("Leave"),
}
