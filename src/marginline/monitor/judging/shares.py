"""What the worst pool's balance is made of: own money, coins, haircut, profit, credit."""

from __future__ import annotations

from decimal import Decimal

from marginline.core.assessment.assessment import PoolAssessment
from marginline.core.measures import Measure
from marginline.core.numbers import ONE, ZERO, exactly, to_text
from marginline.monitor.wire import Shares
from marginline.risk.moves.volatile import STANDING


@exactly
def shares_of(pool: PoolAssessment) -> Shares | None:
    """Fractions that sum to 1 of margin balance and haircut together; None: not known or <= 0.

    `unrealized` is profit that stands only while prices do, `credit` what cannot be withdrawn,
    `coins` collateral whose own price moves, after haircut; `own` is the rest, never below 0.
    """
    m = pool.measures
    balance, profit = m.get(Measure.MARGIN_BALANCE), m.get(Measure.UNREALIZED_PNL)
    credit, haircut = m.get(Measure.CREDIT), m.get(Measure.HAIRCUT)
    if balance is None or profit is None:
        return None
    cut = haircut or ZERO
    whole = balance + cut
    if balance <= 0 or whole <= 0:
        return None
    rest = ONE
    found: dict[str, Decimal] = {}
    parts = {"haircut": cut, "credit": credit or ZERO, "unrealized": profit, "coins": _coins(pool)}
    for name, amount in parts.items():
        found[name] = min(max(amount, ZERO) / whole, rest)
        rest -= found[name]
    return Shares(own=to_text(rest), **{name: to_text(share) for name, share in found.items()})


def _coins(pool: PoolAssessment) -> Decimal:
    """Collateral, in the pool's asset, that moves with the market; after haircut."""
    if not pool.assets:
        wallet = pool.measures.get(Measure.WALLET_BALANCE) or ZERO
        return ZERO if pool.asset in STANDING else wallet
    total = ZERO
    for asset in pool.assets:
        value = asset.measures.get(Measure.COLLATERAL_VALUE)
        if asset.asset in STANDING or value is None or value <= 0:
            continue
        rate = next((leg.index for leg in pool.figures.pool.legs if leg.asset == asset.asset), ZERO)
        total += value * rate if isinstance(rate, Decimal) else ZERO
    return total
