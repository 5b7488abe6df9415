"""Who falls under which shock: from which status to which, and by what."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from marginline.book.book import Book
from marginline.book.kernels.columns import F8, I8, RATE, U1, Units
from marginline.book.kernels.limits import LANES, BookMisuse
from marginline.book.kernels.values import first_slot
from marginline.book.scenarios.stress import worth_of_assets
from marginline.book.sweep import STATUSES, Sweep
from marginline.core.findings import AbsentError
from marginline.core.numbers import exactly
from marginline.core.pool.exposure import need
from marginline.errors import Problem

Progress = Callable[[str, int, int], None]
Losses = dict[str, float]


@dataclass(frozen=True, slots=True)
class Falls:
    """Pools that a shock leaves in a graver status than now; arrays are of shape [falls].

    Shock by shock, within one the gravest first, then by number. Amounts stand in the pool's asset.
    """

    book: Book
    names: tuple[str, ...]
    """of the shocks"""
    shock: I8
    """number of the shock"""
    pool: I8
    before: U1
    after: U1
    """ranks in `Status`"""
    by: tuple[str | None, ...]
    """the instrument or coin whose move costs the pool most; None: no price does"""
    loss: F8
    """what it costs, > 0, before haircuts"""
    support: F8
    requirement: F8

    def __len__(self) -> int:
        return len(self.pool)

    def columns(self) -> dict[str, Any]:
        """One row a fall: shock, account, key columns, from, to, by, loss, asset and figures."""
        pools = self.pool.tolist()
        names, assets = self.book.names(), asset_of_pools(self.book)
        keys = {
            name: [column[pool] if pool < len(column) else None for pool in pools]
            for name, column in self.book.keys.items()
        }
        return {
            "shock": [self.names[number] for number in self.shock.tolist()],
            "account": [names[pool] for pool in pools],
            **keys,
            "from": [STATUSES[rank].value for rank in self.before.tolist()],
            "to": [STATUSES[rank].value for rank in self.after.tolist()],
            "by": list(self.by),
            "loss": self.loss,
            "asset": [assets[pool] for pool in pools],
            "support": self.support,
            "requirement": self.requirement,
            "shortfall": self.shortfall,
        }

    @property
    def shortfall(self) -> F8:
        """What a support below zero is short of zero; 0 of others, NaN of unknown ones."""
        return np.maximum(0.0, -self.support)

    def grouped(
        self, column: str, rates: Mapping[str, float] | None = None
    ) -> list[dict[str, Any]]:
        """Falls counted by the values of one column: one row a shock and value.

        Args:
            column: of `columns()`: a key column, `by`, `from`, `to`, `asset`, `account`.
            rates: worth of one unit of each pool's asset, where the pools stand in several.

        Raises:
            BookMisuse: no such column, or several assets without a rate for each.
        """
        columns = self.columns()
        told = {name for name, values in columns.items() if isinstance(values, list)} - {"shock"}
        if column not in told:
            some = ", ".join(sorted(told))
            raise BookMisuse([Problem("by", column, "no such column", f"there is: {some}")])
        worth = worth_of_assets(self.book, rates)
        unit = [worth[asset] for asset in columns["asset"]]
        short = np.nan_to_num(self.shortfall) * np.array(unit, float)
        found: dict[tuple[int, str], dict[str, Any]] = {}
        for row, number in enumerate(self.shock.tolist()):
            value = columns[column][row]
            group = found.setdefault(
                (number, "" if value is None else str(value)),
                {"shock": self.names[number], column: value, "fell": 0}
                | {status.value: 0 for status in STATUSES[1:]}
                | {"shortfall": 0.0},
            )
            group["fell"] += 1
            group[columns["to"][row]] += 1
            group["shortfall"] += float(short[row])
        return [found[key] for key in sorted(found, key=lambda key: (key[0], -found[key]["fell"]))]


def falls(
    book: Book, prices: F8, names: Sequence[str], *, progress: Progress | None = None
) -> Falls:
    """Every pool that a price vector leaves in a graver status than the prices of now.

    Args:
        book: the book; its prices stay what they are.
        prices: shape [shocks, labels].
        names: of the shocks.
        progress: called with what is done, how much, of how much.
    """
    swept = book.sweep(initial=False)
    held, before = book.open_pools(), swept.status_codes.copy()
    units = Units(*(column.copy() for column in swept.units))
    parts: list[Falls] = []
    for number, vector in enumerate(prices):
        after = book.sweep(vector, initial=False)
        fell = held[after.status_codes[held] > before[held]]
        fell = fell[np.argsort(-after.status_codes[fell].astype(int), kind="stable")]
        look = _Costs(book, units, after)
        costs = [look.dearest(pool) for pool in fell.tolist()]
        parts.append(
            Falls(
                book,
                tuple(names),
                np.full(len(fell), number, np.int64),
                fell,
                before[fell],
                after.status_codes[fell],
                tuple(label for label, _ in costs),
                np.array([loss for _, loss in costs], float),
                after.support[fell],
                after.requirement[fell],
            )
        )
        if progress is not None:
            progress("shocks", number + 1, len(prices))
    return _joined(book, tuple(names), parts)


def _joined(book: Book, names: tuple[str, ...], parts: Sequence[Falls]) -> Falls:
    # Any: columns of different types
    def one(column: str) -> NDArray[Any]:
        arrays = [getattr(part, column) for part in parts]
        return np.concatenate(arrays) if arrays else np.zeros(0, np.int64)

    return Falls(
        book,
        names,
        shock=one("shock"),
        pool=one("pool"),
        before=one("before"),
        after=one("after"),
        by=tuple(label for part in parts for label in part.by),
        loss=one("loss"),
        support=one("support"),
        requirement=one("requirement"),
    )


def asset_of_pools(book: Book) -> list[str]:
    """Asset that every pool stands in, shape [pools]; "" of a closed one."""
    rows = book.terms.groups.rows
    return [
        book.odd[pool].pool.asset
        if pool in book.odd
        else rows[book.store.lanes.group[lane]].asset if lane >= 0 else ""
        for pool, lane in enumerate(book.lanes_of_pools().tolist())
    ]  # fmt: skip


# -- by what -----------------------------------------------------------------------------------


class _Costs:
    """What the prices of a shock cost each pool, by label and in the pool's asset."""

    def __init__(self, book: Book, before: Units, after: Sweep[Book]) -> None:
        self.book, self.before, self.after = book, before, after
        self.labels = book.labels

    def dearest(self, pool: int) -> tuple[str | None, float]:
        """The label whose move costs most, and what; None where none costs anything."""
        losses = self._odd(pool) if pool in self.book.odd else self._in_columns(pool)
        known = [(loss, label) for label, loss in losses.items() if loss > 0.0]
        return max(known)[::-1] if known else (None, 0.0)

    def _in_columns(self, pool: int) -> Losses:
        book, losses = self.book, defaultdict[str, float](float)
        lane = int(book.lane_of_pool[pool])
        joint = int(book.store.lanes.joint[lane])
        legs, kinds = book.store.legs, book.table.collaterals
        row = int(book.store.joints.leg[joint]) if joint >= 0 else -1
        if row < 0:
            for label, loss, _ in self._positions(lane):
                losses[label] += loss
            return losses
        while row >= 0:
            at, own = int(kinds.price[legs.collateral[row]]), int(legs.lane[row])
            now, then = (1.0, 1.0) if at < 0 else (book.prices[at], self.after.prices[at])
            amount = float(book.store.lanes.static[own])
            for label, loss, value in self._positions(own):
                losses[label] += loss * then
                amount += value
            if at >= 0:
                losses[self.labels[at]] += amount * (now - then)
            row = int(legs.next[row])
        return losses

    def _positions(self, lane: int) -> Iterator[tuple[str, float, float]]:
        """Label, loss and signed value of now of a lane's positions, in its settle asset."""
        slots, contracts = self.book.store.slots, self.book.table.contracts
        first = int(first_slot(self.book.store.slices, lane))
        for place in range(int(self.book.store.lanes.used[lane])):
            slot = first + place * LANES
            contract, size = int(slots.contract[slot]), float(slots.size[slot])
            if contracts.payoff[contract] != RATE:
                now, then = self.before.pnl[contract], self.after.units.pnl[contract]
                label = self.labels[int(contracts.instrument[contract])]
                yield label, size * float(now - then), size * float(now)

    @exactly
    def _odd(self, pool: int) -> Losses:
        """As `_in_columns`, of a pool that does not fit columns; what is missing costs nothing."""
        odd, losses = self.book.odd[pool], defaultdict[str, float](float)
        before, after = odd.at(self.book.prices), odd.at(self.after.prices)
        for was, now in zip(before.exposures, after.exposures, strict=True):
            label = self.labels[odd.prices[now.instrument.symbol]]
            with suppress(AbsentError):
                lost = was.pnl_at(need(was.mark)) - now.pnl_at(need(now.mark))
                losses[label] += float(lost * need(now.value_rate))
        for held, leg in zip(before.legs, after.legs, strict=True):
            if leg.asset in odd.rates:
                label = self.labels[odd.rates[leg.asset][0]]
                with suppress(AbsentError):
                    losses[label] += float(held.worth * (need(held.index) - need(leg.index)))
        return losses
