"""A delivery's life: received → taken in, or tried again → failed; its body is deleted after some days.

Receiving only checks and stores, so that the platform gets its answer at once; a job does the rest. Every delivery
has a transaction of its own, so one that cannot be understood holds up no other.
"""

import json
import logging
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from crm_project import queue
from crm_project.errors import BusinessError
from crm_project.queue import kick
from crm_project.sealed_secrets import unseal
from customers.errors import DeliveryRefused
from customers.models import WebhookDelivery, WebhookEndpoint
from customers.platforms.cafe24_webhooks import CAFE24
from customers.platforms.payloads import Payload
from customers.platforms.shopify_webhooks import SHOPIFY
from customers.platforms.taking_in import ERASED, TakenIn, take_in
from customers.platforms.told import Call, PlatformWebhooks

logger = logging.getLogger(__name__)

PLATFORMS: dict[str, PlatformWebhooks] = {each.platform: each for each in (CAFE24, SHOPIFY)}
HANDLE = "customers.tasks.handle_webhooks"
State = WebhookDelivery.State
# After each failure the next attempt waits so long; then a person has to look.
WAITS = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 30, 120, 480))
ROWS_KEPT = timedelta(days=90)
NOTE_DELIVERY_EVERY = timedelta(minutes=1)


def is_genuine(endpoint: WebhookEndpoint, call: Call) -> bool:
    """Tell whether the call was made by who knows the endpoint's secret, or its former one while that still counts."""
    sealed = [endpoint.sealed_secret]
    if endpoint.former_secret_until and endpoint.former_secret_until > timezone.now():
        sealed.append(endpoint.sealed_former_secret)
    check = PLATFORMS[endpoint.platform].is_genuine
    return any(check(call, unseal(each)) for each in sealed if each)


@transaction.atomic
def receive(endpoint: WebhookEndpoint, call: Call) -> bool:
    """Store a genuine call and have it handled; return False for one that came before.

    Raises:
        DeliveryRefused: its body is no JSON object.
    """
    platform = PLATFORMS[endpoint.platform]
    payload = _parse(call.body)
    _delivery, is_new = WebhookDelivery.objects.get_or_create(
        endpoint=endpoint,
        delivery_id=platform.delivery_id(call),
        # Written anew, so that no name hides from erasure in escapes such as \ud64d.
        defaults={"topic": platform.topic(call, payload), "body": json.dumps(payload, ensure_ascii=False)},
    )
    _note_delivery(endpoint)
    if is_new:
        kick(HANDLE)
    return is_new


def handle_due() -> int:
    """Take in what is due, oldest first; return how many deliveries were looked at."""
    handled = 0
    while not queue.out_of_time() and _handle_next():
        handled += 1
        queue.progress()
    return handled


def retry(delivery: WebhookDelivery) -> bool:
    """Have a delivery looked at once more; return False where its body is deleted or nothing is left to do."""
    may = Q(state__in=WebhookDelivery.RETRIABLE) & ~Q(body="")
    changes = {"state": State.RETRYING, "attempts": 0, "next_attempt_at": None}
    with transaction.atomic():
        changed = WebhookDelivery.objects.filter(may, pk=delivery.pk).update(**changes)
        if changed:
            kick(HANDLE)
    return bool(changed)


def settle(delivery: WebhookDelivery) -> bool:
    """Note that a person brought what a delivery only named; return False where there was nothing to bring."""
    waiting = WebhookDelivery.objects.filter(pk=delivery.pk, state=State.TO_FETCH)
    return bool(waiting.update(state=State.DONE, handled_at=timezone.now()))


