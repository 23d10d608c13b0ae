"""Places of this app that hold addresses or what people were told, without pointing at a customer."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import datetime
from email import message_from_bytes, policy
from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from campaigns import in_app
from campaigns.gateways import sandbox
from campaigns.models import ClosedLeg, GatewayReport, Hit, Message, Suppression
from campaigns.staff import staff_messages
from customers.models import Customer
from customers.personal_data import PersonalStore, register_store
from customers.privacy.retention import RETENTION, Retention
from customers.privacy.traces import texts_of, words_in_rows


def _erase_mails(customers: Iterable[Customer]) -> int:
    by_campaign: defaultdict[int, list[int]] = defaultdict(list)
    rows = Message.objects.filter(customer__in=[customer.pk for customer in customers], is_sandbox=True)
    for campaign_id, message_id in rows.values_list("campaign", "pk"):
        by_campaign[campaign_id].append(message_id)
    return sum(sandbox.forget(campaign_id, ids) for campaign_id, ids in by_campaign.items())


def _search_mails(texts: Collection[str]) -> list[str]:
    files = sorted(path for path in Path(settings.OUTBOX_DIR).rglob("*") if path.is_file())
    return [str(path) for path in files if any(text in _readable(path) for text in texts)]


def _readable(path: Path) -> str:
    """Return what a reader of the file sees: a mail's headers and parts decoded."""
    if path.suffix != ".eml":
        return path.read_text(encoding="utf-8")
    mail = message_from_bytes(path.read_bytes(), policy=policy.default)
    parts = [part.get_content() for part in mail.walk() if part.get_content_maintype() == "text"]
    return "\n".join([*map(str, mail.values()), *parts])


def _erase_suppressions(customers: Iterable[Customer]) -> int:
    """Delete the addresses; the keyed hash of an erased contact keeps the person from coming back."""
    return Suppression.objects.filter(address__in=texts_of(customers)).delete()[0]


def _search_suppressions(texts: Collection[str]) -> list[str]:
    return [f"Suppression {pk}" for pk in Suppression.objects.filter(address__in=texts).values_list("pk", flat=True)]


def _erase_hits(customers: Iterable[Customer]) -> int:
    """Empty what a hit says of the reader's device; that somebody opened stays counted."""
    hits = Hit.objects.filter(message__customer__in=[customer.pk for customer in customers])
    return hits.update(user_agent="", ip_hash="")


def destroy_bodies(before: datetime) -> int:
    """Delete the written mails of messages sent before a moment; their counts stay (P-18)."""
    destroyed = 0
    for campaign_id, message_ids in sandbox.written():
        old = Message.objects.filter(pk__in=message_ids, sent_at__lt=before).values_list("pk", flat=True)
        destroyed += sandbox.forget(campaign_id, old) if old else 0
    return destroyed + staff_messages.forget_written(before)


RETENTION.register(
    "message bodies",
    Retention(_("Written mails"), "P-18", lambda: settings.MESSAGE_BODIES_KEPT_DAYS, destroy_bodies),
)
RETENTION.register(
    "in-app messages",
    Retention(_("In-app messages that ended"), "P-18", lambda: settings.MESSAGE_BODIES_KEPT_DAYS, in_app.destroy),
)

for _store in (
    PersonalStore("sandbox mails", _erase_mails, _search_mails, explanation=_("Mails that the sandbox wrote")),
    PersonalStore(
        "suppressed addresses", _erase_suppressions, _search_suppressions, explanation=_("Addresses not to send to")
    ),
    PersonalStore("hits", _erase_hits, lambda texts: [], explanation=_("Devices on which messages were opened")),
    words_in_rows("suppression notes", Suppression, "note", explanation=_("Why an address is not sent to")),
    words_in_rows(
        "gateway answers", Message, "failure_detail", explanation=_("What gateways said about other messages")
    ),
    words_in_rows(
        "gateway answers on ways left",
        ClosedLeg,
        "failure_detail",
        explanation=_("What gateways said about other messages"),
    ),
    words_in_rows("gateway reports", GatewayReport, "detail", explanation=_("What gateways reported later")),
):
    register_store(_store)
