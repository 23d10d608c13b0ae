"""Data is destroyed on the day after its limit, never before (P-06, P-07, P-14, P-18)."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from campaigns.gateways import sandbox
from campaigns.models import Message
from customers.models import AccessLogEntry, CustomerStats, Destruction, Event, LegalPerson, LegalRecord
from customers.privacy import erasure, retention
from tests.factories import make_customer, make_message, make_order, make_running_campaign, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _folders(settings, tmp_path) -> None:
    settings.OUTBOX_DIR = tmp_path / "outbox"
    settings.EXPORT_DIR = tmp_path / "exports"


def kst(day: str, hour: int = 2) -> datetime:
    return datetime.fromisoformat(f"{day}T{hour:02}:30:00+09:00")


@pytest.mark.parametrize(
    ("today", "kept"),
    [("2031-03-02", 1), ("2031-03-03", 0)],
    ids=["on the last day of five years", "on the day after"],
)
def test_an_order_leaves_the_legal_store_on_the_day_after_its_fifth_year(today, kept, time_machine):
    time_machine.move_to(kst("2026-11-20"))
    person = make_customer(name="홍길동")
    make_order(person, placed_at=kst("2026-03-02", 1))
    erasure.erase([person.pk], by=None)

    time_machine.move_to(kst(today, 23))
    retention.destroy_what_is_due(timezone.now())

    assert LegalRecord.objects.count() == kept
    assert LegalPerson.objects.count() == kept
    assert Destruction.objects.filter(what="legal store").count() == 1 - kept


@pytest.mark.parametrize(("today", "kept"), [("2026-10-30", True), ("2026-10-31", False)])
def test_a_written_mail_is_destroyed_on_the_day_after_ninety_days(today, kept, settings):
    settings.MESSAGE_BODIES_KEPT_DAYS = 90
    campaign = make_running_campaign()
    message = make_message(campaign, make_customer(), is_sandbox=True, sent_at=kst("2026-08-01"))
    mail = sandbox.folder_of(campaign.pk) / f"{message.pk}.eml"
    mail.write_text("To: gildong@example.com")
    manifest = sandbox.folder_of(campaign.pk) / sandbox.MANIFEST
    manifest.write_text(f'{{"message_id": {message.pk}, "recipient": "gildong@example.com", "file": "x"}}\n')

    retention.destroy_what_is_due(kst(today, 23))

    assert mail.exists() is kept
    assert ("gildong" in manifest.read_text()) is kept
    assert len(sandbox.read_manifest(campaign.pk)) == 1
    assert Message.objects.get().sent_at == kst("2026-08-01")


@pytest.mark.parametrize(("days", "destroyed"), [(0, 0), (90, 1)], ids=["kept for ever unless set", "three months"])
def test_events_are_destroyed_only_when_the_shop_wants_it(days, destroyed, settings):
    settings.EVENTS_KEPT_DAYS = days
    person, now = make_customer(), timezone.now()
    for number, age in enumerate((100, 10)):
        moment = now - timedelta(days=age)
        Event.objects.create(external_id=str(number), kind="page_view", customer=person, occurred_at=moment)

    found = retention.destroy_what_is_due(now)

    assert found.get("events", 0) == destroyed
    assert Event.objects.count() == 2 - destroyed
    if destroyed:
        assert CustomerStats.objects.get(customer=person).last_visit_at == now - timedelta(days=10)


def test_the_access_log_is_never_destroyed_within_a_year():
    AccessLogEntry.objects.create(
        user=make_user("staff"), action="view", happened_at=timezone.now() - timedelta(days=360)
    )

    with pytest.raises(retention.RetentionRefused):
        retention.destroy_access_log(timezone.now() - timedelta(days=300))
    with pytest.raises(IntegrityError, match="a year at least"), transaction.atomic():
        AccessLogEntry.objects.all().delete()

    assert AccessLogEntry.objects.count() == 1


def test_the_access_log_is_destroyed_after_two_years(settings):
    settings.ACCESS_LOG_KEPT_DAYS = 731
    staff, now = make_user("staff"), timezone.now()
    for days in (740, 700):
        AccessLogEntry.objects.create(user=staff, action="view", happened_at=now - timedelta(days=days))

    destroyed = retention.destroy_what_is_due(now)

    assert destroyed["access log"] == 1
    assert AccessLogEntry.objects.get().happened_at == now - timedelta(days=700)


@pytest.mark.parametrize("change", [{"reason": ""}, {"reason": "other"}, {"action": "export"}])
def test_an_entry_of_the_access_log_cannot_be_changed(change):
    AccessLogEntry.objects.create(user=make_user("staff"), action="view", reason="asked by phone")

    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        AccessLogEntry.objects.update(**change)

    assert AccessLogEntry.objects.get().reason == "asked by phone"


def test_the_first_moment_that_is_kept_is_a_midnight_of_the_shop():
    assert retention.oldest_kept(datetime(2026, 11, 20, 14, 59, tzinfo=UTC), 90) == kst("2026-08-22", 0).replace(
        minute=0
    )
