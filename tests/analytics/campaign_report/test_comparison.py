"""Campaigns side by side."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from analytics.campaign_report.comparison import chosen_among, compare, offered
from analytics.errors import ComparisonRefused
from campaigns.models import Campaign
from tests.analytics.campaign_report.autumn_sale import make_autumn_sale
from tests.factories import make_customer, make_message, make_running_campaign, make_user

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_english")]

PAGE = "/admin/results/compare/"


@pytest.fixture
def reader() -> Client:
    client = Client()
    client.force_login(make_user("minji", "analytics.view_attributedorder", "campaigns.view_campaign"))
    return client


def make_seven() -> list[Campaign]:
    now = timezone.now()
    return [make_running_campaign(name=f"캠페인 {day}", started_at=now - timedelta(days=9 - day)) for day in range(7)]


def test_the_last_five_stand_there_unasked_the_oldest_first() -> None:
    seven = make_seven()
    Campaign.objects.create(name="초안", purpose="ad")

    assert chosen_among(offered(), []) == seven[2:]


@pytest.mark.parametrize("count", [1, 7])
def test_fewer_than_two_and_more_than_six_are_refused(count: int) -> None:
    seven = make_seven()

    with pytest.raises(ComparisonRefused, match="Choose 2 to 6"):
        chosen_among(offered(), [campaign.pk for campaign in seven[:count]])


def test_every_line_has_each_campaign_and_marks_the_best() -> None:
    sale = make_autumn_sale().campaign
    weak = make_running_campaign()
    make_message(weak, make_customer())

    rows = {str(row.figure.label): row for row in compare([weak, sale])}

    assert (rows["Sent"].values, rows["Sent"].best) == ([1, 5], None)
    assert (rows["Attributed revenue"].values, rows["Attributed revenue"].best) == ([0, 75_000], 1)
    assert (rows["Opt-out rate"].values, rows["Opt-out rate"].best) == ([0, 0.2], 0)
    assert rows["ROI"].values == [None, 1_499]


def test_a_wrong_choice_is_answered_in_words_beside_the_last_five(reader: Client) -> None:
    seven = make_seven()

    answer = reader.get(PAGE, {"campaign": [seven[0].pk]})

    assert answer.context["refusal"] == "Choose 2 to 6 campaigns to compare; 1 were chosen."
    assert len(answer.context["campaigns"]) == 5


@pytest.mark.parametrize("asked", ["x", "", "9" * 30, "-1", "٣"])
def test_an_address_that_somebody_changed_shows_the_last_five(reader: Client, asked: str) -> None:
    make_seven()

    assert len(reader.get(PAGE, {"campaign": asked}).context["campaigns"]) == 5


def test_without_two_campaigns_the_page_says_what_it_is_for(reader: Client) -> None:
    assert "Too few campaigns to compare" in reader.get(PAGE).content.decode()


def test_the_table_is_handed_out_as_a_file(reader: Client) -> None:
    sale = make_autumn_sale().campaign
    other = make_running_campaign(name="@SUM(1)")

    answer = reader.get(PAGE, {"campaign": [sale.pk, other.pk], "format": "csv"})

    lines = answer.content.decode("utf-8-sig").split("\r\n")
    assert answer.content.startswith(b"\xef\xbb\xbf")
    assert lines[0] == "Figure,가을 감사제,'@SUM(1)"
    assert "Attributed revenue,75000,0" in lines


def test_six_cost_as_many_statements_as_two(reader: Client, django_assert_max_num_queries: object) -> None:
    seven = make_seven()
    reader.get(PAGE)

    with django_assert_max_num_queries(14):
        reader.get(PAGE, {"campaign": [campaign.pk for campaign in seven[:6]]})
