"""The page on which a second person decides about a campaign: what, to whom, when, at what cost, what was checked."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from liquid.exceptions import LiquidError

from campaigns import approval, gateways, lifecycle
from campaigns.effect_hints import hint_of
from campaigns.errors import ContentRefused
from campaigns.models import Approval, Campaign, SkipReason, Variant
from campaigns.offers.offer_checks import offer_of
from campaigns.outbox.mail_frame import mail_response
from campaigns.pipeline import content, gate
from campaigns.review import link_check
from campaigns.review.change_words import last_decision, shown_changes
from campaigns.review.expected_cost import ExpectedCost, expected_cost
from campaigns.review.review_checks import checks
from campaigns.review.review_links import shown_addresses
from campaigns.review.review_samples import MAIL, ways_shown
from campaigns.review.samples import samples
from campaigns.review.trial import trials
from campaigns.standing import has_begun, list_url, name_of, page_of, pages_of, sees_names, status_badge
from crm_project.errors import BusinessError
from crm_project.templatetags.formats import won_text
from customers.models import Segment
from customers.segments import rules
from loyalty.coupons import costs

SHOWN_REMOVED = 20
# In the address, those whom no reason removes.
RECEIVERS = "RECEIVERS"
DECISION_LOOKS = {
    Approval.Decision.REQUESTED: ("wait", "user-check"),
    Approval.Decision.FIRST: ("busy", "check"),
    Approval.Decision.APPROVED: ("good", "circle-check"),
    Approval.Decision.RETURNED: ("bad", "undo-2"),
    Approval.Decision.REVOKED: ("bad", "undo-2"),
}


class CampaignReview:
    """The reviewing part of the campaigns' ModelAdmin."""

    def get_urls(self) -> list[URLPattern]:
        guard, name = self.admin_site.admin_view, "campaigns_campaign"
        return [
            path("<int:campaign_id>/review/", guard(self.review), name=f"{name}_review"),
            path(
                "<int:campaign_id>/review/mail/<int:variant_id>/<str:code>/",
                guard(self.sample_mail),
                name=f"{name}_sample_mail",
            ),
            path("<int:campaign_id>/review/removed/<str:code>/", guard(self.removed), name=f"{name}_removed"),
            *super().get_urls(),
        ]

    def review(self, request: HttpRequest, campaign_id: int) -> HttpResponse:
        """Show everything a careful person decides from, and the buttons to decide."""
        campaign = self._campaign(request, campaign_id)
        if campaign.is_history:
            return HttpResponseRedirect(page_of(campaign))
        tried = trials(campaign)
        if not tried:
            messages.info(request, _("“%s” has no content yet.") % campaign)
            return HttpResponseRedirect(list_url())
        stages = _stages(campaign)
        count, cost = gate.recipients(stages) if stages else 0, expected_cost(campaign, tried)
        addresses = link_check.results(campaign)
        context = self.admin_site.each_context(request) | {
            "title": campaign.name,
            "campaign": campaign,
            "badge": status_badge(campaign),
            "pages": pages_of(campaign),
            "recipients": count,
            "cost": cost,
            "cost_words": _("at most %s if fallbacks are needed") % won_text(cost.at_most),
            **_offer(campaign, count),
            "is_live": any(gateways.is_live(way.account) for way in tried),
            "channels": list(dict.fromkeys(str(way.account.get_channel_display()) for way in tried)),
            "audience": _sentence(campaign.segment),
            "excluded": [(segment, _sentence(segment)) for segment in campaign.excluded_segments.all()],
            "fall": _waterfall(campaign, stages),
            "effect_hint": None if campaign.planned_at else hint_of(campaign, stages),
            "ways": ways_shown(campaign, unmasked=sees_names(request.user)),
            "addresses": shown_addresses(addresses),
            "is_asking": any(row.verdict == row.Verdict.WAITING for row in addresses),
            "checks": checks(campaign, tried, stages, cost, addresses),
            "history": [_entry(decision) for decision in campaign.approvals.select_related("decided_by")],
        }
        choices = self._choices(request, campaign, count, cost)
        return render(request, "campaigns/review.html", context | _changes(campaign) | choices)

    def sample_mail(self, request: HttpRequest, campaign_id: int, variant_id: int, code: str) -> HttpResponse:
        """Return the body of the mail of one of the sample customers, for the frame it is shown in."""
        campaign = self._campaign(request, campaign_id)
        people = samples(campaign, unmasked=sees_names(request.user))
        chosen = next((sample for sample in people if sample.code == code), None)
        variant = _mail(campaign, variant_id)
        if variant is None or chosen is None:
            raise Http404
        try:
            return mail_response(content.render(variant, chosen.customer).html)
        except (ContentRefused, LiquidError) as refusal:
            raise Http404 from refusal

    def removed(self, request: HttpRequest, campaign_id: int, code: str) -> HttpResponse:
        """Show some of the customers whom a reason removes; the drawer asks for the list alone."""
        campaign = self._campaign(request, campaign_id)
        if not campaign.steps.exists() or code not in (*SkipReason.values, gate.EXCLUDED, RECEIVERS):
            raise Http404
        context = self.admin_site.each_context(request) | {
            "title": _("will receive") if code == RECEIVERS else gate.label_of(code),
            "campaign": campaign,
            "customers": gate.sample_removed(campaign, "" if code == RECEIVERS else code, SHOWN_REMOVED),
        }
        is_part = request.headers.get("X-Requested-With") == "fetch"
        return render(request, "campaigns/removed_part.html" if is_part else "campaigns/removed.html", context)

    def _campaign(self, request: HttpRequest, campaign_id: int) -> Campaign:
        campaign = get_object_or_404(Campaign.objects.select_related("segment", "author"), pk=campaign_id)
        if not self.has_view_permission(request, campaign):
            raise PermissionDenied
        return campaign

    def _choices(self, request: HttpRequest, campaign: Campaign, count: int, cost: ExpectedCost) -> dict[str, object]:
        """Return what this person may do here, and why not the rest."""
        user, status = request.user, campaign.status
        may_edit = user.has_perm(lifecycle.MAY_EDIT)
        waits = status == Campaign.Status.IN_REVIEW
        first = approval.first_of_two(campaign) if waits else None
        return {
            "objection": approval.objection(campaign, user) if waits else "",
            "waits": waits,
            "seen": approval.fingerprint(campaign),
            "needs_count": approval.needs_count(count, cost.won),
            "needs_second": approval.needs_second(count, cost.won),
            "first": first,
            "first_by": name_of(first.decided_by) if first else "",
            "may_edit": may_edit and status in (Campaign.Status.IN_REVIEW, Campaign.Status.SCHEDULED),
            "may_revoke": user.has_perm(approval.MAY_APPROVE) and status == Campaign.Status.SCHEDULED,
        }


