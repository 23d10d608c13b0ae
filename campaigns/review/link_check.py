"""Links and pictures of a campaign, asked before somebody approves it: a dead link cannot be called back.

Asked by a job, so that no page waits for other people's servers; the review page shows what came of it.
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from html.parser import HTMLParser

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone
from liquid.exceptions import LiquidError

from campaigns import lifecycle
from campaigns.approval import MAY_APPROVE
from campaigns.channels.base import Rendered
from campaigns.errors import ContentRefused
from campaigns.models import Campaign, CheckedAddress, Variant
from campaigns.pipeline import content
from campaigns.review import web_probe
from campaigns.review.samples import Sample, samples
from crm_project import queue

# So many are asked, so many at a time.
MOST_ADDRESSES = 100
AT_ONCE = 8
WEB = ("http://", "https://")
Address = tuple[str, bool]


def addresses_of(campaign: Campaign) -> list[Address]:
    """Return each (address, whether it is a picture) of the content, over all its ways, arms and languages."""
    variants = Variant.objects.filter(step__campaign=campaign)
    sample = next(iter(samples(campaign, unmasked=False)), None)
    found: dict[Address, None] = {}
    for variant in variants.select_related("step__campaign", "step__account", "fallback__account"):
        # What cannot be read or made has a check of its own.
        with suppress(LiquidError, ContentRefused):
            found |= dict.fromkeys(_of(variant, sample))
    return list(found)[:MOST_ADDRESSES]


def ask_again(campaign: Campaign, *, by: User) -> None:
    """Note every address as not asked yet, and have the job ask them. What was known before is forgotten.

    Raises:
        NotAllowed: `by` may neither edit nor approve campaigns.
    """
    if not by.has_perm(MAY_APPROVE):
        lifecycle.permit(by, lifecycle.MAY_EDIT)
    with transaction.atomic():
        _note(campaign)
        queue.kick("campaigns.tasks.check_links", campaign.pk)


def check(campaign_id: int) -> int:
    """Ask the addresses that wait and write what each answered; return how many were asked."""
    campaign = Campaign.objects.get(pk=campaign_id)
    if {(row.url, row.is_image) for row in campaign.checked_addresses.all()} != set(addresses_of(campaign)):
        _note(campaign)
    waiting = list(campaign.checked_addresses.filter(verdict=CheckedAddress.Verdict.WAITING))
    with ThreadPoolExecutor(AT_ONCE) as threads:
        for row, answer in zip(waiting, threads.map(_ask, waiting), strict=True):
            row.verdict, row.status, row.milliseconds = answer.verdict, answer.status, answer.milliseconds
            row.checked_at = timezone.now()
            row.save(update_fields=["verdict", "status", "milliseconds", "checked_at"])
            queue.progress()
    return len(waiting)


def results(campaign: Campaign) -> list[CheckedAddress]:
    """Return what is known of each address of the content as it stands now; of a new one, that it waits."""
    known = {(row.url, row.is_image): row for row in campaign.checked_addresses.all()}
    return [
        known.get((url, is_image)) or CheckedAddress(campaign=campaign, url=url, is_image=is_image)
        for url, is_image in addresses_of(campaign)
    ]


@transaction.atomic
def _note(campaign: Campaign) -> None:
    campaign.checked_addresses.all().delete()
    CheckedAddress.objects.bulk_create(
        CheckedAddress(campaign=campaign, url=url, is_image=is_image) for url, is_image in addresses_of(campaign)
    )


def _ask(row: CheckedAddress) -> web_probe.Answer:
    return web_probe.ask(row.url, is_image=row.is_image)


def _of(variant: Variant, sample: Sample | None) -> Iterator[Address]:
    compiled = content.compile_variant(variant)
    yield from ((url, False) for url in compiled.links if url.startswith(WEB))
    if sample is not None:
        [recipient] = content.recipients_of([sample.customer], variant)
        rendered = compiled.render(recipient)
        yield from ((url, True) for url in pictures_in(rendered) if url.startswith(WEB))


def pictures_in(rendered: Rendered) -> list[str]:
    """Return the addresses of the pictures that a device would fetch to show the message."""
    finder = PictureFinder()
    finder.feed(getattr(rendered, "html", ""))
    finder.close()
    shown = [getattr(rendered, "image_url", ""), *getattr(rendered, "images", ())]
    return [*finder.found, *(url for url in shown if isinstance(url, str) and url)]


class PictureFinder(HTMLParser):
    """Collects the sources of pictures in HTML."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [value for name, value in attrs if (tag, name) == ("img", "src") and value]

    handle_startendtag = handle_starttag
