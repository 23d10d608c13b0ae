"""What an author types for a KakaoTalk Brand Message: its kind, whom it reaches, words, picture, buttons, coupon."""

from collections.abc import Mapping

from django import forms
from django.utils.translation import gettext_lazy as _

from campaigns.editor.channel_forms import brand_parts
from campaigns.editor.channel_forms.base import ContentForm, form_of, long_text
from campaigns.kakao import brand, buttons, profiles
from campaigns.kakao import brand_parts as stored_parts

# Buttons are typed in rows; a kind that takes fewer says so.
BUTTON_ROWS = 5
MOST_ROWS = 6
# Fields that only some kinds have, and what the kinds call the one that is named otherwise.
PARTS = ("subject", "text", "image_id", "image_url", "image_link", "footnote")
COLUMNS_OF = {"subject": "header"}
WHOLES = ("coupon", "commerce", "video")


@form_of("brand_message")
class BrandMessageForm(ContentForm):
    """The parts that the chosen kind has."""

    written = (*ContentForm.written, "footnote", "coupon.title", "coupon.description")

    type = forms.ChoiceField(
        label=_("Kind"),
        required=False,
        choices=lambda: [(each.key, each.label) for each in brand.TYPES.values()],
        widget=forms.Select({"data-reshapes": ""}),
    )
    targeting = forms.ChoiceField(label=_("Reaches"), required=False)
    subject = forms.CharField(label=_("Head line"), max_length=brand.LONGEST_HEADER, required=False)
    text = long_text(_("Text"), rows=6, required=False)
    image_id = brand_parts.picture(_("Picture"), _("One of ours, or its number at the gateway"))()
    image_url = forms.CharField(
        label=_("Picture for the preview"),
        max_length=500,
        required=False,
        widget=forms.TextInput({"inputmode": "url", "placeholder": "https://"}),
    )
    image_link = forms.CharField(
        label=_("A tap on the picture opens"),
        max_length=500,
        required=False,
        widget=forms.TextInput({"inputmode": "url", "placeholder": "https://"}),
    )
    footnote = forms.CharField(label=_("Further information"), max_length=brand.LONGEST_FOOTNOTE, required=False)

    def shape(self) -> None:
        """Offer what the gateway knows, and ask for the parts that the chosen kind has."""
        known = profiles.targetings_of(self.account.gateway)
        self.fields["targeting"].choices = [(each.value, profiles.LABELS[each]) for each in known]
        kind = brand.TYPES.get(self.typed("type"), brand.TYPES["TEXT"])
        for name in PARTS:
            if COLUMNS_OF.get(name, name) not in kind.takes:
                del self.fields[name]
        if kind.key in brand_parts.ROWS_OF:
            self._add_rows(brand_parts.ROWS_OF[kind.key])
        if kind.key in brand_parts.WHOLE_OF:
            name, fields = brand_parts.WHOLE_OF[kind.key]
            self.fields |= {f"{name}.{part}": make() for part, make in fields.items()}
        if "buttons" in kind.takes:
            self._add_buttons(kind)
            self._add_coupon()

    def _add_rows(self, rows: brand_parts.Row) -> None:
        for row in range(1, rows.shown(self.typed) + 1):
            for part, make in rows.fields.items():
                field = make()
                field.label = f"{row}. {field.label}"
                self.fields[f"{rows.name}{row}.{part}"] = field

    def _add_buttons(self, kind: brand.BrandType) -> None:
        used = [row for row in range(1, BUTTON_ROWS + 1) if self.typed(f"button{row}.code")]
        # As many rows as are used, and one more to go on with.
        for row in range(1, min(kind.most_buttons, max(used, default=0) + 1) + 1):
            codes = [("", _("no button")), *((code, buttons.KINDS[code].label) for code in kind.allowed_buttons)]
            self.fields[f"button{row}.code"] = forms.ChoiceField(
                label=_("Button %d") % row, choices=codes, required=False, widget=forms.Select({"data-reshapes": ""})
            )
            self.fields[f"button{row}.name"] = forms.CharField(
                label=_("Its words"), max_length=kind.longest_button_name, required=False
            )
            self.fields[f"button{row}.mobile"] = forms.CharField(
                label=_("It opens"),
                max_length=buttons.LONGEST_LINK,
                required=False,
                widget=forms.TextInput({"inputmode": "url", "placeholder": "https://"}),
            )

    def _add_coupon(self) -> None:
        help_text = _("Such as 10% 할인 쿠폰 or 배송비 할인 쿠폰: KakaoTalk takes five forms only")
        self.fields["coupon.title"] = forms.CharField(
            label=_("Coupon"), max_length=30, required=False, help_text=help_text
        )
        self.fields["coupon.description"] = forms.CharField(label=_("Below it"), max_length=18, required=False)

    def details(self, found: Mapping[str, object]) -> dict[str, object]:
        """Return the parts as the channel stores them."""
        parts = {name: value for name, value in found.items() if "." not in name and value not in (None, "", [])}
        rows = range(1, MOST_ROWS + 1)
        used = [row for row in brand_parts.rows_of(found, "button", rows) if row.get("code")]
        given = {
            "buttons": used,
            "items": brand_parts.rows_of(found, "item", rows),
            "cards": [brand_parts.card_of(row) for row in brand_parts.rows_of(found, "card", rows)],
            **{name: brand_parts.whole_of(found, name) for name in WHOLES},
        }
        if not given["coupon"].get("title"):
            del given["coupon"]
        return parts | {name: value for name, value in given.items() if value}

    def field_of(self, place: str) -> str | None:
        """Return the first field of the part that a problem is about."""
        part = place.removeprefix("details.")
        first = {
            "buttons": "button1.code",
            "cards": "card1.image_id",
            "commerce": "commerce.title",
            "coupon": "coupon.title",
            "header": "subject",
            "image": "image_id",
            "items": "item1.title",
            "video": "video.url",
        }
        return super().field_of(first.get(part, part))

    @classmethod
    def details_typed(cls, details: Mapping[str, object]) -> dict[str, object]:
        """Return the parts as the fields are named."""
        said = stored_parts.tidied(details)
        typed = {name: value for name, value in details.items() if isinstance(value, str)}
        rows = {"button": said.get("buttons", ()), "item": said.get("items", ())}
        rows["card"] = [brand_parts.typed_of_card(card) for card in said.get("cards", ())]
        for name, given in rows.items():
            for row, values in enumerate(given, start=1):
                typed |= {f"{name}{row}.{part}": value for part, value in values.items()}
        for name in WHOLES:
            typed |= {f"{name}.{part}": value for part, value in said.get(name, {}).items()}
        return typed
