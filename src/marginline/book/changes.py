"""Changes while the book runs: no rebuild, and a watch is told at once.

Room that a closed account or position leaves is used again; columns grow by a quarter when they are
full. What a change does to levels comes back as `Events`, as of a tick.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import cache

import numpy as np
from numpy.typing import NDArray

from marginline.book.book import Book
from marginline.book.events import Events, no_events
from marginline.book.exact.odd import OddPool, decimal_of, with_funding, with_haircut, with_tiers
from marginline.book.intake.fitting import has_none
from marginline.book.intake.packing import Packer
from marginline.book.kernels.changes import CLOSE, DONE, FILL, TRANSFER, Batch
from marginline.book.kernels.changes import apply as apply_rows
from marginline.book.kernels.changes import pay_funding as move_funding
from marginline.book.kernels.columns import F8, JOINTS, LEGS, SLICES, SLOTS, Units, empty_units
from marginline.book.kernels.lanes import grown, restate_lanes
from marginline.book.kernels.limits import LANES, BookMisuse
from marginline.book.kernels.rings import Rings
from marginline.book.kernels.values import price_contracts
from marginline.book.terms import (
    UNKNOWN_CODE,
    CodeTerms,
    CollateralTerms,
    ContractTerms,
    GroupTerms,
    Priced,
    settle_asset,
    unfit,
)
from marginline.core.account.account import Account, Instrument
from marginline.core.measures import Measure
from marginline.core.numbers import ONE, Quotient, exact
from marginline.core.pool.pool import Pool
from marginline.core.pool.schedules import HaircutSchedule, TierSchedule
from marginline.errors import Problem


@dataclass
class Changes:
    """A batch under construction: `fill`, `transfer` and `close` in the order they happened."""

    book: Book
    _rows: list[tuple[int, int, int, float, float, float, int]] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self._rows)

    def fill(
        self,
        pool: int,
        instrument: str,
        size: float,
        price: float,
        *,
        fee: float = 0.0,
        side: str = "both",
        leverage: int | None = None,
    ) -> None:
        """A fill of a signed size; `fee` is a cash flow (paid is negative), in the settle asset.

        `leverage` is set where the fill opens a position; without it the initial margin of such a
        position is unknown (NaN).
        """
        contract, code = contract_of(self.book, instrument, side), code_of(self.book, leverage)
        self._rows.append((FILL, pool, contract, size, price, fee, code))

    def transfer(self, pool: int, amount: float, asset: str = "") -> None:
        """A deposit (or, negative, a withdrawal) of an asset; "" is the pool's own.

        Raises:
            BookMisuse: no pool of the book has the asset.
        """
        number = 1 + asset_number(self.book, asset) if asset else 0
        self._rows.append((TRANSFER, pool, number, amount, 0.0, 0.0, 0))

    def close(self, pool: int) -> None:
        """The account leaves. Its number is not used again."""
        self._rows.append((CLOSE, pool, 0, 0.0, 0.0, 0.0, 0))

    def apply(self) -> Events:
        """Apply the batch: see `apply`."""
        for _, pool, *_ in self._rows:
            if pool < 0:
                raise BookMisuse([Problem("pool", str(pool), "pools are numbered from 0")])
        columns = list(zip(*self._rows, strict=True)) if self._rows else [()] * 7
        kinds = (np.uint8, np.uint32, np.uint16, float, float, float, np.uint16)
        batch = Batch(*(np.array(c, kind) for c, kind in zip(columns, kinds, strict=True)))
        self._rows = []
        return apply(self.book, batch)


def contract_of(book: Book, instrument: str, side: str = "both") -> int:
    """Number of the newest contract of an instrument and side.

    Raises:
        BookMisuse: the book has none; `add_instrument` makes one.
    """
    row = book.price_row(instrument)
    found = [
        n
        for n, terms in enumerate(book.terms.contracts.rows)
        if terms.price == row and terms.side == side and terms.instrument is not None
    ]
    if not found:
        text = "the book has no contract of this instrument and side"
        remedy = "make one with add_instrument"
        raise BookMisuse([Problem("instrument", f"{instrument}/{side}", text, remedy)])
    return found[-1]


def code_of(book: Book, leverage: int | None) -> int:
    """Number of the initial terms of a leverage, at the mark.

    Raises:
        BookMisuse: a leverage of 0 or below.
    """
    if leverage is not None and leverage <= 0:
        raise BookMisuse([Problem("leverage", str(leverage), "must be above 0", "10 is 10x")])
    before = len(book.terms.codes)
    if leverage is None:
        code = book.terms.codes.number(UNKNOWN_CODE)
    else:
        code = book.terms.codes.number(
            CodeTerms(Decimal(leverage), Quotient(ONE, Decimal(leverage)))
        )
    if len(book.terms.codes) != before:
        book.terms_changed()
    return code


def asset_number(book: Book, asset: str) -> int:
    """Number of an asset, as `Contracts.asset` has it."""
    book.table  # noqa: B018 - making the table numbers every asset
    known = book.terms.assets.rows
    if asset not in known:
        some = ", ".join(sorted(filter(None, known)))
        text = "no pool of the book has this asset"
        raise BookMisuse([Problem("asset", asset, text, f"there is: {some}")])
    return known.index(asset)


def apply(book: Book, batch: Batch) -> Events:
    """Apply changes in their order. `book.refused` are the rows that named no open pool or leg.

    With a watch on the book its levels are kept, and what changed comes back.
    """
    outcome = np.zeros(len(batch.kind), np.uint8)
    _refuse_unpriced(batch)
    _refuse_into_free_money(book, batch)
    row, found = 0, no_events()
    while row < len(batch.kind):
        watch = book.watch
        rings = _no_rings() if watch is None else watch.rings
        units = _no_units() if watch is None else watch.units
        before = row
        row, events = apply_rows(
            batch, row, book.store, book.table, book.lane_of_pool, watch is not None, rings, units,
            book.prices, outcome, 0,
        )  # fmt: skip
        if watch is not None and events:
            found = _joined(found, watch.events(row - before, events))
        if row < len(batch.kind) and row == before:
            _make_room(book)
    for place in np.flatnonzero(batch.kind == CLOSE):
        if book.odd.pop(int(batch.pool[place]), None) is not None:
            outcome[place] = DONE
    book.refused = np.flatnonzero(outcome != DONE)
    return found


def _refuse_unpriced(batch: Batch) -> None:
    fills = batch.kind == FILL
    wrong = fills & ~(np.isfinite(batch.price) & (batch.price > 0) & np.isfinite(batch.size))
    wrong |= ~np.isfinite(batch.fee) | ((batch.kind == TRANSFER) & ~np.isfinite(batch.size))
    if wrong.any():
        row = int(np.flatnonzero(wrong)[0])
        text = "sizes, fees and amounts are finite, prices above 0; nothing was applied"
        found = f"size {batch.size[row]}, price {batch.price[row]}, fee {batch.fee[row]}"
        raise BookMisuse([Problem(f"changes[{row}]", found, text)])


def _refuse_into_free_money(book: Book, batch: Batch) -> None:
    """A pool that its venue requires nothing of: a position in it would be charged nothing."""
    rows = book.terms.groups.rows
    bare = np.array([_is_free_money(book, row) for row in rows], bool)
    if not bare.any():
        return
    fills = np.flatnonzero((batch.kind == FILL) & (batch.pool < book.pools))
    lanes = book.lanes_of_pools()[batch.pool[fills]]
    fills, lanes = fills[lanes >= 0], lanes[lanes >= 0]
    for place in np.flatnonzero(bare[book.store.lanes.group[lanes]])[:1]:
        row = int(fills[place])
        text = "this pool holds free money alone; nothing was applied"
        remedy = "add the isolated position's own pool with add_pools or add_accounts"
        pool = int(batch.pool[row])
        name = (book.pool_names or {}).get(pool, str(pool))
        raise BookMisuse([Problem(f"changes[{row}].pool", name, text, remedy)])


def _is_free_money(book: Book, group: GroupTerms) -> bool:
    if group.rulebook < 0:
        return False
    rulebook = book.terms.rulebooks[group.rulebook]
    return has_none(rulebook, group.kind, Measure.MAINTENANCE_MARGIN)


def _joined(a: Events, b: Events) -> Events:
    return Events(
        np.concatenate([a.pool, b.pool]),
        np.concatenate([a.before, b.before]),
        np.concatenate([a.after, b.after]),
        a.looked + b.looked,
    )


def _make_room(book: Book, slices: int = 64, joints: int = 0, legs: int = 0) -> None:
    """Columns a quarter longer."""
    count = book.store.room.tally
    width = int(book.store.slices.width[: book.slices].max(initial=4)) * 2 + 4
    more = max(slices, int(count[SLICES]) // 8)
    slots = max(more * LANES * 4, int(count[SLOTS]) // 8, width * LANES * 2)
    store = book.store
    book.store = grown(
        store,
        max(more, len(store.slices.slot) - int(count[SLICES]) + more),
        max(slots, len(store.slots.size) - int(count[SLOTS]) + slots),
        joints and joints + int(count[JOINTS]) // 8,
        legs and legs + int(count[LEGS]) // 8,
    )
    if book.watch is not None:
        book.watch.grow()


@cache
def _no_rings() -> Rings:
    u4, u2, u1 = np.zeros(0, np.uint32), np.zeros(0, np.uint16), np.zeros(0, np.uint8)
    i8 = np.zeros(0, np.int64)
    return Rings(
        head=u4, here=i8, valid=u1, next=u4, prev=u4, place=u2, candidate=u4, before=u1,
        after=u1, threshold=np.zeros((0, 4)), first_contract=i8, next_contract=i8,
    )  # fmt: skip


def _no_units() -> Units:
    return empty_units(1)


# -- accounts ----------------------------------------------------------------------------------


def add_accounts(book: Book, accounts: Sequence[Account]) -> Events:
    """New accounts by their venues' rulebooks; the numbers of their pools follow the last one."""
    packer = Packer(book)
    for account in accounts:
        packer.account(account)
    return _added(book, packer)


