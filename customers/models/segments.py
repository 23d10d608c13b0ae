"""Groups of customers by rule, who is in them, and who moved. Membership is written by `customers/segments/` only."""

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class Segment(models.Model):
    """A rule and the customers it holds for."""

    name = models.CharField(_("name"), max_length=100, unique=True)
    description = models.CharField(_("what it is for"), max_length=300, blank=True)
    rule = models.JSONField(_("rule"))
    is_active = models.BooleanField(
        _("active"), default=True, help_text=_("An inactive segment keeps its last members and costs nothing")
    )
    size = models.PositiveIntegerField(_("members"), default=0, editable=False)
    refreshed_at = models.DateTimeField(_("refreshed at"), null=True, editable=False)
    refreshing_until = models.DateTimeField(_("lease of the running refresh"), null=True, editable=False)
    turned_until = models.DateTimeField(
        _("hours looked at until"),
        null=True,
        editable=False,
        help_text=_("Up to when customers were looked at whom time alone moves: two hours after a cart, say"),
    )
    refresh_error = models.TextField(_("why the last refresh failed"), blank=True, editable=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, verbose_name=_("made by"), null=True, editable=False, related_name="+"
    )
    created_at = models.DateTimeField(_("made at"), auto_now_add=True)
    members = models.ManyToManyField(
        "customers.Customer", through="customers.SegmentMembership", related_name="segments", verbose_name=_("members")
    )

    class Meta:
        verbose_name = _("segment")
        verbose_name_plural = _("segments")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class SegmentMembership(models.Model):
    """A customer is in a segment now."""

    segment = models.ForeignKey(Segment, models.CASCADE, verbose_name=_("segment"), db_index=False)
    customer = models.ForeignKey("customers.Customer", models.CASCADE, verbose_name=_("customer"))
    entered_at = models.DateTimeField(_("entered at"), db_default=Now())

    class Meta:
        verbose_name = _("membership")
        verbose_name_plural = _("memberships")
        constraints = [models.UniqueConstraint(fields=["segment", "customer"], name="member_once")]

    def __str__(self) -> str:
        return f"{self.segment_id} {self.customer_id}"


class SegmentMove(models.Model):
    """A customer came into a segment or left it."""

    class Direction(models.TextChoices):
        IN = "in", _("came in")
        OUT = "out", _("left")

    segment = models.ForeignKey(Segment, models.CASCADE, verbose_name=_("segment"), db_index=False)
    customer = models.ForeignKey("customers.Customer", models.CASCADE, verbose_name=_("customer"))
    direction = models.CharField(_("direction"), max_length=3, choices=Direction.choices)
    moved_at = models.DateTimeField(_("moved at"), db_default=Now())

    class Meta:
        verbose_name = _("move")
        verbose_name_plural = _("moves")
        indexes = [models.Index(fields=["segment", "-moved_at"], name="segment_moves")]

    def __str__(self) -> str:
        return f"{self.segment_id} {self.customer_id} {self.direction}"


class SegmentSize(models.Model):
    """How many customers a segment had on a day (KST)."""

    segment = models.ForeignKey(
        Segment, models.CASCADE, verbose_name=_("segment"), related_name="sizes", db_index=False
    )
    day = models.DateField(_("day"))
    size = models.PositiveIntegerField(_("members"))

    class Meta:
        verbose_name = _("segment size")
        verbose_name_plural = _("segment sizes")
        constraints = [models.UniqueConstraint(fields=["segment", "day"], name="segment_size_once_a_day")]

    def __str__(self) -> str:
        return f"{self.day} {self.size}"


class TouchedCustomer(models.Model):
    """A customer whose facts changed and whose segments are to be looked at again. Rows are consumed."""

    customer = models.ForeignKey("customers.Customer", models.CASCADE, verbose_name=_("customer"), related_name="+")
    touched_at = models.DateTimeField(_("touched at"), db_default=Now())

    class Meta:
        verbose_name = _("touched customer")
        verbose_name_plural = _("touched customers")

    def __str__(self) -> str:
        return str(self.customer_id)


class UploadedList(models.Model):
    """Customers that somebody named one by one: guests of an event, winners, answers to a call."""

    name = models.CharField(_("name"), max_length=100, unique=True)
    size = models.PositiveIntegerField(_("customers"), default=0, editable=False)
    lines = models.PositiveIntegerField(_("lines uploaded"), default=0, editable=False)
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, verbose_name=_("uploaded by"), editable=False, related_name="+"
    )
    uploaded_at = models.DateTimeField(_("uploaded at"), auto_now_add=True)

    class Meta:
        verbose_name = _("uploaded list")
        verbose_name_plural = _("uploaded lists")
        ordering = ["-uploaded_at"]

    def __str__(self) -> str:
        return self.name


class UploadedListEntry(models.Model):
    """A customer on an uploaded list."""

    uploaded_list = models.ForeignKey(
        UploadedList, models.CASCADE, verbose_name=_("uploaded list"), related_name="entries", db_index=False
    )
    customer = models.ForeignKey("customers.Customer", models.CASCADE, verbose_name=_("customer"), related_name="+")

    class Meta:
        verbose_name = _("entry of an uploaded list")
        verbose_name_plural = _("entries of uploaded lists")
        constraints = [models.UniqueConstraint(fields=["uploaded_list", "customer"], name="on_uploaded_list_once")]

    def __str__(self) -> str:
        return f"{self.uploaded_list_id} {self.customer_id}"
