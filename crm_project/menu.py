"""The menu: sections in the order of the flow, entries whose page exists and whose reader may see it.

An entry is hidden while its URL name does not resolve, so the menu grows as pages are added. Small counts ("3 wait
for you") come from the apps: each may own a `menu_counts.py` that registers functions in `MENU_COUNTS` under the key
of an entry.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache

from django.conf import settings
from django.core.cache import cache as stored
from django.http import HttpRequest
from django.urls import NoReverseMatch, get_script_prefix, get_urlconf, reverse
from django.utils.functional import Promise
from django.utils.module_loading import autodiscover_modules

from crm_project.menu_sections import SECTIONS, Entry, Section
from crm_project.registry import Registry

Count = Callable[[HttpRequest], int]
MENU_COUNTS: Registry[Count] = Registry("menu count")
COUNTS_KEPT_SECONDS = 30


@dataclass(slots=True)
class Link:
    """A line of the drawn menu."""

    label: str | Promise
    url: str
    count: int = 0
    current: bool = False
    icon: str = ""
    letter: str = ""
    links: list["Link"] = field(default_factory=list)


@cache
def load_counts() -> Registry[Count]:
    """Import every app's `menu_counts.py` once and return what they registered."""
    autodiscover_modules("menu_counts")
    return MENU_COUNTS


def count_of(key: str, request: HttpRequest) -> int:
    """Return the count of an entry for this reader, at most half a minute old; 0 where nobody counts."""
    function = load_counts().get(key)
    if function is None:
        return 0
    return stored.get_or_set(f"menu:{key}:{request.user.pk}", lambda: function(request), COUNTS_KEPT_SECONDS) or 0


def url_of(entry: Entry) -> str | None:
    """Return the address of an entry, or None while its page does not exist."""
    return _url_named(entry.url_name, get_urlconf() or settings.ROOT_URLCONF, get_script_prefix())


@cache
def _url_named(name: str, urlconf: str, _script_prefix: str) -> str | None:
    """Return the address of a page. Kept, as every page asks for those of the whole menu: a tenth of its time."""
    try:
        return reverse(name, urlconf)
    except NoReverseMatch:
        return None


def visible_links(section: Section, request: HttpRequest) -> Iterator[Link]:
    """Return the entries that exist and that this reader may see."""
    for entry in section.entries:
        url = url_of(entry) if request.user.has_perms(entry.permissions) else None
        if url:
            yield Link(entry.label, url, count_of(entry.key, request))


def mark_current(sections: list[Link], path: str) -> None:
    """Mark the entry whose address is the longest start of `path`, and its section."""
    pairs = [(section, link) for section in sections for link in section.links if path.startswith(link.url)]
    home = sections[0].url if sections else ""
    pairs = [pair for pair in pairs if pair[1].url != home or path == home]
    if pairs:
        section, link = max(pairs, key=lambda pair: len(pair[1].url))
        section.current = link.current = True


def build_menu(request: HttpRequest) -> list[Link]:
    """Return the menu of this reader: sections in the order of the flow, the current one marked."""
    menu = []
    for section in SECTIONS:
        links = list(visible_links(section, request))
        if links:
            total = sum(link.count for link in links)
            menu.append(Link(section.label, links[0].url, total, icon=section.icon, letter=section.letter, links=links))
    mark_current(menu, request.path)
    return menu
