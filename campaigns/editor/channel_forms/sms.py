"""What an author types for a text message."""

from django import forms
from django.utils.translation import gettext_lazy as _

from campaigns.editor.channel_forms.base import ContentForm, form_of, long_text
from campaigns.library import pictures


@form_of("sms")
class TextMessageForm(ContentForm):
    """The text; which of SMS, LMS and MMS it leaves as follows from its bytes and pictures (G-01)."""

    text = long_text(_("Text"), rows=7, required=False)
    subject = forms.CharField(
        label=_("Subject of a long message"),
        max_length=60,
        required=False,
        help_text=_("Shown above long messages (LMS) only"),
    )
    short_only = forms.BooleanField(
        label=_("Never as a long message"),
        required=False,
        help_text=_("Who would get more than 90 bytes gets nothing, instead of a dearer message"),
    )
    images = forms.MultipleChoiceField(
        label=_("Pictures"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("With a picture it leaves as MMS. Take pictures in under Messages, Pictures."),
    )

    def shape(self) -> None:
        """Offer the pictures that are kept, the newest first."""
        self.fields["images"].choices = kept = list(pictures.offered())
        if not kept:
            del self.fields["images"]
