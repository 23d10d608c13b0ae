"""What the shop does for the tracker: the line in its pages, and the signature for who is logged in."""

from urllib.parse import urlsplit

from django.http import HttpRequest
from django.utils import timezone

from crm_project.demo.complete_journey import SOURCE
from crm_project.sealed_secrets import unseal
from customers.models import Customer, TrackedSite
from customers.web_events import sites
from customers.web_events.identity import sign

NAME = "단골마트 웹 쇼핑몰 (데모)"
# Names of the same machine: opened by the other one, the shop is another site than ours, as in life.
NAMES_OF_THIS_MACHINE = ("127.0.0.1", "localhost")
SHOPPER = "demo_shopper"
MOST_SHOPPERS = 6


def set_up(address: str) -> TrackedSite:
    """Make the shop's tracker, or have it listen to the shop at this address too."""
    new = TrackedSite(name=NAME, source=SOURCE, allowed_origins=[])
    site = TrackedSite.objects.filter(name=NAME).first() or new
    if not site.sealed_secret:
        sites.give_secret(site, at=timezone.now())
    parts = urlsplit(address)
    names = NAMES_OF_THIS_MACHINE if parts.hostname in NAMES_OF_THIS_MACHINE else (parts.hostname,)
    port = f":{parts.port}" if parts.port else ""
    ours = [f"{parts.scheme}://{name}{port}" for name in names]
    site.allowed_origins = list(dict.fromkeys([*site.allowed_origins, *ours]))
    site.save()
    return site


def shop_address(address: str) -> str:
    """Return where to open the shop of a product at this address."""
    return address.replace("//127.0.0.1", "//localhost") + "/demo-shop/"


def shoppers() -> list[Customer]:
    """Return the made-up customers one may log in as."""
    return list(Customer.objects.living().filter(source=SOURCE, is_demo=True).order_by("pk")[:MOST_SHOPPERS])


def shopper_of(request: HttpRequest) -> Customer | None:
    """Return who is logged in."""
    number = request.session.get(SHOPPER)
    return next((each for each in shoppers() if each.external_id == number), None) if number else None


def token(site: TrackedSite, shopper: Customer) -> str:
    """Return what proves to the tracker's side who is logged in. Another shop has the secret in its own settings."""
    return sign(unseal(site.sealed_secret), shopper.external_id, at=timezone.now())
