"""A message as KakaoTalk draws it: one shape for approved templates, drafts and Brand Messages, read by the frames."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from campaigns.gateways.base import Picture
from campaigns.kakao.buttons import Button
from campaigns.kakao.variables import filled
from campaigns.models import KakaoTemplate

# What KakaoTalk writes of its own accord; recipients read Korean whatever language the operator works in.
INVITATION = "채널 추가하고 이 채널의 광고와 마케팅 메시지를 카카오톡으로 받기"


@dataclass(frozen=True, slots=True)
class Line:
    """A row of a list of items, or two words that belong together."""

    title: str = ""
    description: str = ""
    picture: Picture | None = None


@dataclass(frozen=True, slots=True)
class Card:
    """One of the cards that are leafed through in a carousel."""

    header: str = ""
    text: str = ""
    image_url: str = ""
    picture: Picture | None = None
    buttons: tuple[Button, ...] = ()
    coupon: Line | None = None
    price: Line | None = None


@dataclass(frozen=True, slots=True)
class Bubble:
    """What is read in the bubble, from top to bottom. `is_advertising`: KakaoTalk marks it and offers to block."""

    sender: str
    text: str = ""
    is_alimtalk: bool = False
    is_advertising: bool = False
    is_wide: bool = False
    image_url: str = ""
    picture: Picture | None = None
    has_image: bool = False
    has_video: bool = False
    header: str = ""
    subtitle: str = ""
    title: str = ""
    highlight: Line | None = None
    items: tuple[Line, ...] = ()
    summary: Line | None = None
    footnote: str = ""
    invitation: str = ""
    price: Line | None = None
    coupon: Line | None = None
    buttons: tuple[Button, ...] = ()
    quick_replies: tuple[Button, ...] = ()
    cards: tuple[Card, ...] = field(default=())
    opt_out: str = ""

    def as_text(self) -> str:
        """Return all that is read, as plain text."""
        lines = [self.header, self.subtitle, self.title, *_lines_of(self.highlight, *self.items, self.summary)]
        lines += [self.text, self.footnote, self.invitation, *_lines_of(self.price, self.coupon)]
        for card in self.cards:
            lines += [card.header, card.text, *_lines_of(card.price, card.coupon)]
            lines += [str(button.get("name", "")) for button in card.buttons]
        lines += [str(button.get("name", "")) for button in (*self.buttons, *self.quick_replies)]
        return "\n".join(line for line in [*lines, self.opt_out] if line)


def of_template(template: KakaoTemplate, values: Mapping[str, str]) -> Bubble:
    """Return the template with the variables that have a value filled in; others show as #{name}."""

    def said(text: object) -> str:
        return filled(str(text or ""), values)

    is_list = template.emphasis == KakaoTemplate.Emphasis.ITEMS
    is_headline = template.emphasis == KakaoTemplate.Emphasis.TEXT
    invites = template.kind in (KakaoTemplate.Kind.CHANNEL, KakaoTemplate.Kind.MIXED)
    return Bubble(
        sender=template.profile.name,
        is_alimtalk=True,
        text=said(template.body),
        image_url=template.image_url,
        has_image=template.emphasis == KakaoTemplate.Emphasis.IMAGE,
        header=said(template.header) if is_list else "",
        subtitle=said(template.subtitle) if is_headline else "",
        title=said(template.title) if is_headline else "",
        highlight=_line(template.highlight, values) if is_list and template.highlight else None,
        items=tuple(_line(item, values) for item in template.items) if is_list else (),
        summary=_line(template.summary, values) if is_list and template.summary else None,
        footnote=template.extra if template.kind in (KakaoTemplate.Kind.EXTRA, KakaoTemplate.Kind.MIXED) else "",
        invitation=INVITATION if invites else "",
        buttons=_filled_buttons(template.buttons, values),
        quick_replies=_filled_buttons(template.quick_replies, values),
    )


def _line(pair: Mapping[str, object], values: Mapping[str, str]) -> Line:
    return Line(filled(str(pair.get("title", "")), values), filled(str(pair.get("description", "")), values))


def _filled_buttons(given: Sequence[Button], values: Mapping[str, str]) -> tuple[Button, ...]:
    return tuple({part: filled(str(text), values) for part, text in button.items()} for button in given)


def _lines_of(*lines: Line | None) -> list[str]:
    return [f"{line.title} {line.description}".strip() for line in lines if line]


def of_brand_message(
    said: Mapping[str, Any], *, sender: str, is_wide: bool, is_advertising: bool, opt_out_number: str
) -> Bubble:
    """Return a Brand Message as its recipient sees it."""
    return Bubble(
        sender=sender,
        text=str(said.get("text") or ""),
        is_advertising=is_advertising,
        is_wide=is_wide,
        image_url=str(said.get("image_url") or ""),
        picture=_picture(said),
        has_image=bool(said.get("image_id") or said.get("image_url")),
        has_video=bool(said.get("video")),
        header=str(said.get("header") or ""),
        items=tuple(_picture_line(item) for item in said.get("items") or ()),
        footnote=str(said.get("footnote") or ""),
        price=_price(said.get("commerce")),
        coupon=_coupon(said.get("coupon")),
        buttons=tuple(said.get("buttons") or ()),
        cards=tuple(_card(card) for card in said.get("cards") or ()),
        opt_out=_opt_out(is_advertising, opt_out_number),
    )


def _card(card: Mapping[str, Any]) -> Card:
    return Card(
        header=str(card.get("header") or ""),
        text=str(card.get("text") or ""),
        image_url=str(card.get("image_url") or ""),
        picture=_picture(card),
        buttons=tuple(card.get("buttons") or ()),
        coupon=_coupon(card.get("coupon")),
        price=_price(card.get("commerce")),
    )


def _picture_line(item: Mapping[str, object]) -> Line:
    return Line(title=str(item.get("title") or ""), picture=_picture(item))


def _picture(part: Mapping[str, object]) -> Picture | None:
    """Return the picture itself, where it is one that the shop keeps."""
    picture = part.get("image_id")
    return picture if isinstance(picture, Picture) else None


def _coupon(coupon: Mapping[str, object] | None) -> Line | None:
    return Line(str(coupon.get("title") or ""), str(coupon.get("description") or "")) if coupon else None


def _price(product: Mapping[str, object] | None) -> Line | None:
    """Return the product's name and what it costs: the reduced price, and how much less that is."""
    if not product:
        return None
    price = product.get("discount_price") or product.get("regular_price")
    shown = f"{price:,}원" if isinstance(price, int) else ""
    less = f"{product['discount_rate']}% " if product.get("discount_rate") else ""
    return Line(str(product.get("title") or ""), f"{less}{shown}")


def _opt_out(is_advertising: bool, number: str) -> str:
    if not is_advertising:
        return ""
    return f"무료수신거부 {number}" if number else "수신거부 | 채널 차단"
