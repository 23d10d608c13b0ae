"""Goods that may not be advertised (L-15)."""

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from campaigns import lifecycle
from campaigns.compliance import restricted
from campaigns.errors import NotAllowed, NotReady
from campaigns.models import Campaign, RestrictedCategory
from tests.factories import make_draft, make_reachable_customer, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def tobacco(author: User) -> RestrictedCategory:
    return RestrictedCategory.objects.create(name="전자담배", reason="온라인 판매 금지", added_by=author)


@pytest.fixture
def lifters(db: None) -> tuple[User, User]:
    return make_user("first", restricted.MAY_LIFT), make_user("second", restricted.MAY_LIFT)


@pytest.mark.parametrize(
    ("given", "is_named"),
    [
        pytest.param({"content": {"html": "<p>새 전자담배 입고</p>"}}, True, id="in the content"),
        pytest.param({"content": {"subject": "전자담배 소식"}}, True, id="in the subject"),
        pytest.param({"existing_customer_category": "전자담배"}, True, id="what the exception is for"),
        pytest.param({}, False, id="other goods"),
        pytest.param(
            {"purpose": "info", "information_basis": "safety", "content": {"html": "<p>전자담배 리콜</p>"}},
            False,
            id="information may name them",
        ),
    ],
)
def test_an_advertisement_that_names_them_is_not_reviewed(
    tobacco: RestrictedCategory, given: dict[str, object], is_named: bool
) -> None:
    campaign = make_draft(**given)

    assert any("전자담배" in problem for problem in lifecycle.what_is_missing(campaign)) is is_named


def test_an_approved_campaign_does_not_start_once_its_goods_are_restricted(approved, author: User) -> None:
    make_reachable_customer()
    campaign = approved(make_draft(content={"html": "<p>새 전자담배 입고</p>"}))
    RestrictedCategory.objects.create(name="전자담배", reason="온라인 판매 금지", added_by=author)

    started = lifecycle.start_due(timezone.now())

    campaign.refresh_from_db()
    assert (started, campaign.status) == ([], Campaign.Status.IN_REVIEW)
    assert "L-15" in campaign.status_reason


def test_lifting_takes_two_people(tobacco: RestrictedCategory, lifters: tuple[User, User]) -> None:
    first, second = lifters
    with pytest.raises(NotAllowed):
        restricted.lift(tobacco, by=first)
    restricted.ask_to_lift(tobacco, reason="법이 바뀌었습니다", by=first)
    with pytest.raises(NotAllowed):
        restricted.lift(tobacco, by=first)

    restricted.lift(tobacco, by=second)

    tobacco.refresh_from_db()
    assert (tobacco.lift_asked_by, tobacco.lifted_by) == (first, second)
    assert restricted.named_in(make_draft(content={"html": "<p>전자담배</p>"})) == []


def test_whoever_may_not_lift_or_gives_no_reason_changes_nothing(
    tobacco: RestrictedCategory, lifters: tuple[User, User], author: User
) -> None:
    with pytest.raises(NotAllowed):
        restricted.ask_to_lift(tobacco, reason="괜찮습니다", by=author)
    with pytest.raises(NotReady):
        restricted.ask_to_lift(tobacco, reason=" ", by=lifters[0])

    tobacco.refresh_from_db()
    assert tobacco.lift_asked_by is None
