"""Segments over the API: which there are, new ones by a rule, who is in one, and why somebody is or is not."""

import json

from django.db import transaction
from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers, status
from rest_framework.parsers import JSONParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.validators import UniqueValidator

from crm_project.queue import kick
from customers import access_log
from customers.api.posting import MayUseFacts
from customers.api.reading import FactsReader, by_number
from customers.models import AccessLogEntry, Customer, Segment, SegmentMembership
from customers.segments import rules
from customers.segments.errors import RuleError
from customers.segments.explain import explain
from customers.segments.refresh import ONE_JOB

VIEW = AccessLogEntry.Action.VIEW


class SegmentSerializer(serializers.ModelSerializer):
    """A segment with its rule, also in words, and how many are in it."""

    name = serializers.CharField(max_length=100, validators=[UniqueValidator(Segment.objects.all())])
    rule = serializers.JSONField()
    sentence = serializers.SerializerMethodField()

    class Meta:
        model = Segment
        fields = ("id", "name", "description", "rule", "sentence", "is_active", "size", "refreshed_at", "refresh_error")
        read_only_fields = ("size", "refreshed_at", "refresh_error")

    def get_sentence(self, segment: Segment) -> str:
        """Return the rule in words; nothing where it cannot be used any more (`refresh_error` says why)."""
        try:
            return rules.sentence(segment.rule)
        except RuleError:
            return ""

    def validate_rule(self, rule: object) -> object:
        """Refuse a rule that could not be refreshed, with its place and reason."""
        try:
            json.dumps(rule, ensure_ascii=False).encode()  # no half characters, which nothing can store
            rules.check(rule)
        except RuleError as error:
            raise serializers.ValidationError(str(error), code=error.code) from error
        except (ValueError, RecursionError) as error:
            raise serializers.ValidationError(str(error), code=RuleError.code) from error
        return rule


class MemberSerializer(serializers.ModelSerializer):
    """A member: numbers only, personal data is at `customers/`."""

    customer_id = serializers.CharField(source="customer.external_id")
    source = serializers.CharField(source="customer.source")

    class Meta:
        model = SegmentMembership
        fields = ("customer_id", "source", "entered_at")


class MembershipSerializer(serializers.Serializer):
    """Whether and why one customer is in a segment."""

    is_member = serializers.BooleanField(help_text=_("As the segment was last refreshed"))
    entered_at = serializers.DateTimeField(allow_null=True)
    fits_now = serializers.BooleanField(help_text=_("By the rule, asked at this moment"))
    explanation = serializers.JSONField(help_text=_("The rule, condition by condition, with the customer's values"))


class SegmentsReader(FactsReader):
    """What the addresses of segments share: permissions, and no personal data."""

    permission_classes = (MayUseFacts,)
    permissions_to_read: tuple[str, ...] = ("customers.view_segment",)
    permissions_to_post: tuple[str, ...] = ("customers.add_segment",)
    serializer_class = SegmentSerializer

    def get_queryset(self) -> QuerySet[Segment]:
        """Return all segments."""
        return Segment.objects.all()


class SegmentsView(SegmentsReader):
    """All segments; a new one by its name and rule."""

    about = _("Segments with their rules and sizes.")
    about_posting = _("Makes a segment of a name and a rule; its members are counted within seconds.")
    parser_classes = (JSONParser,)

    @transaction.atomic
    def post(self, request: Request) -> Response:
        """Store the segment; the queue counts its members at once."""
        serializer = self.get_serializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        segment = serializer.save(created_by=request.user)
        kick(ONE_JOB, segment.pk)
        return Response(serializer.data, status=status.HTTP_201_CREATED)


class SegmentView(SegmentsReader):
    """One segment."""

    about = _("One segment.")
    pagination_class = None

    def get(self, request: Request, segment_id: int) -> Response:
        """Give out the segment."""
        return Response(self.get_serializer(get_object_or_404(Segment, pk=segment_id)).data)


class SegmentMembersView(SegmentsReader):
    """Who is in a segment, as it was last refreshed, in the order they came in."""

    about = _("Who is in a segment, as it was last refreshed, in the order they came in.")
    serializer_class = MemberSerializer
    permissions_to_read = ("customers.view_segment", "customers.view_segmentmembership")

    def get(self, request: Request, segment_id: int) -> Response:
        """Give out a page of members."""
        get_object_or_404(Segment, pk=segment_id)
        return super().get(request)

    def get_queryset(self) -> QuerySet[SegmentMembership]:
        """Return the members of the segment of the address."""
        members = SegmentMembership.objects.filter(segment=self.kwargs.get("segment_id"))
        return members.select_related("customer")


class SegmentMemberView(SegmentsReader):
    """Whether one customer is in the segment and fits its rule now, condition by condition."""

    about = _("Whether one customer is in a segment and fits its rule now, condition by condition.")
    serializer_class = MembershipSerializer
    number_field = "number"
    permissions_to_read = ("customers.view_segment", "customers.view_customer")
    pagination_class = None

    def get(self, request: Request, segment_id: int, number: str) -> Response:
        """Explain the customer; a look at somebody's facts is logged."""
        segment = get_object_or_404(Segment, pk=segment_id)
        customer = by_number(Customer.objects.living(), number, request=request)
        member = SegmentMembership.objects.filter(segment=segment, customer=customer).first()
        explanation = explain(segment.rule, customer)
        access_log.record_many(
            request, AccessLogEntry.Action.VIEW, customer_ids=[customer.pk], reason=f"API: {segment}"
        )
        return Response(
            {
                "is_member": member is not None,
                "entered_at": member.entered_at if member else None,
                "fits_now": explanation.fits,
                "explanation": explanation.as_dict(),
            }
        )
