"""The preference page, opened by customers, scanners and strangers: one tap to stop, words to read before agreeing."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.test import Client

from customers import consent
from customers.consent import preference_links, preference_view
from customers.models import ConsentEntry, ConsentState, Customer, NoticeDuty
from tests.factories import make_account, make_customer, make_wording

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
SPRING = datetime(2026, 3, 5, 3, 0, tzinfo=UTC)
CHROME = {"User-Agent": "Mozilla/5.0 (Windows NT 10.0) Chrome/130.0"}


@pytest.fixture
def public() -> Client:
    """A stranger's browser, which checks nothing of ours and gets no help: CSRF is enforced."""
    return Client(enforce_csrf_checks=True, headers=CHROME)


@pytest.fixture
def customer() -> Customer:
    return make_customer(email="gildong@example.com", phone="+821012345678")


def path(customer: Customer) -> str:
    return f"/p/{preference_links.write(customer.pk)}"


def agree(customer: Customer, purpose: str = "ad_receive", channel: str = "email", at: datetime = SPRING) -> None:
    consent.grant(customer.pk, purpose=purpose, channel=channel, occurred_at=at, method="web")


def granted(customer: Customer) -> set[str]:
    states = ConsentState.objects.filter(customer=customer, is_granted=True)
    return {f"{state.purpose} {state.channel}".strip() for state in states}


def test_the_page_says_what_holds_since_when_and_who_asks(public: Client, customer: Customer) -> None:
    make_account(sender_name="단골마트", contact_phone="02-000-0000")
    agree(customer)

    page = public.get(path(customer))

    text = page.content.decode()
    assert page.status_code == 200
    for words in ("단골마트", "02-000-0000", "2026-03-05 (목) 12:00", "gi*****@example.com", "010-****-5678"):
        assert words in text
    assert "gildong@" not in text


def test_the_page_is_light_needs_no_script_and_is_kept_by_nobody(public: Client, customer: Customer) -> None:
    for purpose in ("ad_receive", "ad_night", "marketing_use"):
        make_wording(purpose, english="News and offers")
    for channel in ("email", "sms", "kakao", "push", "web_push"):
        agree(customer, channel=channel)

    page = public.get(path(customer))

    assert len(page.content) < 20_000
    assert b"<script" not in page.content
    assert (page["Cache-Control"], page["Referrer-Policy"]) == ("no-store, max-age=0", "no-referrer")
    assert not page.cookies
    assert 'lang="en"' in page.content.decode()


def test_looking_changes_nothing(public: Client, customer: Customer) -> None:
    agree(customer)

    public.get(f"{path(customer)}?say=withdraw_all")
    public.head(path(customer))

    assert granted(customer) == {"ad_receive email"}
    assert ConsentEntry.objects.count() == 1


def test_one_tap_stops_a_channel_and_the_answer_says_the_result(public: Client, customer: Customer) -> None:
    make_account(sender_name="단골마트")
    agree(customer)
    agree(customer, channel="sms")

    with time_machine.travel(NOW, tick=False):
        answer = public.post(path(customer), {"say": "withdraw", "terms": "ad_receive email"})

    assert answer.status_code == 200
    assert granted(customer) == {"ad_receive sms"}
    entry = ConsentEntry.objects.get(action="withdrawn")
    assert (entry.method, entry.occurred_at, entry.evidence["agent"]) == ("link", NOW, CHROME["User-Agent"])
    notice = answer.content.decode().partition('role="status"')[2].partition("</div>")[0]
    assert "단골마트" in notice
    assert notice.count("2026-11-21 (토) 18:00") == 2


def test_the_night_ends_with_the_day(public: Client, customer: Customer) -> None:
    agree(customer, channel="sms")
    agree(customer, "ad_night", "sms")

    public.post(path(customer), {"say": "withdraw", "terms": "ad_receive sms"})

    assert granted(customer) == set()


