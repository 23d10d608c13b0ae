"""The kinds of Brand Message and what fits into each, as one table (K-09), and the forms a coupon's title may have."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaigns.kakao import buttons

LONGEST_HEADER = 20
LONGEST_FOOTNOTE = 34
LONGEST_CARD_TEXT = 180
LONGEST_PRODUCT = 30
LONGEST_MAIN_ITEM, LONGEST_ITEM = 25, 30
LEAST_ITEMS = 4  # the big one, and three below it
CARDS = (2, 6)
LINKS_ONLY = ("WL", "AL")
# The fixed forms of a coupon's title: an amount, a share, the delivery, something free, something more.
COUPON_TITLES = re.compile(
    r"[1-9]\d{0,7}원 할인 쿠폰|(?:[1-9]\d?|100)% 할인 쿠폰|배송비 할인 쿠폰|\S{1,7} 무료 쿠폰|\S{1,7} UP 쿠폰"
)


@dataclass(frozen=True, slots=True)
class BrandType:
    """A kind of Brand Message: what it takes, what it cannot be without, how long each part may be."""

    key: str
    kind: str
    label: str | Promise
    takes: tuple[str, ...]
    needs: tuple[str, ...]
    longest_text: int = 0
    most_line_breaks: int = 0
    most_buttons: int = 2
    least_buttons: int = 0
    longest_button_name: int = 8
    allowed_buttons: tuple[str, ...] = buttons.ON_BRAND_MESSAGE
    coupon_takes_button: bool = False
    longest_coupon_text: int = 12
    is_wide: bool = False
    # KakaoTalk marks it as advertising whatever is asked for (L-24).
    is_always_marked: bool = False


_TAPPED = ("buttons", "coupon")
_PICTURE = ("image_id", "image_url")
TYPES = {
    each.key: each
    for each in (
        BrandType(
            "TEXT", "brand_text", gettext_lazy("text"), ("text", *_TAPPED), ("text",), 1_300, 99,
            most_buttons=5, longest_button_name=14, coupon_takes_button=True,
        ),
        BrandType(
            "IMAGE", "brand_image", gettext_lazy("picture"), ("text", *_PICTURE, "image_link", *_TAPPED),
            ("text", "image"), 400, 29, most_buttons=5, longest_button_name=14, coupon_takes_button=True,
        ),
        BrandType(
            "WIDE", "brand_wide", gettext_lazy("wide picture"), ("text", *_PICTURE, *_TAPPED), ("image",), 76, 1,
            longest_coupon_text=18, is_wide=True,
        ),
        BrandType(
            "WIDE_ITEM_LIST", "brand_list", gettext_lazy("list of pictures"), ("header", "items", *_TAPPED),
            ("header", "items"), longest_coupon_text=18, is_wide=True, is_always_marked=True,
        ),
        BrandType(
            "COMMERCE", "brand_commerce", gettext_lazy("product"), ("footnote", *_PICTURE, "commerce", *_TAPPED),
            ("image", "commerce"), least_buttons=1, allowed_buttons=LINKS_ONLY,
        ),
        BrandType(
            "CAROUSEL_FEED", "brand_carousel", gettext_lazy("cards to leaf through"), ("cards",), ("cards",),
            least_buttons=1, allowed_buttons=LINKS_ONLY, is_always_marked=True,
        ),
        BrandType(
            "CAROUSEL_COMMERCE", "brand_shop", gettext_lazy("products to leaf through"), ("cards",), ("cards",),
            least_buttons=1, allowed_buttons=LINKS_ONLY, is_always_marked=True,
        ),
        BrandType(
            "PREMIUM_VIDEO", "brand_video", gettext_lazy("video"), ("header", "text", "video", *_TAPPED), ("video",),
            76, 1, most_buttons=1,
        ),
    )
}  # fmt: skip
CAROUSELS = ("CAROUSEL_FEED", "CAROUSEL_COMMERCE")
PART_NAMES = {
    "text": gettext_lazy("a text"),
    "image": gettext_lazy("a picture"),
    "header": gettext_lazy("a head line"),
    "items": gettext_lazy("a list of items"),
    "commerce": gettext_lazy("a product with its price"),
    "cards": gettext_lazy("cards"),
    "video": gettext_lazy("a video"),
}


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that does not fit; `part` is where, `is_length` whether the customer's own values may be why."""

    part: str
    message: str
    is_length: bool = False


