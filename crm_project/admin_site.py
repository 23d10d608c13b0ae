"""The admin's site: Django's, but for what the frame of ours does not show."""

from django.contrib.admin.sites import AdminSite
from django.http import HttpRequest


class FramedAdminSite(AdminSite):
    """The frame draws its own menu (`menu.py`) and home page."""

    site_header = site_title = "Dangol"
    enable_nav_sidebar = False  # it would load its own style and script on every page

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[dict]:
        """Return the models of the app for its page. Every other page asks for those of all apps, and shows none."""
        return super().get_app_list(request, app_label) if app_label else []