def add_pools(book: Book, pools: Sequence[Pool], venue: str = "") -> Events:
    """New pools in normal form."""
    packer = Packer(book)
    for pool in pools:
        packer.pool(pool, venue)
    return _added(book, packer)


def _added(book: Book, packer: Packer) -> Events:
    before = book.prices.copy()
    first = packer.add()
    ticked = _tick_of_news(book, before)
    return _joined(ticked, armed(book, np.arange(first, book.pools)))


def _tick_of_news(book: Book, before: F8) -> Events:
    """Marks and rates that came with what was added: a tick for all who hold them already."""
    if book.watch is None:
        return no_events()
    known = len(before)
    same = (book.prices[:known] == before) | (np.isnan(book.prices[:known]) & np.isnan(before))
    rows = np.flatnonzero(~same)
    news = book.prices[rows].copy()
    book.prices[rows] = before[rows]
    book.watch.grow()
    return book.watch.tick_rows(rows, news)


def armed(book: Book, pools: NDArray[np.int64]) -> Events:
    """Look at these pools, after they have been added or changed beside `apply`."""
    if book.watch is None:
        return no_events()
    book.watch.grow()
    zeros = np.zeros(len(pools))
    batch = Batch(
        np.full(len(pools), TRANSFER, np.uint8), pools.astype(np.uint32),
        np.zeros(len(pools), np.uint16), zeros, zeros, zeros, np.zeros(len(pools), np.uint16),
    )  # fmt: skip
    return apply(book, batch)


