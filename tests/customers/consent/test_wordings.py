"""What customers read before they agree: versions that tell all four things and never change once published."""

from datetime import UTC, datetime

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from customers import consent
from customers.consent import wordings
from customers.errors import WordingRefused
from customers.models import ConsentEntry, ConsentWording
from tests.factories import make_customer, make_user, make_wording

pytestmark = pytest.mark.django_db

SPRING = datetime(2026, 3, 5, tzinfo=UTC)


@pytest.mark.parametrize("field", wordings.TOLD)
@pytest.mark.parametrize("text", ["", " \n"])
def test_words_that_leave_one_of_the_four_out_are_not_published(field: str, text: str) -> None:
    """P-02: purpose, items, retention, right to refuse."""
    by = make_user("legal")
    with pytest.raises((WordingRefused, IntegrityError)), transaction.atomic():
        wordings.publish(make_wording(published_at=None, **{field: text}), by=by)

    assert not ConsentWording.objects.exclude(published_at=None).exists()


def test_publishing_a_new_version_leaves_what_was_said_to_the_old_one_alone() -> None:
    """P-02: rows tied to the old version do not change."""
    make_wording(version="2026-01", published_at=SPRING)
    customer = make_customer()
    consent.grant(
        customer.pk,
        purpose="ad_receive",
        channel="sms",
        occurred_at=SPRING,
        method="web",
        wording_version="2026-01",
    )
    before = list(ConsentEntry.objects.values())

    published = wordings.publish(make_wording(version="2026-02", published_at=None), by=make_user("legal"))

    assert wordings.current_wordings() == {"ad_receive": published}
    assert list(ConsentEntry.objects.values()) == before
    assert ConsentWording.objects.get(version="2026-01").published_at == SPRING


def test_a_version_is_published_once() -> None:
    wording = make_wording()

    with pytest.raises(WordingRefused):
        wordings.publish(wording, by=make_user("legal"))


def test_the_next_version_has_a_free_name() -> None:
    with time_machine.travel(SPRING):
        make_wording(version="2026-01")
        make_wording("ad_night", version="2026-02")

        assert (wordings.next_version("ad_receive"), wordings.next_version("marketing_use")) == ("2026-02", "2026-01")


@pytest.fixture
def lawyer(client: Client) -> Client:
    rights = ("view", "add", "change", "delete", "publish")
    client.force_login(make_user("lawyer", *(f"customers.{right}_consentwording" for right in rights)))
    return client


def test_a_draft_is_published_by_a_press_and_fixed_from_then_on(lawyer: Client) -> None:
    draft = make_wording(published_at=None)
    page = reverse("admin:customers_consentwording_change", args=[draft.pk])

    lawyer.post(reverse("admin:customers_consentwording_publish", args=[draft.pk]))
    answer = lawyer.post(page, {"purpose": "ad_receive", "version": "9", "aim": "x", "items": "x", "retention": "x"})

    draft.refresh_from_db()
    assert draft.published_at is not None
    assert (answer.status_code, draft.version) == (403, "2026-01")
    assert lawyer.get(page).status_code == 200


def test_a_new_version_begins_with_the_words_of_the_old_one(lawyer: Client) -> None:
    wording = make_wording()

    form = lawyer.get(reverse("admin:customers_consentwording_add"), {"from": wording.pk}).context["adminform"].form

    assert form.initial["aim"] == wording.aim
    assert form.initial["version"] != wording.version


def test_whoever_may_write_may_not_publish_without_the_right(client: Client) -> None:
    client.force_login(make_user("writer", "customers.add_consentwording", "customers.change_consentwording"))
    draft = make_wording(published_at=None)

    answer = client.post(reverse("admin:customers_consentwording_publish", args=[draft.pk]))

    draft.refresh_from_db()
    assert (answer.status_code, draft.published_at) == (403, None)
