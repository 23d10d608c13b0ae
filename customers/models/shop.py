"""What the shop sells, where, and what was bought. Money is whole won."""

from django.db import models
from django.db.models import Case, F, Q, Value, When
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from customers.querysets import OrderQuerySet


class Store(models.Model):
    """A shop of stone, or an online one."""

    source = models.CharField(_("source"), max_length=40, default="shop")
    external_id = models.CharField(_("store number"), max_length=100)
    name = models.CharField(_("name"), max_length=200)
    is_online = models.BooleanField(_("online"), default=False, db_default=False)
    region = models.CharField(
        _("region"), max_length=40, blank=True, default="", db_default="", help_text=_("Province and city or district")
    )
    address = models.CharField(_("address"), max_length=300, blank=True, default="", db_default="")
    phone = models.CharField(_("phone"), max_length=20, blank=True, default="", db_default="")
    latitude = models.FloatField(_("latitude"), null=True, blank=True)
    longitude = models.FloatField(_("longitude"), null=True, blank=True)

    class Meta:
        verbose_name = _("store")
        verbose_name_plural = _("stores")
        constraints = [models.UniqueConstraint(fields=["source", "external_id"], name="store_once_per_source")]

    def __str__(self) -> str:
        return self.name


class Region(models.Model):
    """A city or district (시군구) and its middle: as much of where somebody lives as is kept."""

    name = models.CharField(_("name"), max_length=40, primary_key=True)
    latitude = models.FloatField(_("latitude"))
    longitude = models.FloatField(_("longitude"))
    nearest_store = models.ForeignKey(
        Store, models.SET_NULL, verbose_name=_("nearest store"), null=True, blank=True, related_name="+"
    )
    nearest_kilometres = models.FloatField(_("kilometres to it"), null=True, blank=True)

    class Meta:
        verbose_name = _("region")
        verbose_name_plural = _("regions")

    def __str__(self) -> str:
        return self.name


class Product(models.Model):
    """A thing that is sold, known by its stock keeping unit."""

    source = models.CharField(_("source"), max_length=40, default="shop")
    sku = models.CharField(_("SKU"), max_length=100)
    name = models.CharField(_("name"), max_length=300)
    category = models.CharField(_("category"), max_length=200, blank=True)
    brand = models.CharField(_("brand"), max_length=200, blank=True)
    price = models.BigIntegerField(_("price"), null=True, blank=True, help_text=_("won"))
    url = models.URLField(_("page"), max_length=1000, blank=True)
    image_url = models.URLField(_("picture"), max_length=1000, blank=True)
    is_active = models.BooleanField(_("on sale"), default=True)
    stock = models.IntegerField(
        _("stock"), null=True, blank=True, help_text=_("Empty: not counted; at zero or below it is sold out")
    )

    class Meta:
        verbose_name = _("product")
        verbose_name_plural = _("products")
        constraints = [models.UniqueConstraint(fields=["source", "sku"], name="product_once_per_source")]
        indexes = [models.Index(fields=["category"], name="product_category")]

    def __str__(self) -> str:
        return self.name


