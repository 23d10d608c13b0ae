"""What changed since a decision, as an approver reads it."""

from collections.abc import Callable

import pytest
from django.contrib.auth.models import User

from campaigns import lifecycle
from campaigns.errors import NotAllowed
from campaigns.models import Campaign, ChannelAccount
from campaigns.review.change_words import shown_changes
from customers.segments.refresh import refresh_segment
from tests.factories import add_fallback, make_account, make_draft, make_reachable_customer

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_english")]


def test_the_account_of_each_way_that_changed_has_a_line_of_its_own(author: User) -> None:
    make_reachable_customer()
    campaign = make_draft()
    add_fallback(campaign, make_account())
    refresh_segment(campaign.segment_id)
    asked = lifecycle.submit_for_review(campaign, by=author)

    ChannelAccount.objects.update(sender_name="다른 가게")

    told = [change.label for change in shown_changes(asked)]
    assert told == ["Sending account: Sender name", "Sending account (way 1): Sender name"]


def test_who_resumes_reads_what_changed_and_goes_on_once_it_is_put_back(
    approved: Callable[[Campaign], Campaign], author: User
) -> None:
    make_reachable_customer()
    approved(make_draft(account=make_account(settings={"host": "mail.shop.example"})))
    Campaign.objects.update(status=Campaign.Status.PAUSED)
    ChannelAccount.objects.update(sender_name="다른 가게", settings={"host": "mail.other.example", "connections": 4})

    with pytest.raises(NotAllowed) as refused:
        lifecycle.resume(Campaign.objects.get(), by=author)
    ChannelAccount.objects.update(sender_name="단골마트", settings={"host": "mail.shop.example", "connections": 4})
    lifecycle.resume(Campaign.objects.get(), by=author)

    assert str(refused.value) == (
        "This changed since the campaign was approved: Sending account: Settings (host), Sending account: Sender name."
        " Put it back and the campaign can go on; or stop it, and have a copy approved."
    )
    assert Campaign.objects.get().status == Campaign.Status.ACTIVE


def test_another_account_is_one_line_however_many_values_differ(author: User) -> None:
    make_reachable_customer()
    campaign = make_draft()
    refresh_segment(campaign.segment_id)
    asked = lifecycle.submit_for_review(campaign, by=author)

    campaign.steps.update(account=make_account(sender_name="다른 가게"))

    assert [change.label for change in shown_changes(asked)] == ["Sending account: id"]
