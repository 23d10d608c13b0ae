"""The pages of a campaign and what may be done on them, asked for as staff would."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from campaigns import approval, lifecycle
from campaigns.menu_counts import waiting_for
from campaigns.models import Approval, Campaign, Fallback, Message, Variant
from customers.segments.refresh import refresh_segment
from tests.factories import (
    make_account,
    make_draft,
    make_message,
    make_reachable_customer,
    make_running_campaign,
    make_segment,
    make_user,
    set_consent,
)

VIEWS = ("campaigns.view_campaign",)
STATUS = Campaign.Status
INFORMATION = {
    "purpose": Campaign.MessagePurpose.INFORMATION,
    "information_basis": "delivery",
    "content": {"subject": "{{ name }}님, 배송 안내", "html": "<p>{{ name }} 고객님, 상품이 출발했습니다.</p>"},
}


@pytest.fixture(autouse=True)
def _english(settings) -> None:
    settings.LANGUAGE_CODE = "en"


@pytest.fixture
def writer(db) -> User:
    return make_user("writer", *VIEWS, "campaigns.change_campaign", "campaigns.stop_campaign")


@pytest.fixture
def decider(db) -> User:
    return make_user("decider", *VIEWS, "campaigns.approve_campaign")


@pytest.fixture
def browse(client: Client):
    """Sign somebody in and return their client."""

    def as_user(user: User) -> Client:
        client.force_login(user)
        return client

    return as_user


@pytest.fixture
def in_review(writer) -> Campaign:
    """A campaign to two people, one of whom withdrew, that waits for a decision."""
    make_reachable_customer(external_id="C-reached", name="김민지")
    set_consent(make_reachable_customer(external_id="C-withdrew"), "ad_receive", channel="email", is_granted=False)
    campaign = make_draft(segment=make_segment(name="everybody"), author=writer)
    refresh_segment(campaign.segment_id)
    lifecycle.submit_for_review(campaign, by=writer)
    return campaign


def url(name: str, campaign: Campaign, *more: object) -> str:
    return reverse(f"admin:campaigns_campaign_{name}", args=[campaign.pk, *more])


def status_of(campaign: Campaign) -> str:
    return Campaign.objects.get(pk=campaign.pk).status


def test_the_list_puts_first_what_waits_for_a_decision(browse, decider, in_review):
    Campaign.objects.create(name="later draft")
    make_running_campaign(name="running")

    page = browse(decider).get(reverse("admin:campaigns_campaign_changelist"))

    assert [campaign.name for campaign in page.context["cl"].result_list] == ["돌아오세요", "running", "later draft"]


def test_the_list_counts_all_its_rows_at_once(browse, decider, django_assert_max_num_queries):
    for number in range(8):
        make_message(make_running_campaign(name=f"campaign {number}"), make_reachable_customer())
    client = browse(decider)

    with django_assert_max_num_queries(20):
        page = client.get(reverse("admin:campaigns_campaign_changelist"))

    assert [campaign.figures.sent for campaign in page.context["cl"].result_list] == [1] * 8


def test_the_tab_of_another_systems_campaigns_shows_them_alone(browse, decider, in_review):
    Campaign.objects.create(name="old mailing", source="before", external_id="8", status=STATUS.FINISHED)

    page = browse(decider).get(reverse("admin:campaigns_campaign_changelist"), {"tab": "imported"})

    assert [campaign.name for campaign in page.context["cl"].result_list] == ["old mailing"]
    assert "imported" in page.content.decode()


@pytest.mark.parametrize(
    ("status", "started", "page"),
    [
        (STATUS.IN_REVIEW, False, "review"),
        (STATUS.SCHEDULED, False, "review"),
        (STATUS.ACTIVE, True, "progress"),
        (STATUS.PAUSED, True, "progress"),
        (STATUS.CANCELLED, False, "review"),
    ],
)
def test_opening_a_campaign_leads_to_the_page_that_fits(browse, writer, status, started, page):
    campaign = make_draft(status=status, started_at=timezone.now() if started else None)

    answer = browse(writer).get(url("change", campaign))

    assert answer.headers["Location"] == url(page, campaign)


@pytest.mark.parametrize("status", [STATUS.FINISHED, STATUS.CANCELLED])
def test_opening_what_is_over_leads_to_its_report(browse, writer, status):
    campaign = make_draft(status=status, started_at=timezone.now())

    answer = browse(writer).get(url("change", campaign))

    assert answer.headers["Location"] == reverse("campaign_report", args=[campaign.pk])


def test_who_may_not_edit_a_draft_reads_it(browse, decider):
    answer = browse(decider).get(url("change", draft := make_draft()))

    assert answer.headers["Location"] == url("review", draft)


def test_the_review_says_to_whom_and_what_is_checked(browse, decider, in_review):
    page = browse(decider).get(url("review", in_review))

    assert page.context["recipients"] == 1
    assert {bar["label"]: bar["count"] for bar in page.context["fall"]["removed"] if bar["count"]} == {
        "consent withdrawn": 1
    }
    assert [check.tone for check in page.context["checks"] if check.tone == "bad"] == []


def test_a_link_to_a_placeholder_is_pointed_out(browse, decider, in_review):
    Variant.objects.update(html='<p>hello</p><a href="https://www.example.com/">shop</a>')

    page = browse(decider).get(url("review", in_review))

    labels = [check.label for check in page.context["checks"] if check.tone == "wait"]
    assert "A link still leads to a placeholder" in labels


def test_the_author_sees_why_somebody_else_decides(browse, writer, in_review):
    writer.user_permissions.add(Permission.objects.get(codename="approve_campaign"))

    page = browse(writer).get(url("review", in_review)).content.decode()

    assert "Somebody else must decide about it." in page
    assert url("approve", in_review) not in page


def test_approving_from_the_page_schedules_it(browse, decider, in_review):
    seen = approval.fingerprint(in_review)

    browse(decider).post(url("approve", in_review), {"seen": seen})

    assert status_of(in_review) == STATUS.SCHEDULED


@pytest.mark.parametrize(
    ("typed", "expected"),
    [("1", STATUS.SCHEDULED), ("", STATUS.IN_REVIEW), ("7", STATUS.IN_REVIEW), ("one", STATUS.IN_REVIEW)],
)
def test_above_the_threshold_the_number_of_people_is_typed(browse, decider, in_review, settings, typed, expected):
    settings.APPROVAL_COUNT_FROM = 1

    seen = approval.fingerprint(in_review)

    browse(decider).post(url("approve", in_review), {"recipients": typed, "seen": seen})

    assert status_of(in_review) == expected


def test_approving_without_having_opened_the_page_is_refused(browse, decider, in_review):
    browse(decider).post(url("approve", in_review))

    assert status_of(in_review) == STATUS.IN_REVIEW


def test_an_edit_after_the_page_was_opened_refuses_the_approval(browse, decider, in_review):
    seen = approval.fingerprint(in_review)
    Variant.objects.update(subject="changed meanwhile")

    browse(decider).post(url("approve", in_review), {"seen": seen})

    assert status_of(in_review) == STATUS.IN_REVIEW


def test_what_changed_since_it_was_returned_is_shown(browse, writer, decider, in_review):
    approval.return_to_author(in_review, by=decider, note="shorter")
    Variant.objects.update(subject="short", html='<p>안녕하세요 여러분</p><a href="https://shop.example/">가게</a>')
    lifecycle.submit_for_review(in_review, by=writer)

    changes = browse(decider).get(url("review", in_review)).context["changes"]

    assert [(change.label, change.after) for change in changes] == [("Content", ""), ("Subject", "short")]
    assert [(place.before, place.after) for place in changes[0].places] == [("", " 여러분")]


def test_a_change_on_a_further_way_is_told_with_its_number(browse, writer, decider, in_review):
    step = in_review.steps.get()
    fallback = Fallback.objects.create(step=step, account=make_account(), position=1)
    text = Variant.objects.create(step=step, fallback=fallback, text="안녕하세요", subject="하나", html="<p>가</p>")
    approval.return_to_author(in_review, by=decider, note="shorter")
    Variant.objects.filter(pk=text.pk).update(subject="둘")
    Campaign.objects.filter(pk=in_review.pk).update(at_night="skip")

    changes = browse(decider).get(url("review", in_review)).context["changes"]

    assert {(change.label, change.before, change.after) for change in changes} == {
        ("At night", "send later", "leave out"),
        ("Subject (way 1)", "하나", "둘"),
    }


def test_returning_needs_a_note(browse, decider, in_review):
    browse(decider).post(url("return", in_review), {"note": " "})

    assert status_of(in_review) == STATUS.IN_REVIEW


def test_a_returned_campaign_is_a_draft_with_the_note(browse, decider, in_review):
    browse(decider).post(url("return", in_review), {"note": "Say when it ends."})

    in_review.refresh_from_db()
    assert (in_review.status, in_review.status_reason) == (STATUS.DRAFT, "Say when it ends.")


def test_editing_an_approved_campaign_voids_its_approval(browse, writer, decider, in_review):
    approval.approve(in_review, by=decider)

    browse(writer).post(url("edit", in_review))

    in_review.refresh_from_db()
    assert (in_review.status, approval.is_approved(in_review)) == (STATUS.DRAFT, False)


def test_a_sample_mail_comes_with_a_policy_of_its_own(browse, decider, in_review):
    answer = browse(decider).get(url("sample_mail", in_review, Variant.objects.get().pk, "longest"))

    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert "안녕하세요" in answer.content.decode()


@pytest.mark.parametrize(("permission", "name"), [("", "김*지"), ("customers.view_personal_data", "김민지")])
def test_names_in_sample_mails_are_masked_without_the_permission(browse, in_review, permission, name):
    Variant.objects.update(html="<p>{{ name }} 고객님</p>")
    user = make_user("reader", *VIEWS, *filter(None, [permission]))

    page = browse(user).get(url("review", in_review))

    assert f"{name}님, 다시 만나요" in page.content.decode()


@pytest.mark.parametrize(("permission", "name"), [("", "김*지"), ("customers.view_personal_data", "김민지")])
def test_names_in_written_mails_are_masked_without_the_permission(browse, sent, permission, name):
    customer = make_reachable_customer(name="김민지", email="minji@example.com")
    mail = sent(make_draft(**INFORMATION)).messages.get(customer=customer)
    reader = browse(make_user("reader", "campaigns.view_message", *filter(None, [permission])))

    page = reader.get(reverse("admin:campaigns_outbox_mail", args=[mail.pk])).content.decode()
    body = reader.get(reverse("admin:campaigns_outbox_body", args=[mail.pk])).content.decode()

    assert f"{name}님, 배송 안내" in page
    assert f"{name} 고객님" in body
    assert ("minji@example.com" in page) is bool(permission)


def test_a_bar_of_the_waterfall_opens_its_customers(browse, decider, in_review):
    page = browse(decider).get(url("removed", in_review, "OPTED_OUT"), headers={"X-Requested-With": "fetch"})

    assert [customer.external_id for customer in page.context["customers"]] == ["C-withdrew"]
    assert "<html" not in page.content.decode()


def test_an_unknown_reason_has_no_page(browse, decider, in_review):
    assert browse(decider).get(url("removed", in_review, "NO_SUCH_REASON")).status_code == 404


@pytest.mark.parametrize("name", ["approve", "return", "revoke", "edit", "cancel", "pause", "resume", "stop", "settle"])
def test_looking_at_an_act_does_nothing(browse, writer, in_review, name):
    answer = browse(writer).get(url(name, in_review))

    assert (answer.status_code, status_of(in_review)) == (405, STATUS.IN_REVIEW)


@pytest.mark.parametrize("name", ["pause", "stop"])
def test_who_may_not_stop_campaigns_changes_nothing(browse, decider, name):
    campaign = make_running_campaign()

    browse(decider).post(url(name, campaign))

    assert status_of(campaign) == STATUS.ACTIVE


@pytest.mark.parametrize("name", ["review", "progress"])
def test_staff_without_the_permission_see_no_campaign(browse, in_review, name):
    assert browse(make_user("store")).get(url(name, in_review)).status_code == 403


def test_the_progress_counts_by_outcome(browse, writer):
    campaign = make_running_campaign(planned_at=timezone.now() - timedelta(minutes=5))
    for status, failure in [
        ("sent", ""),
        ("sent", ""),
        ("failed", "smtp_550"),
        ("unknown", "no_answer"),
        ("planned", ""),
    ]:
        make_message(campaign, make_reachable_customer(), status=status, failure=failure)
    make_message(campaign, make_reachable_customer(), status="skipped", skip_reason="NO_CONSENT", sent_at=None)

    page = browse(writer).get(url("progress", campaign))

    now = page.context["progress"]
    assert (now.targeted, now.sent, now.failed, now.unknown, now.waiting, now.skipped) == (5, 2, 1, 1, 1, 1)
    assert [(failed.code, failed.failed) for failed, _remedy in page.context["failures"]] == [("smtp_550", 1)]


def test_the_progress_page_asks_for_its_middle_part_only(browse, writer):
    campaign = make_running_campaign()

    part = browse(writer).get(url("progress", campaign), headers={"X-Requested-With": "fetch"}).content.decode()

    assert "<html" not in part
    assert 'data-refresh-seconds="2"' in part


def test_a_finished_campaign_refreshes_no_more(browse, writer):
    campaign = make_running_campaign(status=STATUS.FINISHED)

    assert "data-refresh=" not in browse(writer).get(url("progress", campaign)).content.decode()


def test_pausing_from_the_page_keeps_the_reason(browse, writer):
    campaign = make_running_campaign()

    browse(writer).post(url("pause", campaign), {"note": "wrong price"})

    campaign.refresh_from_db()
    assert (campaign.status, campaign.status_reason) == (STATUS.PAUSED, "wrong price")


def test_stopping_from_the_page_stops_what_waits(browse, writer):
    campaign = make_running_campaign()
    make_message(campaign, make_reachable_customer(), status="planned", sent_at=None)
    make_message(campaign, make_reachable_customer())

    browse(writer).post(url("stop", campaign), {"note": "wrong price"})

    assert status_of(campaign) == STATUS.CANCELLED
    assert sorted(Message.objects.values_list("status", flat=True)) == ["sent", "stopped"]


def test_settling_one_unknown_message_leaves_the_others(browse, writer):
    campaign = make_running_campaign()
    one = make_message(campaign, make_reachable_customer(), status="unknown", sent_at=None)
    other = make_message(campaign, make_reachable_customer(), status="unknown", sent_at=None)

    browse(writer).post(url("settle", campaign), {"message": one.pk, "outcome": "sent"})

    one.refresh_from_db()
    other.refresh_from_db()
    assert (one.status, other.status) == ("sent", "unknown")


def test_an_unknown_message_is_settled_as_sent_or_failed_only(browse, writer):
    campaign = make_running_campaign()
    message = make_message(campaign, make_reachable_customer(), status="unknown", sent_at=None)

    answer = browse(writer).post(url("settle", campaign), {"outcome": "planned"})

    message.refresh_from_db()
    assert (answer.status_code, message.status) == (400, "unknown")


def test_the_menu_counts_only_what_waits_for_this_person(rf, writer, decider, in_review):
    counts = []
    for user in (writer, decider):
        request = rf.get("/")
        request.user = user
        counts.append(waiting_for(request))

    assert counts == [0, 1]


def test_the_history_names_each_decision(browse, decider, in_review):
    approval.approve(in_review, by=decider, note="fine")

    history = browse(decider).get(url("review", in_review)).context["history"]

    assert [entry["title"] for entry in history] == ["Approved by decider", "Review requested by writer"]
    assert Approval.objects.count() == 2
