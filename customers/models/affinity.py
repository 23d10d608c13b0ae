"""What goes with what, and what is wanted by whom. Written by `customers/recommendations/` only, all of it at once."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class ProductDemand(models.Model):
    """How a product sells: how many people bought it, how many of them again, how many lately."""

    product = models.OneToOneField(
        "customers.Product", models.CASCADE, verbose_name=_("product"), primary_key=True, related_name="demand"
    )
    orders = models.PositiveIntegerField(_("orders"))
    buyers = models.PositiveIntegerField(_("buyers"))
    repeat_buyers = models.PositiveIntegerField(_("repeat buyers"), help_text=_("Bought it on two days or more"))
    recent_buyers = models.PositiveIntegerField(_("buyers of the last 28 days"))

    class Meta:
        verbose_name = _("demand for a product")
        verbose_name_plural = _("demand for products")

    def __str__(self) -> str:
        return str(self.product_id)


class ProductAffinity(models.Model):
    """A product and another that lies in the same basket more often than chance would have it."""

    product = models.ForeignKey(
        "customers.Product", models.CASCADE, verbose_name=_("product"), related_name="companions", db_index=False
    )
    place = models.PositiveSmallIntegerField(_("place"), help_text=_("1 is the best"))
    companion = models.ForeignKey(
        "customers.Product", models.CASCADE, verbose_name=_("bought together with"), related_name="+"
    )
    buyers_together = models.PositiveIntegerField(
        _("buyers of both"), help_text=_("People who had both in one order at least once")
    )
    share = models.FloatField(_("share"), help_text=_("Of the product's buyers, how many bought both together"))
    lift = models.FloatField(_("lift"), help_text=_("How many times more often than if one had nothing to do with it"))

    class Meta:
        verbose_name = _("affinity of products")
        verbose_name_plural = _("affinities of products")
        constraints = [models.UniqueConstraint(fields=["product", "place"], name="affinity_place_once")]

    def __str__(self) -> str:
        return f"{self.product_id} → {self.companion_id}"


class ProductPopularity(models.Model):
    """The best-selling products of a group of customers in the last 28 days."""

    class Group(models.TextChoices):
        EVERYONE = "everyone", _("all customers")
        RFM = "rfm", _("RFM group")
        SEGMENT = "segment", _("segment")
        STORE = "store", _("home store")
        CATEGORY = "category", _("buyers of a category")

    pk = models.CompositePrimaryKey("group", "key", "place")
    group = models.CharField(_("kind of group"), max_length=10, choices=Group.choices)
    key = models.CharField(_("group"), max_length=200, help_text=_("RFM group, or number of the segment or store"))
    place = models.PositiveSmallIntegerField(_("place"), help_text=_("1 is the best"))
    product = models.ForeignKey(
        "customers.Product", models.CASCADE, verbose_name=_("product"), related_name="popularity"
    )
    buyers = models.PositiveIntegerField(_("buyers"))
    share = models.FloatField(_("share"), help_text=_("Of the group's buyers, how many bought it"))
    lift = models.FloatField(_("lift"), help_text=_("The share in the group over the share among all"))

    class Meta:
        verbose_name = _("popularity of a product")
        verbose_name_plural = _("popularity of products")

    def __str__(self) -> str:
        return f"{self.group} {self.key} {self.product_id}"


class AffinityRebuild(models.Model):
    """One run that computed the three tables above anew."""

    as_of = models.DateTimeField(_("as of"), help_text=_("Nothing later went into it"))
    finished_at = models.DateTimeField(_("finished at"))
    seconds = models.FloatField(_("seconds"))
    orders = models.PositiveIntegerField(_("orders"))
    buyers = models.PositiveIntegerField(_("buyers"))
    recent_buyers = models.PositiveIntegerField(_("buyers of the last 28 days"))
    repeat_share = models.FloatField(
        _("repeat share"), help_text=_("Of all who bought any product, how many bought the same again")
    )
    products = models.PositiveIntegerField(_("products sold"))
    products_with_companions = models.PositiveIntegerField(_("products with companions"))
    pairs = models.PositiveIntegerField(_("pairs"))
    # Of a sample of customers: how many get a full list, and of which kinds.
    coverage = models.JSONField(_("coverage"), default=dict)

    class Meta:
        verbose_name = _("rebuild of the recommendations")
        verbose_name_plural = _("rebuilds of the recommendations")
        get_latest_by = "finished_at"

    def __str__(self) -> str:
        return f"{self.finished_at:%Y-%m-%d %H:%M}"


class RecommendationReport(models.Model):
    """One evaluation: how often a list of ten met what people then bought, against simpler lists."""

    made_at = models.DateTimeField(_("made at"))
    as_of = models.DateTimeField(_("as of"), help_text=_("Nothing later was known to any of them"))
    days = models.PositiveSmallIntegerField(_("days held out"))
    customers = models.PositiveIntegerField(_("customers"))
    results = models.JSONField(_("results"))

    class Meta:
        verbose_name = _("recommendation report")
        verbose_name_plural = _("recommendation reports")
        get_latest_by = "made_at"

    def __str__(self) -> str:
        return f"{self.made_at:%Y-%m-%d}"
