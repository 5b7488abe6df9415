"""How far a motion carries a pool until the venue acts.

Exactly, by slopes or the walk of `core`, where the path is straight; else by a scan with bisection.
Slopes tell where the health is that of the definitions. What else they or the walk find is checked
against the rulebook's own figures: there its health is nothing, or jumps from safe to not safe.
Where they do not agree (a venue with rules of its own), the scan decides.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal

from marginline.core.assessment.bulk import judged
from marginline.core.assessment.figures import PoolFigures
from marginline.core.assessment.standard import defined
from marginline.core.assessment.standard_pool import requirement
from marginline.core.distance.motion import Line, Motion, straight_line
from marginline.core.measures import Measure
from marginline.core.nouns import dataclass
from marginline.core.numbers import ZERO
from marginline.core.pool.pool import Pool
from marginline.core.solver.health import PoolCurves
from marginline.core.solver.safe_range import Walk
from marginline.core.solver.standing import Standing
from marginline.core.solver.straight import Ends, Unfit

SCAN_LOW, SCAN_HIGH = Decimal(-1), Decimal(3)
SCAN_STEPS = 2000
SCAN_STEP = (SCAN_HIGH - SCAN_LOW) / SCAN_STEPS
REFINED = Decimal("1e-20")
COARSELY = Decimal("1e-9")
_AGREES = Decimal("1e-20")
_ASIDE = Decimal("1e-9")
_CHORDS = 12  # more than any drawn account needed


@dataclass(frozen=True, slots=True)
class Reach:
    """The t below and above 0 at which a pool is liquidated, None where it never is.

    `scanned`: found on a grid of 2,000 steps over -1 < t < 3, refined to 1e-20; what happens
    between two grid points and is over again at both is not seen. `under`: it is so already.
    """

    down: Decimal | None
    up: Decimal | None
    scanned: bool = False
    under: bool = False


def health(figures: PoolFigures) -> Decimal:
    """Support less requirement, of any pool, with the rulebook's own rules."""
    return figures[Measure.SUPPORT] - requirement(figures)


def reach(figures: PoolFigures, motion: Motion, *, coarse: bool = False) -> Reach:
    """Where a motion meets the liquidation of a pool.

    `coarse`: where only a scan will do, on 130 steps that widen away from 0 instead of 2,000 even
    ones; for a figure that is read beside many others.

    Raises:
        AbsentError: something that the pool's health depends on is missing.
    """
    pool, rules, now = figures.pool, figures.all_rules, health(figures)
    if not stands(now, pool):
        return Reach(ZERO, ZERO, under=True)

    def value(t: Decimal) -> Decimal:
        return health(judged(motion.pool_at(pool, t), rules))

    def safe(t: Decimal) -> bool:
        return stands(value(t), pool)

    line = straight_line(pool, motion)
    found = None if line is None else _sloped(figures.standing, line, now)
    if found is not None and _is_told(found) and defined(pool, rules):
        return found
    if found is None and line is not None:
        found = _walked(figures.standing, line, now)

    def is_end(t: Decimal) -> bool:
        if abs(t) > _ASIDE and abs(value(t)) <= _AGREES * (abs(now) + 1):
            return True  # nearer than that rounding could say so: both sides are asked
        return safe(t * (1 - _ASIDE)) and not safe(t * (1 + _ASIDE))

    if found is not None and all(t is None or is_end(t) for t in (found.down, found.up)):
        return found
    return (_scanned_coarsely if coarse else _scanned)(safe, *motion.bounds(pool))


def stands(value: Decimal, pool: Pool) -> bool:
    """Whether a pool with this health (support less requirement) is not acted on."""
    return value > 0 if pool.trigger.inclusive else value >= 0


# -- exactly -------------------------------------------------------------------------------------


def _is_told(found: Reach) -> bool:
    """Whether no end lies so near that rounding might have made it."""
    return all(t is None or abs(t) > _ASIDE for t in (found.down, found.up))


def _reach(line: Line, ends: Ends) -> Reach:
    low, high = (None if end is None else line.t_of(end) for end in ends)
    return Reach(low, high) if line.rising else Reach(high, low)


def _sloped(standing: Standing, line: Line, now: Decimal) -> Reach | None:
    """The ends by slopes alone; None where the walk has to tell."""
    along, start = standing.along(line.path.states, line.path.rates), line.path.start
    if along is None:
        return None
    _, constant, slope = along.at(start)
    if not _same(constant + slope * start, now):
        return None
    try:
        safe, ends = along.interval(start)
    except Unfit:
        return None
    if not safe or ends is None:
        return None
    low, top = ends[0], line.path.high
    high = None if ends[1] is None or (top is not None and ends[1] >= top) else ends[1]
    return _reach(line, ((low if low is not None and low > 0 else None), high))


