"""From accounts to a book: each account's pools, by its venue's rulebook, into columns."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from decimal import Decimal

import numpy as np

from marginline.book.book import STANDARD_RULES, Book
from marginline.book.exact.odd import OddPool
from marginline.book.intake.fitting import Fitter, PoolRow, Unfit
from marginline.book.kernels.lanes import Rows
from marginline.book.terms import Priced
from marginline.core.account.account import Account
from marginline.core.assessment.figures import Rules
from marginline.core.findings import Gap
from marginline.core.numbers import exactly
from marginline.core.pool.pool import Kind, Pool
from marginline.venues import at
from marginline.venues.rulebook import Rulebook

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
        self._prices: dict[int, Decimal] = {}

    def account(self, account: Account, name: str = "") -> None:
        """Every pool of an account, by the rulebook in force at its moment.

        Raises:
            RulebookError: no rulebook covers the account.
        """
        rulebook = at(account.venue, account.mode, account.as_of)
        name = name or account.name or ""
        for pool in exactly(rulebook.resolve)(account).pools:
            if pool.kind is not Kind.RISK_UNIT:
                label = f"{name}:{pool.id}" if name else pool.id
                self.pool(pool, account.venue, rulebook, label)

    @exactly
    def pool(
        self, pool: Pool, venue: str = "", rulebook: Rulebook | None = None, name: str = ""
    ) -> None:
        """One pool. What does not fit columns is kept for the exact path, with the reason."""
        self.names.append(name or pool.id)
        self._note_prices(pool, venue)
        try:
            self._rows.append(Fitter(self.book.terms, venue, rulebook).fit(pool))
        except Unfit as unfit:
            rules: Rules = STANDARD_RULES if rulebook is None else rulebook.rules
            self._odd.append((len(self._rows), self._odd_pool(pool, venue, rules, str(unfit))))
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
            if not isinstance(exposure.mark, Gap):
                self._prices[row] = exposure.mark
        for asset, rate in _rates_of(pool).items():
            self._prices[priced.number(Priced(asset, venue, True, pool.asset))] = rate

    def add(self) -> int:
        """Add what was collected to the book; number of the first pool."""
        book = self.book
        book.terms_changed()
        for row, price in self._prices.items():
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

    Marks and rates are those of the accounts, of the last one where they differ. A pool's name is
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
