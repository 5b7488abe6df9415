"""Tables whose terms name a venue: every account is made, and its own rulebook resolves it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from marginline.book.book import Book
from marginline.book.intake.packing import Packer
from marginline.book.intake.table_columns import KINDS, SIDES, Columns
from marginline.book.intake.tables import TableTerms
from marginline.book.kernels.columns import I8
from marginline.book.kernels.limits import BookMisuse
from marginline.core.account.account import Account, Position, Wallet
from marginline.core.findings import Code, Finding
from marginline.core.numbers import ZERO
from marginline.core.pool.pool import Kind
from marginline.errors import InputError, Problem
from marginline.venues import folders
from marginline.venues.reader.notes import NOTES, documents, noted, notes_of
from marginline.venues.resolve.resolver import Resolver

Progress = Callable[[str, int, int], None]
_EVERY = 500  # accounts between two words of progress


class _Row(NamedTuple):
    """A row of positions; None where a cell is null."""

    number: int
    cash: Decimal | None
    instrument: str | None
    size: Decimal | None
    entry_price: Decimal | None
    leverage: Decimal | None
    side: str
    kind: str


def packed_by_rulebook(
    held: Columns,
    coins: Columns,
    account: I8,
    joint_account: I8,
    names: list[str],
    terms: TableTerms,
    keys: Mapping[str, Sequence[str | None]],
    *,
    threads: int | None,
    progress: Progress | None,
) -> Book:
    """A book of the tables' accounts, each resolved by the rulebook of the terms.

    Raises:
        BookMisuse: an account is not what its venue allows; the message names account and row.
    """
    assert terms.account is not None
    packer = Packer(Book(threads=threads))
    making = _Making(terms.account, terms.asset)
    rows, coin_rows = _by_account(account, len(names)), _by_account(joint_account, len(names))
    positions, balances = _rows_of(held), _coins_of(coins)
    account_of_pool: list[int] = []
    for number, name in enumerate(names):
        own = [positions[row] for row in rows[number]]
        wallets = [balances[row] for row in coin_rows[number]]
        try:
            _add(packer, *making.account(own, wallets), name)
        except InputError as error:
            raise _of_account(error, name, own) from error
        if progress is not None and number % _EVERY == 0:
            progress("resolving accounts", number, len(names))
        account_of_pool += [number] * (len(packer.names) - len(account_of_pool))
    packer.add()
    packer.book.keys = {
        key: [values[number] for number in account_of_pool] for key, values in keys.items()
    }
    return packer.book


def _add(packer: Packer, made: Account, kind: Kind | None, name: str) -> None:
    """The pools of an account; the only one has the account's own name."""
    before = len(packer.names)
    packer.account(made, name, kind)
    if len(packer.names) == before:
        text = f"{made.venue} has no isolated positions here"
        raise _wrong("kind", "isolated", text, "write cross")
    if len(packer.names) == before + 1:
        packer.names[-1] = name


def _of_account(error: InputError, name: str, rows: list[_Row]) -> BookMisuse:
    """What an account's rulebook refuses, with the account and the first of its rows."""
    where = f"positions[{rows[0].number}]" if rows else "collateral"
    found = [replace(p, path=f"{where} ({name}): {p.path}") for p in error.problems]
    return BookMisuse(found)


def _by_account(account: I8, many: int) -> list[I8]:
    order = np.argsort(account, kind="stable")
    ends = np.searchsorted(account[order], np.arange(many + 1))
    return [order[first:last] for first, last in pairwise(ends.tolist())]


def _rows_of(held: Columns) -> list[_Row]:
    symbols, symbol = held.texts("instrument")
    words = [*symbols, None]  # the last stands for -1
    numbers = (held.numbers(name) for name in ("cash", "size", "entry_price", "leverage"))
    cash, size, entry, leverage = (list(map(_decimal, column.tolist())) for column in numbers)
    side, kind = held.choice("side", SIDES).tolist(), held.choice("kind", KINDS).tolist()
    return [
        _Row(
            n, cash[n], words[place], size[n], entry[n], leverage[n], SIDES[side[n]], KINDS[kind[n]]
        )
        for n, place in enumerate(symbol.tolist())
    ]


