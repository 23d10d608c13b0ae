"""Reasons that lie in the person and the address, whatever is sent."""

from datetime import date

from dateutil.relativedelta import relativedelta
from django.db.models import Exists, OuterRef, Q

from campaigns.models import SkipReason, Suppression
from campaigns.pipeline.gate.question import EVERYBODY, Condition, Question, Reason
from customers.models import GuardianConsent

UNDER_AGE_YEARS = 14


def reasons(question: Question) -> list[Reason]:
    """Return the reasons in the order in which they are asked."""
    found: list[Reason] = []
    if not question.campaign.purpose:
        found.append((SkipReason.PURPOSE_UNSET, EVERYBODY))
    found += [
        (SkipReason.ERASED, Q(erased_at__isnull=False)),
        (SkipReason.MERGED, Q(merged_into__isnull=False)),
        (SkipReason.UNDER14, _is_child(question.today)),
    ]
    if question.is_live:
        found.append((SkipReason.DEMO_ACCOUNT, Q(is_demo=True)))
    return [*found, (SkipReason.NO_ADDRESS, Q(address="")), (SkipReason.SUPPRESSED, _suppressed(question))]


def _is_child(today: date) -> Condition:
    """Under fourteen, and no guardian allowed it (P-11)."""
    allowed = Exists(GuardianConsent.objects.filter(customer=OuterRef("pk")))
    # Of 29 February the 28th, so that nobody counts as older than they are.
    return Q(birthday__gt=today - relativedelta(years=UNDER_AGE_YEARS)) & Q(~allowed)


def _suppressed(question: Question) -> Exists:
    """A bounce or an address that does not exist stops everything, a complaint only advertising (E-06)."""
    entries = Suppression.objects.filter(channel=question.channel.consent, address=OuterRef("address"))
    dead = Q(blocks_information=True) | Q(reason__in=[Suppression.Reason.BOUNCE, Suppression.Reason.INVALID])
    return Exists(entries if question.is_advertising else entries.filter(dead))
