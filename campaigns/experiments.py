"""Who is in the holdout and who gets which variant: by a hash of campaign and customer, so it never changes.

The hash is MD5 of "<salt>:<customer id>", its first 32 bits modulo 10,000: the same in PostgreSQL and in Python, and
in every version of either.
"""

from collections.abc import Sequence

from django.conf import settings
from django.db.models import BigIntegerField, BooleanField, Case, F, Func, IntegerField, Q, TextField, Value, When
from django.db.models.expressions import Combinable
from django.db.models.functions import Cast, Concat
from django.db.models.lookups import LessThan

from campaigns.models import Campaign, Variant

BUCKETS = 10_000
# Of a text in SQL.
BUCKET_OF = "mod(('x' || left(md5({text}), 8))::bit(32)::bigint, 10000)"
# What stands before the customer's id where the holdout of all campaigns together is drawn.
HELD_OUT_OF_ALL = "holdout of all"
ADVERTISING = Campaign.MessagePurpose.ADVERTISING


class Bucket(Func):
    """The bucket, 0 to 9,999, of the text it is given."""

    template = BUCKET_OF.format(text="%(expressions)s")
    output_field = BigIntegerField()

    def __init__(self, salt: str, customer: str) -> None:
        super().__init__(Concat(Value(f"{salt}:"), Cast(F(customer), TextField()), output_field=TextField()))


def holdout_percent(campaign: Campaign) -> int:
    """Return the share that gets nothing. Information is owed to everybody: it has no holdout (docs/rules.md)."""
    return campaign.holdout_percent if campaign.purpose == ADVERTISING else 0


def own_buckets(campaign: Campaign) -> int:
    """Return how many buckets the campaign holds out itself."""
    return holdout_percent(campaign) * BUCKETS // 100


def shared_buckets() -> int:
    """Return how many buckets get no advertising at all (U-32)."""
    return settings.GLOBAL_HOLDOUT_PERCENT * BUCKETS // 100


def is_control(campaign: Campaign, *, customer: str = "pk") -> Combinable:
    """Return the condition that the customer, at that path of the query, is in the campaign's holdout.

    Or in the shop's own: a share of all customers that gets no advertising at all (U-32), the same for every campaign.
    """
    shared = shared_buckets() if campaign.purpose != Campaign.MessagePurpose.INFORMATION else 0
    within = [
        When(LessThan(Bucket(salt, customer), share), then=Value(True))
        for salt, share in ((f"holdout:{campaign.pk}", own_buckets(campaign)), (HELD_OUT_OF_ALL, shared))
        if share
    ]
    return Case(*within, default=Value(False), output_field=BooleanField())


def variant_of(variants: Sequence[Variant], *, customer: str = "pk") -> Combinable:
    """Return the expression of the id of the variant the customer gets, in proportion to the weights."""
    total = sum(variant.weight for variant in variants)
    bucket = Bucket(f"variant:{variants[0].step_id}", customer)
    whens, reached = [], 0
    for variant in variants[:-1]:
        reached += variant.weight
        whens.append(When(Q(LessThan(bucket, reached * BUCKETS // total)), then=Value(variant.pk)))
    return Case(*whens, default=Value(variants[-1].pk), output_field=IntegerField())
