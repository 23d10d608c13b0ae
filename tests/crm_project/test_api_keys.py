"""A machine with a key may do what its account may do, until the key is revoked."""

from datetime import timedelta

import pytest
import time_machine
from django.contrib.auth.models import User
from django.core.cache import cache
from django.test import Client, RequestFactory
from django.utils import timezone
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from crm_project import api_keys
from crm_project.models import ApiKey

pytestmark = pytest.mark.django_db


class WhoAmI(APIView):
    permission_classes = [IsAuthenticated]

    def get(self, request: Request) -> Response:
        return Response({"user": request.user.username})


@pytest.fixture(autouse=True)
def no_requests_counted_yet() -> None:
    cache.clear()


@pytest.fixture
def shop() -> User:
    return User.objects.create_user("web-shop")


def call(authorization: str) -> Response:
    return WhoAmI.as_view()(RequestFactory().get("/", headers={"Authorization": authorization}))


def test_a_key_opens_the_api_as_its_account(shop: User) -> None:
    _key, text = api_keys.make(name="Web shop", user=shop)

    response = call(f"Bearer {text}")

    assert (response.status_code, response.data) == (200, {"user": "web-shop"})


def test_the_secret_itself_is_not_stored(shop: User) -> None:
    key, text = api_keys.make(name="Web shop", user=shop)

    brand, prefix, secret = text.split("_")

    assert (brand, prefix, len(secret)) == ("dgl", key.prefix, 64)
    assert secret not in str(ApiKey.objects.values().get())


@pytest.mark.parametrize(
    "spoil",
    [
        lambda text: text[:-1] + ("0" if text[-1] != "0" else "1"),
        lambda text: text.replace("dgl_", "xyz_"),
        lambda text: text.rpartition("_")[0],
        lambda text: "",
        lambda text: "dgl_\0_\0",
        lambda text: "dgl_" + "é" * 8 + "_x",
    ],
    ids=["wrong secret", "wrong brand", "no secret", "nothing", "zero bytes", "not ASCII"],
)
def test_a_wrong_key_is_refused_with_401(shop: User, spoil: object) -> None:
    _key, text = api_keys.make(name="Web shop", user=shop)

    response = call(f"Bearer {spoil(text)}")

    assert response.status_code == 401
    assert response["WWW-Authenticate"] == "Bearer"
    assert ApiKey.objects.get().last_used_at is None


def test_a_caller_without_key_gets_401() -> None:
    assert WhoAmI.as_view()(RequestFactory().get("/")).status_code == 401


def test_a_revoked_key_is_refused(shop: User) -> None:
    key, text = api_keys.make(name="Web shop", user=shop)

    api_keys.revoke(key)

    assert call(f"Bearer {text}").status_code == 401


def test_a_key_ends_with_its_account(shop: User) -> None:
    _key, text = api_keys.make(name="Web shop", user=shop)

    User.objects.update(is_active=False)

    assert call(f"Bearer {text}").status_code == 401


def test_the_last_use_is_noted_once_a_minute(shop: User) -> None:
    key, text = api_keys.make(name="Web shop", user=shop)
    lately = timezone.now() - timedelta(seconds=59)
    call(f"Bearer {text}")
    key.refresh_from_db()
    assert key.last_used_at is not None
    ApiKey.objects.update(last_used_at=lately)

    call(f"Bearer {text}")

    key.refresh_from_db()
    assert key.last_used_at == lately


def test_each_key_has_its_own_limit(shop: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api_keys.ApiKeyThrottle, "THROTTLE_RATES", {"api_key": "2/min"})
    texts = [api_keys.make(name=name, user=shop)[1] for name in ("Web shop", "Till")]

    answers = [call(f"Bearer {text}").status_code for text in [texts[0]] * 3 + [texts[1]]]

    assert answers == [200, 200, 429, 200]


def test_a_new_key_is_shown_once_in_the_admin(admin_client: Client, shop: User) -> None:
    response = admin_client.post("/admin/crm_project/apikey/add/", {"name": "Web shop", "user": shop.pk})

    key = ApiKey.objects.get()
    text = response.context["text"]
    assert text.startswith(f"dgl_{key.prefix}_")
    assert text in response.content.decode()
    assert "no-store" in response["Cache-Control"]
    assert text not in admin_client.get(f"/admin/crm_project/apikey/{key.pk}/change/").content.decode()
    assert call(f"Bearer {text}").status_code == 200


def test_a_key_cannot_borrow_the_rights_of_a_person(admin_client: Client, admin_user: User) -> None:
    response = admin_client.post("/admin/crm_project/apikey/add/", {"name": "Mine", "user": admin_user.pk})

    assert response.status_code == 200
    assert not ApiKey.objects.exists()


def test_keys_are_revoked_in_the_admin_and_never_deleted(admin_client: Client, shop: User) -> None:
    key, text = api_keys.make(name="Web shop", user=shop)

    admin_client.post("/admin/crm_project/apikey/", {"action": "revoke", "_selected_action": [key.pk]})

    assert call(f"Bearer {text}").status_code == 401
    assert admin_client.post(f"/admin/crm_project/apikey/{key.pk}/delete/", {"post": "yes"}).status_code == 403


def test_an_expired_key_is_refused(shop: User) -> None:
    _key, text = api_keys.make(name="Web shop", user=shop)

    ApiKey.objects.update(expires_at=timezone.now() + timedelta(minutes=1))
    assert call(f"Bearer {text}").status_code == 200

    ApiKey.objects.update(expires_at=timezone.now())
    assert call(f"Bearer {text}").status_code == 401


def test_a_rotated_key_works_for_a_week_beside_its_successor(shop: User) -> None:
    key, text = api_keys.make(name="Web shop", user=shop)

    successor, new_text = api_keys.rotate(key)

    assert (successor.name, successor.user) == ("Web shop", shop)
    assert [call(f"Bearer {each}").status_code for each in (text, new_text)] == [200, 200]
    with time_machine.travel(timezone.now() + timedelta(days=7, minutes=1)):
        assert [call(f"Bearer {each}").status_code for each in (text, new_text)] == [401, 200]


def test_a_rotation_never_lengthens_a_key(shop: User) -> None:
    key, _text = api_keys.make(name="Web shop", user=shop)
    soon = timezone.now() + timedelta(hours=1)
    ApiKey.objects.update(expires_at=soon)

    api_keys.rotate(key)

    key.refresh_from_db()
    assert key.expires_at == soon


def test_the_admin_rotates_a_key_and_shows_the_new_one_once(admin_client: Client, shop: User) -> None:
    key, _text = api_keys.make(name="Web shop", user=shop)

    response = admin_client.post(f"/admin/crm_project/apikey/{key.pk}/rotate/")

    successor = ApiKey.objects.exclude(pk=key.pk).get()
    assert response.context["text"].startswith(f"dgl_{successor.prefix}_")
    assert "no-store" in response["Cache-Control"]
    assert admin_client.get(f"/admin/crm_project/apikey/{key.pk}/rotate/").status_code == 405


def test_wrong_keys_are_limited_by_address_and_right_ones_still_pass(
    shop: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api_keys, "WRONG_KEYS_A_MINUTE", 2)
    _key, text = api_keys.make(name="Web shop", user=shop)

    answers = [call("Bearer dgl_00000000_wrong") for _try in range(3)]

    assert [answer.status_code for answer in answers] == [401, 401, 429]
    assert int(answers[-1]["Retry-After"]) >= 1
    assert answers[-1].data["code"] == "throttled"
    assert call(f"Bearer {text}").status_code == 200
