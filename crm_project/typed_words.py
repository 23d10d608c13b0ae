"""What somebody typed into a box that no form stands behind, such as the note of an act."""

from django.http import HttpRequest

LONGEST = 1_000


def typed_words(request: HttpRequest, name: str, *, longest: int = LONGEST) -> str:
    """Return what was posted under a name, cut to so many letters, without the NUL that the database cannot keep."""
    return request.POST.get(name, "").replace("\0", "")[:longest]
