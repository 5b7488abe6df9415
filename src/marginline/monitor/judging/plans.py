"""The way back to an account's target, in numbers: pay in, close a share, or the cheapest cut."""

from __future__ import annotations

from decimal import Decimal
from typing import Literal

from marginline.core.account.account import Account, Position
from marginline.core.distance.band import WATCH_DISTANCE
from marginline.core.distance.distance import NOT_COMPUTED
from marginline.core.findings import AbsentError
from marginline.core.numbers import ZERO, exactly, to_text
from marginline.core.pool.exposure import Exposure, need
from marginline.errors import MarginlineError
from marginline.monitor.wire import Cut, Payment, Plan
from marginline.risk.inputs import margin_ratio
from marginline.risk.sizing.least import Case, Least
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
    away = None
    try:
        case = Case(account, pool, margin_ratio("ratio", target))
        ways = _ways(case)
        if near and ways is None:
            away = WATCH_DISTANCE
            case.keep_away(away)
            ways = _ways(case)
    except MarginlineError as error:
        return _none(pool, target, str(error), at)
    if ways is None:
        return None
    close, deposit = ways
    cut, why = _cheapest(case, close) if away is None else (None, BY_DISTANCE)
    reasons = {"pay_in": deposit.reason, "close_share": close.reason, "cut": why}
    pay_in = None
    if deposit.amount is not None:
        pay_in = Payment(
            amount=to_text(deposit.amount), asset=deposit.asset or _asset(account, pool)
        )
    return Plan(
        pool=pool,
        target_ratio=to_text(target),
        pay_in=pay_in,
        close_share=None if close.amount is None else to_text(close.amount),
        closes=_closes(close),
        cut=cut,
        reasons={name: why for name, why in reasons.items() if why},
        at=at,
        target_move=None if away is None else to_text(away),
    )


def _ways(case: Case) -> tuple[Least, Least] | None:
    """To close and to pay in, each the least that does it; None where the pool is there already."""
    try:
        case.ratio_now()
        if case.reached(()):
            return None
        return case.by_closing(), case.by_paying(case.asset_of(None))
    except AbsentError as absent:
        nowhere = Least(None, reason=absent.gap.message)
    except ArithmeticError:
        nowhere = Least(None, reason=NOT_COMPUTED)
    return nowhere, nowhere


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


def _closes(found: Least) -> list[Cut]:
    return [
        _cut(change.instrument.partition("/")[0], change.instrument, change.size)
        for change in found.changes
        if isinstance(change, Trade) and change.size
    ]


def _cut(instrument: str, position: str, signed: Decimal) -> Cut:
    side: Literal["buy", "sell"] = "buy" if signed > 0 else "sell"
    return Cut(instrument=instrument, position=position, side=side, size=to_text(abs(signed)))


def _cheapest(case: Case, close: Least) -> tuple[Cut | None, str]:
    """The single cut that gives up the least exposure, tried position by position."""
    rows = {row.key: row for row in case.rows}
    alone = close.changes if len(rows) == 1 else ()
    known = {change.instrument: abs(change.size) for change in alone if isinstance(change, Trade)}
    best: tuple[Decimal, Cut] | None = None
    for exposure in case.pool.exposures:
        row = rows.get(exposure.key)
        if row is None:
            continue
        try:
            size = case.by_cutting(row, _step(case.trial, row), near=known.get(row.key))
        except AbsentError:
            continue
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
