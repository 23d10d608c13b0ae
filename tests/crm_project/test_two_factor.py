"""A password alone opens nothing where a second factor is there, or must be."""

import re
import time

import pytest
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django_otp.oath import TOTP
from django_otp.plugins.otp_static.models import StaticDevice
from django_otp.plugins.otp_totp.models import TOTPDevice
from time_machine import TimeMachineFixture

from crm_project import two_factor
from crm_project.client_address import client_address

PASSWORD = "right horse battery"
A_PAGE = "/admin/password_change/"
VERIFY = "/admin/two-factor/"
SET_UP = "/admin/two-factor/setup/"
pytestmark = pytest.mark.django_db


@pytest.fixture
def person() -> User:
    return User.objects.create_superuser("mina", password=PASSWORD)


@pytest.fixture
def device(person: User) -> TOTPDevice:
    return TOTPDevice.objects.create(user=person, name="app")


def code_of(key: bytes) -> str:
    totp = TOTP(key)
    totp.time = time.time()
    return f"{totp.token():06d}"


def log_in(client: Client, **more: str) -> None:
    client.post(reverse("admin:login"), {"username": "mina", "password": PASSWORD}, **more)


@pytest.mark.usefixtures("person")
def test_without_device_and_duty_the_password_is_enough(client: Client) -> None:
    log_in(client)

    assert client.get(A_PAGE).status_code == 200


@pytest.mark.usefixtures("device")
def test_who_has_a_device_is_asked_for_the_code_on_every_page(client: Client) -> None:
    log_in(client)

    response = client.get("/admin/auth/user/?q=kim")

    assert response.status_code == 302
    assert response.url == f"{VERIFY}?next=%2Fadmin%2Fauth%2Fuser%2F%3Fq%3Dkim"


@pytest.mark.usefixtures("device")
def test_half_logged_in_a_session_is_nobody_outside_the_admin(client: Client) -> None:
    log_in(client)
    seen = []

    two_factor.SecondFactorMiddleware(lambda request: seen.append(request.user.is_authenticated))(
        request_with(client, "/api/v1/customers/")
    )

    assert seen == [False]


def test_the_right_code_opens_the_page_that_was_wanted(client: Client, device: TOTPDevice) -> None:
    log_in(client)

    response = client.post(VERIFY, {"code": code_of(device.bin_key), "next": "/admin/auth/user/"})

    assert response.url == "/admin/auth/user/"
    assert client.get("/admin/auth/user/").status_code == 200


def test_a_code_opens_once(client: Client, device: TOTPDevice) -> None:
    code = code_of(device.bin_key)
    log_in(client)
    client.post(VERIFY, {"code": code})
    client.post(reverse("admin:logout"))
    log_in(client)

    client.post(VERIFY, {"code": code})

    assert client.get(A_PAGE).status_code == 302


def test_wrong_codes_are_slowed_down(client: Client, device: TOTPDevice, time_machine: TimeMachineFixture) -> None:
    time_machine.move_to(timezone.now(), tick=False)
    log_in(client)
    client.post(VERIFY, {"code": "000000"})
    client.post(VERIFY, {"code": "000001"})
    response = client.post(VERIFY, {"code": code_of(device.bin_key)}, HTTP_ACCEPT_LANGUAGE="en")

    assert client.get(A_PAGE).status_code == 302
    assert re.search(r"This code is not right. Try again in \d seconds?\.", response.content.decode())


def test_the_next_page_is_one_of_ours(client: Client, device: TOTPDevice) -> None:
    log_in(client)

    response = client.post(VERIFY, {"code": code_of(device.bin_key), "next": "https://evil.example/"})

    assert response.url == "/admin/"


@pytest.mark.usefixtures("person")
def test_where_it_is_a_duty_the_person_is_led_to_set_it_up(client: Client, settings: object) -> None:
    settings.REQUIRE_TWO_FACTOR = True
    log_in(client)

    assert client.get(A_PAGE).url == f"{SET_UP}?next=%2Fadmin%2Fpassword_change%2F"


@pytest.mark.usefixtures("person")
def test_looking_at_the_picture_changes_nothing(client: Client) -> None:
    log_in(client)

    page = client.get(SET_UP).content.decode()

    assert "<svg" in page
    assert "style=" not in page[page.index("<svg") : page.index("</svg>")]
    assert not TOTPDevice.objects.exists()


def test_setting_up_needs_a_code_and_shows_recovery_codes_once(client: Client, person: User, settings: object) -> None:
    settings.REQUIRE_TWO_FACTOR = True
    log_in(client)
    offer = client.get(SET_UP).context["form"]["offer"].value()
    key = two_factor._offered_device(person, offer).bin_key

    refused = client.post(SET_UP, {"offer": offer, "code": "123"})
    accepted = client.post(SET_UP, {"offer": offer, "code": code_of(key)})

    assert "recovery_codes" not in {template.name for template in refused.templates}
    codes = accepted.context["codes"]
    assert len(set(codes)) == 10
    assert client.get(A_PAGE).status_code == 200
    assert TOTPDevice.objects.get().bin_key == key


