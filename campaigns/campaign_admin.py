"""Campaigns in the admin: list, editor, review, progress and recipients, each in a module of its own."""

from django.contrib import admin

from campaigns.campaign_actions import CampaignActions
from campaigns.campaign_editor import CampaignEditor
from campaigns.campaign_list import CampaignList
from campaigns.campaign_progress import CampaignProgress
from campaigns.campaign_recipients import CampaignRecipients
from campaigns.campaign_review import CampaignReview
from campaigns.models import Campaign
from campaigns.staff_address_pages import StaffAddressPages


@admin.register(Campaign)
class CampaignAdmin(
    CampaignList,
    CampaignEditor,
    CampaignReview,
    CampaignProgress,
    CampaignRecipients,
    CampaignActions,
    StaffAddressPages,
    admin.ModelAdmin,
):
    """Campaigns, from the first draft to the last message."""
