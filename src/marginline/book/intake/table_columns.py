"""The columns of a table of positions and of one of collateral, read and checked.

What an account file refuses is refused here too, by row and column: a side that contradicts the
size, an entry price that is none, the same row twice. A contradiction never reads as nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from marginline.book.kernels.columns import F8, I8
from marginline.book.kernels.limits import BookMisuse
from marginline.book.memory import refuse_without_memory
from marginline.core.document._scalars import MAX_NAME
from marginline.errors import Problem, shown

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

COLLATERAL_SCHEMA: Mapping[str, tuple[str, bool, str]] = {
    "account": ("text", True, "the pool, which then holds several assets"),
    "asset": ("text", True, "the coin"),
    "amount": ("number", True, "its balance; negative: a debt"),
}
"""Columns of a collateral table: type, whether it must be there, meaning."""


def with_keys(
    schema: Mapping[str, tuple[str, bool, str]], keys: Sequence[str], name: str
) -> Mapping[str, tuple[str, bool, str]]:
    """The schema with further columns of texts, one value an account.

    Raises:
        BookMisuse: one of them is a column of ours.
    """
    for key in keys:
        if key in schema or key in _RESERVED:
            text = "this column has a meaning of its own"
            raise BookMisuse([Problem(f"{name}.{key}", "", text, "name the key otherwise")])
    return {**schema, **dict.fromkeys(keys, ("text", True, "a key of the account"))}


_RESERVED = {
    "shock", "from", "to", "by", "loss", "asset", "support", "requirement", "shortfall", "fell",
    "pool", "name", "equity", "maintenance_margin", "initial_margin", "available", "ratio",
    "status",
}  # fmt: skip


class Columns:
    """A table's columns: texts as numbers into a list of words, numbers as float64."""

    def __init__(
        self,
        table: Any,
        schema: Mapping[str, tuple[str, bool, str]],
        name: str,
        keys: Sequence[str] = (),
    ) -> None:
        import narwhals as nw

        self.name, self.schema = name, with_keys(schema, keys, name)
        self.table = None if table is None else nw.from_native(table, eager_only=True).to_arrow()
        self.rows = 0 if self.table is None else int(self.table.num_rows)
        if self.table is not None:
            _check(list(self.table.column_names), self.schema, name)

    def numbers(self, column: str) -> F8:
        """A column of numbers; null is NaN."""
        import pyarrow as pa

        if self.table is None or column not in self.table.column_names:
            return np.full(self.rows, np.nan)
        try:
            found = self.table[column].cast(pa.float64())
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
            kind = str(self.table[column].type)
            raise self._problem(column, kind, "numbers are expected") from error
        return np.array(found.to_numpy(), float)

    def texts(self, column: str) -> tuple[list[str], I8]:
        """A column of texts: the words, and the place of each row's word; -1: null."""
        import pyarrow as pa

        if self.table is None or column not in self.table.column_names:
            return [], np.full(self.rows, -1, np.int64)
        try:
            found = self.table[column]
            if pa.types.is_dictionary(found.type) and pa.types.is_string(found.type.value_type):
                return self._named(column, found.unify_dictionaries().combine_chunks())
            cast = found.cast(pa.string()).combine_chunks()
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
            kind = str(self.table[column].type)
            raise self._problem(column, kind, "texts are expected") from error
        return self._named(column, cast.dictionary_encode())

    def _named(self, column: str, coded: Any) -> tuple[list[str], I8]:
        """The words of a dictionary column, and the place of each row's; -1: null."""
        import pyarrow.compute as pc

        longest = pc.max(pc.utf8_length(coded.dictionary)).as_py() or 0
        if longest > MAX_NAME:
            text = f"a text of {longest:,} characters; a name has at most {MAX_NAME}"
            raise BookMisuse([Problem(f"{self.name}.{column}", "", text, "shorten it")])
        return _words(coded)

    def choice(self, column: str, words: Sequence[str]) -> I8:
        """A column of given words, as their places; the first where there is none."""
        found, place = self.texts(column)
        for word in found:
            if word not in words:
                raise self._problem(column, word, f"{', '.join(words)} is expected")
        of = np.array([words.index(word) for word in found] + [0], np.int64)
        return of[place]  # the last, 0, stands for -1

    def problem(self, column: str, row: int, text: str, remedy: str = "") -> Problem:
        """What is wrong with one cell."""
        assert self.table is not None
        cell = self.table[column][int(row)].as_py()
        return Problem(f"{self.name}.{column}[{row}]", shown(cell), text, remedy)

    def _problem(self, column: str, found: str, text: str) -> BookMisuse:
        found = shown(found)
        return BookMisuse([Problem(f"{self.name}.{column}", found, text, self.schema[column][2])])


