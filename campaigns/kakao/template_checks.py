"""What Kakao asks of the text of an AlimTalk template before it looks at it (K-01, K-03)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from django.utils.translation import gettext as _

from campaigns import compliance
from campaigns.kakao import buttons, variables
from campaigns.models import KakaoTemplate
from campaigns.models.kakao import LONGEST_BODY

LONGEST_BUTTON_NAME = 14
LONGEST_EXTRA = 500
ITEMS = (2, 10)
LONGEST_ITEM = {"title": 6, "description": 23}
LONGEST_HIGHLIGHT = {"title": 30, "description": 19}
LONGEST_SUMMARY = {"title": 6, "description": 14}

Emphasis, Kind = KakaoTemplate.Emphasis, KakaoTemplate.Kind


@dataclass(frozen=True, slots=True)
class TemplateProblem:
    """Something to mend (or, as a warning, to think about), and the field it stands in."""

    field: str
    message: str
    is_warning: bool = False


def problems_of(template: KakaoTemplate) -> list[TemplateProblem]:
    """Return all that Kakao would send it back for, warnings last; empty: it can be handed in."""
    found = [
        *_body_problems(template),
        *_emphasis_problems(template),
        *_list_problems(template),
        *_extra_problems(template),
        *_button_problems(template),
        *_variable_problems(template),
        *_advertising_words(template),
    ]
    return sorted(found, key=lambda problem: problem.is_warning)


def _body_problems(template: KakaoTemplate) -> Iterator[TemplateProblem]:
    if not template.body.strip():
        yield TemplateProblem("body", _("The text is empty."))
    yield from _too_long("body", template.body, LONGEST_BODY)


def _emphasis_problems(template: KakaoTemplate) -> Iterator[TemplateProblem]:
    if template.emphasis == Emphasis.TEXT:
        for name in ("title", "subtitle"):
            if not getattr(template, name).strip():
                yield TemplateProblem(name, _("A template with a headline needs the headline and the line above it."))
    if template.emphasis == Emphasis.IMAGE and not (template.image_url or template.image_id):
        yield TemplateProblem("image_url", _("A template with a picture needs the picture."))


def _list_problems(template: KakaoTemplate) -> Iterator[TemplateProblem]:
    if template.emphasis != Emphasis.ITEMS:
        return
    least, most = ITEMS
    if not least <= len(template.items) <= most:
        yield TemplateProblem("items", _("A list has %(least)d to %(most)d items.") % {"least": least, "most": most})
    for item in template.items:
        yield from _pair_problems("items", item, LONGEST_ITEM)
    if template.highlight:
        yield from _pair_problems("highlight", template.highlight, LONGEST_HIGHLIGHT)
    if template.summary:
        yield from _pair_problems("summary", template.summary, LONGEST_SUMMARY)


def _pair_problems(field: str, pair: Mapping[str, str], longest: Mapping[str, int]) -> Iterator[TemplateProblem]:
    for part, most in longest.items():
        text = str(pair.get(part, ""))
        if not text.strip():
            yield TemplateProblem(field, _("Both words of a line must be filled in."))
        # What a variable becomes is measured when it is sent.
        if not variables.names_in(text):
            yield from _too_long(field, text, most)


def _extra_problems(template: KakaoTemplate) -> Iterator[TemplateProblem]:
    if template.kind not in (Kind.EXTRA, Kind.MIXED):
        return
    if not template.extra.strip():
        yield TemplateProblem("extra", _("This kind needs further information below the text."))
    if variables.names_in(template.extra):
        yield TemplateProblem("extra", _("No variables may stand in the further information."))
    yield from _too_long("extra", template.extra, LONGEST_EXTRA)


def _button_problems(template: KakaoTemplate) -> Iterator[TemplateProblem]:
    for problem in buttons.problems_of(template.buttons, allowed=buttons.ON_ALIMTALK, longest_name=LONGEST_BUTTON_NAME):
        yield TemplateProblem("buttons", problem)
    codes = [button.get("code") for button in template.buttons]
    invites = template.kind in (Kind.CHANNEL, Kind.MIXED)
    if buttons.CHANNEL_ADD in codes and (not invites or codes.index(buttons.CHANNEL_ADD) != 0):
        message = _("“%s” must be the first button, and stands in templates with a channel invitation only.")
        yield TemplateProblem("buttons", message % buttons.CHANNEL_ADD_NAME)


def _variable_problems(template: KakaoTemplate) -> Iterator[TemplateProblem]:
    for name in template.variables:
        if "." in name or name != name.strip():
            message = _("The variable “%s” has a dot or a blank at its edge, which gateways do not take.")
            yield TemplateProblem("body", message % name)
    for name in template.optional_variables:
        if name not in template.variables:
            yield TemplateProblem("optional_variables", _("The text has no variable “%s”.") % name)


def _advertising_words(template: KakaoTemplate) -> Iterator[TemplateProblem]:
    """One advertising word makes the whole message advertising, which AlimTalk must not carry (L-25, L-32)."""
    words = compliance.promotional_words(" ".join([*template.texts, template.extra]))
    if words:
        message = _("This reads like advertising: %s. Kakao rejects it, and AlimTalk may not carry it (L-25).")
        yield TemplateProblem("body", message % ", ".join(words), is_warning=True)


def _too_long(field: str, text: str, most: int) -> Iterator[TemplateProblem]:
    if len(text) > most:
        message = _("“%(text)s…” has %(count)s characters; %(most)s fit.")
        shown = {"text": text[:20], "count": f"{len(text):,}", "most": f"{most:,}"}
        yield TemplateProblem(field, message % shown)
