"""A list asks the database as often for twenty-five rows as for five."""

import uuid
from datetime import timedelta

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group, User
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from analytics.models import AttributedOrder, MarketingSpend
from analytics.periods import today
from campaigns.models import FrequencyCap, Suppression
from crm_project import api_keys
from crm_project.models import Job
from customers import consent, stats
from customers.consent import phone_opt_outs
from customers.consent.phone_opt_outs import Call
from customers.models import (
    AccessLogEntry,
    Destruction,
    ExportRequest,
    GuardianConsent,
    LegalPerson,
    Processor,
    Product,
    Store,
    SubjectRequest,
    UsageNotice,
)
from customers.privacy import incidents
from customers.segments.refresh import refresh_segment
from loyalty import tiers
from loyalty.earning.orders import earn_orders
from loyalty.models import DeskLookup, Referral, StaffAlert, StoreStaff
from tests.campaigns.automation.making import automation_of, enter
from tests.campaigns.automation.making import message as message_step
from tests.factories import (
    begin_earning,
    make_account,
    make_alimtalk_draft,
    make_case,
    make_draft,
    make_earning_rule,
    make_incident,
    make_kakao_template,
    make_ladder,
    make_message,
    make_order,
    make_response,
    make_running_campaign,
    make_segment,
    make_user,
    make_webhook_delivery,
    make_wording,
)
from tests.whole_shop import make_buyer

FEW, MANY = 5, 25


def add_row_of_everything() -> None:
    """Add to each list one row, related to rows of its own."""
    name = uuid.uuid4().hex[:8]
    customer = make_buyer()
    user = User.objects.create_user(name, is_staff=True)
    Group.objects.create(name=name)
    Store.objects.create(external_id=name, name=name)
    Product.objects.create(sku=name, name=name)
    segment = make_segment()
    refresh_segment(segment.pk)
    make_draft(segment=segment, author=user, status="in_review")
    running = make_running_campaign(name=name, segment=segment, author=user)
    message = make_message(running, customer, is_sandbox=True, clicked_at=timezone.now())
    enter(automation_of(message_step(), name=name), customer, at=timezone.now())
    order = make_order(customer, placed_at=timezone.now())
    AttributedOrder.objects.create(
        order=order,
        campaign=running,
        message=message,
        touched_at=timezone.now() - timedelta(hours=1),
        placed_at=order.placed_at,
        revenue=1_000,
        attributed_at=timezone.now(),
    )
    tiers.credit(customer.pk, business_date=today(), net_spend=150_000, source_system="test", reference=name)
    MarketingSpend.objects.create(month=today().replace(day=1), source=name, amount=1)
    Suppression.objects.create(channel="email", address=f"{name}@example.com", reason="bounce")
    FrequencyCap.objects.create(most=1, days=1 + FrequencyCap.objects.count())
    make_account(name=name)
    make_alimtalk_draft(make_kakao_template(), segment=segment)
    make_webhook_delivery()
    api_keys.make(name=name, user=user)
    make_wording(version=name)
    said_at = timezone.now() - timedelta(days=700)
    consent.grant(customer.pk, purpose="ad_receive", channel="sms", occurred_at=said_at, method="web")
    number = Call(f"+8210{customer.pk:08}", timezone.now())
    phone_opt_outs.hear([number], file_name=name, by=user)
    Job.objects.create(name=name, cluster="default")
    AccessLogEntry.objects.create(user=user, action="view", customer=customer)
    ExportRequest.objects.create(kind="customers", reason=name, asked_by=user)
    SubjectRequest.objects.create(kind="access", customer=customer, received_at=timezone.now(), due_on=today())
    incidents.hand_over(make_incident(title=name, segment=segment, written_by=user), by=make_user(f"{name}-2"))
    due_on = today() + timedelta(days=UsageNotice.objects.count())
    UsageNotice.objects.create(uses="-", recipients="-", due_on=due_on, written_by=user)
    LegalPerson.objects.create(external_id=name)
    Destruction.objects.create(what=name, row_count=1, basis="decision", customer=customer, user=user)
    Processor.objects.create(name=name, task="-", items="-")
    begin_earning()
    make_earning_rule(name=name, kind="store", stores=[Store.objects.get(name=name)], segment=segment)
    earn_orders([order.pk])
    GuardianConsent.objects.create(customer=customer, given_at=timezone.now(), evidence="-", recorded_by=user)
    store = Store.objects.get(name=name)
    StoreStaff.objects.create(user=user, store=store)
    DeskLookup.objects.create(by=user, store=store, how="card", outcome="found", customer=customer)
    StaffAlert.objects.create(rule="own_account", person=user, customer=customer, day=today(), times=1)
    answered = make_response(score=3, customer=customer, order=order, store=store, message_id=message.pk, words=name)
    make_case(answered, owner=user, subject=name)
    Referral.objects.create(friend=customer, referrer=customer, said_at=timezone.now())
    stats.rebuild()


def lists() -> list[str]:
    """Return the lists of every registered model, and the pages of ours that list rows."""
    models = [model._meta for model in admin.site._registry]
    stock = [reverse(f"admin:{opts.app_label}_{opts.model_name}_changelist") for opts in models]
    own = [
        reverse(name)
        for name in (
            "admin:index",
            "kpis",
            "spend",
            "advice",
            "feedback",
            "automation_results",
            "admin:customers_consents",
            "admin:campaigns_outbox",
            "admin:customers_access_review",
            "admin:customers_rfm",
            "admin:customers_cycles",
            "admin:customers_channels",
            "admin:customers_recommendations",
            "admin:loyalty_overview",
            "admin:loyalty_simulator",
        )
    ]
    behind = reverse("kpi_people", args=["rpr", "denominator"])
    return [*stock, *own, behind, f"{reverse('search')}?q=김단골"]


def queries_of(client: Client, path: str) -> list[str]:
    cache.clear()
    with CaptureQueriesContext(
        connection,
    ) as captured:
        answer = client.get(path)
    assert answer.status_code == 200
    return [query["sql"] for query in captured]


@pytest.mark.slow
def test_no_list_asks_once_a_row(db, client):
    client.force_login(User.objects.create_superuser("administrator"))
    make_ladder()
    for _number in range(FEW):
        add_row_of_everything()
    for path in lists():  # what is read once a process
        client.get(path)
    few = {path: len(queries_of(client, path)) for path in lists()}
    for _number in range(MANY - FEW):
        add_row_of_everything()

    many = {path: len(queries_of(client, path)) for path in lists()}

    assert {path: (few[path], many[path]) for path in few if many[path] > few[path]} == {}
