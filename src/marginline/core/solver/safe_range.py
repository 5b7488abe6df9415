"""Where a pool's health crosses zero, exactly: a walk over the segments between tier edges.

In each segment the health is a polynomial with exact coefficients (`pool_curves`), so its roots are
exact too; at an edge it may jump (whole-position tiers), and the edge itself ends the safe range.
The walk goes outwards from where the price stands and stops at the first price that is not safe.
Where whole-position tiers cut the path into very many segments, one formula tells of many at once.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator
from decimal import Decimal
from functools import cached_property
from itertools import takewhile
from typing import NamedTuple

from marginline.core.nouns import dataclass
from marginline.core.numbers import ONE, ZERO
from marginline.core.polynomial import Curve
from marginline.core.pool.exposure import Exposure, need
from marginline.core.solver.health import Path, PoolCurves, middle
from marginline.core.solver.standing import Standing
from marginline.core.solver.straight import NOISE, Ends, Line, Unfit

GRAIN = Decimal("1e-30")  # of 34 digits the last few are rounding
MANY = 16  # segments; fewer are walked one by one


class SafeRange(NamedTuple):
    """The range of prices in which a pool stands, and its end that matters.

    `below` and `above` are None where the range is open, or (`empty`) where no price is safe.
    `price` is the end on the side that hurts the net size, else the other; for a net size of zero
    the nearer one; when the pool is already under, the nearest price that would save it.
    """

    below: Decimal | None
    above: Decimal | None
    price: Decimal | None
    empty: bool = False


@dataclass(frozen=True, slots=True)
class Piece:
    """An open interval of `t` in which the pool is safe throughout, or not at all."""

    low: Decimal
    high: Decimal | None
    safe: bool


class Walk:
    """The safe pieces of one pool along one path.

    `health` gives the curve that must stay above zero around a `t`, `edges` where it changes.
    `inclusive`: health zero is not safe any more.
    """

    def __init__(
        self,
        curves: PoolCurves,
        health: Callable[[Decimal], Curve],
        edges: list[Decimal],
        *,
        inclusive: bool,
    ) -> None:
        self.curves = curves
        self.start = curves.path.start
        self.health = health
        self.edges = edges
        self.segments = curves.segments(edges)
        self.inclusive = inclusive
        self._pieces: dict[int, list[Piece]] = {}
        self._formulas: dict[int, Curve] = {}

    def safe_pieces(self) -> tuple[Piece | None, list[Piece]]:
        """The safe range that holds the start (None: it is not safe), and otherwise all of them."""
        home = bisect_left(self.edges, self.start)
        if not self._stands(self.health(middle(*self.segments[home])).at(self.start)):
            return None, self._all_safe()
        pieces = self.pieces(home)
        here = next(i for i, p in enumerate(pieces) if p.high is None or self.start <= p.high)
        left = [*reversed(pieces[: here + 1])] if pieces[here].safe else []
        right = pieces[here:] if pieces[here].safe else pieces[here + 1 :]
        low = high = self.start
        top: Decimal | None = high
        for piece in takewhile(_is_safe, self._chain(left, range(home - 1, -1, -1))):
            low = piece.low
        onwards = range(home + 1, len(self.segments))
        for piece in takewhile(_is_safe, self._chain(right, onwards)):
            top = piece.high
        return Piece(low, top, safe=True), []

    def pieces(self, segment: int) -> list[Piece]:
        """The pieces of one segment, in order."""
        if segment not in self._pieces:
            low, high = self.segments[segment]
            health = self._formula(segment)
            cuts = [t for t in health.crossings() if t > low and (high is None or t < high)]
            bounds = zip([low, *cuts], [*cuts, high], strict=True)
            self._pieces[segment] = [
                Piece(a, b, self._stands(health.at(middle(a, b)))) for a, b in bounds
            ]
        return self._pieces[segment]

    def _formula(self, segment: int) -> Curve:
        found = self._formulas.get(segment)
        if found is None:
            found = self._formulas[segment] = self.health(middle(*self.segments[segment]))
        return found

    def _chain(self, first: list[Piece], others: range) -> Iterator[Piece]:
        """The pieces outwards; of what is surely safe twice as many segments in one each time."""
        yield from first
        count = 1
        while others:
            block = others[:count]
            if count == 1:
                pieces = self.pieces(block[0])
                yield from pieces if others.step > 0 else reversed(pieces)
            elif self._surely_safe(min(block), max(block)):
                yield Piece(self.segments[min(block)][0], self.segments[max(block)][1], safe=True)
            else:
                count //= 2
                continue
            others = others[count:]
            count = count * 2 if self._many else 1

    def _all_safe(self) -> list[Piece]:
        ranges: list[Piece] = []
        for piece in self._promising():
            if not piece.safe:
                continue
            touching = bool(ranges) and ranges[-1].high == piece.low
            low = ranges.pop().low if touching else piece.low
            ranges.append(Piece(low, piece.high, safe=True))
        return [piece for piece in ranges if not _is_rounding(piece)]

    def _promising(self) -> Iterator[Piece]:
        """The pieces in order, without segments that the formula of an earlier one rules out."""
        segment, count, end = 0, 1, len(self.segments)
        while segment < end:
            if count > 1:
                last = min(segment + count, end) - 1
                if not self._surely_safe(segment, last):
                    count //= 2
                    continue
                yield Piece(self.segments[segment][0], self.segments[last][1], safe=True)
                segment, count = last + 1, count * 2
                continue
            pieces = self.pieces(segment)
            yield from pieces
            none = not any(piece.safe for piece in pieces)
            segment = self._beyond(segment) if none else segment + 1
            count = 2 if self._many and pieces[-1].safe else 1

    @cached_property
    def _many(self) -> bool:
        """Whether the formula of a segment may tell of many before it."""
        by_tiers = len(self.segments) - len(self.curves.collateral_edges)
        return by_tiers >= MANY and self.curves.jumps

    def _surely_safe(self, first: int, last: int) -> bool:
        """Whether some segments are safe throughout, and none of them by rounding.

        As long as the collateral keeps its formula the health lies nowhere below that of the last:
        a straight line, above zero at both ends.
        """
        low, high = self.segments[first][0], self.segments[last][1]
        breaks = self.curves.collateral_edges
        if high is None or bisect_right(breaks, low) != bisect_left(breaks, high):
            return False
        formula = self._formula(last)
        if formula.square:
            return False
        least = min(formula.at(low), formula.at(high))
        return least > 0 and least > self.curves.magnitude(middle(*self.segments[last])) * NOISE

    def _beyond(self, segment: int) -> int:
        """The next segment that may be safe somewhere, after one that is not.

        As long as the collateral keeps its formula the health lies nowhere above that of here.
        """
        _, high = self.segments[segment]
        breaks = self.curves.collateral_edges
        if high is None or high in breaks or not self.curves.climbs:
            return segment + 1  # a margin balance breaks at every edge, and asks no tiers
        following = bisect_left(breaks, high)
        last = len(self.segments)
        if following < len(breaks):
            last = bisect_left(self.edges, breaks[following]) + 1
        meets = [t for t in self._formula(segment).crossings() if t >= high]
        if not meets:
            return last
        return min(last, max(segment + 1, bisect_left(self.edges, meets[0])))

    def _stands(self, health: Decimal) -> bool:
        return health > 0 if self.inclusive else health >= 0


def _is_safe(piece: Piece) -> bool:
    return piece.safe


def _is_rounding(piece: Piece) -> bool:
    """Whether a range is only the last digits of one root computed in two ways."""
    return piece.high is not None and piece.high - piece.low <= piece.high * GRAIN


def safe_range(standing: Standing, symbol: str, *, bankruptcy: bool = False) -> SafeRange:
    """Prices of one instrument at which the pool is not liquidated, all else standing.

    `bankruptcy`: at which its margin balance is above zero, requirements left out.

    Raises:
        AbsentError: when something that the pool's health depends on is missing.
    """
    moving = standing.of_symbol[symbol]
    inverse = moving[0].inverse
    mark = need(moving[0].mark)
    start = ONE / mark if inverse else mark
    plain = standing.plain(symbol, bankruptcy=bankruptcy)
    if plain is not None:
        return _facing_of(plain, moving[0].size, mark, inverse=inverse)
    straight = standing.line(symbol, bankruptcy=bankruptcy)
    if straight is not None:
        found = range_by_slopes(straight, mark, _net(moving), inverse=inverse)
        if found is not None:
            return found
    line = Curve(ZERO, ONE)
    curves = PoolCurves(standing, Path({e.key: line for e in moving}, {}, start), moving)
    if bankruptcy:
        walk = Walk(curves, curves.margin_balance, curves.collateral_edges, inclusive=True)
    else:
        inclusive = standing.pool.trigger.inclusive
        walk = Walk(curves, curves.health, curves.edges, inclusive=inclusive)
    home, others = walk.safe_pieces()
    if home is not None:
        return _facing(_prices(home, inverse=inverse), _net(moving), mark)
    ranges = [_prices(piece, inverse=inverse) for piece in others]
    if not ranges:
        return SafeRange(None, None, None, empty=True)
    return min((_saving(r, mark) for r in ranges), key=lambda found: _gap(found, mark))


def range_by_slopes(
    line: Line, mark: Decimal, net: Decimal | int, *, inverse: bool
) -> SafeRange | None:
    """The safe range of a concave health; None where rounding would decide: the walk answers.

    A strict trigger is safe at the line itself, which is such a case.
    """
    try:
        safe, ends = line.interval(ONE / mark if inverse else mark)
    except Unfit:
        return None
    if ends is None:
        return SafeRange(None, None, None, empty=True)
    low, high = ends
    prices = _prices(Piece(low or ZERO, high, safe=True), inverse=inverse)
    return _facing(prices, net, mark) if safe else _saving(prices, mark)


def _facing_of(ends: Ends, net: Decimal, mark: Decimal, *, inverse: bool) -> SafeRange:
    low, high = ends
    if inverse:
        low, high = None if high is None else ONE / high, None if low is None else ONE / low
    return _facing((low, high), net, mark)


def _prices(piece: Piece, *, inverse: bool) -> Ends:
    low = piece.low if piece.low > 0 else None
    if not inverse:
        return low, piece.high
    return ONE / piece.high if piece.high is not None else None, None if low is None else ONE / low


def _net(exposures: list[Exposure]) -> Decimal:
    return sum((e.size for e in exposures), ZERO)


def _facing(ends: Ends, net: Decimal | int, mark: Decimal) -> SafeRange:
    below, above = ends
    if below is None or above is None:
        price = above if below is None else below
    elif net:
        price = below if net > 0 else above
    else:
        price = below if mark - below <= above - mark else above
    return SafeRange(below, above, price)


def _saving(ends: Ends, mark: Decimal) -> SafeRange:
    below, above = ends
    price = below if below is not None and mark <= below else above
    return SafeRange(below, above, price)


def _gap(found: SafeRange, mark: Decimal) -> Decimal:
    return abs(found.price - mark) if found.price is not None else ZERO
