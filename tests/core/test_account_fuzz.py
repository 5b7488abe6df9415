"""Whatever a file holds, reading it gives an account or a DocumentError, and nothing else."""

from __future__ import annotations

import contextlib
import io
import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from marginline.core.account_file import dump_json, dump_toml, from_dict, load
from marginline.errors import DocumentError
from tests.core.account_mutants import VALUES, mutants
from tests.core.account_samples import full

JSON = json.dumps(full(), ensure_ascii=False).encode()
TOML = dump_toml(from_dict(full())).encode()
SCRAPS = [b"{", b"}", b"[", b"]", b'"', b",", b":", b"=", b"\\", b"\n", b"\x00", b"\xff", b"1e9",
          b"NaN", b"null", b"nan", b'"""', b"'''", b"#", b".", b"\\ud800", b"[[", b"0x", b"\r"]  # fmt: skip
leaves = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(), st.binary(), st.decimals()
)


def read(source: Any, **options: Any) -> None:
    """Read it; an account that was accepted can be written and read again."""
    with contextlib.suppress(DocumentError):
        account = load(source, **options)
        assert load(io.StringIO(dump_json(account))) == account


@settings(max_examples=300)
@given(mutants())
def test_a_broken_document(document: Any) -> None:
    read(document)


@given(st.recursive(leaves, lambda inner: st.lists(inner) | st.dictionaries(leaves, inner)))
def test_any_python_value(value: Any) -> None:
    with contextlib.suppress(DocumentError):
        from_dict(value)


@given(st.sampled_from(["venue", "wallets", "market", "parameters", "extra"]), leaves)
def test_any_python_value_in_a_field(name: str, value: Any) -> None:
    for document in (
        full() | {name: value},
        full() | {name: [value]},
        full() | {name: {"a": value}},
    ):
        read(document)


def test_every_odd_value_at_every_place() -> None:
    count = len(_places(full()))
    for index in range(count):
        for value in VALUES:
            document = full()
            container, key = _places(document)[index]
            container[key] = value
            read(document)


def _places(document: Any) -> list[tuple[Any, Any]]:
    from tests.core.account_mutants import places

    return places(document)


@st.composite
def spoilt(draw: st.DrawFn, original: bytes) -> bytes:
    content = original
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(content)))
        stop = min(len(content), start + draw(st.integers(0, 30)))
        content = content[:start] + draw(st.sampled_from([b"", *SCRAPS])) + content[stop:]
    return content


@settings(max_examples=300)
@given(spoilt(JSON))
def test_a_spoilt_json_file(content: bytes) -> None:
    read(io.BytesIO(content))


@settings(max_examples=300)
@given(spoilt(TOML))
def test_a_spoilt_toml_file(content: bytes) -> None:
    read(io.BytesIO(content), form="toml")


@given(st.integers(0, len(JSON) - 1))
def test_a_truncated_json_file_says_where_it_ends(length: int) -> None:
    try:
        load(io.BytesIO(JSON[:length]))
    except DocumentError as caught:
        assert "is empty" in str(caught) or "at line 1, column" in str(caught)
    else:
        raise AssertionError("half a document was read")


@given(st.binary(max_size=200), st.sampled_from(["json", "toml"]))
def test_any_bytes(content: bytes, form: str) -> None:
    read(io.BytesIO(content), form=form)
