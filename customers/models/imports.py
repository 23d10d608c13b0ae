"""Files of facts that people upload: each run with what it found, and the columns each source was mapped with."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class ImportRun(models.Model):
    """A file on its way in: looked at, its columns chosen, checked without storing anything, imported.

    Written by `customers/imports/runs.py` only. The file and what was read of it lie under `VAR_DIR/imports`; this row
    holds numbers, names of columns and sentences, and nothing of a person.
    """

    class Kind(models.TextChoices):
        CUSTOMERS = "customers", _("Customers")
        STORES = "stores", _("Stores")
        PRODUCTS = "products", _("Products")
        ORDERS = "orders", _("Orders")
        EVENTS = "events", _("Visits and events")
        CONSENTS = "consents", _("Consents")
        OPT_OUTS = "opt_outs", _("080 opt-outs")

    class Status(models.TextChoices):
        UPLOADED = "uploaded", _("Columns to choose")
        CHECKING = "checking", _("Being checked")
        CHECKED = "checked", _("Ready to import")
        IMPORTING = "importing", _("Importing")
        DONE = "done", _("Import done")
        CANCELLED = "cancelled", _("Stopped by hand")
        FAILED = "failed", _("Stopped by an error")

    class UndatedConsents(models.TextChoices):
        LEAVE_OUT = "leave_out", _("Do not import consents")
        WITH_EVIDENCE = "with_evidence", _("Import them with evidence, date unknown")

    kind = models.CharField(_("what it holds"), max_length=20, choices=Kind.choices)
    platform = models.CharField(_("exported from"), max_length=20, blank=True)
    source = models.CharField(_("source"), max_length=40, default="shop")
    file_name = models.CharField(_("file"), max_length=200)
    file_size = models.BigIntegerField(_("bytes"))
    sight = models.JSONField(_("what was seen in it"), default=dict)
    mapping = models.JSONField(_("our column for each of its columns"), default=list)
    undated_consents = models.CharField(
        _("consents without a date"),
        max_length=20,
        choices=UndatedConsents.choices,
        default=UndatedConsents.LEAVE_OUT,
    )
    consent_evidence = models.JSONField(_("evidence of consents without a date"), default=dict)
    status = models.CharField(_("status"), max_length=20, choices=Status.choices, default=Status.UPLOADED)
    language = models.CharField(_("language"), max_length=10, default="ko", help_text=_("Errors are written in it"))
    problem = models.TextField(_("why it stopped"), blank=True)
    # Of the pass that runs, the check or the import: the read records, and how far into them and its errors it is.
    records_size = models.BigIntegerField(_("bytes of what was read"), default=0)
    position = models.BigIntegerField(_("bytes done"), default=0)
    errors_size = models.BigIntegerField(_("bytes of the errors written"), default=0)
    found = models.JSONField(_("counts of the check"), default=dict)
    stored = models.JSONField(_("counts of the import"), default=dict)
    notices = models.JSONField(_("remarks"), default=list)
    cancel_asked_at = models.DateTimeField(_("asked to stop at"), null=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, verbose_name=_("uploaded by"), null=True, related_name="+"
    )
    created_at = models.DateTimeField(_("uploaded at"), auto_now_add=True)
    started_at = models.DateTimeField(_("started at"), null=True)
    finished_at = models.DateTimeField(_("finished at"), null=True)
    files_deleted_at = models.DateTimeField(_("file deleted at"), null=True)

    class Meta:
        verbose_name = _("import")
        verbose_name_plural = _("imports")
        ordering = ["-pk"]
        default_permissions = ()
        permissions = [("import_facts", _("Can import customers, orders and other facts from files"))]
        indexes = [
            models.Index(
                fields=["created_at"],
                name="import_with_files",
                condition=models.Q(files_deleted_at__isnull=True),
            )
        ]

    def __str__(self) -> str:
        return self.file_name


class ImportMapping(models.Model):
    """The columns that a source's files of one kind were mapped with last: their names, folded, and ours."""

    source = models.CharField(_("source"), max_length=40)
    kind = models.CharField(_("what it holds"), max_length=20, choices=ImportRun.Kind.choices)
    columns = models.JSONField(_("columns"), default=dict)
    updated_at = models.DateTimeField(_("changed at"), auto_now=True)

    class Meta:
        verbose_name = _("remembered columns")
        verbose_name_plural = _("remembered columns")
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["source", "kind"], name="import_mapping_once")]

    def __str__(self) -> str:
        return f"{self.source}: {self.kind}"
