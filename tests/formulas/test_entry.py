"""Entry prices and realized P&L."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marginline.formulas import (
    average_entry_arithmetic,
    average_entry_harmonic,
    entry_after_fill_inverse,
    entry_after_fill_linear,
    realized_pnl_of_fill_inverse,
    realized_pnl_of_fill_linear,
    size_closed_by_fill,
    unrealized_pnl_inverse,
    unrealized_pnl_linear,
)
from tests.formulas.draw import contract_sizes, factors, prices, quantities, sizes

D = Decimal
fills = st.lists(st.tuples(quantities, prices), min_size=1, max_size=6)
# Small whole sizes, so that fills often close exactly; 0 is a flat account.
small_sizes = st.integers(-3, 3).map(Fraction)
small_fills = small_sizes.filter(lambda size: size != 0)


@pytest.mark.parametrize(
    ("quantities", "prices", "arithmetic", "harmonic"),
    [
        pytest.param([D(2)], [D(50_000)], D(50_000), D(50_000), id="one fill"),
        pytest.param([D(1), D(3)], [D(40), D(60)], D(55), D("53.333333"), id="two fills"),
        pytest.param([D(0), D(3)], [D(40), D(60)], D(60), D(60), id="an empty fill counts not"),
        pytest.param(
            [D(1), D(2), D(1)], [D(10), D(20), D(40)], D("22.5"), D("17.777778"), id="three fills"
        ),
    ],
)
def test_average_entry(
    quantities: Sequence[D], prices: Sequence[D], arithmetic: D, harmonic: D
) -> None:
    assert average_entry_arithmetic(quantities, prices) == arithmetic
    # Bybit UTA, BTCUSD: sum(Q) / sum(Q / P).
    assert round(average_entry_harmonic(quantities, prices), 6) == harmonic


@pytest.mark.parametrize(
    ("size", "entry_price", "fill_size", "fill_price", "linear", "inverse"),
    [
        pytest.param(D(0), D(0), D(2), D(50), D(50), D(50), id="open long from flat"),
        pytest.param(D(0), D(0), D(-2), D(50), D(50), D(50), id="open short from flat"),
        pytest.param(D(1), D(40), D(3), D(60), D(55), D("53.333333"), id="increase a long"),
        pytest.param(D(-1), D(40), D(-3), D(60), D(55), D("53.333333"), id="increase a short"),
        pytest.param(D(4), D(40), D(-1), D(60), D(40), D(40), id="reduce a long"),
        pytest.param(D(-4), D(40), D(1), D(60), D(40), D(40), id="reduce a short"),
        pytest.param(
            D("0.5"), D(40), D("-0.1"), D(60), D(40), D(40), id="reduce less than one unit"
        ),
        pytest.param(D(4), D(40), D(-4), D(60), D(0), D(0), id="close to flat"),
        pytest.param(D(4), D(40), D(-5), D(60), D(60), D(60), id="turn a long over"),
        pytest.param(D(-4), D(40), D(5), D(60), D(60), D(60), id="turn a short over"),
        pytest.param(D(4), D(40), D(0), D(60), D(40), D(40), id="an empty fill"),
    ],
)
def test_entry_after_fill(
    size: D, entry_price: D, fill_size: D, fill_price: D, linear: D, inverse: D
) -> None:
    assert entry_after_fill_linear(size, entry_price, fill_size, fill_price) == linear
    after = entry_after_fill_inverse(size, entry_price, fill_size, fill_price)
    assert round(after, 6) == inverse
    assert type(after) is D


def test_a_position_opened_from_flat_has_the_price_of_the_fill_to_the_last_digit() -> None:
    assert 3.0 * 0.1 / 3.0 != 0.1
    assert entry_after_fill_linear(0.0, 0.0, 3.0, 0.1) == 0.1
    assert entry_after_fill_inverse(0.0, 0.0, 3.0, 0.1) == 0.1


@pytest.mark.parametrize(
    ("size", "fill_size", "closed", "linear", "inverse"),
    [
        pytest.param(D(0), D(2), D(0), D(0), D(0), id="open from flat"),
        pytest.param(D(4), D(2), D(0), D(0), D(0), id="increase"),
        pytest.param(D(4), D(0), D(0), D(0), D(0), id="an empty fill"),
        pytest.param(D(4), D(-1), D(1), D(200), D("0.1"), id="reduce a long at a profit"),
        pytest.param(D(-4), D(1), D(-1), D(-200), D("-0.1"), id="reduce a short at a loss"),
        pytest.param(D(4), D(-4), D(4), D(800), D("0.4"), id="close to flat"),
        pytest.param(D(4), D(-6), D(4), D(800), D("0.4"), id="turn a long over"),
        pytest.param(D(-4), D(6), D(-4), D(-800), D("-0.4"), id="turn a short over"),
    ],
)
def test_realized_pnl_of_fill(size: D, fill_size: D, closed: D, linear: D, inverse: D) -> None:
    entry_price = D(40) if size != 0 else D(0)
    assert size_closed_by_fill(size, fill_size) == closed
    assert realized_pnl_of_fill_linear(size, D(10), entry_price, fill_size, D(60)) == linear
    realized = realized_pnl_of_fill_inverse(size, D(12), entry_price, fill_size, D(60))
    assert round(realized, 6) == inverse
    assert type(realized) is D


@given(fills=fills, k=factors)
def test_average_lies_between_the_prices_and_ignores_scale(
    fills: list[tuple[Fraction, Fraction]], k: Fraction
) -> None:
    quantities = [quantity for quantity, _ in fills]
    prices = [price for _, price in fills]
    for average in (average_entry_arithmetic, average_entry_harmonic):
        entry = average(quantities, prices)
        assert min(prices) <= entry <= max(prices)
        assert average([k * quantity for quantity in quantities], prices) == entry
    harmonic = average_entry_harmonic(quantities, prices)
    assert harmonic <= average_entry_arithmetic(quantities, prices)
    assert harmonic == 1 / average_entry_arithmetic(quantities, [1 / price for price in prices])


@given(fills=fills, side=st.sampled_from([1, -1]))
def test_fills_of_one_direction_average_the_same_one_by_one_or_together(
    fills: list[tuple[Fraction, Fraction]], side: int
) -> None:
    quantities = [quantity for quantity, _ in fills]
    prices = [price for _, price in fills]
    size = linear = inverse = Fraction(0)
    for quantity, price in fills:
        linear = entry_after_fill_linear(size, linear, side * quantity, price)
        inverse = entry_after_fill_inverse(size, inverse, side * quantity, price)
        size += side * quantity
    assert linear == average_entry_arithmetic(quantities, prices)
    assert inverse == average_entry_harmonic(quantities, prices)


@given(
    size=small_sizes,
    contract_size=contract_sizes,
    entry=prices,
    fill=small_fills,
    fill_price=prices,
    mark=prices,
)
def test_a_fill_moves_pnl_from_unrealized_to_realized_and_loses_none(
    size: Fraction,
    contract_size: Fraction,
    entry: Fraction,
    fill: Fraction,
    fill_price: Fraction,
    mark: Fraction,
) -> None:
    def total_linear() -> Fraction:
        after = entry_after_fill_linear(size, entry, fill, fill_price)
        realized = realized_pnl_of_fill_linear(size, contract_size, entry, fill, fill_price)
        return realized + unrealized_pnl_linear(size + fill, contract_size, after, mark)

    def total_inverse() -> Fraction:
        after = entry_after_fill_inverse(size, entry, fill, fill_price)
        realized = realized_pnl_of_fill_inverse(size, contract_size, entry, fill, fill_price)
        if size + fill == 0:
            return realized
        return realized + unrealized_pnl_inverse(size + fill, contract_size, after, mark)

    before = unrealized_pnl_linear(size, contract_size, entry, mark)
    assert total_linear() == before + unrealized_pnl_linear(fill, contract_size, fill_price, mark)
    before = unrealized_pnl_inverse(size, contract_size, entry, mark)
    assert total_inverse() == before + unrealized_pnl_inverse(fill, contract_size, fill_price, mark)


@given(size=sizes, fill=sizes, k=factors)
def test_closed_size_scales_and_never_exceeds_position_or_fill(
    size: Fraction, fill: Fraction, k: Fraction
) -> None:
    closed = size_closed_by_fill(size, fill)
    assert abs(closed) <= min(abs(size), abs(fill))
    assert closed * size >= 0
    assert size_closed_by_fill(k * size, k * fill) == k * closed
    assert size_closed_by_fill(-size, -fill) == -closed
