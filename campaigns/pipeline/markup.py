"""From the HTML an operator wrote to HTML that mail clients show: cleaned, styles inlined, links counted.

HTML parsers do not know Liquid, so its tags travel through them as words that mean nothing (`protect`) and come back
at the end (`restore`). A tag between elements travels as a comment, which may stand even between table rows.
"""

import re
import secrets
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urlsplit

import css_inline
import nh3
from django.utils.translation import gettext as _

from campaigns.pipeline.language import ContentProblem

LIQUID = re.compile(r"\{\{.*?\}\}|\{%.*?%\}", re.DOTALL)
MARKS = re.compile(r"<!--|-->|<style\b|</style|</?[a-z]|>|\"|'", re.IGNORECASE)
BODY_TAG = re.compile(r"(</?)body\b", re.IGNORECASE)
# Addresses that differ by customer: where they see and change their consents, and where they answer a survey, with an
# answer ticked or not. They are signed, so not counted.
OWN_PAGE = re.compile(r"\{\{-?\s*(?:notice\.page|survey\.link)\s*-?\}\}")
TICKED = re.compile(r"(?:\?score=\d{1,2})?")
WEB_ADDRESS = re.compile(r"https?://[^\s<>\"')\]]+")
# The page of a product, which differs by customer: in a loop, of what the automation began with, or one of a list by
# its number. Its address is made as the message is (`campaigns/product_fields/showing.py`).
PRODUCT_LISTS = "recommended|bought_together|repeat_due|cross_sell|up_sell|left_in_cart|viewed|trigger\\.products"
PRODUCT_PAGE = re.compile(
    rf"""\{{\{{-?\s*(?:(?:trigger\.)?product|(?:{PRODUCT_LISTS})(?:\[\d\]|\.first))\.url"""
    r"""\s*(?:\|\s*default:\s*(["'])https?://[^"']+\1\s*)?-?\}\}"""
)
# Browsers read these otherwise than we do, so that a link leads elsewhere than it looks, or cannot travel in a header.
MISLEADING = re.compile(r"[\x00-\x20\x7f\\]|^https?://(?:[^/?#]*@|[/?#]|$)", re.IGNORECASE)

TAGS = (nh3.ALLOWED_TAGS | {"style", "font", "center", "section", "main", "u"}) - {"math", "svg"}
DROPPED_WITH_CONTENT = {"script", "title", "form", "iframe", "object", "embed", "svg", "math", "template", "noscript"}
ATTRIBUTES = {
    "*": {"style", "class", "id", "align", "valign", "width", "height", "bgcolor", "border", "dir", "lang", "role",
          "title", "aria-label", "aria-hidden"},
    "table": {"cellpadding", "cellspacing"}, "td": {"colspan", "rowspan", "background"}, "th": {"colspan", "rowspan"},
    "a": {"href", "target", "name"}, "img": {"src", "alt"}, "font": {"color", "face", "size"}, "ol": {"start"},
}  # fmt: skip
SCHEMES = {"http", "https", "mailto", "tel", "sms", "cid"}
BLOCKS = {"p", "div", "tr", "table", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "li", "blockquote", "section"}

INLINER = css_inline.CSSInliner(keep_at_rules=True, load_remote_stylesheets=False)
PAGE = '<!doctype html><html lang="ko"><head><meta charset="utf-8">{head}</head><body>{body}</body></html>'
VIEWPORT = '<meta name="viewport" content="width=device-width">'


@dataclass
class Markup:
    """An operator's HTML on its way; `words` maps what travels to what it stands for."""

    words: dict[str, str] = field(default_factory=dict)
    links: list[str] = field(default_factory=list)
    problems: list[ContentProblem] = field(default_factory=list)
    # Random, so that no content can contain such a word by chance or on purpose.
    stem: str = field(default_factory=lambda: f"LQ{secrets.token_hex(8)}N")

    def word_for(self, meaning: str) -> str:
        """Return a new word that travels in place of `meaning`."""
        word = f"{self.stem}{len(self.words)}X"
        self.words[word] = meaning
        return word

    def link_word(self, url: str) -> str:
        """Return a word for the link's variable; the same target has the same number wherever it stands."""
        if url not in self.links:
            self.links.append(url)
        return self.word_for(f"{{{{ {link_variable(self.links.index(url) + 1)} }}}}")

    def restore(self, text: str) -> str:
        """Put back what the words stand for."""
        pattern = re.compile(f"<!--({self.stem}\\d+X)-->|({self.stem}\\d+X)")
        return pattern.sub(lambda match: self.words[match[1] or match[2]], text)

    def refuse(self, message: str) -> None:
        """Note a problem of the HTML."""
        self.problems.append(ContentProblem("html", message))


def link_variable(number: int) -> str:
    """Return the name under which a template finds the address of its link."""
    return f"click_{number}"


def prepare(source: str, markup: Markup) -> tuple[str, str, str]:
    """Return (what stands before the content, the content as a template, the plain text as a template)."""
    cleaned = _clean(BODY_TAG.sub(r"\1div", _protect(source, markup)), markup)
    inlined = INLINER.inline(PAGE.format(head=VIEWPORT, body=cleaned))
    head, _body_tag, rest = inlined.partition("<body>")
    content = rest.rpartition("</body>")[0]
    return f"{head}<body>", markup.restore(content), markup.restore(_as_text(cleaned, markup))


def prepare_text(source: str, markup: Markup) -> str:
    """Return the plain text that an operator wrote, as a template with its links replaced."""
    protected = LIQUID.sub(lambda match: markup.word_for(match[0]), source)
    return markup.restore(WEB_ADDRESS.sub(lambda match: _web_link(match[0], markup), protected))


