"""Refusals of analytics that a marketer can read."""

from crm_project.errors import BusinessError


class PeriodRefused(BusinessError):
    """Two days that make no period."""

    code = "period"


class UnknownKpi(BusinessError):
    """A KPI that nobody registered."""

    code = "kpi"
