"""The form of one content: what is typed for one way, one arm and one language."""

from collections.abc import Callable, Mapping
from typing import ClassVar

from django import forms
from django.utils.text import normalize_newlines
from django.utils.translation import gettext_lazy as _

from campaigns.channels.base import MessageChannel
from campaigns.models import ChannelAccount, Variant
from crm_project.registry import Registry

COLUMNS = ("subject", "preheader", "html", "text")
# What the table takes; a form says so before, but a preview is made of what is still too long.
LONGEST = {"subject": 200, "preheader": 200}


class ContentForm(forms.Form):
    """What an author types. Subclasses name the fields; `shape` may add those that depend on what is chosen."""

    # Fields whose values go into the message, so that a click on a field of the customer may write into them.
    written: ClassVar[tuple[str, ...]] = COLUMNS

    def __init__(self, *args: object, account: ChannelAccount, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.account = account
        self.shape()
        for name in self.written_here:
            self.fields[name].widget.attrs["data-takes-fields"] = ""

    def shape(self) -> None:
        """Add or narrow fields, by the account and by what was typed."""

    @property
    def written_here(self) -> list[str]:
        """Return the fields of this form whose values go into the message."""
        return [name for name in self.fields if name in self.written]

    def typed(self, name: str) -> str:
        """Return what was typed into a field, valid or not."""
        value = self.data.get(self.add_prefix(name), "")
        return value if isinstance(value, str) else ""

    def values(self) -> dict[str, object]:
        """Return the values of the variant's columns, and `details`; what is not valid as it was typed."""
        self.is_valid()
        found = {name: self.cleaned_data.get(name, self.typed(name)) for name in self.fields}
        columns = {name: (found.pop(name) or "")[: LONGEST.get(name)] for name in COLUMNS if name in found}
        return columns | {"details": self.details(found)}

    def details(self, found: Mapping[str, object]) -> dict[str, object]:
        """Return what of the form goes into the details: by itself every field that is filled in."""
        return {name: value for name, value in found.items() if value not in (None, "", [], False)}

    @classmethod
    def typed_of(cls, variant: Variant) -> dict[str, object]:
        """Return a stored content as if it had been typed."""
        columns = {name: getattr(variant, name) for name in COLUMNS}
        return columns | cls.details_typed(variant.details)

    @classmethod
    def details_typed(cls, details: Mapping[str, object]) -> dict[str, object]:
        """Return stored details as if they had been typed."""
        return {name: value for name, value in details.items() if not isinstance(value, dict)}

    def field_of(self, place: str) -> str | None:
        """Return the form's field for the place of a problem, None where the form has none."""
        name = place.removeprefix("details.")
        return name if name in self.fields else None


FORMS: Registry[type[ContentForm]] = Registry("content form")


def form_of(*channels: str) -> Callable[[type[ContentForm]], type[ContentForm]]:
    """Make the decorated form that of the channels with these keys."""

    def register(form: type[ContentForm]) -> type[ContentForm]:
        for key in channels:
            FORMS.register(key, form)
        return form

    return register


def form_for(channel: MessageChannel) -> type[ContentForm]:
    """Return the form of a channel: its own, else one with the columns that the channel names."""
    own = FORMS.get(channel.key)
    if own:
        return own
    fields = {name: PLAIN_FIELDS[name]() for name in channel.fields if name in PLAIN_FIELDS}
    return type("PlainContentForm", (ContentForm,), fields)


class Lines(forms.CharField):
    """Words on several lines. Browsers send a line break as two characters; it is one where they are counted."""

    def to_python(self, value: object) -> str:
        return normalize_newlines(super().to_python(value))


def long_text(label: object, *, rows: int = 5, **more: object) -> forms.CharField:
    """Return a field of several lines."""
    return Lines(label=label, widget=forms.Textarea({"rows": rows}), strip=False, **more)


PLAIN_FIELDS: dict[str, Callable[[], forms.CharField]] = {
    "subject": lambda: forms.CharField(label=_("Subject"), max_length=200, required=False),
    "preheader": lambda: forms.CharField(label=_("Preheader"), max_length=200, required=False),
    "html": lambda: long_text(_("Content"), rows=18, required=False),
    "text": lambda: long_text(_("Text"), required=False),
}
