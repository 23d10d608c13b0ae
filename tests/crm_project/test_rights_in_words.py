"""Roles and permissions are shown in the reader's language."""

import pytest
from django.contrib.auth.models import Group, Permission, User
from django.test import Client
from django.utils import translation

from crm_project import roles
from crm_project.rights_in_words import permission_words, role_words

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_english")]


@pytest.mark.parametrize(("name", "words"), [("store staff", "Store staff"), ("night shift", "night shift")])
def test_a_role_is_shown_by_its_label_and_a_shops_own_by_its_name(name: str, words: str) -> None:
    assert role_words(Group(name=name)) == words


@pytest.mark.parametrize(
    ("codename", "words"),
    [
        ("add_customer", "customer: Add"),
        ("view_customer", "customer: View"),
        ("view_personal_data", "customer: Can see names, phones and e-mails unmasked"),
    ],
)
def test_a_permission_says_what_it_allows(codename: str, words: str) -> None:
    with translation.override("en"):
        assert permission_words(Permission.objects.get(codename=codename)) == words


def test_the_pages_of_users_and_roles_say_it(admin_client: Client, admin_user: User) -> None:
    roles.put_in_force()

    listed = admin_client.get("/admin/auth/group/").content.decode()
    offered = admin_client.get(f"/admin/auth/user/{admin_user.pk}/change/").content.decode()

    assert "Store staff" in listed
    assert ">Store staff</option>" in offered
    assert ">campaign: Can approve or return campaigns</option>" in offered


def test_no_page_asks_once_for_every_permission(admin_client: Client, django_assert_max_num_queries: object) -> None:
    roles.put_in_force()
    role = Group.objects.get(name="operator")

    with django_assert_max_num_queries(20):
        admin_client.get(f"/admin/auth/group/{role.pk}/change/")