def test_everything_ends_with_one_tap(public: Client, customer: Customer) -> None:
    for channel in ("email", "sms", "push"):
        agree(customer, channel=channel)
    agree(customer, "ad_night", "sms")
    agree(customer, "marketing_use", "")

    answer = public.post(path(customer), {"say": "withdraw_all"})

    assert answer.status_code == 200
    assert granted(customer) == set()
    assert "withdraw_all" not in answer.content.decode()


def test_a_second_tap_changes_nothing(public: Client, customer: Customer) -> None:
    agree(customer)
    public.post(path(customer), {"say": "withdraw", "terms": "ad_receive email"})

    again = public.post(path(customer), {"say": "withdraw", "terms": "ad_receive email"})

    assert again.status_code == 200
    assert ConsentEntry.objects.filter(action="withdrawn").count() == 1


def test_whoever_agrees_has_read_the_current_words_and_the_ledger_names_them(
    public: Client, customer: Customer
) -> None:
    make_wording(version="2026-03")
    page = public.get(path(customer)).content.decode()

    answer = public.post(path(customer), {"say": "grant", "terms": "ad_receive sms", "wording": "2026-03"})

    assert "동의하지 않아도 회원 가입과 주문에 제한이 없습니다." in page
    assert answer.status_code == 200
    assert granted(customer) == {"ad_receive sms"}
    assert ConsentEntry.objects.get().wording_version == "2026-03"


@pytest.mark.parametrize("wording", ["2026-01", "", "2026-03\x00", "없음"])
def test_agreeing_to_other_words_than_the_current_is_refused(public: Client, customer: Customer, wording: str) -> None:
    make_wording(version="2026-01", published_at=SPRING)
    make_wording(version="2026-03")

    answer = public.post(path(customer), {"say": "grant", "terms": "ad_receive sms", "wording": wording})

    assert answer.status_code == 400
    assert "2026-03" in answer.content.decode()
    assert not ConsentEntry.objects.exists()


def test_without_published_words_nobody_can_agree(public: Client, customer: Customer) -> None:
    make_wording(published_at=None)

    page = public.get(path(customer)).content.decode()
    answer = public.post(path(customer), {"say": "grant", "terms": "ad_receive sms", "wording": "2026-01"})

    assert 'value="grant"' not in page
    assert (answer.status_code, ConsentEntry.objects.count()) == (400, 0)


def test_the_night_is_offered_with_the_day_only(public: Client, customer: Customer) -> None:
    make_wording("ad_night")
    before = public.get(path(customer)).content.decode()
    refused = public.post(path(customer), {"say": "grant", "terms": "ad_night sms", "wording": "2026-01"})
    agree(customer, channel="sms")

    after = public.get(path(customer)).content.decode()
    answer = public.post(path(customer), {"say": "grant", "terms": "ad_night sms", "wording": "2026-01"})

    assert ("ad_night sms" in before, "ad_night sms" in after) == (False, True)
    assert (refused.status_code, answer.status_code) == (400, 200)
    assert granted(customer) == {"ad_receive sms", "ad_night sms"}


@pytest.mark.parametrize(
    "said",
    [
        {},
        {"say": "withdraw"},
        {"say": "withdraw", "terms": "ad_receive pigeon"},
        {"say": "withdraw", "terms": "ad_receive email; DROP TABLE"},
        {"say": "<script>alert(1)</script>", "terms": "ad_receive email"},
        {"say": "grant", "terms": "everything", "wording": "x" * 100_000},
        {"say": "\x00", "terms": "\x00"},
    ],
    ids=["nothing", "no terms", "no such channel", "sql", "script", "long", "nul"],
)
def test_nonsense_changes_nothing_and_is_not_echoed(public: Client, customer: Customer, said: dict[str, str]) -> None:
    agree(customer)

    answer = public.post(path(customer), said)

    assert answer.status_code == 400
    assert "<script" not in answer.content.decode()
    assert granted(customer) == {"ad_receive email"}


@pytest.mark.parametrize(
    ("body", "content_type"),
    [("\x00" * 100, "multipart/form-data; boundary="), ("{", "application/json"), ("", "text/plain")],
)
def test_a_broken_body_changes_nothing(public: Client, customer: Customer, body: str, content_type: str) -> None:
    agree(customer)

    answer = public.post(path(customer), data=body, content_type=content_type)

    assert answer.status_code == 400
    assert granted(customer) == {"ad_receive email"}