# -- the whole book ----------------------------------------------------------------------------


def pay_funding(book: Book, rates: Mapping[str, float]) -> Events:
    """Book one funding for every position of these instruments, at the marks of now.

    Args:
        book: the book.
        rates: by instrument, a fraction of notional; positive: longs pay.

    Raises:
        BookMisuse: an instrument has no mark, so that nothing can be booked.
    """
    rows = {book.price_row(name): rate for name, rate in rates.items()}
    for name in rates:
        mark = book.prices[book.price_row(name)]
        if not (np.isfinite(mark) and mark > 0):
            raise BookMisuse([Problem("rates", name, f"its mark is {mark}; nothing was booked")])
    units = empty_units(len(book.terms.contracts))
    table = book.table
    price_contracts(table.contracts, table.tiers, len(units.value), book.prices, units)
    rate = np.array([rows.get(row.price, 0.0) for row in book.terms.contracts.rows])
    move_funding(0, book.slices, book.store, table, units, rate)
    exact = {book.terms.priced.rows[row].name: decimal_of(paid) for row, paid in rows.items()}
    _change_odd(book, lambda odd: with_funding(odd.pool, odd.at(book.prices), exact))
    return _all_changed(book)


def set_tiers(book: Book, instrument: str, schedule: TierSchedule) -> Events:
    """New maintenance tiers of an instrument, for every position in it.

    Raises:
        BookMisuse: columns cannot charge by such a table; nothing was changed.
    """
    row = book.price_row(instrument)
    for terms in book.terms.contracts.rows:
        if terms.price == row and terms.instrument and (why := unfit(terms.instrument, schedule)):
            remedy = "pack the book anew: the exact path assesses such accounts"
            raise BookMisuse([Problem("schedule", instrument, why, remedy)])
    _change_odd(book, lambda odd: with_tiers(odd.pool, instrument, schedule))
    for number, terms in enumerate(book.terms.contracts.rows):
        if terms.price == row and terms.instrument is not None:
            book.terms.contracts.replace(number, replace(terms, schedule=schedule))
            book.terms.big_above[number] = 0.0
    book.terms_changed()
    restate_lanes(book.store, book.table, 0, book.slices * LANES)
    return _all_changed(book)


