"""One body, many speeds: every formula gives the same number in Decimal, Fraction and float.

Fractions are the truth. The Decimal result may differ by 1e-30 of it, the float one by 1e-12, plus
what the inputs' own last digit is worth there: close to a cancellation no arithmetic can do better.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from functools import partial
from operator import mul
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from marginline.core.numbers import exact
from marginline.formulas import FORMULAS
from tests.formulas.draw import (
    amounts,
    collateral_schedules,
    contract_sizes,
    decimals,
    notionals,
    positive,
    prices,
    quantities,
    rates,
    schedules,
    sizes,
)

Arguments = tuple[Any, ...]

balances = positive(1_000_000, 2)
coins = decimals(-1_000, 1_000, 4)
deductions = decimals(0, 100_000, 2)
leverages = decimals(2, 125, 1)
premiums = decimals(-1, 1, 4).map(lambda x: x / 100)
widths = decimals(0, 1, 4).map(lambda x: x / 100)
hours = decimals(0, 8, 2)
sides = st.sampled_from([1, -1])
fills = st.lists(st.tuples(quantities, prices), min_size=1, max_size=6)
columns = fills.map(lambda rows: ([row[0] for row in rows], [row[1] for row in rows]))
samples = st.tuples(st.lists(premiums, min_size=1, max_size=10))
whole_tables = st.tuples(notionals, notionals, schedules()).map(
    lambda drawn: (drawn[0], drawn[1], drawn[2].floors, drawn[2].rates)
)
flags = st.sampled_from([0, 1])
tables = st.one_of(schedules(), collateral_schedules())
whole_or_sliced = st.tuples(notionals, prices, flags, flags, tables).map(
    lambda drawn: (*drawn[:4], drawn[4].floors, drawn[4].rates, drawn[4].offsets)
)
level_rows = st.lists(st.tuples(rates, flags), min_size=1, max_size=4).map(sorted)
leg = (sizes, contract_sizes, prices)
fill = (sizes, prices, sizes, prices)
fill_on_leg = (sizes, contract_sizes, prices, sizes, prices)
closing = (quantities, contract_sizes, prices, leverages, rates, sides)

# How to draw the arguments of each formula. A formula without a row fails.
DRAWN: dict[str, SearchStrategy[Arguments]] = {
    "adl_score_binance": st.tuples(amounts, amounts, amounts, balances),
    "adl_score_bitmex": st.tuples(sizes, sizes, quantities).map(
        lambda drawn: (drawn[0], drawn[1], drawn[0] - drawn[2])
    ),
    "adl_score_leveraged_return": st.tuples(premiums, leverages),
    "available_margin": st.tuples(amounts, balances),
    "average_entry_arithmetic": columns,
    "average_entry_harmonic": columns,
    "average_premium_equal": samples,
    "average_premium_weighted": samples,
    "bankruptcy_price_inverse": st.tuples(*leg, coins),
    "bankruptcy_price_linear": st.tuples(*leg, amounts),
    "break_even_inverse": st.tuples(prices, sizes, contract_sizes, coins),
    "break_even_linear": st.tuples(prices, sizes, contract_sizes, amounts),
    "call_price": st.tuples(prices, sizes, contract_sizes, amounts, balances),
    "clamp": st.tuples(amounts, amounts, amounts),
    "close_fee_at_bankruptcy_inverse": st.tuples(*closing),
    "close_fee_at_bankruptcy_linear": st.tuples(*closing),
    "collateral_after_haircut": whole_or_sliced,
    "collateral_at_worse_side": st.tuples(amounts, prices, prices),
    "collateral_slices": st.tuples(notionals, collateral_schedules()).map(
        lambda drawn: (drawn[0], drawn[1].rates, drawn[1].offsets)
    ),
    "collateral_whole": whole_tables,
    "effective_leverage": st.tuples(notionals, balances),
    "entry_after_fill_inverse": st.tuples(*fill),
    "entry_after_fill_linear": st.tuples(*fill),
    "fee": st.tuples(notionals, rates),
    "funding_payment": st.tuples(amounts, premiums),
    "funding_rate": st.tuples(premiums, premiums, widths, st.integers(1, 8).map(Fraction)),
    "funding_rate_capped": st.tuples(premiums, premiums, premiums),
    "haircut": st.tuples(notionals, rates),
    "impact_margin_notional": st.tuples(balances, positive(1, 4)),
    "initial_margin": st.tuples(notionals, leverages),
    "initial_margin_at_rate": st.tuples(notionals, rates),
    "larger": st.tuples(amounts, amounts),
    "levels_reached": st.tuples(balances, amounts, level_rows).map(
        lambda drawn: (
            drawn[0],
            drawn[1],
            [row[0] for row in drawn[2]],
            [row[1] for row in drawn[2]],
        )
    ),
    "liquidation_price_inverse": st.tuples(*leg, coins, rates, deductions),
    "liquidation_price_linear": st.tuples(*leg, amounts, rates, deductions),
    "loan_requirement": whole_or_sliced,
    "margin_ratio": st.tuples(notionals, balances),
    "mark_price_perpetual": st.tuples(prices, prices, prices),
    "median_of_three": st.tuples(amounts, amounts, amounts),
    "negative_part": st.tuples(amounts),
    "netted_order_exposure": st.tuples(amounts, notionals, notionals),
    "next_cumulative": st.tuples(deductions, notionals, rates, rates),
    "next_deduction": st.tuples(deductions, notionals, rates, rates),
    "notional_inverse": st.tuples(*leg),
    "notional_linear": st.tuples(*leg),
    "notional_quanto": st.tuples(*leg),
    "open_order_loss": st.tuples(quantities, contract_sizes, sides, prices, prices),
    "order_cost": st.tuples(notionals, notionals),
    "positive_part": st.tuples(amounts),
    "premium_index": st.tuples(prices, prices, prices),
    "price_one": st.tuples(prices, premiums, hours, st.sampled_from([1, 4, 8]).map(Fraction)),
    "price_two": st.tuples(prices, amounts),
    "realized_pnl_of_fill_inverse": st.tuples(*fill_on_leg),
    "realized_pnl_of_fill_linear": st.tuples(*fill_on_leg),
    "requirement_marginal": st.tuples(notionals, schedules()).map(
        lambda drawn: (drawn[0], drawn[1].rates, drawn[1].offsets)
    ),
    "requirement_whole": whole_tables,
    "share": st.tuples(amounts, balances),
    "size_closed_by_fill": st.tuples(sizes, sizes),
    "smaller": st.tuples(amounts, amounts),
    "tier_index": st.tuples(notionals, schedules()).map(lambda drawn: (drawn[0], drawn[1].floors)),
    "tier_requirement": st.tuples(notionals, rates, deductions),
    "unrealized_pnl_inverse": st.tuples(*leg, prices),
    "unrealized_pnl_linear": st.tuples(*leg, prices),
    "unrealized_pnl_quanto": st.tuples(*leg, prices),
    "value_inverse": st.tuples(*leg),
    "value_linear": st.tuples(*leg),
    "value_quanto": st.tuples(*leg),
    "zero_of": st.tuples(amounts),
}

DECIMAL_STEP = Fraction(1, 10**33)  # what 34 digits can tell apart, relative to a number
FLOAT_STEP = Fraction(1, 2**52)


def test_every_formula_is_drawn_and_nothing_else() -> None:
    assert set(DRAWN) == set(FORMULAS)


@pytest.mark.parametrize("name", sorted(FORMULAS))
@given(data=st.data())
def test_decimal_fraction_and_float_agree(name: str, data: st.DataObject) -> None:
    formula = FORMULAS[name]
    arguments = data.draw(DRAWN[name])
    truth = formula(*arguments)

    with exact():
        decimal = formula(*convert(arguments, to_decimal))
    assert type(decimal) is (int if isinstance(truth, int) else Decimal)
    off, allowed = abs(Fraction(decimal) - truth), abs(truth) / Fraction(10**30)
    assert off <= allowed or off <= allowed + sensitivity(formula, arguments, truth, DECIMAL_STEP)

    fast = formula(*convert(arguments, float))
    assert type(fast) is (int if isinstance(truth, int) else float)
    off, allowed = abs(Fraction(fast) - truth), abs(truth) / Fraction(10**12)
    assert off <= allowed or off <= allowed + sensitivity(formula, arguments, truth, FLOAT_STEP)


def sensitivity(
    formula: Callable[..., Any], arguments: Arguments, truth: Any, step: Fraction
) -> Fraction:
    """How far the result moves when each input in turn moves by a few of its last digits.

    Never below 0: who is near enough without it need not ask.
    """
    moved = Fraction(0)
    for place, argument in enumerate(arguments):
        if isinstance(argument, int):  # a side: it has no last digit
            continue
        for factor in (1 + 4 * step, 1 - 4 * step):
            changed = list(arguments)
            changed[place] = convert((argument,), partial(mul, factor))[0]
            off = formula(*changed) - truth
            if off:
                moved += abs(off)
    return moved


def convert(arguments: Arguments, to: Callable[[Fraction], Any]) -> Arguments:
    """Fractions, alone or in a column, to another kind of number; a side stays an int."""
    return tuple(
        [to(element) for element in argument]
        if isinstance(argument, list)
        else (argument if isinstance(argument, int) else to(argument))
        for argument in arguments
    )


def to_decimal(number: Fraction) -> Decimal:
    decimal = Decimal(number.numerator) / Decimal(number.denominator)
    assert Fraction(decimal) == number, "draw numbers that 34 digits can hold"
    return decimal
