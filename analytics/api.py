"""KPIs over the API."""

from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from analytics import kpis
from analytics.errors import PeriodRefused, UnknownKpi


class MaySeeResults(BasePermission):
    """Who may see credited orders may see the KPIs."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        """Ask the account behind the key or the session."""
        return request.user.has_perm("analytics.view_attributedorder")


class KpiView(APIView):
    """`GET /api/v1/kpis/rpr/?from=2026-11-01&to=2026-11-30`: value, numerator, denominator, and the period's days."""

    permission_classes = (MaySeeResults,)

    def get(self, request: Request, name: str) -> Response:
        """Read the KPI; without days, over its usual period."""
        try:
            found = kpis.find(name)
            period = found.usual_period(first=request.query_params.get("from"), last=request.query_params.get("to"))
        except UnknownKpi as error:
            raise NotFound(str(error), code=error.code) from error
        except PeriodRefused as error:
            raise ValidationError({"detail": str(error)}, code=error.code) from error
        return Response(kpis.as_json(found, period))
