"""Pictures of text messages: small JPEGs, without what a camera wrote into them."""

import pytest

from campaigns.errors import BadPicture
from campaigns.library import pictures
from campaigns.models import MessagePicture
from tests.factories import make_jpeg

pytestmark = pytest.mark.django_db


def test_a_picture_is_kept_once_and_named_by_its_content() -> None:
    first = pictures.store(make_jpeg(width=640, height=480), title="봄", by=None)
    second = pictures.store(make_jpeg(width=640, height=480), title="다시", by=None)

    assert first == second
    assert (first.width, first.height) == (640, 480)
    assert MessagePicture.objects.count() == 1


def test_where_it_was_taken_is_left_out() -> None:
    taken = make_jpeg(said_by_camera=b"Exif GPS 37.5665")

    kept = pictures.store(taken, title="봄", by=None)

    assert b"GPS" in taken
    assert b"GPS" not in bytes(kept.content)
    assert pictures.read(bytes(kept.content)) == (bytes(kept.content), (100, 50))


def test_what_the_camera_put_behind_the_picture_is_left_out() -> None:
    second = make_jpeg(said_by_camera=b"Exif GPS 37.5665")

    kept = pictures.store(make_jpeg() + second, title="봄", by=None)

    assert bytes(kept.content) == make_jpeg()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"GIF89a",
        b"\x89PNG\r\n",
        b"\xff\xd8\xff",
        b"\xff\xd8\xff\xe0\xff\xff",
        make_jpeg()[:-2],
        make_jpeg(width=2_001),
        make_jpeg(padding=300_001),
    ],
)
def test_what_phones_do_not_show_is_refused(content: bytes) -> None:
    with pytest.raises(BadPicture):
        pictures.store(content, title="봄", by=None)

    assert not MessagePicture.objects.exists()
