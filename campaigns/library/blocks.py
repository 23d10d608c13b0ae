"""Pieces that stand in many messages: {% block store_hours %} in content is replaced by the block's own words.

A campaign keeps the words it was submitted with (`take`): an edit of a block reaches drafts, and no campaign that
somebody has approved or that is being sent. So an approval stays about exactly what was seen, and what a customer got
can be shown for good.
"""

import re
from collections.abc import Iterable
from copy import copy

from django.db.models import Q, QuerySet
from django.utils.html import strip_tags
from django.utils.translation import gettext as _

from campaigns.models import Campaign, ContentBlock, Variant
from campaigns.pipeline.language import ContentProblem

BLOCK = re.compile(r"\{%-?\s*block\s+([a-z][a-z0-9_]*)\s*-?%\}")
# In a variant's details: the words of the blocks in it, by key.
TAKEN = "blocks"
PLACES = ("subject", "preheader", "html", "text")
BLANK_LINES = re.compile(r"\s*\n\s*")


def keys_in(variant: Variant) -> set[str]:
    """Return the keys of the blocks that stand in this content."""
    return {key for place in PLACES for key in BLOCK.findall(getattr(variant, place))}


def take(variants: Iterable[Variant]) -> None:
    """Put the present words of their blocks into these variants, unsaved, in one query."""
    wanted = [(variant, keys_in(variant)) for variant in variants]
    found = _words_of(set().union(*(keys for _variant, keys in wanted)))
    for variant, keys in wanted:
        details = _without_taken(variant)
        words = {key: found[key] for key in sorted(keys) if key in found}
        variant.details = details | ({TAKEN: words} if words else {})


def take_for(campaign: Campaign) -> None:
    """Give a campaign the present words of its blocks; from then on it keeps them."""
    variants = [each for each in Variant.objects.filter(step__campaign=campaign) if keys_in(each) or each.details]
    take(variants)
    Variant.objects.bulk_update(variants, ["details"])


def expanded(variant: Variant) -> Variant:
    """Return the variant with the words it took in the place of its blocks."""
    taken = variant.details.get(TAKEN)
    if not taken:
        return variant
    whole = copy(variant)
    whole.details = _without_taken(variant)
    for place in PLACES:
        setattr(whole, place, _replaced(getattr(variant, place), taken, "html" if place == "html" else "text"))
    return whole


def problems_of(variant: Variant, source: str, *, field: str) -> list[ContentProblem]:
    """Return a problem for each block named in this place that the variant has no words of, or that takes none."""
    taken = variant.details.get(TAKEN, {}) if field in PLACES else {}
    return [
        ContentProblem(field, _("There is no content block named “%s”.") % match[1], *_place(source, match.start()))
        for match in BLOCK.finditer(source)
        if match[1] not in taken
    ]


def left_blank(source: str) -> str:
    """Return the source with its blocks as blanks, so that every other place stays where it is."""
    return BLOCK.sub(lambda match: " " * len(match[0]), source)


def campaigns_with(block: ContentBlock) -> QuerySet[Campaign]:
    """Return the campaigns in whose content the block stands, the newest first."""
    named = rf"\{{%-?\s*block\s+{block.key}\s*-?%\}}"
    stands = Q()
    for place in PLACES:
        stands |= Q(**{f"{place}__regex": named})
    variants = Variant.objects.filter(stands)
    return Campaign.objects.filter(steps__variants__in=variants).distinct().order_by("-pk")


def as_words(html: str) -> str:
    """Return the words of a block's HTML, for channels without HTML."""
    return BLANK_LINES.sub("\n", strip_tags(html)).strip()


def _without_taken(variant: Variant) -> dict[str, object]:
    return {name: value for name, value in variant.details.items() if name != TAKEN}


def _words_of(keys: set[str]) -> dict[str, dict[str, str]]:
    """Return the present words of blocks by key."""
    found = ContentBlock.objects.filter(key__in=keys) if keys else ()
    return {block.key: {"html": block.html, "text": block.text or as_words(block.html)} for block in found}


def _replaced(source: str, taken: dict[str, dict[str, str]], kind: str) -> str:
    return BLOCK.sub(lambda match: taken.get(match[1], {}).get(kind, ""), source)


def _place(source: str, index: int) -> tuple[int, int]:
    return source.count("\n", 0, index) + 1, index - source.rfind("\n", 0, index)
