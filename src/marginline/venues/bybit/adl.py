"""When Bybit deleverages: the drawdown of an insurance pool over eight hours, or an empty pool.

The figures of a pool are public (GET /v5/market/adlAlert): balance, its 8-hour peak, each symbol's
P&L and thresholds. The thresholds are read from there, never assumed.
"""

from __future__ import annotations

from decimal import Decimal

from marginline import formulas
from marginline.core.nouns import dataclass
from marginline.core.numbers import ZERO, exactly


@dataclass(frozen=True, slots=True)
class Thresholds:
    """What the venue prints beside a pool: all fractions but `balance`, an amount.

    `start`: drawdown at which deleveraging begins (`insurancePnlRatio`, sample -0.3), `stop`: above
    which it ends (`adlStopRatio`, sample -0.25), `balance`: below which the drawdown does not count
    (`adlTriggerThreshold`, sample 10000).
    """

    balance: Decimal
    start: Decimal
    stop: Decimal


@exactly
def pnl_ratio(pnl: Decimal, peak_pnl: Decimal, peak_balance: Decimal) -> Decimal:
    """How far a symbol has fallen from its 8-hour peak, as a fraction of the pool's peak balance.

    `(pnl - peak_pnl) / peak_balance`, <= 0.
    """
    return (pnl - peak_pnl) / peak_balance


@exactly
def begins(balance: Decimal, ratio: Decimal, thresholds: Thresholds) -> bool:
    """Whether deleveraging of a symbol begins: drawdown reached, or the pool is empty.

    The rule says `<`, its second example triggers at exactly -0.30: equal counts as reached.
    """
    return balance <= 0 or (balance > thresholds.balance and ratio <= thresholds.start)


@exactly
def ends(balance: Decimal, ratio: Decimal, thresholds: Thresholds) -> bool:
    """Whether it ends: the drawdown is above the stop again, and the pool is not empty."""
    return balance > 0 and ratio > thresholds.stop


@exactly
def handed_over(loss: Decimal, peak_balance: Decimal, thresholds: Thresholds) -> Decimal:
    """The part of a loss that the pool does not bear: what lies beyond its drawdown limit.

    The takeover price is chosen so that the drawdown stays at the limit: a pool of 1,000,000 bears
    300,000 of a loss of 350,000, and 50,000 go to deleveraging.
    """
    return formulas.positive_part(loss + peak_balance * thresholds.start)


@exactly
def split(loss: Decimal, pnl_by_symbol: dict[str, Decimal]) -> dict[str, Decimal]:
    """An empty pool's loss split across its symbols in proportion to their own losses."""
    losses = {name: -formulas.negative_part(pnl) for name, pnl in pnl_by_symbol.items()}
    total = sum(losses.values(), ZERO)
    if not total:
        return dict.fromkeys(losses, total)
    return {name: loss * own / total for name, own in losses.items()}
