"""Pictures for text messages and Brand Messages: what is taken in, and what goes out (G-04).

What a camera wrote into a picture besides the picture, such as where it was taken, is left out; so is what it put
behind it, such as a second picture.
"""

import hashlib
import re
from collections.abc import Iterator, Sequence

from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from campaigns.errors import BadPicture
from campaigns.gateways.base import Picture
from campaigns.models import MessagePicture

MOST_BYTES = 300_000
# What is larger than this is too large, whatever is left out of it.
MOST_READ = 4 * MOST_BYTES
LONGEST_SIDE = 2_000
MOST_OFFERED = 30
START, END = b"\xff\xd8", b"\xff\xd9"
# Markers of a JPEG: the frame tells the sides, the scan is the picture itself, APP0 and APP14 say how to read colours.
FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
SCAN = 0xDA
NAME = re.compile(r"[0-9a-f]{24}\.jpg")
SAID_BY_OTHERS = (frozenset(range(0xE1, 0xF0)) | {0xFE}) - {0xEE}


def store(content: bytes, *, title: str, by: User | None) -> MessagePicture:
    """Keep a picture, once whatever it is called; return what is kept.

    Raises:
        BadPicture: it is no JPEG, larger than 300 kB, or wider or higher than 2,000 points.
    """
    plain, (width, height) = read(content)
    name = f"{hashlib.sha256(plain).hexdigest()[:24]}.jpg"
    facts = {"title": title, "content": plain, "size": len(plain), "width": width, "height": height, "uploaded_by": by}
    return MessagePicture.objects.get_or_create(name=name, defaults=facts)[0]


def read(content: bytes) -> tuple[bytes, tuple[int, int]]:
    """Return the picture without what others wrote into it, and its width and height.

    Raises:
        BadPicture: see `store`.
    """
    segments = list(_segments(content))
    frame = next((segment for marker, segment in segments if marker in FRAMES and len(segment) >= 9), None)
    if frame is None or segments[-1][0] != SCAN:
        raise BadPicture(_("This is no JPEG picture. Phones show no other kind in a text message."))
    sides = int.from_bytes(frame[7:9]), int.from_bytes(frame[5:7])
    plain = b"".join([START, *(segment for marker, segment in segments if marker not in SAID_BY_OTHERS)])
    if len(plain) > MOST_BYTES:
        raise too_large(len(plain))
    if max(sides) > LONGEST_SIDE:
        raise BadPicture(_("The picture has %(width)d × %(height)d points; make it 2,000 at most.") % {
            "width": sides[0], "height": sides[1],
        })  # fmt: skip
    return plain, sides


def too_large(size: int) -> BadPicture:
    """Return the refusal of a picture of so many bytes."""
    return BadPicture(_("The picture has %s bytes; networks carry 300,000. Save it with less quality.") % f"{size:,}")


def is_name(text: str) -> bool:
    """Tell whether that is how a picture of ours is named; a gateway's own number never is."""
    return NAME.fullmatch(text) is not None


def offered() -> QuerySet[MessagePicture, tuple[str, str]]:
    """Return (name, title) of the pictures to choose from, the newest first."""
    return MessagePicture.objects.values_list("name", "title")[:MOST_OFFERED]


def named(names: Sequence[str]) -> tuple[Picture, ...]:
    """Return the pictures of these names that are kept, in their order."""
    found = {each.name: bytes(each.content) for each in MessagePicture.objects.filter(name__in=names)} if names else {}
    return tuple(Picture(name, found[name]) for name in names if name in found)


def _segments(content: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield (marker, bytes) of each segment; the scan is the last one and has all that follows of the picture."""
    place = len(START)
    if not content.startswith(START):
        return
    while content[place : place + 1] == b"\xff" and place + 4 <= len(content):
        marker = content[place + 1]
        if marker == SCAN:
            # A scan writes these two bytes otherwise, so the first ones are the end.
            end = content.find(END, place)
            if end > 0:
                yield marker, content[place : end + len(END)]
            return
        end = place + 2 + int.from_bytes(content[place + 2 : place + 4])
        yield marker, content[place:end]
        place = end
