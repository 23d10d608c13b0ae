"""Templates in SOLAPI's words and in ours, both ways; no network here."""

from collections.abc import Mapping
from typing import Any

from campaigns.kakao.template_source import FoundProfile, FoundTemplate
from campaigns.models import KakaoTemplate

State = KakaoTemplate.State
# A word that is not here means "unknown", which is not approved (K-02).
STATES = {
    "PENDING": State.WRITTEN,
    "INSPECTING": State.REQUESTED,
    "APPROVED": State.APPROVED,
    "REJECTED": State.REJECTED,
    "STOPPED": State.STOPPED,
    "DORMANT": State.DORMANT,
}
BUTTON_PARTS = {
    "code": "buttonType",
    "name": "buttonName",
    "mobile": "linkMo",
    "pc": "linkPc",
    "android": "linkAnd",
    "ios": "linkIos",
}
QUICK_REPLY_PARTS = BUTTON_PARTS | {"code": "linkType", "name": "name"}
# Our field → theirs, for what is a plain text.
TEXTS = {
    "name": "name",
    "category_code": "categoryCode",
    "body": "content",
    "kind": "messageType",
    "emphasis": "emphasizeType",
    "title": "emphasizeTitle",
    "subtitle": "emphasizeSubtitle",
    "image_id": "imageId",
    "header": "header",
    "extra": "extra",
}


def found_profile(said: Mapping[str, Any]) -> FoundProfile:
    """Return a KakaoTalk channel as SOLAPI lists it."""
    return FoundProfile(profile_id=str(said["channelId"]), search_id=str(said.get("searchId") or ""))


def found_template(said: Mapping[str, Any]) -> FoundTemplate:
    """Return a template as SOLAPI lists it."""
    vendor_state = str(said.get("status") or "")
    return FoundTemplate(
        profile_id=str(said.get("channelId") or ""),
        code=str(said["templateId"]),
        state=STATES.get(vendor_state, State.UNKNOWN),
        vendor_state=vendor_state,
        values=_values(said),
        comments=[_comment(comment) for comment in said.get("comments") or ()],
    )


def as_request(template: KakaoTemplate) -> dict[str, Any]:
    """Return a template as SOLAPI takes it, to be made or changed."""
    request: dict[str, Any] = {theirs: getattr(template, ours) for ours, theirs in TEXTS.items()}
    request |= {
        "channelId": template.profile.profile_id,
        "securityFlag": template.is_secure,
        "buttons": [_renamed(button, BUTTON_PARTS) for button in template.buttons],
        "quickReplies": [_renamed(reply, QUICK_REPLY_PARTS) for reply in template.quick_replies],
    }
    if template.emphasis == KakaoTemplate.Emphasis.ITEMS:
        request |= {"highlight": template.highlight, "item": {"list": template.items, "summary": template.summary}}
    return {name: value for name, value in request.items() if value not in ("", [], {}, None)}


def _values(said: Mapping[str, Any]) -> dict[str, Any]:
    texts = {ours: str(said.get(theirs) or "") for ours, theirs in TEXTS.items()}
    listed = said.get("item") or {}
    return {
        **texts,
        "kind": texts["kind"] or KakaoTemplate.Kind.BASIC,
        "emphasis": texts["emphasis"] or KakaoTemplate.Emphasis.NONE,
        "is_secure": bool(said.get("securityFlag")),
        "highlight": _pair(said.get("highlight")),
        "items": [_pair(item) for item in listed.get("list") or ()],
        "summary": _pair(listed.get("summary")),
        "buttons": [_ours(button, BUTTON_PARTS) for button in said.get("buttons") or ()],
        "quick_replies": [_ours(reply, QUICK_REPLY_PARTS) for reply in said.get("quickReplies") or ()],
    }


def _comment(said: Mapping[str, Any]) -> dict[str, object]:
    return {
        "by": str(said.get("memberId") or ""),
        "text": str(said.get("content") or "")[:2_000],
        "at": str(said.get("dateCreated") or ""),
        "is_kakao": bool(said.get("isAdmin")),
    }


def _pair(said: Mapping[str, Any] | None) -> dict[str, str]:
    pair = {part: str((said or {}).get(part) or "") for part in ("title", "description")}
    return pair if any(pair.values()) else {}


def _ours(said: Mapping[str, Any], parts: Mapping[str, str]) -> dict[str, str]:
    return {ours: str(said[theirs]) for ours, theirs in parts.items() if said.get(theirs)}


def _renamed(given: Mapping[str, str], parts: Mapping[str, str]) -> dict[str, str]:
    return {theirs: given[ours] for ours, theirs in parts.items() if given.get(ours)}
