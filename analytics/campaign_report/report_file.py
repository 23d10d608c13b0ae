"""The report as a CSV file: one rectangle, a line for each part. It tells of no single customer.

UTF-8 with a mark, so that a spreadsheet reads Hangul right, and no cell that one would run as a formula.
"""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence

from django.utils.translation import gettext as _

from analytics.campaign_report.funnel import Funnel
from analytics.campaign_report.moments import by_day, by_hour
from analytics.campaign_report.report import Report
from analytics.campaign_report.verdict import roi_text
from customers.privacy.export_files import safe

Line = Sequence[object]


def file_of(lines: Iterable[Line]) -> bytes:
    """Return the bytes of a CSV file."""
    text = io.StringIO(newline="")
    csv.writer(text).writerows([safe(cell) for cell in line] for line in lines)
    return text.getvalue().encode("utf-8-sig")


def lines_of(report: Report) -> Iterator[Line]:
    """Yield the heading, the campaign, and then each of its parts."""
    yield _heading()
    yield _line(_("Whole campaign"), report.campaign.name, report.funnel)
    for breakdown in report.breakdowns:
        for part in breakdown.parts:
            yield _line(breakdown.title, f"{part.label} ({part.note})" if part.note else part.label, part.funnel)
    for day, funnel in by_day(report.moments).items():
        yield _line(_("By day"), f"{day:%Y-%m-%d}", funnel)
    for hour, funnel in by_hour(report.moments).items():
        yield _line(_("By hour of the day"), f"{hour:02}", funnel)
    yield from _sums(report)


def _sums(report: Report) -> Iterator[Line]:
    for each in report.models:
        yield _sum(_("Attribution"), each.label, each.orders, each.net)
    for reason in report.left_out:
        yield _sum(_("Left out"), reason.label, reason.messages)
    for failure in report.failures:
        yield _sum(_("Failed"), str(failure.remedy.label), failure.failed + failure.returned)
    for product in report.products:
        yield _sum(_("Products"), product.name, product.quantity, product.amount)
    for shown in report.products_shown.fields if report.products_shown else ():
        yield _sum(_("Products shown and bought"), str(shown.label), shown.bought, shown.amount)
    costs = report.costs
    yield _sum(_("Cost"), _("Cost of sending"), "", costs.sending)
    yield _sum(_("Cost"), _("Coupons used"), costs.coupon_uses, costs.discount)
    yield _sum(_("Cost"), _("Points given"), costs.points, costs.points)
    yield _sum(_("Return"), _("ROI"), "", roi_text(costs.roi(report.funnel)))


def _heading() -> Line:
    return [
        _("Part"),
        _("Name"),
        _("Targeted"),
        _("Sent"),
        _("Delivered"),
        _("Opened"),
        _("Clicked"),
        _("Opted out"),
        _("Failed"),
        _("Left out"),
        _("Held out"),
        _("Orders"),
        _("Attributed revenue (won)"),
        _("Refunds (won)"),
        _("Sending cost (won)"),
        _("Count"),
        _("Amount (won)"),
    ]


def _line(part: str, name: str, funnel: Funnel) -> Line:
    counts = [funnel.targeted, funnel.sent, funnel.delivered, funnel.opened, funnel.clicked, funnel.unsubscribed]
    reached = [funnel.failed, funnel.skipped, funnel.held_out]
    return [part, name, *counts, *reached, funnel.orders, funnel.revenue, funnel.refunded, funnel.cost, "", ""]


def _sum(part: str, name: str, count: object, amount: object = "") -> Line:
    return [part, name, *[""] * 13, count, amount]
