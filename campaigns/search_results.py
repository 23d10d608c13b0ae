"""Finding campaigns from the search box."""

from collections.abc import Iterator

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy

from campaigns.models import Campaign
from crm_project.search import MOST, SEARCHES, Found, Search


def find_campaigns(request: HttpRequest, words: str) -> Iterator[Found]:
    """Yield the campaigns with these words in their name, the newest first."""
    if request.user.has_perm("campaigns.view_campaign"):
        for campaign in Campaign.objects.filter(name__icontains=words).order_by("-pk")[:MOST]:
            url = reverse("admin:campaigns_campaign_change", args=[campaign.pk])
            yield Found(url, campaign.name, campaign.get_status_display())


SEARCHES.register("campaigns", Search(gettext_lazy("Campaigns"), "megaphone", find_campaigns))
