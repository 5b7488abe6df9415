"""What holds of the closed forms whatever the numbers: roots, symmetries, scales."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from marginline.formulas import (
    bankruptcy_price_inverse,
    bankruptcy_price_linear,
    break_even_inverse,
    break_even_linear,
    call_price,
    liquidation_price_inverse,
    liquidation_price_linear,
    notional_inverse,
    notional_linear,
    tier_requirement,
    unrealized_pnl_inverse,
    unrealized_pnl_linear,
)
from tests.formulas.draw import (
    amounts,
    contract_sizes,
    decimals,
    factors,
    prices,
    quantities,
    rates,
    sizes,
)

deductions = decimals(0, 100_000, 2)
coins = decimals(-1_000, 1_000, 4)


@given(
    size=sizes,
    contract_size=contract_sizes,
    entry=prices,
    cash=amounts,
    rate=rates,
    deduction=deductions,
    elsewhere=st.tuples(prices, prices),
)
def test_linear_health_is_zero_at_the_liquidation_price_and_only_there(
    size: Fraction,
    contract_size: Fraction,
    entry: Fraction,
    cash: Fraction,
    rate: Fraction,
    deduction: Fraction,
    elsewhere: tuple[Fraction, Fraction],
) -> None:
    def health(price: Fraction) -> Fraction:
        support = cash + unrealized_pnl_linear(size, contract_size, entry, price)
        return support - tier_requirement(
            notional_linear(size, contract_size, price), rate, deduction
        )

    price = liquidation_price_linear(size, contract_size, entry, cash, rate, deduction)
    if price > 0:
        assert health(price) == 0
        assert health(price * 2) * size > 0 > health(price / 2) * size
    else:
        assert health(elsewhere[0]) * health(elsewhere[1]) > 0


@given(
    size=sizes,
    face=contract_sizes,
    entry=prices,
    cash=coins,
    rate=rates,
    deduction=decimals(0, 100, 4),
    elsewhere=st.tuples(prices, prices),
)
def test_inverse_health_is_zero_at_the_liquidation_price_and_only_there(
    size: Fraction,
    face: Fraction,
    entry: Fraction,
    cash: Fraction,
    rate: Fraction,
    deduction: Fraction,
    elsewhere: tuple[Fraction, Fraction],
) -> None:
    def health(price: Fraction) -> Fraction:
        support = cash + unrealized_pnl_inverse(size, face, entry, price)
        return support - tier_requirement(notional_inverse(size, face, price), rate, deduction)

    price = liquidation_price_inverse(size, face, entry, cash, rate, deduction)
    if price > 0:
        assert health(price) == 0
        assert health(price * 2) * size > 0 > health(price / 2) * size
    else:
        assert health(elsewhere[0]) * health(elsewhere[1]) > 0


@given(size=sizes, contract_size=contract_sizes, entry=prices, cash=amounts, fees=coins)
def test_nothing_is_left_at_the_bankruptcy_price_and_fees_are_earned_at_break_even(
    size: Fraction, contract_size: Fraction, entry: Fraction, cash: Fraction, fees: Fraction
) -> None:
    price = bankruptcy_price_linear(size, contract_size, entry, cash)
    assert unrealized_pnl_linear(size, contract_size, entry, price) == -cash
    assert price == liquidation_price_linear(
        size, contract_size, entry, cash, Fraction(0), Fraction(0)
    )
    price = break_even_linear(entry, size, contract_size, fees)
    assert unrealized_pnl_linear(size, contract_size, entry, price) == -fees

    price = bankruptcy_price_inverse(size, contract_size, entry, fees)
    assert break_even_inverse(entry, size, contract_size, fees) == price
    assert price == liquidation_price_inverse(
        size, contract_size, entry, fees, Fraction(0), Fraction(0)
    )
    if price > 0:
        assert unrealized_pnl_inverse(size, contract_size, entry, price) == -fees


@given(settle=prices, size=sizes, contract_size=contract_sizes, equity=amounts, need=amounts)
def test_equity_meets_maintenance_at_the_call_price(
    settle: Fraction, size: Fraction, contract_size: Fraction, equity: Fraction, need: Fraction
) -> None:
    price = call_price(settle, size, contract_size, equity, need)
    assert equity + unrealized_pnl_linear(size, contract_size, settle, price) == need


@given(
    size=sizes,
    contract_size=contract_sizes,
    entry=prices,
    cash=amounts,
    rate=rates,
    deduction=deductions,
    k=factors,
)
def test_prices_are_free_of_scale_and_follow_the_unit_of_price(
    size: Fraction,
    contract_size: Fraction,
    entry: Fraction,
    cash: Fraction,
    rate: Fraction,
    deduction: Fraction,
    k: Fraction,
) -> None:
    for liquidation in (liquidation_price_linear, liquidation_price_inverse):
        price = liquidation(size, contract_size, entry, cash, rate, deduction)
        larger = liquidation(k * size, contract_size, entry, k * cash, rate, k * deduction)
        assert larger == price
        split = liquidation(size / k, k * contract_size, entry, cash, rate, deduction)
        assert split == price
    linear = liquidation_price_linear(size, contract_size, entry, cash, rate, deduction)
    assert k * linear == liquidation_price_linear(
        size, contract_size, k * entry, k * cash, rate, k * deduction
    )
    inverse = liquidation_price_inverse(size, contract_size, entry, cash, rate, deduction)
    assert k * inverse == liquidation_price_inverse(
        size, contract_size, k * entry, cash / k, rate, deduction / k
    )


@given(size=sizes, face=contract_sizes, entry=prices, cash=coins, rate=rates, deduction=deductions)
def test_inverse_is_linear_of_the_opposite_side_in_reciprocal_prices(
    size: Fraction,
    face: Fraction,
    entry: Fraction,
    cash: Fraction,
    rate: Fraction,
    deduction: Fraction,
) -> None:
    inverse = liquidation_price_inverse(size, face, entry, cash, rate, deduction)
    if inverse != 0:
        linear = liquidation_price_linear(-size, face, 1 / entry, cash, rate, deduction)
        assert 1 / inverse == linear


@given(quantity=quantities, contract_size=contract_sizes, entry=prices, cash=amounts)
def test_long_and_short_go_bankrupt_at_the_same_distance(
    quantity: Fraction, contract_size: Fraction, entry: Fraction, cash: Fraction
) -> None:
    long = bankruptcy_price_linear(quantity, contract_size, entry, cash)
    short = bankruptcy_price_linear(-quantity, contract_size, entry, cash)
    assert entry - long == short - entry
