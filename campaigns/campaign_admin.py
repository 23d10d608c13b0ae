"""Campaigns in the admin: the list, and the editor on its own page."""

from django.contrib import admin

from campaigns.campaign_editor import CampaignEditor
from campaigns.models import Campaign


@admin.register(Campaign)
class CampaignAdmin(CampaignEditor, admin.ModelAdmin):
    """Campaigns by where they stand."""

    list_display = ("name", "status", "segment", "scheduled_at")
    list_filter = ("status",)
    search_fields = ("name",)
