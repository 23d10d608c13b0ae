"""The form of a coupon's terms. Once the coupon runs, only what may still change can be typed."""

import re
from collections.abc import Callable

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crm_project.templatetags.formats import number_text
from customers.models import Product, Store
from loyalty.coupons import choosing, codes, definitions
from loyalty.models import Coupon

MOST_LISTED = 1_000
SHARED_CODE = re.compile(r"[0-9A-Z가-힣]{4,40}")


class ListField(forms.CharField):
    """Numbers or names, one a line. What is not known is refused by name."""

    def __init__(self, known: Callable[[list[str]], set[str]], **options: object) -> None:
        self._known = known
        super().__init__(required=False, widget=forms.Textarea({"rows": 3, "spellcheck": "false"}), **options)

    def prepare_value(self, value: object) -> object:
        return "\n".join(value) if isinstance(value, list) else value

    def to_python(self, value: object) -> list[str]:
        lines = [line.strip() for line in str(value or "").splitlines()]
        return list(dict.fromkeys(filter(None, lines)))

    def has_changed(self, initial: object, data: object) -> bool:
        return list(initial or []) != self.to_python(data)

    def validate(self, value: list[str]) -> None:
        if len(value) > MOST_LISTED:
            raise forms.ValidationError(_("Name at most %(most)s.") % {"most": number_text(MOST_LISTED)})
        unknown = sorted(set(value) - self._known(value))
        if unknown:
            raise forms.ValidationError(_("Not known: %(names)s") % {"names": ", ".join(unknown[:5])})


def _known_products(numbers: list[str]) -> set[str]:
    return set(Product.objects.filter(sku__in=numbers).values_list("sku", flat=True))


def _known_categories(names: list[str]) -> set[str]:
    return set(Product.objects.filter(category__in=names).values_list("category", flat=True).distinct())


def _known_stores(numbers: list[str]) -> set[str]:
    return set(Store.objects.filter(external_id__in=numbers).values_list("external_id", flat=True))


class CouponForm(forms.ModelForm):
    """The terms, checked by `definitions` as a whole."""

    products = ListField(
        _known_products, label=gettext_lazy("Only these products"), help_text=gettext_lazy("SKU, one a line")
    )
    categories = ListField(
        _known_categories, label=gettext_lazy("Only these categories"), help_text=gettext_lazy("Name, one a line")
    )
    stores = ListField(
        _known_stores, label=gettext_lazy("Only in these stores"), help_text=gettext_lazy("Store number, one a line")
    )

    class Meta:
        model = Coupon
        # The kind of codes stands before the code, which is read by it.
        fields = (*definitions.MAY_CHANGE, *definitions.PROMISED)
        widgets = {
            "name": forms.TextInput({"autocomplete": "off"}),
            "kind": forms.RadioSelect,
            "codes": forms.RadioSelect,
            "valid_from": forms.DateInput({"type": "date"}, format="%Y-%m-%d"),
            "valid_until": forms.DateInput({"type": "date"}, format="%Y-%m-%d"),
            "shared_code": forms.TextInput({"autocomplete": "off", "spellcheck": "false"}),
        }

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        for name, place in choosing.PLACES.items():
            self.fields[name].finds = place.placeholder
        for name in ("amount", "percent", "gift_cost", "minimum_amount"):
            self.fields[name].required = False
        if self.instance.pk and self.instance.is_promised:
            for name in definitions.PROMISED:
                self.fields[name].disabled = True

    def clean_shared_code(self) -> str | None:
        """Keep the code as it is compared: in capitals, without blanks; none where each has one of its own."""
        code = codes.typed(self.cleaned_data["shared_code"] or "")
        if not code or self.cleaned_data.get("codes") == Coupon.Codes.EACH:
            return None
        if not SHARED_CODE.fullmatch(code):
            raise forms.ValidationError(_("Use 4 to 40 letters and digits, such as SPRING2026."))
        return code

    def clean(self) -> dict[str, object]:
        """Read an empty number as none of it."""
        cleaned = super().clean() or self.cleaned_data
        for name in ("amount", "percent", "gift_cost", "minimum_amount"):
            cleaned[name] = cleaned.get(name) or 0
        return cleaned

    def _post_clean(self) -> None:
        super()._post_clean()
        for field, sentence in definitions.problems_of(self.instance):
            if not self.has_error(field):
                self.add_error(field, sentence)
