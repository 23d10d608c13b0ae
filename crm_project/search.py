"""The search box in the frame: one question to everything that can be found by name or number.

Each app may own a `search_results.py` that registers a function in `SEARCHES`; it checks its own permission and
answers with at most `MOST` rows from indexes.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.module_loading import autodiscover_modules
from django.utils.translation import gettext as _

from crm_project.registry import Registry

MOST = 8
SHORTEST = 2


@dataclass(frozen=True, slots=True)
class Found:
    """Something that fits: where it is, what it is called, and a grey word about it."""

    url: str
    title: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Search:
    """A kind of thing to find. `find` answers for this reader, best first."""

    label: object
    icon: str
    find: Callable[[HttpRequest, str], Iterable[Found]]


SEARCHES: Registry[Search] = Registry("search")


@cache
def load_searches() -> Registry[Search]:
    """Import every app's `search_results.py` once and return what they registered."""
    autodiscover_modules("search_results")
    return SEARCHES


def search(request: HttpRequest) -> HttpResponse:
    """Show what was found, by kind; a single hit is opened at once."""
    words = request.GET.get("q", "").replace("\0", "").strip()[:100]
    groups = []
    if len(words) >= SHORTEST:
        answers = [(each, list(each.find(request, words))[:MOST]) for each in load_searches()]
        groups = [(each, found) for each, found in answers if found]
    if len(groups) == 1 and len(groups[0][1]) == 1:
        return redirect(groups[0][1][0].url)
    context = admin.site.each_context(request) | {"title": _("Search"), "words": words, "groups": groups}
    return render(request, "dangol/search.html", context | {"too_short": len(words) < SHORTEST})
