"""What an approval is about: everything that decides who gets what, when and from whom, and a hash of it."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import time

from campaigns.channels.base import channel_of
from campaigns.models import Approval, Campaign, ChannelAccount, Fallback, Step, Variant
from customers.models import Segment
from customers.segments.dependencies import with_those_it_asks

PAST_REVIEW = (Campaign.Status.SCHEDULED, Campaign.Status.ACTIVE, Campaign.Status.PAUSED, Campaign.Status.FINISHED)

CAMPAIGN_FIELDS = (
    "name", "purpose", "information_basis", "holdout_percent", "latest_start_hours", "attribution_days", "cost_limit",
    "priority", "at_night", "over_cap", "is_to_existing_customers", "existing_customer_category", "entry", "duty",
)  # fmt: skip
# Prices and pace are not among them: what changes with the day must not stop what is being sent.
ACCOUNT_FIELDS = (
    "channel", "gateway", "settings", "is_live", "sender_name", "sender_address", "contact_phone", "postal_address",
    "opt_out_number", "opens_at", "closes_at", "kakao_profile_id",
)  # fmt: skip
# Of the settings, those that decide only how fast it goes and where answers are read.
SETTINGS_LEFT_OUT = frozenset((
    "connections", "domain_rates", "timeout", "webhook_key_variable",
    "bounce_host", "bounce_port", "bounce_security", "bounce_user", "bounce_password_variable",
))  # fmt: skip
VARIANT_FIELDS = ("name", "locale", "weight", "subject", "preheader", "html", "text", "details")


@dataclass(frozen=True)
class Change:
    """One value that is no longer what was decided on; `path` leads to it, such as "steps.0.variants.0.subject"."""

    path: str
    before: object
    after: object


def snapshot(campaign: Campaign) -> dict:
    """Return, as plain JSON, all that an approval covers."""
    return {
        **{name: getattr(campaign, name) for name in CAMPAIGN_FIELDS},
        "audience": _audience(campaign),
        **_automation(campaign),
        "scheduled_at": campaign.scheduled_at.isoformat() if campaign.scheduled_at else None,
        "coupons": sorted(campaign.coupons.values_list("pk", flat=True)),
        "steps": [_step(step) for step in campaign.steps.select_related("account", "coupon").order_by("position")],
    }


def fingerprint(campaign: Campaign) -> str:
    """Return the hash that changes with any edit an approval covers."""
    return fingerprint_of(snapshot(campaign))


def fingerprint_of(content: dict) -> str:
    """Return the hash of a snapshot."""
    canonical = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def valid_approval(campaign: Campaign) -> Approval | None:
    """Return the approval that holds: the last decision, on a campaign past review in which nothing changed since."""
    last = campaign.approvals.first() if campaign.status in PAST_REVIEW else None
    if last is None or last.decision != Approval.Decision.APPROVED or last.decided_by_id == campaign.author_id:
        return None
    return last if last.fingerprint == fingerprint(campaign) else None


def is_approved(campaign: Campaign) -> bool:
    """Tell whether the campaign may be sent as it stands (the third key of live sending)."""
    return valid_approval(campaign) is not None


def changes_since(approval: Approval) -> list[Change]:
    """Return what differs from what was decided on, in the order of the snapshot."""
    return differences(approval.content, snapshot(approval.campaign))


def differences(before: dict, after: dict) -> list[Change]:
    """Return what differs between two snapshots, in their order."""
    old, new = dict(_leaves(before)), dict(_leaves(after))
    paths = dict.fromkeys([*old, *new])
    return [Change(path, old.get(path), new.get(path)) for path in paths if old.get(path) != new.get(path)]


def _audience(campaign: Campaign) -> dict:
    return {
        "segment": segment_snapshot(campaign.segment),
        "excluded": [segment_snapshot(segment) for segment in campaign.excluded_segments.order_by("pk")],
    }


def _automation(campaign: Campaign) -> dict:
    """Return the automation of which it is a message, with the share that it holds out."""
    automation = campaign.automation
    return {"automation": {"id": automation.pk, "holdout_percent": automation.holdout_percent}} if automation else {}


def segment_snapshot(segment: Segment | None) -> dict | None:
    """Return the segment with the rules of those it asks: an edit of one of them changes the audience too."""
    if segment is None:
        return None
    return {
        "id": segment.pk,
        "rules": {str(each.pk): each.rule for each in with_those_it_asks(segment)},
    }


def _step(step: Step) -> dict:
    return {
        "position": step.position,
        "account": _account(step.account),
        "coupon": step.coupon_id,
        # Of a coupon that runs only this can change of what recipients read.
        **({"coupon_name": step.coupon.name} if step.coupon else {}),
        "points": step.points,
        **({"survey": step.survey_id} if step.survey_id else {}),
        "variants": [_variant(variant) for variant in step.variants.filter(fallback=None).order_by("pk")],
        "fallbacks": [_fallback(fallback) for fallback in step.fallbacks.select_related("account")],
    }


def _fallback(fallback: Fallback) -> dict:
    return {
        "position": fallback.position,
        "account": _account(fallback.account),
        "variants": [_variant(variant) for variant in fallback.variants.order_by("pk")],
    }


def _account(account: ChannelAccount) -> dict:
    settings = {name: value for name, value in account.settings.items() if name not in SETTINGS_LEFT_OUT}
    covered = {name: _plain(getattr(account, name)) for name in ACCOUNT_FIELDS}
    return {"id": account.pk, **covered, "settings": settings}


def _variant(variant: Variant) -> dict:
    covered = channel_of(variant.account).covers(variant)
    return {"id": variant.pk, **{name: getattr(variant, name) for name in VARIANT_FIELDS}, **covered}


def _plain(value: object) -> object:
    """Return a time as text, all else as it is: JSON knows no times."""
    return value.isoformat() if isinstance(value, time) else value


def _leaves(value: object, path: str = "") -> Iterator[tuple[str, object]]:
    """Yield (path, value) of everything that is neither a dictionary nor a list, and of empty ones."""
    if isinstance(value, dict) and value:
        children = value.items()
    elif isinstance(value, list) and value:
        children = enumerate(value)  # type: ignore[assignment]
    else:
        yield path, value
        return
    for key, child in children:
        yield from _leaves(child, f"{path}.{key}" if path else str(key))
