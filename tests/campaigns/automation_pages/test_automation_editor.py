"""The editor of automations without script: what each form stores, what it refuses, and that nothing typed is lost."""

import pytest
from django.test import Client
from django.urls import reverse

from campaigns.automation import versions
from campaigns.models import Automation, AutomationStep, AutomationVersion
from tests.campaigns.automation.making import MAY_WRITE, automation_of, message, staff, wait, write_steps
from tests.campaigns.automation_pages.conftest import speaking_english
from tests.factories import make_coupon, make_segment

pytestmark = pytest.mark.django_db


@pytest.fixture
def draft(db: None) -> AutomationVersion:
    """A draft that begins with a cart left for two hours."""
    by = staff("writer", *MAY_WRITE)
    made = versions.new_automation(name="장바구니", trigger="cart_left", by=by, trigger_settings={"hours": 2})
    return made.versions.get()


def address(name: str, version: AutomationVersion, *args: object) -> str:
    return reverse(f"admin:campaigns_automation_{name}", args=[version.automation_id, *args])


def step_of(version: AutomationVersion, kind: str, **fields: object) -> AutomationStep:
    return versions.add_step(version, kind, **fields)


def test_an_automation_begins_with_its_name_and_a_trigger(writer: Client) -> None:
    answer = writer.post("/admin/campaigns/automation/add/", {"name": "장바구니 알림", "trigger": "cart_left"})

    made = Automation.objects.get()
    version = made.versions.get()
    assert answer["Location"] == f"/admin/campaigns/automation/{made.pk}/change/?edit=entry"
    assert (made.name, made.author.username, version.trigger, version.status) == (
        "장바구니 알림",
        "writer",
        "cart_left",
        "draft",
    )


def test_without_a_trigger_nothing_begins_and_the_name_is_kept(writer: Client) -> None:
    page = writer.post("/admin/campaigns/automation/add/", {"name": "장바구니 알림"})

    assert "장바구니 알림" in page.content.decode()
    assert "Choose what it begins with." in page.content.decode()
    assert not Automation.objects.exists()


def test_who_enters_is_stored_as_typed(writer: Client, draft: AutomationVersion) -> None:
    segment = make_segment()
    typed = {
        "with-hours": "24",
        "segment": segment.pk,
        "excluded_segment": "",
        "reentry": "after_days",
        "reentry_days": "30",
        "latest_start_hours": "6",
    }

    writer.post(address("change", draft) + "?edit=entry", typed | {"_save": ""})

    draft.refresh_from_db()
    assert (draft.trigger_settings, draft.segment) == ({"hours": 24}, segment)
    assert (draft.reentry, draft.reentry_days, draft.latest_start_hours) == ("after_days", 30, 6)


def test_settings_that_the_trigger_refuses_are_kept_on_the_page_and_stored_nowhere(
    writer: Client, draft: AutomationVersion
) -> None:
    typed = {"with-hours": "9999", "reentry": "never", "latest_start_hours": "6"}

    page = writer.post(address("change", draft) + "?edit=entry", typed | {"_save": ""})

    draft.refresh_from_db()
    assert 'value="9999"' in page.content.decode()
    assert draft.trigger_settings == {"hours": 2}


def test_another_trigger_begins_with_settings_of_its_own(writer: Client, draft: AutomationVersion) -> None:
    writer.post(address("change", draft) + "?edit=trigger", {"trigger": "first_order"})

    draft.refresh_from_db()
    assert (draft.trigger, draft.trigger_settings) == ("first_order", {})


