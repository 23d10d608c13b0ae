"""The campaign editor: what it stores, refuses, shows while one types, and hands to review."""

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from campaigns.editor.forms import CampaignForm
from campaigns.editor.typed_content import from_campaign
from campaigns.models import Approval, Campaign
from campaigns.notices import drafts, words
from customers.segments.refresh import refresh_segment
from tests.factories import make_account, make_draft, make_price, make_reachable_customer, make_segment, make_user

ADD = "/admin/campaigns/campaign/add/"
PREVIEW = "/admin/campaigns/campaign/preview/"

pytestmark = pytest.mark.django_db


@pytest.fixture
def author(client: Client) -> Client:
    permissions = ("view_campaign", "add_campaign", "change_campaign")
    client.force_login(make_user("author", *(f"campaigns.{each}" for each in permissions)))
    return client


def typed(**given: object) -> dict[str, object]:
    """What an author types: a complete campaign to one customer, unless said otherwise."""
    segment = make_segment()
    make_reachable_customer(name="김하나")
    refresh_segment(segment.pk)
    return {
        "name": "돌아오세요",
        "purpose": "ad",
        "segment": segment.pk,
        "way": make_price(won="9.90").account_id,
        "arm": "A",
        "weight": "1",
        "c0_A_all-subject": "{{ name }}님, 다시 만나요",
        "c0_A_all-html": "<p>안녕하세요</p>",
        "holdout_percent": 0,
        "latest_start_hours": 6,
        "attribution_days": 5,
    } | given


def test_a_draft_is_stored_with_its_step_and_content(author: Client) -> None:
    author.post(ADD, typed() | {"_save": ""})

    campaign = Campaign.objects.get()
    variant = campaign.steps.get().variants.get()
    assert (campaign.status, campaign.author.username) == ("draft", "author")
    assert (variant.subject, variant.html) == ("{{ name }}님, 다시 만나요", "<p>안녕하세요</p>")


def test_asking_for_review_stores_and_submits_in_one_act(author: Client) -> None:
    author.post(ADD, typed() | {"_submit_review": ""})

    campaign = Campaign.objects.get()
    assert campaign.status == "in_review"
    assert campaign.approvals.get().decision == Approval.Decision.REQUESTED


@pytest.mark.parametrize(
    ("changed", "field", "said"),
    [
        ({"c0_A_all-subject": "{{ nobody }}"}, "c0_A_all-subject", "nobody"),
        ({"c0_A_all-html": "<p>{% include 'x' %}</p>"}, "c0_A_all-html", "include"),
        ({"c0_A_all-subject": "[광고] 다시"}, "c0_A_all-subject", "(광고)"),
        ({"c0_A_all-subject": ""}, "c0_A_all-subject", ""),
        ({"way": ""}, "way0", ""),
        ({"weight": "half"}, "__all__", "A"),
        ({"scheduled_at": "2020-01-01T09:00"}, "scheduled_at", ""),
        ({"holdout_percent": 80}, "holdout_percent", "50"),
    ],
)
def test_what_cannot_be_sent_is_refused_beside_its_field_and_stored_nowhere(
    author: Client, changed: dict, field: str, said: str
) -> None:
    answer = author.post(ADD, typed(**changed) | {"_save": ""})

    found = dict(answer.context["preview"].problems)
    assert field in found
    assert said in " ".join([found[field], *answer.context["said"].errors])
    assert len(found.keys() - {"__all__"}) <= 1
    assert not Campaign.objects.exists()


def test_the_preview_counts_and_renders_without_storing(author: Client) -> None:
    answer = author.post(PREVIEW, typed())

    shown = answer.context["preview"]
    assert (shown.recipients, shown.cost) == (1, 10)
    assert shown.frame.rendered.subject == "(광고) 김*나님, 다시 만나요"
    assert not Campaign.objects.exists()


def test_the_preview_says_why_a_mail_cannot_be_written(author: Client) -> None:
    answer = author.post(PREVIEW, typed(**{"c0_A_all-html": "{{ attributes.size }}"}))

    shown = answer.context["preview"]
    assert shown.frame is None
    assert "attributes" in shown.refusal


def test_the_preview_knows_what_was_settled_when_the_draft_was_made(author: Client) -> None:
    make_account()
    make_reachable_customer()
    notice = drafts.make_drafts(User.objects.get())[0]
    given = {"name": notice.name, "purpose": "info", "information_basis": notice.information_basis}
    terms = {"holdout_percent": 0, "latest_start_hours": 6, "attribution_days": 5}

    answer = author.post(f"{PREVIEW}?campaign={notice.pk}", dict(from_campaign(notice).data().lists()) | given | terms)

    shown = answer.context["preview"]
    assert (shown.missing, shown.refusal) == ([], "")
    assert words.EXAMPLE["said_on"] in shown.frame.rendered.text


def test_a_draft_that_was_deleted_meanwhile_keeps_what_is_typed_in_sight(author: Client) -> None:
    answer = author.post("/admin/campaigns/campaign/0/change/", typed() | {"_act": "add_arm"})

    assert answer.status_code == 200
    assert [arm["name"] for arm in answer.context["said"].arms] == ["A", "B"]


def test_the_body_of_the_preview_is_framed_under_a_policy_of_its_own(author: Client) -> None:
    author.post(PREVIEW, typed())

    answer = author.get(reverse("admin:campaigns_campaign_preview_body"))

    assert "안녕하세요" in answer.content.decode()
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert "script-src" not in answer.headers["Content-Security-Policy"]


def test_a_campaign_under_review_cannot_be_edited(author: Client) -> None:
    campaign = make_draft()
    Campaign.objects.filter(pk=campaign.pk).update(status=Campaign.Status.IN_REVIEW)

    answer = author.post(f"/admin/campaigns/campaign/{campaign.pk}/change/", typed(name="Sneaked in"))

    assert answer.status_code == 302
    assert Campaign.objects.get().name == "돌아오세요"


def test_an_edit_does_not_overtake_a_review_that_was_asked_for_meanwhile(
    author: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def slow_clean(form: CampaignForm) -> dict[str, object]:
        Campaign.objects.filter(pk=form.instance.pk).update(status=Campaign.Status.IN_REVIEW)
        return clean(form)

    campaign = make_draft()
    clean = CampaignForm.clean
    monkeypatch.setattr(CampaignForm, "clean", slow_clean)

    author.post(f"/admin/campaigns/campaign/{campaign.pk}/change/", typed(name="Sneaked in"))

    campaign.refresh_from_db()
    assert campaign.name == "돌아오세요"
    assert campaign.steps.get().variants.get().html != "<p>안녕하세요</p>"


def test_who_may_not_change_campaigns_sees_no_preview(client: Client) -> None:
    client.force_login(make_user("reader", "campaigns.view_campaign"))

    assert client.post(PREVIEW, {}).status_code == 403
