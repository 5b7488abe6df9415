"""The two-move map: requirement over support where one price moves by x and another by y.

Support and requirement of most pools are a sum of what each price alone does, so that 61 + 61
exact evaluations give all 3,721 fields. Whether that holds for this pool is asked of it, at the
corners and between; where it does not, each field is evaluated, on a coarser map.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import TypedDict

from marginline.core.account.account import Account
from marginline.core.assessment.assessment import Assessment, PoolAssessment
from marginline.core.assessment.figures import PoolFigures
from marginline.core.assessment.standard_pool import requirement
from marginline.core.distance.motion import Motion
from marginline.core.findings import AbsentError, Finding
from marginline.core.measures import Measure
from marginline.core.nouns import dataclass
from marginline.core.numbers import ONE, ZERO, exactly, to_text
from marginline.errors import InputError, Problem
from marginline.risk.inputs import Number, number
from marginline.risk.moves.joint import motions
from marginline.venues.assessing import assess
from marginline.venues.plausible import blinding_of

ALL = "all"
MOST = 61
COARSE = 21
_CLOSE = Decimal("1e-9")
_Pair = tuple[Decimal, Decimal]


class TwoMovesDocument(TypedDict):
    """Requirement over support at each field; rows by y, from the lowest move up.

    Null: no support is left, or it is not known and a finding says why.
    """

    pool: str
    x: str
    y: str
    moves: list[str]
    ratio: list[list[float | None]]
    findings: list[dict[str, str]]


@dataclass(frozen=True, slots=True)
class TwoMoves:
    """The map of a pool: `ratio[row][column]` where y has moved by `moves[row]`, x by the column's.

    From 1 on the venue acts. None: no support is left. Where `findings` say why the account is not
    wholly known, nothing is told: all are None, for a map is read by its colours alone.
    """

    pool: str
    x: str
    y: str
    moves: tuple[Decimal, ...]
    ratio: tuple[tuple[float | None, ...], ...]
    findings: tuple[Finding, ...] = ()

    def to_dict(self) -> TwoMovesDocument:
        """The map as JSON-able data."""
        return {
            "pool": self.pool,
            "x": self.x,
            "y": self.y,
            "moves": [to_text(move) for move in self.moves],
            "ratio": [list(row) for row in self.ratio],
            "findings": [finding.to_dict() for finding in self.findings],
        }


@exactly
def two_moves(
    account: Account,
    x: str,
    y: str = ALL,
    *,
    span: Number = "0.1",
    steps: int = MOST,
    pool: str | None = None,
    assessment: Assessment | None = None,
) -> TwoMoves:
    """Requirement over support of a pool where one price moves by x and another by y.

    Args:
        account: as loaded.
        x: a symbol of the pool, or `all` for every price but the other's.
        y: likewise.
        span: how far either way, a fraction, at most 0.9.
        steps: fields a side, odd, 3 to 61; fewer where each must be judged by itself.
        pool: which; the gravest where it is left out.
        assessment: of the account, where it is there already.

    Raises:
        InputError: no such pool or instrument, the same one twice, a span or steps out of bounds.
    """
    found = _pool(assess(account) if assessment is None else assessment, pool)
    wide = number("span", span, above=0)
    if wide > Decimal("0.9"):
        raise InputError([Problem("span", str(span), "must be at most 0.9", "0.1 is ±10 %")])
    if not 3 <= steps <= MOST or steps % 2 == 0:
        text = f"must be odd, 3 to {MOST}"
        raise InputError([Problem("steps", str(steps), text, "61 is usual")])
    field = _Field(account, found, x, y)
    moves, findings = _moves(wide, steps), blinding_of(account)
    ratios: list[list[float | None]] = [[None for _ in moves] for _ in moves]
    taken = steps
    if not findings:
        try:
            ratios, taken = field.ratios(moves)
        except AbsentError as absent:
            findings = (Finding(absent.gap.code, found.id, absent.gap.message),)
    if taken != steps:
        moves = _moves(wide, taken)
    return TwoMoves(found.id, x, y, tuple(moves), tuple(map(tuple, ratios)), findings)


def _pool(assessment: Assessment, name: str | None) -> PoolAssessment:
    pools = [pool for pool in assessment.pools if pool.status is not None]
    chosen = [pool for pool in pools if name in (None, pool.id)]
    if not chosen:
        there = ", ".join(pool.id for pool in pools) or "none"
        raise InputError([Problem("pool", name or "", "no such pool", f"one of: {there}")])
    return max(chosen, key=_gravity)


def _gravity(pool: PoolAssessment) -> tuple[int, Decimal]:
    rank = -1 if pool.status is None else pool.status.rank
    return rank, pool.measures.get(Measure.MARGIN_RATIO) or ZERO


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
