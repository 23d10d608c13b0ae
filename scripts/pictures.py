#!/usr/bin/env python3
"""Takes the pictures of the README from a running demo: `make demo`, then `make pictures` in another terminal.

A campaign that waits for approval is photographed, approved, and watched until people have answered it. Where none
waits any more, the pictures of editor, review and sending stay as they are; `make demo DEMO=--reset` brings one back.
"""

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import django
from playwright.sync_api import FloatRect, Locator, Page, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
PICTURES = ROOT / "docs" / "images"
WIDTH, SHORTEST, TALLEST = 1440, 900, 1500
LARGEST = 300_000  # bytes of a picture
SENDING_SECONDS, ANSWERING_SECONDS = 120, 270
SETTLING_MILLISECONDS = 2_000  # until frames, fonts and live figures are there
SHARE_SENT = 0.3  # when the picture of the sending is taken
BROWSERS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
# What the simulator is asked: milk and other goods, in a store.
SIMULATED = "channel=store&category_1=FLUID+MILK+PRODUCTS&amount_1=12000&amount_2=68000"
REVIEW, PROGRESS = "admin:campaigns_campaign_review", "admin:campaigns_campaign_progress"
RECIPIENTS = "admin:campaigns_campaign_recipients"
# What is photographed of the editor for each channel but e-mail, whose picture shows the whole page.
EDITORS = ("sms", "alimtalk", "brand_message", "push", "web_push", "in_app")
OTHER_SECTIONS = "#section-goal, #section-audience, #section-offer, #section-timing, #section-check"
BESIDE_EACH_OTHER = ("#section-content", "#draft-preview-place")
# An approved template of the demo, and what its variables are.
APPROVED = "배송 출발"
VARIABLES = ("{{ name | default: '고객' }}", "20261122-0042", "{{ today }}", "https://shop.example/orders")
ROOM_FOR_AN_EDITOR, MARGIN = 2_600, 12
PATIENCE_MILLISECONDS = 120_000  # a demo under load is slow
wanted: set[str] = set()  # pictures that were asked for; empty: all

sys.path.insert(0, str(ROOT))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "crm_project.settings")
django.setup()

from django.conf import settings  # noqa: E402 - after django.setup()
from django.urls import reverse  # noqa: E402

from analytics.models import AttributedOrder  # noqa: E402
from campaigns.models import Automation, Campaign, ChannelAccount  # noqa: E402
from crm_project.demo.setup import CAMPAIGN, REGULARS  # noqa: E402
from customers.models import Customer, Segment  # noqa: E402
from loyalty.models import Coupon  # noqa: E402


