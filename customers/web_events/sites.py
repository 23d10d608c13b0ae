"""The sites with a tracker: which one a call is for, the secret it gets, and what was heard of it last."""

import re
import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from django.db.models import Q
from django.utils.translation import gettext as _

from crm_project.sealed_secrets import seal
from customers.errors import BadValue
from customers.models import TrackedSite

KEY = re.compile(r"[A-Za-z0-9_-]{1,24}", re.ASCII)
LONGEST_ORIGIN = 200
# What the page of the site shows needs no more writes than this.
NOTE_EVERY = timedelta(seconds=5)
# Pages that were served before a new secret was made go on saying what the former one signed.
FORMER_SECRET_COUNTS = timedelta(days=1)


def find(public_key: str) -> TrackedSite | None:
    """Return the active site of that key."""
    if not KEY.fullmatch(public_key):
        return None
    return TrackedSite.objects.filter(public_key=public_key, is_active=True).first()


def give_secret(site: TrackedSite, *, at: datetime) -> str:
    """Give the site a new secret, in memory, and return it; one it had counts for a day more."""
    secret = secrets.token_hex(32)
    if site.sealed_secret:
        site.sealed_former_secret, site.former_secret_until = site.sealed_secret, at + FORMER_SECRET_COUNTS
    site.sealed_secret = seal(secret)
    return secret


def read_origin(text: str) -> str:
    """Return the origin of a shop's address as browsers name it: scheme, host, and the port where it is no usual one.

    Raises:
        BadValue: it is no web address, or one without encryption that is not this machine's.
    """
    problem = BadValue(
        _("“%(text)s” is no address of a site. Write it like https://www.shop.example.") % {"text": text}
    )
    try:
        parts = urlsplit(text.strip())
        host, port = (parts.hostname or "").encode("idna").decode("ascii"), parts.port
    except ValueError as error:
        raise problem from error
    is_local = host in ("localhost", "127.0.0.1")
    if not host or parts.username or parts.scheme not in (("https", "http") if is_local else ("https",)):
        raise problem
    usual = {"https": 443, "http": 80}[parts.scheme]
    return f"{parts.scheme}://{host}" + (f":{port}" if port and port != usual else "")


def note_events(site: TrackedSite, first: Mapping[str, object], *, at: datetime) -> None:
    """Note that the site reported something, and what."""
    what = " ".join(str(first[name]) for name in ("kind", "sku", "prop.path") if name in first)[:200]
    lately = Q(last_event_at=None) | Q(last_event_at__lt=at - NOTE_EVERY)
    TrackedSite.objects.filter(lately, pk=site.pk).update(last_event_at=at, last_event=what)


def note_refusal(site: TrackedSite, why: TrackedSite.Refusal, *, origin: str = "", at: datetime) -> None:
    """Note that a call in the site's name was refused, so that who set it up finds the cause."""
    whence = "".join(letter for letter in origin[:LONGEST_ORIGIN] if letter.isprintable())
    lately = Q(last_refused_at=None) | Q(last_refused_at__lt=at - NOTE_EVERY)
    changes = {"last_refused_at": at, "last_refusal": why, "last_refused_origin": whence}
    TrackedSite.objects.filter(lately, pk=site.pk).update(**changes)
