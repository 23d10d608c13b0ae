"""Consents on the customer page: what holds over each channel since when, until when, and what was said last."""

from datetime import timedelta

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from crm_project.templatetags.formats import day_text
from customers.consent.duty_rules import OPENED_DAYS_AHEAD
from customers.consent.preference_links import url_of
from customers.customer_lists import CHANNEL_ICONS
from customers.models import ConsentEntry, ConsentState, Customer
from customers.models.consent import UNDATED, Channel, Purpose

ENTRIES_SHOWN = 6


def draw(customer: Customer, request: HttpRequest) -> SafeString:
    """Draw the panel: marketing use first, for all channels hang on it (P-03), then each channel."""
    states = {(each.purpose, each.channel): each for each in ConsentState.objects.filter(customer=customer)}
    entries = list(ConsentEntry.objects.filter(customer=customer).order_by("-occurred_at", "-pk")[: ENTRIES_SHOWN + 1])
    context = {
        "customer": customer,
        "lines": [_line(purpose, channel, states) for purpose, channel in _terms(states)],
        "entries": [(entry, words_of(entry), said_on(entry)) for entry in entries[:ENTRIES_SHOWN]],
        "has_more": len(entries) > ENTRIES_SHOWN,
        "preferences_url": url_of(customer.pk) if request.user.has_perm("customers.change_noticeduty") else "",
    }
    return render_to_string("consent/customer_panel.html", context)


def words_of(entry: ConsentEntry) -> str:
    """Return what a consent is about, in words: the purpose, and the channel where there is one."""
    return " · ".join(filter(None, [entry.get_purpose_display(), entry.get_channel_display()]))


def said_on(entry: ConsentEntry) -> str:
    """Return the day on which the customer said it (KST)."""
    return _("date unknown") if entry.is_undated else day_text(entry.occurred_at)


def _terms(states: dict[tuple[str, str], ConsentState]) -> list[tuple[Purpose, str]]:
    channels = [channel for channel in Channel if (Purpose.AD_RECEIVE, channel) in states]
    return [(Purpose.MARKETING_USE, ""), *((Purpose.AD_RECEIVE, channel) for channel in channels)]


def _line(purpose: Purpose, channel: str, states: dict[tuple[str, str], ConsentState]) -> dict[str, object]:
    state = states.get((purpose, channel))
    night = states.get((Purpose.AD_NIGHT, channel))
    return {
        "label": Channel(channel).label if channel else Purpose.MARKETING_USE.label,
        "icon": CHANNEL_ICONS[Channel(channel)] if channel else "chart-pie",
        "is_granted": bool(state and state.is_granted),
        "since": _since(state),
        "night": bool(night and night.is_granted),
        "reconfirm_by": state.reconfirm_by if state else None,
        "tone": _tone(state),
    }


def _since(state: ConsentState | None) -> str:
    if state is None:
        return _("never asked")
    return _("date unknown") if state.since == UNDATED else day_text(state.since)


def _tone(state: ConsentState | None) -> str:
    """Return how pressing the re-confirmation is (L-13)."""
    if state is None or state.reconfirm_by is None:
        return "quiet"
    today = timezone.localdate()
    if state.reconfirm_by < today:
        return "bad"
    return "wait" if state.reconfirm_by <= today + timedelta(days=OPENED_DAYS_AHEAD) else "quiet"
