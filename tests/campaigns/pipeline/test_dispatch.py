"""Workers that hand over at the same moment."""

from collections.abc import Callable, Sequence
from pathlib import Path
from threading import Thread

import pytest
from django.db import connection

from campaigns.models import Campaign, Message
from campaigns.pipeline import claims, dispatch
from campaigns.pipeline.claims import Claim
from campaigns.pipeline.dispatch import CampaignRun
from tests.factories import make_draft, make_reachable_customer


def hand_over(campaign: Campaign) -> None:
    run = CampaignRun(campaign, deadline=float("inf"))
    claimed, _wait = claims.claim(campaign.pk, run.account.pk)
    run.hand_over(claimed)


@pytest.mark.django_db(transaction=True)
def test_two_campaigns_at_once_do_not_both_use_up_the_same_cap(
    planned: Callable[[Campaign], Campaign], outbox: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_reachable_customer()
    first, second = planned(make_draft()), planned(make_draft())
    mark_sending = claims.mark_sending

    def elsewhere() -> None:
        try:
            hand_over(second)
        finally:
            connection.close()

    other = Thread(target=elsewhere)

    def overtaken(mine: Sequence[Claim], *, is_sandbox: bool) -> set[int]:
        """Mark, but not before the other worker had a second to ask the gate and send."""
        monkeypatch.setattr(dispatch.claims, "mark_sending", mark_sending)
        other.start()
        other.join(timeout=1)
        return mark_sending(mine, is_sandbox=is_sandbox)

    monkeypatch.setattr(dispatch.claims, "mark_sending", overtaken)

    hand_over(first)
    other.join()

    assert Message.objects.get(campaign=first).status == Message.Status.SENT
    assert Message.objects.get(campaign=second).skip_reason == "FREQ_CAP"
