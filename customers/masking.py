"""Personal data as staff see it: masked, unless they may look and said why (F-03, P-17)."""

import re
import unicodedata
from datetime import date

from crm_project.redaction import without_personal_data
from customers.contacts import display_phone
from customers.models import Customer

HANGUL_NAME = re.compile(r"[가-힣]+")


def mask_name(name: str) -> str:
    """Return 홍길동 as 홍*동, 홍길 as 홍*, 홍 as *, John Smith as J*** S****."""
    name = unicodedata.normalize("NFC", name).strip()
    if HANGUL_NAME.fullmatch(name):
        if len(name) == 1:
            return "*"
        return name[0] + "*" if len(name) == 2 else name[0] + "*" * (len(name) - 2) + name[-1]
    return " ".join(_first_letter_only(word) for word in name.split())


def mask_email(email: str) -> str:
    """Return gildong@example.com as gi*****@example.com."""
    local, at, domain = email.partition("@")
    kept = min(2, len(local) - 1)
    return f"{local[:kept]}{'*' * (len(local) - kept)}{at}{domain}" if at else "*" * len(email)


def mask_phone(phone: str) -> str:
    """Return 010-1234-5678 as 010-****-5678, and a number without groups but for its last four digits as stars."""
    parts = display_phone(phone).split("-")
    if len(parts) == 3:
        return f"{parts[0]}-{'*' * len(parts[1])}-{parts[2]}"
    return "*" * max(0, len(phone) - 4) + phone[-4:] if phone else ""


def mask_birthday(birthday: date) -> str:
    """Return 1990-03-04 as 1990-**-**."""
    return f"{birthday.year}-**-**"


def mask_words(words: str, customer: Customer | None = None) -> str:
    """Return free text with the customer's own name, phone and e-mail masked, and those of others blotted out."""
    if customer is not None:
        for said, masked in _own_words(customer):
            words = words.replace(said, masked)
    return without_personal_data(words)


def mask_value(value: object, customer: Customer) -> object:
    """Return what a field of the shop's own holds with its texts, those in a list too, masked as words are."""
    if isinstance(value, list):
        return [mask_value(each, customer) for each in value]
    return mask_words(value, customer) if isinstance(value, str) else value


def _own_words(customer: Customer) -> list[tuple[str, str]]:
    """Return how the customer may be written down, and what stands there instead."""
    shown = display_phone(customer.phone)
    phones = {customer.phone, shown, shown.replace("-", "")}
    pairs = [(customer.email, mask_email(customer.email)), (customer.name, mask_name(customer.name))]
    pairs += [(phone, mask_phone(customer.phone)) for phone in sorted(phones, key=len, reverse=True)]
    return [(said, masked) for said, masked in pairs if len(said) > 1]


class CustomerView:
    """A customer for a template: the same attributes, masked unless `unmasked`."""

    def __init__(self, customer: Customer, *, unmasked: bool = False) -> None:
        self.customer = customer
        self.is_unmasked = unmasked

    @property
    def name(self) -> str:
        """Return the name; empty where none is known."""
        return self.customer.name if self.is_unmasked else mask_name(self.customer.name)

    @property
    def title(self) -> str:
        """Return what to call the customer in a heading: the name, else the number."""
        return self.name or self.customer.external_id

    @property
    def email(self) -> str:
        """Return the address; empty where none is known."""
        email = self.customer.email
        return email if self.is_unmasked or not email else mask_email(email)

    @property
    def phone(self) -> str:
        """Return the number as it is dialled in Korea; empty where none is known."""
        phone = self.customer.phone
        return display_phone(phone) if self.is_unmasked else mask_phone(phone)

    @property
    def birthday(self) -> str:
        """Return the day of birth; empty where none is known."""
        birthday = self.customer.birthday
        if birthday is None:
            return ""
        return birthday.isoformat() if self.is_unmasked else mask_birthday(birthday)

    @property
    def attributes(self) -> list[tuple[str, object]]:
        """Return the shop's own attributes by name, empty ones left out."""
        pairs = sorted((key, value) for key, value in self.customer.attributes.items() if value not in (None, ""))
        if self.is_unmasked:
            return pairs
        return [(key, mask_value(value, self.customer)) for key, value in pairs]


def _first_letter_only(word: str) -> str:
    return word[0] + "*" * (len(word) - 1) if len(word) > 1 else "*"