def _walked(standing: Standing, line: Line, now: Decimal) -> Reach | None:
    """The ends of the safe range along a line; None where the curves are not the venue's rule."""
    curves = PoolCurves(standing, line.path, line.moving)
    walk = Walk(curves, curves.health, curves.edges, inclusive=standing.pool.trigger.inclusive)
    home, _ = walk.safe_pieces()
    start = line.path.start
    if home is None or not _same(curves.health(start).at(start), now):
        return None
    ended = home.high is None or home.high == line.path.high
    return _reach(line, ((home.low if home.low > 0 else None), (None if ended else home.high)))


def _same(here: Decimal, now: Decimal) -> bool:
    return abs(here - now) <= _AGREES * (abs(now) + 1)


# -- by a scan -----------------------------------------------------------------------------------


def _scanned(safe: Callable[[Decimal], bool], low: Decimal | None, high: Decimal | None) -> Reach:
    bottom = max(SCAN_LOW, low) if low is not None else SCAN_LOW
    top = min(SCAN_HIGH, high) if high is not None else SCAN_HIGH
    down = _first_unsafe(safe, _grid(-SCAN_STEP, bottom))
    up = _first_unsafe(safe, _grid(SCAN_STEP, top))
    return Reach(down, up, scanned=True)


def _scanned_coarsely(
    safe: Callable[[Decimal], bool], low: Decimal | None, high: Decimal | None
) -> Reach:
    bottom = max(SCAN_LOW, low) if low is not None else SCAN_LOW
    top = min(SCAN_HIGH, high) if high is not None else SCAN_HIGH
    down = _first_unsafe(safe, (-t for t in _widening(-bottom)), COARSELY)
    up = _first_unsafe(safe, _widening(top), COARSELY)
    return Reach(down, up, scanned=True)


def _widening(end: Decimal) -> Iterator[Decimal]:
    """0.002, 0.0042 ... each step 12 % longer, then just before the end."""
    step = t = Decimal("0.002")
    while t < end:
        yield t
        step *= Decimal("1.12")
        t += step
    yield end * (1 - COARSELY)


def _grid(step: Decimal, end: Decimal) -> Iterator[Decimal]:
    """Multiples of the step from 0 on, up to but not including the end."""
    t = step
    while abs(t) < abs(end):
        yield t
        t += step


def _first_unsafe(
    safe: Callable[[Decimal], bool], grid: Iterator[Decimal], grain: Decimal = REFINED
) -> Decimal | None:
    inside = ZERO
    for t in grid:
        if not safe(t):
            return refined(safe, inside, t, grain)
        inside = t
    return None


def refined(
    safe: Callable[[Decimal], bool], inside: Decimal, outside: Decimal, grain: Decimal = REFINED
) -> Decimal:
    """The first point that is not safe between one that is and one that is not, by bisection."""
    while abs(outside - inside) > grain:
        middle = (inside + outside) / 2
        if safe(middle):
            inside = middle
        else:
            outside = middle
    return outside


def crossing(
    value: Callable[[Decimal], Decimal],
    pool: Pool,
    inside: tuple[Decimal, Decimal],
    outside: tuple[Decimal, Decimal],
    grain: Decimal,
) -> Decimal:
    """What `refined` finds, where the health meets the line once between two points.

    The points come with the health there. Chords close in on the line first, so that the bisection
    asks only between what they found: some five healths in place of one a halving.
    """
    near, far = _closed_in(value, pool, inside, outside, grain)

    def safe(t: Decimal) -> bool:
        if not abs(near) < abs(t) < abs(far):
            return abs(t) <= abs(near)
        return stands(value(t), pool)

    return refined(safe, inside[0], outside[0], grain)


def _closed_in(
    value: Callable[[Decimal], Decimal],
    pool: Pool,
    inside: tuple[Decimal, Decimal],
    outside: tuple[Decimal, Decimal],
    grain: Decimal,
) -> tuple[Decimal, Decimal]:
    """Two points nearer to the line, one that is safe and one that is not, by the Illinois rule."""
    (near, rise), (far, fall) = inside, outside
    aside = (grain / 16).copy_sign(far - near)
    stayed: Decimal | None = None
    for _ in range(_CHORDS):
        meets, ends = near + (far - near) * rise / (rise - fall), (near, far)
        for t in (meets + aside, meets - aside):
            if not abs(near) < abs(t) < abs(far):
                continue
            there = value(t)
            if stands(there, pool):
                near, rise = t, there
                break
            far, fall = t, there
        if abs(far - near) <= grain:
            break
        # An end that stays twice counts half: the next chord reaches past the line.
        if far == ends[1]:
            fall, stayed = (fall / 2 if stayed == far else fall), far
        elif near == ends[0]:
            rise, stayed = (rise / 2 if stayed == near else rise), near
        else:
            stayed = None
    return near, far
