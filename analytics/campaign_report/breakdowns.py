"""The campaign apart: by step, by content, and by the channel over which a message left."""

from collections.abc import Callable, Collection, Hashable, Iterable
from dataclasses import dataclass
from typing import TypeVar

from django.utils.translation import gettext as _

from analytics.campaign_report.funnel import Cell, Funnel, sum_of
from analytics.campaign_report.recipient_links import recipients_url
from campaigns.models import Campaign, ChannelAccount, Fallback, Step, Variant

SHOWN_LETTERS = 60
Key = TypeVar("Key", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a campaign with its own funnel; `url` leads to its messages where they can be listed."""

    label: str
    note: str
    funnel: Funnel
    url: str = ""


@dataclass(frozen=True, slots=True)
class Breakdown:
    """All parts of one kind; together they are the campaign."""

    kind: str
    title: str
    parts: list[Part]


def breakdowns_of(campaign: Campaign, cells: Collection[Cell]) -> list[Breakdown]:
    """Return the campaign by step, where there are several, by content and by channel, in four statements."""
    steps = {step.pk: step for step in campaign.steps.select_related("coupon")}
    apart = [
        Breakdown("content", _("By content"), _by_content(steps, cells)),
        Breakdown("channel", _("By channel"), _by_channel(campaign, cells)),
    ]
    return [Breakdown("step", _("By step"), _by_step(steps, cells)), *apart] if len(steps) > 1 else apart


def _by_step(steps: dict[int, Step], cells: Iterable[Cell]) -> list[Part]:
    found = _grouped(cells, lambda cell: cell.step_id)
    return [Part(_step_name(step), _gift(step), sum_of(found[pk])) for pk, step in steps.items() if pk in found]


def _by_content(steps: dict[int, Step], cells: Collection[Cell]) -> list[Part]:
    """Return the arms of each step: languages and fallbacks say the same thing and count together."""
    contents = Variant.objects.filter(pk__in={cell.variant_id for cell in cells}).only("name", "subject", "text")
    variants = contents.in_bulk()
    found = _grouped(cells, lambda cell: (steps[cell.step_id].position, variants[cell.variant_id].name))
    parts = []
    for (_position, name), alike in sorted(found.items()):
        said = variants[alike[0].variant_id]
        label = f"{_step_name(steps[alike[0].step_id])} · {name}" if len(steps) > 1 else name
        parts.append(Part(label, (said.subject or said.text)[:SHOWN_LETTERS], sum_of(alike)))
    return parts


def _by_channel(campaign: Campaign, cells: Collection[Cell]) -> list[Part]:
    found = _grouped(cells, lambda cell: cell.account_id)
    accounts = ChannelAccount.objects.in_bulk(found)
    positions = dict(Fallback.objects.filter(step__campaign=campaign).values_list("account_id", "position"))
    tried = sorted(found.items(), key=lambda each: (positions.get(each[0], 0), each[0]))
    return [
        Part(
            str(accounts[pk].get_channel_display()),
            _way_name(accounts[pk], positions.get(pk)),
            sum_of(alike),
            recipients_url(campaign, account=pk),
        )
        for pk, alike in tried
    ]


def _grouped(cells: Iterable[Cell], key: Callable[[Cell], Key]) -> dict[Key, list[Cell]]:
    found: dict[Key, list[Cell]] = {}
    for cell in cells:
        found.setdefault(key(cell), []).append(cell)
    return found


def _step_name(step: Step) -> str:
    return _("Step %(number)s") % {"number": step.position}


def _gift(step: Step) -> str:
    points = _("%(points)s points") % {"points": step.points} if step.points else ""
    return " · ".join(filter(None, [step.coupon.name if step.coupon else "", points]))


def _way_name(account: ChannelAccount, position: int | None) -> str:
    if position is None:
        return account.name
    return _("%(account)s, where way %(number)s had failed") % {"account": account.name, "number": position}
