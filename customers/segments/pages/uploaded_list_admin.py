"""Uploaded lists in the admin: upload one, see how many were known, make a segment of it."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crm_project.templatetags.formats import moment, number
from customers.models import UploadedList
from customers.segments import uploaded_lists
from customers.segments.errors import ListRefused
from customers.segments.ready import address_of

UNKNOWN_SHOWN = 50


class UploadForm(forms.ModelForm):
    """A name, and the lines: typed, or in a file."""

    lines = forms.CharField(
        label=gettext_lazy("Customers"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 10, "spellcheck": "false", "placeholder": "C-1001\n010-1234-5678"}),
    )
    file = forms.FileField(label=gettext_lazy("or a file"), required=False, max_length=200)

    class Meta:
        model = UploadedList
        fields = ("name",)

    def clean_file(self) -> str:
        """Read the file as text, UTF-8 or CP949."""
        file = self.cleaned_data["file"]
        if file is None:
            return ""
        if file.size > uploaded_lists.MOST_BYTES:
            raise ValidationError(_("The file is larger than 10 MB. Split it."))
        content = file.read()
        for encoding in ("utf-8-sig", "cp949"):
            try:
                return content.decode(encoding)
            except UnicodeDecodeError:
                continue
        raise ValidationError(_("This is no text. Save the column as CSV (UTF-8) and upload that."))


@admin.register(UploadedList)
class UploadedListAdmin(admin.ModelAdmin):
    """Lists are uploaded and deleted, never edited: a segment must not change under a campaign's feet."""

    list_display = ("name", "people", "uploaded_by", "at", "make_a_segment")
    list_display_links = None
    list_select_related = ("uploaded_by",)
    search_fields = ("name",)
    actions = None
    change_list_template = "segments/lists.html"

    def has_change_permission(self, request: HttpRequest, obj: UploadedList | None = None) -> bool:
        return False

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: dict | None = None) -> HttpResponse:
        if not self.has_add_permission(request):
            raise PermissionDenied
        form = UploadForm(request.POST or None, request.FILES or None)
        if form.is_valid():
            try:
                return self._uploaded(request, form)
            except ListRefused as refusal:
                form.add_error("lines", str(refusal))
        context = self.admin_site.each_context(request) | {"title": _("Upload a list"), "form": form, "opts": self.opts}
        return render(request, "segments/upload.html", context)

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> tuple[list, dict, set, list]:
        """Refuse while a segment names the list; never list entries one by one."""
        lists = list(objs)
        protected = [str(segment) for each in lists for segment in uploaded_lists.segments_asking(each)]
        missing = set() if self.has_delete_permission(request) else {self.opts.verbose_name}
        return [str(each) for each in lists], {str(self.opts.verbose_name_plural): len(lists)}, missing, protected

    @admin.display(description=gettext_lazy("Customers"), ordering="size")
    def people(self, uploaded: UploadedList) -> SafeString:
        return format_html('<span class="num">{}</span>', number(uploaded.size))

    @admin.display(description=gettext_lazy("Uploaded"), ordering="uploaded_at")
    def at(self, uploaded: UploadedList) -> object:
        return moment(uploaded.uploaded_at)

    @admin.display(description="")
    def make_a_segment(self, uploaded: UploadedList) -> SafeString:
        return format_html('<a class="btn btn-small" href="{}">{}</a>', _segment_of(uploaded), _("Make a segment"))

    def _uploaded(self, request: HttpRequest, form: UploadForm) -> HttpResponse:
        text = form.cleaned_data["lines"] or form.cleaned_data["file"]
        upload = uploaded_lists.upload(form.cleaned_data["name"], text, by=request.user)
        self.log_addition(request, upload.uploaded_list, [{"added": {}}])
        if not upload.unknown:
            messages.success(request, _("All %(count)s lines were known.") % {"count": f"{upload.lines:,}"})
            return HttpResponseRedirect(reverse("admin:customers_uploadedlist_changelist"))
        context = self.admin_site.each_context(request) | {
            "title": upload.uploaded_list.name,
            "opts": self.opts,
            "upload": upload,
            "shown": upload.unknown[:UNKNOWN_SHOWN],
            "segment_url": _segment_of(upload.uploaded_list),
        }
        return render(request, "segments/uploaded.html", context)


def _segment_of(uploaded: UploadedList) -> str:
    rule = {"all": [{"is": uploaded_lists.NAME_OF_CONDITION, "op": "in", "value": [uploaded.pk]}]}
    return address_of(rule, uploaded.name)
