"""Membership cards: handed out at the desk by scanning them, blocked when they are lost."""

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from loyalty.desk.typed import card_number
from loyalty.errors import DeskRefused
from loyalty.models import MembershipCard


def hand_out(account_id: int, number: str) -> MembershipCard:
    """Give a member a card; the ones they had are blocked. The same card again changes nothing.

    Raises:
        DeskRefused: that is no card number (`BAD_CARD`), or the card is another member's or was blocked (`CARD_TAKEN`).
    """
    plain = card_number(number)
    if not plain:
        raise DeskRefused(_("A card number has 6 to 32 digits or letters."), code="BAD_CARD")
    own = MembershipCard.objects.filter(account=account_id, blocked_at=None)
    try:
        with transaction.atomic():
            known = own.filter(number=plain).first()
            own.exclude(number=plain).update(blocked_at=timezone.now())
            return known or MembershipCard.objects.create(account_id=account_id, number=plain)
    except IntegrityError as error:
        raise DeskRefused(_("This card was given out before. Take another one."), code="CARD_TAKEN") from error