def _protect(source: str, markup: Markup) -> str:
    """Replace each Liquid tag by a word, as a comment where it stands between elements."""
    place, parts, end = Place(), [], 0
    for match in LIQUID.finditer(source):
        literal = source[end : match.start()]
        place.pass_over(literal)
        parts += [literal, _travelling(match[0], place, markup, line=source.count("\n", 0, match.start()) + 1)]
        end = match.end()
    return "".join([*parts, source[end:]])


def _travelling(tag: str, place: "Place", markup: Markup, *, line: int) -> str:
    word = markup.word_for(tag)
    if place.inside in ("tag", "style"):
        message = _("Fields may stand in text and inside quoted values, not within a tag or a style sheet.")
        markup.problems.append(ContentProblem("html", message, line, 1))
    return f"<!--{word}-->" if tag.startswith("{%") and place.inside == "text" else word


class Place:
    """Where in HTML one stands: in text, in a tag, in a quoted value, in a comment or in a style sheet."""

    def __init__(self) -> None:
        self.inside = "text"
        self.quote = ""
        self.after_tag = "text"

    def pass_over(self, literal: str) -> None:
        """Follow a piece of HTML."""
        for mark in MARKS.finditer(literal):
            getattr(self, f"_in_{self.inside}")(mark[0].lower())

    def _in_text(self, mark: str) -> None:
        if mark == "<!--":
            self.inside = "comment"
        elif mark.startswith("<"):
            self.inside = "tag"
            self.after_tag = "style" if mark == "<style" else "text"

    def _in_tag(self, mark: str) -> None:
        if mark == ">":
            self.inside = self.after_tag
        elif mark in "\"'":
            self.inside, self.quote = "quoted", mark

    def _in_quoted(self, mark: str) -> None:
        if mark == self.quote:
            self.inside = "tag"

    def _in_comment(self, mark: str) -> None:
        if mark == "-->":
            self.inside = "text"

    def _in_style(self, mark: str) -> None:
        if mark == "</style":
            self.inside, self.after_tag = "tag", "text"


def _clean(html: str, markup: Markup) -> str:
    """Keep what mail HTML needs; drop scripts, forms, event handlers; replace each link's target by its word."""

    def targets(tag: str, attribute: str, value: str) -> str:
        return _target(value.strip(), markup) if (tag, attribute) == ("a", "href") else value

    return nh3.clean(
        html,
        tags=TAGS,
        clean_content_tags=DROPPED_WITH_CONTENT,
        attributes=ATTRIBUTES,
        attribute_filter=targets,
        strip_comments=False,
        link_rel=None,
        url_schemes=SCHEMES,
    )


def _target(href: str, markup: Markup) -> str:
    """Return what stands in the href: our word for a web address, the value itself for mailto, tel and anchors."""
    if PRODUCT_PAGE.fullmatch(markup.words.get(href, "")):
        return href
    if href.startswith("//"):
        href = f"https:{href}"
    if href.lower().startswith(("http://", "https://")):
        return _web_link(href, markup)
    if href.startswith("#") or urlsplit(href).scheme:
        return href
    if _is_own_page(href, markup):
        return href
    if markup.stem in href:
        markup.refuse(_("A link's address cannot contain a field; give the page's own address."))
    else:
        markup.refuse(_("The link “%s” must begin with https://.") % href)
    return href


def _is_own_page(href: str, markup: Markup) -> bool:
    """Tell whether it is a page of the customer's own, made and signed by us."""
    word, _mark, _query = href.partition("?")
    return bool(OWN_PAGE.fullmatch(markup.words.get(word, "")) and TICKED.fullmatch(href.removeprefix(word)))


def _web_link(url: str, markup: Markup) -> str:
    if markup.stem in url:
        markup.refuse(_("A link's address cannot contain a field; give the page's own address."))
        return url
    if MISLEADING.search(url):
        markup.refuse(_("The link “%s” has a space, a backslash, a user name or no host. Give it plain.") % url)
    if len(url) > 1_900:
        markup.refuse(_("A link's address is longer than 1,900 characters."))
    return markup.link_word(url)


def _as_text(html: str, markup: Markup) -> str:
    """Return the plain text of cleaned HTML: a line a block, links in brackets after their words."""
    maker = TextMaker(markup)
    maker.feed(html)
    maker.close()
    lines = [re.sub(r"[ \t\xa0]+", " ", line).strip() for line in "".join(maker.parts).splitlines()]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


class TextMaker(HTMLParser):
    """Collects the text of HTML."""

    def __init__(self, markup: Markup) -> None:
        super().__init__(convert_charrefs=True)
        self.markup = markup
        self.parts: list[str] = []
        self.href = ""
        self.in_style = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        self.in_style = tag == "style"
        if tag == "a":
            self.href = values.get("href") or ""
        elif tag == "img":
            self.parts.append(values.get("alt") or "")
        elif tag in BLOCKS or tag == "br":
            self.parts.append("\n- " if tag == "li" else "\n")

    def handle_endtag(self, tag: str) -> None:
        self.in_style = False
        if tag == "a" and self.href and not self.href.startswith("#"):
            self.parts.append(f" ({self.href.removeprefix('mailto:').removeprefix('tel:')})")
            self.href = ""
        elif tag in BLOCKS:
            self.parts.append("\n")
        elif tag in ("td", "th"):
            self.parts.append(" ")

    def handle_comment(self, data: str) -> None:
        if data in self.markup.words:
            self.parts.append(data)

    def handle_data(self, data: str) -> None:
        if not self.in_style:
            self.parts.append(re.sub(r"\s+", " ", data))
