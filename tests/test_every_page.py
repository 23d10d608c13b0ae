"""Every page of the product in a real browser: both languages, three widths, light and dark."""

import re
from collections.abc import Callable, Iterator, Sequence

import pytest
from django.contrib.auth.models import User
from django.core.cache import cache
from playwright.sync_api import Browser, ConsoleMessage, Page
from pytest_django.live_server_helper import LiveServer

from campaigns.models import Campaign
from tests import addresses
from tests.browsing import WIDTHS, open_page, sideways
from tests.test_permissions import ACTS
from tests.whole_shop import Shop, open_shop, public_addresses

pytestmark = pytest.mark.slow

LEAST_CONTRAST = 4.5
# What a GET does not draw: questions of scripts, mails in their own frame, pictures, what leads elsewhere.
NOT_DRAWN = re.compile(
    r"_(look|start|anew|errors"
    r"|unmask|measure|choices|refresh|check|resume|preview|preview_body|find_recipient|messagepicture_file|messagetemplate_picture|sample_mail|outbox_body|drawer"
    r"|note|why|decide|undo|publish|rotate|approve|refuse|download|close|told|copy|reviewed|return|revoke|edit|cancel|pause|stop|settle|fetch|hand_in|report_file)$|^admin:campaigns_to_approve$"
)
# What a browser calls an error and is none: a page of ours that refuses, a mail's pixel that staff must not call, a
# mail's frame without scripts.
MEANT = re.compile(r"40[34] \((Forbidden|Not Found)\)|/o/[\w-]+\.gif' violates|frame is sandboxed")
# Four words of Latin letters in a row are a sentence of ours that nobody said in Korean; data of this shop is Korean.
ENGLISH = r"""() => {
  const found = [], walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const node = walker.currentNode, near = node.parentElement;
    if (near.closest('script, style, textarea, pre, code, [lang=en]') || !near.checkVisibility()) continue;
    const said = node.data.match(/[A-Za-z][A-Za-z’',-]*(?:\s+[A-Za-z][A-Za-z’',-]*){3,}/);
    if (said) found.push(said[0]);
  }
  return found;
}"""
COLOURS = """() => [getComputedStyle(document.body).color, getComputedStyle(document.body).backgroundColor]"""


@pytest.fixture
def paths(live_server, settings, tmp_path) -> list[str]:
    """Where the pages are in a shop that has something on each."""
    cache.clear()
    settings.OUTBOX_DIR = tmp_path / "outbox"
    return drawn_pages(open_shop())


@pytest.fixture
def refused(live_server: LiveServer) -> Iterator[list[str]]:
    """What the server fails to give, or refuses though it is no page, as it is asked.

    Asked of the server, as a browser that tells of every answer is busy with telling for a fifth of the time.
    """
    found: list[str] = []
    server = live_server.thread.httpd
    product = server.get_app()

    def noting(environ: dict[str, str], start_response: Callable) -> Iterator[bytes]:
        def start(status: str, *rest: object) -> Callable:
            is_page = environ.get("HTTP_SEC_FETCH_DEST") == "document"
            if status >= "500" or (status >= "400" and not is_page):
                found.append(f"{status} {environ['PATH_INFO']}")
            return start_response(status, *rest)

        return product(environ, start)

    server.set_app(noting)
    yield found
    server.set_app(product)


@pytest.fixture
def walker(live_server: LiveServer, browser: Browser) -> Iterator[Page]:
    """A page of the system's browser, signed in as an administrator, which asks nobody but the product."""
    administrator = User.objects.create_superuser("administrator", "administrator@example.com", "a-long-password")
    page = open_page(browser, live_server.url, administrator)
    yield page
    page.context.close()


def drawn_pages(shop: Shop) -> list[str]:
    own = [
        each.path for each in addresses.own_addresses(shop) if each.name not in ACTS and not NOT_DRAWN.search(each.name)
    ]
    stock = [each.path for each in addresses.stock_addresses() if each.name not in addresses.names_of_refused_forms()]
    campaigns = [f"/admin/campaigns/campaign/{pk}/change/" for pk in Campaign.objects.values_list("pk", flat=True)]
    more = ["/admin/search/?q=단골", "/admin/customers/segment/add/?start=dormant", "/admin/no-such-page/"]
    return list(dict.fromkeys([*own, *stock, *campaigns, *more, *public_addresses(shop)]))


class Walk:
    """Goes from page to page and keeps what is wrong, each with its address."""

    def __init__(self, page: Page, refused: list[str]) -> None:
        self.page, self.refused, self.language, self.faults = page, refused, "", []
        page.on("console", self._heard)
        page.on("pageerror", lambda error: self._note(f"script: {error}"))

    def speak(self, language: str, site: str) -> None:
        """Ask for pages in a language."""
        self.language = language
        self.page.context.add_cookies([{"name": "django_language", "value": language, "url": site}])

    def visit(self, path: str) -> None:
        """Open the page and look at it in every width; in the first language also light and dark, and for another's."""
        self.asked = path
        self.page.goto(path, wait_until="load")
        # From the width that the page before left, so that this one is laid out twice anew and not three times.
        if self.page.viewport_size["width"] == WIDTHS[-1]:
            self._look()
            self._measure(WIDTHS[::-1])
        else:
            self._measure(WIDTHS)
            self._look()
        while self.refused:
            self._note(self.refused.pop())

    def _measure(self, widths: Sequence[int]) -> None:
        for window, found in sideways(self.page, widths).items():
            self._note(f"{found} px wide on {window}")

    def _look(self) -> None:
        if self.language == "ko":
            self._look_light_and_dark()
            for words in self.page.evaluate(ENGLISH):
                self._note(f"English: {words}")

    def _look_light_and_dark(self) -> None:
        for scheme in ("dark", "light"):
            self.page.emulate_media(color_scheme=scheme)
            if (found := contrast(*self.page.evaluate(COLOURS))) < LEAST_CONTRAST:
                self._note(f"text against ground {found:.1f} in {scheme}")

    def _heard(self, message: ConsoleMessage) -> None:
        if message.type == "error" and not MEANT.search(message.text):
            self._note(f"console: {message.text}")

    def _note(self, fault: str) -> None:
        self.faults.append(f"{self.language} {self.asked}: {fault}")


def contrast(ink: str, ground: str) -> float:
    low, high = sorted(luminance(colour) for colour in (ink, ground))
    return (high + 0.05) / (low + 0.05)


def luminance(colour: str) -> float:
    parts = [int(part) / 255 for part in re.findall(r"\d+", colour)[:3]]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_every_page_is_whole(paths: list[str], walker: Page, live_server: LiveServer, refused: list[str]) -> None:
    walk = Walk(walker, refused)

    for language in ("ko", "en"):
        walk.speak(language, live_server.url)
        for path in paths:
            walk.visit(path)

    assert walk.faults == []
