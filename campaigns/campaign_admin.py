"""Campaigns in the admin: list, editor, review, progress and recipients, each in a module of its own."""

from django.contrib import admin

from campaigns.campaign_actions import CampaignActions
from campaigns.campaign_list import CampaignList
from campaigns.editor.campaign_editor import CampaignEditor
from campaigns.models import Campaign
from campaigns.progress.campaign_progress import CampaignProgress
from campaigns.progress.campaign_recipients import CampaignRecipients
from campaigns.review.campaign_review import CampaignReview
from campaigns.staff.staff_address_pages import StaffAddressPages


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