def purge() -> None:
    """Delete bodies after `WEBHOOK_BODIES_KEPT_DAYS`, whatever became of them, and whole rows after 90 days."""
    now = timezone.now()
    too_old = now - timedelta(days=settings.WEBHOOK_BODIES_KEPT_DAYS)
    expired = WebhookDelivery.objects.filter(received_at__lt=too_old).exclude(body="")
    expired.filter(state__in=WebhookDelivery.OPEN).update(state=State.FAILED, handled_at=now)
    expired.update(body="")
    WebhookDelivery.objects.filter(received_at__lt=now - ROWS_KEPT).delete()


def _parse(raw: bytes) -> Payload:
    try:
        payload = json.loads(raw.decode())
        json.dumps(payload, ensure_ascii=False).encode()  # half a character cannot be stored
    except (ValueError, RecursionError) as error:
        raise DeliveryRefused(_("The body is no JSON.")) from error
    if not isinstance(payload, dict):
        raise DeliveryRefused(_("The body is no JSON object."))
    return payload


def _note_delivery(endpoint: WebhookEndpoint) -> None:
    now = timezone.now()
    not_lately = Q(last_delivery_at=None) | Q(last_delivery_at__lt=now - NOTE_DELIVERY_EVERY)
    WebhookEndpoint.objects.filter(not_lately, pk=endpoint.pk).update(last_delivery_at=now)


@transaction.atomic
def _handle_next() -> bool:
    is_due = Q(next_attempt_at=None) | Q(next_attempt_at__lte=timezone.now())
    due = WebhookDelivery.objects.filter(is_due, state__in=WebhookDelivery.OPEN).select_related("endpoint")
    delivery = due.select_for_update(skip_locked=True, of=("self",)).order_by("pk").first()
    if delivery is None:
        return False
    delivery.attempts += 1
    try:
        with transaction.atomic():
            _take_in(delivery)
    except BusinessError as refusal:
        _note_refusal(delivery, refusal)
    except Exception as error:  # whatever it is, it must not hold up the deliveries behind it
        # Without its words: they may quote what the platform sent.
        logger.error("Webhook delivery %d failed: %s", delivery.pk, type(error).__name__)
        _note_failure(delivery, _("A fault of ours (%(kind)s).") % {"kind": type(error).__name__})
    delivery.save()
    return True


def _take_in(delivery: WebhookDelivery) -> None:
    endpoint = delivery.endpoint
    if not delivery.body:
        raise DeliveryRefused(_("What was sent is deleted, because its person was erased."), code=ERASED)
    told = PLATFORMS[endpoint.platform].read(
        delivery.topic, json.loads(delivery.body), delivery.delivery_id, delivery.received_at
    )
    delivery.handled_at = timezone.now()
    if not told.is_known:
        delivery.state = State.UNKNOWN
        return
    taken = take_in(told, source=endpoint.source, delivery=delivery.delivery_id, arrived=delivery.received_at)
    delivery.references = list(dict.fromkeys(taken.references))
    delivery.note = "\n".join(taken.notes)
    if taken.names_erased:
        delivery.body = ""
    delivery.state = _state(taken, is_to_fetch=bool(told.to_fetch))


def _state(taken: TakenIn, *, is_to_fetch: bool) -> str:
    if taken.is_outdated:
        return State.OUTDATED
    return State.TO_FETCH if is_to_fetch else State.DONE


def _note_refusal(delivery: WebhookDelivery, refusal: BusinessError) -> None:
    if refusal.code == ERASED:  # nobody is to bring that person back
        delivery.state, delivery.handled_at, delivery.note = State.DONE, timezone.now(), str(refusal)
        delivery.body = ""
    else:
        _note_failure(delivery, str(refusal))


def _note_failure(delivery: WebhookDelivery, why: str) -> None:
    """Have it tried again after a while: what a record names may still arrive. In the end a person has to look."""
    delivery.note, delivery.handled_at = why, timezone.now()
    if delivery.attempts > len(WAITS):
        delivery.state, delivery.next_attempt_at = State.FAILED, None
    else:
        delivery.state = State.RETRYING
        delivery.next_attempt_at = timezone.now() + WAITS[delivery.attempts - 1]
