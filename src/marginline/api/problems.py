"""Errors as problem details: which field, its value, the unit, and what to do instead."""

from __future__ import annotations

import logging
from http import HTTPStatus

import msgspec
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from marginline.api.answers import Problem
from marginline.errors import InputError, VenueError, shown
from marginline.risk.inputs import UNITS

log = logging.getLogger(__name__)
MEDIA_TYPE = "application/problem+json"
_MISSING = frozenset({"name", "alert_id"})
_UNITS = {
    **UNITS,
    "target": "fraction, 0.6 is 60 %",
    "warn": "fraction, 0.7 is 70 %",
    "act": "fraction, 0.8 is 80 %",
    "rearm": "fraction, 0.03 is 3 points",
    "span": "seconds, or 1h, 24h, 7d, 30d",
    "within_s": "seconds",
    "looks_s": "seconds",
    "dwell_s": "seconds",
    "cooldown_s": "seconds",
    "remind_s": "seconds",
    "hours": "hours",
    "edge": "fraction within within_s, 0.01 is 1 %",
}
_REMEDIES = {
    "bool_parsing": "write true or false",
    "int_parsing": "write a whole number",
    "greater_than_equal": "give {ge} or more",
    "less_than_equal": "give {le} or less",
    "string_too_long": "write at most {max_length} characters",
    "too_long": "give at most {max_length}",
}
_GRID_SPAN = "fraction, 0.1 is ±10 %"


class BodyError(InputError):
    """A body that does not fit its form."""


def problem(status: int, detail: str, **more: str | None) -> Problem:
    """A problem; `more` gives field, value, unit, remedy."""
    return Problem(
        type="about:blank",
        title=HTTPStatus(status).phrase,
        status=status,
        detail=detail,
        field=more.get("field"),
        value=more.get("value"),
        unit=more.get("unit"),
        remedy=more.get("remedy"),
    )


def answer(found: Problem, headers: dict[str, str] | None = None) -> Response:
    """A problem as the answer to a request."""
    content = msgspec.json.encode(found)
    return Response(content, found.status, headers, media_type=MEDIA_TYPE)


def of_input(error: InputError, asked: str = "") -> Problem:
    """What a wrong input comes to: 404 where it names what there is not, else 422.

    `asked`: the path of the request.
    """
    first = error.problems[0]
    last = first.path.rpartition(".")[2]
    status = 404 if first.path in _MISSING and not isinstance(error, BodyError) else 422
    others = len(error.problems) - 1
    more = f" (and {others} more: {'; '.join(map(str, error.problems[1:6]))})" if others else ""
    return problem(
        status,
        f"{first.path}: {first.message}{more}",
        field=first.path,
        value=first.value or None,
        unit=_GRID_SPAN if last == "span" and asked.endswith("/grid") else _UNITS.get(last),
        remedy=first.remedy or None,
    )


async def _input_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, InputError)
    return answer(of_input(error, request.url.path))


def of_venue(error: VenueError) -> Problem:
    """A venue that gave no answer: 422 where it refuses the key, 503 where it asks to wait."""
    status = {"key": 422, "busy": 503}.get(error.failure, 502)
    field = "key" if status == 422 else None
    detail = f"{error.call}: {error.message}"
    return problem(status, detail, field=field, remedy=error.remedy or None)


async def _venue_error(_: Request, error: Exception) -> Response:
    assert isinstance(error, VenueError)
    wait = error.retry_after
    return answer(of_venue(error), None if wait is None else {"Retry-After": str(wait)})


async def _invalid(_: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    first = error.errors()[0]
    field = ".".join(str(part) for part in first["loc"][1:])
    kind, bounds = first["type"], first.get("ctx", {})
    remedy: str | None
    if kind == "missing":
        text, remedy = "is missing", "give it"
    else:
        text = first["msg"]
        remedy = _REMEDIES.get(kind, "").format(**bounds) or None
    value = None if kind == "missing" else shown(str(first.get("input", "")))
    unit = _UNITS.get(field)
    found = problem(422, f"{field}: {text}", field=field, value=value, unit=unit, remedy=remedy)
    return answer(found)


async def _http(_: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    headers = None if error.headers is None else dict(error.headers)
    return answer(problem(error.status_code, str(error.detail)), headers)


async def _fault(request: Request, error: Exception) -> Response:
    log.error("%s %s failed", request.method, request.url.path, exc_info=error)
    text = "marginline failed to answer; what it did is in its log, and the monitor goes on"
    return answer(problem(500, text, remedy="report it with the log"))


def install(app: FastAPI) -> None:
    """Every error of the app as a problem."""
    app.add_exception_handler(InputError, _input_error)
    app.add_exception_handler(VenueError, _venue_error)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(Exception, _fault)
