"""Erasing people: what goes, what stays, and that nothing brings them back (P-05, P-06)."""

from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from campaigns.models import ClosedLeg, Message, Suppression
from customers import consent
from customers.errors import ErasureRefused
from customers.models import (
    AccessLogEntry,
    ConsentEntry,
    ConsentState,
    Customer,
    CustomerNote,
    CustomerStats,
    Destruction,
    ErasedContact,
    Event,
    LegalPerson,
    LegalRecord,
    Order,
    Visitor,
)
from customers.personal_data import tables
from customers.privacy import contact_hashes, erasure
from tests.factories import make_customer, make_message, make_order, make_running_campaign, make_user, set_consent

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _folders(settings, tmp_path) -> None:
    settings.OUTBOX_DIR = tmp_path / "outbox"
    settings.EXPORT_DIR = tmp_path / "exports"


@pytest.fixture
def person() -> Customer:
    return make_customer(
        external_id="gildong77",
        name="남궁길동",
        email="gildong@example.com",
        phone="+821098765432",
        attributes={"memo": "남궁길동 님의 강아지는 초코"},
    )


def everything() -> str:
    """Return every row of every table as text, but for the legal store."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        names = [name for (name,) in cursor.fetchall() if not name.startswith("customers_legal")]
        dump = []
        for name in names:
            cursor.execute(f"SELECT coalesce(string_agg(t::text, E'\\n'), '') FROM \"{name}\" t")
            dump.append(f"-- {name}\n{cursor.fetchone()[0]}")
    return "\n".join(dump)


def test_an_erased_customer_is_a_husk_under_a_random_key(person):
    erasure.erase([person.pk], by=None)

    person.refresh_from_db()
    assert (person.name, person.email, person.phone, person.birthday, person.attributes) == ("", "", "", None, {})
    assert person.external_id.startswith("erased-")
    assert person.erased_at is not None
    assert "gildong" not in everything()


def test_sums_stay_the_same_to_the_won(person):
    make_order(person, placed_at=timezone.now() - timedelta(days=3), paid=31_000, refunded=1_000)
    make_order(person, placed_at=timezone.now() - timedelta(days=9), paid=20_000)
    before = list(Order.objects.order_by("pk").values_list("customer", "revenue"))

    erasure.erase([person.pk], by=None)

    assert list(Order.objects.order_by("pk").values_list("customer", "revenue")) == before
    stats = CustomerStats.objects.get(customer=person)
    assert (stats.order_count, stats.paid_total) == (2, 50_000)


def test_orders_of_the_last_five_years_stay_in_the_legal_store_with_their_last_day(person):
    make_order(person, external_id="O-1", placed_at=datetime(2026, 3, 1, 15, 30, tzinfo=UTC), paid=31_000)
    make_order(person, external_id="O-2", placed_at=datetime(2020, 3, 1, tzinfo=UTC), paid=20_000)
    make_order(person, external_id="O-3", placed_at=datetime(2026, 5, 1, tzinfo=UTC), paid=9_000, status="cancelled")

    erasure.erase([person.pk], by=None)

    kept = LegalPerson.objects.get()
    assert (kept.name, kept.phone, kept.external_id) == ("남궁길동", "+821098765432", "gildong77")
    assert Customer.objects.get(pk=person.pk).external_id == f"erased-{kept.key}"
    # 2026-03-01 15:30 UTC is the second of March in Korea.
    assert [(r.kind, r.reference, f"{r.keep_until}", r.facts["paid"]) for r in kept.records.order_by("reference")] == [
        ("payment", "shop O-1", "2031-03-02", 31_000),
        ("contract", "shop O-3", "2031-05-01", 9_000),
    ]


def test_of_whom_no_law_wants_anything_nothing_is_kept(person):
    erasure.erase([person.pk], by=None)

    assert not LegalPerson.objects.exists()
    assert not LegalRecord.objects.exists()


def test_the_consent_ledger_stays_but_for_its_evidence_which_the_legal_store_keeps(person):
    said_at = timezone.now() - timedelta(days=10)
    consent.grant(
        person.pk,
        purpose="ad_receive",
        channel="email",
        occurred_at=said_at,
        method="web",
        evidence={"ip": "203.0.113.9", "name": "남궁길동"},
    )

    erasure.erase([person.pk], by=None)

    entry = ConsentEntry.objects.get()
    assert (entry.action, entry.occurred_at, entry.evidence) == ("granted", said_at, {})
    assert not ConsentState.objects.exists()
    assert LegalRecord.objects.get(kind="consent").facts["evidence"] == {"ip": "203.0.113.9", "name": "남궁길동"}


@pytest.mark.parametrize("change", ["action = 'withdrawn'", "evidence = '{\"a\": 1}'", "occurred_at = now()"])
def test_the_ledger_of_an_erased_customer_takes_no_other_change(person, change):
    set_consent(person, "marketing_use")
    erasure.erase([person.pk], by=None)

    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"UPDATE customers_consententry SET {change}")

    assert ConsentEntry.objects.get().action == "granted"


def test_the_evidence_of_somebody_who_is_not_erased_cannot_be_emptied(person):
    consent.grant(person.pk, purpose="marketing_use", occurred_at=timezone.now(), method="web", evidence={"ip": "x"})

    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        ConsentEntry.objects.update(evidence={})

    assert ConsentEntry.objects.get().evidence == {"ip": "x"}


def test_visits_stay_counted_and_lose_their_words_and_their_browser(person):
    visitor = Visitor.objects.create(key="cookie-1", customer=person)
    Event.objects.create(
        external_id="E-1", kind="search", customer=person, visitor=visitor, occurred_at=timezone.now(),
        properties={"query": "남궁길동 각인"},
    )  # fmt: skip

    erasure.erase([person.pk], by=None)

    event, visitor = Event.objects.get(), Visitor.objects.get()
    assert (event.customer, event.visitor, event.properties, visitor.customer) == (person, None, {}, None)


def test_who_was_merged_into_the_person_goes_too(person):
    other = make_customer(name="남궁길동", email="other@example.com", merged_into=person)

    erased = erasure.erase([person.pk], by=None)

    other.refresh_from_db()
    assert erased == 2
    assert (other.name, other.email) == ("", "")
    assert other.erased_at is not None


def test_a_merged_customer_is_erased_with_the_one_who_was_kept(person):
    other = make_customer(merged_into=person)

    with pytest.raises(ErasureRefused):
        erasure.erase([other.pk], by=None)

    assert not Customer.objects.exclude(erased_at=None).exists()


def test_nobody_is_erased_twice(person):
    erasure.erase([person.pk], by=None)

    with pytest.raises(ErasureRefused):
        erasure.erase([person.pk], by=None)

    assert Destruction.objects.count() == 1


def test_the_book_says_who_erased_and_cannot_be_changed(person):
    staff = make_user("privacy officer")

    erasure.erase([person.pk], by=staff)

    line = Destruction.objects.get()
    assert (line.what, line.customer, line.user, line.basis) == (erasure.WHAT, person, staff, "request")
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        Destruction.objects.all().delete()


def test_the_preview_says_what_goes_and_what_stays_until_when(person):
    make_order(person, placed_at=datetime(2026, 3, 1, tzinfo=UTC))
    CustomerNote.objects.create(customer=person, text="전화 원함", author=make_user("staff"))

    shown = erasure.preview(person)

    assert shown.numbers == ["gildong77"]
    assert {str(fate.what): (fate.count, fate.is_deleted) for fate in shown.fates} == {
        str(table.explanation): (1, table.model is CustomerNote)
        for table in tables()
        if table.model in (Order, CustomerNote)
    }
    assert [(kept.count, f"{kept.until}") for kept in shown.kept] == [(1, "2031-03-01")]
    person.refresh_from_db()
    assert person.erased_at is None


def test_words_elsewhere_that_name_the_person_are_emptied(person):
    staff, other = make_user("staff"), make_customer()
    Suppression.objects.create(channel="email", address="gildong@example.com", reason="bounce")
    Suppression.objects.create(channel="email", address="x@example.com", reason="manual", note="남궁길동 부탁")
    kind = ContentType.objects.get_for_model(Suppression)
    LogEntry.objects.create(
        user=staff, content_type=kind, object_id="1", object_repr="email gildong@example.com", action_flag=CHANGE
    )
    AccessLogEntry.objects.create(user=staff, action="unmask", customer=other, reason="010-9876-5432 전화")
    message = make_message(make_running_campaign(), other, status="failed", failure_detail="550 gildong@example.com")
    ClosedLeg.objects.create(
        message=message, leg=0, account=message.account, variant=message.variant, failure="invalid_recipient",
        failure_detail="010-9876-5432 없는 번호",
    )  # fmt: skip

    erasure.erase([person.pk], by=staff)

    assert [(s.address, s.note) for s in Suppression.objects.all()] == [("x@example.com", "")]
    assert LogEntry.objects.get().object_repr == ""
    assert AccessLogEntry.objects.get().reason == ""
    assert Message.objects.get(pk=message.pk).failure_detail == ""
    assert ClosedLeg.objects.get().failure_detail == ""


def test_postgresql_and_python_make_the_same_hash(settings):
    for key in ("short", "k" * 64, "열쇠" * 60):
        settings.ERASURE_HASH_KEY = key
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT {contact_hashes.SQL_DIGEST.format(text='%s::text')}", [*contact_hashes.key_pads(), "홍@x.kr"]
            )
            assert bytes(cursor.fetchone()[0]) == contact_hashes.digest("홍@x.kr")


def test_hashes_of_the_contacts_stay_and_say_nothing(person):
    erasure.erase([person.pk], by=None)

    kept = {(row.kind, bytes(row.digest)) for row in ErasedContact.objects.all()}
    assert kept == {
        ("phone", contact_hashes.digest("+821098765432")),
        ("email", contact_hashes.digest("gildong@example.com")),
        ("number", contact_hashes.digest("shop\ngildong77")),
    }
