"""Sending accounts as staff set them up: settings as fields, no password, a connection that can be tried."""

import pytest
from django.contrib.messages import get_messages
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from campaigns.models import ChannelAccount
from campaigns.senders.account_admin import ChannelAccountForm
from tests.factories import make_account, make_user
from tests.mail_server import MailServer, free_port

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_english")]

TYPED = {
    "name": "relay",
    "channel": "email",
    "gateway": "smtp",
    "sender_name": "단골마트",
    "sender_address": "Shop@Example.com",
    "contact_phone": "02-000-0000",
    "postal_address": "서울특별시 중구 세종대로 1",
    "host": "smtp.example.com",
    "port": "587",
    "security": "starttls",
    "user": "dangol",
    "password_variable": "RELAY_PASSWORD",
    "rate_per_second": "50",
    "country": "KR",
    "prices-TOTAL_FORMS": "1",
    "prices-INITIAL_FORMS": "0",
    "prices-0-kind": "email",
    "prices-0-won": "1.50",
    "prices-0-since": "2026-11-01",
}
SETTINGS = {"host": "smtp.example.com", "port": 587, "security": "starttls", "user": "dangol"}
EDITS = ("campaigns.view_channelaccount", "campaigns.add_channelaccount", "campaigns.change_channelaccount")


@pytest.fixture
def editor(client: Client) -> Client:
    client.force_login(make_user("editor", *EDITS))
    return client


@pytest.fixture
def reader(client: Client) -> Client:
    client.force_login(make_user("reader", "campaigns.view_channelaccount"))
    return client


def url(name: str, account: ChannelAccount) -> str:
    return reverse(f"admin:campaigns_{name}", args=[account.pk])


def smtp_account(port: int, **settings: object) -> ChannelAccount:
    return make_account(gateway="smtp", settings={"host": "127.0.0.1", "port": port, "security": "none"} | settings)


def said(answer: HttpResponse) -> list[tuple[str, str]]:
    return [(message.level_tag, str(message)) for message in get_messages(answer.wsgi_request)]


def test_the_gateways_settings_are_fields_and_are_stored_together(editor: Client) -> None:
    answer = editor.post(reverse("admin:campaigns_channelaccount_add"), TYPED)

    assert answer.status_code == 302
    account = ChannelAccount.objects.get()
    assert account.settings == SETTINGS
    assert (account.sender_address, account.password_variable) == ("shop@example.com", "RELAY_PASSWORD")


def test_the_page_shows_the_settings_as_they_are_stored(editor: Client) -> None:
    account = make_account(gateway="smtp", settings=SETTINGS)

    form = editor.get(url("channelaccount_change", account)).context["adminform"].form

    assert {name: form[name].value() for name in SETTINGS} == SETTINGS


def test_a_setting_that_is_emptied_goes_and_one_without_a_field_stays(editor: Client) -> None:
    account = make_account(gateway="smtp", settings=SETTINGS | {"timeout": 5})

    editor.post(url("channelaccount_change", account), TYPED | {"user": "", "host": "mail.example.com"})

    account.refresh_from_db()
    assert account.settings == {"host": "mail.example.com", "port": 587, "security": "starttls", "timeout": 5}


@pytest.mark.parametrize(
    ("change", "field", "words"),
    [
        ({"host": ""}, "host", "An SMTP account needs the name of its server."),
        ({"port": "70000"}, "port", "Ensure this value is less than or equal to 65535."),
        ({"security": "perhaps"}, "security", "Select a valid choice. perhaps is not one of the available choices."),
    ],
)
def test_settings_that_cannot_work_are_refused(editor: Client, change: dict[str, str], field: str, words: str) -> None:
    answer = editor.post(reverse("admin:campaigns_channelaccount_add"), TYPED | change)

    assert answer.context["adminform"].form.errors[field] == [words]
    assert not ChannelAccount.objects.exists()


