"""The pages of the report: who may see them, what they show, print and hand out, and what they cost."""

from datetime import timedelta

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from campaigns.models import Campaign, Hit
from loyalty.models import Coupon, CouponRedemption
from tests.analytics.campaign_report.autumn_sale import AutumnSale, at, make_autumn_sale, make_gifts
from tests.factories import make_customer, make_message, make_running_campaign, make_user

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_english")]

RESULTS = ("analytics.view_attributedorder", "campaigns.view_campaign")
REPORT = "/admin/results/campaigns/{}/"
PAGES = (REPORT, REPORT + "report.csv", REPORT + "segments/", "/admin/results/compare/")
MOST_STATEMENTS = 33


@pytest.fixture(autouse=True)
def _nothing_cached() -> None:
    cache.clear()


@pytest.fixture
def sale() -> AutumnSale:
    return make_autumn_sale()


def signed_in(*permissions: str) -> Client:
    """A member of staff with these permissions and no more."""
    client = Client()
    client.force_login(make_user("minji", *permissions))
    return client


def page(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.mark.parametrize("path", PAGES)
def test_the_report_is_closed_to_strangers_and_to_staff_without_permission(path: str, sale: AutumnSale) -> None:
    address = path.format(sale.campaign.pk)

    assert Client().get(address).status_code == 302
    for permissions in ((), RESULTS[:1], RESULTS[1:]):
        client = Client()
        client.force_login(make_user(f"staff {len(permissions)} {permissions}", *permissions))
        assert client.get(address).status_code == 403


def test_the_page_draws_every_stage_and_leads_to_who_is_behind_it(sale: AutumnSale) -> None:
    client = signed_in(*RESULTS, "campaigns.view_message")
    stages = client.get(REPORT.format(sale.campaign.pk)).context["stages"]

    assert [(stage["label"], stage["count"]) for stage in stages] == [
        ("Targeted", 7),
        ("Sent", 5),
        ("Opened", 3),
        ("Clicked", 2),
        ("Bought", 2),
    ]
    clicked = client.get(stages[3]["url"])
    assert {row["customer"].pk for row in clicked.context["rows"]} == {sale.a[0].customer_id, sale.b[0].customer_id}


def test_figures_lead_nobody_to_pages_that_are_closed_to_them(sale: AutumnSale) -> None:
    address = REPORT.format(sale.campaign.pk)
    ways = ("/recipients/?", address + "segments/")

    closed = page(signed_in(*RESULTS), f"{address}?part")
    open_to_both = Client()
    open_to_both.force_login(make_user("suji", *RESULTS, "campaigns.view_message", "customers.view_segment"))

    assert [way in closed for way in ways] == [False, False]
    assert [way in page(open_to_both, f"{address}?part") for way in ways] == [True, True]


def test_the_page_says_what_the_sum_is_made_of(sale: AutumnSale) -> None:
    make_gifts(sale)

    content = page(signed_in(*RESULTS), REPORT.format(sale.campaign.pk))

    for words in ("of refunds", "2 uses, after returns", "1,091 %", "오늘만 할인"):
        assert words in content


def test_the_campaign_before_is_drawn_in_grey(sale: AutumnSale) -> None:
    later = make_running_campaign(started_at=timezone.now() + timedelta(hours=1))
    make_message(later, make_customer())

    context = signed_in(*RESULTS).get(REPORT.format(later.pk)).context

    assert [stage["previous"] for stage in context["stages"]] == [7, 5, 3, 2, 2]
    assert f"campaign={later.pk}&campaign={sale.campaign.pk}" in context["compare_url"]


def test_the_report_refreshes_itself_by_its_numbers_alone(sale: AutumnSale) -> None:
    address = f"{REPORT.format(sale.campaign.pk)}?part"

    part = page(signed_in(*RESULTS), address)

    assert part.lstrip().startswith('<div id="report"')
    assert f'data-refresh="{address}"' in part
    assert "<html" not in part


@pytest.mark.parametrize(
    ("status", "finished_days_ago", "moves"),
    [("active", None, True), ("finished", 4, True), ("finished", 6, False), ("paused", None, False)],
)
def test_a_report_rests_once_the_window_of_the_last_messages_is_over(
    status: str, finished_days_ago: int | None, moves: bool, sale: AutumnSale
) -> None:
    now = timezone.now()
    finished_at = None if finished_days_ago is None else now - timedelta(days=finished_days_ago)
    begun = {"started_at": now - timedelta(days=9), "finished_at": finished_at}
    Campaign.objects.filter(pk=sale.campaign.pk).update(status=status, **begun)

    assert ("data-refresh=" in page(signed_in(*RESULTS), REPORT.format(sale.campaign.pk))) is moves


def test_a_campaign_that_sent_nothing_says_when_the_report_begins() -> None:
    content = page(signed_in(*RESULTS), REPORT.format(make_running_campaign().pk))

    assert "Nothing was sent yet" in content
    assert "report.csv" not in content


def test_the_report_can_be_printed(sale: AutumnSale) -> None:
    content = page(signed_in(*RESULTS), REPORT.format(sale.campaign.pk))

    assert "data-prints" in content
    assert "dangol/campaign-report.css" in content


def test_the_file_opens_in_a_spreadsheet_and_runs_nothing(sale: AutumnSale) -> None:
    Campaign.objects.filter(pk=sale.campaign.pk).update(name='=HYPERLINK("http://x")')

    answer = signed_in(*RESULTS).get(REPORT.format(sale.campaign.pk) + "report.csv")

    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert answer.headers["Content-Disposition"].endswith(f'"campaign-{sale.campaign.pk}-report.csv"')
    assert answer.content.startswith(b"\xef\xbb\xbfPart,Name,Targeted,Sent,")
    lines = answer.content.decode("utf-8-sig").split("\r\n")
    assert lines[1] == ("""Whole campaign,"'=HYPERLINK(""http://x"")",7,5,0,3,2,1,1,1,1,2,80000,5000,50.00,,""")
    assert "By content,B (오늘만 할인),2,2,0,1,1,1,0,0,0,1,50000,5000,20.00,," in lines
    assert f"By day,{timezone.localdate(at(9))},0,5,0,3,2,1,0,0,0,1,30000,0,50.00,," in lines
    assert f"Products,우유{',' * 14}3,2000" in lines
    assert f"Left out,consent withdrawn{',' * 14}1," in lines


def test_the_file_names_no_customer(sale: AutumnSale) -> None:
    content = signed_in(*RESULTS).get(REPORT.format(sale.campaign.pk) + "report.csv").content.decode()

    for message in [*sale.a, *sale.b]:
        assert message.customer.external_id not in content
        assert message.customer.email not in content


def test_a_past_campaign_shows_its_coupons_instead() -> None:
    now = timezone.now()
    past = Campaign.objects.create(
        name="쿠폰북",
        purpose="ad",
        source="other",
        external_id="1",
        started_at=now - timedelta(days=9),
        finished_at=now,
    )
    coupon = Coupon.objects.create(external_id="1", name="우유")
    past.coupons.add(coupon)
    targeted = [past.enrollments.create(customer=make_customer()).customer for _ in range(4)]
    uses = [(targeted[0], 3), (targeted[0], 2), (targeted[1], 10), (make_customer(), 3)]
    for number, (customer, days) in enumerate(uses):
        CouponRedemption.objects.create(
            external_id=str(number), coupon=coupon, customer=customer, redeemed_at=now - timedelta(days=days)
        )

    found = signed_in(*RESULTS).get(REPORT.format(past.pk)).context["redemptions"]

    assert (found.targeted, found.redeemers, found.uses) == (4, 1, 2)
    assert [uses for _day, uses in found.by_day] == [1, 1]


@pytest.mark.parametrize("more", [0, 40])
def test_the_report_costs_the_same_for_few_and_for_many(
    more: int, sale: AutumnSale, django_assert_max_num_queries: object
) -> None:
    other = make_running_campaign(links=("https://shop.example/",), started_at=at(8))
    for _ in range(more):
        make_message(other, make_customer(), clicked_at=at(9), opened_at=at(9))
    client = signed_in(*RESULTS)
    address = f"{REPORT.format(sale.campaign.pk)}?part"
    page(client, address)

    with django_assert_max_num_queries(MOST_STATEMENTS):
        page(client, address)


def test_what_a_hostile_mail_program_says_is_never_markup(sale: AutumnSale) -> None:
    Campaign.objects.filter(pk=sale.campaign.pk).update(name="<script>alert(1)</script>")
    Hit.objects.filter(is_machine=True).update(machine_reason="<img src=x>")

    content = page(signed_in(*RESULTS), REPORT.format(sale.campaign.pk))

    assert "<script>alert(1)" not in content
    assert "<img src=x>" not in content
