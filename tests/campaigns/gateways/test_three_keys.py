"""Nothing reaches a live gateway around the three keys: MESSAGING_LIVE, the account's switch, a valid approval.

Every path that a message could take is walked, over a real mail server that remembers what it accepted.
"""

import ast
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from campaigns import gateways, lifecycle, tasks
from campaigns.errors import BusinessError, NotAllowed
from campaigns.models import Approval, Campaign, ChannelAccount, Message, StaffAddress, Variant
from campaigns.pipeline import claims, dispatch, plan
from campaigns.pipeline.run import CampaignRun
from campaigns.pipeline.settling import settle_unknown
from campaigns.staff import staff_messages
from customers.segments.refresh import refresh_segment
from tests.campaigns.gateways.conftest import Recorder
from tests.factories import make_account, make_draft, make_message, make_reachable_customer, make_user

pytestmark = pytest.mark.django_db
ROOT = Path(__file__).resolve().parents[3]
Server = tuple[Recorder, int]
Planner = Callable[[Campaign], Campaign]
ACTIVE = Campaign.Status.ACTIVE


@pytest.fixture
def live(settings: Settings, mail_server: Server) -> ChannelAccount:
    """An account with its key and the server's turned."""
    settings.MESSAGING_LIVE = True
    options = {"host": "127.0.0.1", "port": mail_server[1], "timeout": 1}
    return make_account(gateway="smtp", is_live=True, settings=options, rate_per_second=1_000)


@pytest.fixture
def draft(live: ChannelAccount, outbox: Path) -> Campaign:
    """A complete campaign to one customer that nobody has approved."""
    make_reachable_customer()
    campaign = make_draft(account=live)
    refresh_segment(campaign.segment_id)
    return campaign


def forced(campaign: Campaign) -> Campaign:
    """The campaign, its status written by hand and its messages planned, as from a shell."""
    Campaign.objects.filter(pk=campaign.pk).update(status=ACTIVE, started_at=timezone.now())
    plan.plan_campaign(campaign.pk)
    campaign.refresh_from_db()
    return campaign


def test_with_all_three_keys_it_leaves(planned: Planner, draft: Campaign, mail_server: Server) -> None:
    planned(draft)

    dispatch.dispatch_due()

    assert len(mail_server[0].accepted) == 1


@pytest.mark.parametrize("key", ["server", "account", "approval"])
def test_with_one_key_missing_nothing_leaves(
    planned: Planner, draft: Campaign, mail_server: Server, settings: Settings, key: str
) -> None:
    if key == "account":
        ChannelAccount.objects.update(is_live=False)
    settings.MESSAGING_LIVE = key != "server"
    planned(draft)
    if key == "approval":
        draft.approvals.filter(decision="approved").delete()

    dispatch.dispatch_due()

    assert mail_server[0].accepted == []


SHELL: dict[str, Callable[[Campaign], object]] = {
    "the status written by hand": lambda campaign: None,
    "an approval written by its author": lambda campaign: Approval.objects.create(
        campaign=campaign,
        decision="approved",
        fingerprint=lifecycle.fingerprint(campaign),
        decided_by=campaign.author,
    ),
    "an approval of something else": lambda campaign: Approval.objects.create(
        campaign=campaign, decision="approved", fingerprint="0" * 64, decided_by=make_user("else")
    ),
    "the first of two": lambda campaign: Approval.objects.create(
        campaign=campaign,
        decision="first",
        fingerprint=lifecycle.fingerprint(campaign),
        decided_by=make_user("else"),
    ),
}


@pytest.mark.parametrize("act", SHELL.values(), ids=SHELL)
def test_a_shell_is_no_way_around(draft: Campaign, mail_server: Server, author: User, act: Callable) -> None:
    Campaign.objects.filter(pk=draft.pk).update(author=author)
    campaign = forced(draft)
    act(campaign)

    dispatch.dispatch_due()
    tasks.dispatch_messages()

    campaign.refresh_from_db()
    assert campaign.status == Campaign.Status.PAUSED
    assert mail_server[0].accepted == []


def test_a_worker_made_by_hand_writes_to_the_sandbox(draft: Campaign, mail_server: Server) -> None:
    campaign = forced(draft)
    claimed, _wait = claims.claim(campaign.pk, campaign.steps.get().account_id)

    CampaignRun(campaign, deadline=float("inf")).hand_over(claimed)

    assert mail_server[0].accepted == []
    assert Message.objects.get().is_sandbox


def test_what_was_edited_after_the_approval_stays(planned: Planner, draft: Campaign, mail_server: Server) -> None:
    planned(draft)
    Variant.objects.update(subject="다른 제목")

    dispatch.dispatch_due()

    assert mail_server[0].accepted == []


