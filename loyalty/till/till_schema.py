"""How the till API describes itself: what each call takes and answers, every refusal, and an example of each."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse

from crm_project.api_schema import ApiSchema, ProblemSerializer
from loyalty.till.till_examples import ANSWERS, REQUESTS

REFUSALS = {
    "400": gettext_lazy("A field that cannot be understood, which field names, or no Idempotency-Key"),
    "401": gettext_lazy("No credential, one that is unknown or revoked, or a wrong PIN"),
    "403": gettext_lazy("Not the credential of a till"),
    "422": gettext_lazy("It cannot be booked so; code says why. Sending the same again answers the same"),
    "429": gettext_lazy("Too many calls or look-ups: wait for the seconds of Retry-After"),
}
REFUSALS_OF_A_BOOKING = {
    "409": gettext_lazy("BUSY: send the same with the same key again. QUOTE_CHANGED: the new quote is in the answer")
}
REFUSAL_OF_ONE = {"404": gettext_lazy("There is nothing with this number in this store")}


class TillScheme(OpenApiAuthenticationExtension):
    """The credential of a till."""

    target_class = "loyalty.till.authentication.TerminalAuthentication"
    name = "till"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, str]:
        """Return how the credential is sent."""
        return {"type": "http", "scheme": "bearer", "bearerFormat": "dgt_<prefix>_<secret>"}


class TillSchema(ApiSchema):
    """Describes an operation of the till API."""

    def get_description(self) -> str:
        """Return what the view is about, and who may ask."""
        return f"{self.view.about}\n\n" + _("A till's credential")

    def get_override_parameters(self) -> list[OpenApiParameter]:
        """Return the headers."""
        header = OpenApiParameter.HEADER
        language = OpenApiParameter("Accept-Language", str, header, enum=["ko", "en"])
        staff = OpenApiParameter("Till-Staff", str, header, description=_("The staff number of who stands there"))
        pin = OpenApiParameter("Till-Pin", str, header, description=_("That person's PIN"))
        key_words = _("A UUID that the till keeps before it sends: the request is decided once, whatever is lost")
        key = OpenApiParameter("Idempotency-Key", str, header, required=True, description=key_words)
        own = list(getattr(self.view, "query_parameters", ()))
        return [*([key] if self._books() else []), staff, pin, language, *own]

    def get_request_serializer(self) -> object:
        """Return what is sent."""
        return self.view.takes() if self.method == "POST" else None

    def get_response_serializers(self) -> object:
        """Return the answer and every refusal."""
        refusals = REFUSALS | (REFUSALS_OF_A_BOOKING if self._books() else {})
        refusals |= REFUSAL_OF_ONE if "{" in self.path else {}
        problems = {code: OpenApiResponse(ProblemSerializer, str(why)) for code, why in sorted(refusals.items())}
        return {"201" if self._books() else "200": self.view.serializer_class} | problems

    def get_examples(self) -> list[OpenApiExample]:
        """Return a request and its answer, as they are in docs/till.md."""
        name = type(self.view).__name__
        examples = [OpenApiExample("answer", value=ANSWERS[name], response_only=True, status_codes=["200", "201"])]
        if name in REQUESTS:
            examples.append(OpenApiExample("request", value=REQUESTS[name], request_only=True))
        return examples

    def _is_list(self) -> bool:
        return False

    def _books(self) -> bool:
        return bool(getattr(self.view, "books", False))
