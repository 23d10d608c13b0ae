"""Automations in the admin: list, editor, trial, review and people, each in a module of its own."""

from django.contrib import admin
from django.http import HttpRequest

from campaigns.automation_pages.automation_actions import AutomationActions
from campaigns.automation_pages.automation_editor import AutomationEditor
from campaigns.automation_pages.automation_list import AutomationList
from campaigns.automation_pages.automation_people import AutomationPeople
from campaigns.automation_pages.automation_review import AutomationReview
from campaigns.automation_pages.automation_trial import AutomationTrial
from campaigns.models import Automation
from campaigns.recipes.recipe_gallery import RecipeGallery


@admin.register(Automation)
class AutomationAdmin(
    AutomationList,
    AutomationEditor,
    AutomationTrial,
    AutomationReview,
    AutomationPeople,
    AutomationActions,
    RecipeGallery,
    admin.ModelAdmin,
):
    """Automations, from the first draft to the last journey."""

    def has_delete_permission(self, request: HttpRequest, obj: Automation | None = None) -> bool:
        """Keep every automation: what ran is a record, and a draft that is not wanted does nothing."""
        return False
