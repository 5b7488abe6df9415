"""Searching whole steps for the largest (or smallest) that fits, and what an account must keep."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from decimal import Decimal

from marginline.core.account.account import Account, Position
from marginline.core.assessment.figures import PoolFigures, PositionFigures
from marginline.core.assessment.standard_pool import requirement
from marginline.core.findings import AbsentError, Code, Finding, Gap
from marginline.core.measures import Measure
from marginline.core.nouns import dataclass
from marginline.core.numbers import to_text
from marginline.core.pool import terms
from marginline.core.pool.pool import Kind, Pool
from marginline.risk.what_if.acceptance import free_margin, unknown_step
from marginline.risk.what_if.trial import Trial

STEP = Decimal("1e-8")
"""The step of a size where nobody tells the instrument's."""
CHORDS = 3
DOUBLINGS = 120
"""Beyond this many doublings of one step nothing is taken to limit a size."""


def about_steps(trial: Trial, symbols: Iterable[str]) -> Iterator[Finding]:
    """A finding for each instrument whose size step the account leaves out.

    It names the packaged step and its source, or says that the sizes may not be sendable.
    """
    for symbol in dict.fromkeys(symbols):
        if trial.instrument(symbol).size_step is not None:
            continue
        where, steps = f"instruments.{symbol}.size_step", trial.steps(symbol)
        if steps.size is not None:
            text = f"sizes are in steps of {to_text(steps.size)}: {steps.source}; {where} beats it"
            yield Finding(Code.PACKAGED_PARAMETER, symbol, text)
        else:
            so = "the size is not rounded to one that can be sent"
            yield Finding(*unknown_step(symbol, so))


def off_tick(trial: Trial, symbol: str, prices: Mapping[str, Decimal | None]) -> Iterator[Finding]:
    """A finding for each price, by its name, at which no order can be sent."""
    steps = trial.steps(symbol)
    for name, price in prices.items():
        if price is None or steps.tick is None or price % steps.tick == 0:
            continue
        of = f": {steps.source}" if trial.instrument(symbol).tick_size is None else ""
        text = f"the {name} {to_text(price)} is no multiple of the tick {to_text(steps.tick)}{of}"
        yield Finding(Code.APPROXIMATE, symbol, text)


def largest(fits: Callable[[int], bool], low: int) -> int | None:
    """The largest n >= `low` that fits, where `low` fits and what does not fit stays so above.

    None: nothing limits it.
    """
    high = max(2 * low, 1)
    for _ in range(DOUBLINGS):
        if not fits(high):
            return between(fits, low, high)
        low, high = high, 2 * high
    return None


def between(fits: Callable[[int], bool], low: int, high: int) -> int:
    """The largest n that fits, where `low` fits and `high` does not."""
    while high - low > 1:
        middle = (low + high) // 2
        if fits(middle):
            low = middle
        else:
            high = middle
    return low


def along_chords(missing: Callable[[int], Decimal], first: int, most: int | None = None) -> int:
    """About the least n > 0, at most `most`, of which nothing is missing; decides nothing.

    What is missing falls nearly straight with n: a few chords lead there, beginning at 0 and
    `first`.
    """
    low, high = 0, max(first, 1)
    before, now = missing(low), missing(high)
    for _ in range(CHORDS):
        if before == now:
            break
        n = max(low + int((high - low) * before / (before - now)), 1)
        n = n if most is None else min(n, most)
        if n == high:
            break
        low, before = high, now
        high, now = n, missing(n)
    return high


def least_near(short: Callable[[int], bool], guess: int, most: int | None = None) -> int | None:
    """The least n > 0 that is enough, looked for from a guess outwards.

    0 is too little, `most` is enough, and what is enough stays so above. None: nothing is enough,
    however large.
    """
    guess, step = max(guess, 1), 1
    if most is not None:
        guess = min(guess, most - 1)
    if guess and not short(guess):
        high = guess
        while (low := max(high - step, 0)) and not short(low):
            high, step = low, 2 * step
        return between(short, low, high) + 1
    low = guess
    for _ in range(DOUBLINGS):
        high = low + step
        if most is not None and high >= most:
            return between(short, low, most) + 1
        if not short(high):
            return between(short, low, high) + 1
        low, step = high, 2 * step
    return None


