"""What an author chooses for an AlimTalk: an approved template, and what stands for each of its variables."""

from collections.abc import Mapping

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from campaigns.editor.channel_forms.base import ContentForm, form_of
from campaigns.models import ChannelAccount, KakaoTemplate

VALUE = "values."
# What most templates call their variables, and the field of ours that fits.
USUAL = {
    "이름": "{{ name | default: '고객' }}",
    "고객명": "{{ name | default: '고객' }}",
    "상호": "{{ shop_name }}",
    "쇼핑몰명": "{{ shop_name }}",
    "회원번호": "{{ customer_number }}",
}


@form_of("alimtalk")
class AlimTalkForm(ContentForm):
    """The template, then a field for each of its variables."""

    template = forms.TypedChoiceField(
        label=_("Template"),
        required=False,
        coerce=int,
        empty_value=None,
        help_text=_("Only what Kakao has approved can be sent."),
        widget=forms.Select({"data-reshapes": ""}),
    )

    def shape(self) -> None:
        """Offer the approved templates of the account's channel, and ask for the variables of the chosen one."""
        offered = list(_templates(self.account))
        self.fields["template"].choices = [("", _("Choose a template")), *((each.pk, each.name) for each in offered)]
        chosen = next(
            (each for each in offered if str(each.pk) == str(self.data.get(self.add_prefix("template")))), None
        )
        for name in chosen.variables if chosen else ():
            field = forms.CharField(label=f"#{{{name}}}", required=False, max_length=1_000)
            field.widget.attrs |= {"data-takes-fields": "", "placeholder": USUAL.get(name, "")}
            self.fields[f"{VALUE}{name}"] = field

    def details(self, found: Mapping[str, object]) -> dict[str, object]:
        """Return the template's number and the values by variable."""
        values = {name.removeprefix(VALUE): value for name, value in found.items() if name.startswith(VALUE) and value}
        return {"template": found["template"], "values": values} if found.get("template") else {}

    @classmethod
    def details_typed(cls, details: Mapping[str, object]) -> dict[str, object]:
        """Return the template's number and the values as the fields are named."""
        values = details.get("values") or {}
        return {"template": details.get("template") or ""} | {f"{VALUE}{name}": said for name, said in values.items()}


def _templates(account: ChannelAccount) -> QuerySet[KakaoTemplate]:
    """Return what may be chosen: approved templates of the KakaoTalk channel that the account sends for."""
    approved = KakaoTemplate.objects.filter(state=KakaoTemplate.State.APPROVED)
    return approved.filter(profile=account.kakao_profile_id) if account.kakao_profile_id else approved
