"""The links and pictures of a campaign as an approver reads them: whether each was asked, and what it answered."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from campaigns.models import CheckedAddress
from campaigns.review.trial import Trial
from crm_project.templatetags.formats import number_text

# Hosts that stand for an address nobody has put in yet (RFC 2606).
PLACEHOLDER_HOSTS = ("example.com", "example.org", "example.net")
Line = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class ShownAddress:
    """A link or picture with its answer as a badge: words, tone, icon."""

    url: str
    is_image: bool
    words: str
    tone: str
    icon: str
    detail: str


def shown_addresses(addresses: Sequence[CheckedAddress]) -> list[ShownAddress]:
    """Return each address with what it answered, those in trouble first."""
    return sorted((_shown(row) for row in addresses), key=lambda each: each.tone == "good")


def _shown(row: CheckedAddress) -> ShownAddress:
    tone, icon = "bad", "x"
    if row.is_well:
        tone, icon = "good", "check"
    elif row.verdict == CheckedAddress.Verdict.WAITING:
        tone, icon = "wait", "clock"
    status = f"HTTP {row.status}" if row.status else ""
    took = _("%s ms") % number_text(row.milliseconds) if row.milliseconds is not None else ""
    detail = " · ".join(part for part in (status, took) if part)
    return ShownAddress(row.url, row.is_image, row.get_verdict_display(), tone, icon, detail)


def link_checks(tried: Sequence[Trial], addresses: Sequence[CheckedAddress]) -> Iterator[Line]:
    """Yield (label, tone, detail) of what there is to say about links and pictures."""
    urls = list(dict.fromkeys(url for way in tried for url in way.links))
    if not urls:
        yield _("It has no link"), "wait", _("Clicks and what they earn cannot be measured.")
    hosts = dict.fromkeys(urlsplit(url).hostname or url for url in urls)
    placeholders = [host for host in hosts if host.endswith(PLACEHOLDER_HOSTS)]
    if placeholders:
        yield _("A link still leads to a placeholder"), "wait", ", ".join(placeholders)
    insecure = [url for url in urls if urlsplit(url).scheme == "http"]
    if insecure:
        yield _("A link is not encrypted (http)"), "wait", insecure[0]
    if urls and not placeholders and not insecure:
        count = ngettext("%s link, encrypted", "%s links, all encrypted", len(urls)) % len(urls)
        yield count, "good", ", ".join(hosts)
    yield from _answers(addresses)


def _answers(addresses: Sequence[CheckedAddress]) -> Iterator[Line]:
    if not addresses:
        return
    waiting = [row for row in addresses if row.verdict == CheckedAddress.Verdict.WAITING]
    broken = [row for row in addresses if not row.is_well and row not in waiting]
    if broken:
        first = f"{broken[0].url}: {broken[0].get_verdict_display()}"
        count = ngettext("%s link or picture is broken", "%s links or pictures are broken", len(broken)) % len(broken)
        yield count, "wait", first
    if waiting:
        yield _("Links and pictures are being asked"), "wait", _("Reload the page in a moment.")
    elif not broken:
        yield _("Every link and picture answers"), "good", _("%s asked") % number_text(len(addresses))