def keys_of(held: Columns, keys: Sequence[str], account: I8, many: int) -> dict[str, list[Any]]:
    """Each key column by account, shape [accounts]; None of an account without rows.

    Raises:
        BookMisuse: rows of one account give two values.
    """
    found: dict[str, list[Any]] = {}
    for key in keys:
        words, place = held.texts(key)
        of = np.full(many, -1, np.int64)
        of[account] = place
        two = np.flatnonzero(of[account] != place)
        if len(two):
            text = "rows of one account give two values"
            raise BookMisuse([held.problem(key, int(two[0]), text, "a key is of the account")])
        found[key] = [words[number] if number >= 0 else None for number in of.tolist()]
    return found


def _words(coded: Any) -> tuple[list[str], I8]:
    """The words of a dictionary column, and the place of each row's; -1: null."""
    place = coded.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int64)
    return coded.dictionary.to_pylist(), place


def parquet_table(
    path: str | Path,
    schema: Mapping[str, tuple[str, bool, str]],
    name: str,
    keys: Sequence[str] = (),
) -> Any:
    """A Parquet file as a table: judged by its own account of itself before data are read.

    Texts stay dictionaries: a column that repeats one long text a million times is not unfolded.

    Raises:
        BookMisuse: a column is missing or unknown.
        BookTooLarge: its rows or its pages would not fit the memory.
    """
    import pyarrow.parquet as pq

    schema = with_keys(schema, keys, name)
    with pq.ParquetFile(path) as file:
        about = file.metadata
        _check(list(file.schema_arrow.names), schema, name)
    pages = sum(about.row_group(n).total_byte_size for n in range(about.num_row_groups))
    refuse_without_memory(about.num_rows * 250 + pages, f"the table of {name}")
    texts = [column for column, (kind, _, _) in schema.items() if kind == "text"]
    return pq.read_table(path, read_dictionary=texts)


def _check(columns: list[str], schema: Mapping[str, tuple[str, bool, str]], name: str) -> None:
    problems = [
        Problem(f"{name}.{column}", "", "this column is needed", meaning)
        for column, (_, needed, meaning) in schema.items()
        if needed and column not in columns
    ]
    problems += [
        Problem(f"{name}.{column}", "", "no such column", _there_is(schema))
        for column in columns
        if column not in schema
    ]
    if problems:
        raise BookMisuse(problems)


def _there_is(schema: Mapping[str, tuple[str, bool, str]]) -> str:
    return f"there is: {', '.join(schema)}; a further one is kept as a key (keys=, --key)"


def accounts_of(held: Columns, coins: Columns) -> tuple[list[str], I8, I8]:
    """Names of the accounts, and the account of every row of both tables."""
    names, account = held.texts("account")
    more, joint = coins.texts("account")
    for table, place in ((held, account), (coins, joint)):
        nameless = np.flatnonzero(place < 0)
        if len(nameless):
            where = f"{table.name}.account[{nameless[0]}]"
            raise BookMisuse([Problem(where, "null", "every row belongs to an account")])
    known = {name: place for place, name in enumerate(names)}
    for name in more:
        known.setdefault(name, len(known))
    of = np.array([known[name] for name in more], np.int64)
    return list(known), account, of[joint] if len(joint) else joint


