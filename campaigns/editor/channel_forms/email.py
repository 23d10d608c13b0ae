"""What an author types for an e-mail."""

from django import forms
from django.utils.translation import gettext_lazy as _

from campaigns.editor.channel_forms.base import ContentForm, form_of, long_text


@form_of("email")
class EmailForm(ContentForm):
    """Subject, the line after it, HTML, and plain text where it should differ."""

    subject = forms.CharField(label=_("Subject"), max_length=200, required=False)
    preheader = forms.CharField(
        label=_("Preheader"),
        max_length=200,
        required=False,
        help_text=_("The line that inboxes show after the subject"),
    )
    html = forms.CharField(
        label=_("Content"), required=False, widget=forms.Textarea({"rows": 18, "spellcheck": "false"})
    )
    text = long_text(
        _("Plain text"), required=False, help_text=_("For mail programs without HTML. Empty: made from the content.")
    )
