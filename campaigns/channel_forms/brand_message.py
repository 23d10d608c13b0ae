"""What an author types for a KakaoTalk Brand Message: its kind, whom it reaches, words, picture, buttons, coupon."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from campaigns.channel_forms.base import ContentForm, form_of, long_text
from campaigns.kakao import brand, buttons, profiles

# Buttons are typed in rows; a kind that takes fewer says so.
BUTTON_ROWS = 5
# Lists and cards have too many parts for fields of their own; they are written as they are stored.
WRITTEN_OUT = {
    "items": _("List of pictures"),
    "cards": _("Cards"),
    "commerce": _("Product"),
    "video": _("Video"),
}


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
    image_id = forms.CharField(
        label=_("Picture"), max_length=100, required=False, help_text=_("Its number at the gateway")
    )
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
        if not kind.longest_text:
            del self.fields["text"]
        if kind.key in brand.CAROUSELS:
            for name in ("image_id", "image_url", "image_link"):
                del self.fields[name]
        else:
            self._add_buttons(kind)
            self._add_coupon()
        for part in kind.parts:
            if part in WRITTEN_OUT:
                self.fields[part] = forms.JSONField(
                    label=WRITTEN_OUT[part], required=False, widget=forms.Textarea({"rows": 8, "spellcheck": "false"})
                )

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
        plain = {name: value for name, value in found.items() if "." not in name and value not in (None, "", [])}
        rows = [
            {part: str(found.get(f"button{row}.{part}") or "") for part in ("code", "name", "mobile")}
            for row in range(1, BUTTON_ROWS + 1)
            if found.get(f"button{row}.code")
        ]
        coupon = {part: found.get(f"coupon.{part}") or "" for part in ("title", "description")}
        parts: dict[str, Any] = plain | ({"buttons": rows} if rows else {})
        return parts | ({"coupon": coupon} if coupon["title"] else {})

    def field_of(self, place: str) -> str | None:
        """Return the first field of the part that a problem is about."""
        part = place.removeprefix("details.")
        first = {"buttons": "button1.code", "coupon": "coupon.title", "image": "image_id", "header": "subject"}
        return super().field_of(first.get(part, part))

    @classmethod
    def details_typed(cls, details: Mapping[str, object]) -> dict[str, object]:
        """Return the parts as the fields are named."""
        typed = {name: value for name, value in details.items() if name not in ("buttons", "coupon", *WRITTEN_OUT)}
        for row, button in enumerate(details.get("buttons") or (), start=1):
            typed |= {f"button{row}.{part}": said for part, said in button.items()}
        typed |= {f"coupon.{part}": said for part, said in (details.get("coupon") or {}).items()}
        return typed | {name: forms.JSONField().prepare_value(details[name]) for name in WRITTEN_OUT if name in details}
