"""Copies of campaigns and of whole versions: what is in force stays as it was approved, the copy is edited."""

from django.contrib.auth.models import User
from django.db import models

from campaigns.compliance import information
from campaigns.fingerprint import CAMPAIGN_FIELDS, VARIANT_FIELDS
from campaigns.models import Automation, AutomationStep, AutomationVersion, Campaign, Fallback, Step, Variant

SAID_BY = ("position", "account", "coupon", "points", "survey")
STEP_FIELDS = ("lane", "position", "kind", "settings", "segment", "coupon", "points")


def copied_campaign(origin: Campaign, *, automation: Automation | None, author: User | None) -> Campaign:
    """Return a draft that says what the campaign says, over the same accounts; who vouched for its words counts too."""
    copy = Campaign.objects.create(automation=automation, author=author, **_values(origin, CAMPAIGN_FIELDS))
    copy.coupons.set(origin.coupons.all())
    for step in origin.steps.all():
        _copy_step(step, copy)
    information.carry_over(origin, copy)
    return copy


def copied_steps(origin: AutomationVersion, draft: AutomationVersion, *, author: User | None) -> None:
    """Give a draft the steps of another version, each knowing from which it was copied."""
    copies: dict[int | None, AutomationStep | None] = {None: None}
    waiting = list(origin.steps.select_related("campaign").order_by("pk"))
    while waiting:
        # A step may have been made before the one whose lane it was moved into.
        ready = [step for step in waiting if step.parent_id in copies]
        for step in ready:
            copies[step.pk] = _copy_automation_step(step, draft, copies[step.parent_id], author)
        waiting = [step for step in waiting if step.pk not in copies]


def _copy_automation_step(
    step: AutomationStep, draft: AutomationVersion, parent: AutomationStep | None, author: User | None
) -> AutomationStep:
    campaign = step.campaign and copied_campaign(step.campaign, automation=draft.automation, author=author)
    carried = _values(step, STEP_FIELDS)
    return AutomationStep.objects.create(version=draft, parent=parent, campaign=campaign, origin=step, **carried)


def _copy_step(step: Step, campaign: Campaign) -> None:
    copy = Step.objects.create(campaign=campaign, **_values(step, SAID_BY))
    fallbacks: dict[int | None, Fallback | None] = {None: None}
    for fallback in step.fallbacks.all():
        fallbacks[fallback.pk] = Fallback.objects.create(step=copy, **_values(fallback, ("position", "account")))
    for variant in step.variants.order_by("pk"):
        way = fallbacks[variant.fallback_id]
        Variant.objects.create(step=copy, fallback=way, **_values(variant, VARIANT_FIELDS))


def _values(row: models.Model, fields: tuple[str, ...]) -> dict[str, object]:
    return {field: getattr(row, field) for field in fields}
