"""A hundred people are erased, and nothing outside the legal store says that they were here (P-06)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from email import message_from_bytes, policy
from pathlib import Path

import pytest
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.models import User
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.utils import timezone
from django_q.models import Task

from analytics.kpis import KPIS
from analytics.periods import Period, today
from campaigns.models import Hit, InAppMessage, Message, Suppression
from campaigns.pipeline import dispatch, plan
from crm_project.models import IdempotentRequest, Job
from customers import consent, stats
from customers.identity import merging
from customers.imports import runs
from customers.ingest import ingest_customers, ingest_events, ingest_orders, ingest_products
from customers.models import (
    AccessLogEntry,
    CaseNote,
    Customer,
    CustomerNote,
    Device,
    DuplicatePair,
    GuardianConsent,
    LegalPerson,
    PlatformVersion,
    Segment,
    SegmentMove,
    Store,
    UploadedList,
    UploadedListEntry,
)
from customers.personal_data import everyone_behind, stores, tables
from customers.privacy import erasure, exports, subject_requests
from customers.privacy.traces import texts_of
from customers.segments.refresh import refresh_segment
from loyalty import ledger
from loyalty.coupons import issuing, redeeming
from loyalty.coupons.baskets import Basket, BasketLine
from loyalty.models import DeskLookup, Referral, StaffAlert, StoreStaff, Tier
from loyalty.referrals import codes as referral_codes
from loyalty.tiers import credits, evaluation, grants
from tests.campaigns.automation.making import automation_of, enter, message, wait
from tests.factories import (
    make_case,
    make_coupon,
    make_incident,
    make_ladder,
    make_response,
    make_running_campaign,
    make_segment,
    make_user,
    make_webhook_delivery,
)

pytestmark = [pytest.mark.slow, pytest.mark.django_db]
PEOPLE = 100
# What only an erasure itself fills.
EMPTY = {"customers.destruction.customer"}


@dataclass(frozen=True)
class Person:
    """How a seeded person is called and reached; nobody else is."""

    number: int

    @property
    def name(self) -> str:
        return f"뷁{chr(0xAC00 + self.number * 28)}{chr(0xD000 + self.number)}"

    @property
    def email(self) -> str:
        return f"secret.{self.number:03}@erase.example"

    @property
    def phone(self) -> str:
        return f"+8210{77_000_000 + self.number}"

    @property
    def customer_id(self) -> str:
        return f"SECRET-{self.number:03}"


@pytest.fixture
def var(settings, tmp_path) -> Path:
    """The folder of everything that is written to files."""
    for name in ("OUTBOX", "EXPORT", "IMPORT"):
        setattr(settings, f"{name}_DIR", tmp_path / name.lower())
    return tmp_path


def database() -> str:
    """Return every row of every table as text, but for the legal store; what the queue pickled is unpickled."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1")
        names = [name for (name,) in cursor.fetchall() if not name.startswith("customers_legal")]
        dump = [table_text(cursor, name) for name in names]
    return "\n".join([*dump, *(str(vars(task)) for task in Task.objects.all())])


def table_text(cursor: object, name: str) -> str:
    cursor.execute(f"SELECT coalesce(string_agg(t::text, E'\\n'), '') FROM \"{name}\" t")
    return f"-- {name}\n{cursor.fetchone()[0]}"


def files(folder: Path) -> Iterator[str]:
    """Yield the text of every file, mails decoded."""
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            content = path.read_bytes()
            yield content.decode(errors="replace")
            if path.suffix == ".eml":
                mail = message_from_bytes(content, policy=policy.default)
                yield "\n".join(map(str, mail.values()))
                yield "\n".join(part.get_content() for part in mail.walk() if part.get_content_maintype() == "text")


def leaks(texts: set[str], var: Path) -> set[str]:
    everything = "\n".join([database(), *files(var)])
    return {text for text in texts if text in everything}


def seed(people: list[Person]) -> list[int]:
    """Give each person facts in every table, by the product's own ways where there is one."""
    staff = make_user("staff", "customers.export_customers", "customers.view_personal_data")
    ingest_products([{"sku": "P-1", "name": "우유"}])
    ingest_customers([customer_record(person) for person in people])
    ingest_customers([customer_record(person) | {"customer_id": f"DOUBLE-{person.number}"} for person in people[:5]])
    ingest_orders([order_record(person, days) for person in people for days in (5, 900)])
    ingest_events([event_record(person) for person in people])
    ids = list(Customer.objects.filter(external_id__startswith="SECRET").order_by("pk").values_list("pk", flat=True))
    words_about(people, ids, staff)
    make_machines_words(people, staff)
    for kept, merged in zip(ids[:5], Customer.objects.filter(external_id__startswith="DOUBLE"), strict=True):
        DuplicatePair.objects.create(first_id=kept, second_id=merged.pk, basis="phone")
        merging.merge(kept, merged.pk, by=staff)
    segment = make_segment()
    refresh_segment(segment.pk)
    send_mails(segment)
    make_exports(staff, ids)
    stats.rebuild()
    give_the_rest(people[0], ids[0], staff, segment)
    return ids


