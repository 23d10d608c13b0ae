"""The terms of a coupon and its state: draft → running ⇄ stopped. The only writer of both.

Once a coupon runs, its terms are a promise: what it gives, on what and to whom stays. It may become better for those
who hold it (a later last day, more uses), be renamed, and be stopped.
"""

import secrets
from datetime import date, timedelta

from django.contrib.auth.models import User
from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from customers.segments.clock import start_of_day
from loyalty.coupons import codes
from loyalty.errors import CouponRefused
from loyalty.models import Coupon

Kind, Status = Coupon.Kind, Coupon.Status
# What stays as it was promised.
PROMISED = (
    *("kind", "amount", "percent", "most_off", "gift", "gift_cost", "minimum_amount"),
    *("products", "categories", "stores", "sales_channel", "valid_from", "days_valid"),
    *("per_customer_limit", "is_combinable", "comes_back", "codes", "shared_code", "points_price"),
)
MAY_CHANGE = ("name", "valid_until", "total_limit")
# A piece's end follows the coupon's last day, counted as `validity` counts it.
MOVE_ENDS = """
    UPDATE loyalty_issuedcoupon piece SET expires_at = LEAST(
        %(until)s::timestamptz,
        (GREATEST((piece.issued_at AT TIME ZONE %(zone)s)::date, %(from)s::date) + %(days)s::int + 1)::timestamp
            AT TIME ZONE %(zone)s
    )
    WHERE piece.coupon_id = %(coupon)s AND piece.status = 'held'
"""


def new_number() -> str:
    """Return a number for a coupon of our own."""
    return f"CP-{''.join(secrets.choice(codes.ALPHABET) for _sign in range(8))}"


def problems_of(coupon: Coupon) -> list[tuple[str, str]]:
    """Return (field, sentence) of everything that keeps the terms from being a coupon."""
    return [(field, str(sentence)) for is_wrong, field, sentence in _rules(coupon) if is_wrong]


def _rules(coupon: Coupon) -> list[tuple[bool, str, str]]:
    """Return every rule: whether the terms break it, the field to mend, and how."""
    of_kind = coupon.kind
    is_shared = coupon.codes == Coupon.Codes.SHARED
    period = coupon.valid_from is not None and coupon.valid_until is not None and coupon.valid_until < coupon.valid_from
    is_dearer = of_kind == Kind.AMOUNT and 0 < coupon.minimum_amount < coupon.amount
    return [
        (not coupon.name.strip(), "name", _("Give it a name: customers read it.")),
        (of_kind == Kind.AMOUNT and coupon.amount < 1, "amount", _("Say how many won it takes off.")),
        (of_kind == Kind.PERCENT and not 1 <= coupon.percent <= 100, "percent", _("Give a percent from 1 to 100.")),
        (of_kind == Kind.GIFT and not coupon.gift.strip(), "gift", _("Say what the gift is.")),
        (
            is_dearer,
            "minimum_amount",
            _("It takes off more than the least purchase costs: raise one, lower the other."),
        ),
        (period, "valid_until", _("The last day lies before the first one.")),
        (
            coupon.valid_until is None and not coupon.days_valid,
            "valid_until",
            _("Give it a last day, or days of validity: a promise needs an end."),
        ),
        (is_shared and not coupon.shared_code, "shared_code", _("Type the code that customers will use.")),
        (
            is_shared and bool(coupon.days_valid),
            "days_valid",
            _("One code for all is issued to nobody, so no days can be counted: give it a last day."),
        ),
        (
            is_shared and coupon.valid_until is None,
            "valid_until",
            _("One code for all needs a last day: it can be passed on."),
        ),
        (is_shared and bool(coupon.points_price), "points_price", _("Only a code of its own can be had for points.")),
        (coupon.per_customer_limit == 0, "per_customer_limit", _("Leave it empty for no limit.")),
        (coupon.total_limit == 0, "total_limit", _("Leave it empty for no limit.")),
    ]


