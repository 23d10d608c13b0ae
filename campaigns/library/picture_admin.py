"""The pictures of text messages and Brand Messages: a gallery, and a form that takes one in."""

from functools import reduce
from operator import or_

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from campaigns.errors import BadPicture
from campaigns.library import pictures
from campaigns.models import MessagePicture, Variant


class PictureForm(forms.ModelForm):
    """A JPEG and what it is called."""

    file = forms.FileField(
        label=_("JPEG"),
        help_text=_("At most 300 kB and 2,000 points a side. What the camera wrote into it is left out."),
        widget=forms.FileInput({"accept": "image/jpeg"}),
    )

    class Meta:
        model = MessagePicture
        fields = ("title",)

    def clean_file(self) -> bytes:
        """Take only what phones show."""
        file = self.cleaned_data["file"]
        try:
            if file.size > pictures.MOST_READ:
                raise pictures.too_large(file.size)
            content = file.read()
            pictures.read(content)
        except BadPicture as bad:
            raise forms.ValidationError(str(bad)) from bad
        return content


@admin.register(MessagePicture)
class PictureAdmin(admin.ModelAdmin):
    """Pictures never change: another picture is another row."""

    list_display = ("shown", "title", "measures", "uploaded_by", "uploaded_at")
    list_display_links = ("title",)
    list_select_related = ("uploaded_by",)
    search_fields = ("title",)
    readonly_fields = ("shown", "measures", "name", "uploaded_by", "uploaded_at")

    def get_queryset(self, request: HttpRequest) -> object:
        """Leave the pictures themselves in the table until one is asked for."""
        return super().get_queryset(request).defer("content")

    def get_form(
        self, request: HttpRequest, obj: MessagePicture | None = None, change: bool = False, **options: object
    ) -> type[forms.ModelForm]:
        """Ask for the file of a new picture only."""
        return super().get_form(request, obj, change, **({} if obj else {"form": PictureForm}) | options)

    def get_fields(self, request: HttpRequest, obj: MessagePicture | None = None) -> tuple[str, ...]:
        return ("title", "shown", "measures", "uploaded_by", "uploaded_at") if obj else ("title", "file")

    def get_readonly_fields(self, request: HttpRequest, obj: MessagePicture | None = None) -> tuple[str, ...]:
        return self.readonly_fields if obj else ()

    def save_form(self, request: HttpRequest, form: forms.ModelForm, change: bool) -> MessagePicture:
        """Keep a new picture; the same one again is the row that is there."""
        if not change:
            given = form.cleaned_data
            form.instance = pictures.store(given["file"], title=given["title"], by=request.user)
        return super().save_form(request, form, change)

    def save_model(self, request: HttpRequest, obj: MessagePicture, form: forms.ModelForm, change: bool) -> None:
        """Write a new title; everything else is written already."""
        if change:
            obj.save(update_fields=["title"])

    def has_delete_permission(self, request: HttpRequest, obj: MessagePicture | None = None) -> bool:
        """Keep what a message shows, sent or not."""
        is_shown = obj is not None and Variant.objects.filter(_showing(obj)).exists()
        return super().has_delete_permission(request, obj) and not is_shown

    def get_urls(self) -> list[URLPattern]:
        file = self.admin_site.admin_view(self.file)
        return [path("<int:picture_id>/file/", file, name="campaigns_messagepicture_file"), *super().get_urls()]

    def file(self, request: HttpRequest, picture_id: int) -> HttpResponse:
        """Answer the picture itself; it never changes."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        picture = get_object_or_404(MessagePicture, pk=picture_id)
        caching = {"Cache-Control": "private, max-age=31536000, immutable"}
        return HttpResponse(bytes(picture.content), content_type="image/jpeg", headers=caching)

    @admin.display(description=_("picture"))
    def shown(self, picture: MessagePicture) -> SafeString:
        """Return the picture, small."""
        address = reverse("admin:campaigns_messagepicture_file", args=[picture.pk])
        return format_html('<img src="{}" alt="{}" width="120">', address, picture.title)

    @admin.display(description=_("size"))
    def measures(self, picture: MessagePicture) -> str:
        """Return sides and bytes."""
        return f"{picture.width} × {picture.height} · {picture.size:,} byte"


def _showing(picture: MessagePicture) -> Q:
    """Return the condition on contents that show a picture: in a text message, or in a part of a Brand Message."""
    part = {"image_id": picture.name}
    places = ({"images": [picture.name]}, part, {"items": [part]}, {"cards": [part]}, {"video": part})
    return reduce(or_, (Q(details__contains=place) for place in places))
