"""What the law wants in lists: the legal store, processors and what was said of them, guardians' consents."""

from django import forms
from django.contrib import admin
from django.db.models import Count, Max, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import URLPattern, path
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crm_project.read_only_admin import ReadOnlyAdmin
from crm_project.templatetags.components import badge
from crm_project.templatetags.formats import day_text, moment_text
from customers import access_log
from customers.customer_link import customer_link
from customers.models import AccessLogEntry, Customer, Destruction, GuardianConsent, LegalPerson, LegalRecord, Processor
from customers.privacy import processors, retention_page
from customers.privacy.acting_admin import permit


class LegalRecordInline(admin.TabularInline):
    """What is kept of one person."""

    model = LegalRecord
    fields = readonly_fields = ("kind", "reference", "happened_at", "keep_until", "facts")
    can_delete = False
    extra = 0

    def has_add_permission(self, request: HttpRequest, obj: LegalPerson | None = None) -> bool:
        return False


@admin.register(LegalPerson)
class LegalPersonAdmin(ReadOnlyAdmin):
    """The legal store: opened for an authority or a court, and every look is written down."""

    list_display = ("key", "stored", "records", "until")
    search_fields = ("external_id__exact", "phone__exact", "email__exact")
    search_help_text = gettext_lazy("The whole number, phone or e-mail the person had")
    inlines = (LegalRecordInline,)
    ordering = ("-stored_at",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[LegalPerson]:
        people = super().get_queryset(request)
        return people.annotate(record_count=Count("records"), last_day=Max("records__keep_until"))

    @admin.display(description=gettext_lazy("stored at"))
    def stored(self, person: LegalPerson) -> str:
        return moment_text(person.stored_at)

    @admin.display(description=gettext_lazy("records"))
    def records(self, person: LegalPerson) -> int:
        return person.record_count

    @admin.display(description=gettext_lazy("kept until at the latest"))
    def until(self, person: LegalPerson) -> str:
        return day_text(person.last_day) if person.last_day else "–"

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict | None = None
    ) -> HttpResponse:
        """Show one person, and write the look down."""
        answer = super().change_view(request, object_id, form_url, extra_context)
        access_log.record(request, AccessLogEntry.Action.VIEW, reason=f"legal store {object_id}")
        return answer

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[LegalPerson], search_term: str
    ) -> tuple[QuerySet[LegalPerson], bool]:
        """Find a person, and write down that somebody searched."""
        if search_term:
            access_log.record(request, AccessLogEntry.Action.SEARCH, reason="legal store")
        return super().get_search_results(request, queryset, search_term)


@admin.register(Destruction)
class DestructionAdmin(ReadOnlyAdmin):
    """The book of destructions as a page that says what is kept how long as well."""

    fields = ("said", "row_count", "basis", "limit", "happened_at", "customer", "user")
    readonly_fields = fields

    @admin.display(description=gettext_lazy("what"))
    def said(self, line: Destruction) -> object:
        return retention_page.said(line)

    def changelist_view(self, request: HttpRequest, extra_context: dict | None = None) -> HttpResponse:
        """Show limits, sums of the legal store, and the book."""
        return retention_page.page(request)


@admin.register(Processor)
class ProcessorAdmin(admin.ModelAdmin):
    """Companies that handle customers' data for the shop (P-09, P-10)."""

    change_list_template = "privacy/processors.html"
    list_display = ("name", "task", "country", "told", "is_active")
    list_filter = ("is_active",)
    fieldsets = (
        (None, {"fields": (("name", "country"), "task", "items", "kept_for", "is_active")}),
        (
            gettext_lazy("What the customers were told"),
            {"fields": (("contract_on", "is_promotion"), ("notified_on", "transfer_notified_on"))},
        ),
    )

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.policy)
        return [path("policy/", view, name="customers_processor_policy"), *super().get_urls()]

    @admin.display(description=gettext_lazy("to do"))
    def told(self, processor: Processor) -> SafeString:
        missing = processors.missing(processor)
        return badge(missing[0], "wait", "circle-alert") if missing else badge(_("in order"), "good", "check")

    def policy(self, request: HttpRequest) -> HttpResponse:
        """Show the paragraph for the shop's privacy policy, to copy."""
        permit(request, "customers.view_processor")
        context = self.admin_site.each_context(request) | {
            "title": _("Paragraph for the privacy policy"),
            "text": processors.policy_text(),
            "warnings": processors.all_missing(),
        }
        return render(request, "privacy/policy.html", context)


class GuardianForm(forms.ModelForm):
    """A guardian's consent for the child with this customer number."""

    number = forms.CharField(label=gettext_lazy("Customer number"), max_length=100)

    class Meta:
        model = GuardianConsent
        fields = ("given_at", "evidence")

    def clean_number(self) -> str:
        """Find the child."""
        number = self.cleaned_data["number"].strip()
        child = Customer.objects.known_as(number).first()
        if child is None:
            raise forms.ValidationError(_("There is no customer with this number."))
        if GuardianConsent.objects.filter(customer=child).exists():
            raise forms.ValidationError(_("A guardian's consent is recorded already."))
        self.instance.customer = child
        return number


@admin.register(GuardianConsent)
class GuardianConsentAdmin(admin.ModelAdmin):
    """Who may get advertising although under fourteen (P-11). Recorded, or deleted when it is taken back."""

    form = GuardianForm
    list_display = (customer_link, "given", "evidence", "recorded_by")
    list_display_links = None
    list_select_related = ("customer", "recorded_by")
    ordering = ("-pk",)

    def has_change_permission(self, request: HttpRequest, obj: GuardianConsent | None = None) -> bool:
        return False

    def get_fields(self, request: HttpRequest, obj: GuardianConsent | None = None) -> tuple[str, ...]:
        """Ask for the child's number; show the child."""
        return (
            ("number", "given_at", "evidence") if obj is None else ("customer", "given_at", "evidence", "recorded_by")
        )

    @admin.display(description=gettext_lazy("given at"))
    def given(self, consent: GuardianConsent) -> str:
        return moment_text(consent.given_at)

    def save_model(self, request: HttpRequest, obj: GuardianConsent, form: GuardianForm, change: bool) -> None:
        """Write down who recorded it."""
        obj.recorded_by = request.user
        super().save_model(request, obj, form, change)
