"""Tiers given by hand: with a first and a last day and a reason. No evaluation ever shortens one; a person may."""

from datetime import date, timedelta

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from customers.models import Customer
from loyalty.errors import TierGrantRefused
from loyalty.models import Tier, TierCause, TierGrant
from loyalty.tiers import ladder
from loyalty.tiers.evaluation import settle

LONGEST_YEARS = 5


@transaction.atomic
def grant(
    customer: Customer, tier: Tier, *, ends_on: date, reason: str, by: User | None, starts_on: date | None = None
) -> TierGrant:
    """Give a customer a tier until the end of a day (KST), from today or from a later day on.

    It lifts and never lowers: who earns more holds that. From the day after, what was earned holds.

    Raises:
        TierGrantRefused: no reason, days that do not fit, or a tier that is not on the ladder or that everybody has.
    """
    today = timezone.localdate()
    starts_on, reason = starts_on or today, reason.strip()
    if not reason:
        raise TierGrantRefused(_("Say why the customer gets the tier: the reason stays in the history."))
    if not today <= starts_on <= ends_on:
        raise TierGrantRefused(_("The last day must not lie before the first, nor the first before today."))
    if ends_on > today + timedelta(days=366 * LONGEST_YEARS):
        raise TierGrantRefused(_("A tier is given for at most %(years)d years.") % {"years": LONGEST_YEARS})
    rules = ladder.current()
    if rules is None or tier.pk not in rules.tier_ids[1:]:
        raise TierGrantRefused(_("“%(tier)s” cannot be given: choose a tier above the lowest one.") % {"tier": tier})
    given = TierGrant.objects.create(
        customer=customer, tier=tier, starts_on=starts_on, ends_on=ends_on, reason=reason[:300], granted_by=by
    )
    settle([customer.pk], cause=TierCause.GRANTED)
    return given


@transaction.atomic
def withdraw(grant_id: int, *, by: User | None) -> TierGrant:
    """End a grant now; the customer holds what was earned. The row stays, with who took it back.

    Raises:
        TierGrantRefused: it has ended already.
    """
    given = TierGrant.objects.select_for_update().get(pk=grant_id)
    if given.withdrawn_at or given.ends_on < timezone.localdate():
        raise TierGrantRefused(_("This grant has ended already."))
    given.withdrawn_at, given.withdrawn_by = timezone.now(), by
    given.save(update_fields=["withdrawn_at", "withdrawn_by"])
    settle([given.customer_id])
    return given
