"""Every refusal of the API in one form: `{"code": …, "detail": …}`, and `field` where one is to blame.

`code` is stable and for machines; `detail` is a sentence in Korean, or in English with `Accept-Language: en`.
"""

from django.core.exceptions import PermissionDenied
from django.http import Http404
from rest_framework.exceptions import APIException, ErrorDetail, NotFound
from rest_framework.exceptions import PermissionDenied as ApiPermissionDenied
from rest_framework.response import Response
from rest_framework.views import exception_handler

from crm_project.errors import BusinessError

# What a client may rely on; docs/integrators.md says what each means.
HTTP_UNPROCESSABLE = 422


def answer_error(error: Exception, context: dict[str, object]) -> Response | None:
    """Return the answer for an error that a client can do something about; None for one that is ours."""
    if isinstance(error, BusinessError):
        return Response({"code": error.code, "detail": str(error)}, status=HTTP_UNPROCESSABLE)
    if isinstance(error, Http404):
        error = NotFound()
    if isinstance(error, PermissionDenied):
        error = ApiPermissionDenied()
    response = exception_handler(error, context)
    if response is not None and isinstance(error, APIException):
        response.data = _problem(error.detail)
    return response


def _problem(detail: object, field: str = "") -> dict[str, str]:
    """Return the first thing that is wrong; DRF nests them by field and in lists."""
    if isinstance(detail, dict):
        name, first = next(iter(detail.items()))
        return _problem(first, field if name in ("detail", "non_field_errors") else name)
    if isinstance(detail, list):
        return _problem(detail[0], field)
    code = detail.code if isinstance(detail, ErrorDetail) else "error"
    problem = {"code": str(code), "detail": str(detail)}
    return problem | {"field": field} if field else problem