def faults(type_: BrandType, said: Mapping[str, Any], *, targeting: str) -> list[Fault]:
    """Return what of a Brand Message does not fit its kind. `said` holds the parts as `Variant.details` does."""
    return [
        *_missing(type_, said),
        *_text_faults(type_, said),
        *_button_faults(type_, said, targeting),
        *_coupon_faults(type_, said.get("coupon")),
        *_price_faults(said.get("commerce")),
        *_item_faults(type_, said.get("items") or []),
        *_card_faults(type_, said.get("cards") or []),
    ]


def taken(type_: BrandType, said: Mapping[str, Any]) -> dict[str, Any]:
    """Return the parts that the kind takes; gateways refuse a message with any other."""
    return {name: value for name, value in said.items() if name in type_.takes}


def is_coupon_title(title: str) -> bool:
    """Tell whether the title has one of the five forms that KakaoTalk takes (K-09)."""
    return COUPON_TITLES.fullmatch(title) is not None


def _price_faults(product: object) -> Iterator[Fault]:
    """A product has a name and a price, and a lower one only together with how much lower it is."""
    if not isinstance(product, Mapping):
        return
    if not str(product.get("title") or "").strip():
        yield Fault("commerce", _("The product has no name."))
    yield from _too_long("commerce", str(product.get("title") or ""), LONGEST_PRODUCT)
    prices = [product.get(name) for name in ("regular_price", "discount_price", "discount_rate")]
    if not all(price is None or (isinstance(price, int) and price > 0) for price in prices) or prices[0] is None:
        yield Fault("commerce", _("Prices are whole won, the reduction whole percent; the regular price is needed."))
    elif (prices[1] is None) != (prices[2] is None):
        yield Fault("commerce", _("A reduced price needs its percentage, and the other way round."))
    elif prices[1] is not None and not prices[1] < prices[0]:
        yield Fault("commerce", _("The reduced price is not below the regular one."))


def _missing(type_: BrandType, said: Mapping[str, Any]) -> Iterator[Fault]:
    for part in type_.needs:
        given = said.get("image_id" if part == "image" else part)
        if not given or (isinstance(given, str) and not given.strip()):
            yield Fault(part, _("This kind needs %s.") % PART_NAMES[part])


def _text_faults(type_: BrandType, said: Mapping[str, Any]) -> Iterator[Fault]:
    text = str(said.get("text") or "")
    yield from _too_long("text", text, type_.longest_text)
    if text.count("\n") > type_.most_line_breaks:
        message = _("The text has %(count)d line breaks; this kind takes %(most)d.")
        yield Fault("text", message % {"count": text.count("\n"), "most": type_.most_line_breaks}, is_length=True)
    yield from _too_long("header", str(said.get("header") or ""), LONGEST_HEADER)
    yield from _too_long("footnote", str(said.get("footnote") or ""), LONGEST_FOOTNOTE)


def _button_faults(type_: BrandType, said: Mapping[str, Any], targeting: str) -> Iterator[Fault]:
    if type_.key in CAROUSELS:
        return
    given: Sequence[buttons.Button] = said.get("buttons") or []
    most = type_.most_buttons - (1 if said.get("coupon") and type_.coupon_takes_button else 0)
    for problem in buttons.problems_of(
        given,
        allowed=type_.allowed_buttons,
        longest_name=type_.longest_button_name,
        most=most,
        least=type_.least_buttons,
    ):
        yield Fault("buttons", problem)
    yield from _channel_add_faults(type_, given, targeting)


