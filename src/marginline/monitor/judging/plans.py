"""The way back to an account's target, in numbers: pay in, close a share, or the cheapest cut."""

from __future__ import annotations

from decimal import Decimal
from typing import Literal

from marginline.core.account.account import Account, Position
from marginline.core.assessment.standard_pool import requirement
from marginline.core.distance.band import WATCH_DISTANCE
from marginline.core.findings import AbsentError
from marginline.core.measures import Measure
from marginline.core.numbers import ONE, ZERO, Direction, exactly, to_step, to_text
from marginline.core.pool.exposure import Exposure, need
from marginline.errors import MarginlineError
from marginline.monitor.wire import Cut, Payment, Plan
from marginline.risk.sizing.reducing import Reduction, reduce_to
from marginline.risk.sizing.search import along_chords, least_near
from marginline.risk.what_if.applying import apply
from marginline.risk.what_if.orders import Trade
from marginline.risk.what_if.trial import Trial

BY_DISTANCE = "how far one cut moves the line is not looked for; What if tries one"
FRACTION = Decimal("1e-4")
"""The step of a cut where the instrument's own is not known: a ten-thousandth of the position."""


@exactly
def plan_of(
    account: Account, pool: str, target: Decimal, at: str, *, near: bool = False
) -> Plan | None:
    """The ways back to the target ratio; None where the pool is there already.

    `near`: the line is near in price, so where the ratio is well the ways are those that move the
    line away.

    Each way does it alone and is the least that does. A way that leads nowhere is null, with the
    reason under its name.
    """
    try:
        found, away = reduce_to(account, pool, target, ranked=False), None
        if near and _is_there(found):
            away = WATCH_DISTANCE
            found = reduce_to(account, pool, target, distance=away, ranked=False)
    except MarginlineError as error:
        return _none(pool, target, str(error), at)
    if _is_there(found):
        return None
    cut, why = _cheapest(account, pool, target) if away is None else (None, BY_DISTANCE)
    ways = {"pay_in": found.deposit.reason, "close_share": found.close.reason, "cut": why}
    paid = found.deposit
    pay_in = None
    if paid.amount is not None:
        pay_in = Payment(amount=to_text(paid.amount), asset=paid.asset or _asset(account, pool))
    share = found.close.amount
    return Plan(
        pool=pool,
        target_ratio=to_text(target),
        pay_in=pay_in,
        close_share=None if share is None else to_text(share),
        closes=_closes(found),
        cut=cut,
        reasons={name: why for name, why in ways.items() if why},
        at=at,
        target_move=None if away is None else to_text(away),
    )


def _is_there(found: Reduction) -> bool:
    return found.close.amount == 0 and found.deposit.amount == 0


def _none(pool: str, target: Decimal, why: str, at: str) -> Plan:
    return Plan(
        pool=pool,
        target_ratio=to_text(target),
        pay_in=None,
        close_share=None,
        closes=[],
        cut=None,
        reasons=dict.fromkeys(("pay_in", "close_share", "cut"), why),
        at=at,
    )


def _asset(account: Account, pool: str) -> str:
    """What an isolated position's margin is paid in: the settle asset of its instrument."""
    instrument = account.instruments.get(pool.partition("/")[0])
    return (instrument.settle if instrument else None) or pool


def _closes(found: Reduction) -> list[Cut]:
    return [
        _cut(change.instrument.partition("/")[0], change.instrument, change.size)
        for change in found.close.changes
        if isinstance(change, Trade) and change.size
    ]


def _cut(instrument: str, position: str, signed: Decimal) -> Cut:
    side: Literal["buy", "sell"] = "buy" if signed > 0 else "sell"
    return Cut(instrument=instrument, position=position, side=side, size=to_text(abs(signed)))


def _cheapest(account: Account, pool: str, target: Decimal) -> tuple[Cut | None, str]:
    """The single cut that gives up the least exposure, tried position by position."""
    trial = Trial(account)
    figures = next((each for each in trial.pools() if each.name == pool), None)
    if figures is None:
        return None, "there is no such pool"
    rows = {row.key: row for row in account.positions if row.size}
    best: tuple[Decimal, Cut] | None = None
    for exposure in figures.pool.exposures:
        row = rows.get(exposure.key)
        if row is None:
            continue
        size = _least(account, pool, target, row, _step(trial, row))
        if size is None:
            continue
        given_up = _notional(exposure, size)
        if best is None or given_up < best[0]:
            signed = -size if row.size > 0 else size
            best = given_up, _cut(row.instrument, row.key, signed)
    if best is None:
        return None, "no single position, even closed whole, brings the pool there"
    return best[1], ""


def _notional(exposure: Exposure, size: Decimal) -> Decimal:
    """What a cut gives up, in the pool's asset."""
    share = size / abs(exposure.size)
    try:
        notional = exposure.notional_at(need(exposure.mark)) * need(exposure.value_rate)
    except AbsentError:
        return ZERO
    return notional * share


def _step(trial: Trial, row: Position) -> Decimal:
    step = trial.steps(row.instrument).size
    return abs(row.size) * FRACTION if step is None else step


def _least(
    account: Account, pool: str, target: Decimal, row: Position, step: Decimal
) -> Decimal | None:
    """The least size, in whole steps, that brings the pool to the target; None: none does."""
    whole = int(to_step(abs(row.size), step, Direction.UP) / step)

    def short(n: int) -> Decimal:
        """What is missing after closing n steps; 0 or less is enough."""
        return _missing(account, pool, target, row, min(n * step, abs(row.size)))

    try:
        if short(whole) > 0:
            return None
        guess = along_chords(short, whole // 2, whole)
        n = least_near(lambda n: short(n) > 0, guess, whole)
        return None if n is None else min(n * step, abs(row.size))
    except AbsentError:
        return None


def _missing(account: Account, pool: str, target: Decimal, row: Position, size: Decimal) -> Decimal:
    """Requirement less the target's share of support after closing `size`; <= 0 is enough."""
    trial = Trial(account)
    if size:
        signed = -size if row.size > 0 else size
        apply(Trade(row.key, signed, reduce_only=True), trial)
    figures = next((each for each in trial.pools() if each.name == pool), None)
    if figures is None:
        return -ONE
    needed = requirement(figures)
    return needed - target * figures[Measure.SUPPORT]
