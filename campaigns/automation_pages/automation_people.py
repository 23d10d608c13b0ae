"""Who is or was inside an automation, where, and one person's way through it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import URLPattern, path
from django.utils.dateparse import parse_datetime

from campaigns.automation.exits import label_of
from campaigns.automation_pages.automation_standing import address, journey_badge, pages_of, status_badge
from campaigns.automation_pages.journey_story import story
from campaigns.automation_pages.path_picture import title_of
from campaigns.models import Automation, Journey
from campaigns.standing import sees_names
from crm_project.paging import next_page_url
from customers import access_log
from customers.masking import mask_name
from customers.models import AccessLogEntry

PAGE = 50


@dataclass(frozen=True, slots=True)
class Cursor:
    """The last row of a page; the next begins behind it, so no page is counted or skipped over (DESIGN §11)."""

    entered_at: datetime
    journey_id: int

    def __str__(self) -> str:
        return f"{self.entered_at.isoformat()}/{self.journey_id}"

    @classmethod
    def read(cls, text: str) -> "Cursor | None":
        """Return the cursor of an address; None: the beginning, also where somebody changed it."""
        at, _slash, number = text.partition("/")
        try:
            moment = parse_datetime(at)
        except ValueError:
            return None
        if moment is None or moment.tzinfo is None or not (number.isascii() and number.isdecimal()):
            return None
        return cls(moment, int(number[:18]))


class AutomationPeople:
    """The part of the automations' ModelAdmin that looks at journeys."""

    def get_urls(self) -> list[URLPattern]:
        guard, name = self.admin_site.admin_view, "campaigns_automation"
        return [
            path("<int:automation_id>/people/", guard(self.people), name=f"{name}_people"),
            path("<int:automation_id>/people/<int:journey_id>/", guard(self.journey), name=f"{name}_journey"),
            *super().get_urls(),
        ]

    def people(self, request: HttpRequest, automation_id: int) -> HttpResponse:
        """List the journeys, the latest first, narrowed as asked."""
        automation = self._of_reader(request, automation_id)
        status, step = _status_asked(request), _number_asked(request, "step")
        rows, cursor = _page(automation, status, step, Cursor.read(request.GET.get("after", "")))
        unmasked = sees_names(request.user)
        context = self._frame(request, automation) | {
            "rows": [_row(journey, automation, unmasked=unmasked) for journey in rows],
            "statuses": Journey.Status.choices,
            "status": status,
            "is_narrowed": bool(status or step),
            "is_first": "after" not in request.GET,
            "next_url": next_page_url(request, cursor),
        }
        return render(request, "campaigns/automation/people.html", context)

    def journey(self, request: HttpRequest, automation_id: int, journey_id: int) -> HttpResponse:
        """Tell one journey: what made it begin, each step with what came of it, how it ended."""
        if not request.user.has_perm("customers.view_customer"):
            raise PermissionDenied
        automation = self._of_reader(request, automation_id)
        known = automation.journeys.select_related("customer", "version", "step__campaign", "step__segment")
        journey = get_object_or_404(known, pk=journey_id)
        access_log.record(request, AccessLogEntry.Action.VIEW, customer=journey.customer)
        is_part = request.headers.get("X-Requested-With") == "fetch"
        context = ({"automation": automation} if is_part else self._frame(request, automation)) | {
            "title": journey.customer.external_id,
            "journey": journey,
            "row": _row(journey, automation, unmasked=sees_names(request.user)),
            "story": story(journey),
        }
        page = "campaigns/automation/journey_part.html" if is_part else "campaigns/automation/journey.html"
        return render(request, page, context)

    def _of_reader(self, request: HttpRequest, automation_id: int) -> Automation:
        """Return the automation, for whoever may see automations and journeys."""
        automation = get_object_or_404(Automation, pk=automation_id)
        may_see = self.has_view_permission(request, automation) and request.user.has_perm("campaigns.view_journey")
        if not may_see:
            raise PermissionDenied
        return automation

    def _frame(self, request: HttpRequest, automation: Automation) -> dict[str, Any]:
        return self.admin_site.each_context(request) | {
            "title": automation.name,
            "automation": automation,
            "badge": status_badge(automation),
            "pages": pages_of(automation),
        }


def _page(
    automation: Automation, status: str, step: int | None, after: Cursor | None
) -> tuple[list[Journey], Cursor | None]:
    found = _narrowed(automation, status, step)
    if after is not None:
        same = Q(entered_at=after.entered_at, pk__lt=after.journey_id)
        found = found.filter(Q(entered_at__lt=after.entered_at) | same)
    ordered = found.order_by("-entered_at", "-pk").select_related(
        "customer", "step__campaign", "step__segment", "step__coupon"
    )
    rows = list(ordered[: PAGE + 1])
    shown = rows[:PAGE]
    return shown, Cursor(shown[-1].entered_at, shown[-1].pk) if len(rows) > PAGE else None


def _narrowed(automation: Automation, status: str, step: int | None) -> QuerySet[Journey]:
    found = Journey.objects.filter(automation=automation)
    if status:
        found = found.filter(status=status)
    return found.filter(step=step, status=Journey.Status.INSIDE) if step else found


def _row(journey: Journey, within: Automation, *, unmasked: bool) -> dict[str, Any]:
    customer = journey.customer
    return {
        "journey": journey,
        "customer": customer,
        "name": customer.name if unmasked else mask_name(customer.name),
        "badge": journey_badge(journey),
        "where": title_of(journey.step, within=within)
        if journey.step and journey.status == Journey.Status.INSIDE
        else "",
        "why": label_of(journey.end_reason) if journey.end_reason else "",
        "url": address("journey", Automation(pk=journey.automation_id), journey.pk),
    }


def _status_asked(request: HttpRequest) -> str:
    status = request.GET.get("status", "")
    return status if status in Journey.Status.values else ""


def _number_asked(request: HttpRequest, name: str) -> int | None:
    text = request.GET.get(name, "")
    return int(text[:18]) if text.isascii() and text.isdecimal() else None
