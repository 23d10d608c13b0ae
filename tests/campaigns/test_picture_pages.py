"""The gallery of pictures for text messages."""

from collections.abc import Callable

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from campaigns.library import pictures
from campaigns.models import MessagePicture, Variant
from tests.factories import make_draft, make_jpeg, make_user

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_english")]
ADD = "admin:campaigns_messagepicture_add"


@pytest.fixture
def operator(client: Client) -> Client:
    rights = [f"campaigns.{action}_messagepicture" for action in ("view", "add", "change", "delete")]
    client.force_login(make_user("operator", *rights))
    return client


def upload(operator: Client, content: bytes) -> object:
    file = SimpleUploadedFile("autumn.jpg", content, content_type="image/jpeg")
    return operator.post(reverse(ADD), {"title": "가을 신상품", "file": file})


def test_a_picture_is_taken_in_and_shown(operator: Client) -> None:
    assert upload(operator, make_jpeg()).status_code == 302

    picture = MessagePicture.objects.get()
    assert (picture.title, picture.uploaded_by.username) == ("가을 신상품", "operator")
    shown = operator.get(reverse("admin:campaigns_messagepicture_file", args=[picture.pk]))
    assert (shown["Content-Type"], shown.content) == ("image/jpeg", bytes(picture.content))
    assert "100 × 50" in operator.get(reverse("admin:campaigns_messagepicture_changelist")).content.decode()


def test_the_same_picture_again_is_the_one_that_is_there(operator: Client) -> None:
    for _time in range(2):
        assert upload(operator, make_jpeg()).status_code == 302

    assert MessagePicture.objects.count() == 1


def test_what_is_no_picture_is_refused_with_its_reason(operator: Client) -> None:
    answer = upload(operator, b"GIF89a")

    assert "This is no JPEG picture" in answer.content.decode()
    assert not MessagePicture.objects.exists()


def test_a_picture_straight_from_a_camera_is_said_to_be_too_large(operator: Client) -> None:
    answer = upload(operator, make_jpeg(padding=2_000_000))

    assert "networks carry 300,000" in answer.content.decode()
    assert not MessagePicture.objects.exists()


def test_a_title_may_change_and_the_picture_may_not(operator: Client) -> None:
    picture = pictures.store(make_jpeg(), title="봄", by=None)
    page = reverse("admin:campaigns_messagepicture_change", args=[picture.pk])

    operator.post(page, {"title": "여름", "file": SimpleUploadedFile("x.jpg", make_jpeg(width=20))})

    picture.refresh_from_db()
    assert (picture.title, picture.width) == ("여름", 100)


@pytest.mark.parametrize(
    "details",
    [
        lambda name: {"images": [name]},
        lambda name: {"image_id": name},
        lambda name: {"items": [{"title": "가"}, {"image_id": name, "title": "나"}]},
        lambda name: {"cards": [{"image_id": name}]},
        lambda name: {"video": {"url": "https://tv.kakao.com/v/1", "image_id": name}},
    ],
)
def test_a_picture_that_a_message_shows_is_kept(operator: Client, details: Callable[[str], dict]) -> None:
    picture = pictures.store(make_jpeg(), title="봄", by=None)
    Variant.objects.filter(step__campaign=make_draft()).update(details=details(picture.name))

    answer = operator.post(reverse("admin:campaigns_messagepicture_delete", args=[picture.pk]), {"post": "yes"})

    assert answer.status_code == 403
    assert MessagePicture.objects.exists()
