"""The content of a campaign as forms: one for each way, arm and language, checked and stored together."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from django.db import transaction
from django.utils.translation import gettext as _

from campaigns.channels.base import MessageChannel, channel_of
from campaigns.editor.channel_forms import every
from campaigns.editor.channel_forms.base import ContentForm, form_for
from campaigns.editor.typed_content import ASIDE, CHANNEL, LANGUAGES, Place, TypedContent, for_channel, texts_of
from campaigns.library import blocks, starter_templates
from campaigns.models import Campaign, ChannelAccount, Fallback, Step, Variant
from campaigns.pipeline import content
from campaigns.pipeline.language import ContentProblem

__all__ = ["CampaignContent", "Cell", "Way", "every"]

HEAVIEST = 100


@dataclass
class Way:
    """A way the message takes: the first, or one that is tried where those before it failed."""

    number: int
    account: ChannelAccount | None
    typed: str
    errors: list[str] = field(default_factory=list)

    @property
    def channel(self) -> MessageChannel | None:
        """Return the channel of its account."""
        return channel_of(self.account) if self.account else None


@dataclass
class Cell:
    """A content and its place; `kept` is what was typed into fields that the channel does not have."""

    place: Place
    way: Way
    form: ContentForm
    kept: list[tuple[str, str]]
    warnings: list[ContentProblem] = field(default_factory=list)

    @property
    def language(self) -> object:
        """Return what its language is called."""
        return LANGUAGES.get(self.place.locale, _("Everybody else"))

    @property
    def has_errors(self) -> bool:
        """Tell whether something in it must be mended."""
        return bool(self.form.is_bound and self.form.errors)


class CampaignContent:
    """What a campaign says. Made from typed values, so it can always be shown again as it was typed."""

    def __init__(self, typed: TypedContent, *, fills_new: bool = False) -> None:
        self.typed = typed
        # Fill contents that nobody has typed yet with what a message of their channel may begin with.
        self.fills_new = fills_new
        self.errors: list[str] = []

    @cached_property
    def accounts(self) -> dict[str, ChannelAccount]:
        """Return the sending accounts by number, in the order in which they are offered."""
        return {str(each.pk): each for each in ChannelAccount.objects.select_related("kakao_profile")}

    @cached_property
    def ways(self) -> list[Way]:
        """Return the ways in order; a new campaign begins with the first account there is."""
        first = next(iter(self.accounts), "")
        typed = [value or (first if self.fills_new else "") for value in self.typed.ways]
        return [Way(number, self.accounts.get(value), value) for number, value in enumerate(typed)]

    @cached_property
    def cells(self) -> dict[Place, Cell]:
        """Return the contents by place; a way without an account has none."""
        return {place: self._cell(place) for place in self.typed.places if self.ways[place.way].account}

    @property
    def arms(self) -> list[dict[str, object]]:
        """Return the arms with their weights as typed and their shares in percent."""
        weights = {name: _weight(typed) or 0 for name, typed in self.typed.arms.items()}
        total = sum(weights.values()) or 1
        return [
            {"name": name, "weight": self.typed.arms[name], "share": round(weight * 100 / total)}
            for name, weight in weights.items()
        ]

    @property
    def languages(self) -> list[tuple[str, object]]:
        """Return (code, name) of the languages that have contents of their own."""
        return [(code, LANGUAGES[code]) for code in self.typed.locales]

    def is_valid(self, campaign: Campaign) -> bool:
        """Check every content as it would be sent by this campaign; the problems stand at their fields afterwards."""
        self._check_ways()
        self._check_weights()
        for variant, cell in zip(self.variants(campaign), self.cells.values(), strict=True):
            cell.form.is_valid()
            for problem in content.check(variant):
                self._place(problem, cell)
        has_problems = any(way.errors for way in self.ways) or any(cell.form.errors for cell in self.cells.values())
        return not self.errors and not has_problems

    def problems(self) -> Iterator[tuple[str, str]]:
        """Yield (name of the field or way, problem) of everything that was found."""
        for way in self.ways:
            yield from ((f"way{way.number}", error) for error in way.errors)
        for cell in self.cells.values():
            for name, errors in cell.form.errors.items():
                place = cell.form.add_prefix(name) if name in cell.form.fields else str(cell.place)
                yield from ((place, str(error)) for error in errors)

    def variants(self, campaign: Campaign) -> list[Variant]:
        """Return the contents as variants of a campaign, unsaved, in the order of the cells."""
        step = Step(campaign=campaign, account=self.ways[0].account or ChannelAccount())
        fallbacks = {
            way.number: Fallback(step=step, position=way.number, account=way.account)
            for way in self.ways[1:]
            if way.account
        }
        made = [self._variant(cell, step, fallbacks.get(cell.place.way)) for cell in self.cells.values()]
        blocks.take(made)
        return made

    @transaction.atomic
    def save(self, campaign: Campaign) -> None:
        """Store the ways and contents of a saved campaign; what is there no more goes."""
        step, _made = Step.objects.update_or_create(
            campaign=campaign, position=1, defaults={"account": self.ways[0].account}
        )
        step.fallbacks.filter(position__gte=len(self.ways)).delete()
        fallbacks = {way.number: self._stored_fallback(step, way) for way in self.ways[1:] if way.account}
        stored = {(each.fallback_id, each.name, each.locale): each.pk for each in step.variants.all()}
        made = [self._variant(cell, step, fallbacks.get(cell.place.way)) for cell in self.cells.values()]
        blocks.take(made)
        for variant in made:
            variant.pk = stored.pop((variant.fallback_id, variant.name, variant.locale), None)
            variant.save()
        step.variants.filter(pk__in=stored.values()).delete()

    def _cell(self, place: Place) -> Cell:
        way = self.ways[place.way]
        form_class = form_for(channel_of(way.account))
        texts = for_channel(self.typed.texts.get(place) or {}, way.account.channel)
        if self.fills_new and not any(name != CHANNEL and ASIDE not in name for name in texts):
            texts = {**texts, **self._beginning(way.account)}
        data = TypedContent(texts={place: texts}).data()
        form = form_class(data, prefix=str(place), account=way.account)
        kept = [
            (form.add_prefix(name), value)
            for name, values in texts.items()
            if name not in form.fields
            for value in values
        ]
        return Cell(place, way, form, kept)

    def _beginning(self, account: ChannelAccount) -> Mapping[str, list[str]]:
        starter = starter_templates.first_for(account.channel)
        return texts_of(starter.variant(), account=account) if starter else {}

    def _variant(self, cell: Cell, step: Step, fallback: Fallback | None) -> Variant:
        place = cell.place
        weight = _weight(self.typed.arms[place.arm]) or 1
        return Variant(
            step=step, fallback=fallback, name=place.arm, locale=place.locale, weight=weight, **cell.form.values()
        )

    def _stored_fallback(self, step: Step, way: Way) -> Fallback:
        return Fallback.objects.update_or_create(step=step, position=way.number, defaults={"account": way.account})[0]

    def _check_ways(self) -> None:
        seen: set[str] = set()
        for way in self.ways:
            way.errors = []
            if way.account is None:
                way.errors.append(_("Choose a sending account."))
            elif way.typed in seen:
                way.errors.append(_("An earlier way goes over this account already. Choose another one."))
            seen.add(way.typed)

    def _check_weights(self) -> None:
        wrong = [name for name, typed in self.typed.arms.items() if _weight(typed) is None]
        message = _("The weight of “%(arm)s” is no whole number from 1 to %(most)d.")
        self.errors = [message % {"arm": name, "most": HEAVIEST} for name in wrong]

    def _place(self, problem: ContentProblem, cell: Cell) -> None:
        if problem.is_warning:
            cell.warnings.append(problem)
        elif problem.field == "account":
            cell.way.errors += [str(problem)] if str(problem) not in cell.way.errors else []
        else:
            name = cell.form.field_of(problem.field)
            if name is None or name not in cell.form.errors:
                cell.form.add_error(name, str(problem))


def _weight(typed: str) -> int | None:
    """Return a weight as a number, None where it is none."""
    return int(typed) if typed.isascii() and typed.isdecimal() and 1 <= int(typed) <= HEAVIEST else None
