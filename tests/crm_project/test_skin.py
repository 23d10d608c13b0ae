"""The skin in a real browser: strict Content-Security-Policy, every width, keys; and the contrast of its colours."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings as project
from django.contrib.auth.models import Group, User
from django.template.loader import render_to_string
from django.urls import include, path
from playwright.sync_api import Browser, Page
from pytest_django.live_server_helper import LiveServer

from crm_project import design
from crm_project.urls import urlpatterns as project_urls
from tests.browsing import complaints_of, open_page, sideways

# The design page exists only while DEBUG is on, which tests never have: this module is their URL configuration.
urlpatterns = [path("admin/design/", design.design, name="design"), path("", include(project_urls))]

STATIC = project.BASE_DIR / "crm_project" / "static" / "dangol"
PAGES = (
    "/admin/login/",
    "/admin/design/?toast=1",
    "/admin/auth/user/",
    "/admin/auth/user/?q=nobody-has-this-name",
    "/admin/auth/user/add/",
    "/admin/auth/user/{user}/change/",
    "/admin/auth/user/{user}/delete/",
    "/admin/auth/user/{user}/history/",
    "/admin/auth/group/{group}/change/",
    "/admin/password_change/",
    "/admin/no-such-page/",
)


@pytest.fixture
def page(live_server: LiveServer, browser: Browser) -> Iterator[Page]:
    """A page of the system's browser, signed in as an administrator."""
    administrator = User.objects.create_superuser("administrator", "administrator@example.com", "a-long-password")
    page = open_page(browser, live_server.url, administrator, locale="ko-KR")
    yield page
    page.context.close()


@pytest.mark.slow
@pytest.mark.urls(__name__)
def test_no_page_breaks_the_content_security_policy_or_scrolls_sideways(page: Page) -> None:
    own = {"user": User.objects.get().pk, "group": Group.objects.create(name="night shift").pk}
    complaints, wide = complaints_of(page), {}

    for address in PAGES:
        page.goto(address.format(**own), wait_until="load")
        wide |= {(address, width): found for width, found in sideways(page).items()}

    assert [line for line in complaints if "404 (Not Found)" not in line] == []
    assert wide == {}


@pytest.mark.slow
@pytest.mark.urls(__name__)
def test_the_frame_works_from_the_keyboard(page: Page) -> None:
    page.goto("/admin/auth/user/")

    page.keyboard.press("/")
    focused = page.evaluate("document.activeElement.type")
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("g")
    page.keyboard.press("h")
    page.wait_for_url("**/admin/")

    assert focused == "search"


@pytest.mark.slow
@pytest.mark.urls(__name__)
def test_the_theme_switch_changes_the_canvas(page: Page) -> None:
    page.goto("/admin/auth/user/")
    canvas = "getComputedStyle(document.body).backgroundColor"
    seen = {page.evaluate(canvas)}

    for _ in range(2):
        page.click(".theme-toggle")
        seen.add(page.evaluate(canvas))

    assert seen == {"rgb(247, 247, 249)", "rgb(14, 14, 17)"}


def luminance(colour: str) -> float:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def colours(theme: int) -> dict[str, str]:
    sheet = (STATIC / "dangol.css").read_text(encoding="utf-8")
    found = re.findall(r"--([a-z-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\)", sheet)
    return {name: shades[theme] for name, *shades in found}


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
def test_text_is_legible_on_every_ground(theme):
    colour = colours(theme)
    words = ("ink", "ink-soft", "ink-quiet", "accent", "good", "wait", "bad", "busy")
    grounds = ("canvas", "surface", "raised", "sunken", "hover")
    pairs = [(word, ground) for word in words for ground in grounds]
    pairs += [(tone, f"{tone}-soft") for tone in ("accent", "good", "wait", "bad", "busy")]

    faint = [pair for pair in pairs if contrast(colour[pair[0]], colour[pair[1]]) < 4.5]

    assert faint == []


@pytest.mark.parametrize("name", ["403.html", "403_csrf.html", "404.html", "500.html"])
def test_error_pages_stand_alone_in_both_languages(name):
    html = render_to_string(name)

    assert 'lang="en"' in html
    assert "<script" not in html
    assert "style=" not in html
    assert len(html) + Path(STATIC / "public.css").stat().st_size < 20_000


def test_no_template_needs_more_than_the_policy_allows():
    templates = list(project.BASE_DIR.glob("*/templates/**/*.html"))
    forbidden = re.compile(r"""\sstyle=["']|\son[a-z]+=["']|<style|<script(?![^>]*\ssrc=)""")

    breaking = [str(file) for file in templates if forbidden.search(file.read_text(encoding="utf-8"))]

    assert len(templates) > 50
    assert breaking == []
