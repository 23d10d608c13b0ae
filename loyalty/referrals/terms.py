"""The terms of referrals that hold now."""

from loyalty import ledger
from loyalty.models import ReferralTerms


def terms_in_force() -> ReferralTerms | None:
    """Return the terms; None where referrals have not begun."""
    terms = ReferralTerms.objects.filter(program=ledger.current_program()).first()
    return terms if terms and terms.begins_on else None
