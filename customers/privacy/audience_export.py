"""Customers as hashed contacts, in the columns that advertising networks match audiences by.

A hash is still personal data: whoever holds the same address finds the person. So only customers who agreed to the
marketing use of their data are in, and the file goes the way of every export: a reason, an approval, the log.
Formats: Meta, customer list custom audiences (SHA-256 of the lower-case e-mail; of the phone's digits with country
code). Google, Customer Match (the same, the phone with its plus; dots before @gmail.com are left out).
"""

from collections.abc import Callable, Iterator, Sequence
from hashlib import sha256

from django.utils.translation import gettext_lazy

from customers.models import Customer, ExportRequest
from customers.models.consent import Purpose
from customers.privacy.exports import EXPORTS, Export
from customers.segments.contact_conditions import consent_holds

AT_ONCE = 5_000
META, GOOGLE = "audience_meta", "audience_google"
MAY_EXPORT = "customers.export_customers"
DOTLESS = ("gmail.com", "googlemail.com")


def hashed(text: str) -> str:
    """Return the SHA-256 of a text in hexadecimal; nothing stays nothing."""
    return sha256(text.encode()).hexdigest() if text else ""


def for_meta(customer: Customer) -> list[str]:
    """Return the hashed e-mail and phone as Meta takes them."""
    return [hashed(customer.email.lower()), hashed(customer.phone.removeprefix("+"))]


def for_google(customer: Customer) -> list[str]:
    """Return the hashed e-mail and phone as Google takes them."""
    name, at, domain = customer.email.lower().partition("@")
    if domain in DOTLESS:
        name = name.partition("+")[0].replace(".", "")
    return [hashed(f"{name}{at}{domain}"), hashed(customer.phone)]


def _rows_of(contacts: Callable[[Customer], list[str]]) -> Callable[[ExportRequest], Iterator[Sequence[str]]]:
    def rows(export: ExportRequest) -> Iterator[Sequence[str]]:
        people = Customer.objects.living().filter(pk__in=export.people.values("customer"))
        for customer in people.filter(consent_holds(Purpose.MARKETING_USE)).order_by("pk").iterator(AT_ONCE):
            row = contacts(customer)
            if any(row):
                yield row

    return rows


EXPORTS.register(
    META,
    Export(gettext_lazy("Audience for Meta"), MAY_EXPORT, lambda export: ["email", "phone"], _rows_of(for_meta)),
)
EXPORTS.register(
    GOOGLE,
    Export(gettext_lazy("Audience for Google"), MAY_EXPORT, lambda export: ["Email", "Phone"], _rows_of(for_google)),
)