def _coins_of(coins: Columns) -> list[Wallet]:
    words, word = coins.texts("asset")
    amounts = zip(word.tolist(), coins.numbers("amount").tolist(), strict=True)
    return [Wallet(asset=words[place], balance=_decimal(amount)) for place, amount in amounts]


def _decimal(number: float) -> Decimal | None:
    """The shortest decimal that reads as this float; None of NaN, which stands for null."""
    return Decimal(repr(number)) if number == number else None  # noqa: PLR0124


class _Making:
    """Accounts out of rows, with everything else as the terms say."""

    def __init__(self, terms: Account, asset: str) -> None:
        kept = [note for note in notes_of(terms) if note.where not in ("wallets", "positions")]
        extra = {name: value for name, value in terms.extra.items() if name != NOTES}
        if kept:
            extra[NOTES] = documents(kept)
        self.terms = replace(terms, positions=(), wallets=(), reported=None, name=None, extra=extra)
        self.asset = asset
        self.look = Resolver(self.terms, folders()[terms.venue])

    def account(self, rows: list[_Row], coins: list[Wallet]) -> tuple[Account, Kind | None]:
        """The account of these rows, and the one kind of pool that its rows speak of."""
        held = [row for row in rows if row.instrument is not None]
        cash = {row.cash for row in rows}
        if len(cash) > 1:
            raise _wrong("cash", ", ".join(map(str, cash)), "rows of one account give two balances")
        if len({row.kind for row in rows}) > 1:
            raise _wrong("kind", "", "rows of one account are of two kinds", "name a pool for each")
        isolated = bool(held) and held[0].kind == "isolated"
        own = cash.pop() if cash else None
        wallets = list(coins) if isolated else self._wallets(held, coins, own, told=bool(rows))
        if isolated and (len(held) > 1 or coins):
            text = "an isolated pool holds one position and its margin"
            raise _wrong("kind", held[0].kind, text, "name a pool for each")
        made = replace(
            self.terms,
            wallets=tuple(wallets),
            positions=tuple(_position(row, own) for row in held if row.size is not None),
            position_mode=self._mode(held),
        )
        if any(row.size is None for row in held):
            text = "the size of a position is not given"
            made = noted(made, Finding(Code.MISSING_DATA, "positions", text))
        return made, Kind.ISOLATED if isolated else None

    def _mode(self, held: list[_Row]) -> str:
        legs = any(row.side != "both" for row in held)
        return "hedge" if legs else "one_way" if held else self.terms.position_mode

    def _wallets(
        self, held: list[_Row], coins: list[Wallet], cash: Decimal | None, *, told: bool
    ) -> list[Wallet]:
        """The coins, and the cash of positions in the one asset that they settle in."""
        if not told:
            return coins
        settles = dict.fromkeys(self._settle(row) for row in held)
        if coins or not settles:
            asset = self.asset
        elif len(settles) == 1:
            asset = next(iter(settles))
        else:
            text, remedy = "positions of one account settle in two assets", "give its collateral"
            raise _wrong("cash", ", ".join(settles), text, remedy)
        if any(wallet.asset == asset for wallet in coins):
            if cash in (None, ZERO):
                return coins
            text = f"the cash and a row of collateral both give a balance of {asset}"
            raise _wrong("cash", str(cash), text, "give one of them")
        return [Wallet(asset=asset, balance=cash), *coins]

    def _settle(self, row: _Row) -> str:
        assert row.instrument is not None
        if self.look.known(row.instrument) is None:
            text, remedy = "this instrument is not described", "give it in instruments and tiers"
            raise _wrong("instrument", row.instrument, text, remedy)
        return self.look.settle(row.instrument)


def _position(row: _Row, cash: Decimal | None) -> Position:
    assert row.instrument is not None
    assert row.size is not None
    isolated = row.kind == "isolated"
    return Position(
        instrument=row.instrument,
        side=row.side,
        size=row.size,
        entry_price=row.entry_price,
        margin_mode=row.kind,
        leverage=row.leverage,
        isolated_margin=cash if isolated else None,
    )


def _wrong(column: str, found: str, text: str, remedy: str = "") -> BookMisuse:
    return BookMisuse([Problem(column, found, text, remedy)])
