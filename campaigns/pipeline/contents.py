"""What a campaign says over one account, compiled: the words for each way, arm and language."""

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import NamedTuple

from django.utils.translation import gettext as _

from campaigns import template_fields
from campaigns.channels.base import CompiledContent
from campaigns.errors import ContentRefused
from campaigns.models import ChannelAccount, Step, Variant
from campaigns.pipeline import content
from campaigns.pipeline.claims import Claim
from campaigns.product_fields import occasion

# By message, the values of fields.
LookedUp = dict[int, dict[str, object]]


class Wording(NamedTuple):
    """One content row, ready to be rendered."""

    variant_id: int
    compiled: CompiledContent


class Contents:
    """The content rows of a step that go over an account, found by (way, arm, language)."""

    def __init__(self, step: Step, account: ChannelAccount) -> None:
        rows = step.variants.select_related("step__campaign", "step__account", "fallback__account")
        self.rows = list(rows.order_by("name", "locale", "pk"))
        self.account = account
        self._chosen: dict[tuple[int, int, str], Wording] = {}

    def look_up(self, claims: Sequence[Claim]) -> LookedUp:
        """Return, by message, the fields of these contents that cost a query, each looked up for all at once.

        A customer may be in one automation several times, once for each order: each message has a round of its own.
        """
        found: LookedUp = {}
        left = list(claims) if self._looked_up else []
        while left:
            now = {claim.customer_id: claim.message_id for claim in reversed(left)}
            found |= self._looked_up_for(now)
            left = [claim for claim in left if claim.message_id not in found]
        return found

    def _looked_up_for(self, messages: Mapping[int, int]) -> LookedUp:
        """Return the fields by message, given one message of each customer."""
        campaign = self.rows[0].step.campaign
        contexts = occasion.of_messages(messages.values()) if campaign.automation_id else {}
        values = template_fields.look_up(list(messages), campaign, wanted=self._looked_up, contexts=contexts)
        return {messages[customer_id]: fields for customer_id, fields in values.items()}

    @cached_property
    def _looked_up(self) -> set[str]:
        return {name for row in self.rows for name in content.fields_looked_up(row)}

    def wording(self, claim: Claim, locale: str) -> Wording:
        """Return what a customer of that language reads: their language's text, else the one for everybody.

        An arm that this way does not know reads the way's first one.

        Raises:
            ContentRefused: nothing was written for this way.
        """
        asked = (claim.leg, claim.variant_id, locale)
        chosen = self._chosen.get(asked)
        if chosen is None:
            chosen = self._chosen[asked] = self._choose(*asked)
        return chosen

    def _choose(self, leg: int, variant_id: int, locale: str) -> Wording:
        arms = self._by_leg.get(leg)
        if not arms:
            raise ContentRefused("content", _("Nothing was written for this way."))
        texts = arms.get(self._arms[variant_id]) or next(iter(arms.values()))
        return texts.get(locale) or texts.get(_language(locale)) or texts.get("") or next(iter(texts.values()))

    @cached_property
    def _arms(self) -> dict[int, str]:
        return {row.pk: row.name for row in self.rows}

    @cached_property
    def _by_leg(self) -> dict[int, dict[str, dict[str, Wording]]]:
        found: dict[int, dict[str, dict[str, Wording]]] = {}
        for row in self.rows:
            if row.account.pk == self.account.pk:
                texts = found.setdefault(_leg(row), {}).setdefault(row.name, {})
                texts[row.locale] = Wording(row.pk, content.compile_variant(row))
        return found


def _leg(row: Variant) -> int:
    return row.fallback.position if row.fallback else 0


def _language(locale: str) -> str:
    """Return the language of a locale such as en-US."""
    return locale.replace("_", "-").partition("-")[0]
