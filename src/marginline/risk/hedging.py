"""The ratio at which a hedge leaves the least variance, from returns of what is held."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal

import numpy as np
from numpy.typing import NDArray

from marginline.core.account.account import Account
from marginline.core.findings import AbsentError
from marginline.core.nouns import dataclass
from marginline.core.pool.exposure import Exposure, need
from marginline.errors import InputError, Problem
from marginline.ledger.attribution.hedges import Hedge, estimated_ratio, hedge_of
from marginline.risk.odds.past import LEAST, Past
from marginline.risk.what_if.trial import Trial

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class HedgeEstimate:
    """An estimated hedge ratio, or why there is none.

    `hedge`: the group with the ratio; None where it is withheld, and `sentence` says why. `error`:
    one standard error of the ratio; `fit`: R squared, the share of the variance that the hedge
    takes away. `returns`: how many, `step` apart, up to `ends_at`.
    """

    hedge: Hedge | None
    sentence: str
    error: float | None = None
    fit: float | None = None
    returns: int = 0
    ends_at: datetime | None = None


def estimate_hedge(
    account: Account, covered: Sequence[str], hedges: Sequence[str], past: Past | None
) -> HedgeEstimate:
    """The ratio by ordinary least squares: P&L of the hedges on P&L of what they cover.

    Both as the account holds them, over the returns of `past`, whose first step an instrument
    without a price in common ends. Below 7 days of them, or where the hedges do not run against the
    covered positions, no ratio is told.

    Args:
        account: whose positions, at their sizes and marks.
        covered: keys of the positions that are to be covered.
        hedges: keys of the positions against them.
        past: closes of their instruments, from candles or from recorded marks.

    Raises:
        InputError: no position of such a key.
    """
    exposures = _exposures(account, (*covered, *hedges))
    symbols = tuple(dict.fromkeys(e.instrument.symbol for e in exposures.values()))
    missing = [each for each in symbols if past is None or each not in past.symbols]
    if past is None or missing:
        return _none(f"there are no prices of the past of {', '.join(missing)}")
    if past.span < LEAST:
        days = past.span / _DAY
        return _none(f"it needs {LEAST.days} days of prices; there are {days:.1f}")
    used = past.of(symbols)
    moves = np.exp(used.returns) - 1.0
    columns = {symbol: moves[:, place] for place, symbol in enumerate(symbols)}
    try:
        x = _pnl([exposures[key] for key in covered], columns)
        y = _pnl([exposures[key] for key in hedges], columns)
    except AbsentError as absent:
        return _none(absent.gap.message)
    return _estimated(Hedge(tuple(covered), tuple(hedges)), x, y, used)


def declared(
    texts: Sequence[str], account: Account, past: Past | None
) -> tuple[list[Hedge], list[str]]:
    """Groups as they are written ("KEYS:KEYS@RATIO"), and a sentence for each estimated ratio.

    A group whose ratio is to be estimated and cannot be is left out, and the sentence says why.

    Raises:
        InputError: a text is no group, or no position of such a key.
    """
    made, words = [], []
    for text in texts:
        hedge, estimated = hedge_of(text)
        if not estimated:
            made.append(hedge)
            continue
        found = estimate_hedge(account, hedge.covered, hedge.hedges, past)
        made += [] if found.hedge is None else [found.hedge]
        words.append(found.sentence)
    return made, words


def _exposures(account: Account, keys: Sequence[str]) -> dict[str, Exposure]:
    pools = (figures.pool for figures in Trial(account).pools())
    found = {e.key: e for pool in pools for e in pool.exposures if e.key in keys}
    for key in keys:
        if key not in found:
            there = ", ".join(row.key for row in account.positions) or "none"
            message = "no such position where the span begins"
            raise InputError([Problem("hedge", key, message, f"there is: {there}")])
    return found


def _pnl(
    exposures: Sequence[Exposure], moves: dict[str, NDArray[np.float64]]
) -> NDArray[np.float64]:
    """What the positions make in each step, each step from today's marks."""
    made = np.zeros(len(next(iter(moves.values()))))
    for e in exposures:
        move, mark = moves[e.instrument.symbol], need(e.mark)
        worth = float(e.notional_at(mark) * need(e.value_rate)) * (1 if e.size > 0 else -1)
        made += worth * (move / (1.0 + move) if e.inverse else move)
    return made


def _estimated(
    hedge: Hedge, x: NDArray[np.float64], y: NDArray[np.float64], past: Past
) -> HedgeEstimate:
    dx, dy = x - x.mean(), y - y.mean()
    variance = float(dx @ dx)
    if not variance > 0 or not float(dy @ dy) > 0:
        return _none("one side never moved")
    slope = -float(estimated_ratio(*([Decimal(repr(float(v))) for v in side] for side in (x, y))))
    left = dy - slope * dx
    error = float(np.sqrt(left @ left / (len(x) - 2) / variance))
    fit = float(1 - left @ left / (dy @ dy))
    span = f"{len(x)} returns of {past.step / timedelta(hours=1):g} h"
    until = f"up to {past.ends_at:%Y-%m-%d %H:%M} UTC"
    if slope >= 0:
        return _none(f"over {span} {until} the hedges moved with what they are to cover")
    ratio = Decimal(f"{-slope:.4g}")
    sentence = (
        f"hedge ratio {ratio:f} ± {error:.2g} estimated by least squares over {span} {until},"
        f" R² {fit:.2f}"
    )
    told = Hedge(hedge.covered, hedge.hedges, ratio)
    return HedgeEstimate(told, sentence, error, fit, len(x), past.ends_at)


def _none(why: str) -> HedgeEstimate:
    return HedgeEstimate(None, f"no hedge ratio is estimated: {why}")
