"""Arrow and Parquet in and out; frames of any library by narwhals.

A book's file has one row a position: see `SCHEMA` and docs/how-to/book.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from marginline.book.book import Book
from marginline.book.limits import BookMisuse
from marginline.book.memory import refuse_without_memory
from marginline.book.shelving import Rows
from marginline.book.terms import UNKNOWN_CODE, CodeTerms, ContractTerms, GroupTerms, Priced, Terms
from marginline.core.account import Instrument
from marginline.core.numbers import ONE
from marginline.core.pool import Kind, TierSchedule, Trigger
from marginline.errors import Problem

SCHEMA: Mapping[str, tuple[str, bool, str]] = {
    "account": ("text", True, "the pool: rows of one account stand together or apart"),
    "cash": ("number", True, "wallet balance of the pool, the same on each of its rows"),
    "instrument": ("text", True, "symbol; null: the account holds no position"),
    "size": ("number", True, "signed, in the venue's unit"),
    "entry_price": ("number", True, "average entry price"),
    "leverage": ("number", False, "sets initial margin; null: initial margin is unknown (NaN)"),
    "side": ("text", False, "both (default), long, short"),
    "kind": ("text", False, "cross (default) or isolated"),
}
"""Columns of a positions table: type, whether it must be there, meaning."""


def frame_of(columns: Mapping[str, Any], backend: str) -> Any:
    """Columns as a frame of "polars", "pandas", "pyarrow" or whatever narwhals knows."""
    import narwhals as nw

    chosen: Any = backend
    return nw.from_dict(dict(columns), backend=chosen).to_native()


def arrow_of(columns: Mapping[str, Any]) -> Any:
    """Columns as a pyarrow Table."""
    import pyarrow as pa

    return pa.table(dict(columns))


def from_parquet(
    path: str | Path,
    instruments: Mapping[str, Instrument],
    tiers: Mapping[str, TierSchedule],
    marks: Mapping[str, float],
    **options: Any,
) -> Book:
    """A book from a Parquet file of positions: see `from_arrow`."""
    import pyarrow.parquet as pq

    return from_arrow(pq.read_table(path), instruments, tiers, marks, **options)


def from_arrow(
    table: Any,
    instruments: Mapping[str, Instrument],
    tiers: Mapping[str, TierSchedule],
    marks: Mapping[str, float],
    *,
    trigger: Trigger | None = None,
    threads: int | None = None,
) -> Book:
    """A book from a table of positions in any frame that narwhals reads (Arrow, polars, pandas).

    Args:
        table: columns as in `SCHEMA`; others are refused.
        instruments: the terms of every symbol.
        tiers: its maintenance tiers.
        marks: its mark; one that is missing makes its holders UNKNOWN.
        trigger: when the venue acts; default at a ratio of 1, warning from 0.8.
        threads: of the book.

    Raises:
        BookMisuse: a column is missing or unknown, an instrument is not described, an account has
            two balances or pools of two assets.
        BookTooLarge: it would not fit the memory.
    """
    import narwhals as nw

    frame = nw.from_native(table, eager_only=True)
    _check(frame.columns)
    refuse_without_memory(len(frame) * 250, "this table")
    names, account = np.unique(_texts(frame, "account"), return_inverse=True)
    order = np.argsort(account, kind="stable")
    account = account[order]
    symbols = _texts(frame, "instrument")[order]
    held = symbols != ""
    terms = Terms()
    sides = _texts(frame, "side")[order] if "side" in frame.columns else np.full(len(order), "both")
    sides[sides == ""] = "both"
    contract = _contracts(terms, symbols, sides, held, instruments, tiers)
    leverage = (
        _numbers(frame, "leverage")[order]
        if "leverage" in frame.columns
        else np.full(len(order), np.nan)
    )
    code = _codes(terms, leverage)
    cash = _cash(names, account, _numbers(frame, "cash")[order])
    kinds = (
        _texts(frame, "kind")[order] if "kind" in frame.columns else np.full(len(order), "cross")
    )
    group = _groups(terms, names, account, kinds, contract, trigger or Trigger())
    counts = np.bincount(account[held], minlength=len(names)).astype(np.int64)
    book = Book(terms, threads=threads)
    book.terms_changed()
    for row, priced in enumerate(terms.priced.rows):
        book.prices[row] = marks.get(priced.name, np.nan)
    none, short, real = np.zeros(0, np.int64), np.zeros(0, np.uint16), np.zeros(0)
    rows = Rows(
        np.arange(len(names), dtype=np.uint32), np.full(len(names), -1, np.int64), group, cash,
        counts, contract[held], _numbers(frame, "size")[order][held],
        _numbers(frame, "entry_price")[order][held], code[held], none, real,
        real, real, none, none, short, real, short, real, real, real,
    )  # fmt: skip
    book.add_rows(rows, len(names), [str(name) for name in names])
    return book


def to_arrow(book: Book) -> Any:
    """The positions of every plain pool as a pyarrow Table in `SCHEMA`.

    Raises:
        BookMisuse: the book holds joint pools or pools that do not fit, which have no such rows.
    """
    import pyarrow as pa

    store = book.store
    lanes = book.lanes_of_pools()
    if book.odd or (store.lanes.joint[lanes[lanes >= 0]] >= 0).any():
        text = "pools of several assets have no place in a table of positions"
        raise BookMisuse([Problem("book", "", text, "keep their account files")])
    pools = np.flatnonzero(lanes >= 0)
    lanes = lanes[pools]
    used = store.lanes.used[lanes].astype(np.int64)
    rows = np.maximum(used, 1)
    of = np.repeat(np.arange(len(pools)), rows)
    place = np.arange(len(of)) - np.repeat(np.cumsum(rows) - rows, rows)
    lane = lanes[of]
    slot = store.slices.slot[lane // 64] + 64 * place + lane % 64
    bare = used[of] == 0
    contract = np.where(bare, 0, store.slots.contract[np.where(bare, 0, slot)])
    symbol = np.array(
        [c.instrument.symbol if c.instrument else None for c in book.terms.contracts.rows], object
    )
    side = np.array([c.side for c in book.terms.contracts.rows], object)
    kind = np.array([group.kind.value for group in book.terms.groups.rows], object)
    lever = [float(c.leverage) if c.leverage else np.nan for c in book.terms.codes.rows]
    slot = np.where(bare, 0, slot)
    names = np.array(book.names(), object)
    columns = {
        "account": pa.array(names[pools[of]], pa.string()),
        "cash": store.lanes.cash[lane],
        "instrument": pa.array(symbol[contract], pa.string()),
        "size": np.where(bare, 0.0, store.slots.size[slot]),
        "entry_price": np.where(bare, 0.0, store.slots.entry[slot]),
        "leverage": pa.array(
            np.array(lever)[np.where(bare, 0, store.slots.code[slot])], from_pandas=True
        ),
        "side": pa.array(side[contract], pa.string()),
        "kind": pa.array(kind[store.lanes.group[lane]], pa.string()),
    }
    return pa.table(columns)


# -- reading -----------------------------------------------------------------------------------


def _check(columns: list[str]) -> None:
    problems = [
        Problem(f"columns.{name}", "", "this column is needed", meaning)
        for name, (_, needed, meaning) in SCHEMA.items()
        if needed and name not in columns
    ]
    problems += [
        Problem(f"columns.{name}", "", "no such column", f"there is: {', '.join(SCHEMA)}")
        for name in columns
        if name not in SCHEMA
    ]
    if problems:
        raise BookMisuse(problems)


def _texts(frame: Any, name: str) -> NDArray[Any]:
    column = frame[name].to_list()
    return np.array(["" if text is None else str(text) for text in column], object)


def _numbers(frame: Any, name: str) -> NDArray[np.float64]:
    column = frame[name].to_list()
    return np.array([np.nan if number is None else float(number) for number in column])


def _contracts(
    terms: Terms,
    symbols: NDArray[Any],
    sides: NDArray[Any],
    held: NDArray[np.bool_],
    instruments: Mapping[str, Instrument],
    tiers: Mapping[str, TierSchedule],
) -> NDArray[np.uint16]:
    numbers: dict[tuple[str, str], int] = {}
    for pair in dict.fromkeys(zip(symbols[held], sides[held], strict=True)):
        symbol, side = pair
        if symbol not in instruments or symbol not in tiers:
            text = "this instrument is not described"
            raise BookMisuse(
                [Problem("instrument", symbol, text, "give it in instruments and tiers")]
            )
        if side not in {"both", "long", "short"}:
            raise BookMisuse([Problem("side", side, "both, long or short is expected")])
        instrument = instruments[symbol]
        guess = instrument.base if instrument.payoff == "inverse" else instrument.quote
        price = terms.priced.number(Priced(symbol, "table"))
        contract = ContractTerms(
            price, instrument, side, instrument.settle or guess or "", tiers[symbol]
        )
        numbers[pair] = terms.contracts.number(contract)
    rows = zip(symbols, sides, strict=True)
    return np.array([numbers.get(pair, 0) for pair in rows], np.uint16)


def _codes(terms: Terms, leverage: NDArray[np.float64]) -> NDArray[np.uint16]:
    numbers = {0.0: terms.codes.number(UNKNOWN_CODE)}
    for one in np.unique(leverage[np.isfinite(leverage)]):
        if one <= 0:
            raise BookMisuse([Problem("leverage", str(one), "must be above 0", "10 is 10x")])
        exact = Decimal(repr(float(one)))
        numbers[float(one)] = terms.codes.number(CodeTerms(exact, ONE / exact))
    return np.array([numbers[x] for x in np.nan_to_num(leverage).tolist()], np.uint16)


def _cash(
    names: NDArray[Any], account: NDArray[np.int64], cash: NDArray[np.float64]
) -> NDArray[np.float64]:
    found = np.zeros(len(names))
    found[account] = cash
    two = np.flatnonzero((cash != found[account]) & ~(np.isnan(cash) & np.isnan(found[account])))
    if len(two):
        text = "rows of one account give two balances"
        raise BookMisuse([Problem("cash", str(names[account[two[0]]]), text)])
    return found


def _groups(
    terms: Terms,
    names: NDArray[Any],
    account: NDArray[np.int64],
    kinds: NDArray[Any],
    contract: NDArray[np.uint16],
    trigger: Trigger,
) -> NDArray[np.uint16]:
    asset_of = np.array([row.asset for row in terms.contracts.rows], object)[contract]
    found: dict[int, tuple[str, str]] = {}
    for place, (pool, kind, asset) in enumerate(zip(account, kinds, asset_of, strict=True)):
        known_kind, known = found.get(pool, (kind or "cross", asset))
        if asset and known and asset != known:
            text = "positions of one account settle in two assets"
            raise BookMisuse(
                [Problem(f"rows[{place}]", str(names[pool]), text, "name a pool for each")]
            )
        found[int(pool)] = known_kind, known or asset
    default = next((asset for _, asset in found.values() if asset), "USDT")
    groups = [
        terms.groups.number(GroupTerms(Kind(kind), asset or default, trigger))
        for kind, asset in (found[pool] for pool in range(len(names)))
    ]
    return np.array(groups, np.uint16)
