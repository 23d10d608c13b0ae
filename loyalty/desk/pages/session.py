"""What the desk remembers between two taps, in the session of whoever is logged in: never a name or a number."""

from dataclasses import asdict, dataclass, field
from typing import Any

from django.http import HttpRequest, QueryDict

from loyalty.coupons.finding import MOST_CODES
from loyalty.desk.finding import Candidate, Finding
from loyalty.desk.goods import MOST_LINES

STORE, LOOKUP, FOUND = "desk_store", "desk_lookup", "desk_found"
FORM, ASKED, SAID = "desk_form", "desk_asked", "desk_said"
LONGEST = 100


@dataclass
class FormState:
    """The act as it was typed, kept when it is refused."""

    kind: str = "redeem"
    receipt: str = ""
    bill: str = ""
    points: str = ""
    key: str = ""
    goods: list[tuple[str, str]] = field(default_factory=list)
    codes: list[str] = field(default_factory=list)


@dataclass
class Said:
    """What the page says once: what was booked, or why not."""

    text: str
    tone: str
    code: str = ""
    act_id: int | None = None
    details: list[str] = field(default_factory=list)


def remember_store(request: HttpRequest, store_id: int) -> None:
    """Work in this store from now on; whoever was found in another one is forgotten."""
    forget_customer(request)
    request.session[STORE] = store_id


def remember_finding(request: HttpRequest, finding: Finding) -> None:
    """Show whom the look-up found, or among whom to choose."""
    forget_customer(request)
    if finding.customer:
        request.session[LOOKUP] = finding.lookup_id
    else:
        request.session[FOUND] = [asdict(candidate) for candidate in finding.candidates]


def candidates(request: HttpRequest) -> list[Candidate]:
    """Return among whom to choose."""
    return [Candidate(**told) for told in request.session.get(FOUND, [])]


def forget_customer(request: HttpRequest) -> None:
    """Be ready for the next customer."""
    for name in (LOOKUP, FOUND, FORM, ASKED):
        request.session.pop(name, None)


def remember_form(request: HttpRequest, form: FormState) -> None:
    """Keep what was typed for the next look at the page."""
    request.session[FORM] = asdict(form)


def form_of(request: HttpRequest, *, has_points: bool) -> FormState:
    """Return what was typed and not booked; at first, to use points where there are any."""
    told = request.session.get(FORM)
    return FormState(**told) if told else FormState(kind="redeem" if has_points else "earn")


def ask(request: HttpRequest, form: FormState) -> None:
    """Ask once whether so many points are really to be used."""
    request.session[ASKED] = asdict(form)


def asked(request: HttpRequest) -> FormState | None:
    """Return what there is to confirm, and forget it: whoever comes back without a yes goes on typing."""
    told = request.session.pop(ASKED, None)
    return FormState(**told) if told else None


def typed_form(posted: QueryDict) -> FormState:
    """Return the act as it was posted, cut to sensible lengths."""
    typed = {name: _plain(posted.get(name, "")) for name in ("kind", "receipt", "bill", "points", "key")}
    goods = list(zip(map(_plain, posted.getlist("goods")), map(_plain, posted.getlist("goods_won")), strict=False))
    codes = [code.strip() for code in map(_plain, posted.getlist("codes")) if code.strip()]
    return FormState(
        **typed,
        goods=[(words, won) for words, won in goods[:MOST_LINES] if words.strip()],
        codes=codes[: MOST_CODES + 1],
    )


def _plain(text: str) -> str:
    """Return what was typed, short, and without the one character that the database cannot hold."""
    return text.replace("\0", "")[:LONGEST]


def say(request: HttpRequest, text: str, tone: str, **more: Any) -> None:
    """Have the page say something once."""
    request.session[SAID] = asdict(Said(text, tone, **more))


def said(request: HttpRequest) -> Said | None:
    """Return what there is to say, and forget it."""
    told = request.session.pop(SAID, None)
    return Said(**told) if told else None
