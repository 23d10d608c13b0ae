"""Tokens in messages: they lead back to us, and nobody else can write one."""

import base64
import hmac
from collections.abc import Callable

import pytest
from django.core.exceptions import ImproperlyConfigured

from campaigns import links
from campaigns.models import Hit
from crm_project import signed_tokens


@pytest.fixture(autouse=True)
def _known_keys(settings: object) -> None:
    settings.TRACKING_KEYS = "1:first-secret"
    settings.SITE_URL = "https://crm.example.kr"


@pytest.mark.parametrize(
    ("url", "token"),
    [
        (links.open_url, links.Token(7, 0, Hit.Kind.OPEN)),
        (links.unsubscribe_url, links.Token(7, 0, Hit.Kind.UNSUBSCRIBE)),
        (lambda message_id: links.click_url(message_id, 3), links.Token(7, 3, Hit.Kind.CLICK)),
    ],
)
def test_what_was_written_into_an_address_is_read_back(url: Callable[[int], str], token: links.Token) -> None:
    written = url(7).rpartition("/")[2].removesuffix(".gif")

    assert links.read(written) == token


@pytest.mark.parametrize("key", ["short", "x" * 64, "x" * 65])
def test_a_token_is_what_the_standard_library_would_make_of_it(key: str, settings: object) -> None:
    settings.TRACKING_KEYS = f"9:{key}"
    said = bytes([9]) + links.BODY.pack(links.CLICK, 3, 7)
    mac = hmac.new(key.encode(), said, "sha256").digest()[:12]

    assert links.write(7, Hit.Kind.CLICK, 3) == base64.urlsafe_b64encode(said + mac).decode()


@pytest.mark.parametrize("count", [0, 1, 5])
def test_all_addresses_of_a_message_are_those_made_one_by_one(count: int) -> None:
    clicks = [links.click_url(7, number) for number in range(1, count + 1)]

    assert links.addresses(7, count) == (links.open_url(7), links.unsubscribe_url(7), clicks, links.trap_url(7))


def test_addresses_are_short_and_name_nobody() -> None:
    assert links.click_url(2**40, 12).startswith("https://crm.example.kr/c/")
    assert len(links.write(2**40, Hit.Kind.CLICK, 12)) == 32


@pytest.mark.parametrize("place", range(32))
def test_a_token_changed_in_any_place_is_refused(place: int) -> None:
    token = links.write(7, Hit.Kind.CLICK, 3)
    other = "A" if token[place] != "A" else "B"

    assert links.read(token[:place] + other + token[place + 1 :]) is None


@pytest.mark.parametrize("token", ["", "A" * 32, "A" * 31, "A" * 33, "가" * 32, "+/" * 16, "A" * 32 + "\n", "=" * 32])
def test_what_is_not_a_token_is_refused(token: str) -> None:
    assert links.read(token) is None


def test_a_token_in_the_other_alphabet_of_base64_is_refused() -> None:
    tokens = [links.write(number, Hit.Kind.OPEN) for number in range(20)]
    others = {token.replace("-", "+").replace("_", "/") for token in tokens}.difference(tokens)

    assert others
    assert {links.read(other) for other in others} == {None}


def test_a_new_key_leaves_links_in_old_mails_working(settings: object) -> None:
    old = links.write(7, Hit.Kind.OPEN)

    settings.TRACKING_KEYS = "2:second-secret,1:first-secret"

    assert links.read(old) == links.Token(7, 0, Hit.Kind.OPEN)
    assert links.write(7, Hit.Kind.OPEN) != old


def test_a_removed_key_ends_its_links(settings: object) -> None:
    old = links.write(7, Hit.Kind.OPEN)

    settings.TRACKING_KEYS = "2:second-secret"

    assert links.read(old) is None


def test_a_bare_secret_is_the_first_version(settings: object) -> None:
    old = links.write(7, Hit.Kind.OPEN)

    settings.TRACKING_KEYS = "first-secret"

    assert links.write(7, Hit.Kind.OPEN) == old


@pytest.mark.parametrize("keys", ["", " ", "0:a", "256:a", "two:a", "1:a,1:b", "a,b", "2:", "2:,1:a"])
def test_keys_that_cannot_be_told_apart_are_refused(keys: str) -> None:
    with pytest.raises(ImproperlyConfigured):
        signed_tokens.keys(keys)