def _channel_add_faults(type_: BrandType, given: Sequence[buttons.Button], targeting: str) -> Iterator[Fault]:
    """“Add channel” stands first on TEXT and IMAGE, second on others, and only for people who may not be friends."""
    places = [place for place, button in enumerate(given) if button.get("code") == buttons.CHANNEL_ADD]
    if not places:
        return
    if targeting not in ("M", "N"):
        yield Fault("buttons", _("“%s” is for recipients who may not be channel friends.") % buttons.CHANNEL_ADD_NAME)
    wanted = 0 if type_.key in ("TEXT", "IMAGE") else 1
    if places != [wanted]:
        message = _("“%(name)s” must be button %(place)d, once.")
        yield Fault("buttons", message % {"name": buttons.CHANNEL_ADD_NAME, "place": wanted + 1})


def _coupon_faults(type_: BrandType, coupon: object) -> Iterator[Fault]:
    if not isinstance(coupon, Mapping):
        return
    if not is_coupon_title(str(coupon.get("title", ""))):
        forms = "1000원 할인 쿠폰, 10% 할인 쿠폰, 배송비 할인 쿠폰, 음료 무료 쿠폰, 사이즈 UP 쿠폰"
        yield Fault("coupon", _("A coupon's title has one of these forms: %s.") % forms)
    yield from _too_long("coupon", str(coupon.get("description") or ""), type_.longest_coupon_text)


def _item_faults(type_: BrandType, items: Sequence[Mapping[str, object]]) -> Iterator[Fault]:
    if "items" not in type_.takes or not items:
        return
    if len(items) < LEAST_ITEMS:
        yield Fault("items", _("The list needs one big item and at least three below it."))
    for place, item in enumerate(items):
        longest = LONGEST_MAIN_ITEM if place == 0 else LONGEST_ITEM
        if not (item.get("image_id") and item.get("mobile")):
            yield Fault("items", _("Item %d needs a picture and a link.") % (place + 1))
        yield from _too_long("items", str(item.get("title") or ""), longest)


def _card_faults(type_: BrandType, cards: Sequence[Mapping[str, object]]) -> Iterator[Fault]:
    if type_.key not in CAROUSELS or not cards:
        return
    least, most = CARDS
    if not least <= len(cards) <= most:
        yield Fault("cards", _("%(least)d to %(most)d cards fit.") % {"least": least, "most": most})
    for place, card in enumerate(cards, start=1):
        for fault in _faults_of_card(type_, card):
            message = _("Card %(place)d: %(problem)s") % {"place": place, "problem": fault.message}
            yield Fault("cards", message, fault.is_length)


def _faults_of_card(type_: BrandType, card: Mapping[str, Any]) -> Iterator[Fault]:
    if not card.get("image_id"):
        yield Fault("cards", _("it needs a picture."))
    if type_.key == "CAROUSEL_COMMERCE" and not card.get("commerce"):
        yield Fault("cards", _("it needs a product with its price."))
    if type_.key == "CAROUSEL_FEED":
        yield from _too_long("cards", str(card.get("header") or ""), LONGEST_HEADER)
        yield from _too_long("cards", str(card.get("text") or ""), LONGEST_CARD_TEXT)
    for problem in buttons.problems_of(
        card.get("buttons") or [],
        allowed=type_.allowed_buttons,
        longest_name=type_.longest_button_name,
        most=type_.most_buttons,
        least=type_.least_buttons,
    ):
        yield Fault("cards", problem)
    yield from _coupon_faults(type_, card.get("coupon"))
    yield from _price_faults(card.get("commerce"))


def _too_long(part: str, text: str, most: int) -> Iterator[Fault]:
    if len(text) > most:
        message = _("“%(text)s…” has %(count)s characters; %(most)s fit.")
        shown = {"text": text[:20], "count": f"{len(text):,}", "most": f"{most:,}"}
        yield Fault(part, message % shown, is_length=True)
