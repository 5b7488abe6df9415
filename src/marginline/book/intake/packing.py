"""From accounts to a book: each account's pools, by its venue's rulebook, into columns."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import numpy as np

from marginline.book.accounts import STANDARD_RULES
from marginline.book.book import Book
from marginline.book.exact.odd import Doubt, OddPool
from marginline.book.intake.doubting import doubts_by_pool
from marginline.book.intake.fitting import Fitter, PoolRow, Unfit
from marginline.book.kernels.lanes import Rows
from marginline.book.terms import Priced
from marginline.core.account.account import Account
from marginline.core.assessment.figures import Rules
from marginline.core.numbers import exactly
from marginline.core.pool.exposure import known
from marginline.core.pool.pool import Kind, Pool
from marginline.venues import at
from marginline.venues.rulebook import Rulebook

_NEVER = datetime.min.replace(tzinfo=UTC)  # before any account: pools without a moment of their own
Progress = Callable[[str, int, int], None]


class Packer:
    """Collects pools, and adds them to a book in one go."""

    def __init__(self, book: Book) -> None:
        self.book = book
        self._forget()

    def _forget(self) -> None:
        self.names: list[str] = []
        self._rows: list[PoolRow | None] = []
        self._odd: list[tuple[int, OddPool]] = []
        self._prices: dict[int, tuple[datetime, Decimal | None]] = {}
        self._now = _NEVER

    def account(self, account: Account, name: str = "", kind: Kind | None = None) -> None:
        """Every pool of an account (of one kind), by the rulebook in force at its moment.

        What the account contradicts or leaves untold keeps its pools from being called safe.

        Raises:
            RulebookError: no rulebook covers the account.
            DocumentError: the account contradicts what its venue allows.
        """
        rulebook = at(account.venue, account.mode, account.as_of)
        name = name or account.name or ""
        resolved = exactly(rulebook.resolve)(account)
        doubts = doubts_by_pool(account, rulebook, resolved)
        self._now = account.as_of
        pools = resolved.pools or (_nothing(account),)
        for pool in pools:
            if pool.kind is not Kind.RISK_UNIT and kind in (None, pool.kind):
                label = f"{name}:{pool.id}" if name else pool.id
                self.pool(pool, account.venue, rulebook, label, doubts.get(pool.id))
        self._now = _NEVER

    @exactly
    def pool(
        self,
        pool: Pool,
        venue: str = "",
        rulebook: Rulebook | None = None,
        name: str = "",
        doubt: Doubt | None = None,
    ) -> None:
        """One pool. What does not fit columns is kept for the exact path, with the reason."""
        self.names.append(name or pool.id)
        self._note_prices(pool, venue)
        rules: Rules = STANDARD_RULES if rulebook is None else rulebook.rules
        try:
            if doubt is not None:
                raise Unfit(doubt.text)
            self._rows.append(Fitter(self.book.terms, venue, rulebook).fit(pool))
        except Unfit as unfit:
            odd = self._odd_pool(pool, venue, rules, str(unfit))
            self._odd.append((len(self._rows), replace(odd, doubt=doubt)))
            self._rows.append(None)

    def _odd_pool(self, pool: Pool, venue: str, rules: Rules, why: str) -> OddPool:
        row_of = self.book.terms.priced.number
        symbols = [e.instrument.symbol for e in pool.exposures]
        rates = {
            asset: (row_of(Priced(asset, venue, True, pool.asset)), rate)
            for asset, rate in _rates_of(pool).items()
        }
        return OddPool(pool, rules, {s: row_of(Priced(s, venue)) for s in symbols}, rates, why)

    def _note_prices(self, pool: Pool, venue: str) -> None:
        priced = self.book.terms.priced
        for exposure in pool.exposures:
            row = priced.number(Priced(exposure.instrument.symbol, venue))
            self._note_price(row, known(exposure.mark))
        for asset, rate in _rates_of(pool).items():
            self._note_price(priced.number(Priced(asset, venue, True, pool.asset)), rate)

    def _note_price(self, row: int, price: Decimal | None) -> None:
        """The price of the newest account that holds it, given or not; of one moment, the last."""
        moment, known = self._prices.get(row, (_NEVER, None))
        if self._now > moment or (self._now == moment and (price is not None or known is None)):
            self._prices[row] = self._now, price

    def add(self) -> int:
        """Add what was collected to the book; number of the first pool."""
        book = self.book
        book.terms_changed()
        for row, (_, price) in self._prices.items():
            if price is not None:
                book.prices[row] = float(price)
        first = book.add_rows(rows_of(self._rows), len(self._rows), self.names)
        for number, pool in enumerate(self._rows, first):
            if pool is not None and pool.own:
                book.own[number] = pool.own
            if pool is not None and pool.credit:
                book.credit[number] = pool.credit
        book.odd |= {first + number: odd for number, odd in self._odd}
        self._forget()
        return first


def _nothing(account: Account) -> Pool:
    """Of an account without wallets and positions: a pool that nothing is known of."""
    return Pool(account.venue, Kind.CROSS, "", (), ())


def _rates_of(pool: Pool) -> dict[str, Decimal]:
    """Rates of the pool's other assets in its own, as far as they are known."""
    found = {loan.asset: loan.index for loan in pool.borrows}
    found |= {leg.asset: leg.index for leg in pool.legs}
    found.pop(pool.asset, None)
    return {asset: rate for asset, rate in found.items() if isinstance(rate, Decimal) and rate}


