"""The pages of tiers: a ladder is built, looked at and changed; a tier is given by hand; the mark stands everywhere."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from crm_project.models import Kick
from customers.models import AccessLogEntry, Customer
from loyalty import tiers
from loyalty.models import Tier, TierGrant, TierRuleVersion, TierStanding
from loyalty.tiers import ladder
from tests.factories import make_customer, make_ladder, make_user

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_english")]

LADDER, EDITOR = "admin:loyalty_tier_changelist", reverse("admin:loyalty_tier_ladder")
TERMS = {
    "basis": "net_spend",
    "window": "rolling",
    "window_months": 12,
    "grace_days": 0,
    "downgrade": "requalify",
    "return_effect": "at_evaluation",
    "note": "spring",
}


@pytest.fixture
def client() -> Client:
    client = Client()
    client.force_login(User.objects.create_superuser("administrator"))
    return client


def written(*rows: tuple[object, ...]) -> dict[str, object]:
    """Return the form with rows of (tier, name, threshold)."""
    posted = TERMS | {"tier-TOTAL_FORMS": len(rows), "tier-INITIAL_FORMS": 0}
    for number, (tier, name, threshold) in enumerate(rows):
        given = {"tier": tier.pk if tier else "", "name": name, "colour": "gold", "threshold": threshold}
        posted |= {f"tier-{number}-{key}": value for key, value in given.items()}
    return posted


def spender(amount: int, **given: object) -> Customer:
    customer = make_customer(**given)
    day = timezone.localdate()
    tiers.credit(customer.pk, business_date=day, net_spend=amount, source_system="test", reference=str(customer.pk))
    return customer


def test_an_empty_page_leads_to_a_first_ladder(client: Client) -> None:
    assert "Build a ladder" in client.get(reverse(LADDER)).content.decode()
    assert "Welcome" in client.get(EDITOR).content.decode()


def test_a_ladder_is_put_in_force_and_everybody_is_put_where_they_stand(client: Client) -> None:
    answer = client.post(EDITOR, written((None, "Welcome", 0), (None, "Family", 50_000), (None, "", "")))

    assert answer.status_code == 302
    version = TierRuleVersion.objects.get()
    assert (version.number, version.note, version.published_by.username) == (1, "spring", "administrator")
    assert list(version.thresholds.values_list("tier__name", "threshold")) == [("Welcome", 0), ("Family", 50_000)]
    assert Kick.objects.filter(job="loyalty.tasks.apply_ladder").exists()


def test_what_cannot_stand_is_refused_with_what_was_typed_kept(client: Client) -> None:
    answer = client.post(EDITOR, written((None, "Welcome", 10), (None, "Family", 50_000)))

    page = answer.content.decode()
    assert "set its threshold to 0" in page
    assert 'value="50000"' in page
    assert not TierRuleVersion.objects.exists()


@pytest.mark.parametrize("address", ["effect", "look"])
def test_the_form_tells_who_would_move_and_saves_nothing(client: Client, address: str) -> None:
    welcome, silver, gold, vip = (each.tier for each in ladder.draft_of(make_ladder()).tiers)
    spender(250_000)
    spender(120_000)
    rows = (welcome, "Welcome", 0), (silver, "Silver", 150_000), (gold, "Gold", 200_000), (vip, "VIP", 1_000_000)

    look = {"_look": "1"} if address == "look" else {}
    url = EDITOR if look else reverse("admin:loyalty_tier_effect")
    page = client.post(url, written(*rows) | look).content.decode()

    assert "Silver → Gold: 1" in page
    assert "Silver → Welcome: 1" in page
    assert TierRuleVersion.objects.count() == 1


def test_a_form_with_a_fault_says_so_beside_the_picture(client: Client) -> None:
    page = client.post(reverse("admin:loyalty_tier_effect"), written((None, "Welcome", ""), (None, "x", -1)))

    assert "Mend the fields" in page.content.decode()


def test_the_ladder_shows_who_stands_where_and_who_moved(client: Client) -> None:
    make_ladder()
    for amount in (20_000, 150_000, 160_000, 400_000):
        spender(amount)
    TierStanding.objects.filter(tier__name="Gold").update(
        keep_missing=5_000, judged_on=timezone.localdate() + timedelta(days=9)
    )

    page = client.get(reverse(LADDER)).content.decode()

    assert "3 customers (75.0 %) stand above the lowest tier; 1 of them" in page
    assert "Welcome → Silver: 2" in page
    assert "1 at risk" in page


def test_a_tier_stands_in_the_list_the_drawer_and_the_page_of_a_customer(client: Client) -> None:
    make_ladder()
    customer = spender(250_000)
    addresses = (
        reverse("admin:customers_customer_changelist"),
        reverse("admin:customers_customer_drawer", args=[customer.pk]),
        reverse("admin:customers_customer_change", args=[customer.pk]),
    )

    for address in addresses:
        assert "tier-silver" in client.get(address).content.decode(), address
    assert "₩50,000 to Gold by" in client.get(addresses[2]).content.decode()


def test_who_may_not_see_tiers_sees_none() -> None:
    make_ladder()
    customer, client = spender(250_000), Client()
    client.force_login(make_user("clerk", "customers.view_customer"))

    for name, args in (("changelist", []), ("change", [customer.pk])):
        assert "tier-silver" not in client.get(reverse(f"admin:customers_customer_{name}", args=args)).content.decode()
    assert client.get(reverse("admin:loyalty_tier_customer", args=[customer.pk])).status_code == 403


def test_a_tier_is_given_and_withdrawn_on_the_page_of_the_history(client: Client) -> None:
    make_ladder()
    customer = spender(20_000)
    url = reverse("admin:loyalty_tier_customer", args=[customer.pk])
    last = timezone.localdate() + timedelta(days=30)
    given = {"tier": Tier.objects.get(name="VIP").pk, "ends_on": last.isoformat(), "reason": "apology"}

    assert client.post(url, given).status_code == 302
    page = client.get(url).content.decode()

    assert "granted by hand" in page
    assert "apology" in page
    assert "₩20,000" in page
    assert AccessLogEntry.objects.filter(customer=customer, action="view").exists()

    client.post(reverse("admin:loyalty_tier_withdraw", args=[TierGrant.objects.get().pk]))

    assert TierStanding.objects.get(pk=customer.pk).tier.name == "Welcome"


def test_who_may_look_at_a_history_may_not_give_a_tier() -> None:
    make_ladder()
    customer, client = spender(20_000), Client()
    client.force_login(make_user("reader", "customers.view_customer", "loyalty.view_tier"))
    url = reverse("admin:loyalty_tier_customer", args=[customer.pk])
    given = {"tier": Tier.objects.get(name="VIP").pk, "ends_on": "2099-01-01", "reason": "friend"}

    assert "Give the tier" not in client.get(url).content.decode()
    assert client.post(url, given).status_code == 403
    assert not TierGrant.objects.exists()
