"""The published JSON Schema of the assessment, generated from the menu of measures.

It stands in `core/schemas/assessment-1.json`; a test compares the two, so neither can drift.
"""

from __future__ import annotations

import json
from collections.abc import Iterable

from marginline.core.account.account import VENUES
from marginline.core.assessment.assessment import ASSESSMENT_SCHEMA
from marginline.core.distance.distance import ALONE, TOGETHER, WITH_ORDERS
from marginline.core.document._kinds import Schema
from marginline.core.findings import Code, Severity, Status
from marginline.core.measures import (
    ASSET_MEASURES,
    MEANINGS,
    POOL_MEASURES,
    POSITION_MEASURES,
    REQUIREMENT_MEASURES,
    Measure,
    Unit,
)
from marginline.core.pool.pool import Kind

NUMBER = r"^-?(0|[1-9][0-9]*)(\.[0-9]*[1-9])?$"
_DRAFT = "https://json-schema.org/draft/2020-12/schema"
_UNITS = {
    Unit.ASSET: "an amount of the asset it stands in",
    Unit.FRACTION: "a fraction",
    Unit.PRICE: "a price",
    Unit.NUMBER: "a plain number",
}


def assessment_schema() -> Schema:
    """The assessment document as a JSON Schema, draft 2020-12."""
    account = _measures([Measure.EQUITY], POOL_MEASURES + _optional())
    return {
        "$schema": _DRAFT,
        "$id": "urn:" + ASSESSMENT_SCHEMA.replace("/", ":"),
        "title": ASSESSMENT_SCHEMA,
        "description": "What an account is worth, what it must hold, how far forced action is.",
        **_record(
            {
                "schema": {"const": ASSESSMENT_SCHEMA, "description": "this format"},
                "venue": {"enum": list(VENUES), "description": "whose rulebook applied"},
                "mode": _text("the venue's account mode; absent where it has one only"),
                "name": _text("the account's label, where it has one"),
                "source": _text("the file or connection it came from, where that is known"),
                "age_seconds": {
                    "type": "integer",
                    "description": "age of the oldest input when judged, where a clock is given",
                },
                "as_of": {
                    "type": "string",
                    "format": "date-time",
                    "description": "the moment judged",
                },
                "rulebook": _ref("rulebook"),
                "status": _ref("status"),
                "asset": _text("what the account-wide measures stand in"),
                "measures": account
                | {"description": "account-wide; of several pools equity alone"},
                "reported": _reported(),
                "pools": _list("pool", "what is liquidated together, each by itself"),
                "findings": _list("finding", "what concerns the whole account"),
            },
            optional=("mode", "name", "source", "age_seconds", "reported"),
        ),
        "$defs": _definitions(),
    }


def schema_text() -> str:
    """The schema as the package carries it."""
    return json.dumps(assessment_schema(), indent=2, ensure_ascii=False) + "\n"


def _definitions() -> Schema:
    named = {
        "asset": _asset(),
        "distance": _distance(),
        "finding": _finding(),
        "move": _move(),
        "nearest": _move(way={"enum": [ALONE, TOGETHER, WITH_ORDERS], "description": "which move"}),
        "number": _number(),
        "pool": _pool(),
        "position": _position(),
        "rulebook": _rulebook(),
        "status": {"enum": [status.value for status in Status], "description": "worst last"},
    }
    measures = {f"measure_{m.value}": _measure(m) for m in Measure if m is not Measure.SUPPORT}
    return named | dict(sorted(measures.items()))


def _pool() -> Schema:
    whole = _measures(POOL_MEASURES, _optional())
    requirement = _measures(REQUIREMENT_MEASURES, ())
    body = _record(
        {
            "id": _text("the pool's name"),
            "kind": {"enum": [kind.value for kind in Kind], "description": "what it is"},
            "asset": _text("what its measures stand in"),
            "status": _ref("status"),
            "measures": {"type": "object"},
            "reported": _reported(),
            "positions": _list("position", "what is open in it"),
            "assets": _list("asset", "in pools of several assets: each by itself"),
            "requirement_parts": {
                "type": "object",
                "description": "named parts of a scenario requirement",
                "additionalProperties": _ref("number"),
            },
            "distance": _ref("distance"),
            "findings": _list("finding", "what concerns this pool"),
        },
        optional=("status", "reported", "assets", "requirement_parts", "distance"),
    )
    unit = {"properties": {"kind": {"const": Kind.RISK_UNIT.value}}}
    return body | {
        "description": "What is liquidated together. A risk unit has requirements and no status.",
        "if": unit,
        "then": {"properties": {"measures": requirement, "status": False, "distance": False}},
        "else": {"properties": {"measures": whole}, "required": ["status", "distance"]},
    }


