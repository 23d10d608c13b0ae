"""No page, list, search or answer of the API says a name, a phone or an e-mail to who may not see them (F-03, P-17)."""

import json
import re
from collections.abc import Iterator
from urllib.parse import quote

import pytest
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.models import Group, User
from django.contrib.contenttypes.models import ContentType
from django.core.cache import cache
from django.test import Client
from django.urls import NoReverseMatch, reverse

from crm_project import roles
from crm_project.models import Job
from crm_project.redaction import without_personal_data
from customers.access_log import MAY_UNMASK
from customers.models import AccessLogEntry, Customer, CustomerNote, Event, SubjectRequest
from tests import addresses
from tests.whole_shop import Shop, newest, open_shop

pytestmark = pytest.mark.slow

# A name that is no other word, and how each may be written down.
NAME, EMAIL, PHONE = "뷁궯쀍", "secret.person@leak.example", "+821098761234"
SECRETS = (NAME, EMAIL, "secret.person", PHONE, "01098761234", "010-9876-1234", "821098761234", "1990-03-04")
# The middle of the phone beside a digit or a mask of its own: four digits alone also stand in times and numbers.
PART_OF_THE_PHONE = re.compile(r"010[-. ]?9876|9876[-. ]?1234|[*•]-?9876|9876-?[*•]")
MASKED = [role for role in roles.ROLES if MAY_UNMASK not in role.permissions]
NUMBER = "LEAK-1"


@pytest.fixture
def shop(db, settings, tmp_path) -> Shop:
    cache.clear()
    settings.OUTBOX_DIR, settings.EXPORT_DIR = tmp_path / "outbox", tmp_path / "exports"
    shop = open_shop()
    tell_everywhere(newest(Customer), shop)
    return shop


def tell_everywhere(person: Customer, shop: Shop) -> None:
    """Have the person's name, phone and e-mail stand wherever words may stand."""
    Customer.objects.update(name=NAME, email=EMAIL, phone=PHONE)
    words = f"{NAME} {EMAIL} 010-9876-1234"
    own = {"memo": f"{NAME} 님 {PHONE}", "contacts": [NAME, EMAIL, words]}
    Customer.objects.filter(pk=person.pk).update(external_id=NUMBER, attributes=own)
    CustomerNote.objects.create(customer=person, text=words, author=shop.author)
    SubjectRequest.objects.update(details=words, customer=person)
    Event.objects.filter(customer=person).update(properties={"query": words})
    Job.objects.exclude(last_error="").update(last_error=without_personal_data(f"Failed for {EMAIL}"))
    AccessLogEntry.objects.create(user=shop.author, action="unmask", customer=person, reason=words)
    kind = ContentType.objects.get_for_model(Customer)
    LogEntry.objects.create(
        user=shop.author, content_type=kind, object_id=person.pk, object_repr=str(person), action_flag=CHANGE
    )


def asked(shop: Shop) -> Iterator[str]:
    """Yield every address that answers a GET, the box to search in and the reading side of the API among them."""
    for each in (*addresses.stock_addresses(), *addresses.own_addresses(shop)):
        yield each.path
    for words in (NUMBER, NAME, EMAIL, "010-9876-1234"):
        yield f"{reverse('search')}?q={words}"
        yield f"{reverse('admin:customers_customer_changelist')}?q={words}"
    for name in sorted(addresses.names("api/")):
        try:
            yield reverse(name)
        except NoReverseMatch:
            continue


def said(client: Client, path: str) -> str:
    """Return what an address answers; escapes that hide a Korean name are read."""
    answer = client.get(path, follow=True)
    body = b"".join(answer.streaming_content) if answer.streaming else answer.content
    text = body.decode(errors="replace")
    return text + json.dumps(json.loads(text), ensure_ascii=False) if "json" in answer.get("Content-Type", "") else text


def test_nobody_without_the_right_reads_who_it_is(shop):
    # One person with every role that sees masked sees all that each of them sees.
    user = User.objects.create_user("all at once", is_staff=True)
    user.groups.set(Group.objects.filter(name__in=[role.name for role in MASKED]))
    client = Client(raise_request_exception=False)
    client.force_login(user)

    leaks = {}
    for path in asked(shop):
        text = said(client, path)
        for own_words in filter(None, (path.partition("?q=")[2], quote(path.partition("?q=")[2]))):
            text = text.replace(own_words, "")
        found = {secret for secret in SECRETS if secret in text} | set(PART_OF_THE_PHONE.findall(text))
        if found:
            leaks[path] = found

    assert user.groups.count() == len(MASKED)
    assert {path: sorted(found) for path, found in leaks.items()} == {}
