"""The rebuild of every night, and how many customers get a list by it."""

from collections import Counter
from datetime import datetime

from django.db.models import Func, IntegerField

from customers.affinity import recommend_many
from customers.models import AffinityRebuild, Customer
from customers.recommendations import rebuilding

SAMPLE = 200
HASH = Func("pk", function="hashint8", output_field=IntegerField())
FULL_LIST = 10


def rebuild(now: datetime) -> AffinityRebuild:
    """Compute everything anew, and on a sample of customers what the lists then look like."""
    rebuilt = rebuilding.rebuild(now)
    rebuilt.coverage = coverage(now)
    rebuilt.save(update_fields=["coverage"])
    return rebuilt


def coverage(now: datetime) -> dict[str, object]:
    """Return how many of some buyers get a full list, and of which kinds their recommendations are.

    The buyers are the same on every run: those whose numbers hash lowest, which is as good as by chance.
    """
    buyers = Customer.objects.living().filter(stats__order_count__gt=0)
    sample = list(buyers.order_by(HASH, "pk").values_list("pk", flat=True)[:SAMPLE])
    lists = recommend_many(sample, limit=FULL_LIST, now=now)
    kinds = Counter(str(each.kind) for listed in lists.values() for each in listed)
    return {
        "customers": len(sample),
        "with_a_list": len(lists),
        "with_a_full_list": sum(len(listed) == FULL_LIST for listed in lists.values()),
        "products": len({each.product.pk for listed in lists.values() for each in listed}),
        "kinds": dict(kinds),
    }
