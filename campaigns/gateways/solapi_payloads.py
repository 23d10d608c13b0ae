"""A prepared message in SOLAPI's words."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from campaigns.gateways.base import Picture, PreparedMessage

OUR_NUMBER, OUR_ACCOUNT = "message", "account"
TEXT_TYPES = {"sms": "SMS", "lms": "LMS", "mms": "MMS"}
ALIMTALK, BRAND_MESSAGE = "ATA", "BMS_FREE"
KOREA = "82"
# What parts of a Brand Message are called there. Other names are only written in camel case.
BRAND_NAMES = {
    "code": "linkType", "mobile": "linkMobile", "pc": "linkPc", "android": "linkAndroid", "ios": "linkIos",
    "footnote": "additionalContent", "text": "content",
}  # fmt: skip
# What a picture is uploaded for: the kind of message, or the place in a list of pictures.
TEXT_PICTURE, MAIN_ITEM, SUB_ITEM = "MMS", "BMS_WIDE_MAIN_ITEM_LIST", "BMS_WIDE_SUB_ITEM_LIST"
BRAND_PICTURES = {
    "IMAGE": "BMS", "WIDE": "BMS_WIDE", "COMMERCE": "BMS", "CAROUSEL_FEED": "BMS_CAROUSEL_FEED_LIST",
    "CAROUSEL_COMMERCE": "BMS_CAROUSEL_COMMERCE_LIST", "PREMIUM_VIDEO": "KAKAO",
}  # fmt: skip
# Shown in our own preview only.
BRAND_UNSAID = frozenset({"image_url"})
# Parts of the whole message, and not of the picture list or the cards within it.
BRAND_PARTS = ("header", "image_id", "image_link", "footnote", "buttons", "coupon", "commerce", "video")
LAND_LINE_OF_SERVICE = re.compile(r"0(1[568]\d{6})")
# Returns SOLAPI's number of a picture, uploaded for a purpose.
FileOf = Callable[[Picture, str], str]


def payload(message: PreparedMessage, *, account: int, file_of: FileOf) -> dict[str, Any]:
    """Return the message as a call carries it, of the kind that we chose and with our number (G-03, G-25)."""
    said: Mapping[str, Any] = message.content  # type: ignore[assignment]  # plain values for all but mail
    common = {
        "to": national(message.recipient),
        "from": national(message.sender),
        "country": KOREA,
        "autoTypeDetect": False,
        "customFields": {OUR_NUMBER: str(message.message_id), OUR_ACCOUNT: str(account)},
    }
    if message.kind in TEXT_TYPES:
        return common | _text(message.kind, said, file_of)
    return common | (_alimtalk(said) if "template" in said else _brand_message(said, file_of))


def national(number: str) -> str:
    """Return a Korean number as its digits are dialled in the country: 01012345678."""
    digits = re.sub(r"\D", "", number.replace("+82", "0", 1))
    service = LAND_LINE_OF_SERVICE.fullmatch(digits)  # 1588-0000 has no area code, so no zero stands before it
    return service[1] if service else digits


def international(number: str) -> str:
    """Return a number as it is dialled in the country as E.164, the way it is stored here."""
    return f"+82{number.removeprefix('0')}" if number else ""


def _text(kind: str, said: Mapping[str, Any], file_of: FileOf) -> dict[str, Any]:
    parts: dict[str, Any] = {"type": TEXT_TYPES[kind], "text": said["text"]}
    if said.get("subject") and kind != "sms":
        parts["subject"] = said["subject"]
    if kind == "mms":
        parts["imageId"] = file_of(said["images"][0], TEXT_PICTURE)
    return parts


def _alimtalk(said: Mapping[str, Any]) -> dict[str, Any]:
    """Name the template and its values; SOLAPI writes the text. It must not fall back to a text by itself (K-05)."""
    options = {
        "pfId": said["profile"],
        "templateId": said["template"],
        "variables": {f"#{{{name}}}": value for name, value in said["variables"].items()},
        "disableSms": True,
    }
    return {"type": ALIMTALK, "kakaoOptions": options}


def _brand_message(said: Mapping[str, Any], file_of: FileOf) -> dict[str, Any]:
    def uploaded(part: Any, purpose: str) -> Any:
        return _renamed(part, lambda picture: file_of(picture, purpose))

    purpose = BRAND_PICTURES.get(said["type"], "")
    parts = {"targeting": said["targeting"], "chatBubbleType": said["type"]}
    parts |= uploaded({name: said[name] for name in BRAND_PARTS if said.get(name)}, purpose)
    if said.get("items"):
        main, *others = said["items"]
        parts |= {"mainWideItem": uploaded(main, MAIN_ITEM), "subWideItemList": uploaded(others, SUB_ITEM)}
    if said.get("cards"):
        parts["carousel"] = {"list": uploaded(said["cards"], purpose)}
    options = {"pfId": said["profile"], "disableSms": True, "adFlag": bool(said["is_advertising"]), "bms": parts}
    return {"type": BRAND_MESSAGE, "text": said.get("text", ""), "kakaoOptions": options}


def _renamed(value: Any, upload: Callable[[Picture], str]) -> Any:
    """Return the parts under SOLAPI's names, without empty ones, and pictures by their numbers there."""
    if isinstance(value, list | tuple):
        return [_renamed(each, upload) for each in value]
    if isinstance(value, Picture):
        return upload(value)
    if not isinstance(value, Mapping):
        return value
    said = {name: part for name, part in value.items() if part not in (None, "", [], {}) and name not in BRAND_UNSAID}
    return {BRAND_NAMES.get(name, _camel(name)): _renamed(part, upload) for name, part in said.items()}


def _camel(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(word.capitalize() for word in others)
