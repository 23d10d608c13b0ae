"""Goods whose sale is prohibited: no campaign that names them is started, and lifting that takes two people (L-15)."""

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from campaigns.compliance.authored import written_for
from campaigns.errors import NotAllowed, NotReady
from campaigns.models import Campaign, RestrictedCategory

MAY_LIFT = "campaigns.lift_restrictedcategory"


def named_in(campaign: Campaign) -> list[str]:
    """Return the restricted goods that an advertisement is for or speaks of."""
    if campaign.purpose == Campaign.MessagePurpose.INFORMATION:
        return []
    restricted = list(RestrictedCategory.objects.filter(lifted_at=None).values_list("name", flat=True))
    if not restricted:
        return []
    said = f"{campaign.name} {campaign.existing_customer_category} {written_for(campaign)}".casefold()
    return [name for name in restricted if name.casefold() in said]


def problems(campaign: Campaign) -> list[str]:
    """Return why the campaign may not be sent, as sentences."""
    message = _("“%s” may not be advertised (L-15). Take it out, or have the restriction lifted by two people.")
    return [message % name for name in named_in(campaign)]


@transaction.atomic
def ask_to_lift(restricted: RestrictedCategory, *, reason: str, by: User) -> None:
    """Ask a second person to lift a restriction.

    Raises:
        NotAllowed: no permission.
        NotReady: no reason, or it is lifted already.
    """
    held = _held(restricted, by)
    if not reason.strip():
        raise NotReady([_("Say why these goods may be advertised.")])
    held.lift_reason, held.lift_asked_by = reason.strip()[:300], by
    held.save(update_fields=["lift_reason", "lift_asked_by"])


@transaction.atomic
def lift(restricted: RestrictedCategory, *, by: User) -> None:
    """Lift a restriction that somebody else asked to be lifted.

    Raises:
        NotAllowed: no permission, nobody asked, or `by` did.
        NotReady: it is lifted already.
    """
    held = _held(restricted, by)
    if held.lift_asked_by is None or held.lift_asked_by == by:
        raise NotAllowed(_("Lifting takes two people: one asks for it, another one agrees."))
    held.lifted_by, held.lifted_at = by, timezone.now()
    held.save(update_fields=["lifted_by", "lifted_at"])


def _held(restricted: RestrictedCategory, by: User) -> RestrictedCategory:
    if not by.has_perm(MAY_LIFT):
        raise NotAllowed(_("You may not lift restrictions. Ask somebody with the permission."))
    held = RestrictedCategory.objects.select_for_update(no_key=True).get(pk=restricted.pk)
    if held.lifted_at:
        raise NotReady([_("This restriction is lifted already.")])
    return held
