"""What a person can do about background jobs and lost phones."""

import pytest
from django.contrib.auth.models import Group, User
from django.test import Client
from django.utils import timezone
from django_otp.plugins.otp_totp.models import TOTPDevice

from crm_project import roles
from crm_project.models import Job, JobState, Kick

DOWN = "crm_project.tasks.wake_forgotten_kicks"
pytestmark = pytest.mark.django_db


@pytest.fixture
def parked() -> Job:
    return Job.objects.create(name=DOWN, cluster="default", starts=5, parked_at=timezone.now())


@pytest.fixture
def administrator(client: Client) -> User:
    roles.put_in_force()
    user = User.objects.create_user("hana", is_staff=True)
    user.groups.add(Group.objects.get(name="administrator"))
    client.force_login(user)
    return user


@pytest.mark.usefixtures("administrator")
def test_the_page_of_an_app_lists_its_models_and_no_other_page_lists_any(client: Client) -> None:
    of_an_app, of_a_list = (client.get(path) for path in ("/admin/crm_project/", "/admin/crm_project/job/"))

    assert [model["object_name"] for model in of_an_app.context["app_list"][0]["models"]] == ["ApiKey", "Job"]
    assert of_a_list.context["available_apps"] == []


@pytest.mark.usefixtures("administrator")
def test_an_administrator_lets_a_parked_job_start_again(client: Client, parked: Job) -> None:
    client.post("/admin/crm_project/job/", {"action": "restart", "_selected_action": [parked.pk]})

    parked.refresh_from_db()
    assert (parked.state, parked.starts) == (JobState.WAITING, 0)
    assert Kick.objects.get().job == DOWN


def test_who_may_only_look_cannot_restart(client: Client, administrator: User, parked: Job) -> None:
    group = Group.objects.get(name="administrator")
    group.permissions.remove(group.permissions.get(codename="restart_job"))

    client.post("/admin/crm_project/job/", {"action": "restart", "_selected_action": [parked.pk]})

    parked.refresh_from_db()
    assert parked.state is JobState.PARKED
    assert not Kick.objects.exists()


@pytest.mark.usefixtures("administrator")
def test_the_error_of_a_job_can_be_read(client: Client) -> None:
    now = timezone.now()
    job = Job.objects.create(
        name=DOWN, cluster="default", started_at=now, finished_at=now, failed_at=now, last_error="KeyError: 'won'"
    )

    assert "KeyError: &#x27;won&#x27;" in client.get(f"/admin/crm_project/job/{job.pk}/change/").content.decode()
    assert client.post(f"/admin/crm_project/job/{job.pk}/change/", {"starts": 0}).status_code == 403


def test_an_administrator_frees_a_person_from_a_lost_phone_but_no_superuser(
    client: Client, administrator: User
) -> None:
    person = User.objects.create_user("jun", is_staff=True)
    root = User.objects.create_superuser("root")
    for user in (person, root):
        TOTPDevice.objects.create(user=user, name="app")

    client.post("/admin/auth/user/", {"action": "remove_second_factor", "_selected_action": [person.pk, root.pk]})

    assert [device.user for device in TOTPDevice.objects.all()] == [root]
