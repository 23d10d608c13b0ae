"""The terms of the program: changed on one page, kept as versions, in force from then on."""

from datetime import date

import pytest
import time_machine
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from loyalty import ledger
from loyalty.earning import versions
from loyalty.errors import TermsRefused
from loyalty.models import Program, RuleVersion
from loyalty.program import terms
from tests.factories import make_customer, make_user

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_english")]

PAGE = "admin:loyalty_program_changelist"


@pytest.fixture
def head() -> User:
    return make_user("head", "loyalty.view_program", "loyalty.change_program")


def _post(user: User, **changed: object) -> tuple[int, str]:
    client = Client()
    client.force_login(user)
    answer = client.post(reverse(PAGE), terms.content_of(ledger.current_program()) | changed)
    return answer.status_code, answer.content.decode()


def test_a_change_is_kept_with_who_made_it_and_what_it_was(head: User) -> None:
    _post(head, least_points=1_000, validity="month_end")
    _post(head, least_points=500)

    newest, first = terms.history(ledger.current_program())
    assert (newest.made_by, newest.changed) == (head, [("Least points to use", "1,000", "500")])
    assert first.changed == [
        ("Least points to use", "1", "1,000"),
        ("Last valid day", "so many months later, to the day", "at the end of that month"),
    ]
    kept = RuleVersion.objects.filter(rule="program").order_by("number")
    assert [(row.number, row.content["least_points"], row.made_by) for row in kept] == [
        (1, 1, None), (2, 1_000, head), (3, 500, head),
    ]  # fmt: skip


def test_that_points_do_not_wait_for_their_notice_is_announced_first(head: User) -> None:
    Program.objects.filter(pk=ledger.current_program().pk).update(waits_for_notice=True)
    ledger.account_of(make_customer().pk)

    refused, page = _post(head, waits_for_notice="")
    _post(head, waits_for_notice="", announced_on="2026-01-01")

    assert (refused, "Worse for members: Points wait for their notice." in page) == (200, True)
    assert terms.history(ledger.current_program())[0].changed == [("Points wait for their notice", "yes", "no")]


def test_saving_the_same_terms_makes_no_version(head: User) -> None:
    status, _page = _post(head)

    assert status == 302
    assert not RuleVersion.objects.filter(rule="program").exists()


def test_how_long_points_live_is_in_force_for_orders_from_then_on(head: User) -> None:
    before = versions.freeze(ledger.current_program())

    _post(head, validity_months=6)

    frozen = RuleVersion.objects.filter(rule=versions.RULE).order_by("number")
    assert [row.content["validity_months"] for row in frozen] == [36, 6]
    assert frozen[0].pk == before.pk


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"adjust_alone_up_to": 100_001}, "Nobody adjusts more at once than in a day"),
        ({"least_points": 0}, "With 0 nobody could use points"),
        ({"most_percent": 0}, "With 0 nobody could use points"),
        ({"most_percent": 101}, "less than or equal to 100"),
        ({"step": 0}, "greater than or equal to 1"),
        ({"validity_months": 1, "pending_days": 28}, "less than or equal to 27"),
        ({"validity_months": 121}, "less than or equal to 120"),
        ({"name": ""}, "required"),
    ],
)
def test_terms_that_make_no_sense_are_refused_and_kept_as_typed(head: User, changed: dict, said: str) -> None:
    before = terms.content_of(ledger.current_program())

    status, page = _post(head, **changed)

    assert (status, said in page) == (200, True)
    assert terms.content_of(ledger.current_program()) == before
    assert not RuleVersion.objects.exists()


def test_who_may_only_look_changes_nothing() -> None:
    reader = make_user("reader", "loyalty.view_program")
    client = Client()
    client.force_login(reader)

    page = client.get(reverse(PAGE)).content.decode()

    assert "an administrator changes them" in page
    assert "Put in force" not in page
    assert _post(reader, least_points=7)[0] == 403
    assert ledger.current_program().least_points == 1


@pytest.mark.parametrize(
    ("changed", "announced", "said"),
    [
        ({"least_points": 100}, None, "Worse for members: Least points to use. Announce it"),
        ({"most_percent": 50, "step": 10}, None, "Worse for members: Used in steps of, Most percent of a bill."),
        ({"validity_months": 24}, "2026-10-23", "it can be put in force from 2026-11-22"),
        ({"validity_months": 24}, "2026-10-22", ""),
        ({"validity_months": 60, "validity": "year_end", "grace_days": 7}, None, ""),
        ({"adjust_most_a_day": 50_000, "confirmed_above": 10_000}, None, ""),
    ],
)
@time_machine.travel("2026-11-21T12:00:00+09:00")
def test_terms_that_are_worse_for_members_are_announced_thirty_days_before(
    head: User, changed: dict, announced: str | None, said: str
) -> None:
    ledger.account_of(make_customer().pk)
    before = terms.content_of(ledger.current_program())

    status, page = _post(head, **changed, announced_on=announced or "")

    assert (status, said in page) == (200 if said else 302, True)
    assert (terms.content_of(ledger.current_program()) == before) == bool(said)
    if announced and not said:
        assert terms.history(ledger.current_program())[0].announced_on == date(2026, 10, 22)


def test_nobody_goes_round_the_page_with_terms_that_are_worse_for_members(head: User) -> None:
    ledger.account_of(make_customer().pk)

    with pytest.raises(TermsRefused):
        terms.change(ledger.current_program(), {"least_points": 100}, by=head)

    assert ledger.current_program().least_points == 1


def test_every_term_of_the_program_stands_on_the_page(head: User) -> None:
    client = Client()
    client.force_login(head)

    page = client.get(reverse(PAGE)).content.decode()

    changeable = {field.name for field in Program._meta.concrete_fields} - {"id", "slug"}
    assert changeable == set(terms.FIELDS)
    assert {name for name in changeable if f'name="{name}"' in page} == changeable
    assert "They are used from 1 P on, in steps of 1, for up to 100 % of a bill." in page