def _distance() -> Schema:
    """The distance of a pool: three moves and the nearest of them."""
    nearest = {"anyOf": [_ref("nearest"), {"type": "null", "description": "there is none"}]}
    return _record(
        {way: _ref("move") for way in (ALONE, TOGETHER, WITH_ORDERS)} | {"nearest": nearest}
    )


def _move(**more: Schema) -> Schema:
    return _record(
        {
            **more,
            "move": _ref("number")
            | {"description": "signed fraction of today's prices; 0 is past"},
            "instrument": {"type": ["string", "null"], "description": "what moves alone"},
            "price": _ref("number") | {"description": "its price there"},
            "reason": {"type": "string", "description": "why there is no such move"},
        }
    )


def _position() -> Schema:
    return _record(
        {
            "key": _text("INSTRUMENT/side, with #id where rows are told apart by one"),
            "instrument": _text("symbol"),
            "side": {"enum": ["both", "long", "short"], "description": "leg"},
            "measures": _measures(POSITION_MEASURES, _optional()),
            "reported": _reported(),
        },
        optional=("reported",),
    )


def _reported() -> Schema:
    names = [measure.value for measure in Measure]
    return {
        "type": "object",
        "description": "the venue's own figures, where ours are null; never mixed into ours",
        "properties": {name: {"type": "string", "pattern": NUMBER} for name in names},
        "additionalProperties": False,
    }


def _asset() -> Schema:
    return _record(
        {
            "asset": _text("asset code; its measures stand in it"),
            "measures": _measures(ASSET_MEASURES, POOL_MEASURES),
        }
    )


def _finding() -> Schema:
    names = [measure.value for measure in Measure]
    return _record(
        {
            "code": {"enum": [code.name for code in Code], "description": "most important first"},
            "severity": {"enum": [severity.value for severity in Severity]},
            "where": _text("a path in the account file, a pool, a position, or account"),
            "measure": {"enum": names, "description": "the number it explains"},
            "at_least": _end("the null measure is not below it"),
            "at_most": _end("the null measure is not above it"),
            "message": _text("what there is to know"),
        },
        optional=("measure", "at_least", "at_most"),
    )


def _end(about: str) -> Schema:
    return {"type": "string", "pattern": NUMBER, "description": about}


def _rulebook() -> Schema:
    return _record(
        {
            "code": _text("which rules"),
            "effective_from": {
                "type": "string",
                "format": "date",
                "description": "first day in force",
            },
            "digest": {
                "type": "string",
                "pattern": "^[0-9a-f]{64}$",
                "description": "SHA-256 over every rule and packaged parameter",
            },
        }
    )


def _number() -> Schema:
    text = {"type": "string", "pattern": NUMBER, "description": "exact, no exponent"}
    return {"anyOf": [text, {"type": "null", "description": "none; a finding says why"}]}


def _measure(measure: Measure) -> Schema:
    meaning = MEANINGS[measure]
    text = f"{meaning.sentence} {_UNITS[meaning.unit].capitalize()}, {meaning.sign.value}."
    return {"$ref": "#/$defs/number", "description": text}


def _measures(required: Iterable[Measure], optional: Iterable[Measure]) -> Schema:
    """An object of measures: those that are always there, and those that may be."""
    needed = [m.value for m in required]
    menu = list(dict.fromkeys([*needed, *(m.value for m in optional)]))
    return {
        "type": "object",
        "properties": {name: _ref(f"measure_{name}") for name in menu},
        "required": needed,
        "additionalProperties": False,
    }


def _optional() -> tuple[Measure, ...]:
    """Measures that only some venues have."""
    return tuple(m for m in Measure if m.meaning.optional and m is not Measure.SUPPORT)


def _record(properties: Schema, optional: Iterable[str] = ()) -> Schema:
    left_out = set(optional)
    return {
        "type": "object",
        "properties": properties,
        "required": [name for name in properties if name not in left_out],
        "additionalProperties": False,
    }


def _list(name: str, about: str) -> Schema:
    return {"type": "array", "items": _ref(name), "description": about}


def _ref(name: str) -> Schema:
    return {"$ref": f"#/$defs/{name}"}


def _text(about: str) -> Schema:
    return {"type": "string", "minLength": 1, "description": about}
