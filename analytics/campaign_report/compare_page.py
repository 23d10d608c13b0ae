"""The page on which campaigns stand side by side: two to six, the last five where nobody chose."""

from typing import Any

from django.contrib import admin
from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from analytics.campaign_report.comparison import FEWEST, MOST, Row, chosen_among, compare, offered
from analytics.campaign_report.report_file import file_of
from analytics.campaign_report.report_page import MAY_SEE
from analytics.errors import ComparisonRefused
from campaigns.models import Campaign

LARGEST_NUMBER = 18  # digits


@permission_required(MAY_SEE, raise_exception=True)
def campaigns_compared(request: HttpRequest) -> HttpResponse:
    """Show the campaigns chosen in the address; `?format=csv` hands the table out as a file."""
    offers, refusal = offered(), ""
    try:
        campaigns = chosen_among(offers, _asked(request))
    except ComparisonRefused as error:
        campaigns, refusal = chosen_among(offers, []), str(error)
    rows = compare(campaigns) if len(campaigns) >= FEWEST else []
    if request.GET.get("format") == "csv":
        return _file(campaigns, rows)
    context = admin.site.each_context(request) | {
        "title": _("Campaigns compared"),
        "campaigns": [_column(campaign) for campaign in campaigns],
        "rows": [_cells(row) for row in rows],
        "bars": [_bars(campaigns, row) for row in rows if row.figure.bars],
        "offered": offers,
        "chosen": {campaign.pk for campaign in campaigns},
        "refusal": refusal,
        "most": MOST,
    }
    return render(request, "analytics/campaigns_compared.html", context)


def _asked(request: HttpRequest) -> list[int]:
    numbers = request.GET.getlist("campaign")
    return [int(each) for each in numbers if each.isascii() and each.isdecimal() and len(each) <= LARGEST_NUMBER]


def _column(campaign: Campaign) -> dict[str, object]:
    return {"campaign": campaign, "url": reverse("campaign_report", args=[campaign.pk])}


def _cells(row: Row) -> dict[str, Any]:
    cells = [(row.figure.write(value), place == row.best) for place, value in enumerate(row.values)]
    return {"label": row.figure.label, "hint": row.figure.hint, "cells": cells}


def _bars(campaigns: list[Campaign], row: Row) -> dict[str, Any]:
    """Return a bar a campaign; what is not known, or below nothing after refunds, has none."""
    known = zip(campaigns, row.values, strict=True)
    bars = [
        {"label": campaign.name, "value": max(value, 0), "url": reverse("campaign_report", args=[campaign.pk])}
        for campaign, value in known
        if value is not None
    ]
    return {"title": row.figure.label, "rows": bars, "way": row.figure.bars}


def _file(campaigns: list[Campaign], rows: list[Row]) -> HttpResponse:
    heading = [_("Figure"), *(campaign.name for campaign in campaigns)]
    lines = [[str(row.figure.label), *_plain(row)] for row in rows]
    headers = {"Content-Disposition": 'attachment; filename="campaigns-compared.csv"'}
    return HttpResponse(file_of([heading, *lines]), content_type="text/csv; charset=utf-8", headers=headers)


def _plain(row: Row) -> list[object]:
    return ["" if value is None else value if isinstance(value, int) else round(value, 4) for value in row.values]
