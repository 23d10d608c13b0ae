"""What the report of a campaign says, figure by figure."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from analytics.campaign_earnings import earnings
from analytics.campaign_report import machines
from analytics.campaign_report.drawings import stages_of
from analytics.campaign_report.funnel import Funnel, funnels_of
from analytics.campaign_report.moments import by_day, by_hour
from analytics.campaign_report.report import report_of
from analytics.campaign_report.segments import by_segment
from analytics.campaign_report.verdict import roi_text, verdict_of
from analytics.models import KeptFigures
from analytics.rollups import kept
from campaigns.models import Campaign
from customers.models import SegmentMembership, SegmentMove
from tests.analytics.campaign_report.autumn_sale import AutumnSale, at, make_autumn_sale, make_gifts
from tests.factories import add_fallback, make_running_campaign, make_segment, make_text_account

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_english")]


@pytest.fixture
def sale() -> AutumnSale:
    return make_autumn_sale()


def test_the_funnel_goes_from_the_audience_to_the_won(sale: AutumnSale) -> None:
    funnel = report_of(sale.campaign).funnel

    assert funnel == Funnel(
        targeted=7,
        sent=5,
        openable=5,
        opened=3,
        clicked=2,
        unsubscribed=1,
        failed=1,
        skipped=1,
        held_out=1,
        orders=2,
        buyers=2,
        revenue=80_000,
        refunded=5_000,
        cost=Decimal(50),
    )
    assert (funnel.net, funnel.net_per_message) == (75_000, Decimal(15_000))
    assert (funnel.open_rate, funnel.click_rate, funnel.opt_out_rate) == (0.6, 0.4, 0.2)


def test_contents_and_channels_add_up_to_the_campaign(sale: AutumnSale) -> None:
    report = report_of(sale.campaign)

    content, channel = report.breakdowns
    assert [
        (part.label, part.funnel.sent, part.funnel.opened, part.funnel.clicked, part.funnel.net)
        for part in content.parts
    ] == [("A", 3, 2, 1, 30_000), ("B", 2, 1, 1, 45_000)]
    assert [(part.label, part.funnel.sent, part.funnel.net) for part in channel.parts] == [("e-mail", 5, 75_000)]
    assert sum((part.funnel for part in content.parts), Funnel(buyers=2)) == report.funnel


def test_a_way_that_tells_no_opens_has_no_open_rate(sale: AutumnSale) -> None:
    account = make_text_account()
    fallback = add_fallback(sale.campaign, account)
    sale.campaign.messages.filter(pk=sale.b[0].pk).update(account=account, variant=fallback.variants.get())

    report = report_of(sale.campaign)

    mail, text = report.breakdowns[-1].parts
    assert (mail.funnel.open_rate, text.funnel.open_rate) == (0.5, None)
    assert text.note.endswith("where way 1 had failed")
    assert report.funnel.openable == 4
    days, hours = by_day(report.moments), by_hour(report.moments)
    assert sum(each.opened for each in days.values()) == report.funnel.opened == 2
    assert sum(each.opened for each in hours.values()) == 2


def test_steps_are_apart_where_there_are_several(sale: AutumnSale) -> None:
    second = sale.campaign.steps.create(position=2, account=sale.step.account)
    variant = second.variants.create(subject="한 번 더", html="<p>안녕하세요</p>")
    sale.campaign.messages.filter(pk=sale.b[1].pk).update(step=second, variant=variant)

    step, content, _channel = report_of(sale.campaign).breakdowns

    assert [(part.label, part.funnel.sent) for part in step.parts] == [("Step 1", 4), ("Step 2", 1)]
    assert [part.label for part in content.parts] == ["Step 1 · A", "Step 1 · B", "Step 2 · A"]


def test_days_and_hours_are_korean_and_refunds_stand_on_their_own_day(sale: AutumnSale) -> None:
    moments = report_of(sale.campaign).moments

    days = list(by_day(moments).values())
    hours = by_hour(moments)

    assert [(day.opened, day.clicked, day.revenue, day.refunded) for day in days] == [
        (3, 2, 30_000, 0),
        (0, 0, 50_000, 0),
        (0, 0, 0, 5_000),
    ]
    assert {hour: funnel.clicked for hour, funnel in hours.items() if funnel.clicked} == {10: 1, 20: 1}
    assert {hour: funnel.orders for hour, funnel in hours.items() if funnel.orders} == {10: 1, 12: 1}


def test_machines_are_apart_and_their_rates_beside(sale: AutumnSale) -> None:
    report = report_of(sale.campaign)

    assert [(sign.opens, sign.clicks) for sign in report.machines.signs] == [(1, 0)]
    assert (report.funnel.open_rate, report.machines.open_rate(report.funnel)) == (0.6, 0.8)
    assert report.machines.click_rate(report.funnel) == report.funnel.click_rate


def test_who_got_nothing_is_told_with_the_reason(sale: AutumnSale) -> None:
    report = report_of(sale.campaign)

    assert [(reason.label, reason.messages) for reason in report.left_out] == [("consent withdrawn", 1)]
    assert [(each.code, each.failed, each.returned) for each in report.failures] == [("invalid_recipient", 1, 0)]


def test_products_of_the_credited_orders(sale: AutumnSale) -> None:
    products = report_of(sale.campaign).products

    assert [(each.name, each.quantity, each.amount) for each in products] == [("우유", 3, 2_000), ("빵", 1, 1_000)]


def test_models_stand_side_by_side(sale: AutumnSale) -> None:
    models = {str(each.label): (each.orders, each.net) for each in report_of(sale.campaign).models}

    assert models["last human click"] == (2, 75_000)


def test_roi_counts_each_coupon_once(sale: AutumnSale) -> None:
    make_gifts(sale)

    report = report_of(sale.campaign)

    costs = report.costs
    assert (costs.sending, costs.coupon_uses, costs.discount, costs.discount_in_revenue) == (50, 2, 5_000, 3_000)
    assert (costs.points, costs.total) == (1_500, 6_550)
    # 75,000 net is after the 3,000 already: 78,000 − 6,550.
    assert costs.gain(report.funnel) == 71_450
    assert costs.roi(report.funnel) == Decimal(71_450) / 6_550


@pytest.mark.parametrize(
    ("roi", "said"),
    [("4.14", "414 %"), ("-0.5", "-50 %"), ("0.04", "4.0 %"), ("1499", "149,900 %"), ("-1", "-100 %"), (None, "–")],
)
def test_a_return_in_words(roi: str | None, said: str) -> None:
    assert roi_text(None if roi is None else Decimal(roi)) == said


def test_the_verdict_is_told_at_once(sale: AutumnSale) -> None:
    said = verdict_of(report_of(sale.campaign))

    assert said.startswith("₩75,000 attributed, from 2 orders of 2 customers.")
    assert said.endswith("ROI 149,900 %.")


def test_the_campaign_before_stands_beside(sale: AutumnSale) -> None:
    later = make_running_campaign(started_at=timezone.now() + timedelta(hours=1))

    report = report_of(later)

    assert report.before == sale.campaign
    assert (report.funnel_before.net, report.funnel_before.buyers) == (75_000, 2)
    assert report.funnel == Funnel()


def test_funnels_of_many_campaigns_do_not_mix(sale: AutumnSale) -> None:
    other = make_autumn_sale()

    funnels = funnels_of([sale.campaign.pk, other.campaign.pk])

    assert [funnel.net for funnel in funnels.values()] == [75_000, 75_000]
    assert funnels[other.campaign.pk].buyers == 2


def test_the_list_of_campaigns_says_what_the_report_says(sale: AutumnSale, django_assert_num_queries: object) -> None:
    silent = make_running_campaign()

    with django_assert_num_queries(1):
        found = earnings([sale.campaign.pk, silent.pk])

    assert found == {sale.campaign.pk: 75_000, silent.pk: 0}


def test_segments_are_those_of_the_planning(sale: AutumnSale) -> None:
    regulars, later, left = (make_segment(name=name) for name in ("단골", "나중에", "떠난"))
    first, second, third = (message.customer for message in sale.a)
    SegmentMembership.objects.create(segment=regulars, customer=first, entered_at=at(8))
    SegmentMembership.objects.create(segment=regulars, customer=second, entered_at=at(8))
    SegmentMembership.objects.create(segment=later, customer=second, entered_at=at(10))
    SegmentMove.objects.create(segment=later, customer=second, direction="in", moved_at=at(10))
    SegmentMove.objects.create(segment=left, customer=third, direction="in", moved_at=at(7))
    SegmentMove.objects.create(segment=left, customer=third, direction="out", moved_at=at(11))

    parts = by_segment(sale.campaign)

    assert [(part.name, part.funnel.sent, part.funnel.opened, part.funnel.net) for part in parts] == [
        ("단골", 2, 2, 30_000),
        ("떠난", 1, 0, 0),
    ]


def test_a_standing_campaign_goes_by_the_members_of_now(sale: AutumnSale) -> None:
    segment = make_segment(name="단골")
    SegmentMembership.objects.create(segment=segment, customer=sale.a[0].customer)
    Campaign.objects.filter(pk=sale.campaign.pk).update(entry="standing")
    sale.campaign.refresh_from_db()

    assert [(part.name, part.funnel.net) for part in by_segment(sale.campaign)] == [("단골", 30_000)]


def test_what_machines_alone_touched_is_kept_of_large_campaigns_only(
    sale: AutumnSale, monkeypatch: pytest.MonkeyPatch
) -> None:
    question = kept.QUESTIONS[machines.QUESTION]
    unkept = question.abouts()
    monkeypatch.setattr(machines, "LARGE", 8)

    large = question.abouts()

    assert (unkept, large) == ([], [str(sale.campaign.pk)])
    assert question.ask(large) == [[1, 0]]


def test_what_is_kept_is_shown_instead_of_asked_again(sale: AutumnSale) -> None:
    about = {"question": machines.QUESTION, "about": str(sale.campaign.pk)}
    KeptFigures.objects.create(**about, figures=[2, 1], computed_at=timezone.now(), milliseconds=9_000)

    found = report_of(sale.campaign).machines

    assert (found.opened, found.clicked) == (2, 1)


def test_stages_that_not_every_channel_tells_are_no_stages(sale: AutumnSale) -> None:
    mails = sale.campaign.messages.filter(status="sent")
    mails.update(delivery="delivered", delivered_at=at(9))
    told = [stage["label"] for stage in stages_of(report_of(sale.campaign))]
    silent = make_text_account()
    mails.filter(pk=sale.b[0].pk).update(account=silent, delivery="", delivered_at=None)

    left = [stage["label"] for stage in stages_of(report_of(sale.campaign))]

    assert told == ["Targeted", "Sent", "Delivered", "Opened", "Clicked", "Bought"]
    assert left == ["Targeted", "Sent", "Clicked", "Bought"]