@dataclass(frozen=True, slots=True)
class Limits:
    """What must hold after an order, beside the venue's own demands."""

    keep_buffer: Decimal | None = None
    keep_ratio: Decimal | None = None


def refusal(trial: Trial, row: Position, limits: Limits) -> str | None:
    """Why the account as drafted will not do, in words; None where it will.

    Looked at are the pool of the position and, where that is isolated, the pool that pays for it.
    The order of the checks is that of their gravity.

    Raises:
        AbsentError: a number that the answer needs is missing.
    """
    pools = list(trial.pools())
    own = next((p for p in pools if _holds(p.pool, row.key)), None)
    asset = trial.asset_of(row)
    paying = next((p for p in pools if _pays(p.pool, asset)), None)
    touched = [p for p in (own, paying) if p is not None]
    for figures in dict.fromkeys(touched):
        reason = _pool_refusal(figures, limits)
        if reason is not None:
            return reason
    position = None if own is None else next(p for p in own.positions if p.name == row.key)
    return None if position is None else tier_refusal(position)


def _holds(pool: Pool, key: str) -> bool:
    return any(exposure.key == key for exposure in pool.exposures)


def _pays(pool: Pool, asset: str) -> bool:
    return pool.kind is not Kind.ISOLATED and any(leg.asset == asset for leg in pool.legs)


def _pool_refusal(figures: PoolFigures, limits: Limits) -> str | None:
    pool = figures.pool
    support, needed = figures[Measure.SUPPORT], requirement(figures)
    if needed and pool.trigger.reached(needed, support):
        word = "liquidated" if pool.trigger.liquidates else "called"
        return f"pool {pool.id} would be {word}: {_of(needed, pool)} on {_of(support, pool)}"
    if limits.keep_ratio is not None and needed > limits.keep_ratio * support:
        ratio = to_text(needed / support) if support > 0 else "without bound"
        return (
            f"margin_ratio of pool {pool.id} would be {ratio}, above {to_text(limits.keep_ratio)}"
        )
    if pool.kind is Kind.ISOLATED:
        return None
    if limits.keep_buffer is not None and support - needed < limits.keep_buffer:
        kept = _of(limits.keep_buffer, pool)
        return f"buffer of pool {pool.id} would be {_of(support - needed, pool)}, below {kept}"
    free = free_margin(figures)
    if isinstance(free, Gap):
        if free.code is Code.MISSING_DATA:  # what a venue does not have or tell cannot bind
            raise AbsentError(free)
    elif free < 0:
        return f"available_balance of pool {pool.id} would be {_of(free, pool)}, below 0"
    return None


def _of(amount: Decimal, pool: Pool) -> str:
    return f"{to_text(amount)} {pool.asset}"


def tier_refusal(position: PositionFigures) -> str | None:
    """Why the tiers do not allow a position, in words; None where they do."""
    exposure = position.exposure
    schedule = exposure.maintenance.schedule
    if isinstance(schedule, Gap):  # a requirement without tiers: by contract, by scenario
        return None
    row, key = terms.tier_row(exposure), terms.tier_key(exposure)
    if schedule.cap is not None and key > schedule.cap:
        end = to_text(schedule.cap)
        return f"{exposure.key} would reach {to_text(key)}, beyond the last tier's end {end}"
    most, leverage = schedule.max_leverages[row], exposure.leverage
    if most is not None and leverage is not None and leverage > most:
        return f"leverage {to_text(leverage)} is above tier {row + 1}'s highest, {to_text(most)}"
    return None


def available_gap(account: Account, asset: str) -> Gap | None:
    """Why the available balance of the pool that pays in an asset is not known, if it is not."""
    figures = Trial(account).paying_pool(asset)
    if figures is None:
        return None
    free = free_margin(figures)
    return free if isinstance(free, Gap) else None
