"""An incident has a clock, and ends when the people and, where it must, the authority know (P-13)."""

from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from django.contrib.auth.models import User
from pytest_django import Settings

from customers.consent import duties
from customers.errors import IncidentRefused
from customers.identity import merging
from customers.models import Incident, NoticeDuty
from customers.privacy import erasure, incidents
from tests.factories import make_customer, make_incident, make_segment, make_user

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_english")]
KNOWN = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)


@pytest.fixture
def writer() -> User:
    return make_user("writer")


@pytest.fixture
def colleague() -> User:
    return make_user("colleague", "customers.hand_over_notices")


@pytest.fixture
def incident(writer: User) -> Incident:
    """An incident that everybody with an e-mail is concerned by."""
    segment = make_segment({"is": "contact", "op": "known", "value": "email"})
    return make_incident(known_at=KNOWN, written_by=writer, segment=segment)


def current(incident: Incident) -> Incident:
    return incidents.with_notices(Incident.objects.filter(pk=incident.pk)).get()


def test_p_13_the_time_is_over_after_72_hours_or_what_the_shop_set(incident: Incident, settings: Settings) -> None:
    assert incidents.deadline(incident) == KNOWN + timedelta(hours=72)

    settings.INCIDENT_HOURS = 24

    assert incidents.deadline(incident) == KNOWN + timedelta(hours=24)


@pytest.mark.parametrize(
    ("given", "is_reported"),
    [
        pytest.param({"people_count": 999}, False, id="P-13 few people"),
        pytest.param({"people_count": 1_000}, True, id="P-13 a thousand people"),
        pytest.param({"is_sensitive": True}, True, id="P-13 sensitive data of a few"),
        pytest.param({"is_intrusion": True}, True, id="P-13 somebody broke in"),
        pytest.param({"is_intrusion": True, "certainty": "likely"}, False, id="P-13 only likely so far"),
    ],
)
def test_the_authority_hears_of_the_large_and_the_grave(
    writer: User, given: dict[str, object], is_reported: bool
) -> None:
    assert incidents.must_be_reported(make_incident(written_by=writer, **given)) is is_reported


def test_everybody_in_the_segment_as_it_stands_now_is_owed_a_notice(incident: Incident, colleague: User) -> None:
    people = {make_customer().pk, make_customer().pk}
    make_customer(email="")
    merging.merge(min(people), make_customer().pk, by=None)

    assert incidents.hand_over(incident, by=colleague) == 2

    owed = NoticeDuty.objects.filter(incident=incident)
    assert set(owed.values_list("customer", flat=True)) == people
    assert set(owed.values_list("kind", "due_on", "purpose", "channel")) == {("incident", date(2026, 11, 23), "", "")}
    assert current(incident).handed_over_by == colleague


def test_the_notices_are_handed_over_once_and_then_the_words_stand(incident: Incident, colleague: User) -> None:
    make_customer()
    incidents.hand_over(incident, by=colleague)

    with pytest.raises(IncidentRefused, match="already"):
        incidents.hand_over(incident, by=colleague)
    with pytest.raises(IncidentRefused, match="another record"):
        incidents.write_down(incident, by=colleague)

    assert NoticeDuty.objects.count() == 1


@pytest.mark.parametrize("missing", ["a colleague", "a segment", "anybody in it"])
def test_nothing_is_handed_over_without(incident: Incident, writer: User, colleague: User, missing: str) -> None:
    if missing != "anybody in it":
        make_customer()
    if missing == "a segment":
        Incident.objects.update(segment=None)

    with pytest.raises(IncidentRefused):
        incidents.hand_over(incident, by=writer if missing == "a colleague" else colleague)

    assert not NoticeDuty.objects.exists()
    assert current(incident).handed_over_at is None


def test_who_changes_the_words_is_no_colleague_any_more(incident: Incident, writer: User, colleague: User) -> None:
    make_customer()
    incidents.write_down(incident, by=colleague)

    with pytest.raises(IncidentRefused):
        incidents.hand_over(incident, by=colleague)

    assert incidents.hand_over(incident, by=writer) == 1


def test_it_is_closed_once_everybody_knows_and_not_before(incident: Incident, writer: User, colleague: User) -> None:
    Incident.objects.update(is_intrusion=True)
    make_customer()
    incidents.hand_over(incident, by=colleague)
    with pytest.raises(IncidentRefused, match="people not told, authority not told"):
        incidents.close(incident, by=writer, outcome="done")

    duties.mark_done(NoticeDuty.objects.values_list("pk", flat=True), "우편")
    incidents.note_reported(incident, how="KISA, 2026-1")
    assert incidents.missing(current(incident)) == []
    incidents.close(incident, by=writer, outcome="암호를 바꿨습니다.")

    assert (current(incident).closed_by, current(incident).outcome) == (writer, "암호를 바꿨습니다.")
    assert not incidents.pending().exists()
    with pytest.raises(IncidentRefused, match="closed already"):
        incidents.note_told(incident, how="우편")


def test_people_whom_nobody_can_write_to_are_told_by_another_way(incident: Incident, writer: User) -> None:
    with pytest.raises(IncidentRefused):
        incidents.note_told(incident, how=" ")

    incidents.note_told(incident, how="홈페이지 게시 30일")
    incidents.close(incident, by=writer, outcome="끝")

    assert current(incident).told_how == "홈페이지 게시 30일"


def test_nobody_knows_of_it_from_the_future(writer: User) -> None:
    with time_machine.travel(KNOWN, tick=False), pytest.raises(IncidentRefused):
        incidents.write_down(make_incident(known_at=KNOWN + timedelta(hours=1), written_by=writer), by=writer)


def test_whoever_is_merged_after_the_notices_has_theirs_once(incident: Incident, colleague: User) -> None:
    kept, merged = make_customer(), make_customer()
    incidents.hand_over(incident, by=colleague)

    merging.merge(kept.pk, merged.pk, by=None)

    assert NoticeDuty.objects.filter(customer=kept).count() == 1


def test_an_incident_that_names_an_erased_person_names_nobody(incident: Incident) -> None:
    person = make_customer(name="홍길동")
    naming = {"outcome": "홍길동 님께 사과", "protection": "홍길동 님께 연락하십시오."}
    Incident.objects.update(what_happened="메일을 잘못 보냈습니다.", **naming)

    erasure.erase([person.pk], by=None)

    left = current(incident)
    assert (left.outcome, left.protection, left.what_happened) == ("", "", "메일을 잘못 보냈습니다.")
