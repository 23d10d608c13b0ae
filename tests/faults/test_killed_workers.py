"""F15, F16: workers killed in the middle of a send. Nobody gets two, and what is not known is shown."""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from campaigns.models import Campaign, ChannelAccount, Message
from tests.factories import make_account
from tests.faults import numbers
from tests.faults.deduplicating_provider import MODULE, NAME, Provider
from tests.faults.mail_recorder import MailRecorder
from tests.faults.nursery import Nursery
from tests.faults.people import everybody, planned_campaign
from tests.faults.waiting import until

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]
OPEN = ("planned", "claimed", "sending")
SLICE = 50
MakeNursery = Callable[..., Nursery]


@dataclass(frozen=True)
class Course:
    """How a campaign went while its workers were killed."""

    kills: int
    counts: dict[str, int]


def run_with_kills(
    campaign: Campaign, nursery: Nursery, accepted: Callable[[], int], *, workers: int, kills: int, seed: int
) -> Course:
    """Send a campaign with so many workers, and kill one of them at random moments, replaced at once."""
    chance = random.Random(seed)  # noqa: S311  # chance, repeatable
    messages = Message.objects.filter(campaign=campaign)
    people = messages.filter(status="planned").count()
    # Early enough that they come, however many are left unknown by the kills before.
    moments = sorted(chance.randrange(people * 4 // 10) for _kill in range(kills))
    began = accepted()
    nursery.start(workers)
    for moment in moments:
        until(lambda at=moment: accepted() - began >= at, seconds=300)
        time.sleep(chance.uniform(0, 0.05))
        nursery.kill(chance.choice(nursery.workers))
        nursery.start()
    until(lambda: not messages.filter(status__in=OPEN).exists(), seconds=300 + people / 20, every=0.3)
    for worker in list(nursery.workers):
        nursery.kill(worker)
    return Course(len(moments), messages.counts_by_status())


def emails(campaign: Campaign, status: str) -> set[str]:
    rows = Message.objects.filter(campaign=campaign, status=status)
    return set(rows.values_list("customer__email", flat=True))


@pytest.mark.parametrize(
    ("people", "kills", "seeds"),
    [pytest.param(2_000, 20, 20, id="F15"), pytest.param(60_000, 5, 1, id="60,000")]
    if numbers.IS_FULL
    else [(300, 3, 1)],
)
def test_killed_workers_send_nobody_two(
    account: ChannelAccount, recorder: MailRecorder, nursery: MakeNursery, people: int, kills: int, seeds: int
) -> None:
    segment = everybody(people)
    totals = {"messages": 0, "kills": 0, "doubled": 0, "lost": 0, "unknown": 0, "most unknown per kill": 0.0}
    workers = nursery()
    for seed in range(seeds):
        recorder.accepted.clear()
        campaign = planned_campaign(account, segment)

        course = run_with_kills(
            campaign, workers, lambda: len(recorder.accepted), workers=2 + seed % 3, kills=kills, seed=seed
        )

        received = recorder.times_received()
        sent, unknown = emails(campaign, "sent"), emails(campaign, "unknown")
        totals["messages"] += people
        totals["kills"] += course.kills
        totals["doubled"] += sum(count - 1 for count in received.values())
        totals["lost"] += people - len(sent) - len(unknown) + len(sent - set(received))
        totals["unknown"] += len(unknown)
        totals["most unknown per kill"] = max(totals["most unknown per kill"], len(unknown) / course.kills)
        numbers.Tally("F15").write(seeds=seed + 1, **totals)
        assert set(received) - sent <= unknown  # who got it without an answer is on the list
        assert set(course.counts) <= {"sent", "unknown"}

    assert (totals["doubled"], totals["lost"], totals["kills"]) == (0, 0, kills * seeds)
    assert totals["most unknown per kill"] <= SLICE


@pytest.mark.parametrize(
    ("people", "kills", "seeds"),
    [pytest.param(2_000, 20, 20, id="F16"), pytest.param(60_000, 5, 1, id="60,000")]
    if numbers.IS_FULL
    else [(200, 2, 1)],
)
def test_a_gateway_that_knows_our_ids_loses_and_doubles_nothing(
    nursery: MakeNursery, account: ChannelAccount, people: int, kills: int, seeds: int
) -> None:
    segment = everybody(people)
    totals = {"messages": 0, "kills": 0, "doubled": 0, "lost": 0, "unknown": 0, "asked again": 0}
    with Provider() as provider:
        options = {"url": provider.url}
        over = make_account(gateway=NAME, is_live=True, settings=options, rate_per_second=1_000)
        workers = nursery(MODULE)
        for seed in range(seeds):
            provider.taken.clear()
            campaign = planned_campaign(over, segment)

            course = run_with_kills(
                campaign, workers, lambda: len(provider.taken), workers=2 + seed % 3, kills=kills, seed=seed
            )

            ids = set(Message.objects.filter(campaign=campaign).values_list("pk", flat=True))
            totals["messages"] += people
            totals["kills"] += course.kills
            totals["lost"] += len(ids - set(provider.taken))
            totals["doubled"] += sum(count - 1 for count in provider.acted.values())
            totals["unknown"] += course.counts.get("unknown", 0)
            totals["asked again"] += sum(count - 1 for count in provider.taken.values())
            numbers.Tally("F16").write(seeds=seed + 1, **totals)
            assert course.counts == {"sent": people}

    assert (totals["doubled"], totals["lost"], totals["unknown"]) == (0, 0, 0)
