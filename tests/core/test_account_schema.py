"""The published JSON Schema: packaged as generated, and no stricter than the reader."""

from __future__ import annotations

import copy
import importlib.resources
import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given

from marginline.core.account.account import Account
from marginline.core.account.file import account_schema, from_dict, schema_text, to_dict
from marginline.errors import DocumentError
from tests.core.account_mutants import mutants
from tests.core.account_samples import Document, accounts, full, minimal, patiently

jsonschema = pytest.importorskip("jsonschema")
VALIDATOR = jsonschema.Draft202012Validator(account_schema())


def misfits(document: Any) -> list[str]:
    """Where a document does not fit the schema, and why."""
    return [f"{error.json_path}: {error.message}" for error in VALIDATOR.iter_errors(document)]


def test_the_schema_is_a_schema() -> None:
    meta = jsonschema.Draft202012Validator(jsonschema.Draft202012Validator.META_SCHEMA)
    assert not [error.message for error in meta.iter_errors(account_schema())]


def test_the_packaged_schema_is_the_generated_one() -> None:
    packaged = importlib.resources.files("marginline.core") / "schemas" / "account-1.json"
    assert packaged.read_text(encoding="utf-8") == schema_text(), (
        "write marginline.core.account.file.schema_text() to core/schemas/account-1.json"
    )


@pytest.mark.parametrize("document", [minimal(), full()], ids=["minimal", "full"])
def test_the_samples_fit(document: Document) -> None:
    assert not misfits(document)


def test_the_full_sample_uses_every_field() -> None:
    used = {(name, key) for name, key in fields_used(account_schema(), full())}
    described = {
        (name, key)
        for name, body in definitions(account_schema()).items()
        for key in body.get("properties", {})
    }
    assert described == used


@patiently
@given(accounts())
def test_every_account_that_is_written_fits(account: Account) -> None:
    assert not misfits(to_dict(account))


@given(mutants())
def test_whatever_the_reader_accepts_fits(document: Any) -> None:
    try:
        from_dict(document)
    except DocumentError:
        return
    assert not misfits(document)


@pytest.mark.parametrize(
    "document",
    [
        pytest.param(minimal(zzz=1), id="unknown field"),
        pytest.param({"schema": "marginline/account/1"}, id="missing fields"),
        pytest.param(minimal(venue="okex"), id="venue"),
        pytest.param(minimal(as_of="2026-09-01T00:00:00"), id="no offset"),
        pytest.param(minimal(wallets=[{"asset": "A", "balance": "NaN"}]), id="nan"),
        pytest.param(minimal(wallets=[{"asset": "A", "balance": True}]), id="true"),
        pytest.param(minimal(wallets=[{"asset": "A", "credit": "-1"}]), id="below 0, as text"),
        pytest.param(minimal(wallets=[{"asset": "A", "credit": -1}]), id="below 0, as a number"),
        pytest.param(minimal(market={"mark": {"X": "0.00"}}), id="price 0, as text"),
        pytest.param(minimal(market={"mark": {"X": "0e5"}}), id="price 0 with an exponent"),
        pytest.param(minimal(market={"mark": {"X": 0}}), id="price 0, as a number"),
        pytest.param(minimal(market={"mark": {"": 1}}), id="empty symbol"),
        pytest.param(minimal(wallets=None), id="null list"),
        pytest.param(minimal(parameters={"tiers": {"X": []}}), id="no rows"),
    ],
)
def test_plain_mistakes_do_not_fit(document: Document) -> None:
    assert not VALIDATOR.is_valid(document)


def definitions(schema: Document) -> Document:
    found = {"": schema} | schema["$defs"]
    return {name: body for name, body in found.items() if "properties" in body}


def fields_used(schema: Document, document: object) -> Iterator[tuple[str, str]]:
    """Which field of which definition each value of the document stands for."""
    known = definitions(schema)

    def walk(node: Document, value: Any) -> Iterator[tuple[str, str]]:
        for branch in node.get("anyOf", ()):
            yield from walk(branch, value)
        name = str(node.get("$ref", "")).removeprefix("#/$defs/")
        if name in known and (name or node is schema):
            for key, member in value.items() if isinstance(value, dict) else ():
                yield name, key
                yield from walk(known[name]["properties"][key], member)
        elif isinstance(value, list) and "items" in node:
            for member in value:
                yield from walk(node["items"], member)
        elif isinstance(value, dict) and "additionalProperties" in node:
            for member in value.values():
                yield from walk(node["additionalProperties"], member)

    yield from walk(schema, copy.deepcopy(document))


def test_the_schema_is_plain_json() -> None:
    assert json.loads(schema_text()) == account_schema()
