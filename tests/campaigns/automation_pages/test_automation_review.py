"""From the request to the decision: what a second person sees, decides and does to a running automation."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from campaigns.automation import counting, expecting, lifecycle, versions
from campaigns.models import Automation, AutomationVersion, Journey, StepTaken
from crm_project import queue
from crm_project.models import Kick
from customers import stored_numbers
from tests.campaigns.automation.making import MAY_WRITE, automation_of, enter, message, staff, wait, write_steps
from tests.campaigns.automation_pages.conftest import speaking_english
from tests.factories import make_customer, make_order, make_segment

pytestmark = pytest.mark.django_db


def address(name: str, automation: Automation, *args: object) -> str:
    return reverse(f"admin:campaigns_automation_{name}", args=[automation.pk, *args])


@pytest.fixture
def waiting(db: None) -> AutomationVersion:
    """A version that waits for a decision."""
    by = staff("writer", *MAY_WRITE)
    version = versions.new_automation(name="첫 구매 감사", trigger="first_order", by=by).versions.get()
    write_steps(version, [wait(days=1), message()])
    lifecycle.submit(version, by=by)
    return version


def test_a_complete_draft_is_handed_to_review_with_one_button(writer: Client) -> None:
    by = staff("writer")
    version = versions.new_automation(name="첫 구매 감사", trigger="first_order", by=by).versions.get()
    write_steps(version, [message()])

    answer = writer.post(address("submit", version.automation))

    version.refresh_from_db()
    assert (answer["Location"], version.status) == (address("review", version.automation), "in_review")


def test_an_incomplete_draft_stays_one_and_says_what_is_missing(writer: Client) -> None:
    made = versions.new_automation(name="빈 것", trigger="first_order", by=staff("writer"))

    page = writer.get(address("change", made)).content.decode()
    writer.post(address("submit", made))

    assert "It says nothing to anybody: add a message." in page
    assert made.versions.get().status == "draft"


def test_the_approver_sees_each_message_as_it_reads_and_puts_it_in_force(
    approver: Client, waiting: AutomationVersion
) -> None:
    make_customer(name="김하나")
    queue.run(expecting.JOB, waiting.pk)
    page = approver.get(address("review", waiting.automation))

    approver.post(address("approve", waiting.automation), {"seen": page.context["seen"]})

    waiting.refresh_from_db()
    words = page.content.decode()
    assert "Step 2, “감사합니다”" in words
    assert "people a day would enter" in words
    assert (waiting.status, waiting.automation.status) == ("live", "active")


def test_what_changed_while_it_was_looked_at_is_not_approved(approver: Client, waiting: AutomationVersion) -> None:
    approver.post(address("approve", waiting.automation), {"seen": "something else"})

    waiting.refresh_from_db()
    assert waiting.status == "in_review"


def test_the_author_reads_why_they_may_not_decide(writer: Client, waiting: AutomationVersion) -> None:
    page = writer.get(address("review", waiting.automation)).content.decode()
    writer.post(address("approve", waiting.automation))

    waiting.refresh_from_db()
    assert "You may not decide about automations. Ask an approver." in page
    assert waiting.status == "in_review"


def test_a_returned_version_is_a_draft_again_with_the_note(approver: Client, waiting: AutomationVersion) -> None:
    approver.post(address("return", waiting.automation), {"note": "쿠폰을 더해 주세요"})

    waiting.refresh_from_db()
    page = approver.get(address("review", waiting.automation)).content.decode()
    assert waiting.status == "draft"
    assert "쿠폰을 더해 주세요" in page


@pytest.mark.parametrize(("people", "version_number"), [("finish", 1), ("move", 2)])
def test_people_inside_finish_the_old_version_or_move_over_as_chosen(
    approver: Client, people: str, version_number: int
) -> None:
    automation = automation_of(wait(days=1), message())
    journey = enter(automation, make_customer(), at=timezone.now())
    by = staff("writer")
    draft = versions.draft_of(automation, by=by)
    versions.change_step(draft.steps.get(kind="wait"), settings={"days": 2})
    lifecycle.submit(draft, by=by)

    page = approver.get(address("review", automation))
    approver.post(address("approve", automation), {"seen": page.context["seen"], "people": people})

    journey.refresh_from_db()
    assert [(change.before, change.after) for change in page.context["changes"].changes] == [
        ("Wait 1 day", "Wait 2 days")
    ]
    assert page.context["inside"] == 1
    assert journey.version.number == version_number


def test_a_running_automation_is_paused_resumed_and_stopped(approver: Client) -> None:
    automation = automation_of(message())
    found = []
    for act in ("pause", "resume", "stop"):
        approver.post(address(act, automation), {"note": "점검"})
        automation.refresh_from_db()
        found.append(automation.status)

    assert found == ["paused", "active", "stopped"]


@pytest.mark.parametrize("act", ["pause", "stop"])
def test_who_may_not_stop_does_not(writer: Client, act: str) -> None:
    automation = automation_of(message())

    writer.post(address(act, automation))

    automation.refresh_from_db()
    assert automation.status == "active"


def test_a_message_of_an_automation_is_not_decided_about_alone(approver: Client, waiting: AutomationVersion) -> None:
    campaign = waiting.automation.campaigns.get()

    approver.post(reverse("admin:campaigns_campaign_approve", args=[campaign.pk]))

    campaign.refresh_from_db()
    assert campaign.status == "in_review"


def test_people_stand_masked_in_a_list_with_where_they_are(approver: Client) -> None:
    automation = automation_of(wait(days=3), message())
    journey = enter(automation, make_customer(name="김하나"), at=timezone.now())

    page = approver.get(address("people", automation)).content.decode()
    left = approver.get(address("people", automation) + "?status=exited").content.decode()

    assert "김*나" in page
    assert "김하나" not in page
    assert "Wait 3 days" in page
    assert address("journey", automation, journey.pk) in page
    assert "Nothing fits" in left


def test_the_list_goes_on_behind_the_last_row_of_a_page(approver: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("campaigns.automation_pages.automation_people.PAGE", 2)
    automation = automation_of(message())
    at = timezone.now()
    for minutes in range(3):
        journey = enter(automation, make_customer(), at=at)
        Journey.objects.filter(pk=journey.pk).update(entered_at=at - timedelta(minutes=minutes))

    first = approver.get(address("people", automation))
    second = approver.get(address("people", automation) + first.context["next_url"])

    seen = [row["journey"].pk for page in (first, second) for row in page.context["rows"]]
    assert seen == list(Journey.objects.order_by("-entered_at").values_list("pk", flat=True))
    assert second.context["next_url"] == ""


def test_a_journey_is_told_from_its_beginning_to_what_comes_next(approver: Client) -> None:
    automation = automation_of(wait(days=3), message())
    journey = enter(automation, make_customer(), at=timezone.now())
    first, second = automation.live_version.steps.order_by("position")
    StepTaken.objects.create(journey=journey, step=first, outcome="waited", due_at=journey.anchor_at)
    Journey.objects.filter(pk=journey.pk).update(step=second, due_at=journey.anchor_at + timedelta(days=3))

    page = approver.get(address("journey", automation, journey.pk))

    assert [(each["title"], each["detail"]) for each in page.context["story"]] == [
        ("Next: 감사합니다", ""),
        ("Wait 3 days", "waited"),
        ("When somebody buys for the first time", ""),
    ]


def test_a_trial_shows_who_would_have_entered_and_what_would_happen_to_one(
    approver: Client, waiting: AutomationVersion
) -> None:
    customer = make_customer(name="김하나")
    make_order(customer, placed_at=timezone.now() - timedelta(days=5), paid=12_900)
    stored_numbers.rebuild_everything(timezone.now())

    page = approver.get(address("trial", waiting.automation), {"customer": customer.external_id})

    assert (page.context["tested"].entered, page.context["tested"].customers) == (1, 1)
    assert [each["icon"] for each in page.context["moments"]] == ["play", "hourglass", "mail", "flag"]
    assert "김*나" in page.content.decode()
    assert not Journey.objects.exists()


def test_who_may_not_see_customers_tries_none(waiting: AutomationVersion) -> None:
    customer = make_customer(name="김하나")
    reader = speaking_english("reader", "campaigns.view_automation")

    page = reader.get(address("trial", waiting.automation), {"customer": customer.external_id})

    assert "On one customer" not in page.content.decode()
    assert "김*나" not in page.content.decode()
    assert "customer" not in page.context


def test_live_counts_stand_at_each_step(approver: Client) -> None:
    automation = automation_of(wait(days=3), message())
    journey = enter(automation, make_customer(), at=timezone.now())
    first = automation.live_version.steps.get(kind="wait")
    counting.record([(journey.pk, first.pk, "waited", "", journey.anchor_at)], journey.anchor_at)

    pause, _message = approver.get(address("change", automation)).context["nodes"]

    assert (pause.here, pause.outcomes) == (1, [("waited", 1, "quiet")])


def test_how_many_would_enter_is_counted_by_a_job_and_not_by_the_page(
    approver: Client, waiting: AutomationVersion
) -> None:
    make_order(make_customer(), placed_at=timezone.now() - timedelta(days=5))
    stored_numbers.rebuild_everything(timezone.now())

    before = approver.get(address("review", waiting.automation))
    Kick.objects.all().delete()
    approver.post(address("count", waiting.automation))
    asked = Kick.objects.get(job=expecting.JOB)
    queue.run(asked.job, asked.argument)
    after = approver.get(address("review", waiting.automation))

    assert before.context["expected"] is None
    assert (after.context["expected"].total, after.context["expected"].words) == (1, "0.0")


def test_a_note_with_a_letter_that_cannot_be_kept_is_kept_without_it(
    approver: Client, waiting: AutomationVersion
) -> None:
    approver.post(address("return", waiting.automation), {"note": "확인\0했습니다" + "." * 2_000})

    assert waiting.decisions.first().note == "확인했습니다" + "." * (1_000 - 6)


def test_the_list_asks_no_more_for_twenty_automations_than_for_two(
    writer: Client, django_assert_max_num_queries: object
) -> None:
    for number in range(20):
        settings = {"segments": [make_segment(name=f"뜸한 고객 {number}").pk]}
        versions.new_automation(
            name=f"자동화 {number}", trigger="entered_segment", trigger_settings=settings, by=staff("writer")
        )

    with django_assert_max_num_queries(20):
        page = writer.get(reverse("admin:campaigns_automation_changelist")).content.decode()

    assert page.count("when somebody comes into 뜸한 고객") == 20


def test_who_came_too_late_or_gave_way_did_not_enter(approver: Client) -> None:
    automation = automation_of(message())
    for status in ("inside", "exited", "too_late", "gave_way"):
        enter(automation, make_customer(), at=timezone.now(), status=status)

    figures = approver.get(address("change", automation)).context["figures"]

    assert (figures.entered, figures.inside) == (2, 1)


def test_a_journey_tells_what_began_it_in_the_language_of_the_reader(approver: Client) -> None:
    automation = automation_of(message())
    told = {"order_id": 7, "order_number": "A-1", "amount": 12_900, "category": "커피", "since": "2026-11-01"}
    journey = enter(automation, make_customer(), at=timezone.now(), context=told)
    approver.cookies["django_language"] = "ko"

    story = approver.get(address("journey", automation, journey.pk)).context["story"]

    assert story[-1]["detail"] == "주문 번호: A-1 · 금액: 12,900 · 카테고리: 커피"