def set_haircut(book: Book, asset: str, haircut: HaircutSchedule | None) -> Events:
    """A new haircut of a collateral asset, for every pool that holds it."""
    _change_odd(book, lambda odd: with_haircut(odd.pool, asset, haircut))
    for number, terms in enumerate(book.terms.collaterals.rows):
        if terms.asset == asset and (terms.haircut is not None or terms.price >= 0):
            book.terms.collaterals.replace(number, replace(terms, haircut=haircut))
    book.terms_changed()
    return _all_changed(book)


def add_instrument(
    book: Book,
    instrument: Instrument,
    schedule: TierSchedule,
    mark: float,
    *,
    side: str = "both",
    venue: str = "",
) -> int:
    """A new instrument with its tiers and mark; number of its contract.

    Of a symbol that the book has already the mark is a tick like any other, whose events are lost:
    tick it first where a watch needs them.
    """
    known = {priced.venue for priced in book.terms.priced.rows[1:] if not priced.asset}
    home = venue or (known.pop() if len(known) == 1 else "")
    row = book.terms.priced.number(Priced(instrument.symbol, home))
    settle = settle_asset(instrument)
    if why := unfit(instrument, schedule):
        raise BookMisuse([Problem("schedule", instrument.symbol, why)])
    contract = book.terms.contracts.number(ContractTerms(row, instrument, side, settle, schedule))
    before = book.prices.copy()
    book.terms_changed()
    book.prices[row] = mark
    _tick_of_news(book, before)
    return contract


def replace_collateral(book: Book, number: int, terms: CollateralTerms) -> Events:
    """Other terms of one kind of collateral leg: a haircut, the sides of its rate."""
    book.terms.collaterals.replace(number, terms)
    book.terms_changed()
    return _all_changed(book)


def _change_odd(book: Book, change: Callable[[OddPool], Pool]) -> None:
    """Apply a change to every pool that does not fit columns."""
    with exact():
        for number, odd in book.odd.items():
            book.odd[number] = replace(odd, pool=change(odd))
    book.forget_odd_figures()


def _all_changed(book: Book) -> Events:
    book.units(book.prices)
    if book.watch is None:
        return no_events()
    return book.watch.rearm()
