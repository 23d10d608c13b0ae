"""Refusals by the 080 number in the admin: the numbers, masked."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from crm_project.read_only_admin import BigTableAdmin
from crm_project.templatetags.formats import moment
from customers.contacts import normalise_phone
from customers.errors import BadValue
from customers.masking import mask_phone
from customers.models import PhoneOptOut

MAY_IMPORT = "customers.import_facts"


@admin.register(PhoneOptOut)
class PhoneOptOutAdmin(BigTableAdmin):
    """Numbers whose people called the free 080 number to refuse."""

    change_list_template = "consent/opt_outs.html"
    list_display = ("masked_phone", "called", "file_name", "recorded", "recorded_by")
    list_display_links = None
    list_select_related = ("recorded_by",)
    search_fields = ("phone__exact",)
    search_help_text = _("The whole number")
    fields = ("masked_phone", "called", "file_name", "recorded", "recorded_by")
    ordering = ("-pk",)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[PhoneOptOut], search_term: str
    ) -> tuple[QuerySet[PhoneOptOut], bool]:
        """Find by the whole number, however it is written."""
        if not search_term:
            return queryset, False
        try:
            return queryset.filter(phone=normalise_phone(search_term)), False
        except BadValue:
            return queryset.none(), False

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest | None = None) -> bool:
        """Allow none: `?phone__startswith=` would spell masked numbers out."""
        return False

    def changelist_view(self, request: HttpRequest, extra_context: dict | None = None) -> HttpResponse:
        may_import = {"may_import": request.user.has_perm(MAY_IMPORT)}
        return super().changelist_view(request, (extra_context or {}) | may_import)

    @admin.display(description=_("phone"))
    def masked_phone(self, refusal: PhoneOptOut) -> str:
        return mask_phone(refusal.phone)

    @admin.display(description=_("called at"), ordering="opted_out_at")
    def called(self, refusal: PhoneOptOut) -> SafeString | str:
        return moment(refusal.opted_out_at)

    @admin.display(description=_("recorded at"), ordering="recorded_at")
    def recorded(self, refusal: PhoneOptOut) -> SafeString | str:
        return moment(refusal.recorded_at)
