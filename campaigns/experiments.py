"""Who is in the holdout and who gets which variant: by a hash of campaign and customer, so it never changes.

The messages of an automation share its holdout: whoever is held out of one is held out of all its advertising.

The hash is MD5 of "<salt>:<customer id>", its first 32 bits modulo 10,000: the same in PostgreSQL and in Python, and
in every version of either.
"""

from collections.abc import Sequence

from django.conf import settings
from django.db.models import BigIntegerField, BooleanField, Case, F, Func, IntegerField, Q, TextField, Value, When
from django.db.models.expressions import Combinable
from django.db.models.functions import Cast, Concat
from django.db.models.lookups import LessThan

from campaigns.models import Automation, Campaign, Variant

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
    if campaign.purpose != ADVERTISING:
        return 0
    return campaign.automation.holdout_percent if campaign.automation else campaign.holdout_percent


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
        for salt, share in ((_salt(campaign), own_buckets(campaign)), (HELD_OUT_OF_ALL, shared))
        if share
    ]
    return Case(*within, default=Value(False), output_field=BooleanField())


def is_held_out_of(automation: Automation, *, customer: str) -> str:
    """Return the condition, as SQL, that a customer gets no advertising of the automation; `customer` is their id."""
    shares = (
        (_salt_of(automation.pk), automation.holdout_percent * BUCKETS // 100),
        (HELD_OUT_OF_ALL, shared_buckets()),
    )
    drawn = [f"{BUCKET_OF.format(text=_text(salt, customer))} < {share}" for salt, share in shares if share]
    return f"({' OR '.join(drawn)})" if drawn else "false"


def variant_of(variants: Sequence[Variant], *, customer: str = "pk") -> Combinable:
    """Return the expression of the id of the variant the customer gets, in proportion to the weights."""
    total = sum(variant.weight for variant in variants)
    bucket = Bucket(f"variant:{variants[0].step_id}", customer)
    whens, reached = [], 0
    for variant in variants[:-1]:
        reached += variant.weight
        whens.append(When(Q(LessThan(bucket, reached * BUCKETS // total)), then=Value(variant.pk)))
    return Case(*whens, default=Value(variants[-1].pk), output_field=IntegerField())


def _salt(campaign: Campaign) -> str:
    return _salt_of(campaign.automation_id) if campaign.automation_id else f"holdout:{campaign.pk}"


def _salt_of(automation_id: int) -> str:
    return f"automation:{automation_id}"


def _text(salt: str, customer: str) -> str:
    return f"'{salt}:' || {customer}"
