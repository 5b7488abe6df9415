"""The watch band: a pool within a few percent of the line is watched, however little it uses.

A pool is checked at the ends of the band: its health is concave along a common move of prices, so
where it stands at both ends it stands between them. Most pools are told apart without that, by a
bound on what the band can take.
"""

from __future__ import annotations

from decimal import ROUND_DOWN, Decimal

from marginline.core.assessment.bulk import judged
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
from marginline.core.pool.pool import Pool

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
    found: list[Move] = []
    for symbol, motion in motions_of(figures.pool):
        for end in (-band, band):
            nearest = nearest_of(tuple(found))
            t = end_of(figures, motion, end, nearer=None if nearest is None else nearest.move)
            if t is not None:
                found.append(_move(figures.pool, symbol, t))
    return nearest_of(tuple(found))


def finding(figures: PoolFigures, move: Move) -> Finding:
    """What the band has to say: how far the line is, and what moves."""
    return Finding(Code.WATCH_DISTANCE, figures.name, words(figures, move))


def words(figures: PoolFigures, move: Move) -> str:
    """A move to the line as a sentence."""
    assert move.move is not None
    percent = abs(move.move) * 100
    step = min(Decimal("0.01"), Decimal(1).scaleb(percent.adjusted() - 1)) if percent else ONE
    told = to_text(percent.quantize(step, ROUND_DOWN))
    way = "down" if move.move < 0 else "up"
    what = f"{move.instrument} alone" if move.instrument else "all prices together"
    orders = (
        ", with the resting orders filled on the way" if move.way not in (ALONE, TOGETHER) else ""
    )
    return f"{event_of(figures.pool)} is {told} % away: {what} {way}{orders}"


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
    left = health(figures) / (ONE + step)
    for leg in pool.legs:
        if leg.asset != pool.asset and leg.asset not in STANDING:
            held = abs(figures.amount(leg)) + 2 * leg.liability
            left -= held * need(leg.index) * step
    if figures.sway is not None and left > figures.sway * step:
        return True  # so far off that the highest rates of all tiers do not reach it
    level = pool.trigger.level
    return left > sum((_bound(position, step, level) for position in figures.positions), ZERO)


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


def clear(figures: PoolFigures, band: Decimal) -> bool:
    """Whether no move of at most `band` leads to the line, orders aside: `within` finds none.

    Raises:
        AbsentError: something that the pool's health depends on is missing.
    """
    pool = figures.pool
    if (not pool.exposures and not pool.borrows) or outside(figures, band):
        return True
    return all(stands(value, pool) for value in at_ends(figures, band))


def at_ends(figures: PoolFigures, band: Decimal) -> list[Decimal]:
    """The health at both ends of the band of every motion, orders aside, in the pool's asset."""
    pool = figures.pool
    return [
        health(judged(motion.pool_at(pool, end), figures.all_rules))
        for _, motion in motions_of(pool)
        for end in (-band, band)
    ]


def motions_of(pool: Pool) -> list[tuple[str | None, Motion]]:
    """All prices together, then each instrument alone by its symbol, where anything moves.

    An instrument that is all that moves is not followed a second time.
    """
    together = motion_together(pool)
    found: list[tuple[str | None, Motion]] = [(None, together)] if together.moves(pool) else []
    for symbol in symbols_of(pool):
        motion = motion_alone(pool, symbol)
        if motion.moves(pool) and not motion.same_as(together, pool):
            found.append((symbol, motion))
    return found


# -- at the ends ---------------------------------------------------------------------------------


def _move(pool: Pool, symbol: str | None, t: Decimal) -> Move:
    if symbol is None:
        return Move(TOGETHER, t)
    mark = next(need(e.mark) for e in pool.exposures if e.instrument.symbol == symbol)
    return Move(ALONE, t, symbol, mark * (ONE + t))


def end_of(
    figures: PoolFigures, motion: Motion, end: Decimal, *, nearer: Decimal | None = None
) -> Decimal | None:
    """Where a motion meets the line on the way to `end`; None where the pool stands there.

    `nearer`: a move that is known to lead there; what is no nearer is not looked for.
    """
    pool = figures.pool

    def value(t: Decimal) -> Decimal:
        return health(judged(motion.pool_at(pool, t), figures.all_rules))

    there = value(end)
    if stands(there, pool):
        return None
    here = health(figures)
    if not stands(here, pool):
        return refined(lambda t: stands(value(t), pool), ZERO, end, _GRAIN)
    if nearer is not None and stands(value(abs(nearer).copy_sign(end)), pool):
        return None
    return crossing(value, pool, (ZERO, here), (end, there), _GRAIN)
