"""Pictures for text messages: what is taken in, and what goes out (G-04).

What a camera wrote into a picture besides the picture, such as where it was taken, is left out.
"""

import hashlib
from collections.abc import Iterator, Sequence

from django.contrib.auth.models import User
from django.utils.translation import gettext as _

from campaigns.errors import BadPicture
from campaigns.gateways.base import Picture
from campaigns.models import MessagePicture

MOST_BYTES = 300_000
LONGEST_SIDE = 2_000
START, END = b"\xff\xd8", b"\xff\xd9"
# Markers of a JPEG: the frame tells the sides, the scan is the picture itself, APP0 and APP14 say how to read colours.
FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
SCAN = 0xDA
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
    sides, parts = None, [START]
    for marker, segment in _segments(content):
        if marker in FRAMES and len(segment) >= 9:
            sides = int.from_bytes(segment[7:9]), int.from_bytes(segment[5:7])
        if marker not in SAID_BY_OTHERS:
            parts.append(segment)
    plain = b"".join(parts)
    if sides is None:
        raise BadPicture(_("This is no JPEG picture. Phones show no other kind in a text message."))
    if len(plain) > MOST_BYTES:
        given = f"{len(plain):,}"
        raise BadPicture(_("The picture has %s bytes; networks carry 300,000. Save it with less quality.") % given)
    if max(sides) > LONGEST_SIDE:
        raise BadPicture(_("The picture has %(width)d × %(height)d points; make it 2,000 at most.") % {
            "width": sides[0], "height": sides[1],
        })  # fmt: skip
    return plain, sides


def named(names: Sequence[str]) -> tuple[Picture, ...]:
    """Return the pictures of these names that are kept, in their order."""
    found = {each.name: bytes(each.content) for each in MessagePicture.objects.filter(name__in=names)} if names else {}
    return tuple(Picture(name, found[name]) for name in names if name in found)


def _segments(content: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield (marker, bytes) of each segment; the scan is the last one and has all that follows."""
    place = len(START)
    if not content.startswith(START) or END not in content[-2_000:]:
        return
    while content[place : place + 1] == b"\xff" and place + 4 <= len(content):
        marker = content[place + 1]
        if marker == SCAN:
            yield marker, content[place:]
            return
        end = place + 2 + int.from_bytes(content[place + 2 : place + 4])
        yield marker, content[place:end]
        place = end