def test_exits_are_added_one_by_one_before_they_are_stored(writer: Client, draft: AutomationVersion) -> None:
    url = address("change", draft) + "?edit=exits"

    page = writer.post(url, {"exit": ["0:bought"], "new_exit": "opted_out", "_act": "add"})
    draft.refresh_from_db()
    unsaved = draft.exits
    writer.post(url, {"exit": ["0:bought", "1:opted_out"], "_save": ""})

    draft.refresh_from_db()
    assert 'name="exit" value="1:opted_out"' in page.content.decode()
    assert unsaved == []
    assert draft.exits == [{"is": "bought"}, {"is": "opted_out"}]


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ({"by": "days", "days": "3", "at": "10:00"}, {"days": 3, "at": "10:00"}),
        ({"by": "hours", "hours": "2", "days": "9"}, {"hours": 2}),
        ({"by": "until_weekday", "until_weekday": "1", "at": "10:00"}, {"until_weekday": 1, "at": "10:00"}),
        ({"by": "until_hour", "until_hour": "10:00"}, {"until_hour": "10:00"}),
        ({"by": "until_date", "until_date": "2026-12-24"}, {"until_date": "2026-12-24"}),
        ({"by": "after_anchor_days", "after_anchor_days": "40"}, {"after_anchor_days": 40}),
    ],
)
def test_a_wait_is_stored_by_the_way_that_was_chosen(
    writer: Client, draft: AutomationVersion, typed: dict, stored: dict
) -> None:
    step = step_of(draft, "wait", settings={"days": 1})

    writer.post(address("change", draft) + f"?step={step.pk}", typed | {"_save": ""})

    step.refresh_from_db()
    assert step.settings == stored


def test_a_wait_without_a_length_is_refused_and_the_old_one_stays(writer: Client, draft: AutomationVersion) -> None:
    step = step_of(draft, "wait", settings={"days": 1})

    page = writer.post(address("change", draft) + f"?step={step.pk}", {"by": "days", "days": "", "_save": ""})

    step.refresh_from_db()
    assert "Say how long to wait" in page.content.decode()
    assert step.settings == {"days": 1}


def test_the_shares_of_a_split_must_be_a_hundred_together(writer: Client, draft: AutomationVersion) -> None:
    step = step_of(draft, "split", settings={"shares": {"a": 50, "b": 50}})
    url = address("change", draft) + f"?step={step.pk}"

    page = writer.post(url, {"a": "50", "b": "40", "_save": ""})
    writer.post(url, {"a": "50", "b": "30", "c": "20", "_save": ""})

    step.refresh_from_db()
    assert "The shares are 90 together; they must be 100." in page.content.decode()
    assert step.settings == {"shares": {"a": 50, "b": 30, "c": 20}}


def test_a_way_of_a_split_with_steps_in_it_is_not_dropped(writer: Client, draft: AutomationVersion) -> None:
    step = step_of(draft, "split", settings={"shares": {"a": 40, "b": 40, "c": 20}})
    step_of(draft, "exit", parent=step, lane="c")

    page = writer.post(address("change", draft) + f"?step={step.pk}", {"a": "50", "b": "50", "_save": ""})

    step.refresh_from_db()
    assert "Steps stand in way C." in page.content.decode()
    assert step.settings == {"shares": {"a": 40, "b": 40, "c": 20}}


def test_an_offer_gives_a_coupon_and_points(writer: Client, draft: AutomationVersion) -> None:
    coupon, step = make_coupon(), step_of(draft, "offer")
    url = address("change", draft) + f"?step={step.pk}"

    page = writer.post(url, {"coupon": "", "points": "", "_save": ""})
    writer.post(url, {"coupon": coupon.pk, "points": "500", "_save": ""})

    step.refresh_from_db()
    assert "Choose a coupon, or say how many points." in page.content.decode()
    assert (step.coupon, step.points) == (coupon, 500)


def test_steps_are_put_between_and_into_lanes_moved_and_taken_out(writer: Client, draft: AutomationVersion) -> None:
    url = address("add_step", draft)
    writer.post(url, {"kind": "exit", "place": "start"})
    writer.post(url, {"kind": "only_if", "place": "start"})
    branch = draft.steps.get(kind="only_if")
    writer.post(url, {"kind": "wait", "place": f"in-{branch.pk}-yes"})
    pause = draft.steps.get(kind="wait")
    writer.post(url, {"kind": "offer", "place": f"after-{pause.pk}"})

    placed = list(draft.steps.order_by("pk").values_list("kind", "lane", "position"))
    writer.post(address("change_place", draft, pause.pk), {"act": "down"})
    moved = list(draft.steps.filter(parent=branch).order_by("position").values_list("kind", flat=True))
    writer.post(address("change_place", draft, pause.pk), {"act": "down"})
    pause.refresh_from_db()
    writer.post(address("change_place", draft, branch.pk), {"act": "remove"})

    assert placed == [("exit", "", 2), ("only_if", "", 1), ("wait", "yes", 1), ("offer", "yes", 2)]
    assert moved == ["offer", "wait"]
    assert (pause.parent, pause.position) == (None, 2)
    assert list(draft.steps.order_by("position").values_list("kind", flat=True)) == ["wait", "exit"]


