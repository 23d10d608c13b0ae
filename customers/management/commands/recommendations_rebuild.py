"""`manage.py recommendations_rebuild`: what the nightly job does, now."""

from django.core.management.base import BaseCommand
from django.utils import timezone

from customers.recommendations import nightly


class Command(BaseCommand):
    """Computes companions, demand and popularity anew."""

    help = "Compute anew what goes together, what is in demand and what is popular in each group."

    def handle(self, *args: object, **options: object) -> None:
        done = nightly.rebuild(timezone.now())
        self.stdout.write(
            f"{done.orders:,} orders of {done.buyers:,} buyers: {done.products:,} products, {done.pairs:,} companions"
            f" of {done.products_with_companions:,} products, in {done.seconds:.1f} s."
        )
