"""Measures as attributes: `pool.margin_ratio`, known to type checkers, editors and `dir()`."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING

from marginline.core.measures import Measure

Measures = Mapping[Measure, Decimal | None]
_BY_NAME = {measure.value: measure for measure in Measure}


class Measured:
    """Gives the measures as attributes; None where there is none, and a finding says why."""

    __slots__ = ()
    measures: Measures

    if TYPE_CHECKING:  # the list of core.measures, by test; what an object lacks is no attribute
        wallet_balance: Decimal | None
        credit: Decimal | None
        unrealized_pnl: Decimal | None
        equity: Decimal | None
        collateral_value: Decimal | None
        haircut: Decimal | None
        margin_balance: Decimal | None
        support: Decimal | None
        position_initial_margin: Decimal | None
        order_initial_margin: Decimal | None
        borrow_initial_margin: Decimal | None
        initial_margin: Decimal | None
        maintenance_margin: Decimal | None
        closing_fee: Decimal | None
        margin_ratio: Decimal | None
        initial_margin_ratio: Decimal | None
        venue_ratio: Decimal | None
        buffer: Decimal | None
        available_balance: Decimal | None
        withdrawable_balance: Decimal | None
        excess_balance: Decimal | None
        call_amount: Decimal | None
        call_price: Decimal | None
        effective_leverage: Decimal | None
        gross_notional: Decimal | None
        net_notional: Decimal | None
        unrealized_share: Decimal | None
        credit_share: Decimal | None
        margin_addable: Decimal | None
        margin_removable: Decimal | None
        notional: Decimal | None
        tier: Decimal | None
        maintenance_rate: Decimal | None
        liquidation_price: Decimal | None
        liquidation_price_below: Decimal | None
        liquidation_price_above: Decimal | None
        bankruptcy_price: Decimal | None
        break_even_price: Decimal | None
        return_on_margin: Decimal | None
        adl_score: Decimal | None
        funding_next: Decimal | None
    else:

        def __getattr__(self, name: str) -> Decimal | None:
            measure = _BY_NAME.get(name)
            if measure is None or measure not in self.measures:
                raise AttributeError(f"{type(self).__name__} has no measure {name!r}")
            return self.measures[measure]

    def __dir__(self) -> list[str]:
        return [*object.__dir__(self), *(measure.value for measure in self.measures)]
