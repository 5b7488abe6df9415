"""The two-move map: requirement over support where one price moves by x and another by y.

Support and requirement of most pools are a sum of what each price alone does, so that 61 + 61
exact evaluations give all 3,721 fields. Whether that holds for this pool is asked of it, at the
corners and between; where it does not, each field is evaluated, on a coarser map.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from marginline.api.answers import Grid, GridAxis
from marginline.core.account.account import Account
from marginline.core.assessment.assessment import Assessment, PoolAssessment
from marginline.core.assessment.figures import PoolFigures
from marginline.core.assessment.standard_pool import requirement
from marginline.core.distance.motion import Motion
from marginline.core.findings import AbsentError
from marginline.core.measures import Measure
from marginline.core.numbers import ONE, ZERO, exactly, to_text
from marginline.errors import InputError, Problem
from marginline.monitor.judging.judgement import worst
from marginline.monitor.wire import Reason
from marginline.risk.inputs import number
from marginline.risk.moves.joint import motions

ALL = "all"
MOST = 61
COARSE = 21
_CLOSE = Decimal("1e-9")
_Pair = tuple[Decimal, Decimal]


@dataclass(frozen=True, slots=True)
class Asked:
    """What the map is of: two axes (a symbol, or `all` for every other price), span and steps."""

    x: str
    y: str
    span: str
    steps: int


@exactly
def grid_of(account: Account, assessment: Assessment, asked: Asked, pool: str | None) -> Grid:
    """The map of a pool (the worst where none is named).

    Raises:
        InputError: no such pool or instrument, the same one twice, a span or steps out of bounds.
    """
    found = _pool(assessment, pool)
    span = number("span", asked.span, above=0)
    if span > Decimal("0.9"):
        raise InputError([Problem("span", asked.span, "must be at most 0.9", "0.1 is ±10 %")])
    if not 3 <= asked.steps <= MOST or asked.steps % 2 == 0:
        text = f"must be odd, 3 to {MOST}"
        raise InputError([Problem("steps", str(asked.steps), text, "61 is usual")])
    field = _Field(account, found, asked.x, asked.y)
    moves = _moves(span, asked.steps)
    try:
        ratios, steps = field.ratios(moves)
        reasons: list[Reason] = []
    except AbsentError as absent:
        ratios, steps = [[None] * asked.steps for _ in moves], asked.steps
        reasons = [_reason(found.id, absent)]
    if steps != asked.steps:
        moves = _moves(span, steps)
    texts = [to_text(move) for move in moves]
    return Grid(
        account=account.name or "",
        pool=found.id,
        x=GridAxis(of=asked.x, moves=texts),
        y=GridAxis(of=asked.y, moves=texts),
        ratio=ratios,
        steps=steps,
        reasons=reasons,
    )


def _reason(pool: str, absent: AbsentError) -> Reason:
    code, text = absent.gap.code.value[0], absent.gap.message
    return Reason(code=code, severity="error", where=pool, measure="margin_ratio", message=text)


def _pool(assessment: Assessment, name: str | None) -> PoolAssessment:
    pools = [pool for pool in assessment.pools if pool.status is not None]
    found = worst(assessment) if name is None else next((p for p in pools if p.id == name), None)
    if found is None:
        there = ", ".join(pool.id for pool in pools) or "none"
        raise InputError([Problem("pool", name or "", "no such pool", f"one of: {there}")])
    return found


def _moves(span: Decimal, steps: int) -> list[Decimal]:
    half = steps // 2
    return [span * n / half for n in range(-half, half + 1)]


class _Field:
    """Support and requirement of one pool over two moves."""

    def __init__(self, account: Account, pool: PoolAssessment, x: str, y: str) -> None:
        symbols = sorted({e.instrument.symbol for e in pool.figures.pool.exposures})
        if x == y:
            text = "must not be what x is"
            raise InputError([Problem("y", y, text, f"one of: {', '.join([ALL, *symbols])}")])
        for axis, of in (("x", x), ("y", y)):
            if of not in (ALL, *symbols):
                remedy = f"one of: {', '.join([ALL, *symbols])}"
                raise InputError([Problem(axis, of, "nothing of it is open in this pool", remedy)])
        _, every = motions(account, [pool], {})
        self._pool, self._rules = pool.figures.pool, pool.figures.all_rules
        self._x, self._y = _motion(every, x, y, symbols), _motion(every, y, x, symbols)

    def at(self, x: Decimal, y: Decimal) -> _Pair:
        """Support and requirement where x and y have moved, exactly."""
        moved = self._pool
        for motion, t in ((self._x, x), (self._y, y)):
            moved = motion.pool_at(moved, t) if t else moved
        figures = PoolFigures(moved, self._rules)
        return figures[Measure.SUPPORT], requirement(figures)

    def ratios(self, moves: Sequence[Decimal]) -> tuple[list[list[float | None]], int]:
        """The ratio at each field, rows by y; and how many steps were taken."""
        here = self.at(ZERO, ZERO)
        along_x = [self.at(x, ZERO) for x in moves]
        along_y = [self.at(ZERO, y) for y in moves]

        def summed(row: int, column: int) -> _Pair:
            x, y = along_x[column], along_y[row]
            return x[0] + y[0] - here[0], x[1] + y[1] - here[1]

        last, middle = len(moves) - 1, len(moves) // 4
        probes = [(0, 0), (0, last), (last, 0), (last, last), (middle, last - middle)]
        if all(self._agrees(summed, moves, *probe) for probe in probes):
            every = range(len(moves))
            return [[_ratio(summed(row, column)) for column in every] for row in every], len(moves)
        coarse = _moves(moves[-1], min(len(moves), COARSE))
        return [[_ratio(self.at(x, y)) for x in coarse] for y in coarse], len(coarse)

    def _agrees(
        self, summed: Callable[[int, int], _Pair], moves: Sequence[Decimal], row: int, column: int
    ) -> bool:
        guess, true = summed(row, column), self.at(moves[column], moves[row])
        size = max(abs(true[0]), abs(true[1]), ONE)
        return all(abs(g - t) <= size * _CLOSE for g, t in zip(guess, true, strict=True))


def _motion(every: Motion, of: str, other: str, symbols: Sequence[str]) -> Motion:
    """One instrument with its coin, or every other with theirs."""
    moving = [of] if of != ALL else [symbol for symbol in symbols if symbol != other]
    coins = {_base(symbol) for symbol in moving} if of != ALL else None
    taken = {_base(other)}
    assets = {
        asset: beta
        for asset, beta in every.assets.items()
        if (coins is None and asset not in taken) or (coins is not None and asset in coins)
    }
    return Motion({symbol: every.symbols[symbol] for symbol in moving}, assets)


def _base(symbol: str) -> str:
    for quote in ("USDT", "USDC", "USD"):
        if symbol.endswith(quote):
            return symbol.removesuffix(quote)
    return symbol


def _ratio(pair: _Pair) -> float | None:
    support, needed = pair
    return float(needed / support) if support > 0 else None
