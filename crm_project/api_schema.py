"""How the API describes itself: what drf-spectacular cannot see is added here, once for every view.

A view says what it is `about`, and names its permissions; one that takes lists says in `record_schema` what a record is
(`crm_project.api_schema.Records`). Descriptions are written when they are asked for, in the reader's language.
"""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiRequest, OpenApiResponse
from rest_framework import serializers

Schema = dict[str, object]
# Every call may be refused so; docs/integrators.md says what to do then.
REFUSALS = {
    "401": gettext_lazy("No key, or one that is unknown, revoked or expired"),
    "403": gettext_lazy("The account lacks a permission"),
    "429": gettext_lazy("Too many calls: wait for the seconds of Retry-After"),
}
REFUSALS_OF_A_LIST = {
    "400": gettext_lazy("No list of at most 1,000 objects, or broken JSON"),
    "409": gettext_lazy("The first request with this Idempotency-Key is still running"),
    "413": gettext_lazy("More than 5 MB"),
    "422": gettext_lazy("This Idempotency-Key was used for another request"),
}
REFUSALS_OF_ONE = {"400": gettext_lazy("A field that cannot be understood")}
NOT_FOUND = gettext_lazy("There is nothing with this number")


@dataclass(frozen=True)
class Records:
    """What one record of a posted list holds, and a list that is taken in as it stands."""

    schema: Schema
    example: list[dict[str, object]]


class ProblemSerializer(serializers.Serializer):
    """A refusal."""

    code = serializers.CharField(help_text=gettext_lazy("Stable, for machines"))
    detail = serializers.CharField(help_text=gettext_lazy("A sentence in the language of Accept-Language"))
    field = serializers.CharField(required=False, help_text=gettext_lazy("The field that is to blame"))


class RecordResultSerializer(serializers.Serializer):
    """What became of one record."""

    index = serializers.IntegerField(help_text=gettext_lazy("Its place in the list, from 0"))
    result = serializers.ChoiceField(["new", "changed", "unchanged", "refused"])
    field = serializers.CharField(required=False, help_text=gettext_lazy("Of a refused record: the field to blame"))
    code = serializers.CharField(required=False, help_text=gettext_lazy("Of a refused record: why, for machines"))
    message = serializers.CharField(required=False, help_text=gettext_lazy("Of a refused record: why, in a sentence"))


class TakenInSerializer(serializers.Serializer):
    """What became of a posted list."""

    read = serializers.IntegerField(help_text=gettext_lazy("Records in the list"))
    new = serializers.IntegerField()
    changed = serializers.IntegerField()
    unchanged = serializers.IntegerField()
    refused = serializers.IntegerField(help_text=gettext_lazy("Records that were not stored; all others were"))
    results = RecordResultSerializer(many=True)
    notices = serializers.ListField(
        child=serializers.CharField(), help_text=gettext_lazy("Columns that nobody reads, such as misspelt ones")
    )


class ApiKeyScheme(OpenApiAuthenticationExtension):
    """The key of a machine."""

    target_class = "crm_project.api_keys.ApiKeyAuthentication"
    name = "apiKey"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, str]:
        """Return how the key is sent."""
        return {"type": "http", "scheme": "bearer", "bearerFormat": "dgl_<prefix>_<secret>"}


class ApiSchema(AutoSchema):
    """Describes an operation: what it is about, whom it serves, what it takes, answers and refuses."""

    def get_description(self) -> str:
        """Return what the view is about, and what it asks for."""
        needed = ", ".join(f"`{name}`" for name in self._permissions())
        about = getattr(self.view, "about_posting", "") if self.method == "POST" else ""
        return f"{about or self.view.about}\n\n" + _("Permission: %(names)s") % {"names": needed}

    def get_override_parameters(self) -> list[OpenApiParameter]:
        """Return the parameters that no filter describes."""
        language = OpenApiParameter(
            "Accept-Language", str, OpenApiParameter.HEADER, enum=["ko", "en"], description=_("Language of sentences")
        )
        if self._takes_lists():
            return [self._source(), self._idempotency_key(), language]
        return [language, *getattr(self.view, "query_parameters", ())] + ([] if self._is_list() else self._of_one())

    def get_request_serializer(self) -> object:
        """Return what a posted list holds, or one posted thing."""
        if not self._takes_lists():
            return self._get_serializer() if self.method == "POST" else None
        records: Records = self.view.describe_records()
        body = {"type": "array", "maxItems": 1_000, "items": records.schema}
        example = OpenApiExample("list", value=records.example, request_only=True)
        return {"application/json": OpenApiRequest(body, examples=[example])}

    def get_response_serializers(self) -> object:
        """Return the answer and every refusal."""
        refusals, is_made = dict(REFUSALS), self.method == "POST" and not self._takes_lists()
        if self.method == "POST":
            refusals |= REFUSALS_OF_ONE if is_made else REFUSALS_OF_A_LIST
        else:
            refusals |= {} if self._is_list() else {"404": NOT_FOUND}
        answer = TakenInSerializer if self._takes_lists() else self._get_serializer()
        problems = {code: OpenApiResponse(ProblemSerializer, str(why)) for code, why in sorted(refusals.items())}
        return {"201" if is_made else "200": answer} | problems

    def _is_list_view(self, serializer: object = None) -> bool:
        return self._is_list()

    def _takes_lists(self) -> bool:
        return self.method == "POST" and hasattr(self.view, "describe_records")

    def _is_list(self) -> bool:
        return self.method == "GET" and getattr(self.view, "pagination_class", None) is not None

    def _permissions(self) -> tuple[str, ...]:
        name = "permissions_to_post" if self.method == "POST" else "permissions_to_read"
        return getattr(self.view, name)

    def _of_one(self) -> list[OpenApiParameter]:
        return [self._source()] if hasattr(self.view, "number_field") else []

    def _source(self) -> OpenApiParameter:
        why = _("The system whose numbers are used, where a shop has several. Otherwise: shop")
        return OpenApiParameter("source", str, description=why)

    def _idempotency_key(self) -> OpenApiParameter:
        why = _("A UUID of yours: the same request with the same key is carried out once and answered the same")
        return OpenApiParameter("Idempotency-Key", str, OpenApiParameter.HEADER, description=why)


def describe(text: str | Promise, **more: object) -> Schema:
    """Return a field's schema with its description in the reader's language."""
    return {**more, "description": str(text)}


def only_the_api(endpoints: list[tuple]) -> list[tuple]:
    """Leave out what is no part of the API, such as links in mails."""
    return [endpoint for endpoint in endpoints if endpoint[0].startswith("/api/v1/")]
