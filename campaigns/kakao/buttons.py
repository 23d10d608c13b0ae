"""The buttons of KakaoTalk messages: what each code needs and where it may stand (K-03).

A button is {"code", "name", "mobile", "pc", "android", "ios"}, whatever a gateway calls these.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

Button = Mapping[str, str]
LINKS = ("mobile", "pc", "android", "ios")
MOST = 5
LONGEST_LINK = 1_000
CHANNEL_ADD = "AC"
# What KakaoTalk itself writes on it.
CHANNEL_ADD_NAME = "채널 추가"


@dataclass(frozen=True, slots=True)
class ButtonKind:
    """What a button does; of `one_of` it needs one link at least."""

    code: str
    label: str | Promise
    one_of: tuple[str, ...] = ()
    fixed_name: str = ""
    alimtalk: bool = True
    brand_message: bool = True


KINDS = {
    kind.code: kind
    for kind in (
        ButtonKind("WL", gettext_lazy("opens a web page"), one_of=("mobile",)),
        ButtonKind("AL", gettext_lazy("opens the app"), one_of=("mobile", "android", "ios")),
        ButtonKind("BK", gettext_lazy("sends a word to the bot")),
        ButtonKind("MD", gettext_lazy("passes the message on")),
        ButtonKind("DS", gettext_lazy("looks up the delivery"), brand_message=False),
        ButtonKind("BC", gettext_lazy("asks for a person")),
        ButtonKind("BT", gettext_lazy("hands over to the bot")),
        ButtonKind(CHANNEL_ADD, gettext_lazy("adds the channel"), fixed_name=CHANNEL_ADD_NAME),
        ButtonKind("BF", gettext_lazy("opens a business form"), alimtalk=False),
    )
}
ON_ALIMTALK = tuple(kind.code for kind in KINDS.values() if kind.alimtalk)
ON_BRAND_MESSAGE = tuple(kind.code for kind in KINDS.values() if kind.brand_message)


def texts_of(button: Button) -> list[str]:
    """Return what of a button may hold a variable: its name and its links."""
    return [str(button.get(part, "")) for part in ("name", *LINKS)]


def problems_of(
    buttons: Sequence[Button], *, allowed: Sequence[str], longest_name: int, most: int = MOST, least: int = 0
) -> list[str]:
    """Return what is wrong with the buttons of a message, as sentences that name the button by its place."""
    problems = []
    if len(buttons) > most:
        problems.append(_("At most %(most)d buttons fit; there are %(count)d.") % {"most": most, "count": len(buttons)})
    if len(buttons) < least:
        problems.append(_("At least %d button is needed.") % least)
    for place, button in enumerate(buttons, start=1):
        problems += [
            _("Button %(place)d: %(problem)s") % {"place": place, "problem": problem}
            for problem in _problems_of_one(button, allowed=allowed, longest_name=longest_name)
        ]
    return problems


def _problems_of_one(button: Button, *, allowed: Sequence[str], longest_name: int) -> list[str]:
    kind = KINDS.get(str(button.get("code", "")))
    if kind is None or kind.code not in allowed:
        return [_("choose what it does; “%s” is not possible here.") % button.get("code", "")]
    return [*_name_problems(button, kind, longest_name), *_link_problems(button, kind)]


def _name_problems(button: Button, kind: ButtonKind, longest: int) -> list[str]:
    name = str(button.get("name", "")).strip()
    if kind.fixed_name:
        return [] if name == kind.fixed_name else [_("its name must be “%s”.") % kind.fixed_name]
    if not name:
        return [_("it has no name.")]
    if len(name) > longest:
        return [_("its name has %(count)d characters; %(most)d fit.") % {"count": len(name), "most": longest}]
    return []


def _link_problems(button: Button, kind: ButtonKind) -> list[str]:
    given = {part: str(button.get(part, "")).strip() for part in LINKS}
    problems = []
    if kind.one_of and not any(given[part] for part in kind.one_of):
        problems.append(_("it needs a link (%s).") % ", ".join(kind.one_of))
    for part in ("mobile", "pc"):
        if given[part] and not given[part].startswith(("https://", "http://", "#{", "{{")):
            problems.append(_("“%s” is no web address: begin it with https://.") % given[part][:60])
    if any(len(link) > LONGEST_LINK for link in given.values()):
        problems.append(_("a link is longer than 1,000 characters."))
    return problems
