"""Setting a web tracker up in the admin."""

import pytest
from django.test import Client

from crm_project.sealed_secrets import unseal
from customers.models import TrackedSite
from customers.web_events import sites
from tests.factories import make_tracked_site

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_english")]

FORM = {"name": "Main mall", "source": "shop", "allowed_origins": "https://www.shop.example/\n", "is_active": "on"}


def test_a_new_site_shows_its_line_and_once_its_secret(admin_client: Client) -> None:
    made = admin_client.post("/admin/customers/trackedsite/add/", FORM | {"asks_first": "on"}).content.decode()

    site = TrackedSite.objects.get()
    secret = unseal(site.sealed_secret)
    page = admin_client.get(f"/admin/customers/trackedsite/{site.pk}/change/").content.decode()
    line = f"data-site=&quot;{site.public_key}&quot; data-consent=&quot;required&quot; defer&gt;&lt;/script&gt;"
    assert site.allowed_origins == ["https://www.shop.example"]
    assert line in made
    assert line in page
    assert secret in made
    assert secret not in page
    assert len(secret) == 64
    assert secret not in str(TrackedSite.objects.values().get())


def test_a_new_secret_is_shown_once_and_the_former_one_counts_for_a_while(admin_client: Client) -> None:
    site = make_tracked_site()
    address = f"/admin/customers/trackedsite/{site.pk}/change/"

    changed = admin_client.post(address, FORM | {"new_secret": "on"}).content.decode()

    former, site = site, TrackedSite.objects.get()
    assert unseal(site.sealed_secret) in changed
    assert site.sealed_former_secret == former.sealed_secret
    assert site.former_secret_until is not None


@pytest.mark.parametrize(
    "line", ["shop.example", "http://shop.example", "https://", "javascript:alert(1)", "https://a:b@c"]
)
def test_an_address_that_is_none_is_named(admin_client: Client, line: str) -> None:
    page = admin_client.post("/admin/customers/trackedsite/add/", FORM | {"allowed_origins": line}).content.decode()

    assert "is no address of a site" in page
    assert not TrackedSite.objects.exists()


@pytest.mark.parametrize(
    ("written", "origin"),
    [
        ("https://www.shop.example", "https://www.shop.example"),
        (" https://Shop.example:443/kr/?a=1 ", "https://shop.example"),
        ("https://shop.example:8443/", "https://shop.example:8443"),
        ("https://단골.example", "https://xn--bb0bu7i.example"),
        ("http://localhost:8000/demo-shop/", "http://localhost:8000"),
    ],
)
def test_addresses_are_stored_as_browsers_name_them(written: str, origin: str) -> None:
    assert sites.read_origin(written) == origin


def test_the_live_check_says_what_was_refused_and_escapes_it(admin_client: Client) -> None:
    site = make_tracked_site(
        last_refused_at="2026-11-20T12:00Z", last_refusal="origin", last_refused_origin="https://<script>"
    )

    page = admin_client.get(f"/admin/customers/trackedsite/{site.pk}/live/").content.decode()

    assert "Nothing heard yet" in page
    assert "from an address that is not allowed <code>https://&lt;script&gt;</code>" in page
