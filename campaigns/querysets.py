"""Questions about many campaigns and messages."""

from datetime import datetime

from django.db import models
from django.db.models import Count, Q
from django.db.models.functions import Coalesce


class CampaignQuerySet(models.QuerySet):
    """Campaigns, chained as one would say it."""

    def own(self) -> "CampaignQuerySet":
        """Return the campaigns of this system, without the records of another's."""
        return self.filter(source="")

    def waiting_for_review(self) -> "CampaignQuerySet":
        """Return the campaigns a second person should look at."""
        return self.filter(status="in_review")

    def due(self, now: datetime) -> "CampaignQuerySet":
        """Return the approved campaigns whose time has come."""
        return self.filter(Q(scheduled_at=None) | Q(scheduled_at__lte=now), status="scheduled")

    def sending(self) -> "CampaignQuerySet":
        """Return the campaigns under way, over accounts that are not paused, oldest first."""
        return self.filter(status="active", steps__account__paused_at=None).order_by("started_at", "pk").distinct()

    def over_account(self, account_id: int) -> "CampaignQuerySet":
        """Return the campaigns that send over an account."""
        return self.filter(steps__account=account_id).distinct()


class MessageQuerySet(models.QuerySet):
    """Messages, chained as one would say it."""

    def unknown(self) -> "MessageQuerySet":
        """Return the messages of which nobody knows whether they left; a person settles them."""
        return self.filter(status="unknown")

    def unfinished(self) -> "MessageQuerySet":
        """Return the messages that keep their campaign from being finished."""
        return self.filter(status__in=self.model.OPEN)

    def counts_by_status(self) -> dict[str, int]:
        """Return how many messages there are by status, in one query."""
        return dict(self.order_by().values_list("status").annotate(n=Count("pk")))

    def counts_by_reason(self) -> dict[str, int]:
        """Return how many messages were skipped by reason, in one query."""
        skipped = self.filter(status="skipped").order_by()
        return dict(skipped.values_list("skip_reason").annotate(n=Count("pk")))

    def handed_over_since(self, moment: datetime) -> "MessageQuerySet":
        """Return the messages that left, or may have left, since then."""
        return self.annotate(left_at=Coalesce("sent_at", "sending_at")).filter(
            left_at__gte=moment, status__in=["sending", "sent", "unknown"]
        )
