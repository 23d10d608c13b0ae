"""What customers answer when the shop asks them, and the complaints that come of it. Ids of messages are plain numbers.

Written by `customers/feedback/` only.
"""

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Survey(models.Model):
    """A few questions on a public page. Korean is always there; English stands under it where it was written."""

    class Status(models.TextChoices):
        DRAFT = "draft", _("draft")
        OPEN = "open", pgettext_lazy("survey", "open")
        CLOSED = "closed", pgettext_lazy("survey", "closed")

    name = models.CharField(
        _("name"), max_length=120, help_text=_("For you and your colleagues; customers never see it")
    )
    title_ko = models.CharField(_("title"), max_length=120)
    title_en = models.CharField(_("title in English"), max_length=120, blank=True)
    intro_ko = models.CharField(_("words before the questions"), max_length=300, blank=True)
    intro_en = models.CharField(_("words before the questions in English"), max_length=300, blank=True)
    thanks_ko = models.CharField(_("thanks"), max_length=300, default="소중한 의견 감사합니다.")
    thanks_en = models.CharField(
        _("thanks in English"), max_length=300, blank=True, default="Thank you for telling us."
    )
    link_days = models.PositiveSmallIntegerField(
        _("a link works for"),
        default=30,
        validators=[MinValueValidator(1), MaxValueValidator(365)],
        help_text=_("days after its message was written"),
    )
    opens_cases = models.BooleanField(
        _("a low score opens a case"),
        default=True,
        help_text=_("Until it is closed the customer gets no advertising"),
    )
    low_score = models.PositiveSmallIntegerField(
        _("low is at most"),
        null=True,
        blank=True,
        validators=[MaxValueValidator(10)],
        help_text=_(
            "Empty: 6 of 10 where you ask how likely they recommend you, 2 of 5 where you ask how content they are"
        ),
    )
    case_owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        verbose_name=_("cases go to"),
        null=True,
        blank=True,
        related_name="+",
        help_text=_("Empty: to nobody until somebody takes them"),
    )
    case_days = models.PositiveSmallIntegerField(
        _("a case is due after"),
        default=2,
        validators=[MinValueValidator(1), MaxValueValidator(30)],
        help_text=_("working days"),
    )
    status = models.CharField(_("status"), max_length=10, choices=Status.choices, default=Status.DRAFT, editable=False)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, verbose_name=_("author"), null=True, editable=False, related_name="+"
    )
    created_at = models.DateTimeField(_("made at"), db_default=Now(), editable=False)
    opened_at = models.DateTimeField(_("opened at"), null=True, editable=False)
    closed_at = models.DateTimeField(_("closed at"), null=True, editable=False)

    class Meta:
        verbose_name = _("survey")
        verbose_name_plural = _("surveys")
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.name


class ScoreKind(models.TextChoices):
    """The scales whose answers are added up over time."""

    NPS = "nps", _("NPS")
    CSAT = "csat", _("CSAT")


class SurveyQuestion(models.Model):
    """One question. The first on a scale is the one that scores the response."""

    class Kind(models.TextChoices):
        NPS = "nps", _("recommend, 0 to 10 (NPS)")
        CSAT = "csat", _("content, 1 to 5 (CSAT)")
        CHOICE = "choice", _("one of several")
        TEXT = "text", _("in their own words")

    survey = models.ForeignKey(
        Survey, models.CASCADE, verbose_name=_("survey"), related_name="questions", db_index=False
    )
    position = models.PositiveSmallIntegerField(_("position"), default=1)
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices)
    text_ko = models.CharField(_("question"), max_length=200)
    text_en = models.CharField(_("question in English"), max_length=200, blank=True)
    is_required = models.BooleanField(_("required"), default=False)
    # [{"ko": "배송", "en": "Delivery"}, …]; an answer names one by its place, from 1.
    options = models.JSONField(_("options"), default=list, blank=True)

    class Meta:
        verbose_name = _("question")
        verbose_name_plural = _("questions")
        ordering = ["survey", "position", "id"]
        indexes = [models.Index(fields=["survey", "position"], name="question_of_survey")]

    def __str__(self) -> str:
        return self.text_ko


class SurveyResponse(models.Model):
    """What one customer answered to one message, sent once. `message_id` is that of `campaigns.Message`."""

    survey = models.ForeignKey(
        Survey, models.PROTECT, verbose_name=_("survey"), related_name="responses", db_index=False
    )
    customer = models.ForeignKey(
        "customers.Customer",
        models.PROTECT,
        verbose_name=_("customer"),
        related_name="survey_responses",
        db_index=False,
    )
    message_id = models.BigIntegerField(_("message"), null=True, help_text=_("Empty: the link came from elsewhere"))
    kind = models.CharField(_("scale"), max_length=10, choices=ScoreKind.choices, blank=True)
    score = models.PositiveSmallIntegerField(_("score"), null=True)
    language = models.CharField(_("language"), max_length=10, default="ko")
    # What it is about, as far as it is known.
    order = models.ForeignKey(
        "customers.Order", models.SET_NULL, verbose_name=_("order"), null=True, related_name="survey_responses"
    )
    product = models.ForeignKey(
        "customers.Product", models.SET_NULL, verbose_name=_("product"), null=True, related_name="survey_responses"
    )
    store = models.ForeignKey(
        "customers.Store", models.SET_NULL, verbose_name=_("store"), null=True, related_name="survey_responses"
    )
    answered_at = models.DateTimeField(_("answered at"))

    class Meta:
        verbose_name = _("survey response")
        verbose_name_plural = _("survey responses")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["survey", "customer", "message_id"], nulls_distinct=False, name="answered_once"
            ),
            models.CheckConstraint(condition=Q(score=None) | Q(score__lte=10), name="score_on_a_scale"),
        ]
        indexes = [
            models.Index(fields=["customer", "-answered_at"], name="response_of_customer"),
            models.Index(fields=["survey", "answered_at"], name="response_of_survey"),
            models.Index(fields=["answered_at"], condition=Q(score__isnull=False), name="response_scored"),
            models.Index(fields=["message_id"], condition=Q(message_id__isnull=False), name="response_to_message"),
        ]

    def __str__(self) -> str:
        return f"{self.survey_id} {self.customer_id}"