def test_a_retry_asks_for_the_keys_again(planned: Planner, draft: Campaign, mail_server: Server) -> None:
    customer = make_reachable_customer(email="later@example.com")
    refresh_segment(draft.segment_id)
    mail_server[0].at_recipient[customer.email] = "451 later"
    planned(draft)
    dispatch.dispatch_due()
    mail_server[0].at_recipient.clear()
    mail_server[0].accepted.clear()
    Message.objects.filter(status="planned").update(due_at=timezone.now())
    draft.approvals.filter(decision="approved").delete()

    dispatch.dispatch_due()

    assert mail_server[0].accepted == []
    assert Message.objects.get(customer=customer).status == "planned"


@pytest.mark.parametrize("outcome", ["sent", "failed"])
def test_settling_sends_nothing(
    planned: Planner, draft: Campaign, mail_server: Server, author: User, outcome: str
) -> None:
    planned(draft)
    Message.objects.update(status="unknown", sending_at=timezone.now())

    settle_unknown([Message.objects.get().pk], outcome=outcome, by=author)
    dispatch.dispatch_due()

    assert mail_server[0].accepted == []


def test_a_message_added_to_a_finished_campaign_stays(planned: Planner, draft: Campaign, mail_server: Server) -> None:
    campaign = planned(draft)
    dispatch.dispatch_due()
    mail_server[0].accepted.clear()
    make_message(campaign, make_reachable_customer(), status="planned", sent_at=None)

    dispatch.dispatch_due()

    assert mail_server[0].accepted == []


@pytest.mark.parametrize("confirmed", [False, True])
def test_a_test_goes_to_confirmed_addresses_of_staff_alone(
    draft: Campaign, mail_server: Server, confirmed: bool
) -> None:
    tester = make_user("tester", "campaigns.send_test")
    when = timezone.now() if confirmed else None
    own = StaffAddress.objects.create(
        user=tester, kind="email", address="tester@shop.example", confirmed_at=when, is_proven=confirmed
    )

    try:
        staff_messages.send_test(draft, [own], by=tester)
    except NotAllowed:
        assert not confirmed

    assert mail_server[0].recipients == (["tester@shop.example"] if confirmed else [])


def test_a_test_never_goes_to_somebody_elses_address(draft: Campaign, mail_server: Server) -> None:
    tester = make_user("tester", "campaigns.send_test")
    other = StaffAddress.objects.create(
        user=make_user("other"), kind="email", address="c@example.com", confirmed_at=timezone.now()
    )

    with pytest.raises(NotAllowed):
        staff_messages.send_test(draft, [other], by=tester)

    assert mail_server[0].accepted == []


@pytest.mark.parametrize("act", ["approve", "resume", "settle", "pause", "stop", "revoke", "recheck", "edit"])
def test_no_button_of_its_author_sends_it(client: Client, draft: Campaign, mail_server: Server, act: str) -> None:
    rights = [f"campaigns.{each}_campaign" for each in ("view", "add", "change", "approve", "stop")]
    author = make_user("alone", *rights, "campaigns.view_message")
    client.force_login(author)
    lifecycle.submit_for_review(draft, by=author)

    client.post(reverse(f"admin:campaigns_campaign_{act}", args=[draft.pk]), {"outcome": "sent", "seen": ""})
    run_everything()

    assert mail_server[0].accepted == []


def run_everything() -> None:
    """Every job of sending, as the clock would run them."""
    jobs = (tasks.launch_due_campaigns, tasks.dispatch_messages, tasks.reclaim_expired, tasks.finish_campaigns)
    for job in (*jobs, tasks.settle_reports, tasks.send_notices):
        try:
            job()
        except BusinessError:
            continue


def test_only_two_places_hand_anything_to_a_gateway() -> None:
    assert set(callers("send_batch")) == {"campaigns/pipeline/handing_over.py", "campaigns/staff/staff_messages.py"}
    assert set(callers("gateway_for")) == {"campaigns/pipeline/run.py", "campaigns/staff/staff_messages.py"}


def callers(name: str) -> Iterator[str]:
    """Yield the modules of the product that call a function or method of that name."""
    for path in sorted(
        path for app in ("campaigns", "crm_project", "analytics") for path in (ROOT / app).rglob("*.py")
    ):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            called = node.func if isinstance(node, ast.Call) else None
            if getattr(called, "attr", getattr(called, "id", "")) == name:
                yield str(path.relative_to(ROOT))


def test_the_keys_are_asked_in_one_place() -> None:
    account = ChannelAccount(gateway="smtp", is_live=True)

    assert gateways.gateway_for(account, approved=True).name == "sandbox"  # MESSAGING_LIVE is off by default
