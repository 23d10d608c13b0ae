"""From a recipe to a draft: an automation with its steps and messages, over the accounts that the shop has."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from campaigns import lifecycle
from campaigns.automation import versions
from campaigns.channels.base import CHANNELS
from campaigns.errors import NotReady
from campaigns.models import (
    Automation,
    AutomationStep,
    AutomationVersion,
    Campaign,
    ChannelAccount,
    Fallback,
    Variant,
)
from campaigns.models import Step as Way
from campaigns.recipes import supplies
from campaigns.recipes.base import RECIPES, Content, Leave, Message, OnlyIf, Recipe, Say, Step, Wait, all_steps
from campaigns.recipes.wording import SHOP
from customers.feedback import ready_surveys

Kind = AutomationStep.Kind
ALIMTALK = "alimtalk"
# What making a draft may make besides, for which one must be allowed to make it.
MAY_MAKE_SEGMENTS, MAY_MAKE_COUPONS = "customers.add_segment", "loyalty.add_coupon"
MAY_MAKE_SURVEYS = "customers.add_survey"
LONGEST_NAME = 120


@transaction.atomic
def make_draft(recipe: Recipe, *, by: User, language: str) -> Automation:
    """Make an automation of a recipe that has not run yet, with its texts in one language.

    The segments and coupons it needs are taken where the shop has them, and made where it does not.

    Args:
        language: "ko" or "en", of the texts and of the names.

    Raises:
        NotAllowed: `by` may not make automations, or the segments and coupons of this one.
        NotReady: the shop has it elsewhere, or has no account over which one of its messages could leave.
    """
    if recipe.leads_to:
        raise NotReady([_("“%s” is there already and is not made again.") % recipe.name])
    _permit(recipe, by)
    with translation.override(language):
        drafting = _Drafting(recipe, by, language, supplies.accounts(), supplies.shop_address())
        unreachable = list(drafting.unreachable())
        if unreachable:
            raise NotReady(unreachable)
        return drafting.made()


def _permit(recipe: Recipe, by: User) -> None:
    lifecycle.permit(by, versions.MAY_ADD)
    if any(message.survey for message in recipe.messages):
        lifecycle.permit(by, MAY_MAKE_SURVEYS)
    if any(message.coupon for message in recipe.messages):
        lifecycle.permit(by, MAY_MAKE_COUPONS)
    if segments_of(recipe):
        lifecycle.permit(by, MAY_MAKE_SEGMENTS)


def segments_of(recipe: Recipe) -> list[Any]:
    """Return the terms of all segments that a recipe needs."""
    asked = [step.segment for step in all_steps(recipe.steps) if isinstance(step, OnlyIf)]
    return [terms for terms in (recipe.watched, recipe.segment, *asked) if terms]


@dataclass(frozen=True, slots=True)
class _Drafting:
    """One draft being made."""

    recipe: Recipe
    by: User
    language: str
    accounts: supplies.Accounts
    shop: str

    def unreachable(self) -> Iterator[str]:
        """Yield a sentence for each message that no account of the shop could send."""
        said = _("“%(message)s” goes by %(channels)s, and there is no sending account for any. Add one first.")
        for message in self.recipe.messages:
            if not list(self._ways(message)):
                names = ", ".join(str(CHANNELS[channel].label) for channel in message.contents)
                yield said % {"message": message.name, "channels": names}

    def made(self) -> Automation:
        recipe = self.recipe
        automation = versions.new_automation(
            name=self._name(),
            note=str(recipe.text)[:300],
            recipe=recipe.key,
            by=self.by,
            priority=recipe.priority,
            exclusion_group=self._group(),
            holdout_percent=recipe.holdout_percent,
            trigger=recipe.trigger,
            trigger_settings=self._trigger_settings(),
            segment=recipe.segment and supplies.segment_of(recipe.segment, by=self.by),
            exits=[dict(each) for each in recipe.exits],
            reentry=recipe.reentry,
            reentry_days=recipe.reentry_days,
            latest_start_hours=recipe.latest_start_hours,
        )
        self._add(automation.versions.get(), recipe.steps)
        return automation

    def _name(self) -> str:
        """Return the recipe's name, with a number where it was made before."""
        made = Automation.objects.filter(recipe=self.recipe.key).count()
        return f"{self.recipe.name} ({made + 1})"[:LONGEST_NAME] if made else str(self.recipe.name)

    def _group(self) -> str:
        """Return the name of its group, as the shop's automations of the same group have it, whichever language."""
        group = self.recipe.exclusion_group
        if not group:
            return ""
        fellows = [recipe.key for recipe in RECIPES if recipe.exclusion_group == group]
        named = Automation.objects.filter(recipe__in=fellows).exclude(exclusion_group="").order_by("pk")
        return named.values_list("exclusion_group", flat=True).first() or str(group)

    def _trigger_settings(self) -> dict[str, Any]:
        settings = self.recipe.trigger_settings()
        if self.recipe.watched:
            settings["segments"] = [supplies.segment_of(self.recipe.watched, by=self.by).pk]
        return settings

    def _add(
        self, version: AutomationVersion, steps: Iterable[Step], parent: AutomationStep | None = None, lane: str = ""
    ) -> None:
        for step in steps:
            place = {"parent": parent, "lane": lane}
            match step:
                case Wait():
                    versions.add_step(version, Kind.WAIT, settings=dict(step.settings), **place)
                case Leave():
                    versions.add_step(version, Kind.EXIT, **place)
                case OnlyIf():
                    asked = supplies.segment_of(step.segment, by=self.by)
                    fork = versions.add_step(version, Kind.ONLY_IF, segment=asked, **place)
                    self._add(version, step.yes, fork, "yes")
                    self._add(version, step.no, fork, "no")
                case Say():
                    terms = self._terms(step.message, version)
                    added = versions.add_step(version, Kind.MESSAGE, message=terms, **place)
                    self._write(added.campaign, step.message)

    def _terms(self, message: Message, version: AutomationVersion) -> dict[str, Any]:
        return {
            "name": f"{version.automation.name} · {message.name}"[:LONGEST_NAME],
            "purpose": message.purpose,
            "information_basis": message.basis,
            "priority": self.recipe.priority,
        }

    def _write(self, campaign: Campaign, message: Message) -> None:
        """Give a campaign its ways in the order of the recipe, the first that reaches a customer wins."""
        coupon = message.coupon and supplies.coupon_of(message.coupon, self.language, by=self.by)
        survey = message.survey and ready_surveys.make(message.survey, by=self.by)
        way: Way | None = None
        for number, (account, content) in enumerate(self._ways(message)):
            if way is None:
                way = Way.objects.create(campaign=campaign, account=account, coupon=coupon, survey=survey)
            fallback = Fallback.objects.create(step=way, position=number, account=account) if number else None
            Variant.objects.create(step=way, fallback=fallback, **self._fields(account, content))

    def _ways(self, message: Message) -> Iterator[tuple[ChannelAccount, Content]]:
        """Yield the accounts a message can leave over now, with what it says there.

        An AlimTalk waits for Kakao's inspection, so it is a way only once its text was approved.
        """
        for channel, contents in message.contents.items():
            account, content = self.accounts.get(channel), contents.get(self.language)
            if account is None or content is None:
                continue
            if channel == ALIMTALK:
                template = supplies.template_of(content, account)
                if template is None or not template.is_approved:
                    continue
            yield account, content

    def _fields(self, account: ChannelAccount, content: Content) -> dict[str, Any]:
        """Return the columns of a variant, with the shop's own address."""
        if account.channel == ALIMTALK:
            template = supplies.template_of(content, account)
            return {"details": {"template": template.pk if template else None, "values": dict(content.values)}}
        columns = ("subject", "preheader", "html", "text")
        words = {column: getattr(content, column).replace(SHOP, self.shop) for column in columns}
        return words | {"details": {"url": content.url.replace(SHOP, self.shop)} if content.url else {}}