def test_a_password_is_neither_asked_for_nor_stored(editor: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RELAY_PASSWORD", "very-secret")

    editor.post(reverse("admin:campaigns_channelaccount_add"), TYPED | {"password": "very-secret"})

    assert "password" not in ChannelAccountForm().fields
    assert not any("very-secret" in str(value) for value in ChannelAccount.objects.values().get().values())
    page = editor.get(url("channelaccount_change", ChannelAccount.objects.get())).content.decode()
    assert "RELAY_PASSWORD" in page
    assert "very-secret" not in page


def test_a_connection_that_works_is_said_to_work_and_sends_nothing(editor: Client) -> None:
    with MailServer() as server:
        answer = editor.post(url("account_check", smtp_account(server.port)))

    assert said(answer) == [("success", "The connection works: the server took the log-in.")]
    assert server.accepted == []


def test_a_port_that_nobody_listens_on_is_named_as_the_reason(editor: Client) -> None:
    answer = editor.post(url("account_check", smtp_account(free_port())))

    [(level, words)] = said(answer)
    assert level == "error"
    assert words.startswith("The mail server cannot be reached:")


def test_a_server_without_the_encryption_that_is_asked_for_does_not_do(editor: Client) -> None:
    with MailServer() as server:
        answer = editor.post(url("account_check", smtp_account(server.port, security="starttls")))

    [(level, words)] = said(answer)
    assert level == "error"
    assert words.startswith("The mail server does not offer the encryption or log-in that the account asks for:")


def test_a_paused_account_is_resumed_by_who_may_change_it(editor: Client) -> None:
    account = make_account(paused_at=timezone.now(), pause_reason="535 wrong password")
    assert "535 wrong password" in editor.get(url("channelaccount_change", account)).content.decode()

    editor.post(url("account_resume", account))

    account.refresh_from_db()
    assert (account.paused_at, account.pause_reason) == (None, "")


@pytest.mark.parametrize("act", ["account_check", "account_resume"])
def test_who_may_only_look_can_do_neither(reader: Client, act: str) -> None:
    account = make_account(paused_at=timezone.now(), pause_reason="535 wrong password")

    assert reader.post(url(act, account)).status_code == 403

    account.refresh_from_db()
    assert (account.paused_at is None, account.pause_reason) == (False, "535 wrong password")


@pytest.mark.parametrize("act", ["account_check", "account_resume"])
def test_looking_at_an_acts_address_does_nothing(editor: Client, act: str) -> None:
    account = make_account(paused_at=timezone.now())

    assert editor.get(url(act, account)).status_code == 405

    account.refresh_from_db()
    assert account.paused_at is not None


def test_the_list_says_what_a_message_would_meet(editor: Client, settings: object) -> None:
    make_account(name="a", is_live=True)
    make_account(name="b", paused_at=timezone.now(), pause_reason="535 wrong password")

    off = editor.get(reverse("admin:campaigns_channelaccount_changelist")).content.decode()
    settings.MESSAGING_LIVE = True
    on = editor.get(reverse("admin:campaigns_channelaccount_changelist")).content.decode()

    assert (off.count(">Live<"), on.count(">Live<")) == (0, 1)
    assert "535 wrong password" in on


def test_a_solapi_account_needs_its_key_and_the_variable_of_its_secret() -> None:
    form = ChannelAccountForm(
        TYPED | {"channel": "sms", "gateway": "solapi", "user": "", "sender_address": "02-123-4567"}
    )

    assert not form.is_valid()
    assert list(form.errors) == ["user"]


def test_a_gateway_is_not_asked_to_carry_what_it_cannot() -> None:
    form = ChannelAccountForm(TYPED | {"channel": "sms", "sender_address": "02-123-4567"})

    assert not form.is_valid()
    assert form.errors["gateway"] == ["This gateway carries: e-mail. Choose another one for this channel."]


def test_who_may_change_an_account_sees_where_its_gateway_is_to_call(editor: Client) -> None:
    account = make_account(channel="sms", gateway="solapi", settings={"user": "ACCESS"})

    shown = editor.get(url("channelaccount_change", account)).content.decode()

    assert f"/webhooks/{account.pk}/" in shown


def test_an_account_for_notifications_names_its_key_and_where_one_refuses(editor: Client) -> None:
    typed = TYPED | {"channel": "push", "gateway": "fcm", "opt_out_path": "마이 > 알림", "ttl_hours": "6"}
    typed["connections"] = "20"
    typed |= {"host": "", "port": "", "security": "", "user": "", "opt_out_link": "shop://settings"}
    typed["prices-0-kind"] = "push"
    add = reverse("admin:campaigns_channelaccount_add")

    without_key = editor.post(add, typed | {"password_variable": ""})
    with_script = editor.post(add, typed | {"opt_out_link": "javascript://x"})
    good = editor.post(add, typed)

    assert "password_variable" in without_key.context["adminform"].form.errors
    assert "opt_out_link" in with_script.context["adminform"].form.errors
    assert good.status_code == 302
    assert ChannelAccount.objects.get().settings == {
        "opt_out_path": "마이 > 알림",
        "opt_out_link": "shop://settings",
        "ttl_hours": 6,
        "connections": 20,
    }


@pytest.mark.parametrize(
    ("kind", "asked", "not_asked"),
    [
        (
            {"channel": "email", "gateway": "smtp"},
            {"host", "security"},
            {"opt_out_number", "kakao_profile", "ttl_hours"},
        ),
        ({"channel": "sms", "gateway": "solapi"}, {"opt_out_number", "certificate_number"}, {"host", "kakao_profile"}),
        ({"channel": "alimtalk", "gateway": "solapi"}, {"kakao_profile", "user"}, {"host", "certificate_number"}),
        ({"channel": "push", "gateway": "fcm"}, {"ttl_hours", "password_variable"}, {"host", "opt_out_number"}),
    ],
)
def test_an_account_is_asked_for_what_it_has_a_use_for(
    editor: Client, kind: dict, asked: set[str], not_asked: set[str]
) -> None:
    shown = editor.get(url("channelaccount_change", make_account(**kind))).content.decode()

    named = {name for name in asked | not_asked if f'name="{name}"' in shown}
    assert named == asked


def test_settings_that_were_not_asked_for_stay(editor: Client) -> None:
    account = make_account(gateway="smtp", settings={"host": "smtp.example.com", "port": 587, "user": "dangol"})
    typed = {name: value for name, value in TYPED.items() if name not in ("host", "port", "security", "user")}

    editor.post(url("channelaccount_change", account), typed | {"gateway": "sandbox", "prices-TOTAL_FORMS": "0"})

    account.refresh_from_db()
    assert (account.gateway, account.settings["host"]) == ("sandbox", "smtp.example.com")


def test_slower_domains_are_typed_as_lines_and_kept_as_numbers(editor: Client) -> None:
    mail = {"domain_rates": "Naver.com 5\nhanmail.net: 2.5\n", "bounce_address": "bounces@shop.kr"}
    editor.post(reverse("admin:campaigns_channelaccount_add"), TYPED | mail)

    account = ChannelAccount.objects.get()
    assert account.settings["domain_rates"] == {"naver.com": 5.0, "hanmail.net": 2.5}
    assert account.settings["bounce_address"] == "bounces@shop.kr"
    assert "naver.com 5\nhanmail.net 2.5" in editor.get(url("channelaccount_change", account)).content.decode()


@pytest.mark.parametrize(
    "wrong",
    [{"domain_rates": "naver.com fast"}, {"domain_rates": "naver.com 0"}, {"bounce_password_variable": "SECRET_KEY"}],
)
def test_what_cannot_be_meant_is_refused(editor: Client, wrong: dict[str, str]) -> None:
    answer = editor.post(reverse("admin:campaigns_channelaccount_add"), TYPED | wrong)

    assert answer.status_code == 200
    assert not ChannelAccount.objects.exists()
