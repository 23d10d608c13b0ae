"""The only writer of a template's state: written → in inspection → approved or rejected; stopped and dormant (K-02).

Whatever takes an approval away holds the campaigns that send the template, in the same transaction.
"""

from collections.abc import Sequence
from contextlib import suppress

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from campaigns import lifecycle
from campaigns.errors import NotReady, WrongStatus
from campaigns.kakao import sources, template_checks
from campaigns.kakao.template_source import TemplateSource
from campaigns.models import Campaign, KakaoTemplate

State = KakaoTemplate.State
MAY_INSPECT = "campaigns.inspect_kakaotemplate"


@transaction.atomic
def store(template: KakaoTemplate) -> int:
    """Store what was written or edited; other words than Kakao inspected go back to “written”.

    Returns:
        how many running campaigns were paused, because the words they send are not approved any more.
    """
    stored = KakaoTemplate.objects.select_for_update().filter(pk=template.pk).first()
    if stored is None or not is_other_text(stored, template):
        template.save()
        return 0
    template.is_changed_here = True
    template.save()
    return move(template, to=State.WRITTEN)


def is_other_text(before: KakaoTemplate, after: KakaoTemplate) -> bool:
    """Tell whether anything that Kakao inspects differs."""
    return any(getattr(before, name) != getattr(after, name) for name in KakaoTemplate.INSPECTED)


@transaction.atomic
def move(template: KakaoTemplate, *, to: str, vendor_state: str = "") -> int:
    """Put a template into a state; return how many running campaigns were paused for it."""
    if template.state != to:
        template.state_since = timezone.now()
    template.state, template.vendor_state = to, vendor_state
    template.save(update_fields=["state", "vendor_state", "state_since"])
    if template.is_approved:
        return 0
    return _pause_senders(template)


def hand_in(template: KakaoTemplate, source: TemplateSource | None, *, by: User) -> None:
    """Ask Kakao to inspect a template, over the gateway where there is one; 1 to 3 working days.

    Raises:
        NotAllowed: `by` may not hand templates in.
        NotReady: something must be mended first; says what.
        WrongStatus: it is neither written nor rejected.
        GatewayError: the gateway did not take it.
    """
    lifecycle.permit(by, MAY_INSPECT)
    if template.state not in (State.WRITTEN, State.REJECTED):
        raise WrongStatus(template.get_state_display(), wanted=State.WRITTEN.label)
    problems = [problem.message for problem in template_checks.problems_of(template) if not problem.is_warning]
    if problems:
        raise NotReady(problems)
    code = source.hand_in(template) if source else template.code
    with transaction.atomic():
        template.code, template.is_changed_here = code, False
        template.save(update_fields=["code", "is_changed_here"])
        move(template, to=State.REQUESTED)


def record_decision(template: KakaoTemplate, state: str, *, code: str = "", comment: str = "", by: User) -> None:
    """Note what Kakao decided, for gateways that cannot be asked.

    Raises:
        NotAllowed: `by` may not do so.
        WrongStatus: it is not in inspection.
        NotReady: that is no decision, the gateway says it itself, or the number it has there is missing.
    """
    lifecycle.permit(by, MAY_INSPECT)
    if state not in (State.APPROVED, State.REJECTED):
        raise NotReady([_("Say whether Kakao approved or rejected the template.")])
    if sources.source_of(template.profile) is not None:
        raise NotReady([_("The gateway says itself what Kakao decided: fetch it.")])
    if template.state != State.REQUESTED:
        raise WrongStatus(template.get_state_display(), wanted=State.REQUESTED.label)
    template.code = code.strip() or template.code
    if state == State.APPROVED and not template.code:
        raise NotReady([_("Enter the number that the approved template has at the gateway.")])
    if comment.strip():
        said = {"by": by.get_username(), "text": comment.strip(), "at": timezone.now().isoformat(), "is_kakao": True}
        template.comments = [*template.comments, said]
    with transaction.atomic():
        template.save(update_fields=["code", "comments"])
        move(template, to=state)


def senders_of(template: KakaoTemplate) -> QuerySet[Campaign]:
    """Return the campaigns with content that names the template, on any of their ways."""
    return Campaign.objects.filter(steps__variants__details__template=template.pk).distinct()


def usage(templates: Sequence[KakaoTemplate]) -> dict[int, int]:
    """Return how many campaigns send each template, by its id; in one query."""
    numbers = Campaign.objects.filter(
        steps__variants__details__template__in=[template.pk for template in templates]
    ).values_list("steps__variants__details__template", "pk")
    campaigns: dict[int, set[int]] = {}
    for template_id, campaign_id in numbers:
        campaigns.setdefault(template_id, set()).add(campaign_id)
    return {template_id: len(ids) for template_id, ids in campaigns.items()}


def _pause_senders(template: KakaoTemplate) -> int:
    reason = _("The template “%(name)s” is not approved any more: it is %(state)s (K-02).") % {
        "name": template.name,
        "state": template.get_state_display(),
    }
    paused = 0
    for campaign in senders_of(template).filter(status=Campaign.Status.ACTIVE):
        # Where somebody else stopped it meanwhile, that is as good.
        with suppress(WrongStatus):
            lifecycle.pause(campaign, by=None, reason=reason)
            paused += 1
    return paused
