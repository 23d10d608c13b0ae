"""The price list of a sending account, on the account's own page."""

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from campaigns.channels.base import CHANNELS, channel_of
from campaigns.models import Price
from campaigns.senders.accounts import MAY_EDIT
from campaigns.senders.prices import kind_label


def kind_choices() -> list[tuple[object, list[tuple[str, str]]]]:
    """Return what messages leave as, under the name of their channel."""
    return [(each.label, [(kind, str(each.kind_label(kind))) for kind in each.kinds]) for each in CHANNELS]


class PriceForm(forms.ModelForm):
    """A price from a day on."""

    kind = forms.ChoiceField(label=_("kind"), choices=kind_choices)

    class Meta:
        model = Price
        fields = ("kind", "won", "is_vat_extra", "since")


class PriceFormSet(forms.BaseInlineFormSet):
    """The prices of one account: of kinds that leave over it."""

    def add_fields(self, form: forms.Form, index: int | None) -> None:
        """Offer the kinds of the account's channel; of a new account, all."""
        super().add_fields(form, index)
        if self.instance.pk:
            kinds = channel_of(self.instance).kinds
            form.fields["kind"].choices = [(kind, kind_label(self.instance, kind)) for kind in kinds]

    def clean(self) -> None:
        """Refuse the price of a kind that this account's channel does not send."""
        super().clean()
        channel = CHANNELS.get(self.instance.channel)
        for form in self.forms:
            kind = form.cleaned_data.get("kind") if form.is_valid() else None
            if kind and channel and kind not in channel.kinds:
                form.add_error("kind", _("Nothing leaves as this over the account's channel."))


class PriceInline(admin.TabularInline):
    """Prices by kind and day, for whoever may see or change the account.

    A new price is a new row, so that what was sent before keeps its cost.
    """

    model = Price
    form = PriceForm
    formset = PriceFormSet
    extra = 1
    verbose_name_plural = _("Prices (a new price is a new row with the day it starts)")

    def has_view_permission(self, request: HttpRequest, obj: object | None = None) -> bool:
        return request.user.has_perm("campaigns.view_channelaccount")

    def has_change_permission(self, request: HttpRequest, obj: object | None = None) -> bool:
        return request.user.has_perm(MAY_EDIT)

    def has_add_permission(self, request: HttpRequest, obj: object | None = None) -> bool:
        return request.user.has_perm(MAY_EDIT)

    def has_delete_permission(self, request: HttpRequest, obj: object | None = None) -> bool:
        return request.user.has_perm(MAY_EDIT)
