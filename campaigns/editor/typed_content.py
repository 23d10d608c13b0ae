"""What a campaign says, as it is typed: ways × arms × languages, and the acts that add to them or take away.

Plain values only, so that an act changes what somebody typed and loses none of it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from django.http import QueryDict
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext_lazy as _

from campaigns.channels.base import channel_of
from campaigns.editor.channel_forms.base import form_for
from campaigns.models import Campaign, ChannelAccount, Variant

ARMS = ("A", "B", "C", "D", "E")
MOST_WAYS = 4
LANGUAGES = {
    "en": _("English"),
    "ja": _("Japanese"),
    "zh": _("Chinese"),
    "vi": _("Vietnamese"),
    "th": _("Thai"),
    "mn": _("Mongolian"),
    "ru": _("Russian"),
}
Texts = Mapping[str, list[str]]
# Among the texts of a place: the channel they were typed for, and, as "email>subject", what was typed for another one.
CHANNEL, ASIDE = "_channel", ">"


@dataclass(frozen=True, order=True, slots=True)
class Place:
    """Where a content belongs: the way (0 is the first), the arm, the language ("" for everybody else)."""

    way: int
    arm: str = ARMS[0]
    locale: str = ""

    def __str__(self) -> str:
        """Return the place as fields are named by it, such as "c0_A_en"."""
        return f"c{self.way}_{self.arm}_{self.locale or 'all'}"


@dataclass(frozen=True)
class TypedContent:
    """The accounts of the ways in order, the arms with their weights, the languages, and the texts at each place."""

    ways: tuple[str, ...] = ("",)
    arms: Mapping[str, str] = field(default_factory=lambda: {ARMS[0]: "1"})
    locales: tuple[str, ...] = ()
    texts: Mapping[Place, Texts] = field(default_factory=dict)

    @property
    def places(self) -> list[Place]:
        """Return every place that needs a content, in the order of the page."""
        return [
            Place(way, arm, locale)
            for way in range(len(self.ways))
            for arm in self.arms
            for locale in ("", *self.locales)
        ]

    def data(self) -> MultiValueDict:
        """Return all of it as a browser would send it."""
        data = MultiValueDict(
            {
                "way": list(self.ways),
                "arm": list(self.arms),
                "weight": list(self.arms.values()),
                "locale": list(self.locales),
            }
        )
        for place, texts in self.texts.items():
            for name, values in texts.items():
                data.setlist(f"{place}-{name}", values)
        return data


def from_post(data: QueryDict) -> TypedContent:
    """Read what was typed; what is not there is as on a new campaign."""
    arms = dict(zip(data.getlist("arm"), data.getlist("weight"), strict=False))
    typed = TypedContent(
        ways=tuple(data.getlist("way")[:MOST_WAYS]) or ("",),
        arms={name: weight for name, weight in arms.items() if name in ARMS} or {ARMS[0]: "1"},
        locales=tuple(dict.fromkeys(each for each in data.getlist("locale") if each in LANGUAGES)),
    )
    return replace(typed, texts={place: _texts_at(data, place) for place in typed.places})


def from_campaign(campaign: Campaign) -> TypedContent:
    """Read what is stored."""
    step = campaign.steps.select_related("account").first() if campaign.pk else None
    if step is None:
        return TypedContent()
    stored = list(step.variants.select_related("step__account", "fallback__account"))
    positions = {None: 0} | {each.pk: way for way, each in enumerate(step.fallbacks.all(), start=1)}
    first = {variant.name: str(variant.weight) for variant in stored if variant.fallback_id is None}
    return TypedContent(
        ways=(str(step.account_id), *(str(each.account_id) for each in step.fallbacks.all())),
        arms=first or {ARMS[0]: "1"},
        locales=tuple(dict.fromkeys(variant.locale for variant in stored if variant.locale in LANGUAGES)),
        texts={
            Place(positions[variant.fallback_id], variant.name, variant.locale): texts_of(variant) for variant in stored
        },
    )


def texts_of(variant: Variant, *, account: ChannelAccount | None = None) -> dict[str, list[str]]:
    """Return a content as its form names its fields."""
    form = form_for(channel_of(account or variant.account))
    typed = form.typed_of(variant)
    return {
        name: [str(each) for each in value] if isinstance(value, list) else ["on" if value is True else str(value)]
        for name, value in typed.items()
        if value not in (None, False)
    }


def acted(typed: TypedContent, act: str) -> TypedContent:
    """Return the content after one act, such as "add_arm" or "remove_way:1"; one that is not known changes nothing."""
    name, _colon, about = act.partition(":")
    change = ACTS.get(name)
    return change(typed, about) if change else typed


def with_texts(typed: TypedContent, place: Place, texts: Texts) -> TypedContent:
    """Return the content with other texts at one place."""
    return replace(typed, texts={**typed.texts, place: texts})


def for_channel(texts: Texts, channel: str) -> dict[str, list[str]]:
    """Return the texts of a place for its channel: those of another one are put aside, and come back with it."""
    before = next(iter(texts.get(CHANNEL, [])), channel)
    if before == channel:
        return {**texts, CHANNEL: [channel]}
    aside = {name: values for name, values in texts.items() if ASIDE in name}
    left = {f"{before}{ASIDE}{name}": values for name, values in texts.items() if name not in aside and name != CHANNEL}
    mark = f"{channel}{ASIDE}"
    back = {name.removeprefix(mark): values for name, values in aside.items() if name.startswith(mark)}
    others = {name: values for name, values in aside.items() if not name.startswith(mark)}
    return {**back, **others, **left, CHANNEL: [channel]}


def place_named(typed: TypedContent, name: str) -> Place:
    """Return the place of that name, the first one where there is none."""
    return next((place for place in typed.places if str(place) == name), typed.places[0])


def _texts_at(data: QueryDict, place: Place) -> dict[str, list[str]]:
    before = f"{place}-"
    return {name.removeprefix(before): data.getlist(name) for name in data if name.startswith(before)}


def _add_way(typed: TypedContent, account: str) -> TypedContent:
    return replace(typed, ways=(*typed.ways, account)) if len(typed.ways) < MOST_WAYS else typed


def _remove_way(typed: TypedContent, way: str) -> TypedContent:
    """Take a fallback away; those after it move up."""
    if not (way.isdecimal() and 0 < int(way) < len(typed.ways)):
        return typed
    gone = int(way)
    texts = {
        replace(place, way=place.way - (place.way > gone)): said
        for place, said in typed.texts.items()
        if place.way != gone
    }
    return replace(typed, ways=typed.ways[:gone] + typed.ways[gone + 1 :], texts=texts)


def _add_arm(typed: TypedContent, _about: str) -> TypedContent:
    """Add an arm that begins as a copy of the first."""
    free = [name for name in ARMS if name not in typed.arms]
    if not free:
        return typed
    first, weight = next(iter(typed.arms.items()))
    copies = {replace(place, arm=free[0]): said for place, said in typed.texts.items() if place.arm == first}
    return replace(typed, arms={**typed.arms, free[0]: weight}, texts={**typed.texts, **copies})


def _remove_arm(typed: TypedContent, arm: str) -> TypedContent:
    if arm not in typed.arms or len(typed.arms) == 1:
        return typed
    arms = {name: weight for name, weight in typed.arms.items() if name != arm}
    return replace(typed, arms=arms, texts=_without(typed.texts, (place for place in typed.texts if place.arm == arm)))


def _add_locale(typed: TypedContent, locale: str) -> TypedContent:
    """Add a language whose contents begin as copies."""
    if locale not in LANGUAGES or locale in typed.locales:
        return typed
    copies = {replace(place, locale=locale): said for place, said in typed.texts.items() if not place.locale}
    return replace(typed, locales=(*typed.locales, locale), texts={**typed.texts, **copies})


def _remove_locale(typed: TypedContent, locale: str) -> TypedContent:
    locales = tuple(each for each in typed.locales if each != locale)
    gone = (place for place in typed.texts if place.locale == locale and locale)
    return replace(typed, locales=locales, texts=_without(typed.texts, gone))


def _without(texts: Mapping[Place, Texts], gone: Iterable[Place]) -> dict[Place, Texts]:
    left = set(texts) - set(gone)
    return {place: said for place, said in texts.items() if place in left}


ACTS = {
    "add_way": _add_way,
    "remove_way": _remove_way,
    "add_arm": _add_arm,
    "remove_arm": _remove_arm,
    "add_locale": _add_locale,
    "remove_locale": _remove_locale,
}
