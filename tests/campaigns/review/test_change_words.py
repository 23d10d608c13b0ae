"""What changed since a decision, as an approver reads it."""

import pytest
from django.contrib.auth.models import User

from campaigns import lifecycle
from campaigns.models import ChannelAccount
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
