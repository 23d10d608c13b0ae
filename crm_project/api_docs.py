"""The API's documentation for staff: its OpenAPI document drawn as a page of ours, without scripts of others."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from drf_spectacular.generators import SchemaGenerator

Document = dict[str, Any]
DEEPEST = 3


@dataclass(frozen=True)
class Field:
    """A field of a record or an answer, or a parameter."""

    name: str
    kind: str
    explanation: str
    is_required: bool = False
    choices: tuple[str, ...] = ()


@dataclass(frozen=True)
class Operation:
    """One thing that can be asked of the API."""

    method: str
    path: str
    about: str
    permission: str
    parameters: list[Field]
    fields: list[Field]
    example: str
    answer: list[Field]
    refusals: list[tuple[str, str]]

    @property
    def anchor(self) -> str:
        """Return the operation's name within the page."""
        return f"{self.method}{self.path}".replace("/", "-").strip("-")


def api_docs(request: HttpRequest) -> HttpResponse:
    """Show what can be asked of the API, in the reader's language."""
    document = SchemaGenerator().get_schema(request=None, public=True)
    groups: dict[str, list[Operation]] = {}
    for operation, tag in _operations(document):
        groups.setdefault(tag, []).append(operation)
    context = admin.site.each_context(request) | {"title": _("API documentation"), "groups": groups}
    return render(request, "operations/api_docs.html", context)


def _operations(document: Document) -> Iterator[tuple[Operation, str]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield _operation(document, path, method, operation), operation["tags"][0]


def _operation(document: Document, path: str, method: str, operation: Document) -> Operation:
    about, _gap, permission = operation["description"].partition("\n\n")
    body = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
    responses = operation["responses"]
    answer = next(response["content"]["application/json"]["schema"] for response in responses.values())
    return Operation(
        method.upper(),
        path,
        about,
        permission.replace("`", ""),
        [_parameter(each) for each in operation.get("parameters", [])],
        list(_fields(document, body.get("schema", {}).get("items") or body.get("schema", {}))),
        _example(body),
        list(_fields(document, answer)),
        [(code, response["description"]) for code, response in responses.items() if code >= "400"],
    )


def _parameter(parameter: Document) -> Field:
    schema = parameter["schema"]
    choices = tuple(schema.get("enum", ()))
    # What choices mean is said in lists where they are stored; here their words are enough.
    explanation = "" if choices and parameter["in"] == "query" else parameter.get("description", "")
    place = {"query": "?", "header": ""}.get(parameter["in"], "")
    is_required = parameter.get("required", False)
    return Field(place + parameter["name"], _kind(schema), explanation, is_required, choices)


def _fields(document: Document, schema: Document, *, before: str = "", depth: int = 0) -> Iterator[Field]:
    schema = _resolve(document, schema)
    required = schema.get("required", ())
    for name, described in schema.get("properties", {}).items():
        inner = _resolve(document, described)
        explanation = described.get("description") or inner.get("description", "")
        choices = tuple(inner.get("enum", ()))
        yield Field(
            before + name,
            _kind(inner),
            "" if choices and "*" in explanation else explanation,
            name in required,
            choices,
        )
        nested = inner.get("items", inner)
        if depth < DEEPEST and ("$ref" in nested or nested.get("properties")):
            mark = "[]." if "items" in inner else "."
            yield from _fields(document, nested, before=f"{before}{name}{mark}", depth=depth + 1)


def _resolve(document: Document, schema: Document) -> Document:
    """Return what a reference stands for, with what is said beside it."""
    together = schema.get("allOf") or schema.get("oneOf")
    if together:
        return _resolve(document, together[0]) | {key: value for key, value in schema.items() if key == "description"}
    if "$ref" not in schema:
        return schema
    return document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]


def _kind(schema: Document) -> str:
    return str(schema.get("format") or schema.get("type", ""))


def _example(body: Document) -> str:
    examples = [each["value"] for each in body.get("examples", {}).values()]
    return json.dumps(examples[0], ensure_ascii=False, indent=1) if examples else ""