# -- contradictions ------------------------------------------------------------------------------

SIDES = ("both", "long", "short")
KINDS = ("cross", "isolated")


def refuse_contradictions(held: Columns, coins: Columns, account: I8, joint_account: I8) -> None:
    """What cannot be, by row and column; of each kind of fault the first row.

    Raises:
        BookMisuse: a row contradicts itself or another.
    """
    problems = [*_of_positions(held, account), *_of_collateral(coins, joint_account)]
    if problems:
        raise BookMisuse(problems)


def _of_positions(held: Columns, account: I8) -> Iterator[Problem]:
    _, symbol = held.texts("instrument")
    side, real = held.choice("side", SIDES), symbol >= 0
    size, entry = held.numbers("size"), held.numbers("entry_price")
    leverage, cash = held.numbers("leverage"), held.numbers("cash")
    open_ = real & (size != 0.0) & ~np.isnan(size)

    def first(wrong: NDArray[np.bool_], column: str, text: str, remedy: str = "") -> list[Problem]:
        return [held.problem(column, row, text, remedy) for row in np.flatnonzero(wrong)[:1]]

    yield from first(~real & (np.nan_to_num(size) != 0.0), "size", "a size without an instrument")
    endless = "must be finite"
    yield from first(np.isinf(size), "size", endless)
    yield from first(np.isinf(cash), "cash", endless)
    signed = "size is signed, also of a short row"
    yield from first(
        open_ & (side == 1) & (size < 0), "size", "a long row must not be negative", signed
    )
    yield from first(
        open_ & (side == 2) & (size > 0), "size", "a short row must not be positive", signed
    )
    no_price = ~((entry > 0.0) & np.isfinite(entry)) & ~np.isnan(entry)
    yield from first(open_ & no_price, "entry_price", "an entry price is above 0 and finite")
    no_leverage = ~((leverage > 0.0) & np.isfinite(leverage)) & ~np.isnan(leverage)
    yield from first(real & no_leverage, "leverage", "must be above 0 and finite", "10 is 10x")
    yield from _legs(held, account, symbol, side, open_)


def _legs(
    held: Columns, account: I8, symbol: I8, side: I8, open_: NDArray[np.bool_]
) -> Iterator[Problem]:
    """Two rows of one leg, and a one-way position beside a leg of hedge mode."""
    many = int(symbol.max(initial=0)) + 1
    rows = np.flatnonzero(symbol >= 0)
    of_one = account * many + symbol
    again = _again(of_one[rows] * 3 + side[rows])
    if again >= 0:
        text = "another row of this account has the same instrument and side"
        yield held.problem("instrument", rows[again], text, "merge the rows")
    legs, one_way = np.flatnonzero(open_ & (side > 0)), open_ & (side == 0)
    both = legs[np.isin(of_one[legs], of_one[one_way])]
    text = "a leg of hedge mode beside a position of one-way mode in the same instrument"
    for row in both[:1]:
        yield held.problem("side", row, text, "write long or short on each row, or on none")


def _of_collateral(coins: Columns, account: I8) -> Iterator[Problem]:
    words, word = coins.texts("asset")
    amount = coins.numbers("amount")
    for row in np.flatnonzero(word < 0)[:1]:
        yield coins.problem("asset", row, "a coin is expected")
    for row in np.flatnonzero(~np.isfinite(amount))[:1]:
        yield coins.problem("amount", row, "a finite amount is expected")
    again = _again(account * (len(words) + 1) + word)
    if again >= 0:
        text = "another row of this account is of the same asset"
        yield coins.problem("asset", again, text, "give one row per asset")


def _again(keys: I8) -> int:
    """Place of the first key that was there before; -1 where all differ."""
    _, first = np.unique(keys, return_index=True)
    repeated = np.ones(len(keys), bool)
    repeated[first] = False
    return int(np.flatnonzero(repeated)[0]) if repeated.any() else -1
