"""The versions of what customers read before they agree. The ledger names the version; the version never changes."""

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from customers.errors import WordingRefused
from customers.models import ConsentWording

# The four things that must be told (PIPA 15(2), P-02).
TOLD = ("aim", "items", "retention", "right_to_refuse")


@transaction.atomic
def publish(wording: ConsentWording, *, by: User) -> ConsentWording:
    """Show this version to customers from now on. What they said to earlier versions stays tied to those (P-02).

    Raises:
        WordingRefused: it is published already, or does not tell all four things.
    """
    wording = ConsentWording.objects.select_for_update().get(pk=wording.pk)
    if wording.published_at:
        raise WordingRefused(_("This version is published already. Write a new version to change the words."))
    labels = {field.name: field.verbose_name for field in wording._meta.fields}
    empty = [labels[name] for name in TOLD if not getattr(wording, name).strip()]
    if empty:
        raise WordingRefused(_("Fill in: %(fields)s.") % {"fields": ", ".join(map(str, empty))})
    wording.published_at, wording.published_by = timezone.now(), by
    wording.save(update_fields=["published_at", "published_by"])
    return wording


def current_wordings() -> dict[str, ConsentWording]:
    """Return the latest published version for each purpose that has one."""
    published = ConsentWording.objects.exclude(published_at=None).order_by("purpose", "-published_at", "-pk")
    return {wording.purpose: wording for wording in published.distinct("purpose")}


def next_version(purpose: str) -> str:
    """Suggest a name for the next version: the year and a number that is free."""
    year = timezone.localdate().year
    taken = set(ConsentWording.objects.filter(purpose=purpose).values_list("version", flat=True))
    return next(name for number in range(1, len(taken) + 2) if (name := f"{year}-{number:02}") not in taken)
