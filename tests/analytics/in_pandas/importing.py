"""A shop's files imported as from the shell, computed as in the night after the last order, and compared."""

from collections.abc import Iterator
from datetime import datetime, time, timedelta
from pathlib import Path

from django.core.management import call_command
from django.utils import timezone

from analytics.cohorts import rebuilding
from analytics.spend import spend_file
from customers import stored_numbers
from customers.models import RfmScoring
from tests.analytics.in_pandas import against_ours, files, kpis
from tests.analytics.in_pandas.against_ours import Compared
from tests.analytics.in_pandas.shop import EVERYBODY

KINDS = ("stores", "products", "customers", "orders", "events")


def compared(folder: Path) -> Iterator[Compared]:
    """Import the files of the folder into an empty shop, and compare all there is with pandas."""
    shop = files.read(folder)
    bring_in(folder)
    night = timezone.make_aware(datetime.combine(shop.last_day + timedelta(days=1), time.min))
    stored_numbers.rebuild_everything(night)
    rebuilding.rebuild(night.date())
    parts = [EVERYBODY, *against_ours.parts_of(shop)]
    yield from against_ours.compare_kpis(shop, parts, against_ours.periods_of(shop), kpis.ALL)
    yield from against_ours.compare_rfm(shop, RfmScoring.objects.latest("computed_at"), night)
    yield from against_ours.compare_cohorts(shop)


def bring_in(folder: Path) -> None:
    """Import what is there, as from the shell."""
    for kind in KINDS:
        if (folder / f"{kind}.csv").exists():
            call_command("import_data", kind, folder / f"{kind}.csv")
    if (folder / "spend.csv").exists():
        spend_file.store(spend_file.read((folder / "spend.csv").read_bytes()).lines)
