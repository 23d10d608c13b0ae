"""Who enters a campaign: the members of its segment but for the excluded ones, each once, in an arm for good."""

from collections.abc import Iterable

from django.db import connection, transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from campaigns import experiments
from campaigns.models import Campaign, Enrollment, Journey
from customers.consent import duties
from customers.models import Customer, SegmentMembership
from customers.segments.refresh import refresh_segment

# One raw statement: the ORM has no INSERT … SELECT.
ENTER = """
    INSERT INTO campaigns_enrollment (campaign_id, customer_id, entry_key, is_control)
    SELECT %s, members.id, '', members.is_control FROM ({members}) AS members ORDER BY members.id
"""


def refresh_audience(campaign: Campaign) -> None:
    """Bring the campaign's segments up to date in full, so that it goes to those who fit now."""
    segment_ids = [campaign.segment_id, *campaign.excluded_segments.values_list("pk", flat=True)]
    for segment_id in filter(None, segment_ids):
        refresh_segment(segment_id)


def members(campaign: Campaign) -> QuerySet[Customer]:
    """Return the members of the campaign's segment, the excluded ones too; no segment, nobody.

    A campaign of notices has no segment: its members are those to whom a notice is due. Those of a message of an
    automation are inside it now; who will come nobody knows.
    """
    if campaign.automation_id:
        inside = Journey.objects.filter(automation=campaign.automation_id, status=Journey.Status.INSIDE)
        return Customer.objects.filter(Exists(inside.filter(customer=OuterRef("pk"))))
    if campaign.duty:
        return Customer.objects.filter(
            Exists(duties.due(campaign.duty, timezone.now()).filter(customer=OuterRef("pk")))
        )
    return Customer.objects.filter(Exists(_in_segments([campaign.segment_id])))


def audience(campaign: Campaign) -> QuerySet[Customer]:
    """Return those who would enter the campaign now."""
    return members(campaign).exclude(is_excluded(campaign))


def is_excluded(campaign: Campaign) -> Exists:
    """Return the condition that a customer is in one of the campaign's excluded segments."""
    return Exists(_in_segments(campaign.excluded_segments.values_list("pk", flat=True)))


@transaction.atomic
def enter(campaign: Campaign) -> int:
    """Enrol the audience, in one statement; return how many are new. Again: only those who came since.

    The lock on the campaign keeps another worker from doing the same, which costs less than to expect conflicts.
    """
    Campaign.objects.select_for_update(no_key=True).get(pk=campaign.pk)
    entered = Enrollment.objects.filter(campaign=campaign, customer=OuterRef("pk"), entry_key="")
    came = audience(campaign).filter(~Exists(entered))
    entering = came.annotate(is_control=experiments.is_control(campaign)).values("id", "is_control")
    sql, parameters = entering.query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(ENTER.format(members=sql), [campaign.pk, *parameters])
        return cursor.rowcount


def enrolled(campaign: Campaign) -> QuerySet[Enrollment]:
    """Return the enrolments in the order in which they are planned."""
    return Enrollment.objects.filter(campaign=campaign, entry_key="").order_by("customer_id")


def _in_segments(segment_ids: Iterable[int | None]) -> QuerySet[SegmentMembership]:
    return SegmentMembership.objects.filter(segment__in=segment_ids, customer=OuterRef("pk"))
