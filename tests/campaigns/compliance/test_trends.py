"""The charts of the compliance board: who refused when, and what falls due when."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine

from campaigns.compliance import trends
from customers import consent
from customers.models import NoticeDuty, PhoneOptOut
from tests.factories import make_customer

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_english")]

SEOUL = ZoneInfo("Asia/Seoul")
SATURDAY = date(2026, 11, 21)
MONDAY_MIDNIGHT = datetime(2026, 11, 16, tzinfo=SEOUL)


def test_a_refusal_belongs_to_the_korean_week_it_was_said_in() -> None:
    for moment in (MONDAY_MIDNIGHT, MONDAY_MIDNIGHT - timedelta(seconds=1), MONDAY_MIDNIGHT - timedelta(days=200)):
        PhoneOptOut.objects.create(phone=f"+8210{PhoneOptOut.objects.count():08}", opted_out_at=moment)

    chart = trends.opt_outs(SATURDAY)

    assert (chart.labels[-1], len(chart.labels)) == ("11-16", 26)
    assert chart.series[1].values == [0] * 24 + [1, 1]


def test_weeks_begin_on_monday() -> None:
    assert [trends.week_of(date(2026, 11, day)) for day in (15, 16, 22)] == [
        date(2026, 11, 9),
        date(2026, 11, 16),
        date(2026, 11, 16),
    ]


def test_a_customer_who_withdraws_twice_in_a_week_is_one() -> None:
    customer = make_customer()
    for channel in ("email", "sms"):
        terms = {"purpose": "ad_receive", "channel": channel, "method": "web"}
        consent.grant(customer.pk, occurred_at=MONDAY_MIDNIGHT - timedelta(days=30), **terms)
        consent.withdraw(customer.pk, occurred_at=MONDAY_MIDNIGHT + timedelta(days=1), **terms)

    chart = trends.opt_outs(SATURDAY)

    assert chart.series[0].values == [0] * 25 + [1]


@time_machine.travel(MONDAY_MIDNIGHT + timedelta(days=5, hours=9), tick=False)
def test_what_is_late_stands_first_and_the_rest_by_the_week_of_its_last_day() -> None:
    customer = make_customer()
    terms = {"purpose": "ad_receive", "channel": "email", "method": "web"}
    # Answered within 14 days, asked again after two years.
    consent.grant(customer.pk, occurred_at=datetime(2024, 12, 5, 12, tzinfo=SEOUL), **terms)
    NoticeDuty.objects.filter(kind="result_notice").update(due_on=date(2026, 11, 20))

    chart = trends.falling_due(SATURDAY)

    asked, notices = (series.values for series in chart.series)
    assert chart.labels[:4] == ["late", "11-16", "11-23", "11-30"]
    assert (asked[0], asked[3], sum(asked)) == (0, 1, 1)
    assert (notices[0], sum(notices)) == (1, 1)
