"""The floor as a Django app: finds every app's background jobs and checks what spans several settings; the admin."""

from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig
from django.utils.module_loading import autodiscover_modules
from django.utils.translation import gettext_lazy as _


class CrmProjectConfig(AppConfig):
    """Operations: background jobs, API keys."""

    name = "crm_project"
    verbose_name = _("Operations")

    def ready(self) -> None:
        """Import each app's `tasks`, as Django's admin does with `admin`, so that its jobs are known."""
        autodiscover_modules("tasks")
        from crm_project import checks  # noqa: PLC0415 - it needs the models, which are ready only now

        checks.register_all()


class FramedAdminConfig(AdminConfig):
    """Django's admin with our site for all models."""

    default_site = "crm_project.admin_site.FramedAdminSite"
