"""What stands at the head of the API's OpenAPI document. Settings read this, so it imports nothing of Django."""

DOCUMENT = {
    "TITLE": "Dangol API",
    "DESCRIPTION": "Facts in, numbers out. docs/integrators.md is the guide to it.",
    "VERSION": "1",
    "SCHEMA_PATH_PREFIX": "/api/v1/",
    "SERVE_INCLUDE_SCHEMA": False,
    "ENUM_NAME_OVERRIDES": {
        "ConsentChannelEnum": "customers.models.consent.Channel",
        "SalesChannelEnum": "customers.models.shop.Order.SalesChannel",
        "TillActEnum": "loyalty.models.till.TillTransaction.Kind",
    },
    "PREPROCESSING_HOOKS": ["crm_project.api_schema.only_the_api"],
}
