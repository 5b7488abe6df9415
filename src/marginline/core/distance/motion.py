"""How a market moves along one number t: every price by 1 + beta * t, every asset rate likewise."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal

from marginline.core.nouns import dataclass
from marginline.core.numbers import ONE, ZERO
from marginline.core.polynomial import Curve
from marginline.core.pool.exposure import Exposure, need
from marginline.core.pool.pool import Pool
from marginline.core.solver.health import Path


@dataclass(frozen=True, slots=True)
class Motion:
    """Betas by symbol and by asset; what is not named stands."""

    symbols: Mapping[str, Decimal]
    assets: Mapping[str, Decimal]

    def beta(self, exposure: Exposure) -> Decimal:
        """How much of t an exposure's price makes."""
        return self.symbols.get(exposure.instrument.symbol, ZERO)

    def relative_beta(self, asset: str, pool: Pool) -> Decimal:
        """Beta of an asset's rate in a pool of another asset; 0 in its own."""
        return ZERO if asset == pool.asset else self.assets.get(asset, ZERO)

    def factor(self, asset: str, pool: Pool, t: Decimal) -> Decimal:
        """What an asset's rate in the pool's asset is multiplied by at t."""
        if asset == pool.asset:
            return ONE
        own = self.assets.get(asset, ZERO)
        unit = self.assets.get(pool.asset, ZERO)
        return (ONE + own * t) / (ONE + unit * t)

    def moves(self, pool: Pool) -> bool:
        """Whether anything in a pool moves."""
        return any(self.beta(e) for e in pool.exposures) or self.moves_rates(pool)

    def moves_rates(self, pool: Pool) -> bool:
        """Whether the rate of any asset of a pool moves."""
        others = [leg.asset for leg in pool.legs if leg.asset != pool.asset]
        unit = self.assets.get(pool.asset, ZERO)
        return any(self.assets.get(asset, ZERO) != unit for asset in others)

    def same_as(self, other: Motion, pool: Pool) -> bool:
        """Whether a pool goes the same way along both."""
        if self.symbols != other.symbols:
            return False
        return self.assets == other.assets or not (
            self.moves_rates(pool) or other.moves_rates(pool)
        )

    def bounds(self, pool: Pool) -> tuple[Decimal | None, Decimal | None]:
        """The t between which every price and rate of a pool is above 0."""
        betas = {self.beta(e) for e in pool.exposures}
        betas |= {self.assets.get(leg.asset, ZERO) for leg in pool.legs}
        betas.add(self.assets.get(pool.asset, ZERO))
        up, down = max(betas, default=ZERO), min(betas, default=ZERO)
        return (-ONE / up if up > 0 else None), (-ONE / down if down < 0 else None)

    def pool_at(self, pool: Pool, t: Decimal) -> Pool:
        """The pool with every mark, index and rate where they are at t."""
        marks = {
            e.instrument.symbol: need(e.mark) * (ONE + self.beta(e) * t)
            for e in pool.exposures
            if self.beta(e)
        }
        assets = {leg.asset for leg in pool.legs} if self.moves_rates(pool) else set()
        return pool.at(marks, {asset: self.factor(asset, pool, t) for asset in assets})


@dataclass(frozen=True, slots=True)
class Line:
    """A motion of one pool in a parameter u > 0 along which all of it moves on straight lines.

    `t_of` gives t back; `rising` says whether t grows with u.
    """

    path: Path
    moving: tuple[Exposure, ...]
    t_of: Callable[[Decimal], Decimal]
    rising: bool


def straight_line(pool: Pool, motion: Motion) -> Line | None:
    """The motion as straight lines; None where there are none and only a scan will do.

    All linear: prices and rates are straight in t. All inverse with one beta and no moving rate:
    the reciprocal prices are straight in 1 / (1 + beta * t). Books of both kinds, rounded terms and
    a pool valued in a moving asset have no such form.
    """
    moving = tuple(e for e in pool.exposures if motion.beta(e))
    if _bends(pool, motion):
        return None
    if not any(e.inverse for e in moving):
        return _linear(pool, motion, moving)
    betas = {motion.beta(e) for e in moving}
    if all(e.inverse for e in moving) and len(betas) == 1 and not motion.moves_rates(pool):
        return _inverse(moving, betas.pop())
    return None


def _bends(pool: Pool, motion: Motion) -> bool:
    if motion.moves_rates(pool) and motion.assets.get(pool.asset):
        return True
    terms = [(e, e.maintenance) for e in pool.exposures]
    if any(term.rounding is not None for _, term in terms):
        return True
    return any(term.slope and motion.relative_beta(e.asset, pool) for e, term in terms)


def _linear(pool: Pool, motion: Motion, moving: tuple[Exposure, ...]) -> Line:
    low, high = motion.bounds(pool)
    rising = low is not None
    origin = low if low is not None else high
    assert origin is not None, "nothing moves"
    sign = ONE if rising else -ONE
    span = high - origin if rising and high is not None else None

    def factor(beta: Decimal) -> Curve:
        return Curve(ONE + beta * origin, beta * sign)

    states = {e.key: factor(motion.beta(e)).times(need(e.mark)) for e in moving}
    betas = {leg.asset: motion.relative_beta(leg.asset, pool) for leg in pool.legs}
    rates = {asset: factor(beta) for asset, beta in betas.items() if beta}
    path = Path(states, rates, -origin * sign, ZERO, span)
    return Line(path, moving, lambda u: origin + sign * u, rising)


def _inverse(moving: tuple[Exposure, ...], beta: Decimal) -> Line:
    states = {e.key: Curve(ZERO, ONE / need(e.mark)) for e in moving}
    return Line(Path(states, {}, ONE), moving, lambda s: (ONE / s - ONE) / beta, beta < 0)
