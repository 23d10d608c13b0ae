"""Incidents with personal data: a record with a clock, until the people and, where it must, the authority know (P-13).

Whoever is concerned, or is likely to be, is told one by one within 72 hours what leaked, when and how, what to do, whom
to turn to and which rights they have (개인정보 보호법 제34조, 시행령 제39조, 제39조의3). The authority hears of it
in the same time from 1,000 people on, of sensitive data, and whenever somebody broke in (시행령 제40조).

A colleague of whoever wrote the words hands them over; from then on they stand, and campaigns send the notices.
"""

from collections.abc import Collection, Iterator
from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from customers.errors import IncidentRefused
from customers.models import Customer, Incident, NoticeDuty
from customers.privacy import owed_notices
from customers.segments.refresh import refresh_segment
from customers.segments.uses import NAMINGS

# A clock at the desk may be so much ahead of ours.
TOLERANCE = timedelta(minutes=5)


def pending() -> QuerySet[Incident]:
    """Return the incidents that are not closed, the most pressing first, `with_notices`."""
    return with_notices(Incident.objects.filter(closed_at=None)).order_by("known_at", "pk")


def with_notices(incidents: QuerySet[Incident]) -> QuerySet[Incident]:
    """Add how many notices of each nobody got yet."""
    return owed_notices.with_notices(NoticeDuty.Kind.INCIDENT, incidents)


def deadline(incident: Incident) -> datetime:
    """Return the moment by which people and authority must know."""
    return incident.known_at + timedelta(hours=settings.INCIDENT_HOURS)


def must_be_reported(incident: Incident) -> bool:
    """Tell whether the authority must hear of it, besides the people."""
    is_large = incident.people_count >= settings.INCIDENT_REPORTED_FROM
    return incident.certainty == Incident.Certainty.LEAKED and (
        is_large or incident.is_sensitive or incident.is_intrusion
    )


def is_told(incident: Incident) -> bool:
    """Tell of an incident `with_notices` whether all people know: every notice is done, or by another way."""
    return bool(incident.told_at or (incident.handed_over_at and not incident.open_count))


def missing(incident: Incident) -> list[str]:
    """Return what is still to be done before an incident, `with_notices`, can be closed."""
    wants = [
        (not is_told(incident), _("people not told")),
        (must_be_reported(incident) and incident.reported_at is None, _("authority not told")),
    ]
    return [words for is_missing, words in wants if is_missing]


def is_in_future(known_at: datetime) -> bool:
    """Tell whether nobody can know of an incident since then, yet."""
    return known_at > timezone.now() + TOLERANCE


def write_down(incident: Incident, *, by: User) -> None:
    """Keep what is known of an incident, new or changed.

    Raises:
        IncidentRefused: it is known only in the future, or people read these words already.
    """
    if is_in_future(incident.known_at):
        raise IncidentRefused(_("An incident cannot become known in the future."))
    with transaction.atomic():
        if incident.pk and not _lock(incident).filter(handed_over_at=None, closed_at=None).exists():
            raise IncidentRefused(_("Its notices were handed over: what became known since takes another record."))
        incident.written_by = by
        incident.save()


@transaction.atomic
def hand_over(incident: Incident, *, by: User, seen: str | None = None) -> int:
    """Open a notice for each person concerned, as the segment stands now; return how many.

    Args:
        seen: what this person read (`owed_notices.version_of`).

    Raises:
        IncidentRefused: it was done already, this person wrote the words or read others, or there is nobody to tell.
    """
    current = _open(incident)
    owed_notices.permit_handing_over(current, by=by, seen=seen, refused=IncidentRefused)
    if current.segment is None:
        raise IncidentRefused(_("Choose the segment of the people concerned first, or tell them by another way."))
    refresh_segment(current.segment.pk)
    people = Customer.objects.members_of(current.segment)
    last_day = timezone.localdate(deadline(current))
    opened = owed_notices.hand_over(NoticeDuty.Kind.INCIDENT, current, by=by, people=people, due_on=last_day)
    if not opened:
        raise IncidentRefused(_("Nobody is in the segment: there is nobody to tell."))
    return opened


def note_told(incident: Incident, *, how: str) -> None:
    """Record that those whom no notice reaches know, such as by 30 days on the shop's page (시행령 제39조 ③).

    Raises:
        IncidentRefused: no way was named, or it is closed.
    """
    if not how.strip():
        raise IncidentRefused(_("Say how people were told: by letter, on the shop's page for 30 days."))
    _note(incident, told_at=timezone.now(), told_how=how.strip()[:100])


def note_reported(incident: Incident, *, how: str) -> None:
    """Record that the authority knows.

    Raises:
        IncidentRefused: nothing was said of the report, or it is closed.
    """
    if not how.strip():
        raise IncidentRefused(_("Say to whom it was reported, and under which number."))
    _note(incident, reported_at=timezone.now(), reported_how=how.strip()[:100])


def close(incident: Incident, *, by: User, outcome: str) -> None:
    """Record what came of it and that nothing is left to do.

    Raises:
        IncidentRefused: somebody still has to be told, or nothing was said of what came of it.
    """
    if not outcome.strip():
        raise IncidentRefused(_("Say what came of it, and what keeps it from happening again."))
    if open_words := missing(with_notices(Incident.objects.filter(pk=incident.pk)).get()):
        raise IncidentRefused(_("It stays open: %s.") % ", ".join(open_words))
    _note(incident, closed_at=timezone.now(), closed_by=by, outcome=outcome.strip()[:1_000])


def incidents_naming(segment_ids: Collection[int]) -> Iterator[tuple[int, Incident]]:
    """Yield which open incidents need which of these segments: its members are to be told."""
    for incident in Incident.objects.filter(closed_at=None, segment__in=segment_ids).order_by("pk"):
        yield incident.segment_id, incident


def _note(incident: Incident, **values: object) -> None:
    with transaction.atomic():
        _open(incident)
        Incident.objects.filter(pk=incident.pk).update(**values)


def _open(incident: Incident) -> Incident:
    """Return the incident as it stands, locked."""
    current = _lock(incident).filter(closed_at=None).first()
    if current is None:
        raise IncidentRefused(_("This incident was closed already."))
    return current


def _lock(incident: Incident) -> QuerySet[Incident]:
    return Incident.objects.select_for_update(of=("self",)).filter(pk=incident.pk)


NAMINGS.register("incident", incidents_naming)
