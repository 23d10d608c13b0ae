"""Records whose words one person writes and another hands over, in the admin: the form, the notices, the act."""

from collections.abc import Callable

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path
from django.utils.translation import ngettext

from crm_project.templatetags.formats import moment_text, number_text
from customers.models import NoticeDuty
from customers.models.notices import HandedOver
from customers.privacy import owed_notices
from customers.privacy.acting_admin import ActingAdmin, permit


class HandedOverAdmin(ActingAdmin):
    """A list, a page and a form of such records; once the notices are handed over the form leads back to the page."""

    kind: NoticeDuty.Kind
    # What keeps the words, and what opens the notices: `incidents` and `usage_notices` write these tables.
    write_down: Callable[..., None]
    hand_over: Callable[..., int]

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.edit)
        name = f"{self.opts.app_label}_{self.opts.model_name}_form"
        return [path("<int:pk>/edit/", view, name=name), *super().get_urls()]

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return owed_notices.with_notices(self.kind, super().get_queryset(request))

    def has_add_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm(self._right("add"))

    def has_change_permission(self, request: HttpRequest, obj: HandedOver | None = None) -> bool:
        return request.user.has_perm(self._right("change")) and (obj is None or self.is_editable(obj))

    def is_editable(self, record: HandedOver) -> bool:
        """Tell whether its words may still change."""
        return record.handed_over_at is None

    def save_model(self, request: HttpRequest, obj: HandedOver, form: object, change: bool) -> None:
        """Write down who wrote the words."""
        self.write_down(obj, by=request.user)

    def response_post_save_add(self, request: HttpRequest, obj: HandedOver) -> HttpResponse:
        return HttpResponseRedirect(self.page_of(obj))

    def response_post_save_change(self, request: HttpRequest, obj: HandedOver) -> HttpResponse:
        return HttpResponseRedirect(self.page_of(obj))

    def edit(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Show the form of a record whose words may still change."""
        permit(request, self._right("change"))
        record = self.row(request, pk)
        if not self.is_editable(record):
            return HttpResponseRedirect(self.page_of(record))
        return super().change_view(request, str(pk))

    def notices_of(self, request: HttpRequest, record: HandedOver) -> dict[str, object]:
        """Return what the page of a record says of its notices, and whether the reader may hand them over."""
        return {
            "record": record,
            "duty": self.kind.value,
            "act": f"admin:{self.opts.app_label}_{self.opts.model_name}_hand_over",
            "is_editable": self.has_change_permission(request, record),
            "may_hand_over": record.handed_over_at is None and request.user.has_perm(owed_notices.MAY_HAND_OVER),
            "is_own": record.written_by_id == request.user.pk,
            "seen": owed_notices.version_of(record),
            "done_count": record.notice_count - record.open_count,
        }

    def act_hand_over(self, request: HttpRequest, record: HandedOver) -> str:
        """Let the notices go out."""
        permit(request, owed_notices.MAY_HAND_OVER)
        count = self.hand_over(record, by=request.user, seen=request.POST.get("seen", ""))
        text = ngettext("%(count)s notice is handed over.", "%(count)s notices are handed over.", count)
        return text % {"count": number_text(count)}

    def _right(self, act: str) -> str:
        return f"{self.opts.app_label}.{act}_{self.opts.model_name}"


def handed_over_words(record: HandedOver) -> str:
    """Return who handed the notices over and when."""
    return f"{record.handed_over_by} · {moment_text(record.handed_over_at)}" if record.handed_over_at else "–"
