"""How the API describes itself: what drf-spectacular cannot see is added here, once for every view."""

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema


class ApiKeyScheme(OpenApiAuthenticationExtension):
    """The key of a machine."""

    target_class = "crm_project.api_keys.ApiKeyAuthentication"
    name = "apiKey"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, str]:
        """Return how the key is sent."""
        return {"type": "http", "scheme": "bearer", "bearerFormat": "dgl_<prefix>_<secret>"}


class ApiSchema(AutoSchema):
    """Tags operations by what they are about, and describes errors, limits and permissions of each."""
