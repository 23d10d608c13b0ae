"""Roles and permissions as people read them. Django keeps both in the database in English."""

from django.contrib.auth.models import Group, Permission
from django.db.models import ManyToManyField
from django.forms import ModelMultipleChoiceField
from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from crm_project.roles import ROLES

ACTIONS = {
    "view": gettext_lazy("View"),
    "add": gettext_lazy("Add"),
    "change": gettext_lazy("Change"),
    "delete": gettext_lazy("Delete"),
}


def role_words(role: Group) -> str | Promise:
    """Return how a role is shown."""
    return next((each.label for each in ROLES if each.name == role.name), role.name)


def permission_words(permission: Permission) -> str:
    """Return what a permission is about and what it allows, in the current language."""
    action = permission.codename.removesuffix(f"_{permission.content_type.model}")
    model = permission.content_type.model_class()
    # The model's own words: those in the database are in whatever language wrote them.
    own = dict(model._meta.permissions) if model else {}
    allowed = own.get(permission.codename) or ACTIONS.get(action) or permission.name
    return f"{permission.content_type.name}: {allowed}"


WORDS = {Group: role_words, Permission: permission_words}


class SaysRightsInWords:
    """A ModelAdmin whose choices of roles and permissions are in the reader's words."""

    def formfield_for_manytomany(
        self, db_field: ManyToManyField, request: HttpRequest, **kwargs: object
    ) -> ModelMultipleChoiceField | None:
        """Say each choice in words."""
        field = super().formfield_for_manytomany(db_field, request, **kwargs)
        words = WORDS.get(db_field.remote_field.model)
        if field and words:
            field.label_from_instance = words
        return field
