"""The distance of a pool: the smallest move at which it is liquidated, and what moves.

`alone`: one instrument, with its index and, where its base coin is collateral, that coin.
`together`: every price by the same relative move, stablecoins and currencies standing.
`with_orders`: as these, with the resting limit orders filled that the prices meet on the way.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Set
from decimal import Decimal
from functools import cache
from typing import TypedDict

from marginline.core.account.account import Instrument
from marginline.core.assessment.figures import PoolFigures, PositionFigures
from marginline.core.distance.motion import Motion
from marginline.core.distance.reach import Reach, health, reach, stands
from marginline.core.distance.standing import STANDING, moving_base
from marginline.core.findings import AbsentError, Code, Gap
from marginline.core.measures import Measure
from marginline.core.nouns import dataclass
from marginline.core.numbers import ONE, ZERO, exactly, text_or_none
from marginline.core.pool.exposure import need
from marginline.core.pool.pool import Pool

NOT_COMPUTED = "it cannot be computed at the prices given"
ALONE, TOGETHER, WITH_ORDERS = "alone", "together", "with_orders"


class MoveDocument(TypedDict):
    """A move in the document; numbers as decimal strings or null."""

    move: str | None
    instrument: str | None
    price: str | None
    reason: str


class NearestDocument(MoveDocument):
    """The nearest move in the document: also which of the three it is."""

    way: str


class DistanceDocument(TypedDict):
    """The distance of a pool in the document."""

    alone: MoveDocument
    together: MoveDocument
    with_orders: MoveDocument
    nearest: NearestDocument | None


@dataclass(frozen=True, slots=True)
class Move:
    """One move to the line: `move` is signed, a fraction of today's prices; 0 is past the line.

    `instrument` and `price` where one instrument moves alone, with its price there. `move` None:
    there is no such move, or it is not known; `reason` says why.
    """

    way: str
    move: Decimal | None
    instrument: str | None = None
    price: Decimal | None = None
    reason: str = ""

    def to_dict(self) -> MoveDocument:
        """The move as it stands in the document."""
        return {
            "move": text_or_none(self.move),
            "instrument": self.instrument,
            "price": text_or_none(self.price),
            "reason": self.reason,
        }


@dataclass(frozen=True, slots=True)
class Distance:
    """How far a pool is from liquidation (where the venue calls: from the call).

    `rows`: every instrument alone, its nearer end; `below` and `above`: all together, down and up.
    """

    alone: Move
    together: Move
    with_orders: Move
    rows: tuple[Move, ...] = ()
    below: Move | None = None
    above: Move | None = None

    @property
    def nearest(self) -> Move | None:
        """The smallest of the three; None where none of them exists."""
        return nearest_of((self.alone, self.together, self.with_orders))

    def to_dict(self) -> DistanceDocument:
        """The distance as it stands in the document."""
        found = self.nearest
        nearest: NearestDocument | None = None
        if found is not None:
            nearest = {"way": found.way, **found.to_dict()}
        return {
            "alone": self.alone.to_dict(),
            "together": self.together.to_dict(),
            "with_orders": self.with_orders.to_dict(),
            "nearest": nearest,
        }


_ALIKE = Decimal("1e-20")
"""Two ways to one line differ by less: by the last digits of their divisions."""


def nearest_of(moves: tuple[Move, ...]) -> Move | None:
    """The smallest move of those that exist; of equals, but for the last digits, the first."""
    found = [(abs(each.move), each) for each in moves if each.move is not None]
    least = min((away for away, _ in found), default=ZERO)
    return next((each for away, each in found if away - least <= _ALIKE), None)


class Distances:
    """The distance of one pool, computed when it is first read and kept."""

    def __init__(self, figures: PoolFigures, with_orders: Callable[[], Move] | None = None) -> None:
        self.figures = figures
        self.with_orders = with_orders
        self._found: Distance | None = None

    @exactly
    def find(self) -> Distance:
        """The distance, from the memo where it was found before."""
        if self._found is None:
            self._found = distance_of(self.figures, self.with_orders)
        return self._found


def distance_of(figures: PoolFigures, with_orders: Callable[[], Move] | None = None) -> Distance:
    """The distance of a pool; `with_orders` finds the third of its moves."""
    pool, event = figures.pool, event_of(figures.pool)
    rows = tuple(_rows(figures))
    below, above = _together(figures)
    alone = nearest_of(rows) or Move(ALONE, None, reason=_none_alone(rows, event))
    together = nearest_of((below, above))
    if together is None:
        open_end = f"no common move of all prices leads to {event}"
        known = below.reason != above.reason and pool.exposures
        together = Move(TOGETHER, None, reason=open_end if known else below.reason)
    if with_orders is None:
        filled = Move(WITH_ORDERS, None, reason="no limit order rests that could fill on the way")
    else:
        filled = with_orders()
    return Distance(alone, together, filled, rows, below, above)


def event_of(pool: Pool) -> str:
    """What happens at the line."""
    return "liquidation" if pool.trigger.liquidates else "a margin call"


def _none_alone(rows: tuple[Move, ...], event: str) -> str:
    if not rows:
        return "nothing is open in this pool"
    if len(rows) == 1:
        return rows[0].reason
    return f"no price of one instrument alone leads to {event}"


# -- one instrument ------------------------------------------------------------------------------


def symbols_of(pool: Pool) -> tuple[str, ...]:
    """The instruments that are open in a pool."""
    return tuple(dict.fromkeys(e.instrument.symbol for e in pool.exposures))


def motion_alone(pool: Pool, symbol: str) -> Motion:
    """One instrument by t, with its base coin where that is collateral."""
    instrument = next(e.instrument for e in pool.exposures if e.instrument.symbol == symbol)
    return _motion_of(instrument, pool, {leg.asset for leg in pool.legs})


def _motion_of(instrument: Instrument, pool: Pool, held: Set[str]) -> Motion:
    """The motion of an instrument of a pool that holds so many assets."""
    base = moving_base(instrument)
    moves = base is not None and base != pool.asset and base in held
    return Motion({instrument.symbol: ONE}, {base: ONE} if moves and base is not None else {})


def motion_together(pool: Pool) -> Motion:
    """Every price and every coin by t; stablecoins and currencies stand."""
    assets = {pool.asset, *(leg.asset for leg in pool.legs)}
    return Motion(
        dict.fromkeys(symbols_of(pool), ONE),
        {asset: ONE for asset in assets if asset not in STANDING},
    )


def _rows(figures: PoolFigures) -> Iterator[Move]:
    held = {leg.asset for leg in figures.pool.legs}
    under = cache(lambda: not stands(health(figures), figures.pool))
    firsts: dict[str, PositionFigures] = {}
    for position in figures.positions:
        firsts.setdefault(position.exposure.instrument.symbol, position)
    for symbol, position in firsts.items():
        try:
            yield _alone(figures, position, held, under)
        except AbsentError as absent:
            yield Move(ALONE, None, symbol, reason=absent.gap.message)
        except ArithmeticError:
            yield Move(ALONE, None, symbol, reason=NOT_COMPUTED)


def _alone(
    figures: PoolFigures, position: PositionFigures, held: Set[str], under: Callable[[], bool]
) -> Move:
    pool, instrument = figures.pool, position.exposure.instrument
    symbol, mark = instrument.symbol, need(position.exposure.mark)
    motion = _motion_of(instrument, pool, held)
    if motion.assets:
        found = reach(figures, motion, coarse=True)
        ends = [ZERO] if found.under else [t for t in (found.down, found.up) if t is not None]
    elif under():
        ends = [ZERO]
    else:
        measures = (Measure.LIQUIDATION_PRICE_BELOW, Measure.LIQUIDATION_PRICE_ABOVE)
        prices = [position.figure(measure) for measure in measures]
        if not any(isinstance(price, Decimal) for price in prices) and not _told_alone(figures):
            found = reach(figures, motion, coarse=True)
            ends = [t for t in (found.down, found.up) if t is not None]
        else:
            for price in prices:  # an end that is not known may be the nearer one
                if isinstance(price, Gap) and price.code is not Code.NOT_APPLICABLE:
                    raise AbsentError(price)
            ends = [(price - mark) / mark for price in prices if not isinstance(price, Gap)]
    if not ends:
        text = f"no price of {symbol} alone leads to {event_of(pool)}"
        return Move(ALONE, None, symbol, reason=text)
    move = min(ends, key=abs)
    return Move(ALONE, move, symbol, mark * (ONE + move))


def _told_alone(figures: PoolFigures) -> bool:
    """Whether the ends of the safe range are this venue's measures of a position."""
    rule = figures.positions[0].rule(Measure.LIQUIDATION_PRICE_BELOW)
    return rule is not None and rule.compute is not None


# -- all together --------------------------------------------------------------------------------


def _together(figures: PoolFigures) -> tuple[Move, Move]:
    pool, event = figures.pool, event_of(figures.pool)
    motion = motion_together(pool)
    if not pool.exposures and not pool.borrows:
        nothing = Move(TOGETHER, None, reason="nothing is open in this pool")
        return nothing, nothing
    if not motion.moves(pool):
        still = Move(TOGETHER, None, reason="nothing in this pool moves with the market")
        return still, still
    try:
        found = reach(figures, motion, coarse=True)
    except AbsentError as absent:
        unknown = Move(TOGETHER, None, reason=absent.gap.message)
        return unknown, unknown
    except ArithmeticError:
        unknown = Move(TOGETHER, None, reason=NOT_COMPUTED)
        return unknown, unknown
    return _end(found, "down", event), _end(found, "up", event)


def _end(found: Reach, direction: str, event: str) -> Move:
    move = found.down if direction == "down" else found.up
    if move is None:
        scanned = " within +300 %" if found.scanned and direction == "up" else ""
        return Move(
            TOGETHER, None, reason=f"no move of all prices {direction}{scanned} leads to {event}"
        )
    return Move(TOGETHER, move)
