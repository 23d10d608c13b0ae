"""Keyed hashes of erased people's contacts: they tell that somebody was erased, and not who (P-06).

HMAC-SHA256 with a key of its own. PostgreSQL works the same hash out with its plain `sha256`, so that a whole import
is compared in one statement and no key stands in the text of a statement.
"""

import hashlib
import hmac
from collections.abc import Iterable

from django.conf import settings

from customers.models import Customer, ErasedContact

Kind = ErasedContact.Kind
BLOCK = 64  # bytes of a SHA-256 block
# RFC 2104: H(key ⊕ opad ‖ H(key ⊕ ipad ‖ text)). The two parameters come first to last as `key_pads` gives them.
SQL_DIGEST = "sha256(%s::bytea || sha256(%s::bytea || convert_to({text}, 'UTF8')))"


def digest(text: str) -> bytes:
    """Return the hash of a normalised phone, a normalised e-mail or `number_text`."""
    return hmac.new(_key(), text.encode(), hashlib.sha256).digest()


def number_text(source: str, external_id: str) -> str:
    """Return what is hashed of a customer number; the number of another system is another number."""
    return f"{source}\n{external_id}"


def key_pads() -> list[bytes]:
    """Return the two parameters of `SQL_DIGEST`."""
    key = _key() if len(_key()) <= BLOCK else hashlib.sha256(_key()).digest()
    padded = key.ljust(BLOCK, b"\0")
    return [bytes(byte ^ 0x5C for byte in padded), bytes(byte ^ 0x36 for byte in padded)]


def remember(customers: Iterable[Customer]) -> None:
    """Keep the hashes of these customers' numbers, phones and e-mails; of a contact erased again, as of now."""
    texts = {(kind, text) for customer in customers for kind, text in _texts(customer)}
    ErasedContact.objects.bulk_create(
        [ErasedContact(kind=kind, digest=digest(text)) for kind, text in sorted(texts)],
        update_conflicts=True,
        unique_fields=["digest", "kind"],
        update_fields=["erased_at"],
    )


def returned(customers: Iterable[Customer]) -> set[int]:
    """Return which of these customers came after somebody with their phone or e-mail was erased."""
    owners: dict[tuple[str, bytes], list[Customer]] = {}
    for customer in customers:
        for kind, text in _texts(customer):
            owners.setdefault((kind, digest(text)), []).append(customer)
    erased = ErasedContact.objects.filter(digest__in=[digested for _kind, digested in owners])
    return {
        customer.pk
        for each in erased
        for customer in owners.get((each.kind, bytes(each.digest)), ())
        if customer.created_at > each.erased_at
    }


def erased_numbers(source: str, external_ids: Iterable[str]) -> set[str]:
    """Return which of these customer numbers of a source belonged to somebody who was erased."""
    digests = {digest(number_text(source, number)): number for number in external_ids}
    erased = ErasedContact.objects.filter(kind=Kind.NUMBER, digest__in=digests).values_list("digest", flat=True)
    return {digests[bytes(each)] for each in erased} if digests else set()


def _texts(customer: Customer) -> Iterable[tuple[str, str]]:
    yield Kind.NUMBER, number_text(customer.source, customer.external_id)
    if customer.phone:
        yield Kind.PHONE, customer.phone
    if customer.email:
        yield Kind.EMAIL, customer.email.lower()


def _key() -> bytes:
    return settings.ERASURE_HASH_KEY.encode()
