"""Addresses of staff that tests may go to: registered by their owner, proven by a code that was sent there (U-05)."""

import secrets
from datetime import timedelta

from django.contrib.auth.hashers import check_password, make_password
from django.contrib.auth.models import User
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from campaigns.errors import NotAllowed, NotReady
from campaigns.models import StaffAddress, Variant
from customers.contacts import is_mobile, normalise_email, normalise_phone

Kind = StaffAddress.Kind
CODE_HOURS = 1
MOST_WRONG_CODES = 5
# Where a message of each channel goes; what is only shown inside the app has no address.
KIND_OF_CHANNEL = {
    "email": Kind.EMAIL,
    "sms": Kind.PHONE,
    "alimtalk": Kind.PHONE,
    "brand_message": Kind.PHONE,
    "push": Kind.APP,
    "web_push": Kind.BROWSER,
}
# Over which channel a code goes to each kind of address.
CODE_CHANNEL = {Kind.EMAIL: "email", Kind.PHONE: "sms", Kind.APP: "push", Kind.BROWSER: "web_push"}
# For whoever reads it, hence Korean whatever language the operator works in.
CODE_TEXT = "테스트 주소 확인 번호는 {code}입니다. 요청하지 않으셨다면 무시해 주세요."
CODE_SUBJECT = "테스트 주소 확인 번호"


def normalised(kind: str, address: str) -> str:
    """Return the address as messages go there.

    Raises:
        BadValue: it is no e-mail address or number.
        NotReady: texts cannot go to the number.
    """
    if kind == Kind.EMAIL:
        return normalise_email(address)
    if kind == Kind.PHONE:
        number = normalise_phone(address)
        if not is_mobile(number):
            raise NotReady([_("Tests go to mobile phones only.")])
        return number
    return address.strip()


def new_code(address: StaffAddress) -> str:
    """Give the address a new code and return it; it holds for an hour. Only its hash is stored."""
    code = f"{secrets.randbelow(1_000_000):06d}"
    address.code_hash, address.code_sent_at, address.wrong_codes = make_password(code), timezone.now(), 0
    address.save(update_fields=["code_hash", "code_sent_at", "wrong_codes"])
    return code


def confirm(address: StaffAddress, code: str, *, by: User) -> None:
    """Take the code that its owner has read there: from now on tests may go to the address.

    Raises:
        NotAllowed: `by` is not the owner.
        NotReady: the code is wrong or too old, or was tried too often.
    """
    if address.user_id != by.pk:
        raise NotAllowed(_("Only whose address it is can confirm it."))
    oldest = timezone.now() - timedelta(hours=CODE_HOURS)
    if not address.code_hash or address.code_sent_at < oldest or address.wrong_codes >= MOST_WRONG_CODES:
        raise NotReady([_("This code no longer holds. Have a new one sent.")])
    if not check_password(code.strip(), address.code_hash):
        StaffAddress.objects.filter(pk=address.pk).update(wrong_codes=F("wrong_codes") + 1)
        raise NotReady([_("This is not the code that was sent. Look again, or have a new one sent.")])
    last = address.messages.filter(campaign=None).first()
    address.confirmed_at, address.code_hash = timezone.now(), ""
    address.is_proven = last is not None and not last.is_sandbox
    address.save(update_fields=["confirmed_at", "code_hash", "is_proven"])


def code_content(code: str) -> Variant:
    """Return what carries a code, as the content of a message."""
    text = CODE_TEXT.format(code=code)
    return Variant(subject=CODE_SUBJECT, html=f"<p>{text}</p>", text=text)
