"""Operations: what runs in the background, whether it lives, which machines may call the API, and how often."""

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class JobState(models.TextChoices):
    """What a person needs to know about a job."""

    WAITING = "waiting", _("Not run yet")
    RUNNING = "running", _("Running")
    DONE = "done", _("Done")
    FAILED = "failed", _("Failed")
    PARKED = "parked", _("Parked")


class Job(models.Model):
    """The running account of one background job: one row a name and argument, kept over all its runs."""

    name = models.CharField(_("name"), max_length=100)
    argument = models.BigIntegerField(_("argument"), null=True)
    cluster = models.CharField(_("queue"), max_length=20)
    starts = models.PositiveIntegerField(
        _("starts without an end"), default=0, help_text=_("Counted before the work begins, so a crash counts too.")
    )
    started_at = models.DateTimeField(_("last start"), null=True)
    progressed_at = models.DateTimeField(_("last progress"), null=True)
    finished_at = models.DateTimeField(_("last end"), null=True)
    failed_at = models.DateTimeField(_("last failure"), null=True)
    last_error = models.TextField(_("last error"), blank=True)
    parked_at = models.DateTimeField(
        _("parked at"), null=True, help_text=_("Started too often without an end; it waits for a person.")
    )

    class Meta:
        verbose_name = _("background job")
        verbose_name_plural = _("background jobs")
        permissions = [("restart_job", _("Can restart a parked background job"))]
        constraints = [
            models.UniqueConstraint(fields=["name", "argument"], nulls_distinct=False, name="job_once_per_argument"),
        ]

    def __str__(self) -> str:
        return self.name if self.argument is None else f"{self.name} {self.argument}"

    @property
    def state(self) -> JobState:
        """Return the state as the row tells it; a run that died looks like one that runs until it is started again."""
        if self.parked_at:
            return JobState.PARKED
        if not self.started_at:
            return JobState.WAITING
        if not self.finished_at or self.finished_at < self.started_at:
            return JobState.RUNNING
        if self.failed_at and self.failed_at >= self.finished_at:
            return JobState.FAILED
        return JobState.DONE


class Kick(models.Model):
    """A wish that a job run, from the moment it is made until a run that can see its facts begins.

    The queue's own rows only wake a worker up; as long as this row stands the wish cannot be lost.
    """

    job = models.CharField(max_length=100)
    argument = models.BigIntegerField(null=True)
    woken_at = models.DateTimeField(help_text=_("When a worker was last called for it."))

    class Meta:
        indexes = [models.Index(fields=["job", "argument"], name="kick_job_argument")]

    def __str__(self) -> str:
        return self.job if self.argument is None else f"{self.job} {self.argument}"


class Heartbeat(models.Model):
    """The last time a queue cluster did what it was asked to do."""

    cluster = models.CharField(max_length=20, primary_key=True)
    asked_at = models.DateTimeField(null=True)
    beat_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.cluster


class ApiKey(models.Model):
    """A key of a machine that calls the API. It may do what its service account may do, and no more."""

    name = models.CharField(_("name"), max_length=100, help_text=_("Which machine uses it, for example “Web shop”."))
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="api_keys",
        verbose_name=_("service account"),
        help_text=_("The key may do what this account may do."),
    )
    prefix = models.CharField(_("prefix"), max_length=12, unique=True, editable=False)
    secret_hash = models.CharField(max_length=64, editable=False)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    last_used_at = models.DateTimeField(_("last used at"), null=True, editable=False)
    expires_at = models.DateTimeField(
        _("expires at"), null=True, blank=True, help_text=_("From then on the key is refused. Empty: it never expires.")
    )
    revoked_at = models.DateTimeField(_("revoked at"), null=True, editable=False)

    class Meta:
        verbose_name = _("API key")
        verbose_name_plural = _("API keys")

    def __str__(self) -> str:
        return f"{self.name} (dgl_{self.prefix}_…)"


class IdempotentRequest(models.Model):
    """A request of the API that was carried out, and the answer that its repetition gets."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=255)
    fingerprint = models.CharField(max_length=64, help_text="Of the address and the body.")
    status = models.PositiveSmallIntegerField()
    answer = models.TextField(help_text="JSON as it was sent: jsonb would put its fields into another order.")
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "key"], name="idempotency_key_once")]
        indexes = [models.Index(fields=["created_at"], name="idempotent_request_created")]

    def __str__(self) -> str:
        return self.key


class RateCount(models.Model):
    """How often somebody called in one window of time, over all web processes. Lost in a crash, and no harm done."""

    subject = models.CharField(max_length=120)
    window = models.BigIntegerField(help_text="When it began: seconds since 1970.")
    count = models.PositiveIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["subject", "window"], name="rate_count_once")]

    def __str__(self) -> str:
        return self.subject
