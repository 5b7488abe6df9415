"""Where an account may come from: paths, open files, dicts; and files that are no account file."""

from __future__ import annotations

import io
import json
import os
import tracemalloc
from decimal import Decimal
from pathlib import Path

import pytest

from marginline.core.account.file import MAX_BYTES, dump_json, load
from marginline.errors import DocumentError
from tests.core.account_samples import full, minimal

D = Decimal
TOML = """
schema = "marginline/account/1"
venue = "textbook"
as_of = 2026-09-01T02:00:00+02:00

[[wallets]]
asset = "USDT"
balance = 1_000.10
credit = 3
"""


def refused(source: object, **options: object) -> str:
    with pytest.raises(DocumentError) as caught:
        load(source, **options)  # type: ignore[arg-type]
    return str(caught.value)


def written(tmp_path: Path, content: bytes | str, name: str = "account.json") -> Path:
    path = tmp_path / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


# --- the forms -----------------------------------------------------------------------------


def test_every_form_of_source_gives_the_same_account(tmp_path: Path) -> None:
    account = load(full())
    text = dump_json(account)
    path = written(tmp_path, text)
    assert load(path) == load(str(path)) == account
    assert load(io.StringIO(text)) == load(io.BytesIO(text.encode())) == account
    with path.open() as as_text, path.open("rb") as as_bytes:
        assert load(as_text) == load(as_bytes) == account


@pytest.mark.parametrize("name", ["account.toml", "ACCOUNT.TOML"])
def test_a_name_that_ends_in_toml_is_toml(tmp_path: Path, name: str) -> None:
    account = load(written(tmp_path, TOML, name))
    assert account.wallets[0].balance == D("1000.1")
    assert account.wallets[0].credit == 3
    assert dump_json(account) == dump_json(load(io.StringIO(TOML), form="toml"))


@pytest.mark.parametrize("stem", ["a", "a" * 240])
def test_an_open_toml_file_is_known_by_its_name(tmp_path: Path, stem: str) -> None:
    path = written(tmp_path, TOML, f"{stem}.toml")
    with path.open("rb") as file:
        assert load(file) == load(path) == load(io.StringIO(TOML), form="toml")


def test_numbers_of_json_are_read_from_their_text() -> None:
    text = json.dumps(minimal(wallets=[{"asset": "X", "balance": 0}])).replace(
        '"balance": 0', '"balance": 0.1234567890123456789012345678901234567'
    )
    balance = load(io.StringIO(text)).wallets[0].balance
    assert balance == D("0.1234567890123456789012345678901234567")


def test_a_byte_order_mark_does_no_harm(tmp_path: Path) -> None:
    text = json.dumps(minimal())
    assert load(written(tmp_path, b"\xef\xbb\xbf" + text.encode())) == load(minimal())
    assert load(io.StringIO("\ufeff" + text)) == load(minimal())


# --- files that are none -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "message"),
    [
        pytest.param("", "is empty", id="empty"),
        pytest.param(" \n ", "is empty", id="blank"),
        pytest.param("{", "at line 1, column 2", id="truncated"),
        pytest.param('{"schema": "marg', "at line 1, column 12", id="truncated in a string"),
        pytest.param('{\n  "a": 1\n  "b"}', "at line 3, column 3", id="missing comma"),
        pytest.param("{} {}", "Extra data at line 1, column 4", id="two documents"),
        pytest.param("schema: x", "is not JSON", id="YAML"),
        pytest.param(b"\xff\xfe{\x00}\x00", "is not UTF-8: byte 0 is 0xff", id="UTF-16"),
        pytest.param(b'{"a": "\xe9"}', "is not UTF-8: byte 7 is 0xe9", id="Latin-1"),
        pytest.param('{"a": "\x01"}', "Invalid control character", id="control character"),
        pytest.param("[]", "must be an object (found a list)", id="a list"),
        pytest.param("[" * 100_000, "nested too deep", id="brackets without end"),
        pytest.param('{"a":' * 900 + "1" + "}" * 900, "more than 64 levels", id="900 levels"),
    ],
)
def test_a_json_file_that_is_no_document(
    tmp_path: Path, content: bytes | str, message: str
) -> None:
    assert message in refused(written(tmp_path, content))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        pytest.param("", "is empty", id="empty"),
        pytest.param("a = ", "at end of document", id="truncated"),
        pytest.param("a = 1\na = 2", "Cannot overwrite a value", id="a key twice"),
        pytest.param("a = " + "[" * 100_000, "nested too deep", id="brackets without end"),
        pytest.param("a = " + "1" * 5000, "Exceeds the limit", id="an integer bomb"),
        pytest.param("a = 2026-13-01", "is not TOML", id="an impossible date"),
        pytest.param("as_of = 2026-09-01T00:00:00", "has no UTC offset", id="a local moment"),
        pytest.param("as_of = 2026-09-01", "must be a moment (found 2026-09-01)", id="a date"),
        pytest.param("[market.mark]\nX = nan", "must be finite (found nan)", id="nan"),
        pytest.param("[market.mark]\nX = -inf", "must be finite (found -inf)", id="inf"),
    ],
)
def test_a_toml_file_that_is_no_document(tmp_path: Path, content: str, message: str) -> None:
    assert message in refused(written(tmp_path, content, "account.toml"))


