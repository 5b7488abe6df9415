"""The API described: schemas from the structs and documents that are encoded, nothing by hand."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from marginline.api.answers import Problem

_REF = "#/components/schemas/{name}"
_WORDS = {
    400: "The request cannot be read",
    403: "Not from here: Host or Origin is not ours",
    401: "A token is needed",
    404: "There is no such thing",
    405: "Not this method",
    413: "The body is too large",
    415: "Not JSON",
    422: "A field is wrong; the problem names it",
    429: "Too many wrong tokens",
    502: "The venue gives no answer that may be used",
    503: "The venue asks to wait",
}
ALWAYS = (401, 403, 404, 405, 413, 422, 429)

Responses = dict[int | str, dict[str, Any]]
_TYPES: dict[str, object] = {}


def _anything(kind: type) -> dict[str, Any]:
    """The schema of what may be any JSON."""
    assert kind is object, f"no JSON Schema for {kind}"
    return {"description": "Any JSON."}


def schema_of(kind: object) -> dict[str, Any]:
    """A reference to the schema of a struct or document, which then is among the components."""
    (found,), _ = msgspec.json.schema_components([kind], schema_hook=_anything, ref_template=_REF)
    _TYPES[repr(kind)] = kind
    return found


def answers(kind: object | None, words: str, *codes: int, media: str | None = None) -> Responses:
    """The answers of a route: 200 with a body of `kind`, and problems of each code."""
    schema = {"type": "string"} if kind is None else schema_of(kind)
    kinds = media or ("application/json" if kind is not None else "text/plain")
    found: Responses = {200: {"description": words, "content": {kinds: {"schema": schema}}}}
    for code in sorted({*ALWAYS, *codes}):
        content = {"application/problem+json": {"schema": schema_of(Problem)}}
        found[code] = {"description": _WORDS[code], "content": content}
    return found


def answer_of(kind: object, code: int, words: str) -> Responses:
    """One more answer of a route: `kind` with another code."""
    content = {"application/json": {"schema": schema_of(kind)}}
    return {code: {"description": words, "content": content}}


def body(kind: object) -> dict[str, Any]:
    """The description of a JSON body of `kind`."""
    content = {"application/json": {"schema": schema_of(kind)}}
    return {"requestBody": {"required": True, "content": content}}


def install(app: FastAPI) -> None:
    """`app.openapi()` with the components of every type that a route names."""

    def described() -> dict[str, Any]:
        if app.openapi_schema is None:
            found = get_openapi(
                title=app.title,
                version=app.version,
                description=app.description,
                routes=app.routes,
            )
            _, components = msgspec.json.schema_components(
                list(_TYPES.values()), schema_hook=_anything, ref_template=_REF
            )
            schemas: Mapping[str, Any] = found.get("components", {}).get("schemas", {})
            kept = {k: v for k, v in schemas.items() if "ValidationError" not in k}
            found["components"] = {"schemas": dict(sorted({**kept, **components}.items()))}
            app.openapi_schema = found
        return app.openapi_schema

    app.openapi = described  # type: ignore[method-assign]
