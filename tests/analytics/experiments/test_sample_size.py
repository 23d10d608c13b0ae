"""Before launch: how large an effect an audience will show, from what it bought before."""

from datetime import timedelta

import pytest
from django.utils import timezone, translation

from analytics.experiments import sample_size
from analytics.experiments.intervals import Arm
from campaigns.effect_hints import hint_of
from campaigns.models import Campaign, Variant
from campaigns.pipeline import gate
from customers.segments.refresh import refresh_segment
from tests.factories import make_customer, make_order, make_running_campaign, make_segment

# A thousand people of whom a tenth buys for 30,000 won.
PAST = Arm(1_000, 100, 3_000_000, 100 * 30_000**2)


def campaign_of(**given: object) -> Campaign:
    return Campaign(purpose="ad", attribution_days=5, **given)


def test_the_smallest_effect_is_that_of_two_means_with_eight_in_ten_seen() -> None:
    found = sample_size.smallest(PAST, 9_000, 1_000)

    # (1.96 + 0.8416) × √(0.1 × 0.9) × √(1/9,000 + 1/1,000), and the same of a deviation of 9,000 won.
    assert found.conversion == pytest.approx(0.028016, abs=1e-5)
    assert found.revenue == 841


@pytest.mark.parametrize(
    ("people", "percent"), [(10_000, 5), (1_832, 28), (1_000, 50), (999, None)], ids=["5", "28", "half", "too small"]
)
def test_a_holdout_takes_fifty_buyers(people: int, percent: int | None) -> None:
    assert sample_size.fewest_percent(PAST, people) == percent


@pytest.mark.parametrize(
    ("people", "percent", "will_show", "words"),
    [
        (10_000, 10, True, "10,000 people and 10 % held out"),
        (10_000, 10, True, "Hold out 20 % to see them from"),
        (1_832, 10, False, "about 183 people, of whom about 18 will buy by themselves"),
        (1_832, 10, False, "Hold out at least 28 %"),
        (600, 10, False, "Of these 600 people about 60 will buy"),
        (10_000, 0, True, "Hold out 10 % to see effects from +2.8 %p of buyers, or +₩841 per person"),
    ],
)
def test_the_hint_says_what_will_be_seen_or_what_it_takes(
    people: int, percent: int, will_show: bool, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sample_size, "past_of", lambda campaign, members: PAST)
    monkeypatch.setattr(sample_size, "_weights", lambda campaign: [1])

    with translation.override("en"):
        hint = sample_size.hint(campaign_of(segment_id=1, holdout_percent=percent), people, people)

    assert hint
    assert hint.will_show is will_show
    assert words in " ".join(hint.words)


@pytest.mark.django_db
def test_the_past_is_that_of_the_audience_in_a_window_of_the_same_length() -> None:
    segment = make_segment()
    for days, paid in ((1, 10_000), (4.9, 20_000), (5.1, 40_000), (None, 0)):
        customer = make_customer()
        if days:
            make_order(customer, placed_at=timezone.now() - timedelta(days=days), paid=paid)
    refresh_segment(segment.pk)
    campaign = make_running_campaign(segment=segment, attribution_days=5)

    assert sample_size.past_of(campaign, 4) == Arm(4, 2, 30_000, 500_000_000)


@pytest.mark.django_db
def test_of_a_large_segment_a_sample_is_asked_however_few_may_be_written_to(monkeypatch: pytest.MonkeyPatch) -> None:
    segment = make_segment()
    for _number in range(40):
        make_customer()
    refresh_segment(segment.pk)
    campaign = make_running_campaign(segment=segment)
    monkeypatch.setattr(sample_size, "ASKED", 10)

    assert 0 < sample_size.past_of(campaign, 40).people < 30


@pytest.mark.django_db
def test_the_size_of_the_sample_goes_by_the_segment(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    monkeypatch.setattr(sample_size, "past_of", lambda _campaign, members: asked.append(members) or PAST)
    campaign = make_running_campaign(segment=make_segment())

    hint_of(campaign, [gate.Stage("", "", 0, 40_000), gate.Stage("NO_CONSENT", "", 35_000, 5_000)])

    assert asked == [40_000]


@pytest.mark.django_db
def test_the_hint_counts_those_held_out_among_the_people() -> None:
    segment = make_segment()
    campaign = make_running_campaign(segment=segment, holdout_percent=10)
    Variant.objects.create(step=campaign.steps.get(), name="B")
    stages = [gate.Stage("", "", 0, 100), gate.Stage("HOLDOUT", "", 10, 90)]

    hint = hint_of(campaign, stages)

    assert hint
    assert not hint.will_show


@pytest.mark.parametrize("given", [{"purpose": "info"}, {"duty": "reconfirm"}, {"segment_id": None}])
def test_without_an_experiment_to_make_there_is_no_hint(given: dict[str, object]) -> None:
    campaign = Campaign(**{"purpose": "ad", "segment_id": 1, "attribution_days": 5} | given)

    assert sample_size.hint(campaign, 1_000, 1_000) is None
