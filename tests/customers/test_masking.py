"""What staff see of a person before they said why they need more (F-03)."""

import unicodedata
from datetime import date

import pytest

from customers import masking
from customers.models import Customer


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("홍", "*"),
        ("홍길", "홍*"),
        ("홍길동", "홍*동"),
        ("남궁민수", "남**수"),
        ("John Smith", "J*** S****"),
        (unicodedata.normalize("NFD", "홍길동"), "홍*동"),
        ("", ""),
    ],
)
def test_names_keep_their_ends(name: str, shown: str) -> None:
    assert masking.mask_name(name) == shown


@pytest.mark.parametrize(
    ("email", "shown"),
    [
        ("gildong@example.com", "gi*****@example.com"),
        ("ab@x.kr", "a*@x.kr"),
        ("a@x.kr", "*@x.kr"),
        ("", ""),
    ],
)
def test_addresses_keep_their_beginning_and_domain(email: str, shown: str) -> None:
    assert masking.mask_email(email) == shown


@pytest.mark.parametrize(
    ("phone", "shown"),
    [("+821012345678", "010-****-5678"), ("+8221234567", "02-***-4567"), ("+14155550123", "********0123"), ("", "")],
)
def test_numbers_keep_their_ends(phone: str, shown: str) -> None:
    assert masking.mask_phone(phone) == shown


def test_birthdays_keep_their_year() -> None:
    assert masking.mask_birthday(date(1990, 3, 4)) == "1990-**-**"


def test_a_view_is_masked_unless_told_otherwise() -> None:
    customer = Customer(external_id="C-1", name="홍길동", email="gildong@example.com", phone="+821012345678")

    masked = masking.CustomerView(customer)
    plain = masking.CustomerView(customer, unmasked=True)

    assert (masked.name, masked.email, masked.phone) == ("홍*동", "gi*****@example.com", "010-****-5678")
    assert (plain.name, plain.email, plain.phone) == ("홍길동", "gildong@example.com", "010-1234-5678")


def test_texts_in_a_list_of_the_shops_own_are_masked_as_texts_are() -> None:
    told = {"contacts": ["010-1234-5678", "kim@mail.example", "홍길동 님", 7], "age": 41}
    customer = Customer(name="홍길동", email="gildong@example.com", phone="+821012345678", attributes=told)

    masked, plain = masking.CustomerView(customer), masking.CustomerView(customer, unmasked=True)

    assert masked.attributes == [("age", 41), ("contacts", ["010-****-5678", "[e-mail]", "홍*동 님", 7])]
    assert plain.attributes == [("age", 41), ("contacts", ["010-1234-5678", "kim@mail.example", "홍길동 님", 7])]


def test_a_customer_without_a_name_is_called_by_the_number() -> None:
    assert masking.CustomerView(Customer(external_id="C-1")).title == "C-1"
