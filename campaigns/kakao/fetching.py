"""Fetch channels, templates and Kakao's decisions from the gateways: on demand, and every ten minutes."""

import logging
from dataclasses import dataclass, field

from django.db import transaction
from django.utils import timezone

from campaigns.gateways.base import GatewayError
from campaigns.kakao import reviews, sources
from campaigns.kakao.template_source import FoundProfile, FoundTemplate, TemplateSource
from campaigns.models import ChannelAccount, KakaoProfile, KakaoTemplate

logger = logging.getLogger(__name__)
MOST_COMMENTS = 50


@dataclass
class Fetched:
    """What a round of fetching found; `refusals` says why an account did not answer."""

    templates: int = 0
    moved: int = 0
    paused: int = 0
    refusals: list[str] = field(default_factory=list)


def fetch_all() -> Fetched:
    """Ask every account of KakaoTalk for its channels and templates; one that does not answer stops no other."""
    fetched = Fetched()
    for account in sources.accounts_to_ask():
        try:
            _fetch(account, fetched)
        except GatewayError as error:
            logger.warning("Templates of sending account %s could not be fetched: %s", account.pk, error)
            fetched.refusals.append(f"{account.name}: {error}")
            _note_problem(account, str(error))
    return fetched


def _fetch(account: ChannelAccount, fetched: Fetched) -> None:
    source: TemplateSource = sources.SOURCES[account.gateway](account)
    profiles = {found.profile_id: _store_profile(found) for found in source.profiles()}
    _link(account, list(profiles.values()))
    _note_problem(account, "")
    for found in source.templates():
        if found.profile_id in profiles:
            fetched.templates += 1
            _store_template(profiles[found.profile_id], found, fetched)


def _store_profile(found: FoundProfile) -> KakaoProfile:
    name = found.search_id.removeprefix("@") or found.profile_id
    known = {"search_id": found.search_id, "synced_at": timezone.now()}
    return KakaoProfile.objects.update_or_create(
        profile_id=found.profile_id, defaults=known, create_defaults=known | {"name": name}
    )[0]


def _link(account: ChannelAccount, profiles: list[KakaoProfile]) -> None:
    """Let an account that names no KakaoTalk channel yet send in the name of the only one that it has."""
    if account.kakao_profile_id is None and len(profiles) == 1:
        account.kakao_profile = profiles[0]
        account.save(update_fields=["kakao_profile"])


@transaction.atomic
def _store_template(profile: KakaoProfile, found: FoundTemplate, fetched: Fetched) -> None:
    template = KakaoTemplate.objects.select_for_update().filter(profile=profile, code=found.code).first()
    if template is None:
        template = KakaoTemplate(profile=profile, code=found.code, is_changed_here=False)
    template.synced_at, template.comments = timezone.now(), found.comments[-MOST_COMMENTS:]
    # What was edited here and not handed in since is newer than what the gateway has.
    if template.is_changed_here:
        template.save(update_fields=["synced_at", "comments"])
        return
    for name, value in found.values.items():
        setattr(template, name, value)
    before = template.state if template.pk else None
    template.save()
    if before != found.state or template.vendor_state != found.vendor_state:
        fetched.moved += 1
        fetched.paused += reviews.move(template, to=found.state, vendor_state=found.vendor_state)


def _note_problem(account: ChannelAccount, problem: str) -> None:
    KakaoProfile.objects.filter(accounts=account).update(fetch_problem=problem[:300])
