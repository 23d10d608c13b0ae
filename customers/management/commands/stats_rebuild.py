"""`manage.py stats_rebuild`: statistics, cycles and RFM of every customer, computed anew from the facts."""

from django.core.management.base import BaseCommand
from django.utils import timezone

from customers import stored_numbers


class Command(BaseCommand):
    """Recompute what is stored; running it twice changes nothing the second time."""

    help = "Recompute the statistics, purchase cycles and RFM scores of every customer from the facts."

    def handle(self, *args: object, **options: object) -> None:
        changed = stored_numbers.rebuild_everything(timezone.now())
        self.stdout.write(f"Statistics of {changed:,} customers changed; cycles and RFM are computed anew.")