class Order(models.Model):
    """A purchase. A later copy of the same order replaces it; a refund is an update, never a second order."""

    class Status(models.TextChoices):
        PENDING = "pending", _("waiting for payment")
        PAID = "paid", _("paid")
        SHIPPED = "shipped", _("shipped")
        DELIVERED = "delivered", _("delivered")
        CANCELLED = "cancelled", _("cancelled")
        REFUNDED = "refunded", _("refunded")

    class SalesChannel(models.TextChoices):
        ONLINE = "online", _("online")
        STORE = "store", _("store")

    # The statuses in which an order counts as a purchase.
    PURCHASED = (Status.PAID, Status.SHIPPED, Status.DELIVERED)

    source = models.CharField(_("source"), max_length=40, default="shop")
    external_id = models.CharField(_("order number"), max_length=100)
    customer = models.ForeignKey(
        "customers.Customer",
        models.PROTECT,
        verbose_name=_("customer"),
        null=True,
        blank=True,
        related_name="orders",
        db_index=False,
        help_text=_("Empty for a guest"),
    )
    store = models.ForeignKey(
        Store, models.PROTECT, verbose_name=_("store"), null=True, blank=True, related_name="orders"
    )
    placed_at = models.DateTimeField(_("placed at"))
    status = models.CharField(_("status"), max_length=10, choices=Status.choices, default=Status.PAID)
    channel = models.CharField(
        _("sales channel"), max_length=10, choices=SalesChannel.choices, default=SalesChannel.ONLINE
    )
    items_amount = models.BigIntegerField(_("items"), default=0, help_text=_("won, before discount"))
    discount = models.BigIntegerField(_("discount"), default=0, help_text=_("won"))
    points_used = models.BigIntegerField(_("points used"), default=0, help_text=_("points"))
    shipping = models.BigIntegerField(_("shipping"), default=0, help_text=_("won"))
    paid = models.BigIntegerField(pgettext_lazy("amount", "paid"), help_text=_("won, shipping included"))
    refunded = models.BigIntegerField(pgettext_lazy("amount", "refunded"), default=0, help_text=_("won"))
    refunded_at = models.DateTimeField(
        _("last refund at"), null=True, blank=True, help_text=_("Empty: the sender did not say")
    )
    delivered_at = models.DateTimeField(
        pgettext_lazy("order", "delivered at"),
        null=True,
        blank=True,
        help_text=_("Empty: not yet, or nobody said when"),
    )
    is_purchase = models.GeneratedField(
        expression=Case(When(status__in=["paid", "shipped", "delivered"], then=Value(True)), default=Value(False)),
        output_field=models.BooleanField(),
        db_persist=True,
        verbose_name=_("counts as a purchase"),
    )
    # The money of every KPI: paid − refunded − shipping (I-06), nothing for what was never paid or fully taken back.
    revenue = models.GeneratedField(
        expression=Case(
            When(status__in=["paid", "shipped", "delivered"], then=F("paid") - F("refunded") - F("shipping")),
            default=Value(0),
        ),
        output_field=models.BigIntegerField(),
        db_persist=True,
        verbose_name=_("revenue"),
    )
    recorded_at = models.DateTimeField(_("recorded at"), db_default=Now(), editable=False)
    changed_at = models.DateTimeField(_("changed at"), db_default=Now(), editable=False)

    objects = OrderQuerySet.as_manager()

    class Meta:
        verbose_name = _("order")
        verbose_name_plural = _("orders")
        constraints = [
            models.UniqueConstraint(fields=["source", "external_id"], name="order_once_per_source"),
            models.CheckConstraint(
                condition=Q(items_amount__gte=0, discount__gte=0, points_used__gte=0, shipping__gte=0)
                & Q(paid__gte=0, refunded__gte=0, refunded__lte=F("paid")),
                name="order_money_in_range",
            ),
        ]
        indexes = [
            models.Index(
                fields=["customer", "placed_at"],
                include=["revenue"],
                condition=Q(is_purchase=True),
                name="order_purchases_of_customer",
            ),
            models.Index(fields=["customer", "-placed_at"], name="order_of_customer"),
            models.Index(fields=["placed_at"], name="order_placed"),
            models.Index(fields=["changed_at"], name="order_changed"),
            models.Index(fields=["delivered_at"], condition=Q(delivered_at__isnull=False), name="order_delivered"),
        ]

    def __str__(self) -> str:
        return self.external_id


class OrderLine(models.Model):
    """One product of an order."""

    order = models.ForeignKey(Order, models.CASCADE, verbose_name=_("order"), related_name="lines", db_index=False)
    position = models.PositiveIntegerField(_("position"))
    product = models.ForeignKey(Product, models.PROTECT, verbose_name=_("product"), related_name="order_lines")
    quantity = models.IntegerField(_("quantity"), default=1)
    amount = models.BigIntegerField(_("amount"), help_text=_("won, for the whole line"))

    class Meta:
        verbose_name = _("order line")
        verbose_name_plural = _("order lines")
        constraints = [models.UniqueConstraint(fields=["order", "position"], name="order_line_position_once")]

    def __str__(self) -> str:
        return f"{self.quantity} × {self.product_id}"


class Refund(models.Model):
    """Won of an order that were taken back at a moment. Written by `customers/ingest/refunds.py` only.

    They add up to `refunded` while the order counts as a purchase, and to all that was paid once it was paid and then
    cancelled or refunded. An order that was cancelled before anybody paid has none.
    """

    order = models.ForeignKey(Order, models.CASCADE, verbose_name=_("order"), related_name="refunds")
    amount = models.BigIntegerField(_("amount"), help_text=_("won"))
    refunded_at = models.DateTimeField(_("taken back at"))

    class Meta:
        verbose_name = _("refund")
        verbose_name_plural = _("refunds")
        constraints = [models.CheckConstraint(condition=Q(amount__gt=0), name="refund_of_something")]
        indexes = [models.Index(fields=["refunded_at"], name="refund_moment")]

    def __str__(self) -> str:
        return f"{self.order_id} −{self.amount}"
