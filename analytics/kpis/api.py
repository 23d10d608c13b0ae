"""KPIs over the API."""

from django.utils.translation import gettext_lazy as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from analytics import kpis
from analytics.errors import PeriodRefused, SliceRefused, UnknownKpi
from analytics.kpis import slices

MAY_SEE_RESULTS = "analytics.view_attributedorder"


class MaySeeResults(BasePermission):
    """Who may see credited orders may see the KPIs."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        """Ask the account behind the key or the session."""
        return request.user.has_perm(MAY_SEE_RESULTS)


class KpiSerializer(serializers.Serializer):
    """The reading of a KPI: won and days as whole numbers, shares as fractions of one."""

    name = serializers.CharField()
    value = serializers.FloatField(allow_null=True, help_text=_("null where there is nothing to divide by"))
    numerator = serializers.IntegerField()
    denominator = serializers.IntegerField()

    def get_fields(self) -> dict[str, serializers.Field]:
        """Add the period's days, whose names Python keeps for itself."""
        return super().get_fields() | {"from": serializers.DateField(), "to": serializers.DateField()}


class KpiView(APIView):
    """`GET /api/v1/kpis/rpr/?from=2026-11-01&to=2026-11-30`: value, numerator, denominator, and the period's days."""

    permission_classes = (MaySeeResults,)
    permissions_to_read = (MAY_SEE_RESULTS,)
    serializer_class = KpiSerializer
    about = _(
        "A KPI over a period, with what it was divided by. Without days: its usual period. Of a part of the shop where "
        "a segment, store, source or month is given."
    )
    query_parameters = (
        OpenApiParameter("from", OpenApiTypes.DATE, description=_("First day, included")),
        OpenApiParameter("to", OpenApiTypes.DATE, description=_("Last day, included")),
        OpenApiParameter("segment", OpenApiTypes.STR, description=_("Name or number of a segment: its members now")),
        OpenApiParameter("store", OpenApiTypes.STR, description=_("Number of a store: purchases made there")),
        OpenApiParameter("source", OpenApiTypes.STR, description=_("Acquisition source of the customers")),
        OpenApiParameter("cohort", OpenApiTypes.STR, description=_("Month of the first purchase: 2026-11")),
    )

    def get(self, request: Request, name: str) -> Response:
        """Read the KPI; without days, over its usual period; of everybody, or of the slice asked for."""
        try:
            found = kpis.find(name)
            period = found.usual_period(first=request.query_params.get("from"), last=request.query_params.get("to"))
            within = slices.asked_for(request.query_params)
        except UnknownKpi as error:
            raise NotFound(str(error), code=error.code) from error
        except (PeriodRefused, SliceRefused) as error:
            raise ValidationError({"detail": str(error)}, code=error.code) from error
        return Response(kpis.as_json(found, period, within))
