"""Questions about many campaigns and messages."""

from datetime import datetime

from django.db import models
from django.db.models import Count, F, Q

from campaigns.gateways.base import CallsBack, names_of


class CampaignQuerySet(models.QuerySet):
    """Campaigns, chained as one would say it."""

    def own(self) -> "CampaignQuerySet":
        """Return the campaigns of this system, without the records of another's."""
        return self.filter(source="")

    def by_themselves(self) -> "CampaignQuerySet":
        """Return the campaigns that are no message of an automation, which is looked at and decided as a whole."""
        return self.filter(automation=None)

    def waiting_for_review(self) -> "CampaignQuerySet":
        """Return the campaigns a second person should look at."""
        return self.by_themselves().filter(status="in_review")

    def due(self, now: datetime) -> "CampaignQuerySet":
        """Return the approved campaigns whose time has come."""
        return self.filter(Q(scheduled_at=None) | Q(scheduled_at__lte=now), status="scheduled")

    def sending(self) -> "CampaignQuerySet":
        """Return the campaigns under way, over accounts that are not paused, the most important and oldest first."""
        under_way = self.filter(status="active", steps__account__paused_at=None)
        return under_way.order_by("-priority", "started_at", "pk").distinct()

    def over_account(self, account_id: int) -> "CampaignQuerySet":
        """Return the campaigns that send over an account, at first or where that failed."""
        return self.filter(Q(steps__account=account_id) | Q(steps__fallbacks__account=account_id)).distinct()


class MessageQuerySet(models.QuerySet):
    """Messages, chained as one would say it."""

    def unknown(self) -> "MessageQuerySet":
        """Return the messages of which nobody knows whether they left; a person settles them."""
        return self.filter(status="unknown")

    def unfinished(self) -> "MessageQuerySet":
        """Return the messages that keep their campaign from being finished."""
        return self.filter(status__in=self.model.OPEN)

    def awaiting_report(self) -> "MessageQuerySet":
        """Return the messages that would go on over another way if their gateway reported that they never arrived."""
        sent = self.filter(status="sent", delivery="", is_sandbox=False, account__gateway__in=names_of(CallsBack))
        return sent.exclude(provider_id="").filter(step__fallbacks__position__gt=F("leg"))

    def counts_by_status(self) -> dict[str, int]:
        """Return how many messages there are by status, in one query."""
        return dict(self.order_by().values_list("status").annotate(n=Count("pk")))

    def counts_by_reason(self) -> dict[str, int]:
        """Return how many messages were skipped by reason, in one query."""
        skipped = self.filter(status="skipped").order_by()
        return dict(skipped.values_list("skip_reason").annotate(n=Count("pk")))
