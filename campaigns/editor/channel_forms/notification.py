"""What an author types for a notification of the app or a browser, and for a message inside the app."""

from collections.abc import Mapping

from django import forms
from django.utils.translation import gettext_lazy as _

from campaigns.channels.in_app import LAYOUTS, LIMITS
from campaigns.editor.channel_forms.base import ContentForm, form_of, long_text


class LinkedForm(ContentForm):
    """A title, a few lines, where a tap leads, a picture."""

    subject = forms.CharField(label=_("Title"), max_length=100, required=False)
    text = long_text(_("Text"), rows=3, required=False)
    url = forms.CharField(
        label=_("A tap opens"),
        max_length=1_000,
        required=False,
        widget=forms.TextInput({"inputmode": "url", "placeholder": "https://"}),
        help_text=_("A page, or a place in your app such as dangol://coupons"),
    )
    image_url = forms.CharField(
        label=_("Picture"),
        max_length=1_000,
        required=False,
        widget=forms.TextInput({"inputmode": "url", "placeholder": "https://"}),
    )


@form_of("push", "web_push")
class NotificationForm(LinkedForm):
    """A notification: about two lines of it are seen before somebody opens it."""


@form_of("in_app")
class InAppForm(LinkedForm):
    """A banner or a window, with what it shows on its button and how often it may come."""

    written = (*ContentForm.written, "button")

    layout = forms.ChoiceField(
        label=_("Shown as"), choices=lambda: list(LAYOUTS.items()), required=False, widget=forms.RadioSelect
    )
    button = forms.CharField(label=_("Button"), max_length=40, required=False)
    days = forms.IntegerField(label=_("Shown for, days"), required=False)
    most_views = forms.IntegerField(label=_("To one customer at most, times"), required=False)
    hours_between = forms.IntegerField(label=_("Hours between two times"), required=False)

    field_order = (
        "layout", "subject", "text", "button", "url", "image_url", "days", "most_views", "hours_between",
    )  # fmt: skip

    def shape(self) -> None:
        """Put the limits of the channel at the fields."""
        for name, (usual, least, most) in LIMITS.items():
            self.fields[name].widget.attrs |= {"min": least, "max": most, "placeholder": usual}

    def details(self, found: Mapping[str, object]) -> dict[str, object]:
        """Keep a zero: no hours between is a choice."""
        return {name: value for name, value in found.items() if value is not None and value != ""}