def pack(
    accounts: Iterable[Account],
    *,
    book: Book | None = None,
    progress: Progress | None = None,
    threads: int | None = None,
) -> Book:
    """A book of accounts, or more accounts in a book that there is.

    Marks and rates are those of the newest account that holds them (of one moment: of the last);
    where the newest has none there is none, and its holders are UNKNOWN. A pool's name is
    `account name:pool id`.
    """
    packer = Packer(book or Book(threads=threads))
    for number, account in enumerate(accounts, 1):
        packer.account(account)
        if progress is not None:
            progress("packing accounts", number, 0)
    packer.add()
    return packer.book


def rows_of(pools: Iterable[PoolRow | None]) -> Rows:
    """Pools that fit, as rows to place; a pool that does not fit keeps its number only."""
    lanes: list[tuple[int, int, int, float, int]] = []
    positions: list[tuple[int, Decimal, Decimal, int]] = []
    joints: list[tuple[int, Decimal, Decimal, Decimal]] = []
    legs: list[tuple[int, int, int, Decimal, int, Decimal, Decimal, Decimal, Decimal]] = []
    for number, pool in enumerate(pools):
        if pool is None:
            continue
        joint = -1
        if pool.joint is not None:
            joint = len(joints)
            joints.append((len(lanes), *pool.joint))
        for leg in pool.legs:
            if joint >= 0:
                of_leg = leg.collateral, leg.beside, *leg.loan, leg.orders, leg.liability
                legs.append((len(lanes), joint, *of_leg))
            lanes.append((number, joint, pool.group, float(leg.cash), len(leg.positions)))
            positions += leg.positions
    number_of, joint_of, group, cash, count = zip(*lanes, strict=True) if lanes else ((),) * 5
    contract, size, entry, code = zip(*positions, strict=True) if positions else ((),) * 4
    head, support, maintenance, initial = zip(*joints, strict=True) if joints else ((),) * 4
    columns = zip(*legs, strict=True) if legs else ((),) * 9
    lane, of, kind, beside, loan, borrowed, spare, orders, liability = columns
    return Rows(
        np.array(number_of, np.uint32),
        np.array(joint_of, np.int64),
        np.array(group, np.uint16),
        np.array(cash, float),
        np.array(count, np.int64),
        np.array(contract, np.uint16),
        np.array([float(x) for x in size]),
        np.array([float(x) for x in entry]),
        np.array(code, np.uint16),
        np.array(head, np.int64),
        np.array([float(x) for x in support]),
        np.array([float(x) for x in maintenance]),
        np.array([float(x) for x in initial]),
        np.array(lane, np.int64),
        np.array(of, np.int64),
        np.array(kind, np.uint16),
        np.array([float(x) for x in beside]),
        np.array(loan, np.uint16),
        np.array([float(x) for x in borrowed]),
        np.array([float(x) for x in spare]),
        np.array([float(x) for x in orders]),
        np.array([float(x) for x in liability]),
    )