def _offer(campaign: Campaign, recipients: int) -> dict[str, object]:
    """Return what each gets besides the words, and what it costs at most if everybody uses it."""
    offer = offer_of(campaign)
    if offer is None:
        return {}
    return {
        "offer": offer,
        "offer_most": offer.cost_at_most(recipients),
        "offer_points": offer.points * recipients,
        "offer_spent": costs.of_campaigns([campaign.pk]).get(campaign.pk),
    }


def _mail(campaign: Campaign, variant_id: int) -> Variant | None:
    """Return the content of that number, where it is a mail of this campaign."""
    stored = Variant.objects.filter(step__campaign=campaign, pk=variant_id)
    found = stored.select_related("step__campaign", "step__account", "fallback__account").first()
    return found if found and found.account.channel == MAIL else None


def _stages(campaign: Campaign) -> list[gate.Stage]:
    """Return what is planned where it was planned, otherwise what would be."""
    if campaign.planned_at:
        return gate.planned_waterfall(campaign)
    return gate.waterfall(campaign) if campaign.has_audience else []


def _waterfall(campaign: Campaign, stages: list[gate.Stage]) -> dict[str, object] | None:
    if not stages:
        return None
    first = stages[0]
    return {
        "start": {"label": first.label, "count": first.left},
        "removed": [_bar(campaign, stage.label, stage.removed, stage.code) for stage in stages[1:]],
        "end": _bar(campaign, _("will receive"), gate.recipients(stages), RECEIVERS),
    }


def _bar(campaign: Campaign, label: object, count: int, code: str) -> dict[str, object]:
    """Return a bar that opens samples; not once it has begun: who is removed now is not who was removed then."""
    url = "" if has_begun(campaign) else reverse("admin:campaigns_campaign_removed", args=[campaign.pk, code])
    return {"label": label, "count": count, "url": url, "drawer": url}


def _sentence(segment: Segment | None) -> str:
    if segment is None:
        return ""
    try:
        return rules.sentence(segment.rule)
    except BusinessError as error:
        return str(error)


def _changes(campaign: Campaign) -> dict[str, object]:
    decision = last_decision(campaign)
    return {
        "decision": decision,
        "decided_by": name_of(decision.decided_by) if decision else "",
        "changes": shown_changes(decision) if decision else [],
    }


def _entry(decision: Approval) -> dict[str, object]:
    tone, icon_name = DECISION_LOOKS[Approval.Decision(decision.decision)]
    title = _("%(decision)s by %(who)s") % {
        "decision": str(decision.get_decision_display()).capitalize(),
        "who": name_of(decision.decided_by),
    }
    return {"at": decision.decided_at, "title": title, "detail": decision.note, "tone": tone, "icon": icon_name}
