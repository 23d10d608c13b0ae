"""The fields for the parts of a Brand Message that come in rows: buttons, items, cards, a product with its price."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from campaigns.editor.channel_forms.base import Lines
from campaigns.kakao import brand, buttons

MakesField = Callable[[], forms.Field]
PRICES = ("regular_price", "discount_price", "discount_rate")
WEB_BUTTON = "WL"


@dataclass(frozen=True, slots=True)
class Row:
    """Rows of one part: how many at least and at most, and the fields of each by their names."""

    name: str
    least: int
    most: int
    fields: Mapping[str, MakesField]

    def shown(self, typed: Callable[[str], str]) -> int:
        """Return how many rows are shown: those that are used, and one more to go on with."""
        used = [
            row for row in range(1, self.most + 1) if any(typed(f"{self.name}{row}.{part}") for part in self.fields)
        ]
        return min(max(self.least, max(used, default=0) + 1), self.most)


def web_address(label: str | Promise) -> MakesField:
    """Return what makes a field for a web address."""
    attributes = {"inputmode": "url", "placeholder": "https://"}
    return lambda: forms.CharField(
        label=label, max_length=buttons.LONGEST_LINK, required=False, widget=forms.TextInput(attributes)
    )


def words(label: str | Promise, longest: int, *, is_text: bool = False) -> MakesField:
    """Return what makes a field for words."""
    widget = forms.Textarea({"rows": 3}) if is_text else forms.TextInput()
    return lambda: Lines(label=label, max_length=longest, required=False, widget=widget)


def number(label: str | Promise) -> MakesField:
    """Return what makes a field for a whole number."""
    return lambda: forms.IntegerField(label=label, required=False, min_value=1)


def picture(label: str | Promise, help_text: str | Promise = "", *, reshapes: bool = False) -> MakesField:
    """Return what makes a field for a picture: the name of one that the shop keeps, or its number at the gateway.

    One that `reshapes` brings the next row when it is filled in.
    """
    # The page has the list of pictures to choose from once (`campaigns/kept_pictures.html`).
    widget = forms.TextInput({"list": "kept-pictures"} | ({"data-reshapes": ""} if reshapes else {}))
    return lambda: forms.CharField(label=label, max_length=100, required=False, help_text=help_text, widget=widget)


PICTURE = picture(_("Picture (one of ours, or its number at the gateway)"), reshapes=True)
PRODUCT: dict[str, MakesField] = {
    "title": words(_("Product"), brand.LONGEST_PRODUCT),
    "regular_price": number(_("Price, won")),
    "discount_price": number(_("Reduced price, won")),
    "discount_rate": number(_("Reduced by, percent")),
}
CARD_BUTTON: dict[str, MakesField] = {
    "name": words(_("Words on its button"), brand.TYPES["CAROUSEL_FEED"].longest_button_name),
    "mobile": web_address(_("It opens")),
}
ITEMS = Row(
    "item",
    brand.LEAST_ITEMS,
    brand.LEAST_ITEMS + 1,
    {
        "image_id": PICTURE,
        "title": words(_("Words of the item"), brand.LONGEST_ITEM),
        "mobile": web_address(_("It opens")),
    },
)
FEED_CARDS = Row(
    "card",
    brand.CARDS[0],
    brand.CARDS[1],
    {
        "image_id": PICTURE,
        "header": words(_("Head line of the card"), brand.LONGEST_HEADER),
        "text": words(_("Text"), brand.LONGEST_CARD_TEXT, is_text=True),
        **CARD_BUTTON,
    },
)
SHOP_CARDS = Row("card", brand.CARDS[0], brand.CARDS[1], {"image_id": PICTURE, **PRODUCT, **CARD_BUTTON})
VIDEO: dict[str, MakesField] = {
    "url": web_address(_("Video on KakaoTV")),
    "image_id": picture(_("Picture before it plays (one of ours, or its number at the gateway)")),
}
ROWS_OF = {"WIDE_ITEM_LIST": ITEMS, "CAROUSEL_FEED": FEED_CARDS, "CAROUSEL_COMMERCE": SHOP_CARDS}
WHOLE_OF = {"COMMERCE": ("commerce", PRODUCT), "PREMIUM_VIDEO": ("video", VIDEO)}


def card_of(found: Mapping[str, Any]) -> dict[str, Any]:
    """Return a card as the channel stores it: its button in a list, its price in a product."""
    given = filled_in(found)
    button = {part: given.pop(part) for part in CARD_BUTTON if part in given}
    product = {part: given.pop(part) for part in PRODUCT if part in given}
    return (
        given
        | ({"buttons": [{"code": WEB_BUTTON, **button}]} if button else {})
        | ({"commerce": product} if product else {})
    )


def typed_of_card(card: Mapping[str, Any]) -> dict[str, Any]:
    """Return a stored card as its fields are named."""
    button: Mapping[str, Any] = next(iter(card.get("buttons") or ()), {})
    plain = {part: value for part, value in card.items() if isinstance(value, str)}
    return plain | {part: button[part] for part in CARD_BUTTON if part in button} | dict(card.get("commerce") or {})


def filled_in(found: Mapping[str, Any]) -> dict[str, Any]:
    """Return what was filled in."""
    return {name: value for name, value in found.items() if value not in (None, "")}


def rows_of(found: Mapping[str, Any], name: str, numbers: Iterable[int]) -> list[dict[str, Any]]:
    """Return the values of each row that has any: `card1.header` as {"header": …}."""
    rows = [
        filled_in({key.partition(".")[2]: value for key, value in found.items() if key.startswith(f"{name}{row}.")})
        for row in numbers
    ]
    return [row for row in rows if row]


def whole_of(found: Mapping[str, Any], name: str) -> dict[str, Any]:
    """Return the values of a part that is there once: `coupon.title` as {"title": …}."""
    return filled_in({key.partition(".")[2]: value for key, value in found.items() if key.startswith(f"{name}.")})
