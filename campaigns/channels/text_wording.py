"""What is wrong with a text message as its author wrote it, and with the account it would leave over."""

import re
from collections.abc import Collection

from django.db.models import Q
from django.utils.translation import gettext as _

from campaigns import compliance
from campaigns.channels import text_bytes
from campaigns.compliance.labels import digits
from campaigns.gateways.base import GATEWAYS, PictureSize
from campaigns.models import ChannelAccount, MessagePicture, Variant
from campaigns.pipeline.language import ContentProblem
from crm_project.country_rules import country_rules
from customers.contacts import normalise_phone
from customers.errors import BadValue

SUBJECT_BYTES = 40
OWN_LABEL = re.compile(rf"^(?:\s*{re.escape(compliance.LABEL)})+\s*")
# The words that a text message opts out with; the number is the shop's (L-21).
OPT_OUT_LINE = re.compile(r"무료\s?(?:수신)?거부\s?:?\s?080[-\d]{7,}")


def without_label(text: str) -> str:
    """Return the author's text without a label of its own: the one that counts is put before it (L-28)."""
    return OWN_LABEL.sub("", text)


def text_problems(variant: Variant) -> list[ContentProblem]:
    """Return what the law and the networks say about text and subject."""
    written = without_label(variant.text)
    problems = []
    if not written.strip():
        problems.append(ContentProblem("text", _("The text is empty. A picture alone may not be sent (L-22).")))
    if country_rules().label:
        problems += _label_problems(variant, written)
    if OPT_OUT_LINE.search(written):
        message = _("The text ends with the 080 number by itself. Leave your own line out: nothing may follow it.")
        problems.append(ContentProblem("text", message))
    size = text_bytes.size(text_bytes.normalised(compliance.labelled(variant.subject)))
    if variant.subject and size > SUBJECT_BYTES:
        message = _("The subject takes %(size)d bytes with its label; networks show %(most)d (G-04).")
        problems.append(ContentProblem("subject", message % {"size": size, "most": SUBJECT_BYTES}))
    for name in ("text", "subject"):
        problems += _unknown_characters(name, getattr(variant, name))
    return problems


def account_problems(account: ChannelAccount, *, is_advertising: bool) -> list[ContentProblem]:
    """Return what the account lacks to send text messages."""
    problems = []
    if not _is_number(account.sender_address):
        message = _("“%s” is no phone number to send from. Correct it in the sending account.") % account.sender_address
        problems.append(ContentProblem("account", message))
    if not is_advertising:
        return problems
    if country_rules().wants_free_number and not digits(account.opt_out_number).startswith("080"):
        message = _("The sending account has no 080 number to opt out by, free of charge (L-21).")
        problems.append(ContentProblem("account", message))
    if not account.sender_name.strip() or not account.contact_phone.strip():
        message = _("The sending account lacks its sender name or contact phone, which every text must show (L-21).")
        problems.append(ContentProblem("account", message))
    if text_bytes.stripped(text_bytes.normalised(account.sender_name)) != account.sender_name:
        message = _("Phones cannot show every character of the sender name “%s”.") % account.sender_name
        problems.append(ContentProblem("account", message))
    return problems


def picture_problems(variant: Variant) -> list[ContentProblem]:
    """Return what is wrong with the pictures; more than the gateway carries would be lost without a word."""
    names = variant.details.get("images", ())
    gateway = GATEWAYS[variant.account.gateway] if variant.account.gateway else None
    most = gateway.most_pictures if gateway else 0
    problems = []
    if len(names) > most:
        message = _("The gateway of the sending account carries %(most)d pictures with a message; there are %(count)d.")
        problems.append(ContentProblem("details.images", message % {"most": most, "count": len(names)}))
    if MessagePicture.objects.filter(name__in=names).count() < len(set(names)):
        problems.append(ContentProblem("details.images", _("A picture of the message is not there any more.")))
    if gateway and gateway.largest_picture:
        problems += _too_large(names, gateway.largest_picture)
    return problems


def _too_large(names: Collection[str], largest: PictureSize) -> list[ContentProblem]:
    size, width, height = largest
    is_larger = Q(size__gt=size) | Q(width__gt=width) | Q(height__gt=height)
    titles = MessagePicture.objects.filter(is_larger, name__in=names).values_list("title", flat=True)
    message = _("“%(title)s” is too large for the gateway: it takes %(size)s bytes and %(width)s × %(height)s points.")
    most = {name: f"{value:,}" for name, value in largest._asdict().items()}
    return [ContentProblem("details.images", message % {**most, "title": title}) for title in titles]


def _label_problems(variant: Variant, written: str) -> list[ContentProblem]:
    problems = []
    for name, text in (("text", written), ("subject", without_label(variant.subject))):
        false = compliance.FALSE_LABEL.search(text.replace(compliance.LABEL, ""))
        if false:
            message = _("“%s” is not the legal label. Leave it out: (광고) is put there by itself.") % false[0]
            problems.append(ContentProblem(name, message))
        if compliance.LABEL in text:
            message = _("(광고) stands within it. Leave it out: it is put at the beginning by itself.")
            problems.append(ContentProblem(name, message))
    return problems


def _unknown_characters(name: str, source: str) -> list[ContentProblem]:
    problems = []
    for unknown in text_bytes.unknown_characters(source):
        message = _("Phones cannot show %s. Leave it out.") % unknown.name
        if unknown.replacement:
            message = _("Phones cannot show %(char)s. Write “%(instead)s”.") % {
                "char": unknown.name,
                "instead": unknown.replacement,
            }
        problems.append(ContentProblem(name, message))
    return problems


def _is_number(text: str) -> bool:
    try:
        return bool(normalise_phone(text))
    except BadValue:
        return False
