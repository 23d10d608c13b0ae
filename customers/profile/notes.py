"""What staff write about a customer for each other: part of the person's data, told and erased with it."""

from django.contrib.auth.models import User
from django.utils.translation import gettext as _

from customers.errors import NoteRefused
from customers.models import Customer, CustomerNote

LONGEST = 1_000


def write(customer: Customer, text: str, *, author: User) -> CustomerNote:
    """Keep a note.

    Raises:
        NoteRefused: it is empty or too long.
    """
    text = text.strip()
    if not text:
        raise NoteRefused(_("Write something before you save the note."))
    if len(text) > LONGEST:
        raise NoteRefused(_("A note has at most %(most)d letters; this one has %(count)d.") % {
            "most": LONGEST, "count": len(text),
        })  # fmt: skip
    return CustomerNote.objects.create(customer=customer, text=text, author=author)
