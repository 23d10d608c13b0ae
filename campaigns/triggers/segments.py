"""Triggers of coming into a segment and leaving it: rows of its log of moves."""

from typing import ClassVar

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaigns.triggers.base import Entries, Settings, Topic, Trigger, Window, trigger
from customers.models import SegmentMove
from customers.segments import lookups

# Whom a new segment finds when it is filled for the first time was not moved by anything they did.
MOVED = """
    SELECT move.customer_id, move.moved_at AS anchor_at, move.direction || '/' || move.id AS entry_key,
           jsonb_build_object('segment_id', segment.id, 'segment', segment.name) AS context
    FROM customers_segment AS segment
    JOIN customers_segmentmove AS move ON move.segment_id = segment.id
    WHERE segment.id = ANY(%(segments)s) AND move.direction = %(direction)s
      AND move.moved_at > %(since)s AND move.moved_at <= %(until)s
      AND (move.moved_at > segment.created_at + interval '1 hour' OR move.moved_at > (
          SELECT min(first.moved_at) FROM customers_segmentmove AS first WHERE first.segment_id = segment.id))
"""


class OfMoves(Trigger):
    """A move of a customer, once for each; not the first filling of a segment."""

    topic = Topic.SEGMENTS
    required = {"segments": lookups.SEGMENTS}
    labels = {"segments": gettext_lazy("segments")}
    repeats = True
    tells = ("segment_id", "segment")
    direction: ClassVar[str]

    def entries(self, settings: Settings, window: Window) -> Entries:
        parameters = {"segments": settings["segments"], "direction": self.direction}
        return Entries(MOVED, {"since": window.since, "until": window.until, **parameters})

    def segments(self, settings: Settings) -> str:
        return self.fields["segments"].words(settings["segments"])


@trigger
class EnteredSegment(OfMoves):
    """Came into one of the segments. A changed rule moves people as well as their own doing does."""

    key = "entered_segment"
    label = gettext_lazy("entered a segment")
    direction = SegmentMove.Direction.IN

    def sentence(self, settings: Settings) -> str:
        return _("when somebody comes into %(segments)s") % {"segments": self.segments(settings)}


@trigger
class LeftSegment(OfMoves):
    """Left one of the segments."""

    key = "left_segment"
    label = gettext_lazy("left a segment")
    direction = SegmentMove.Direction.OUT

    def sentence(self, settings: Settings) -> str:
        return _("when somebody leaves %(segments)s") % {"segments": self.segments(settings)}
