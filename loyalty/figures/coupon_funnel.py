"""How far coupons get, over all that were ever handed out: sums of the counters that stand on each coupon."""

from dataclasses import dataclass

from django.db.models import Q, Sum

from loyalty.models import Coupon

# Handed out piece by piece; one code for all, and what another system handed out, is only ever counted when used.
BY_PIECE = Q(issued_count__gt=0)


@dataclass(frozen=True, slots=True)
class Funnel:
    """Pieces handed out and what became of them; uses of other coupons; won given up and won paid with coupons."""

    issued: int
    used: int
    expired: int
    withdrawn: int
    used_elsewhere: int
    discount: int
    revenue: int

    @property
    def held(self) -> int:
        """Return the pieces that can still be used."""
        return max(self.issued - self.used - self.expired - self.withdrawn, 0)

    @property
    def use_rate(self) -> float | None:
        """Return the share of the pieces handed out that was used; None where none was."""
        return self.used / self.issued if self.issued else None


def funnel() -> Funnel:
    """Return the sums over all coupons."""
    sums = Coupon.objects.aggregate(
        issued=Sum("issued_count"),
        used=Sum("used_count", filter=BY_PIECE),
        expired=Sum("expired_count"),
        withdrawn=Sum("withdrawn_count"),
        used_elsewhere=Sum("used_count", filter=~BY_PIECE),
        discount=Sum("discount_total"),
        revenue=Sum("revenue_total"),
    )
    return Funnel(**{name: value or 0 for name, value in sums.items()})
