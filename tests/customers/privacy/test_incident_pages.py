"""An incident in the admin: written down, read and handed over by a colleague, reported, closed (P-13)."""

import re
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from customers.models import Incident, NoticeDuty
from customers.privacy import incidents
from tests.factories import make_customer, make_incident, make_segment, make_user

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_english")]
WRITES = ("customers.view_incident", "customers.add_incident", "customers.change_incident")
HANDS_OVER = ("customers.view_incident", "customers.hand_over_notices")
LIST, ADD = "admin:customers_incident_changelist", "admin:customers_incident_add"


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def page_of(incident: Incident, act: str = "change") -> str:
    return reverse(f"admin:customers_incident_{act}", args=[incident.pk])


def seen_on(client: Client, incident: Incident) -> str:
    """What the form says was read."""
    [seen] = re.findall(r'name="seen" value="([^"]+)"', client.get(page_of(incident)).text)
    return seen


def typed(**given: object) -> dict[str, object]:
    known_at = timezone.localtime() - timedelta(hours=2)
    return {
        "title": "메일을 잘못 보냄",
        "certainty": "leaked",
        "known_at_0": f"{known_at:%Y-%m-%d}",
        "known_at_1": f"{known_at:%H:%M}",
        "people_count": "3",
        "segment": "",
        "what_happened": "받는 사람을 잘못 골랐습니다.",
        "data_kinds": ["name", "phone"],
        "other_data": "",
        "protection": "모르는 전화에 주의해 주십시오.",
        "measures": "파일을 지웠음을 확인했습니다.",
        "contact": "02-1234-5678",
    } | given


def test_an_incident_is_written_down_changed_handed_over_and_closed():
    make_customer()
    segment = make_segment({"is": "contact", "op": "known", "value": "email"})
    writer, colleague = signed_in(make_user("writer", *WRITES)), signed_in(make_user("colleague", *HANDS_OVER))

    answer = writer.post(reverse(ADD), typed())
    incident = Incident.objects.get()
    assert answer["Location"] == page_of(incident)
    assert (incident.data_kinds, incident.written_by.username) == (["name", "phone"], "writer")
    writer.post(page_of(incident, "form"), typed(segment=segment.pk, title="명단 유출"))
    assert "Hand the notices over" in colleague.get(page_of(incident)).content.decode()
    colleague.post(page_of(incident, "hand_over"), {"seen": seen_on(colleague, incident)})
    assert NoticeDuty.objects.get().incident.title == "명단 유출"
    NoticeDuty.objects.update(done_at=timezone.now(), outcome="noticed")
    assert "Close the incident" in writer.get(page_of(incident)).content.decode()
    writer.post(page_of(incident, "close"), {"outcome": "끝"})

    incident.refresh_from_db()
    assert incident.closed_at is not None
    assert "Incidents" in writer.get(reverse(LIST)).content.decode()


def test_what_is_wrong_is_said_beside_the_field_and_what_was_typed_stays():
    writer = signed_in(make_user("writer", *WRITES))
    tomorrow = timezone.localdate() + timedelta(days=1)

    page = writer.post(reverse(ADD), typed(known_at_0=tomorrow.isoformat(), data_kinds=[])).content.decode()

    assert "An incident cannot become known in the future." in page
    assert "파일을 지웠음을 확인했습니다." in page
    assert not Incident.objects.exists()


def test_who_wrote_the_words_does_not_hand_them_over():
    user = make_user("writer", *WRITES, *HANDS_OVER)
    incident = make_incident(written_by=user, segment=make_segment())
    client = signed_in(user)

    assert "a colleague reads them" in client.get(page_of(incident)).content.decode()
    answer = client.post(page_of(incident, "hand_over"), follow=True)

    assert "You wrote these words" in answer.content.decode()
    assert not NoticeDuty.objects.exists()


def test_words_that_changed_while_a_colleague_read_them_are_read_again():
    make_customer()
    incident = make_incident(segment=make_segment({"is": "contact", "op": "known", "value": "email"}))
    colleague = signed_in(make_user("colleague", *HANDS_OVER))
    seen = seen_on(colleague, incident)
    incident.what_happened = "다른 문구"
    incidents.write_down(incident, by=incident.written_by)

    answers = [colleague.post(page_of(incident, "hand_over"), given, follow=True) for given in ({"seen": seen}, {})]

    assert ["changed while you were reading" in answer.text for answer in answers] == [True, True]
    assert not NoticeDuty.objects.exists()
    colleague.post(page_of(incident, "hand_over"), {"seen": seen_on(colleague, incident)})
    assert NoticeDuty.objects.count() == 1


def test_a_clock_that_is_a_little_ahead_is_no_future():
    writer = signed_in(make_user("writer", *WRITES))
    soon = timezone.localtime() + timedelta(minutes=3)

    writer.post(reverse(ADD), typed(known_at_0=f"{soon:%Y-%m-%d}", known_at_1=f"{soon:%H:%M}"))

    assert Incident.objects.count() == 1


def test_after_the_notices_the_form_leads_back_to_the_record():
    incident = make_incident(handed_over_at=timezone.now(), handed_over_by=make_user("colleague"))
    client = signed_in(make_user("editor", *WRITES))

    assert client.get(page_of(incident, "form"))["Location"] == page_of(incident)
    assert page_of(incident, "form") not in client.get(page_of(incident)).content.decode()


@pytest.mark.parametrize(
    ("hours", "words"), [(1, "71 hours left"), (60, "12 hours left"), (81, "8 hours overdue")], ids=str
)
def test_the_clock_is_on_the_list_the_page_and_the_home_page(hours: int, words: str):
    # Half a minute more than the hours, as time goes on while pages are made.
    incident = make_incident(title="침입", known_at=timezone.now() - timedelta(hours=hours, seconds=-30))
    client = signed_in(make_user("reader", "customers.view_incident"))

    for path in (reverse(LIST), page_of(incident), reverse("admin:index")):
        assert words in client.get(path).content.decode()


def test_the_home_page_says_nothing_of_what_is_closed():
    make_incident(title="침입", closed_at=timezone.now())
    client = signed_in(make_user("reader", "customers.view_incident"))

    assert "침입" not in client.get(reverse("admin:index")).content.decode()
