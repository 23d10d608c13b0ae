"""The form of an AlimTalk template: its texts as fields, its buttons and items as rows that repeat."""

from collections.abc import Sequence
from itertools import zip_longest

from django import forms
from django.utils.datastructures import MultiValueDict
from django.utils.text import normalize_newlines
from django.utils.translation import gettext_lazy as _

from campaigns.kakao import buttons
from campaigns.models import KakaoProfile, KakaoTemplate

PAIR = ("title", "description")
BUTTON = ("code", "name", *buttons.LINKS)
# What a new template starts from; recipients read Korean.
STARTER_BODY = "#{이름}님, 주문하신 상품이 출발했습니다.\n\n▶ 주문번호: #{주문번호}\n▶ 도착 예정: #{도착예정일}"
STARTER_BUTTONS = [{"code": "DS", "name": "배송 조회"}]
MOST_ITEMS = 10


class KakaoTemplateForm(forms.ModelForm):
    """A template as it is typed; what Kakao would send back is said beside it, and keeps nothing from being saved."""

    optional = forms.CharField(
        label=_("Variables that may be empty"),
        required=False,
        help_text=_("Names with commas between them. Every other one must have a value, or the message is not sent."),
    )

    profile = forms.ModelChoiceField(KakaoProfile.objects.all(), label=_("KakaoTalk channel"), empty_label=None)
    image_url = forms.URLField(label=_("Picture"), max_length=500, required=False, assume_scheme="https")

    class Meta:
        model = KakaoTemplate
        fields = (
            "profile", "name", "category_code", "emphasis", "title", "subtitle", "image_url", "header", "body", "kind",
            "extra", "is_secure",
        )  # fmt: skip
        widgets = {"body": forms.Textarea({"rows": 9, "maxlength": 1_300})}

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        if "body" in self.fields:  # who may only look has no fields
            self.fields["body"].strip = False
        if self.instance.pk is None:
            self.initial.setdefault("profile", KakaoProfile.objects.first())
            self.initial.setdefault("body", STARTER_BODY)
            self.instance.buttons = self.instance.buttons or list(STARTER_BUTTONS)
        self.initial.setdefault("optional", ", ".join(self.instance.optional_variables))

    def clean_body(self) -> str:
        """Break lines as Kakao does: as browsers send it, an unchanged text would be another one to inspect."""
        return normalize_newlines(self.cleaned_data["body"])

    def clean(self) -> dict[str, object]:
        """Take the rows over; their faults are said as advice, so that an unfinished template can be kept."""
        cleaned = super().clean() or self.cleaned_data
        if "button_code" in self.data:
            self._take_rows()
        return cleaned

    def draft(self) -> KakaoTemplate:
        """Return the template as it is typed, unsaved, however incomplete."""
        self.is_valid()
        for name in self._meta.fields:
            if name not in self.cleaned_data and name != "profile":
                setattr(self.instance, name, self.data.get(name, ""))
        if self.instance.profile_id is None:
            self.instance.profile = KakaoProfile(name=str(_("KakaoTalk channel")))
        return self.instance

    def button_rows(self) -> list[dict[str, str]]:
        """Return the rows of buttons to draw, empty ones to fill in last."""
        return [*self.instance.buttons, *({} for _row in range(buttons.MOST - len(self.instance.buttons)))]

    def item_rows(self) -> list[dict[str, str]]:
        """Return the rows of items to draw, empty ones to fill in last."""
        return [*self.instance.items, *({} for _row in range(MOST_ITEMS - len(self.instance.items)))]

    def _take_rows(self) -> None:
        data, instance = self.data, self.instance
        instance.buttons = _rows(data, "button", BUTTON, needed="code")
        instance.items = _rows(data, "item", PAIR)
        instance.highlight = (_rows(data, "highlight", PAIR) or [{}])[0]
        instance.summary = (_rows(data, "summary", PAIR) or [{}])[0]
        instance.optional_variables = [
            name.strip() for name in self.cleaned_data.get("optional", "").split(",") if name.strip()
        ]


def _rows(data: MultiValueDict, prefix: str, parts: Sequence[str], *, needed: str = "") -> list[dict[str, str]]:
    """Return the rows that somebody filled in; without its `needed` part a row counts as empty."""
    columns = [data.getlist(f"{prefix}_{part}") for part in parts]
    rows = [
        {part: text.strip() for part, text in zip(parts, row, strict=True) if text.strip()}
        for row in zip_longest(*columns, fillvalue="")
    ]
    return [row for row in rows if (row.get(needed) if needed else row)]