def give_the_rest(person: Person, pk: int, staff: User, segment: Segment) -> None:
    """Fill what few people have a row in."""
    SegmentMove.objects.create(segment=segment, customer_id=pk, direction="in")
    Message.objects.filter(customer=pk).update(failure_detail=f"550 5.1.1 <{person.email}> unknown")
    Device.objects.create(
        customer_id=pk, platform="ios", address=person.phone, os_permission=True, last_seen_at=timezone.now()
    )
    InAppMessage.objects.create(
        message=Message.objects.filter(customer=pk).first(), customer_id=pk, layout="banner", title=person.name,
        starts_at=timezone.now(), ends_at=timezone.now(), most_views=1,
    )  # fmt: skip
    listed = UploadedList.objects.create(name="명단", uploaded_by=staff)
    UploadedListEntry.objects.create(uploaded_list=listed, customer_id=pk)
    evidence = f"{person.name} 어머니"
    GuardianConsent.objects.create(customer_id=pk, given_at=timezone.now(), evidence=evidence, recorded_by=staff)
    give_loyalty(person, pk, staff)
    let_in(person, pk)


def give_loyalty(person: Person, pk: int, staff: User) -> None:
    """Points adjusted and a tier given for reasons that name the person, a coupon that was used."""
    account = ledger.account_of(pk)
    ledger.adjust(account.pk, 500, reason="goodwill", note=f"{person.name} 님 배송 지연", by=staff)
    make_ladder()
    credits.credit_every_order()
    gold, last = Tier.objects.get(name="Gold"), timezone.localdate() + timedelta(days=30)
    grants.grant(Customer.objects.get(pk=pk), gold, ends_on=last, reason=f"{person.name} 님 환영", by=staff)
    evaluation.evaluate_day(timezone.localdate().replace(day=1))
    coupon = make_coupon()
    issuing.issue(coupon, issuing.only(pk), origin="customer", reference="1", by=staff)
    basket = Basket([BasketLine("P-1", 30_000)], customer_id=pk)
    redeeming.redeem([coupon.issued.get().code], basket, source="till", reference="R-1", receipt="1001")
    referral_codes.code_of(pk)
    Referral.objects.create(friend_id=pk, referrer_id=pk, said_at=timezone.now())
    store = Store.objects.create(external_id="S-1", name="성수점")
    StoreStaff.objects.create(user=staff, store=store, customer_id=pk)
    DeskLookup.objects.create(by=staff, store=store, how="phone", outcome="found", customer_id=pk)
    StaffAlert.objects.create(
        rule="one_member", person=staff, customer_id=pk, day=last, times=9, note="", looked_at=None
    )


def let_in(person: Person, pk: int) -> None:
    """Somebody inside an automation, by something that tells of them."""
    automation = automation_of(wait(days=3), message())
    context = {"order_number": person.phone, "product": person.name}
    enter(automation, Customer.objects.get(pk=pk), at=timezone.now(), context=context)


def customer_record(person: Person) -> dict[str, object]:
    said_at = (timezone.now() - timedelta(days=30)).isoformat()
    return {
        "customer_id": person.customer_id,
        "name": person.name,
        "email": person.email,
        "phone": person.phone,
        "birthday": "1990-03-04",
        "attr.memo": f"{person.name} 단골",
        "referral_code": "0123456789AB",
        "referral_device": person.phone,
        "referral_address": f"{person.name} 댁",
        "consent.marketing_use": "Y",
        "consent.marketing_use.at": said_at,
        "consent.email": "Y",
        "consent.email.at": said_at,
    }


def order_record(person: Person, days: int) -> dict[str, object]:
    placed_at = (timezone.now() - timedelta(days=days)).isoformat()
    return {
        "order_id": f"O-{person.number}-{days}",
        "customer_id": person.customer_id,
        "placed_at": placed_at,
        "paid": 31_000,
        "sku": "P-1",
        "quantity": 1,
        "line_amount": 31_000,
    }


def event_record(person: Person) -> dict[str, object]:
    return {
        "event_id": f"E-{person.number}",
        "kind": "search",
        "customer_id": person.customer_id,
        "visitor_id": f"browser-{person.number}",
        "occurred_at": timezone.now().isoformat(),
        "prop.query": f"{person.name} {person.phone}",
    }


