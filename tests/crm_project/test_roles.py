"""What each role may do, and what it may not."""

import pytest
from django.contrib.auth.models import Group, User
from django.test import Client

from crm_project import roles
from crm_project.roles import Role


@pytest.fixture
def in_force(db: None) -> None:
    roles.put_in_force()


def person(role: Role) -> User:
    user = User.objects.create_user(role.name.replace(" ", "-"), password="right horse battery", is_staff=True)
    user.groups.set(Group.objects.filter(name=role.name))
    return user


MAY = {
    "operator": "customers.add_segment customers.export_customers campaigns.change_campaign campaigns.stop_campaign",
    "approver": "campaigns.approve_campaign campaigns.stop_campaign customers.view_segment",
    "store staff": "customers.view_store",
    "analyst": "analytics.view_attributedorder analytics.add_marketingspend campaigns.view_campaign",
    "administrator": "customers.view_personal_data customers.export_customers auth.add_user crm_project.add_apikey",
    "shop system": "customers.add_order customers.add_event",
}
MAY_NOT = {
    "operator": "campaigns.approve_campaign customers.view_personal_data customers.approve_export auth.view_user",
    "approver": "campaigns.change_campaign customers.view_personal_data customers.change_segment",
    "store staff": "customers.view_customer campaigns.view_campaign customers.change_store",
    "analyst": "customers.view_personal_data customers.export_customers campaigns.change_campaign",
    "administrator": "campaigns.approve_campaign auth.delete_user crm_project.delete_apikey",
    "shop system": "customers.view_personal_data campaigns.view_campaign customers.delete_order",
}


@pytest.mark.usefixtures("in_force")
@pytest.mark.parametrize("role", roles.ROLES, ids=lambda role: role.name)
def test_a_role_may_what_its_work_needs_and_no_more(role: Role) -> None:
    user = person(role)

    assert user.has_perms(MAY[role.name].split())
    assert not any(user.has_perm(name) for name in MAY_NOT[role.name].split())


@pytest.mark.usefixtures("in_force")
def test_no_role_changes_what_is_a_record() -> None:
    records = "customers.consententry campaigns.message campaigns.hit campaigns.approval customers.accesslogentry"
    changing = {record.replace(".", f".{act}_") for record in records.split() for act in ("change", "delete")}
    given = {name for role in roles.ROLES for name in role.permissions}

    assert not given & changing


@pytest.mark.usefixtures("in_force")
def test_putting_roles_in_force_takes_away_what_the_table_does_not_name() -> None:
    group = Group.objects.get(name="store staff")
    group.permissions.set(Group.objects.get(name="administrator").permissions.all())

    roles.put_in_force()

    assert {permission.codename for permission in group.permissions.all()} == {"view_store", "use_desk"}


def test_an_unknown_permission_is_named_and_nothing_changes(db: None) -> None:
    wrong = Role("operator", "Operator", "", frozenset({"customers.view_customer", "customers.fly"}))

    with pytest.raises(LookupError, match=r"'operator' names permissions that do not exist: customers\.fly"):
        roles.put_in_force([wrong])

    assert not Group.objects.exists()


@pytest.mark.usefixtures("in_force")
def test_an_administrator_cannot_make_a_superuser_of_anybody(client: Client) -> None:
    administrator = person(roles.ADMINISTRATOR)
    client.force_login(administrator)
    form = {"username": administrator.username, "is_active": "on", "is_staff": "on", "is_superuser": "on"}

    client.post(f"/admin/auth/user/{administrator.pk}/change/", form)

    administrator.refresh_from_db()
    assert not administrator.is_superuser


@pytest.mark.usefixtures("in_force")
def test_an_administrator_cannot_take_over_a_superuser(client: Client) -> None:
    root = User.objects.create_superuser("root", password="right horse battery")
    client.force_login(person(roles.ADMINISTRATOR))

    response = client.post(
        f"/admin/auth/user/{root.pk}/password/", {"password1": "stolen-password-1", "password2": "stolen-password-1"}
    )

    root.refresh_from_db()
    assert response.status_code == 403
    assert root.check_password("right horse battery")


@pytest.mark.usefixtures("in_force")
@pytest.mark.parametrize(
    "path",
    [
        "django_q/schedule/",
        "django_q/ormq/",
        "django_q/failure/",
        "otp_totp/totpdevice/",
        "otp_static/staticdevice/",
        "axes/accessattempt/",
    ],
)
def test_pages_that_run_code_or_show_secrets_do_not_exist(admin_client: Client, path: str) -> None:
    assert admin_client.get(f"/admin/{path}").status_code == 404