def test_a_message_is_written_in_the_editor_of_campaigns_and_leads_back_to_its_step(
    writer: Client, draft: AutomationVersion
) -> None:
    write_steps(draft, [message()])
    step = draft.steps.get()
    account = step.campaign.steps.get().account
    url = f"/admin/campaigns/campaign/{step.campaign_id}/change/"
    typed = {
        "name": "두 시간 뒤",
        "purpose": "ad",
        "way": account.pk,
        "arm": "A",
        "weight": "1",
        "c0_A_all-subject": "담아 두신 상품",
        "c0_A_all-html": "<p>기다리고 있어요</p>",
        "attribution_days": "5",
    }

    form = writer.get(url).content.decode()
    answer = writer.post(url, typed | {"_back_to_path": ""})

    step.campaign.refresh_from_db()
    assert 'name="segment"' not in form
    assert 'name="scheduled_at"' not in form
    assert "_submit_review" not in form
    assert answer["Location"] == address("change", draft) + f"?version=1&step={step.pk}#step-{step.pk}"
    assert (step.campaign.name, step.campaign.status, step.campaign.automation_id) == (
        "두 시간 뒤",
        "draft",
        draft.automation_id,
    )


def test_what_is_in_force_is_read_and_changed_by_a_new_version(writer: Client) -> None:
    automation = automation_of(wait(days=1), message())
    live = automation.live_version
    url = address("change", live)

    page = writer.get(url).content.decode()
    refused = writer.post(url + "?edit=entry", {"reentry": "every", "latest_start_hours": "9", "_save": ""})
    writer.post(address("draft", live))

    assert "In force: it is changed by a new version." in page
    assert refused.status_code == 403
    assert list(automation.versions.order_by("number").values_list("number", "status")) == [(1, "live"), (2, "draft")]
    assert "Version 2" in writer.get(url).content.decode()


def test_who_may_only_look_sees_the_picture_and_no_form_to_send(draft: AutomationVersion) -> None:
    client = speaking_english("reader", "campaigns.view_automation")

    page = client.get(address("change", draft)).content.decode()
    refused = [
        client.post(address("change", draft) + "?edit=entry", {"_save": ""}).status_code,
        client.post(address("add_step", draft), {"kind": "wait", "place": "start"}).status_code,
    ]

    assert "Add a step here" not in page
    assert refused == [403, 403]
    assert not draft.steps.exists()


@pytest.mark.parametrize("place", ["after-999999", "in-999999-yes", "nowhere", ""])
def test_a_place_that_is_not_in_the_version_is_not_found(writer: Client, draft: AutomationVersion, place: str) -> None:
    answer = writer.post(address("add_step", draft), {"kind": "wait", "place": place})

    assert answer.status_code == 404
    assert not draft.steps.exists()


def test_a_lane_that_the_step_has_not_is_not_found(writer: Client, draft: AutomationVersion) -> None:
    pause, branch = step_of(draft, "wait", settings={"days": 1}), step_of(draft, "only_if")
    places = (f"in-{pause.pk}-yes", f"in-{branch.pk}-a")

    answers = [writer.post(address("add_step", draft), {"kind": "wait", "place": place}) for place in places]

    assert [answer.status_code for answer in answers] == [404, 404]
    assert draft.steps.count() == 2


def test_a_segment_that_was_switched_off_stays_chosen_until_somebody_chooses_otherwise(
    writer: Client, draft: AutomationVersion
) -> None:
    segment = make_segment(is_active=False)
    versions.change_version(draft, segment=segment)
    branch = step_of(draft, "only_if", segment=segment)
    chosen = f'<option value="{segment.pk}" selected>'

    entry = writer.get(address("change", draft) + "?edit=entry").content.decode()
    asked = writer.get(address("change", draft) + f"?step={branch.pk}").content.decode()

    assert chosen in entry
    assert chosen in asked


@pytest.mark.parametrize("query", ["?step=" + "9" * 5000, "?version=" + "9" * 5000])
def test_a_number_of_thousands_of_digits_is_not_found(writer: Client, draft: AutomationVersion, query: str) -> None:
    assert writer.get(address("change", draft) + query).status_code == 404
