"""System checks of what spans several settings; `manage.py check` runs them, `check --deploy` the rest."""

import math
import os
import re
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register

from crm_project import queue

SECRETS = (
    "SECRET_KEY",
    "TRACKING_KEYS",
    "PREFERENCE_KEYS",
    "SURVEY_KEYS",
    "ADDRESS_HASH_KEY",
    "ERASURE_HASH_KEY",
    "SECRETS_KEYS",
)
# Beyond the time a task may wait and run: for the result's way back.
SECONDS_FOR_THE_RESULT = 30
LINK_KEYS = ("TRACKING_KEYS", "PREFERENCE_KEYS", "SURVEY_KEYS")
VERSIONED_KEY = re.compile(r"(?:(\d{1,3}):)?[^\s:,]+")


def register_all() -> None:
    """Hand the checks to Django."""
    for check in (queue_settings, database_settings, site_address, link_keys):
        register(check)
    for check in (https_in_production, shared_secrets):
        register(check, Tags.security, deploy=True)


def queue_settings(**kwargs: object) -> list[CheckMessage]:
    """Check that no task is handed out again while it may still run, and that drains stop before they are cut."""
    found: list[CheckMessage] = []
    if settings.Q_CLUSTER["name"] != "default":
        found.append(
            Error(
                "Q_CLUSTER's name was changed.",
                hint="Name it 'default' for ever: rows already queued carry that name and would never run.",
                id="dangol.E001",
            )
        )
    for cluster in queue.SECONDS_TO_DRAIN:
        found += _cluster_settings(cluster, queue.cluster_settings(cluster))
    return found


def _cluster_settings(cluster: str, values: dict[str, int]) -> list[CheckMessage]:
    found: list[CheckMessage] = []
    rounds = 1 + math.ceil((values["queue_limit"] + values["bulk"]) / values["workers"])
    least = values["timeout"] * rounds + SECONDS_FOR_THE_RESULT
    if values["retry"] < least:
        found.append(
            Error(
                f"The queue {cluster!r} hands a task out again after {values['retry']} s, while it may still run.",
                hint=f"Set its retry to {least} or more: timeout × {rounds} rounds of waiting and running, plus 30.",
                id="dangol.E002",
            )
        )
    if queue.SECONDS_TO_DRAIN[cluster] >= values["timeout"]:
        found.append(
            Error(
                f"Jobs of the queue {cluster!r} are cut before they stop by themselves.",
                hint=f"Set its timeout above {queue.SECONDS_TO_DRAIN[cluster]} seconds.",
                id="dangol.E003",
            )
        )
    return found


def database_settings(**kwargs: object) -> list[CheckMessage]:
    """Check that connections are kept, and not shared with the queue's forked workers."""
    database = settings.DATABASES["default"]
    found: list[CheckMessage] = []
    if database.get("CONN_MAX_AGE") == 0:
        found.append(
            Error(
                "CONN_MAX_AGE is 0, so the queue connects anew before every statement.",
                hint="Set it to some minutes, such as 600.",
                id="dangol.E004",
            )
        )
    if database.get("OPTIONS", {}).get("pool"):
        found.append(
            Error(
                "A connection pool is switched on.",
                hint="Remove `pool` from the database's OPTIONS: forked queue workers share its sockets and hang.",
                id="dangol.E005",
            )
        )
    return found


def site_address(**kwargs: object) -> list[CheckMessage]:
    """Check that links in mails can be made."""
    site = urlsplit(settings.SITE_URL)
    if site.scheme in ("http", "https") and site.hostname and not site.path:
        return []
    return [
        Error(
            f"SITE_URL is {settings.SITE_URL!r}, which is no address of a site.",
            hint="Give scheme and host, such as https://crm.example.com.",
            id="dangol.E006",
        )
    ]


def link_keys(**kwargs: object) -> list[CheckMessage]:
    """Check that links in mails, to preference pages and to surveys can be signed and read."""
    return [
        Error(
            f"{name} cannot be read.",
            hint="Give one secret, or version:secret pairs separated by commas, newest first, versions from 1 to 255.",
            id="dangol.E007",
        )
        for name in LINK_KEYS
        if not _are_keys(getattr(settings, name))
    ]


def _are_keys(setting: str) -> bool:
    keys = [VERSIONED_KEY.fullmatch(part.strip()) for part in setting.split(",")]
    versions = [int(key[1] or 1) for key in keys if key]
    return all(keys) and len(set(versions)) == len(keys) and all(1 <= version <= 255 for version in versions)


def https_in_production(**kwargs: object) -> list[CheckMessage]:
    """Check that customers' data travels encrypted."""
    if urlsplit(settings.SITE_URL).scheme == "https":
        return []
    return [
        Warning(
            "The site is served without encryption.",
            hint="Set SITE_URL to an https:// address; secure cookies and the redirect to https follow from it.",
            id="dangol.W001",
        )
    ]


def shared_secrets(**kwargs: object) -> list[CheckMessage]:
    """Check that an installation that may span hosts does not rely on secrets lying on one of them."""
    missing = [name for name in SECRETS if not os.environ.get(name)]
    spans_hosts = bool(os.environ.get("DATABASE_URL") or os.environ.get("REDIS_URL"))
    if settings.DEBUG or not spans_hosts or not missing:
        return []
    return [
        Warning(
            f"{', '.join(missing)} lie on this host only, under {settings.VAR_DIR / 'secrets'}.",
            hint="Set them in the environment of every host; a host with others cannot read links, sessions and tasks.",
            id="dangol.W002",
        )
    ]
