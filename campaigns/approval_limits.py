"""From when on an approver types the number of recipients, and from when on two must agree (U-04). Settings say when.

By audience and by cost: a text message to ten thousand costs as much as a mail to a million.
"""

from django.conf import settings


def needs_count(recipients: int, cost: int = 0) -> bool:
    """Tell whether the approver must type the number of recipients; cost is won."""
    return _reaches(recipients, settings.APPROVAL_COUNT_FROM) or _reaches(cost, settings.APPROVAL_COST_FROM)


def needs_second(recipients: int, cost: int = 0) -> bool:
    """Tell whether two approvers must agree, neither of them the author; cost is won."""
    by_audience = _reaches(recipients, settings.SECOND_APPROVAL_COUNT_FROM)
    return by_audience or _reaches(cost, settings.SECOND_APPROVAL_COST_FROM)


def _reaches(number: int, threshold: int) -> bool:
    return bool(threshold) and number >= threshold
