"""What tests in a browser share: a page of somebody who is signed in, what it complains of, how wide it is."""

from collections.abc import Sequence

from django.contrib.auth.models import User
from django.test import Client
from playwright.sync_api import Browser, Page

WIDTHS = (360, 768, 1440)
VIOLATIONS = (
    "document.addEventListener('securitypolicyviolation', event => console.error('CSP ' + event.violatedDirective))"
)
WIDTH_OF_THE_PAGE = "document.documentElement.scrollWidth"


def open_page(browser: Browser, site: str, user: User, *, language: str = "", **options: object) -> Page:
    """A page of a new context, in Seoul, on the site; the user is signed in. Violations of the policy are errors."""
    client = Client()
    client.force_login(user)
    cookies = {"sessionid": client.cookies["sessionid"].value, "django_language": language}
    context = browser.new_context(base_url=site, timezone_id="Asia/Seoul", **options)
    context.add_cookies([{"name": name, "value": value, "url": site} for name, value in cookies.items() if value])
    context.add_init_script(VIOLATIONS)
    return context.new_page()


def complaints_of(page: Page) -> list[str]:
    """Return a list to which every error of the page's scripts and of its console is added, with its address."""
    complaints: list[str] = []

    def note(words: object) -> None:
        complaints.append(f"{page.url}: {words}")

    page.on("console", lambda message: note(message.text) if message.type == "error" else None)
    page.on("pageerror", note)
    return complaints


def sideways(page: Page, widths: Sequence[int] = WIDTHS) -> dict[int, int]:
    """Return the widths of the window in which the page has to be scrolled sideways, each with that of the page."""
    found = {}
    for width in widths:
        page.set_viewport_size({"width": width, "height": 800})
        found[width] = page.evaluate(WIDTH_OF_THE_PAGE)
    return {window: width for window, width in found.items() if width > window}