class SurveyAnswer(models.Model):
    """The answer to one question: a number (the score, or the place of the option from 1), or words."""

    response = models.ForeignKey(
        SurveyResponse, models.CASCADE, verbose_name=_("response"), related_name="answers", db_index=False
    )
    question = models.ForeignKey(SurveyQuestion, models.PROTECT, verbose_name=_("question"), related_name="answers")
    number = models.PositiveSmallIntegerField(_("number"), null=True)
    text = models.CharField(_("words"), max_length=2_000, blank=True)

    class Meta:
        verbose_name = _("answer")
        verbose_name_plural = _("answers")
        constraints = [models.UniqueConstraint(fields=["response", "question"], name="question_answered_once")]

    def __str__(self) -> str:
        return f"{self.response_id} {self.question_id}"


class Case(models.Model):
    """A complaint that somebody looks after. Until it is closed the customer gets no advertising."""

    class Status(models.TextChoices):
        OPEN = "open", pgettext_lazy("case", "open")
        WAITING = "waiting", _("waits for the customer")
        CLOSED = "closed", pgettext_lazy("case", "closed")

    class Priority(models.IntegerChoices):
        HIGH = 1, _("high")
        NORMAL = 2, _("normal")
        LOW = 3, _("low")

    class Outcome(models.TextChoices):
        SOLVED = "solved", _("solved")
        MADE_GOOD = "made_good", _("made good: refunded, replaced or compensated")
        EXPLAINED = "explained", _("explained to the customer")
        NO_ANSWER = "no_answer", _("the customer did not answer")
        NOTHING = "nothing", _("nothing to do")

    # The statuses in which it keeps the customer out of advertising.
    PENDING = (Status.OPEN, Status.WAITING)

    customer = models.ForeignKey(
        "customers.Customer", models.PROTECT, verbose_name=_("customer"), related_name="cases", db_index=False
    )
    response = models.ForeignKey(
        SurveyResponse, models.PROTECT, verbose_name=_("response"), null=True, blank=True, related_name="cases"
    )
    subject = models.CharField(_("what it is about"), max_length=200)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, verbose_name=_("owner"), null=True, blank=True, related_name="cases"
    )
    due_on = models.DateField(_("due on"))
    status = models.CharField(_("status"), max_length=10, choices=Status.choices, default=Status.OPEN)
    priority = models.PositiveSmallIntegerField(_("priority"), choices=Priority.choices, default=Priority.NORMAL)
    opened_at = models.DateTimeField(_("opened at"))
    opened_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        verbose_name=_("opened by"),
        null=True,
        blank=True,
        related_name="+",
        help_text=_("Empty: a low score"),
    )
    closed_at = models.DateTimeField(_("closed at"), null=True, blank=True)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, verbose_name=_("closed by"), null=True, blank=True, related_name="+"
    )
    outcome = models.CharField(_("outcome"), max_length=10, choices=Outcome.choices, blank=True)

    class Meta:
        verbose_name = _("case")
        verbose_name_plural = _("cases")
        ordering = ["due_on", "priority", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(status="closed", closed_at__isnull=False) & ~Q(outcome="")
                | ~Q(status="closed") & Q(closed_at=None, outcome=""),
                name="case_closed_with_outcome",
            ),
        ]
        indexes = [
            # What the gate asks of every recipient of advertising.
            models.Index(fields=["customer"], condition=~Q(status="closed"), name="case_pending_of_customer"),
            models.Index(fields=["customer", "-opened_at"], name="case_of_customer"),
            models.Index(fields=["status", "due_on"], name="case_due"),
            models.Index(F("closed_at").desc(), condition=Q(status="closed"), name="case_closed"),
        ]

    def __str__(self) -> str:
        return f"{self.pk} {self.subject}"


class CaseNote(models.Model):
    """What was found out or done about a case, and what the customer was told."""

    case = models.ForeignKey(Case, models.CASCADE, verbose_name=_("case"), related_name="notes", db_index=False)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, verbose_name=_("by"), null=True, related_name="+")
    at = models.DateTimeField(_("at"), db_default=Now())
    text = models.CharField(_("words"), max_length=2_000)
    is_reply = models.BooleanField(_("told to the customer"), default=False)

    class Meta:
        verbose_name = _("note of a case")
        verbose_name_plural = _("notes of cases")
        ordering = ["id"]
        indexes = [models.Index(fields=["case", "id"], name="note_of_case")]

    def __str__(self) -> str:
        return f"{self.case_id} {self.by_id or ''}"