def test_an_offer_made_to_another_is_refused(client: Client, person: User) -> None:
    other = User.objects.create_superuser("jun", password=PASSWORD)
    offer = two_factor._offer(other)
    log_in(client)

    client.post(SET_UP, {"offer": offer, "code": code_of(two_factor._offered_device(other, offer).bin_key)})

    assert not TOTPDevice.objects.exists()


@pytest.mark.usefixtures("device")
def test_nobody_replaces_a_device_with_the_password_alone(client: Client, person: User, device: TOTPDevice) -> None:
    log_in(client)
    offer = two_factor._offer(person)

    client.post(SET_UP, {"offer": offer, "code": code_of(two_factor._offered_device(person, offer).bin_key)})

    assert [each.key for each in TOTPDevice.objects.all()] == [device.key]


@pytest.mark.usefixtures("device")
def test_a_recovery_code_opens_once(client: Client, person: User) -> None:
    recovery = StaticDevice.objects.create(user=person, name="recovery codes")
    recovery.token_set.create(token="abcd2345")
    log_in(client)

    client.post(VERIFY, {"code": " ABCD 2345 "})

    assert client.get(A_PAGE).status_code == 200
    assert recovery.token_set.count() == 0


@pytest.mark.usefixtures("device")
def test_an_administrator_takes_a_lost_phone_out(client: Client, person: User) -> None:
    two_factor.remove_devices(person)

    log_in(client)

    assert client.get(A_PAGE).status_code == 200


def test_the_session_that_the_code_opens_is_not_the_one_that_owed_it(client: Client, device: TOTPDevice) -> None:
    log_in(client)
    owing = client.cookies["sessionid"].value

    client.post(VERIFY, {"code": code_of(device.bin_key)})

    assert client.get(A_PAGE).status_code == 200
    assert client.cookies["sessionid"].value != owing
    assert not Session.objects.filter(pk=owing).exists()


@pytest.mark.usefixtures("device")
def test_half_logged_in_people_can_log_out(client: Client) -> None:
    log_in(client)

    client.post(reverse("admin:logout"))

    assert "_auth_user_id" not in client.session


@pytest.mark.usefixtures("person")
def test_five_wrong_passwords_close_the_account_from_there_and_tell_for_how_long(client: Client) -> None:
    for _attempt in range(4):
        response = client.post(reverse("admin:login"), {"username": "mina", "password": "wrong"})
        assert response.status_code == 200

    locked = client.post(reverse("admin:login"), {"username": "mina", "password": "wrong"}, HTTP_ACCEPT_LANGUAGE="en")
    log_in(client)
    log_in(other := Client(), REMOTE_ADDR="192.0.2.7")

    assert (locked.status_code, locked["Retry-After"]) == (429, "900")
    assert "15 minutes" in locked.content.decode()
    assert client.get(A_PAGE).status_code == 302
    assert other.get(A_PAGE).status_code == 200


@pytest.mark.parametrize(
    ("proxies", "forwarded", "address"),
    [
        (0, "203.0.113.9", "127.0.0.1"),  # no proxy of ours: the header is the client's own writing
        (1, "203.0.113.9", "203.0.113.9"),
        (1, "198.51.100.1, 203.0.113.9", "203.0.113.9"),  # what the client put before it is not believed
        (2, "198.51.100.1, 203.0.113.9, 10.0.0.2", "203.0.113.9"),
        (2, "", "127.0.0.1"),
        (1, "203.0.113.9:50001", "203.0.113.9"),  # some proxies write the port, too
        (1, "[2001:db8::7]:50001", "2001:db8::7"),
        (1, "::ffff:203.0.113.9", "203.0.113.9"),  # as a socket for both kinds of addresses writes it
        (1, "fe80::7%eth0", "fe80::7"),
        (1, "unknown", "127.0.0.1"),
    ],
)
def test_the_client_is_counted_from_the_right(
    settings: object, rf: object, proxies: int, forwarded: str, address: str
) -> None:
    settings.NUM_PROXIES = proxies

    assert client_address(rf.get("/", headers={"X-Forwarded-For": forwarded})) == address


def test_other_sessions_end_when_the_password_changes(client: Client, person: User) -> None:
    log_in(client)
    person.set_password("another horse battery")
    person.save()

    assert client.get(A_PAGE).status_code == 302


def test_sessions_end_when_the_account_is_switched_off(client: Client, person: User) -> None:
    log_in(client)
    User.objects.update(is_active=False)

    assert client.get(A_PAGE).status_code == 302


def request_with(client: Client, path: str) -> object:
    """Return a request as it stands after the session middlewares."""
    request = client.get("/admin/two-factor/").wsgi_request
    request.path = path
    return request