def main() -> None:
    """Take them all, and say which."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--url", default="http://127.0.0.1:8000", help="where the demo runs (http://127.0.0.1:8000)")
    parser.add_argument("names", nargs="*", help="pictures to take, all of them unless named: home review …")
    asked = parser.parse_args()
    site = asked.url.rstrip("/")
    wanted.update(asked.names)
    warn_without_korean_font()
    PICTURES.mkdir(parents=True, exist_ok=True)
    campaign = Campaign.objects.filter(name=CAMPAIGN, source="").latest("pk")
    if campaign.status == Campaign.Status.IN_REVIEW and is_wanted("editor", "review", "progress"):
        with browser(site, "operator") as page:
            begin_a_campaign(page)
        with browser(site, "approver") as page:
            picture(page, "review", reverse(REVIEW, args=[campaign.pk]))
            approve_and_watch(page, campaign)
    segment = Segment.objects.get(name=REGULARS)
    buyer = AttributedOrder.objects.filter(campaign=campaign).values_list("order__customer", flat=True).first()
    coupon = Coupon.objects.filter(source=Coupon.OWN).order_by("-used_count", "pk").first()
    automation = Automation.objects.order_by("pk").first()
    accounts = dict(ChannelAccount.objects.order_by("-pk").values_list("channel", "pk"))
    member = member_with_most_points()
    # From here on no question to the database: Django refuses them while a browser is open.
    with browser(site, "operator") as page:
        for channel in EDITORS:
            if channel in accounts and is_wanted(name := f"editor-{channel.replace('_', '-')}"):
                write_for(page, channel, name, account_id=accounts[channel])
        picture(page, "home", reverse("admin:index"))
        picture(page, "segment", reverse("admin:customers_segment_change", args=[segment.pk]))
        picture(page, "templates", reverse("admin:campaigns_messagetemplate_changelist"))
        picture(page, "consents", reverse("admin:customers_consents"))
        picture(page, "compliance", reverse("admin:campaigns_compliance"))
        picture(page, "recipes", reverse("admin:campaigns_recipes"))
        picture(page, "rfm", reverse("admin:customers_rfm"))
        picture(page, "cohorts", reverse("cohorts"))
        picture(page, "advice", reverse("advice"))
        picture(page, "loyalty", reverse("admin:loyalty_overview"))
        picture(page, "points", reverse("admin:loyalty_account_changelist"))
        picture(page, "simulator", f"{reverse('admin:loyalty_simulator')}?{SIMULATED}")
        if coupon:
            picture(page, "coupon", reverse("admin:loyalty_coupon_change", args=[coupon.pk]))
        picture(page, "tiers", reverse("admin:loyalty_tier_changelist"))
        picture(page, "cycle", reverse("admin:customers_categorycycle_change", args=["EGGS"]))
        picture(page, "kpis", reverse("kpis"))
        picture(page, "recipients", reverse(RECIPIENTS, args=[campaign.pk]))
        picture(page, "report", reverse("campaign_report", args=[campaign.pk]))
        picture(page, "alimtalk", reverse("admin:campaigns_kakaotemplate_changelist"))
        picture(page, "recommendations", reverse("admin:customers_recommendations"))
        if is_wanted("automation"):
            show_an_automation(page, automation.pk if automation else None)
        if buyer:
            picture(page, "customer", reverse("admin:customers_customer_change", args=[buyer]))
    if is_wanted("store-desk"):
        with browser(site, "staff") as page:
            serve_a_member(page, member.phone if member else "")


def is_wanted(*names: str) -> bool:
    """Return whether one of these pictures is to be taken."""
    return not wanted or not wanted.isdisjoint(names)


def warn_without_korean_font() -> None:
    """Say so where mails would show boxes: the screens bring a font of their own, mails use the system's."""
    lister = shutil.which("fc-list")
    found = lister and subprocess.run([lister, ":lang=ko"], capture_output=True, check=False).stdout  # noqa: S603
    if not found:
        print("No Korean font is installed, so mails show boxes. On Debian: apt-get install fonts-noto-cjk")


@contextmanager
def browser(site: str, username: str) -> Iterator[Page]:
    """Open Chromium in Korean with one of the demo's users logged in."""
    passwords = json.loads((settings.VAR_DIR / "demo" / "logins.json").read_text("utf-8"))
    chromium = next(filter(None, map(shutil.which, BROWSERS)), None)
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--hide-scrollbars"])
        context = opened.new_context(
            base_url=site, viewport={"width": WIDTH, "height": SHORTEST}, locale="ko-KR", timezone_id="Asia/Seoul"
        )
        context.set_default_timeout(PATIENCE_MILLISECONDS)
        page = context.new_page()
        page.goto(reverse("admin:login"))
        page.fill("[name=username]", username)
        page.fill("[name=password]", passwords[username])
        page.click("[type=submit]")
        page.wait_for_url(f"**{reverse('admin:index')}")
        yield page
        opened.close()


def picture(page: Page, name: str, address: str) -> None:
    """Photograph a page, as tall as it is within reason."""
    if is_wanted(name):
        page.goto(address)
        photograph(page, name)


def photograph(page: Page, name: str) -> None:
    """Photograph what is shown now."""
    page.set_viewport_size({"width": WIDTH, "height": SHORTEST})
    height = page.evaluate("document.documentElement.scrollHeight")
    # In so tall a window everything is in sight, also frames that wait to be scrolled to.
    page.set_viewport_size({"width": WIDTH, "height": min(max(height, SHORTEST), TALLEST)})
    page.wait_for_timeout(SETTLING_MILLISECONDS)
    keep(page, name)


def keep(page: Page, name: str, clip: FloatRect | None = None) -> None:
    """Write the picture of the page, or of a piece of it, and say how large it is."""
    page.evaluate("document.fonts.ready")
    file = PICTURES / f"{name}.png"
    page.screenshot(path=file, clip=clip)
    size = file.stat().st_size
    print(f"{file.relative_to(ROOT)}  {size // 1000} kB{'  too large' if size > LARGEST else ''}")


