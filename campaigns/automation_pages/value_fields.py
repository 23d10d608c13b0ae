"""Form fields for the values that triggers and exits are asked with, one for each kind that segments know."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from django import forms
from django.db.models import Q, QuerySet
from django.template.loader import render_to_string
from django.utils.functional import Promise
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from crm_project.errors import BusinessError
from customers.models import Segment
from customers.segments.values import Lookup, OneOf, Suggested, Value

Words = str | Promise
Search = Callable[[str], Iterable[tuple[Any, str]]]
LOOKUP = "campaigns/automation/lookup.html"
MOST_SUGGESTED = 50
LONGEST_NUMBER = 18


def segments_to_choose(chosen_id: int | None) -> QuerySet[Segment]:
    """Return the segments in use, and the one that is chosen also where it was switched off since."""
    return Segment.objects.filter(Q(is_active=True) | Q(pk=chosen_id))


class WithUnit(forms.NumberInput):
    """A number with the word that stands behind it."""

    def __init__(self, unit: Words) -> None:
        super().__init__()
        self.unit = unit

    def render(self, *args: Any, **kwargs: Any) -> SafeString:
        drawn = super().render(*args, **kwargs)
        return format_html('<span class="with-unit">{} <span class="unit">{}</span></span>', drawn, self.unit)


class WithSuggestions(forms.TextInput):
    """A text with words to choose from while it is typed."""

    def __init__(self, search: Search) -> None:
        super().__init__()
        self.search = search

    def render(self, name: str, value: Any, attrs: dict[str, Any] | None = None, renderer: Any = None) -> SafeString:
        listed = f"{name}-words"
        drawn = super().render(name, value, {**(attrs or {}), "list": listed}, renderer)
        words = ((word,) for word, _label in list(self.search(""))[:MOST_SUGGESTED])
        options = format_html_join("", '<option value="{}"></option>', words)
        return format_html('{}<datalist id="{}">{}</datalist>', drawn, listed, options)


class SearchedChoices(forms.CheckboxSelectMultiple):
    """Some of many rows: what is chosen, then what the words of the search above find."""

    def __init__(self, lookup: Lookup) -> None:
        super().__init__()
        self.lookup = lookup
        self.typed = ""

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        self.typed = str(data.get(f"{name}_find", ""))[:100].replace("\0", "")
        return super().value_from_datadict(data, files, name)

    def render(self, name: str, value: Any, attrs: dict[str, Any] | None = None, renderer: Any = None) -> SafeString:
        chosen = [as_stored(self.lookup, each) for each in value or []]
        labels = self.lookup.labels(chosen) if self.lookup.labels and chosen else {}
        rows = [{"value": each, "label": labels.get(each, each), "is_chosen": True} for each in chosen]
        for row, label in self.lookup.search(self.typed):
            if row not in chosen:
                rows.append({"value": row, "label": label, "is_chosen": False})
        return render_to_string(LOOKUP, {"name": name, "rows": rows, "typed": self.typed})


class SearchedField(forms.MultipleChoiceField):
    """Values of a lookup; whether each fits is asked of the lookup, whether it still exists of nobody."""

    def __init__(self, lookup: Lookup, **kwargs: Any) -> None:
        super().__init__(widget=SearchedChoices(lookup), **kwargs)
        self.lookup = lookup

    def valid_value(self, value: str) -> bool:
        return not self.lookup.by_number or (value.isascii() and value.isdecimal() and len(value) <= LONGEST_NUMBER)

    def clean(self, value: Any) -> list[Any]:
        return [as_stored(self.lookup, each) for each in super().clean(value)]


class SeveralParts(forms.MultiWidget):
    """Two inputs side by side."""

    def __init__(self, widgets: Mapping[str, forms.Widget], parts: Callable[[Any], list[Any]]) -> None:
        super().__init__(widgets)
        self.parts = parts

    def decompress(self, value: Any) -> list[Any]:
        return self.parts(value) if value else [None, None]


class TwoDates(forms.MultiValueField):
    """Two days, both included, as texts."""

    def __init__(self, **kwargs: Any) -> None:
        day = {"type": "date"}
        widgets = {"first": forms.DateInput(day, "%Y-%m-%d"), "last": forms.DateInput(day, "%Y-%m-%d")}
        fields = (forms.DateField(), forms.DateField())
        super().__init__(fields, widget=SeveralParts(widgets, list), **kwargs)

    def compress(self, values: list[Any]) -> Any:
        return [day.isoformat() for day in values] or None


class NamedValue(forms.MultiValueField):
    """A property of an event and the value it is to have."""

    def __init__(self, **kwargs: Any) -> None:
        name, value = ({"placeholder": words} for words in (_("property"), _("value")))
        widgets = {"name": forms.TextInput(name), "value": forms.TextInput(value)}
        fields = (forms.CharField(), forms.CharField())
        take = SeveralParts(widgets, lambda pair: [pair["name"], pair["value"]])
        super().__init__(fields, widget=take, **kwargs)

    def compress(self, values: list[str]) -> Any:
        return dict(zip(("name", "value"), values, strict=True)) if values else None


def field_for(kind: Value, *, label: Words, required: bool) -> forms.Field:
    """Return the form field of a kind of value; a kind that nobody drew is written as JSON."""
    make = FIELDS.get(kind.kind, _json)
    return make(kind, {"label": label, "required": required, "initial": kind.initial if required else None})


def _number(kind: Any, common: dict[str, Any]) -> forms.Field:
    limits = {"min_value": kind.lowest, "max_value": kind.highest}
    return forms.IntegerField(widget=WithUnit(kind.unit), **limits, **common)


def _decimal(_kind: Value, common: dict[str, Any]) -> forms.Field:
    return forms.FloatField(**common)


def _text(kind: Value, common: dict[str, Any]) -> forms.Field:
    search = kind.search if isinstance(kind, Suggested) else None
    widget = WithSuggestions(search) if search else forms.TextInput()
    return forms.CharField(max_length=200, widget=widget, **common)


def _choice(kind: OneOf, common: dict[str, Any]) -> forms.Field:
    own = {str(name): name for name, _label in kind.choices}
    empty = [] if common["required"] else [("", _("any"))]
    choices = [*empty, *kind.choices]
    return forms.TypedChoiceField(choices=choices, coerce=lambda typed: own[str(typed)], empty_value=None, **common)


def _choices(kind: Any, common: dict[str, Any]) -> forms.Field:
    return forms.MultipleChoiceField(choices=kind.choices, widget=forms.CheckboxSelectMultiple, **common)


def _json(_kind: Value, common: dict[str, Any]) -> forms.Field:
    return forms.JSONField(widget=forms.Textarea({"rows": 3}), **common)


FIELDS: dict[str, Callable[[Any, dict[str, Any]], forms.Field]] = {
    "number": _number,
    "decimal": _decimal,
    "text": _text,
    "suggested": _text,
    "choice": _choice,
    "choices": _choices,
    "lookup": lambda kind, common: SearchedField(kind, **common),
    "dates": lambda _kind, common: TwoDates(**common),
    "property": lambda _kind, common: NamedValue(**common),
}


class ValuesForm(forms.Form):
    """The settings of one trigger or exit. `values` are those stored; optional ones left empty are left out."""

    def __init__(
        self, asked: Any, values: Mapping[str, Any] | None = None, data: Any = None, *, prefix: str = "with"
    ) -> None:
        super().__init__(data, prefix=prefix, initial=dict(values or {}))
        self.asked = asked
        for key, kind in {**asked.required, **asked.optional}.items():
            label = asked.labels.get(key, key)
            self.fields[key] = field_for(kind, label=label, required=key in asked.required)

    def clean(self) -> dict[str, Any]:
        """Ask the trigger or exit itself whether it can be asked so."""
        cleaned = super().clean() or self.cleaned_data
        settings = {key: value for key, value in cleaned.items() if value not in (None, "", [], ())}
        if not self.errors:
            try:
                self.asked.check(settings)
            except BusinessError as refusal:
                self.add_error(None, str(refusal))
        return settings

    def problems(self) -> list[str]:
        """Return what is wrong, each with the name of its field."""
        named = {name: field.label for name, field in self.fields.items()}
        return [
            f"{named[name]}: {error}" if name in named else str(error)
            for name, errors in self.errors.items()
            for error in errors
        ]


def as_stored(lookup: Lookup, value: Any) -> Any:
    """Return a value of a lookup as it is stored."""
    return int(str(value)[:LONGEST_NUMBER]) if lookup.by_number and str(value).isdecimal() else value
