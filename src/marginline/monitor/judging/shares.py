"""What the worst pool's balance is made of: own money, coins, haircut, profit, credit."""

from __future__ import annotations

from decimal import Decimal

from marginline.core.assessment.assessment import PoolAssessment
from marginline.core.measures import Measure
from marginline.core.numbers import ONE, ZERO, exactly, to_text
from marginline.monitor.wire import Shares
from marginline.risk.stress.comfort import coins_of


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
    coins = coins_of(pool)
    parts = {"haircut": cut, "credit": credit or ZERO, "unrealized": profit, "coins": coins}
    for name, amount in parts.items():
        found[name] = min(max(amount, ZERO) / whole, rest)
        rest -= found[name]
    return Shares(own=to_text(rest), **{name: to_text(share) for name, share in found.items()})
