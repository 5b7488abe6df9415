"""Field-standard arithmetic on plain numbers: one body for Decimal, Fraction, float and kernels.

Every formula is here, by name; `FORMULAS` has them with their notes. What a term means, in which
unit, with a worked number: docs/glossary.md.
"""

from marginline.formulas._formula import FORMULAS, FormulaNote, Number, formula
from marginline.formulas.adl import (
    adl_score_binance,
    adl_score_bitmex,
    adl_score_leveraged_return,
)
from marginline.formulas.collateral import (
    collateral_after_haircut,
    collateral_at_worse_side,
    collateral_slices,
    collateral_whole,
    next_cumulative,
)
from marginline.formulas.entry import (
    average_entry_arithmetic,
    average_entry_harmonic,
    entry_after_fill_inverse,
    entry_after_fill_linear,
    realized_pnl_of_fill_inverse,
    realized_pnl_of_fill_linear,
    size_closed_by_fill,
)
from marginline.formulas.fees import (
    close_fee_at_bankruptcy_inverse,
    close_fee_at_bankruptcy_linear,
    fee,
)
from marginline.formulas.funding import (
    average_premium_equal,
    average_premium_weighted,
    funding_payment,
    funding_rate,
    funding_rate_capped,
    impact_margin_notional,
    mark_price_perpetual,
    premium_index,
    price_one,
    price_two,
)
from marginline.formulas.leverage import (
    effective_leverage,
    share,
)
from marginline.formulas.liquidation import (
    bankruptcy_price_inverse,
    bankruptcy_price_linear,
    break_even_inverse,
    break_even_linear,
    call_price,
    liquidation_price_inverse,
    liquidation_price_linear,
)
from marginline.formulas.margin import (
    available_margin,
    haircut,
    initial_margin,
    initial_margin_at_rate,
    levels_reached,
    margin_ratio,
    netted_order_exposure,
    open_order_loss,
    order_cost,
)
from marginline.formulas.notional import (
    notional_inverse,
    notional_linear,
    notional_quanto,
    value_inverse,
    value_linear,
    value_quanto,
)
from marginline.formulas.numbers import (
    clamp,
    larger,
    median_of_three,
    negative_part,
    positive_part,
    smaller,
    zero_of,
)
from marginline.formulas.pnl import (
    unrealized_pnl_inverse,
    unrealized_pnl_linear,
    unrealized_pnl_quanto,
)
from marginline.formulas.tiers import (
    loan_requirement,
    next_deduction,
    requirement_marginal,
    requirement_whole,
    tier_index,
    tier_requirement,
)

__all__ = [
    "FORMULAS",
    "FormulaNote",
    "Number",
    "adl_score_binance",
    "adl_score_bitmex",
    "adl_score_leveraged_return",
    "available_margin",
    "average_entry_arithmetic",
    "average_entry_harmonic",
    "average_premium_equal",
    "average_premium_weighted",
    "bankruptcy_price_inverse",
    "bankruptcy_price_linear",
    "break_even_inverse",
    "break_even_linear",
    "call_price",
    "clamp",
    "close_fee_at_bankruptcy_inverse",
    "close_fee_at_bankruptcy_linear",
    "collateral_after_haircut",
    "collateral_at_worse_side",
    "collateral_slices",
    "collateral_whole",
    "effective_leverage",
    "entry_after_fill_inverse",
    "entry_after_fill_linear",
    "fee",
    "formula",
    "funding_payment",
    "funding_rate",
    "funding_rate_capped",
    "haircut",
    "impact_margin_notional",
    "initial_margin",
    "initial_margin_at_rate",
    "larger",
    "levels_reached",
    "liquidation_price_inverse",
    "liquidation_price_linear",
    "loan_requirement",
    "margin_ratio",
    "mark_price_perpetual",
    "median_of_three",
    "negative_part",
    "netted_order_exposure",
    "next_cumulative",
    "next_deduction",
    "notional_inverse",
    "notional_linear",
    "notional_quanto",
    "open_order_loss",
    "order_cost",
    "positive_part",
    "premium_index",
    "price_one",
    "price_two",
    "realized_pnl_of_fill_inverse",
    "realized_pnl_of_fill_linear",
    "requirement_marginal",
    "requirement_whole",
    "share",
    "size_closed_by_fill",
    "smaller",
    "tier_index",
    "tier_requirement",
    "unrealized_pnl_inverse",
    "unrealized_pnl_linear",
    "unrealized_pnl_quanto",
    "value_inverse",
    "value_linear",
    "value_quanto",
    "zero_of",
]
