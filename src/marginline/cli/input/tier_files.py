"""Maintenance tiers from a file: ours, Binance's leverageBracket, freqtrade's and ccxt's JSON.

Symbols are the venue's own: "BTC/USDT:USDT" becomes BTCUSDT, "BTC/USDT:USDT-241227" BTCUSDT_241227,
"BTC/USD:BTC" BTCUSD_PERP. A name that ends in .gz is unpacked.
"""

from __future__ import annotations

import gzip
import io
import zlib
from collections.abc import Mapping
from dataclasses import replace
from typing import NoReturn

from marginline.core.account.account import ACCOUNT_SCHEMA, Account
from marginline.core.account.file import MAX_BYTES, content_of, from_dict, load, parse_json
from marginline.core.account.tables import TierTable
from marginline.core.findings import Code, Finding
from marginline.core.unified import native
from marginline.errors import DocumentError, InputError, Problem, shown
from marginline.venues.reader.notes import noted

Tiers = Mapping[str, TierTable]
_HEAD = {"schema": ACCOUNT_SCHEMA, "venue": "textbook", "as_of": "2000-01-01T00:00:00Z"}


def read_tiers(path: str) -> Tiers:
    """The tier tables of a file by symbol.

    Raises:
        InputError: it cannot be read, or holds no tiers that we know the shape of.
    """
    if path.lower().endswith(".toml"):
        return load(path).parameters.tiers
    name = shown(path, 200)
    value = parse_json(_text(path, name), name)
    if isinstance(value, Mapping) and "schema" in value:
        return from_dict(value, source=name).parameters.tiers
    return _checked(_rows_by_symbol(value, name), name)


def with_tiers(account: Account, tiers: Tiers) -> Account:
    """The account with the tables of its symbols that it lacks.

    A table that contradicts the account's own is noted: which of the two holds is not known.
    """
    symbols = {position.instrument for position in account.positions}
    symbols |= {order.instrument for order in account.orders or ()}
    own, used = account.parameters.tiers, {}
    for symbol in sorted(symbols & tiers.keys()):
        if symbol not in own:
            used[symbol] = tiers[symbol]
        elif own[symbol].rows != tiers[symbol].rows:
            text = "the account's own tiers and those of --tiers differ; leave one of them out"
            account = noted(account, Finding(Code.CONTRADICTION, f"tiers: {symbol}", text))
    parameters = replace(account.parameters, tiers={**own, **used})
    return replace(account, parameters=parameters) if used else account


def _text(path: str, name: str) -> str:
    """The text of a file, at most 64 MiB also when unpacked."""
    content = content_of(path)
    if path.lower().endswith(".gz"):
        try:
            content = gzip.GzipFile(fileobj=io.BytesIO(content)).read(MAX_BYTES + 1)
        except (OSError, EOFError, ValueError, zlib.error) as problem:
            _refuse(name, f"cannot be read: {problem}", "pack it again with gzip")
    if len(content) > MAX_BYTES:
        _refuse(name, f"is too large: the limit is {MAX_BYTES // 1024 // 1024} MiB")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        _refuse(name, "is not UTF-8 text", "save it as UTF-8")


def _rows_by_symbol(value: object, name: str) -> dict[str, object]:
    if isinstance(value, Mapping) and isinstance(value.get("brackets"), list):
        value = [value]
    if isinstance(value, list) and all(_is_unified(row) for row in value):
        value = _grouped(value)
    if isinstance(value, list):
        return _of_brackets(value, name)
    if not isinstance(value, Mapping):
        _refuse(name, "holds no tiers", "give tier tables by symbol, or leverageBracket answers")
    rows = _by_symbol(value)
    return {native("", str(symbol)): _of_symbol(own) for symbol, own in rows.items()}


def _is_unified(row: object) -> bool:
    return isinstance(row, Mapping) and "maintenanceMarginRate" in row and "symbol" in row


def _grouped(rows: list[Mapping[str, object]]) -> dict[str, object]:
    """Ccxt's tiers of a market: rows alone, each with its symbol."""
    found: dict[str, list[object]] = {}
    for row in rows:
        found.setdefault(str(row["symbol"]), []).append(row)
    return dict(found)


def _by_symbol(value: Mapping[str, object]) -> Mapping[str, object]:
    """The tables of a document: as `parameters.tiers`, as `tiers`, or the document itself."""
    for name in ("parameters", "tiers"):
        inner = value.get(name)
        if isinstance(inner, Mapping):
            value = inner
    return value


def _of_brackets(answers: list[object], name: str) -> dict[str, object]:
    """Binance: a list of symbols with their brackets."""
    found: dict[str, object] = {}
    for number, answer in enumerate(answers):
        said = answer if isinstance(answer, Mapping) else {}
        brackets = said.get("brackets")
        if not isinstance(brackets, list) or "symbol" not in said:
            path = f"[{number}]"
            raise InputError([Problem(path, "", "has no symbol and brackets")], name)
        by_size = any("qtyCap" in row for row in brackets if isinstance(row, Mapping))
        rows = [_of_bracket(row) for row in brackets]
        found[str(said["symbol"])] = {"rows": rows, **({"keyed_by": "size"} if by_size else {})}
    return found


def _of_bracket(row: Mapping[str, object]) -> dict[str, object]:
    floors = ("notionalFloor", "qtyFloor", "qtylFloor")  # the last is Binance's own misspelling
    return _without_none(
        {
            "floor": next((row[name] for name in floors if name in row), None),
            "cap": row.get("notionalCap", row.get("qtyCap")),
            "rate": row.get("maintMarginRatio"),
            "deduction": row.get("cum"),
            "max_leverage": row.get("initialLeverage"),
        }
    )


def _of_symbol(rows: object) -> object:
    """One symbol's rows: ccxt's and freqtrade's names made ours; ours as they are."""
    if not isinstance(rows, list) or not all(isinstance(row, Mapping) for row in rows):
        return rows
    return [_of_unified(row) if "maintenanceMarginRate" in row else row for row in rows]


def _of_unified(row: Mapping[str, object]) -> dict[str, object]:
    info = row.get("info")
    amount = row.get("maintAmt", info.get("cum") if isinstance(info, Mapping) else None)
    return _without_none(
        {
            "floor": row.get("minNotional"),
            "cap": row.get("maxNotional"),
            "rate": row.get("maintenanceMarginRate"),
            "deduction": amount,
            "max_leverage": row.get("maxLeverage"),
        }
    )


def _without_none(row: dict[str, object]) -> dict[str, object]:
    return {name: value for name, value in row.items() if value is not None}


def _checked(tiers: dict[str, object], name: str) -> Tiers:
    """The tables, read by the account file's own rules."""
    return from_dict(_HEAD | {"parameters": {"tiers": tiers}}, source=name).parameters.tiers


def _refuse(name: str, message: str, remedy: str = "") -> NoReturn:
    raise DocumentError([Problem("document", "", message, remedy)], name)
