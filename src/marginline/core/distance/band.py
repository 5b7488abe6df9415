"""The watch band: a pool within a few percent of the line is watched, however little it uses.

A pool is checked at the ends of the band: its health is concave along a common move of prices, so
where it stands at both ends it stands between them. Most pools are told apart without that, by a
bound on what the band can take.
"""

from __future__ import annotations

from decimal import Decimal

from marginline.core.assessment.figures import PoolFigures, PositionFigures
from marginline.core.distance.distance import (
    ALONE,
    TOGETHER,
    Move,
    event_of,
    motion_alone,
    motion_together,
    nearest_of,
    symbols_of,
)
from marginline.core.distance.motion import Motion
from marginline.core.distance.reach import crossing, health, refined, stands
from marginline.core.distance.standing import STANDING
from marginline.core.findings import Code, Finding
from marginline.core.measures import Measure
from marginline.core.numbers import ONE, ZERO, to_text
from marginline.core.pool import terms
from marginline.core.pool.exposure import Figure, need

WATCH_DISTANCE = Decimal("0.03")
"""The default watch band: about one ordinary day of the calmest coin."""

NOTIONAL, MAINTENANCE_MARGIN = Measure.NOTIONAL, Measure.MAINTENANCE_MARGIN
_SURE_UP_TO = Decimal("0.5")
_GRAIN = Decimal("1e-9")


def within(figures: PoolFigures, band: Decimal) -> Move | None:
    """The smallest move of at most `band` that leads to the line, orders aside; None: none does.

    Raises:
        AbsentError: something that the pool's health depends on is missing.
    """
    if not figures.pool.exposures and not figures.pool.borrows:
        return None
    if outside(figures, band):
        return None
    found = [move for end in (-band, band) if (move := _together(figures, end)) is not None]
    for symbol in symbols_of(figures.pool):
        found += _alone(figures, symbol, band)
    return nearest_of(tuple(found))


def finding(figures: PoolFigures, move: Move) -> Finding:
    """What the band has to say: how far the line is, and what moves."""
    return Finding(Code.WATCH_DISTANCE, figures.name, words(figures, move))


def words(figures: PoolFigures, move: Move) -> str:
    """A move to the line as a sentence."""
    assert move.move is not None
    percent = to_text((abs(move.move) * 100).quantize(Decimal("0.01")))
    way = "down" if move.move < 0 else "up"
    what = f"{move.instrument} alone" if move.instrument else "all prices together"
    orders = (
        ", with the resting orders filled on the way" if move.way not in (ALONE, TOGETHER) else ""
    )
    return f"{event_of(figures.pool)} is {percent} % away: {what} {way}{orders}"


def outside(figures: PoolFigures, band: Decimal) -> bool:
    """Whether no move within the band can take what is left: a bound, not the distance itself."""
    found = figures.outside.get(band)
    if found is None:
        found = figures.outside[band] = _outside(figures, band)
    return found


def _outside(figures: PoolFigures, band: Decimal) -> bool:
    pool = figures.pool
    if pool.scenarios or band >= _SURE_UP_TO:
        return False
    step = band / (ONE - band)  # 1/price moves further than the price
    level = pool.trigger.level
    loss = sum((_bound(position, step, level) for position in figures.positions), ZERO)
    for leg in pool.legs:
        if leg.asset != pool.asset and leg.asset not in STANDING:
            held = abs(figures.amount(leg)) + 2 * leg.liability
            loss += held * need(leg.index) * step
    return health(figures) > loss * (ONE + step)


def _bound(position: PositionFigures, step: Decimal, level: Decimal) -> Decimal:
    """The most that one position can lose and come to need, in the pool's asset."""
    exposure, term = position.exposure, position.exposure.maintenance
    worth = _times(position[NOTIONAL], exposure.value_rate)
    if term.slope:
        return worth * step + worth
    if position.reached is None:
        schedule = terms.schedule_of(exposure)
        value, key = terms.charged_value(exposure), terms.tier_key(exposure)
    else:
        value, key, _, schedule = position.reached
    more = ONE + step
    row = schedule.row(key * more)
    rate = _plus(_plus(schedule.rates[row], term.fee_rate), term.closing_fee_rate)
    deduction = ZERO if schedule.per_unit else schedule.deductions[row]
    needed = _plus(value * more * rate - deduction, term.fee_constant)
    rise = max(needed - position[MAINTENANCE_MARGIN], needed * step, ZERO)
    return worth * step + _times(_times(rise, exposure.requirement_rate), level)


def _times(amount: Decimal, rate: Figure) -> Decimal:
    """Most rates are 1, and every account is looked at: then nothing is multiplied."""
    return amount if rate is ONE else amount * need(rate)


def _plus(amount: Decimal, more: Figure) -> Decimal:
    return amount if more is ZERO else amount + need(more)


def least(figures: PoolFigures, band: Decimal) -> Decimal:
    """The least health at an end of the band, orders aside: below 0, a move within it is too far.

    In the pool's asset; where nothing moves the pool, its health of now.
    """
    pool = figures.pool
    motions = [motion_together(pool), *(motion_alone(pool, each) for each in symbols_of(pool))]
    found = [
        health(PoolFigures(motion.pool_at(pool, end), figures.all_rules))
        for motion in motions
        if motion.moves(pool)
        for end in (-band, band)
    ]
    return min(found, default=health(figures))


# -- at the ends ---------------------------------------------------------------------------------


def _together(figures: PoolFigures, end: Decimal) -> Move | None:
    move = end_of(figures, motion_together(figures.pool), end)
    return None if move is None else Move(TOGETHER, move)


def _alone(figures: PoolFigures, symbol: str, band: Decimal) -> list[Move]:
    motion = motion_alone(figures.pool, symbol)
    mark = next(need(e.mark) for e in figures.pool.exposures if e.instrument.symbol == symbol)
    found = (end_of(figures, motion, end) for end in (-band, band))
    return [Move(ALONE, t, symbol, mark * (ONE + t)) for t in found if t is not None]


def end_of(figures: PoolFigures, motion: Motion, end: Decimal) -> Decimal | None:
    """Where a motion meets the line on the way to `end`; None where the pool stands there."""
    pool = figures.pool
    if not motion.moves(pool):
        return None

    def value(t: Decimal) -> Decimal:
        return health(PoolFigures(motion.pool_at(pool, t), figures.all_rules))

    there = value(end)
    if stands(there, pool):
        return None
    here = health(figures)
    if not stands(here, pool):
        return refined(lambda t: stands(value(t), pool), ZERO, end, _GRAIN)
    return crossing(value, pool, (ZERO, here), (end, there), _GRAIN)
