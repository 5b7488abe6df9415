"""Resting orders filled while the market moves: how far a pool is from the line with them.

A limit order fills at its own price when the price of its instrument meets it. The account with the
filled orders is resolved again by its own rulebook, so that tiers, order margin and position mode
count as the venue counts them. Stops and take-profits are left out: whether they save depends on
the market they meet.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from marginline import formulas
from marginline.core.account.account import Account, Order, Position
from marginline.core.assessment.bulk import judged
from marginline.core.assessment.figures import PoolFigures
from marginline.core.distance.distance import (
    NOT_COMPUTED,
    WITH_ORDERS,
    Move,
    event_of,
    motion_together,
)
from marginline.core.distance.motion import Motion
from marginline.core.distance.reach import health, reach, refined, stands
from marginline.core.distance.standing import moving_base
from marginline.core.findings import AbsentError, missing
from marginline.core.measures import Measure
from marginline.core.nouns import dataclass
from marginline.core.numbers import ONE, ZERO, to_text
from marginline.core.pool import terms
from marginline.core.pool.exposure import need
from marginline.core.pool.pool import Pool
from marginline.errors import InputError
from marginline.venues import folders
from marginline.venues.resolve.resolver import Resolver
from marginline.venues.rulebook import Rulebook

STEPS_MAX = 48
WORK_MAX = 1500
"""Rows of the account times ways that are followed: beyond it, the ways of most value alone."""
_GRAIN = Decimal("1e-9")


@dataclass(frozen=True, slots=True)
class Rest:
    """A resting limit order, and the relative move of its mark at which it fills."""

    order: Order
    at: Decimal


class OnTheWay:
    """The limit orders of an account, and what its pools are once some of them have filled."""

    def __init__(self, account: Account, book: Rulebook) -> None:
        self.account = account
        self.book = book
        self._look: Resolver | None = None
        self._ways: tuple[str | None, ...] | None = None
        self._pools: dict[tuple[str, int, str | None], dict[str, Pool]] = {}
        self.down: list[Rest] = []
        self.up: list[Rest] = []
        for order in account.orders:
            if (rest := _rest(account, order)) is not None:
                (self.down if order.side == "buy" else self.up).append(rest)
        self.down.sort(key=lambda rest: -rest.at)
        self.up.sort(key=lambda rest: rest.at)

    @property
    def look(self) -> Resolver:
        """Look-ups in the account."""
        if self._look is None:
            self._look = Resolver(self.account, folders()[self.account.venue])
        return self._look

    def __bool__(self) -> bool:
        return bool(self.down or self.up)

    def within(self, pool: Pool, band: Decimal) -> Move | None:
        """The smallest move of at most `band` at which a pool meets the line with its orders."""
        found = [
            move
            for symbol in self._followed()
            for end in (-band, band)
            if (move := self._met(pool, end, symbol)) is not None
        ]
        return min(found, key=lambda move: abs(move.move or ZERO), default=None)

    def nearest(self, pool: Pool) -> Move:
        """The smallest move at which a pool meets the line with its orders filled on the way."""
        try:
            found = [
                move
                for symbol in self._followed()
                for end in (-(ONE - _GRAIN), Decimal(3))
                if (move := self._met(pool, end, symbol, beyond=True)) is not None
            ]
        except AbsentError as absent:
            return Move(WITH_ORDERS, None, reason=absent.gap.message)
        except ArithmeticError:
            return Move(WITH_ORDERS, None, reason=NOT_COMPUTED)
        followed, ways = len(self._followed()), len(self._movers())
        part = "" if followed == ways else f"of {ways} ways, {followed} were followed"
        if found:
            nearest = min(found, key=lambda move: abs(move.move or ZERO))
            return replace(nearest, reason=part)
        text = f"no move on which limit orders fill leads to {event_of(pool)}"
        return Move(WITH_ORDERS, None, reason=f"{part}: {text}" if part else text)

    def unproven(self, figures: PoolFigures, band: Decimal) -> str:
        """Why it is not known that no move of `band` leads to the line; "" where it is.

        With very many orders most ways are not followed; a bound on all of them then decides.
        """
        if len(self._followed()) == len(self._movers()):
            return ""
        try:
            room = figures[Measure.SUPPORT] - 2 * self._needed(figures)
            if room > 2 * self._at_stake(figures.pool, band):
                return ""
        except AbsentError:
            pass
        return (
            f"there are too many orders to follow each way on which they fill; that no move of"
            f" {to_text(band * 100)} % leads to {event_of(figures.pool)} is not proven"
        )

    @staticmethod
    def _needed(figures: PoolFigures) -> Decimal:
        level = figures.pool.trigger.level
        return level * figures[Measure.MAINTENANCE_MARGIN] + figures[Measure.CLOSING_FEE]

    def _at_stake(self, pool: Pool, band: Decimal) -> Decimal:
        """The most that a move of `band` can lose and come to require once every order has filled.

        Raises:
            AbsentError: a value or a tier is not known, or an order is of another instrument.
        """
        step, lost = band / (ONE - band), ZERO
        by_symbol = {e.instrument.symbol: e for e in pool.exposures}
        of_one = {symbol: replace(e, size=ONE) for symbol, e in by_symbol.items()}
        resting: dict[str, Decimal] = {}
        for rest in (*self.down, *self.up):
            order, price = rest.order, rest.order.price
            exposure = by_symbol.get(order.instrument)
            if exposure is None or price is None:
                raise AbsentError(missing("an order is of another instrument"))
            opened = of_one[order.instrument]
            at_mark = opened.notional_at(need(exposure.mark)) * order.size
            own = opened.notional_at(price) * order.size
            lost += abs(at_mark - own) * need(exposure.value_rate) if not rest.at else ZERO
            largest = max(own, at_mark)
            resting[order.instrument] = resting.get(order.instrument, ZERO) + largest
        for exposure in pool.exposures:
            held = exposure.notional_at(need(exposure.mark))
            filled = resting.get(exposure.instrument.symbol, ZERO)
            schedule = terms.schedule_of(exposure)
            charged = filled * max(schedule.rates)
            lost += ((held + filled) * step + charged) * need(exposure.value_rate)
        for leg in pool.legs if len(pool.legs) > 1 else ():
            lost += (abs(need(leg.balance)) + leg.liability) * need(leg.index) * step
        return lost

    def _movers(self) -> tuple[str | None, ...]:
        """All together (None), and every instrument with an order alone."""
        symbols = dict.fromkeys(rest.order.instrument for rest in (*self.down, *self.up))
        return (None, *symbols)

    def _followed(self) -> tuple[str | None, ...]:
        """The ways that are followed: all, or those of most value where there are very many."""
        if self._ways is None:
            ways, account = self._movers(), self.account
            rows = len(account.positions) + len(account.orders)
            if len(ways) * rows > WORK_MAX:
                value: dict[str | None, Decimal] = {None: Decimal("Infinity")}
                for rest in (*self.down, *self.up):
                    order = rest.order
                    own = abs(self.look.value(order.instrument, order.size, order.price or ZERO))
                    value[order.instrument] = value.get(order.instrument, ZERO) + own
                ways = tuple(sorted(ways, key=lambda s: -value[s])[: WORK_MAX // rows])
            self._ways = ways
        return self._ways

    def _rests(self, symbol: str | None, *, down: bool) -> list[Rest]:
        side = self.down if down else self.up
        return [rest for rest in side if symbol in (None, rest.order.instrument)]

    def _met(
        self, pool: Pool, end: Decimal, symbol: str | None, *, beyond: bool = False
    ) -> Move | None:
        """Where the pool meets the line on the way to `end`, once an order has filled; else None.

        `beyond`: after the last order the exact walk goes on.
        """
        down = end < 0
        rests = [r for r in self._rests(symbol, down=down) if abs(r.at) <= abs(end)]
        if not rests:
            return None
        inside = ZERO
        for point in _points(rests, end):
            if not self._safe(pool, point, rests, symbol, down=down):
                break
            inside = point
        else:
            if not beyond:
                return None
            return self._afterwards(pool, rests, symbol, down=down)
        if inside == point:
            return self._move(point, symbol)

        def safe(t: Decimal) -> bool:
            return self._safe(pool, t, rests, symbol, down=down)

        if not safe(inside):
            return self._move(inside, symbol)
        found = refined(safe, inside, point, _GRAIN)
        return self._move(found, symbol) if abs(found) >= abs(rests[0].at) else None

    def _move(self, t: Decimal, symbol: str | None) -> Move:
        if symbol is None:
            return Move(WITH_ORDERS, t)
        return Move(WITH_ORDERS, t, symbol, self.account.market.mark[symbol] * (ONE + t))

    def _afterwards(
        self, pool: Pool, rests: Sequence[Rest], symbol: str | None, *, down: bool
    ) -> Move | None:
        """Past the last order: from there the walk of the pool with all of them filled."""
        after = self._pool(pool, len(rests), symbol, down=down)
        if after is None or not after.exposures:
            return None
        last = rests[-1].at
        motion = self._motion(after, symbol)
        if not motion.moves(after):
            return None
        there = motion.pool_at(after, last)
        found = reach(judged(there, self.book.rules), motion, coarse=True)
        end = found.down if down else found.up
        return None if end is None else self._move((ONE + last) * (ONE + end) - ONE, symbol)

    def _safe(
        self, pool: Pool, t: Decimal, rests: Sequence[Rest], symbol: str | None, *, down: bool
    ) -> bool:
        filled = sum(1 for rest in rests if abs(rest.at) <= abs(t))
        found = self._pool(pool, filled, symbol, down=down)
        if found is None:
            return True
        there = self._motion(found, symbol).pool_at(found, t)
        return stands(health(PoolFigures(there, self.book.rules)), there)

    def _motion(self, pool: Pool, symbol: str | None) -> Motion:
        if symbol is None:
            return motion_together(pool)
        base = moving_base(self.look.instrument(symbol))
        held = base is not None and base != pool.asset and any(x.asset == base for x in pool.legs)
        return Motion({symbol: ONE}, {base: ONE} if held and base is not None else {})

    def _pool(self, pool: Pool, filled: int, symbol: str | None, *, down: bool) -> Pool | None:
        """The pool after the first orders have filled; None where it is gone with its position."""
        if filled == 0:
            return pool
        key = ("down" if down else "up", filled, symbol)
        if key not in self._pools:
            orders = [rest.order for rest in self._rests(symbol, down=down)[:filled]]
            try:
                after = self.book.resolve(filled_account(self.account, self.look, orders))
            except InputError:  # the account after the fills is one that the rulebook refuses
                return pool
            self._pools[key] = {each.id: each for each in after.pools}
        return self._pools[key].get(pool.id)


def _rest(account: Account, order: Order) -> Rest | None:
    mark = account.market.mark.get(order.instrument)
    if order.kind != "limit" or order.price is None or mark is None or order.reduce_only:
        return None
    at = order.price / mark - ONE
    through = at > 0 if order.side == "buy" else at < 0
    return Rest(order, ZERO if through else at)


def _points(rests: Sequence[Rest], end: Decimal) -> list[Decimal]:
    """Where the pool is looked at: at every fill (of very many, at some), and at the end."""
    ats = list(dict.fromkeys(rest.at for rest in rests))
    every = max(1, -(-len(ats) // STEPS_MAX))
    return [*ats[::every], end]


# -- fills ---------------------------------------------------------------------------------------


def filled_account(account: Account, look: Resolver, orders: Sequence[Order]) -> Account:
    """The account after limit orders have filled at their own prices, in their order."""
    rows = list(account.positions)
    cash: dict[str, Decimal] = {}
    for order in orders:
        _fill(account, look, rows, cash, order)
    wallets = tuple(
        replace(w, balance=w.balance + cash[w.asset], parts=None)
        if w.asset in cash and w.balance is not None
        else w
        for w in account.wallets
    )
    gone = {id(order) for order in orders}
    left = tuple(order for order in account.orders if id(order) not in gone)
    return replace(account, positions=tuple(rows), wallets=wallets, orders=left, reported=None)


def _fill(
    account: Account, look: Resolver, rows: list[Position], cash: dict[str, Decimal], order: Order
) -> None:
    number = _row_of(rows, account, look, order)
    row, price = rows[number], order.price
    assert price is not None, order
    size = order.size if order.side == "buy" else -order.size
    closed = formulas.size_closed_by_fill(row.size, size)
    if closed and account.position_mode == "hedge":
        size = -closed  # a leg cannot turn over
    if row.size and row.entry_price is None:
        return  # nothing can be said of its P&L; the pool is unknown as it is
    instrument, asset = look.instrument(order.instrument), look.asset_of(row)
    inverse = instrument.payoff == "inverse"
    unit = instrument.multiplier or instrument.contract_size
    entry = row.entry_price if row.entry_price is not None else price
    pnl_of = formulas.unrealized_pnl_inverse if inverse else formulas.unrealized_pnl_linear
    pnl = pnl_of(closed, unit, entry, price) if closed else ZERO
    blend = formulas.entry_after_fill_inverse if inverse else formulas.entry_after_fill_linear
    after = row.size + size
    margin = _margin(look, row, size + closed, closed, price)
    rows[number] = replace(
        row,
        size=after,
        entry_price=blend(row.size, entry, size, price) if after else None,
        isolated_margin=margin if after else None,
        side=_side(row, after, account),
    )
    wallet = look.wallet(asset)
    posted = ZERO
    if row.margin_mode == "isolated" and wallet is not None and not wallet.isolated_included:
        posted = (margin or ZERO if after else ZERO) - (row.isolated_margin or ZERO)
    fee = look.fee(order.instrument, "maker")
    value = formulas.notional_inverse if inverse else formulas.notional_linear
    paid = max(ZERO, fee) * value(size, unit, price) if isinstance(fee, Decimal) else ZERO
    cash[asset] = cash.get(asset, ZERO) + pnl - posted - paid


def _row_of(rows: list[Position], account: Account, look: Resolver, order: Order) -> int:
    hedge = account.position_mode == "hedge"
    for number, row in enumerate(rows):
        same_side = not hedge or row.side == order.position_side
        if row.instrument == order.instrument and same_side:
            return number
    side = order.position_side if hedge else "both"
    mode = look.margin_mode(order.instrument, order.margin_mode, order.position_side)
    rows.append(
        Position(
            instrument=order.instrument,
            side=side,
            size=ZERO,
            margin_mode=mode,
            leverage=look.leverage(order.instrument),
            opened_at=account.as_of,
            fees=ZERO,
            funding=ZERO,
        )
    )
    return len(rows) - 1


def _side(row: Position, size: Decimal, account: Account) -> str:
    if account.position_mode == "hedge" or row.side == "both" or size == 0:
        return row.side
    return "long" if size > 0 else "short"


def _margin(
    look: Resolver, row: Position, opening: Decimal, closed: Decimal, price: Decimal
) -> Decimal | None:
    """What is posted to an isolated row after a fill: the kept share, and value / leverage."""
    if row.margin_mode != "isolated":
        return None
    held = row.isolated_margin if row.size else ZERO
    if held is None:
        return None
    kept = held - held * closed / row.size if row.size else ZERO
    leverage = look.leverage(row.instrument, row)
    value = abs(look.value(row.instrument, opening, price))
    return kept + (value / leverage if leverage else ZERO)