@pytest.mark.parametrize("word", ["NaN", "Infinity", "-Infinity"])
def test_words_for_what_is_no_number_are_refused_wherever_they_stand(word: str) -> None:
    wallet = {"asset": "X", "balance": "?"}
    document = minimal(wallets=[wallet], extra={"a": ["?"]}, reported={"raw": {"b": "?"}})
    message = refused(io.StringIO(json.dumps(document).replace('"?"', word)))
    for path in ("wallets[0].balance", "extra.a[0]", "reported.raw.b"):
        assert f"{path}: must be finite (found {word})" in message


@pytest.mark.parametrize(
    ("text", "path"),
    [
        pytest.param('{"venue": 1, "venue": 2}', "venue", id="at the root"),
        pytest.param('{"wallets": [{"asset": "A", "asset": "A"}]}', "wallets[0].asset", id="row"),
        pytest.param('{"market": {"mark": {"X": 1, "X": 1}}}', "market.mark.X", id="in a map"),
        pytest.param('{"extra": {"a": [{"b": 1, "b": 2}]}}', "extra.a[0].b", id="under extra"),
        pytest.param('{"zz": 1, "zz": 2}', "zz", id="an unknown key"),
    ],
)
def test_a_key_given_twice_is_named(text: str, path: str) -> None:
    assert f"{path}: the key stands here more than once" in refused(io.StringIO(text))


def test_every_problem_names_the_file(tmp_path: Path) -> None:
    path = written(tmp_path, json.dumps(minimal(zzz=1)))
    assert refused(path).startswith(f"{path}: zzz: unknown field")


# --- what cannot be read -------------------------------------------------------------------


def test_a_huge_file_is_refused_before_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "huge.json"
    with path.open("wb") as file:
        os.truncate(file.fileno(), 1024**3)  # sparse: takes no space
    tracemalloc.start()
    message = refused(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert "is too large: 1073741824 bytes, the limit is 64 MiB" in message
    assert peak < 1024 * 1024


def test_an_open_file_is_read_no_further_than_the_limit() -> None:
    class Endless(io.RawIOBase):
        asked = 0

        def read(self, size: int = -1) -> bytes:
            self.asked = size
            return b" " * size

    source = Endless()
    assert "is too large" in refused(source)
    assert source.asked == MAX_BYTES + 1


@pytest.mark.parametrize(
    ("source", "message"),
    [
        pytest.param("no/such/file.json", "No such file", id="missing"),
        pytest.param(".", "Is a directory", id="a folder"),
        pytest.param("a\0b", "is not a path", id="null character"),
        pytest.param("x" * 5000, "name too long", id="long name"),
        pytest.param('{"schema": 1}', "parse text first, then from_dict", id="JSON text"),
        pytest.param(5, "cannot load a int", id="a number"),
        pytest.param([], "a path, an open file or a dict", id="a list"),
        pytest.param(b"{}", "cannot load a bytes", id="bytes"),
    ],
)
def test_what_is_no_source(source: object, message: str) -> None:
    assert message in refused(source)


def test_a_closed_or_write_only_file_is_no_source(tmp_path: Path) -> None:
    closed = io.StringIO("{}")
    closed.close()
    assert "cannot be read" in refused(closed)
    with (tmp_path / "a").open("w") as file:
        assert "cannot be read" in refused(file)


def test_a_text_file_with_the_wrong_encoding_is_refused(tmp_path: Path) -> None:
    with written(tmp_path, b'{"a": "\xe9"}').open(encoding="utf-8") as file:
        assert "is not UTF-8 text" in refused(file)


# --- dicts ---------------------------------------------------------------------------------


def test_a_dict_that_holds_itself_is_refused() -> None:
    looped: dict[str, object] = {}
    looped["extra"] = {"a": [looped]}
    assert "more than 64 levels" in refused(looped)


def test_a_dict_with_keys_that_are_no_text_is_refused() -> None:
    assert "5: unknown field" in refused(minimal() | {5: 1})
    assert "a key must be text" in refused(minimal(extra={5: 1}))


def test_64_levels_are_allowed() -> None:
    deep: object = "x"
    for _ in range(62):
        deep = [deep]
    account = load(minimal(extra={"a": deep}))
    assert load(io.StringIO(dump_json(account))) == account
    assert "more than 64 levels" in refused(minimal(extra={"a": [deep]}))
