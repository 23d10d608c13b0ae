"""What is written once and used often: whole messages to start from, and pieces that stand in many of them."""

from django.conf import settings
from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from campaigns.channels.base import channel_choices

KEY = RegexValidator(r"^[a-z][a-z0-9_]*$", _("Small Latin letters, digits and _, such as store_hours."))


class MessageTemplate(models.Model):
    """A message to start from. A campaign takes a copy, so a later edit here changes no campaign."""

    name = models.CharField(_("name"), max_length=100, unique=True)
    channel = models.CharField(_("channel"), max_length=20, choices=channel_choices, default="email")
    purpose_note = models.CharField(_("what it is for"), max_length=200, blank=True)
    subject = models.CharField(_("subject"), max_length=200, blank=True)
    preheader = models.CharField(_("preheader"), max_length=200, blank=True)
    html = models.TextField(_("content"), blank=True)
    text = models.TextField(_("text"), blank=True)
    details = models.JSONField(_("what only this channel has"), default=dict, blank=True)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, verbose_name=_("author"), null=True, editable=False, related_name="+"
    )
    changed_at = models.DateTimeField(_("changed at"), auto_now=True)

    class Meta:
        verbose_name = _("template")
        verbose_name_plural = _("templates")
        ordering = ["channel", "name"]

    def __str__(self) -> str:
        return self.name


class ContentBlock(models.Model):
    """A piece such as store hours, written {% block store_hours %} in content (`campaigns/library/blocks.py`)."""

    key = models.CharField(_("key"), max_length=40, unique=True, validators=[KEY], help_text=_("How content names it"))
    name = models.CharField(_("name"), max_length=100)
    html = models.TextField(_("for e-mail"), help_text=_("HTML with fields such as {{ name }}"))
    text = models.TextField(_("for texts"), blank=True, help_text=_("Empty: the words of the HTML"))
    changed_at = models.DateTimeField(_("changed at"), auto_now=True)

    class Meta:
        verbose_name = _("content block")
        verbose_name_plural = _("content blocks")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name