def words_about(people: list[Person], ids: list[int], staff: User) -> None:
    """Write names, phones and e-mails wherever a sentence may stand."""
    now, kind = timezone.now(), ContentType.objects.get_for_model(Customer)
    for person, pk in zip(people, ids, strict=True):
        evidence = {"name": person.name, "ip": "203.0.113.5"}
        consent.grant(pk, purpose="ad_receive", channel="sms", occurred_at=now, method="web", evidence=evidence)
        CustomerNote.objects.create(customer_id=pk, text=f"{person.name} 님 전화 {person.phone}", author=staff)
        AccessLogEntry.objects.create(user=staff, action="unmask", customer_id=pk, reason=f"{person.name} 문의")
        case = make_case(make_response(customer_id=pk, words=f"{person.phone}로 전화 주세요"), subject=person.name)
        CaseNote.objects.create(case=case, by=staff, text=f"{person.email} 로 답장", is_reply=True)
        Suppression.objects.create(channel="email", address=person.email, reason="bounce", note=person.name)
        LogEntry.objects.create(
            user=staff, content_type=kind, object_id=pk, object_repr=person.name, action_flag=CHANGE,
            change_message=f'[{{"changed": "{person.phone}"}}]',
        )  # fmt: skip
    subject_requests.open_request("access", customer=Customer.objects.get(pk=ids[0]), details=people[0].phone)
    subject_requests.open_request("access", customer=None, details=f"{people[1].name} 자료 요청")
    make_incident(outcome=f"{people[3].name} 님께 사과", what_happened=people[4].phone, written_by=staff)
    error = f"Key (email)=({people[2].email}) already exists."
    Job.objects.create(name="customers.tasks.run_import", cluster="bulk", last_error=error)
    Task.objects.create(id="f" * 32, name="failed", func="f", started=now, stopped=now, success=False, result=error)


def make_machines_words(people: list[Person], staff: User) -> None:
    """Let platforms and the API say who they are, and leave an uploaded file lying."""
    for person in people[:3]:
        said = f'{{"email": "{person.email}", "name": "{person.name}"}}'
        make_webhook_delivery(body=said, note=person.phone, references=[person.customer_id])
        PlatformVersion.objects.create(
            source="shop", kind="customer", external_id=person.customer_id, updated_at=timezone.now()
        )
        IdempotentRequest.objects.create(
            user=staff, key=person.customer_id[-3:], fingerprint="f", status=200, answer={"refusals": [person.email]}
        )
    lines = ["customer_id,name,phone", *(f"{each.customer_id},{each.name},{each.phone}" for each in people)]
    runs.upload(["\n".join(lines).encode()], name="명단.csv", by=staff)


def send_mails(segment: Segment) -> None:
    """Let the sandbox write a mail to each of them; somebody opens it."""
    campaign = make_running_campaign(segment=segment, planned_at=None)
    campaign.steps.get().variants.update(subject="{{ name }}님께", html="<p>{{ name }}님, 안녕하세요</p>")
    plan.plan_campaign(campaign.pk)
    dispatch.dispatch_due()
    hits = Message.objects.filter(status="sent")
    Hit.objects.bulk_create(
        Hit(message=message, kind="open", occurred_at=timezone.now(), user_agent="Phone", ip_hash="abc")
        for message in hits
    )


def make_exports(staff: User, ids: list[int]) -> None:
    """Leave a file of them lying, unmasked."""
    chosen = Customer.objects.filter(pk__in=ids)
    export = exports.request_export("customers", by=staff, reason="뷁 명단", customers=chosen, is_unmasked=True)
    exports.approve(export, by=make_user("approver", "customers.approve_export"))
    exports.make(export.pk)


def figures() -> dict[str, object]:
    """Return every KPI of the last three years."""
    period = Period(today() - timedelta(days=1_000), today())
    return {name: KPIS[name].read(period) for name in KPIS.names()}


def test_nothing_says_that_a_hundred_people_were_here(var):
    people = [Person(number) for number in range(PEOPLE)]
    ids = seed(people)
    texts = texts_of(Customer.objects.filter(pk__in=ids)) | {person.customer_id for person in people}
    texts |= {f"DOUBLE-{number}" for number in range(5)}
    found_before, before = leaks(texts, var), figures()
    behind = everyone_behind(ids)
    unfilled = {t.name for t in tables() if not t.model._base_manager.filter(**{f"{t.field}__in": behind}).exists()}
    assert {person.name for person in people} | {person.email for person in people} <= found_before
    assert unfilled - EMPTY == set()

    erased = erasure.erase(ids, by=None)

    assert erased == PEOPLE + 5
    assert leaks(texts, var) == set()
    assert {name: store for store in stores() if (name := store.name) and store.search(texts)} == {}
    assert figures() == before
    assert LegalPerson.objects.count() == PEOPLE
