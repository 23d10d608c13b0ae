"""The ladder: what cannot stand is refused, a change is counted before it is saved, versions stay."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.utils import timezone, translation

from loyalty import tiers
from loyalty.errors import LadderRefused
from loyalty.models import Tier, TierPeriod, TierRuleVersion, TierStanding
from loyalty.tiers import evaluation, flow_chart, ladder
from loyalty.tiers.ladder import Draft, DraftTier
from loyalty.tiers.preview import preview
from loyalty.tiers.standings import Standing, standing_of
from tests.factories import make_customer, make_ladder

pytestmark = pytest.mark.django_db

BASE, SILVER = DraftTier(None, "Welcome", "stone", 0), DraftTier(None, "Silver", "silver", 100_000)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ((BASE,), "from 2 to 12"),
        ((replace(BASE, threshold=1), SILVER), "set its threshold to 0"),
        ((BASE, SILVER, replace(SILVER, name="Gold")), "take the same"),
        ((BASE, replace(SILVER, name="Welcome")), "Rename one"),
        ((BASE, replace(SILVER, name="")), "no name"),
    ],
)
def test_a_ladder_that_nobody_could_stand_on_is_refused(in_english, given, words) -> None:
    with pytest.raises(LadderRefused, match=words):
        ladder.store(Draft(given), by=None)

    assert not Tier.objects.exists()


def test_more_grace_than_a_month_is_refused_where_every_month_is_looked_at() -> None:
    with pytest.raises(LadderRefused):
        ladder.store(Draft((BASE, SILVER), window="rolling", grace_days=28), by=None)

    assert ladder.store(Draft((BASE, SILVER), window="calendar", grace_days=28), by=None)


def test_changed_rules_are_a_new_version_and_changed_words_are_none() -> None:
    first = make_ladder()
    draft = ladder.draft_of(first)

    renamed = replace(draft, tiers=(*draft.tiers[:3], replace(draft.tiers[3], name="Family", points_percent=200)))
    assert ladder.store(renamed, by=None) is None
    dearer = replace(draft, tiers=(*renamed.tiers[:3], replace(renamed.tiers[3], threshold=2_000_000)))
    second = ladder.store(dearer, by=None)

    assert (first.number, second.number) == (1, 2)
    assert list(first.thresholds.values_list("threshold", flat=True)) == [0, 100_000, 300_000, 1_000_000]
    assert Tier.objects.get(pk=draft.tiers[3].tier.pk).name == "Family"


def spend(amount: int) -> int:
    customer = make_customer()
    tiers.credit(
        customer.pk,
        business_date=timezone.localdate(),
        net_spend=amount,
        source_system="test",
        reference=str(customer.pk),
    )
    return customer.pk


def test_a_changed_ladder_is_counted_on_all_customers_before_it_is_saved() -> None:
    draft = ladder.draft_of(make_ladder())
    for amount in (0, 50_000, 120_000, 250_000, 350_000, 1_200_000):
        spend(amount)
    make_customer()
    before = list(TierStanding.objects.order_by("pk").values_list("tier", "amount"))
    welcome, silver, gold, vip = draft.tiers

    changed = replace(draft, tiers=(welcome, replace(silver, threshold=150_000), replace(gold, threshold=200_000), vip))
    found = preview(changed)

    names = [rung.name for rung in found.before]
    flows = {(names[each.origin], names[each.target]): (each.customers, each.direction) for each in found.flows}
    assert flows == {
        ("Welcome", "Welcome"): (3, 0),
        ("Silver", "Welcome"): (1, -1),
        ("Silver", "Gold"): (1, 1),
        ("Gold", "Gold"): (1, 0),
        ("VIP", "VIP"): (1, 0),
    }
    assert (found.rises, found.falls, found.stays) == (1, 1, 5)
    assert (found.sizes_before(), found.sizes_after()) == ([3, 2, 1, 1], [4, 0, 2, 1])
    assert list(TierStanding.objects.order_by("pk").values_list("tier", "amount")) == before
    assert TierRuleVersion.objects.count() == 1


def test_a_first_ladder_is_counted_too_and_does_what_was_counted() -> None:
    for amount in (50_000, 120_000, 400_000):
        spend(amount)
    draft = Draft((BASE, SILVER))

    found = preview(draft)
    ladder.store(draft, by=None)
    moved = evaluation.settle_everyone()

    assert (found.rises, moved) == (2, 2)
    assert set(TierPeriod.objects.values_list("cause", flat=True)) == {"rules_changed"}


def test_whose_tier_left_the_ladder_stands_where_they_reach() -> None:
    draft = ladder.draft_of(make_ladder())
    customer = spend(350_000)

    shorter = replace(draft, tiers=(*draft.tiers[:2], draft.tiers[3]))
    found = preview(shorter)
    ladder.store(shorter, by=None)
    evaluation.settle_everyone()

    assert (found.falls, standing_of(customer).tier.name) == (1, "Silver")
    assert TierPeriod.objects.latest("pk").is_rise is False


def test_a_picture_of_who_moves_gives_every_tier_room() -> None:
    draft = ladder.draft_of(make_ladder())
    spend(350_000)

    drawing = flow_chart.draw(preview(draft))

    tops = [node.top for node in drawing.before]
    assert tops == sorted(tops, reverse=True)
    assert all(node.height >= flow_chart.ROW for node in drawing.before)
    assert drawing.height >= max(node.top + node.height for node in drawing.after)


@pytest.mark.parametrize(
    ("basis", "missing", "words"),
    [
        ("net_spend", 32_000, "₩32,000 to Gold by 31 Dec"),
        ("orders", 1, "1 order to Gold by 31 Dec"),
        ("orders", 3, "3 orders to Gold by 31 Dec"),
        ("points", 1_200, "1,200 points to Gold by 31 Dec"),
    ],
)
def test_the_forecast_says_how_much_to_which_tier_by_when(basis: str, missing: int, words: str) -> None:
    last = timezone.localdate().replace(month=12, day=31)
    standing = Standing(
        Tier(name="Silver"), basis, next_tier=Tier(name="Gold"), missing=missing, reach_by=last, judged_on=last
    )

    with translation.override("en"):
        assert standing.forecast == words
    with translation.override("ko"):
        assert "12월 31일" in standing.forecast


def test_what_is_missing_to_keep_a_tier_is_said_only_when_the_day_is_near() -> None:
    today = timezone.localdate()
    near, far = today + timedelta(days=20), today + timedelta(days=200)
    silver = Tier(name="Silver")

    assert Standing(silver, "net_spend", keep_missing=5_000, judged_on=near).risk
    assert not Standing(silver, "net_spend", keep_missing=5_000, judged_on=far).risk
    assert not Standing(silver, "net_spend", keep_missing=0, judged_on=near).risk