def begin_a_campaign(page: Page) -> None:
    """Photograph the editor with the first fields filled in; nothing is saved."""
    page.goto(reverse("admin:campaigns_campaign_add"))
    page.fill("[name=name]", "주말 장보기 소식")
    page.check("[name=purpose][value=ad]")
    page.fill("[name=holdout_percent]", "10")
    page.select_option("[name=segment]", label=REGULARS)
    page.locator(":focus").blur()
    page.locator("[data-review-button]", has_text=re.compile("[1-9]")).wait_for()
    photograph(page, "editor")


def write_for(page: Page, channel: str, name: str, *, account_id: int) -> None:
    """Photograph what is written for a channel beside its preview; nothing is saved."""
    page.set_viewport_size({"width": WIDTH, "height": ROOM_FOR_AN_EDITOR})
    page.goto(reverse("admin:campaigns_campaign_add"))
    page.check(f"[name=purpose][value={'info' if channel == 'alimtalk' else 'ad'}]")
    page.select_option("[name=segment]", label=REGULARS)
    page.select_option("#way0", str(account_id))
    cell = page.locator(f"[data-cell][data-channel={channel}]")
    cell.wait_for()
    if channel == "alimtalk":
        cell.locator("select").first.select_option(label=APPROVED)
        fill_the_variables(page, cell)
    page.evaluate(f"document.querySelectorAll('{OTHER_SECTIONS}').forEach(each => each.hidden = true)")
    page.wait_for_timeout(SETTLING_MILLISECONDS)
    page.locator("#draft-preview-place:not(.is-waiting)").wait_for()
    keep(page, name, around([page.locator(each).bounding_box() for each in BESIDE_EACH_OTHER]))


def fill_the_variables(page: Page, cell: Locator) -> None:
    """Say what each variable of the chosen template is."""
    cell.locator("[data-takes-fields]").first.wait_for()
    for field, said in zip(cell.locator("[data-takes-fields]").all(), VARIABLES, strict=False):
        field.fill(said)
    page.locator(":focus").blur()


def around(parts: Iterable[FloatRect | None]) -> FloatRect:
    """Return the smallest piece of the page that holds these parts of it, with a margin."""
    seen = [part for part in parts if part]
    left, top = (min(part[side] for part in seen) - MARGIN for side in ("x", "y"))
    right = max(part["x"] + part["width"] for part in seen) + MARGIN
    bottom = max(part["y"] + part["height"] for part in seen) + MARGIN
    return {"x": left, "y": top, "width": right - left, "height": min(bottom - top, TALLEST)}


def show_an_automation(page: Page, automation_id: int | None) -> None:
    """Photograph the path of an automation; where there is none, draw one up from the first recipe."""
    if automation_id:
        page.goto(reverse("admin:campaigns_automation_change", args=[automation_id]))
    else:
        page.goto(reverse("admin:campaigns_recipes"))
        page.locator(".recipe-use button").first.click()
        page.wait_for_url("**/campaigns/automation/**")
        page.goto(page.url)  # without what was just said about it
    photograph(page, "automation")


def member_with_most_points() -> Customer | None:
    """Return whom the desk is shown with."""
    members = Customer.objects.living().exclude(phone="").filter(points_accounts__available__gt=0)
    return members.order_by("-points_accounts__available").first()


def serve_a_member(page: Page, phone: str) -> None:
    """Photograph the store desk with a member in front of it."""
    page.goto(reverse("desk"))
    page.fill("#typed", phone)
    page.press("#typed", "Enter")
    page.locator(".desk-name").wait_for()
    photograph(page, "store-desk")


def approve_and_watch(page: Page, campaign: Campaign) -> None:
    """Approve the campaign on its page, photograph it under way, and wait until people have answered."""
    count = page.locator("[name=recipients]")
    if count.count():
        count.fill(count.get_attribute("placeholder") or "")
    page.locator("form[action$='/approve/'] .btn-primary").click()
    page.wait_for_load_state()
    deadline = time.monotonic() + SENDING_SECONDS
    while time.monotonic() < deadline and share_sent(page, campaign) < SHARE_SENT:
        time.sleep(0.5)
    photograph(page, "progress")
    print(f"Waiting {ANSWERING_SECONDS} s for opens, clicks and purchases …")
    time.sleep(ANSWERING_SECONDS)


def share_sent(page: Page, campaign: Campaign) -> float:
    """Look at the page of progress; return which share of the mails has left, 0 while there is no such page."""
    page.goto(reverse(PROGRESS, args=[campaign.pk]))
    bar = page.locator("#sending progress")
    return float(bar.evaluate("bar => bar.value / bar.max")) if bar.count() else 0.0


if __name__ == "__main__":
    main()
