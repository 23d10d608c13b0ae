"""What KakaoTalk knows of the shop: its sender profiles and the AlimTalk templates that Kakao has inspected.

States of templates are written by `campaigns/kakao/reviews.py` only.
"""

from django.core.validators import MaxLengthValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from campaigns.kakao import buttons, variables

LONGEST_BODY = 1_300


class KakaoProfile(models.Model):
    """A KakaoTalk channel of the shop that messages are sent in the name of, with what Brand Messages ask of it."""

    profile_id = models.CharField(
        _("profile number"), max_length=60, unique=True, help_text=_("The gateway's number of the channel (pfId)")
    )
    name = models.CharField(_("name"), max_length=60, help_text=_("What recipients see above the message"))
    search_id = models.CharField(_("search name"), max_length=60, blank=True, help_text=_("Such as @dangol"))
    is_business_channel = models.BooleanField(_("business channel"), default=False)
    business_number = models.CharField(_("business registration number"), max_length=12, blank=True)
    centre_phone = models.CharField(_("phone of the customer centre"), max_length=30, blank=True)
    friends = models.PositiveIntegerField(_("channel friends"), default=0)
    friends_counted_on = models.DateField(_("friends counted on"), null=True, blank=True)
    consent_evidence_on = models.DateField(
        _("evidence of consents handed in on"),
        null=True,
        blank=True,
        help_text=_("The day the evidence that customers agreed to advertising was uploaded to Kakao"),
    )
    opt_out_number = models.CharField(
        _("080 opt-out number"),
        max_length=30,
        blank=True,
        help_text=_("For Brand Messages to people who are not channel friends; else that of the sending account"),
    )
    opt_out_code = models.CharField(_("code of the 080 line"), max_length=10, blank=True)
    labels_body = models.BooleanField(
        _("(광고) in the text too"),
        default=False,
        help_text=_("KakaoTalk draws the mark itself. Only for gateways that want it in the text as well (L-24)."),
    )
    synced_at = models.DateTimeField(_("fetched at"), null=True, editable=False)
    fetch_problem = models.CharField(_("why it could not be fetched"), max_length=300, blank=True, editable=False)

    class Meta:
        verbose_name = _("KakaoTalk channel")
        verbose_name_plural = _("KakaoTalk channels")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class KakaoTemplate(models.Model):
    """A text that AlimTalk may send, as Kakao inspected it. Only an approved one leaves (K-02)."""

    class State(models.TextChoices):
        WRITTEN = "REG", pgettext_lazy("AlimTalk template", "written")
        REQUESTED = "REQ", _("in inspection")
        APPROVED = "APR", _("approved")
        REJECTED = "REJ", _("rejected")
        STOPPED = "STOP", _("stopped by Kakao")
        DORMANT = "DORMANT", _("dormant")
        UNKNOWN = "UNKNOWN", _("unknown state")

    class Kind(models.TextChoices):
        """What stands below the text."""

        BASIC = "BA", _("basic")
        EXTRA = "EX", _("with further information")
        CHANNEL = "AD", _("with channel invitation")
        MIXED = "MI", _("with both")

    class Emphasis(models.TextChoices):
        """What stands above the text."""

        NONE = "NONE", _("nothing")
        TEXT = "TEXT", _("a headline")
        IMAGE = "IMAGE", _("a picture")
        ITEMS = "ITEM_LIST", _("a list of items")

    # What Kakao inspects: an edit of any of these is a new inspection.
    INSPECTED = (
        "body", "kind", "extra", "emphasis", "title", "subtitle", "image_url", "header", "highlight", "items",
        "summary", "buttons", "quick_replies",
    )  # fmt: skip

    profile = models.ForeignKey(
        KakaoProfile, models.PROTECT, verbose_name=_("KakaoTalk channel"), related_name="templates"
    )
    code = models.CharField(
        _("template number"), max_length=64, blank=True, help_text=_("The gateway's number; empty until it has it")
    )
    name = models.CharField(_("name"), max_length=200)
    category_code = models.CharField(_("category"), max_length=20, blank=True, help_text=_("Kakao's category number"))
    kind = models.CharField(_("kind"), max_length=2, choices=Kind.choices, default=Kind.BASIC)
    emphasis = models.CharField(_("above the text"), max_length=10, choices=Emphasis.choices, default=Emphasis.NONE)
    title = models.CharField(_("headline"), max_length=50, blank=True)
    subtitle = models.CharField(_("line above the headline"), max_length=50, blank=True)
    image_id = models.CharField(_("picture at the gateway"), max_length=100, blank=True)
    image_url = models.URLField(_("picture"), max_length=500, blank=True)
    header = models.CharField(_("head of the list"), max_length=16, blank=True)
    highlight = models.JSONField(_("highlight"), default=dict, blank=True, help_text="{title, description}")
    items = models.JSONField(_("items"), default=list, blank=True, help_text="[{title, description}]")
    summary = models.JSONField(_("summary of the list"), default=dict, blank=True, help_text="{title, description}")
    body = models.TextField(
        _("text"),
        validators=[MaxLengthValidator(LONGEST_BODY)],
        help_text=_("With variables such as #{name}. At most 1,300 characters once they are filled in."),
    )
    extra = models.CharField(_("further information"), max_length=500, blank=True)
    buttons = models.JSONField(_("buttons"), default=list, blank=True)
    quick_replies = models.JSONField(_("quick replies"), default=list, blank=True)
    optional_variables = models.JSONField(
        _("variables that may be empty"), default=list, blank=True, help_text=_("All others must have a value (K-01)")
    )
    is_secure = models.BooleanField(_("not shown on PCs"), default=False)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.WRITTEN, editable=False)
    vendor_state = models.CharField(_("state in the gateway's words"), max_length=40, blank=True, editable=False)
    comments = models.JSONField(
        _("comments of the inspection"),
        default=list,
        blank=True,
        editable=False,
        help_text="[{by, text, at, is_kakao}]",
    )
    # Edited here and not handed in since: what the gateway still has is not taken over it.
    is_changed_here = models.BooleanField(_("changed here"), default=True, editable=False)
    state_since = models.DateTimeField(_("in this state since"), auto_now_add=True)
    synced_at = models.DateTimeField(_("fetched at"), null=True, editable=False)

    class Meta:
        verbose_name = _("AlimTalk template")
        verbose_name_plural = _("AlimTalk templates")
        ordering = ["name", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["profile", "code"], condition=~Q(code=""), name="kakao_template_once")
        ]
        permissions = [("inspect_kakaotemplate", _("Can hand templates in for inspection and fetch their states"))]

    def __str__(self) -> str:
        return self.name

    @property
    def is_approved(self) -> bool:
        """Tell whether it may be sent. A state that nobody knows is not approved (K-02)."""
        return self.state == self.State.APPROVED and bool(self.code)

    @property
    def texts(self) -> list[str]:
        """Return every text of it in which a variable may stand, as they are read from top to bottom."""
        pairs = [self.highlight, *self.items, self.summary]
        listed = [str(pair.get(part, "")) for pair in pairs for part in ("title", "description")]
        links = [text for button in (*self.buttons, *self.quick_replies) for text in buttons.texts_of(button)]
        return [self.header, self.subtitle, self.title, *listed, self.body, *links]

    @property
    def variables(self) -> list[str]:
        """Return the names of its variables in the order of appearance, such as ["name"] for #{name}."""
        return variables.names_in(*self.texts)
