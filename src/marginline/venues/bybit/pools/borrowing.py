"""What of a liability bears interest: the interest-free allowance of a unified account.

A liability is the spot one (spot margin, loans taken by hand, interest) and that of derivatives.
Margin is charged on all of it; only what comes from unrealized losses of contracts is free of
interest, up to the coin's allowance (`freeBorrowingLimit` of GET /v5/account/collateral-info).
"""

from __future__ import annotations

from decimal import Decimal

from marginline import formulas
from marginline.core.numbers import exactly


@exactly
def interest_bearing(owed: Decimal, from_unrealized_loss: Decimal, allowance: Decimal) -> Decimal:
    """The part of a liability that bears interest, in the coin.

    `owed - min(from_unrealized_loss, allowance)`, not below 0.

    Args:
        owed: all that is owed in the coin, >= 0.
        from_unrealized_loss: the part of it that unrealized losses of contracts make, >= 0.
        allowance: the coin's interest-free allowance, >= 0.
    """
    return formulas.positive_part(owed - formulas.smaller(from_unrealized_loss, allowance))


@exactly
def hourly_interest(bearing: Decimal, hourly_rate: Decimal) -> Decimal:
    """Interest of one hour, in the coin: `bearing * hourly_rate` (`hourlyBorrowRate`)."""
    return bearing * hourly_rate
