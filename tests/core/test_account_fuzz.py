"""Whatever a file holds, reading it gives an account or a DocumentError, and nothing else."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from marginline.core.account.account import Account
from marginline.core.account.file import dump_json, dump_toml, from_dict, load
from marginline.errors import DocumentError
from tests.core.account_mutants import ODD, mutants, places
from tests.core.account_samples import full

JSON = json.dumps(full(), ensure_ascii=False).encode()
TOML = dump_toml(from_dict(full())).encode()
SCRAPS = rb"""{ } [ ] " ' , : = \ \ud800 # . [[ 1e9 0x NaN null nan \u0000 '""".split()
SCRAPS += [b'"""', b"\n", b"\r", b"\x00", b"\xff", b""]
keys = st.none() | st.booleans() | st.integers() | st.text() | st.binary()
leaves = keys | st.floats() | st.decimals() | st.dates() | st.datetimes()


def check_read(source: Any, **options: Any) -> None:
    """Nothing but a DocumentError is raised, and it says what is wrong.

    An account that was accepted can be written and read again.
    """
    try:
        account = load(source, **options)
    except DocumentError as refused:
        check_refusal(refused)
    else:
        check_kept(account)


def check_document(value: Any) -> None:
    """As `check_read`, of a value that is no file."""
    try:
        account = from_dict(value)
    except DocumentError as refused:
        check_refusal(refused)
    else:
        check_kept(account)


def check_refusal(refused: DocumentError) -> None:
    assert refused.problems, "refused without a word"
    assert all(str(problem).strip() for problem in refused.problems)


def check_kept(account: Account) -> None:
    assert load(io.StringIO(dump_json(account))) == account


@settings(max_examples=300)
@given(mutants())
def test_a_broken_document(document: Any) -> None:
    check_read(document)


@given(st.recursive(leaves, lambda inner: st.lists(inner) | st.dictionaries(keys, inner)))
def test_any_python_value(value: Any) -> None:
    check_document(value)


@given(st.sampled_from(["venue", "wallets", "market", "parameters", "extra"]), leaves)
def test_any_python_value_in_a_field(name: str, value: Any) -> None:
    for odd in (value, [value], {"a": value}):
        check_read(full() | {name: odd})


def test_every_odd_value_at_every_place() -> None:
    document = full()
    for container, key in places(document, free=False):
        sound = container[key]
        for value in ODD:
            container[key] = value
            check_document(document)
        container[key] = sound


@st.composite
def spoilt(draw: st.DrawFn, original: bytes) -> bytes:
    content = original
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(content)))
        stop = min(len(content), start + draw(st.integers(0, 30)))
        content = content[:start] + draw(st.sampled_from(SCRAPS)) + content[stop:]
    return content


@settings(max_examples=300)
@given(spoilt(JSON))
def test_a_spoilt_json_file(content: bytes) -> None:
    check_read(io.BytesIO(content))


@settings(max_examples=300)
@given(spoilt(TOML))
def test_a_spoilt_toml_file(content: bytes) -> None:
    check_read(io.BytesIO(content), form="toml")


@given(st.integers(0, len(JSON) - 1))
def test_a_truncated_json_file_says_where_it_ends(length: int) -> None:
    with pytest.raises(DocumentError, match=r"is empty|at line 1, column"):
        load(io.BytesIO(JSON[:length]))


@given(st.binary(max_size=200), st.sampled_from(["json", "toml"]))
def test_any_bytes(content: bytes, form: str) -> None:
    check_read(io.BytesIO(content), form=form)
