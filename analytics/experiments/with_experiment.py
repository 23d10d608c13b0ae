"""Which campaigns are experiments."""

from django.db.models import Count, Q, QuerySet

from campaigns.models import Campaign


def with_experiment() -> QuerySet[Campaign]:
    """Return the campaigns that were begun here and held somebody out or said it in more than one way."""
    arms = Count("steps__variants__name", distinct=True, filter=Q(steps__variants__fallback=None))
    has_holdout = Q(holdout_percent__gt=0) | Q(automation__holdout_percent__gt=0)
    held_out = has_holdout & Q(purpose=Campaign.MessagePurpose.ADVERTISING)
    begun = Campaign.objects.filter(source="", started_at__isnull=False).select_related("automation")
    return begun.annotate(arm_count=arms).filter(held_out | Q(arm_count__gt=1))
