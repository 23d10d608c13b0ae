"""What the models say a campaign earned, side by side."""

from dataclasses import dataclass

from django.db.models import Count, F, Q, Sum

from analytics.models import AttributedOrder


@dataclass(frozen=True, slots=True)
class ModelEarnings:
    """What one model credits a campaign with until now.

    `orders` are those of which something stands; revenue, refunds and net in won. Under linear shares an order may
    count for several campaigns, but each of its won only once.
    """

    model: str
    label: str
    orders: int = 0
    revenue: int = 0
    refunds: int = 0

    @property
    def net(self) -> int:
        """Return what is left after refunds, in won."""
        return self.revenue - self.refunds


# An order paid with points alone earns nothing, and stands.
STANDS = Q(refunded__lt=F("revenue")) | Q(revenue=0)


def by_model(campaign_id: int) -> list[ModelEarnings]:
    """Return the earnings of a campaign under every model, in the order of `AttributedOrder.Model`. One query."""
    rows = (
        AttributedOrder.objects.filter(campaign=campaign_id)
        .values("model")
        .annotate(
            standing=Count("order", filter=STANDS, distinct=True), earned=Sum("revenue"), taken_back=Sum("refunded")
        )
        .values_list("model", "standing", "earned", "taken_back")
    )
    figures = {model: tuple(map(int, counted)) for model, *counted in rows}
    return [
        ModelEarnings(model.value, str(model.label), *figures.get(model.value, ())) for model in AttributedOrder.Model
    ]
