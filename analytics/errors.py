"""Refusals of analytics that a marketer can read."""

from crm_project.errors import BusinessError


class PeriodRefused(BusinessError):
    """Two days that make no period."""

    code = "period"


class UnknownKpi(BusinessError):
    """A KPI that nobody registered."""

    code = "kpi"


class SliceRefused(BusinessError):
    """A part of the shop that is not there."""

    code = "slice"


class ComparisonRefused(BusinessError):
    """Too few or too many campaigns to stand side by side."""

    code = "comparison"


class SumsDiffer(BusinessError):
    """A kept sum is not what the facts add up to."""

    code = "sums"


class CreditsDoNotAddUp(BusinessError):
    """Campaigns are credited with more or less than their orders brought."""

    code = "credits"


class SpendFileRefused(BusinessError):
    """A file of marketing spend that cannot be read at all."""

    code = "spend_file"
