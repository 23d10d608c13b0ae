"""The demo's team, a user a role, and the web shop's API key. Their secrets lie under `VAR_DIR/demo`."""

import json
import secrets
from dataclasses import dataclass
from pathlib import Path

from django.contrib.auth import get_user_model
from django.contrib.auth.models import AbstractUser, Group
from django.db.models import Count

from crm_project import api_keys, roles
from crm_project.models import ApiKey
from customers.models import Store
from loyalty.models import StoreStaff

User = get_user_model()
WEB_SHOP = "웹 쇼핑몰 (데모)"


@dataclass(frozen=True)
class Login:
    """Somebody who logs in."""

    username: str
    name: str
    role: roles.Role
    does: str


LOGINS = (
    Login("operator", "김운영", roles.OPERATOR, "builds segments and campaigns"),
    Login("approver", "이승인", roles.APPROVER, "approves what the operator made"),
    Login("analyst", "박분석", roles.ANALYST, "reads results"),
    Login("staff", "최매장", roles.STORE_STAFF, "serves at a store's desk, /admin/desk/"),
    Login("admin", "정관리", roles.ADMINISTRATOR, "manages users, accounts and keys"),
)


def make_users(folder: Path) -> dict[str, str]:
    """Make the users that are missing; return everybody's password by username, the same at every start."""
    file = folder / "logins.json"
    passwords: dict[str, str] = json.loads(file.read_text("utf-8")) if file.exists() else {}
    for login in LOGINS:
        user, is_new = User.objects.get_or_create(
            username=login.username, defaults={"first_name": login.name, "is_staff": True}
        )
        if is_new or login.username not in passwords:
            passwords[login.username] = f"dangol-{secrets.token_hex(4)}"
            user.set_password(passwords[login.username])
            user.save(update_fields=["password"])
        user.groups.set([Group.objects.get(name=login.role.name)])
        if login.role == roles.STORE_STAFF:
            _work_in_the_largest_store(user)
    keep_secret(file, json.dumps(passwords))
    return passwords


def web_shop_key(folder: Path) -> str:
    """Return the key with which the simulated public reports what the web shop would; make it the first time."""
    file = folder / "web_shop_api_key"
    if file.exists() and ApiKey.objects.filter(name=WEB_SHOP, revoked_at=None).exists():
        return file.read_text("ascii").strip()
    _key, text = api_keys.make(name=WEB_SHOP, user=_service_account())
    keep_secret(file, text)
    return text


def keep_secret(file: Path, text: str) -> None:
    """Write a file that only its owner can read."""
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    file.touch(mode=0o600)
    file.write_text(text, "utf-8")


def _work_in_the_largest_store(user: AbstractUser) -> None:
    """Let the person serve at the desk of the store with the most customers, if there is any store yet."""
    stores = Store.objects.filter(is_online=False).annotate(regulars=Count("customers"))
    largest = stores.order_by("-regulars", "pk").first()
    if largest and not StoreStaff.objects.filter(user=user).exists():
        StoreStaff.objects.create(user=user, store=largest, is_manager=True)


def _service_account() -> AbstractUser:
    user, is_new = User.objects.get_or_create(username="webshop", defaults={"first_name": WEB_SHOP})
    if is_new:
        user.set_unusable_password()
        user.save(update_fields=["password"])
    user.groups.set([Group.objects.get(name=roles.SHOP_SYSTEM.name)])
    return user