@pytest.mark.parametrize("token", ["x", "A" * 28, "A" * 27, "%00", "가" * 28, "A" * 28 + "%0A"])
def test_an_address_we_did_not_write_is_not_found(public: Client, customer: Customer, token: str) -> None:
    assert public.get(f"/p/{token}").status_code == 404
    assert public.post(f"/p/{token}", {"say": "withdraw_all"}).status_code == 404
    assert not ConsentEntry.objects.exists()


def test_a_link_belongs_to_one_customer(public: Client, customer: Customer) -> None:
    other = make_customer()
    agree(customer)
    agree(other)
    token = preference_links.write(customer.pk)

    for place in range(len(token)):
        changed = "A" if token[place] != "A" else "B"
        public.post(f"/p/{token[:place]}{changed}{token[place + 1 :]}", {"say": "withdraw_all"})

    assert granted(customer) == granted(other) == {"ad_receive email"}


def test_an_erased_customers_link_is_dead(public: Client, customer: Customer) -> None:
    Customer.objects.filter(pk=customer.pk).update(erased_at=NOW)

    assert public.get(path(customer)).status_code == 404


def test_a_merged_customers_link_opens_the_page_of_the_one_who_was_kept(public: Client, customer: Customer) -> None:
    kept = make_customer()
    Customer.objects.filter(pk=customer.pk).update(merged_into=kept)
    agree(kept)

    public.post(path(customer), {"say": "withdraw_all"})

    assert granted(kept) == set()


@pytest.mark.parametrize("method", ["put", "patch", "delete", "options", "trace"])
def test_other_methods_are_refused(public: Client, customer: Customer, method: str) -> None:
    assert getattr(public, method)(path(customer)).status_code == 405


def test_a_flood_is_refused_and_says_when_to_come_back(
    public: Client, customer: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(preference_view, "VISITS_A_MINUTE", 2)
    with time_machine.travel(NOW, tick=False):
        answers = [public.get(path(customer)) for _ in range(3)]
        other = public.get(path(customer), REMOTE_ADDR="203.0.113.9")

    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert answers[2]["Retry-After"] == "60"
    assert other.status_code == 200


def test_many_answers_for_one_customer_are_refused(
    public: Client, customer: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(preference_view, "ANSWERS_A_MINUTE", 1)
    agree(customer)
    with time_machine.travel(NOW, tick=False):
        public.post(path(customer), {"say": "withdraw", "terms": "ad_receive sms"})
        answer = public.post(path(customer), {"say": "withdraw", "terms": "ad_receive email"})

    assert answer.status_code == 429
    assert granted(customer) == {"ad_receive email"}


def test_a_new_key_leaves_old_links_working_and_a_removed_one_ends_them(
    public: Client, customer: Customer, settings: object
) -> None:
    settings.PREFERENCE_KEYS = "1:first"
    old = path(customer)

    settings.PREFERENCE_KEYS = "2:second,1:first"
    with_both = public.get(old).status_code
    settings.PREFERENCE_KEYS = "2:second"

    assert (with_both, public.get(old).status_code) == (200, 404)


def test_the_notice_of_the_result_is_owed_within_fourteen_days(public: Client, customer: Customer) -> None:
    with time_machine.travel(NOW, tick=False):
        public.post(path(customer), {"say": "withdraw", "terms": "ad_receive email"})

    duty = NoticeDuty.objects.get()
    assert (duty.kind, duty.due_on) == ("result_notice", (NOW + timedelta(days=14)).date())


def test_a_consent_without_a_date_is_shown_as_such(public: Client, customer: Customer) -> None:
    consent.grant(
        customer.pk,
        purpose="ad_receive",
        channel="email",
        occurred_at=None,
        method="import",
        evidence={"file": "동의서.pdf"},
    )

    page = public.get(path(customer)).content.decode()

    assert "1000-" not in page
    assert "agreed, date unknown" in page
