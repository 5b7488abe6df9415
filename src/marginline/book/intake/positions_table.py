"""A book from tables: one row a position, and one row a coin that is held as collateral.

Any frame that narwhals reads will do (Arrow, polars, pandas). Texts are taken apart by Arrow's own
dictionaries, numbers go over as they are: nothing here runs once per row.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from marginline.book.book import Book
from marginline.book.intake.table_accounts import packed_by_rulebook
from marginline.book.intake.table_columns import (
    COLLATERAL_SCHEMA,
    KINDS,
    SCHEMA,
    SIDES,
    Columns,
    accounts_of,
    keys_of,
    parquet_table,
    refuse_contradictions,
)
from marginline.book.intake.tables import TableTerms
from marginline.book.kernels.columns import F8, I8, U2
from marginline.book.kernels.lanes import Rows
from marginline.book.kernels.limits import BookMisuse
from marginline.book.memory import refuse_without_memory
from marginline.book.terms import (
    UNKNOWN_CODE,
    CodeTerms,
    CollateralTerms,
    ContractTerms,
    GroupTerms,
    Priced,
    Terms,
    settle_asset,
    unfit,
)
from marginline.core.numbers import ONE, Quotient
from marginline.core.pool.pool import Kind, Trigger
from marginline.errors import Problem

__all__ = ["COLLATERAL_SCHEMA", "SCHEMA", "from_arrow", "from_parquet"]

Progress = Callable[[str, int, int], None]


def from_parquet(
    path: str | Path,
    terms: TableTerms,
    *,
    collateral: str | Path | None = None,
    keys: Sequence[str] = (),
    trigger: Trigger | None = None,
    threads: int | None = None,
    progress: Progress | None = None,
) -> Book:
    """A book from Parquet files of positions and of collateral: see `from_arrow`."""
    coins = None
    if collateral is not None:
        coins = parquet_table(collateral, COLLATERAL_SCHEMA, "collateral")
    held = parquet_table(path, SCHEMA, "positions", keys)
    return from_arrow(
        held,
        terms,
        collateral=coins,
        keys=keys,
        trigger=trigger,
        threads=threads,
        progress=progress,
    )


def from_arrow(
    positions: Any,
    terms: TableTerms,
    *,
    collateral: Any = None,
    keys: Sequence[str] = (),
    trigger: Trigger | None = None,
    threads: int | None = None,
    progress: Progress | None = None,
) -> Book:
    """A book from tables in any frame that narwhals reads (Arrow, polars, pandas).

    Terms of an account file (`terms_of`) name a venue: its rulebook then judges every account, as
    it judges account files, one by one (a few hundred a second). Terms of no account are the
    standard pool's: charged at the mark by tiers, and only columns are touched.

    Args:
        positions: columns as in `SCHEMA`; others are refused.
        terms: instruments, tiers, marks; haircuts and rates of what is held as collateral.
        collateral: columns as in `COLLATERAL_SCHEMA`. An account with rows here is one pool of
            several assets, valued in `terms.asset`; its `cash` is its balance in that asset (0 of
            an account that has rows here only).
        keys: names of further columns, one value an account, which `Book.keys` keeps by pool.
        trigger: when the venue acts; default at a ratio of 1, warning from 0.8. A rulebook has its
            own.
        threads: of the book.
        progress: called with what is done, how much, of how much.

    Raises:
        BookMisuse: a column is missing or unknown or holds something else; an instrument or a
            coin is not described; a row contradicts itself or another (named by row and column); an
            account has two balances, or positions that settle in two assets without being a pool
            of several.
        BookTooLarge: it would not fit the memory.
    """
    held = Columns(positions, SCHEMA, "positions", keys)
    coins = Columns(collateral, COLLATERAL_SCHEMA, "collateral")
    refuse_without_memory(held.rows * 250 + coins.rows * 250, "these tables")
    names, account, joint_account = accounts_of(held, coins)
    refuse_contradictions(held, coins, account, joint_account)
    kept = keys_of(held, keys, account, len(names))
    if terms.account is not None:
        if trigger is not None:
            text = "the rulebook of the terms says when the venue acts"
            raise BookMisuse([Problem("trigger", terms.account.venue, text, "leave it out")])
        tables = held, coins, account, joint_account
        return packed_by_rulebook(*tables, names, terms, kept, threads=threads, progress=progress)
    table = _Positions(held, account, terms)
    joint = np.zeros(len(names), bool)
    joint[joint_account] = True
    cash = _cash(names, account, held.numbers("cash"), joint)
    book = Book(table.terms, threads=threads)
    own = _own_assets(names, table, joint, terms.asset)
    lanes = _Lanes(table, coins, joint_account, joint, own, cash)
    groups = _groups(table, names, joint, own, trigger or Trigger())
    rows = lanes.rows(groups, terms)
    book.terms_changed()
    for row, priced in enumerate(table.terms.priced.rows):
        known = terms.rates if priced.asset else terms.marks
        book.prices[row] = known.get(priced.name, np.nan)
    book.add_rows(rows, len(names), names)
    book.keys = kept
    return book


# -- positions ---------------------------------------------------------------------------------


class _Positions:
    """Rows that hold a position, in the terms of a book."""

    def __init__(self, held: Columns, account: I8, given: TableTerms) -> None:
        self.terms = Terms()
        symbols, symbol = held.texts("instrument")
        self.row_account, self.kind = account, held.choice("kind", KINDS)
        side = held.choice("side", SIDES)
        self.real = symbol >= 0
        self.account, self.contract = account[self.real], np.zeros(0, np.int64)
        size, entry = held.numbers("size"), held.numbers("entry_price")
        self.size, self.entry = size[self.real], entry[self.real]
        self.code = _codes(self.terms, held.numbers("leverage")[self.real])
        pairs, place = np.unique(symbol[self.real] * 3 + side[self.real], return_inverse=True)
        numbers = [
            self._contract(symbols[pair // 3], SIDES[pair % 3], given) for pair in pairs.tolist()
        ]
        self.contract = np.array(numbers, np.int64)[place]

    def _contract(self, symbol: str, side: str, given: TableTerms) -> int:
        if symbol not in given.instruments or symbol not in given.tiers:
            text, remedy = "this instrument is not described", "give it in instruments and tiers"
            raise BookMisuse([Problem("positions.instrument", symbol, text, remedy)])
        instrument = given.instruments[symbol]
        if why := unfit(given.instruments[symbol], given.tiers[symbol]):
            remedy = "pack its accounts from account files: the exact path assesses them"
            raise BookMisuse([Problem("positions.instrument", symbol, why, remedy)])
        price = self.terms.priced.number(Priced(symbol, "table"))
        asset, tiers = settle_asset(instrument), given.tiers[symbol]
        return self.terms.contracts.number(ContractTerms(price, instrument, side, asset, tiers))

    def assets(self) -> I8:
        """Number of the asset that each position settles in."""
        numbers = [self.terms.assets.number(row.asset) for row in self.terms.contracts.rows]
        return np.array(numbers, np.int64)[self.contract]


def _codes(terms: Terms, leverage: F8) -> U2:
    """Initial terms by leverage; of a position without one they are unknown."""
    unknown = terms.codes.number(UNKNOWN_CODE)
    values, place = np.unique(np.nan_to_num(leverage), return_inverse=True)
    numbers = []
    for one in values.tolist():
        exact = Decimal(repr(one))
        numbers.append(
            terms.codes.number(CodeTerms(exact, Quotient(ONE, exact))) if one else unknown
        )
    return np.array(numbers, np.uint16)[place]


def _cash(names: list[str], account: I8, cash: F8, joint: NDArray[np.bool_]) -> F8:
    """Balance of every account; NaN, which makes it UNKNOWN, where a plain one has none."""
    found = np.full(len(names), np.nan)
    found[account] = cash
    given = found[account]
    two = np.flatnonzero((cash != given) & ~(np.isnan(cash) & np.isnan(given)))
    if len(two):
        text = "rows of one account give two balances"
        raise BookMisuse([Problem("positions.cash", names[account[two[0]]], text)])
    # An account of which only coins are told holds nothing else; a null beside positions is
    # unknown.
    told = np.zeros(len(names), bool)
    told[account] = True
    found[joint & ~told] = 0.0
    return found


# -- pools -------------------------------------------------------------------------------------


def _own_assets(names: list[str], table: _Positions, joint: NDArray[np.bool_], asset: str) -> I8:
    """Number of the asset that each account's pool stands in."""
    own = np.full(len(names), table.terms.assets.number(asset), np.int64)
    settles = table.assets()
    plain = ~joint[table.account]
    own[table.account[plain]] = settles[plain]
    other = np.flatnonzero(plain & (settles != own[table.account]))
    if len(other):
        text = "positions of one account settle in two assets"
        remedy = "name a pool for each, or give its balances as collateral"
        name = names[table.account[other[0]]]
        raise BookMisuse([Problem("positions.account", name, text, remedy)])
    return own