@transaction.atomic
def start(coupon: Coupon) -> None:
    """Offer the coupon from now on; its terms stay as they are from here.

    Raises:
        CouponRefused: it is another system's, over, or its terms are not complete.
    """
    locked = _own(coupon)
    for _field, sentence in problems_of(locked):
        raise CouponRefused(sentence, code="INCOMPLETE")
    if locked.valid_until and locked.valid_until < timezone.localdate():
        raise CouponRefused(_("Its last day is past. Give it a later one first."), code="EXPIRED")
    _set_status(coupon, Status.RUNNING)


@transaction.atomic
def stop(coupon: Coupon) -> None:
    """Let nobody use the coupon until it is started again; those who hold one keep it.

    Raises:
        CouponRefused: it does not run.
    """
    if _own(coupon).status != Status.RUNNING:
        raise CouponRefused(_("It does not run."), code="NOT_RUNNING")
    _set_status(coupon, Status.STOPPED)


@transaction.atomic
def save(coupon: Coupon, *, by: User | None = None) -> None:
    """Store the terms as they stand on the row given.

    Raises:
        CouponRefused: they are not complete, or would take back what was promised.
    """
    for field, sentence in problems_of(coupon):
        raise CouponRefused(sentence, code=field)
    if coupon.pk is None:
        coupon.source, coupon.external_id, coupon.made_by = Coupon.OWN, new_number(), by
        coupon.save()
        return
    before = _own(coupon)
    if not before.is_promised:
        coupon.save(update_fields=[*PROMISED, *MAY_CHANGE])
        return
    for sentence in broken_promises(before, coupon):
        raise CouponRefused(sentence, code="PROMISED")
    coupon.save(update_fields=MAY_CHANGE)
    if before.valid_until != coupon.valid_until:
        _move_ends(coupon)


def broken_promises(before: Coupon, after: Coupon) -> list[str]:
    """Return why terms that somebody may hold cannot become these."""
    broken = []
    if any(getattr(before, name) != getattr(after, name) for name in PROMISED):
        broken.append(_("Customers hold this coupon: what it gives cannot change. Copy it and change the copy."))
    if _is_sooner(after.valid_until, than=before.valid_until):
        broken.append(_("Customers were promised a later last day. Stop the coupon if nobody is to use it any more."))
    if after.total_limit is not None and after.total_limit < before.used_count:
        broken.append(_("More than that were used already."))
    return broken


def copy_of(coupon: Coupon) -> Coupon:
    """Return a new draft with the terms of this one, not stored; a code for all is not copied, as it is unique."""
    terms = {name: getattr(coupon, name) for name in (*PROMISED, *MAY_CHANGE) if name != "shared_code"}
    return Coupon(**terms | {"name": _("%(name)s (copy)") % {"name": coupon.name[:180]}})


def _own(coupon: Coupon) -> Coupon:
    """Return the coupon as it is stored, its row locked.

    Raises:
        CouponRefused: it is another system's.
    """
    stored = Coupon.objects.select_for_update(no_key=True).get(pk=coupon.pk)
    if stored.is_history:
        raise CouponRefused(_("This coupon is the record of another system and stays as it is."), code="HISTORY")
    return stored


def _set_status(coupon: Coupon, status: str) -> None:
    Coupon.objects.filter(pk=coupon.pk).update(status=status)
    coupon.status = status


def _is_sooner(day: date | None, *, than: date | None) -> bool:
    return day is not None and (than is None or day < than)


def _move_ends(coupon: Coupon) -> None:
    until = start_of_day(coupon.valid_until + timedelta(days=1)) if coupon.valid_until else None
    terms = {"until": until, "from": coupon.valid_from, "days": coupon.days_valid, "coupon": coupon.pk}
    with connection.cursor() as cursor:
        cursor.execute(MOVE_ENDS, terms | {"zone": timezone.get_default_timezone_name()})
