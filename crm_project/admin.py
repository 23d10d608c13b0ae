"""The admin of operations: people and background jobs. Other packages' own pages are taken out."""

from django.contrib import admin, messages
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.models import Group, User
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from django_otp.plugins.otp_static import admin as recovery_code_pages  # noqa: F401 - registers what is removed below
from django_otp.plugins.otp_static.models import StaticDevice
from django_otp.plugins.otp_totp import admin as device_pages  # noqa: F401
from django_otp.plugins.otp_totp.models import TOTPDevice
from django_q import admin as queue_pages  # noqa: F401
from django_q.models import Failure, OrmQ, Schedule, Success

from crm_project import api_key_admin, queue, two_factor  # noqa: F401 - its page registers itself
from crm_project.models import Job, JobState
from crm_project.read_only_admin import ReadOnlyAdmin
from crm_project.rights_in_words import SaysRightsInWords, role_words
from crm_project.templatetags.components import badge

TONES = {
    JobState.WAITING: "quiet",
    JobState.RUNNING: "busy",
    JobState.DONE: "good",
    JobState.FAILED: "wait",
    JobState.PARKED: "bad",
}

# A schedule typed into django-q's page runs any function of the system; django-otp's pages show people's secrets.
admin.site.unregister([Failure, OrmQ, Schedule, Success, StaticDevice, TOTPDevice, User, Group])


@admin.register(User)
class PeopleAdmin(SaysRightsInWords, UserAdmin):
    """Users. An administrator gives roles; only a superuser makes or touches superusers."""

    list_display = ("username", "first_name", "last_name", "email", "is_staff", "is_active", "last_login")
    actions = ("remove_second_factor",)

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> tuple[str, ...]:
        """Keep rights beyond the roles in a superuser's hand."""
        fixed = tuple(super().get_readonly_fields(request, obj))
        return fixed if request.user.is_superuser else (*fixed, "is_superuser", "user_permissions")

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """Refuse a superuser's account, and with it its password, to anyone else."""
        if obj is not None and obj.is_superuser and not request.user.is_superuser:
            return False
        return super().has_change_permission(request, obj)

    @admin.action(description=_("Remove the second factor of the selected users"), permissions=["change"])
    def remove_second_factor(self, request: HttpRequest, users: QuerySet[User]) -> None:
        """Let people who lost their phone set up a new one."""
        allowed = [user for user in users if self.has_change_permission(request, user)]
        for user in allowed:
            two_factor.remove_devices(user)
            self.log_change(request, user, "Removed the second factor.")
        text = ngettext(
            "%(count)d user now logs in with the password and can set up a new phone.",
            "%(count)d users now log in with the password and can set up a new phone.",
            len(allowed),
        )
        self.message_user(request, text % {"count": len(allowed)}, messages.SUCCESS)


@admin.register(Group)
class RoleAdmin(SaysRightsInWords, GroupAdmin):
    """Roles: `crm_project.roles` made them, a superuser may add more."""

    list_display = ("words",)

    @admin.display(description=_("role"), ordering="name")
    def words(self, role: Group) -> str:
        return role_words(role)


@admin.register(Job)
class JobAdmin(ReadOnlyAdmin):
    """What ran in the background, how it went, and what waits for a person."""

    list_display = ("name", "argument", "state_label", "cluster", "started_at", "finished_at", "failed_at", "starts")
    list_filter = ("cluster", ("parked_at", admin.EmptyFieldListFilter))
    ordering = ("name", "argument")
    actions = ("restart",)

    @admin.display(description=_("state"))
    def state_label(self, job: Job) -> SafeString:
        """Return the state in words and colour."""
        return badge(job.state.label, TONES[job.state])

    def has_restart_permission(self, request: HttpRequest) -> bool:
        """Return whether the person may let parked jobs start again."""
        return request.user.has_perm("crm_project.restart_job")

    @admin.action(description=_("Let the selected parked jobs start again"), permissions=["restart"])
    def restart(self, request: HttpRequest, jobs: QuerySet[Job]) -> None:
        """Un-park the jobs and kick them."""
        parked = [job for job in jobs if job.parked_at and job.name in queue.JOBS]
        for job in parked:
            queue.restart_parked(job)
            self.log_change(request, job, "Let it start again.")
        text = ngettext("%(count)d job starts again.", "%(count)d jobs start again.", len(parked))
        self.message_user(request, text % {"count": len(parked)}, messages.SUCCESS)
