"""What a notice must say and may not say: the items of the law, and nothing else (L-12, L-13, P-13, P-16)."""

import re

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaigns.compliance.authored import variants_of, written_in
from campaigns.compliance.wording import promotional_words
from campaigns.models import Campaign, Variant
from customers.models import NoticeDuty

ITEMS = {
    NoticeDuty.Kind.RESULT_NOTICE: {
        "notice.said": gettext_lazy("what the customer said"),
        "notice.said_on": gettext_lazy("the day on which they said it"),
        "notice.result": gettext_lazy("what came of it"),
    },
    NoticeDuty.Kind.RECONFIRMATION: {
        "notice.said": gettext_lazy("what the customer said"),
        "notice.said_on": gettext_lazy("the day on which they said it"),
        "notice.keep": gettext_lazy("how to keep or withdraw it"),
    },
    NoticeDuty.Kind.INCIDENT: {
        "notice.fact": gettext_lazy("that data leaked, or is likely to have"),
        "notice.data": gettext_lazy("which data"),
        "notice.happened": gettext_lazy("when and how it happened"),
        "notice.protection": gettext_lazy("what people can do"),
        "notice.measures": gettext_lazy("what the shop did"),
        "notice.contact": gettext_lazy("where people can turn"),
        "notice.rights": gettext_lazy("which rights they have"),
    },
    NoticeDuty.Kind.USAGE: {
        "notice.uses": gettext_lazy("what is used for what"),
        "notice.recipients": gettext_lazy("who else got it"),
    },
}
LINK = re.compile(r"https?://", re.IGNORECASE)


def problems(campaign: Campaign) -> list[str]:
    """Return what keeps a standing campaign of notices from being approved, as sentences."""
    if not campaign.duty:
        return []
    found = []
    if campaign.purpose != Campaign.MessagePurpose.INFORMATION:
        found.append(_("A notice that the law asks for is information: choose that (L-12)."))
    if campaign.coupons.exists():
        found.append(_("A notice carries no coupon. Take the coupon out (L-13)."))
    for variant in variants_of(campaign):
        found += _problems_of(variant, campaign.duty)
    return list(dict.fromkeys(found))


def _problems_of(variant: Variant, kind: str) -> list[str]:
    text = written_in(variant)
    missing = [str(label) for item, label in ITEMS[NoticeDuty.Kind(kind)].items() if not _names(text, item)]
    if not _names(text, "shop_name") and variant.account.sender_name not in text:
        missing.append(_("the name of the sender"))
    found = [_("The notice must say: %s. Put the fields in again.") % ", ".join(missing)] if missing else []
    words = promotional_words(text) + (["coupon"] if _names(text, "coupon") or _names(text, "recommended") else [])
    if words:
        found.append(_("A notice holds nothing but the notice. Take out: %s.") % ", ".join(words))
    if LINK.search(text):
        found.append(_("A notice has no links but the one to the customer's own choices: {{ notice.page }}."))
    return found


def _names(text: str, field: str) -> bool:
    return re.search(rf"\{{[{{%][^}}]*\b{re.escape(field)}\b", text) is not None