def _groups(
    table: _Positions, names: list[str], joint: NDArray[np.bool_], own: I8, trigger: Trigger
) -> U2:
    """Group of every account: what kind of pool it is, in which asset."""
    kind = np.zeros(len(names), np.int64)
    kind[table.row_account] = table.kind
    two = np.flatnonzero(kind[table.row_account] != table.kind)
    if len(two):
        name = names[table.row_account[two[0]]]
        text = "rows of one account are of two kinds"
        raise BookMisuse([Problem("positions.kind", name, text, "name a pool for each")])
    kind[joint] = 2
    pairs, place = np.unique(own * 3 + kind, return_inverse=True)
    kinds = (Kind.CROSS, Kind.ISOLATED, Kind.ACCOUNT)
    numbers = [
        table.terms.groups.number(
            GroupTerms(kinds[pair % 3], table.terms.assets.rows[pair // 3], trigger)
        )
        for pair in pairs.tolist()
    ]
    return np.array(numbers, np.uint16)[place]


@dataclass(init=False, slots=True)
class _Lanes:
    """One lane an account and asset, ascending by account; the account's own asset among them."""

    table: _Positions
    joint: NDArray[np.bool_]
    own: I8
    account: I8
    asset: I8
    cash: F8
    of_position: I8

    def __init__(
        self,
        table: _Positions,
        coins: Columns,
        coin_account: I8,
        joint: NDArray[np.bool_],
        own: I8,
        cash: F8,
    ) -> None:
        self.table, self.joint, self.own = table, joint, own
        words, word = coins.texts("asset")
        amount = coins.numbers("amount")
        numbers = [table.terms.assets.number(name) for name in words]
        coin = np.array([*numbers, 0], np.int64)[word]
        settles = table.assets()
        many = len(table.terms.assets)
        every = np.arange(len(own))
        keys = [every * many + own, coin_account * many + coin, table.account * many + settles]
        lanes, place = np.unique(np.concatenate(keys), return_inverse=True)
        self.account, self.asset = lanes // many, lanes % many
        of_coin = place[len(own) : len(own) + len(coin)]
        self.of_position = place[len(own) + len(coin) :]
        twice = np.isin(of_coin, place[np.flatnonzero(cash != 0.0)]) if len(of_coin) else of_coin
        for row in np.flatnonzero(twice)[:1]:
            text = f"the cash and a row of collateral both give a balance of {words[word[row]]}"
            raise BookMisuse([coins.problem("asset", row, text, "give one of them")])
        self.cash = np.bincount(of_coin, amount, len(lanes)).astype(float)
        self.cash[place[: len(own)]] += cash

    def rows(self, groups: U2, given: TableTerms) -> Rows:
        """All of it as rows to place. A coin that is not the pool's own has a rate to follow."""
        terms, table = self.table.terms, self.table
        foreign = self.asset != self.own[self.account]
        kinds = self._kinds(foreign, given)
        rate_of = np.array([self._rate_contract(number) for number in range(len(terms.assets))])
        coins = np.flatnonzero(foreign)
        lane = np.concatenate([self.of_position, coins])
        order = np.argsort(lane, kind="stable")
        one = np.ones(len(coins))
        heads = np.flatnonzero(~foreign & self.joint[self.account])
        joint_of_account = np.full(len(self.own), -1, np.int64)
        joint_of_account[self.account[heads]] = np.arange(len(heads))
        joint = joint_of_account[self.account]
        legs = np.flatnonzero(joint >= 0)
        zeros, none = np.zeros(len(heads)), np.zeros(len(legs))
        return Rows(
            pool=self.account.astype(np.uint32),
            joint=joint.astype(np.int32),
            group=groups[self.account],
            cash=self.cash,
            held=np.bincount(lane, minlength=len(self.account)).astype(np.int64),
            contract=np.concatenate([table.contract, rate_of[self.asset[coins]]])[order].astype(
                np.uint16
            ),
            size=np.concatenate([table.size, one])[order],
            entry=np.concatenate([table.entry, one])[order],
            code=np.concatenate([table.code, np.zeros(len(coins), np.uint16)])[order],
            joint_head=heads,
            joint_support=zeros,
            joint_maintenance=zeros,
            joint_initial=zeros,
            leg_lane=legs,
            leg_joint=joint[legs],
            leg_collateral=kinds[legs],
            leg_beside=none,
            leg_loan=np.zeros(len(legs), np.uint16),
            leg_borrowed=none,
            leg_spare=none,
            leg_orders=none,
            leg_liability=none,
        )

    def _kinds(self, foreign: NDArray[np.bool_], given: TableTerms) -> U2:
        """Kind of collateral of every lane of a pool of several assets."""
        terms = self.table.terms
        pairs = self.asset * 2 + foreign
        several = self.joint[self.account]
        found = np.zeros(len(pairs), np.uint16)
        for pair in np.unique(pairs[several]).tolist():
            name, row = terms.assets.rows[pair // 2], -1
            if pair % 2:
                if name not in given.haircuts:
                    text = "the share of this coin that counts is not given"
                    remedy = "give its haircut; a ratio of 1 counts in full"
                    raise BookMisuse([Problem("collateral.asset", name, text, remedy)])
                row = terms.priced.number(Priced(name, "table", True, given.asset))
            haircut = given.haircuts[name] if pair % 2 else None
            kind = CollateralTerms(name, row, haircut=haircut)
            found[pairs == pair] = terms.collaterals.number(kind)
        return found

    def _rate_contract(self, asset: int) -> int:
        """The contract that makes a coin's price move a lane; 0 of an asset that has no price."""
        terms = self.table.terms
        name = terms.assets.rows[asset]
        for kind in terms.collaterals.rows:
            if kind.asset == name and kind.price >= 0:
                return terms.rate_contract(kind.price)
        return 0
