"""A machine with a key, as tests of the API use it."""

import json

from django.contrib.auth.models import Group, Permission, User
from django.core.cache import cache
from django.http import HttpResponse
from django.test import Client

from crm_project import api_keys, roles


class ShopSystem:
    """A machine with a key of the role that shops' systems have, and further permissions."""

    def __init__(self, *permissions: str, name: str = "web-shop") -> None:
        cache.clear()
        roles.put_in_force()
        self.user = User.objects.create_user(name)
        self.user.groups.add(Group.objects.get(name=roles.SHOP_SYSTEM.name))
        for permission in permissions:
            app, codename = permission.split(".")
            self.user.user_permissions.add(Permission.objects.get(content_type__app_label=app, codename=codename))
        self.key, self.text = api_keys.make(name="Web shop", user=self.user)

    def send(self, kind: str, body: object, *, query: str = "", **headers: str) -> HttpResponse:
        """Post a list of records and return the whole answer."""
        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        return Client().post(
            f"/api/v1/{kind}/{query}", json.dumps(body), "application/json", headers=self._key_shown() | headers
        )

    def post(self, kind: str, body: object, *, query: str = "") -> tuple[int, dict]:
        """Post a list of records and return the status and the answer."""
        response = self.send(kind, body, query=query)
        return response.status_code, response.json()

    def get(self, path: str, **headers: str) -> tuple[int, dict]:
        """Read an address below /api/v1/."""
        response = Client().get(f"/api/v1/{path}", headers=self._key_shown() | headers)
        return response.status_code, response.json()

    def _key_shown(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.text}"}
