"""Initial margin, order margin, and the figures that compare support with need."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given

from marginline.formulas import (
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
from tests.formulas.draw import amounts, factors, notionals, positive, prices, quantities, rates

D = Decimal
leverages = positive(125, 1)


@pytest.mark.parametrize(
    ("notional", "leverage", "expected"),
    [
        # Guide on margin calculations; its "60 at 10x" is a slip.
        pytest.param("60_000", "10", "6_000", id="guide 2 at 10x"),
        pytest.param("60_000", "100", "600", id="guide 2 at 100x"),
        # Binance positionRisk sample, developer documentation V3.
        pytest.param("12.314277", "20", "0.61571385", id="Binance positionInitialMargin"),
        # Hyperliquid clearinghouseState of 2024-03-05.
        pytest.param("13694.04", "20", "684.702", id="Hyperliquid marginUsed"),
        pytest.param("20_000", "50", "400", id="BitMEX guide, 1,000,000 at 50x, scaled"),
    ],
)
def test_initial_margin(notional: str, leverage: str, expected: str) -> None:
    assert initial_margin(D(notional), D(leverage)) == D(expected)


@pytest.mark.parametrize(
    ("notional", "rate", "expected"),
    [
        pytest.param("60_000", "0.01", "600", id="guide 2 M6"),
        # halifaxamerica.com/latest-updates-on-bitcoin-futures: 56,461.95 * 35 %, cut.
        pytest.param("56_461.95", "0.35", "19_761.6825", id="CME, 2017 estimate"),
        # Deribit help 25944811317149: 25 BTC at 100,000, rate 2 % + 0.005 % * 25.
        pytest.param("2_500_000", "0.02125", "53_125", id="Deribit linear, 25 BTC"),
    ],
)
def test_initial_margin_at_rate(notional: str, rate: str, expected: str) -> None:
    assert initial_margin_at_rate(D(notional), D(rate)) == D(expected)


@pytest.mark.parametrize(
    ("position", "bids", "asks", "expected"),
    [
        # Binance FAQ 4f83b65d83654b5e933f85ef12bf769d:
        # long 0.5 at 20,000, bid 0.1 @ 19,000, ask 0.1 @ 22,000.
        pytest.param(10_000, 1_900, 2_200, 11_900, id="Binance example"),
        pytest.param(10_000, 0, 20_000, 10_000, id="asks are free up to twice a long"),
        pytest.param(10_000, 0, 20_001, 10_001, id="asks beyond it cost"),
        pytest.param(-10_000, 20_001, 0, 10_001, id="bids beyond twice a short cost"),
        pytest.param(0, 300, 200, 300, id="flat, more bids"),
        pytest.param(0, 200, 300, 300, id="flat, more asks"),
        pytest.param(-10_000, 0, 0, 10_000, id="no orders"),
    ],
)
def test_netted_order_exposure(position: int, bids: int, asks: int, expected: int) -> None:
    assert netted_order_exposure(D(position), D(bids), D(asks)) == expected


def test_margin_of_position_and_orders_of_the_binance_example() -> None:
    # Binance FAQ 4f83b65d83654b5e933f85ef12bf769d: max(11,900; 7,800) / 2 = 5,950.
    exposure = netted_order_exposure(D(10_000), D(1_900), D(2_200))
    assert initial_margin(exposure, D(2)) == 5_950


@pytest.mark.parametrize(
    ("direction", "mark_price", "order_price", "expected"),
    [
        # Rule of Binance FAQ 87fa7ee33b574f7084d42bd2ce2e463b; figures made up.
        pytest.param(1, 100, 101, 6, id="buying above the mark loses"),
        pytest.param(1, 100, 99, 0, id="buying below it does not"),
        pytest.param(-1, 100, 99, 6, id="selling below the mark loses"),
        pytest.param(-1, 100, 101, 0, id="selling above it does not"),
        pytest.param(1, 100, 100, 0, id="at the mark"),
    ],
)
def test_open_order_loss(direction: int, mark_price: int, order_price: int, expected: int) -> None:
    loss = open_order_loss(D(2), D(3), direction, D(mark_price), D(order_price))
    assert loss == expected
    assert not loss.is_signed()


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        # Binance FAQ 87fa7ee33b574f7084d42bd2ce2e463b: 9,253.30 / 20, printed 462.66.
        pytest.param(
            [initial_margin(D("9253.30"), D(20)), D(0)], "462.665", id="Binance order cost"
        ),
        # Bybit help Order-Cost-USDT-Contract: 1 BTC at 50,000, 10x, 0.055 %: 5,000 + 27.5 + 24.75.
        pytest.param([D(5_000), D("27.5") + D("24.75")], "5_052.25", id="Bybit order cost"),
    ],
)
def test_order_cost(parts: list[Decimal], expected: str) -> None:
    assert order_cost(*parts) == D(expected)


def test_margin_ratio_of_the_bitget_sample() -> None:
    # Bitget /api/v2/mix/position/single-position sample: 0.01 BTC at 25,100, 0.4 % + 0.06 %,
    # margin 9.67 and P&L 1.
    requirement = D("0.01") * 25_100 * (D("0.004") + D("0.0006"))
    ratio = margin_ratio(requirement, D("9.6695050093373343") + 1)
    assert round(ratio, 16) == D("0.1082149545822005")


def test_available_margin_of_the_guide() -> None:
    # Guide on margin calculations: equity 2,600 at 62,000 and -1,400 at 58,000.
    assert available_margin(D(2_600), D(600)) == 2_000
    assert available_margin(D(-1_400), D(600)) == -2_000


def test_haircut_is_what_the_ratio_leaves_out() -> None:
    # Bitget multi-asset mode, help example: 2,000 at 0.975.
    assert haircut(D(2_000), D("0.975")) == 50


@given(position=amounts, bids=notionals, asks=notionals, k=factors)
def test_netted_exposure_is_symmetric_scales_and_is_at_least_the_position(
    position: Fraction, bids: Fraction, asks: Fraction, k: Fraction
) -> None:
    exposure = netted_order_exposure(position, bids, asks)
    assert exposure == max(abs(position + bids), abs(position - asks))
    assert exposure >= abs(position)
    assert netted_order_exposure(-position, asks, bids) == exposure
    assert netted_order_exposure(k * position, k * bids, k * asks) == k * exposure


@given(quantity=quantities, size=quantities, mark=prices, price=prices, k=factors)
def test_open_loss_is_mirrored_and_scales(
    quantity: Fraction, size: Fraction, mark: Fraction, price: Fraction, k: Fraction
) -> None:
    buy = open_order_loss(quantity, size, 1, mark, price)
    sell = open_order_loss(quantity, size, -1, mark, price)
    assert buy - sell == quantity * size * (price - mark)
    assert min(buy, sell) == 0
    assert open_order_loss(k * quantity, size, 1, mark, price) == k * buy


@given(notional=notionals, leverage=leverages, rate=rates, support=positive(1_000_000, 2))
def test_initial_margin_haircut_and_ratio_undo_themselves(
    notional: Fraction, leverage: Fraction, rate: Fraction, support: Fraction
) -> None:
    assert initial_margin(notional, leverage) * leverage == notional
    assert initial_margin(notional, leverage) == initial_margin_at_rate(notional, 1 / leverage)
    assert haircut(notional, rate) + notional * rate == notional
    assert margin_ratio(notional, support) * support == notional
    assert (margin_ratio(notional, support) >= 1) == (available_margin(support, notional) <= 0)


@pytest.mark.parametrize(
    ("requirement", "support", "reached"),
    [
        pytest.param("79", "100", 0, id="below the level of watching"),
        pytest.param("80", "100", 1, id="at it"),
        pytest.param("90", "100", 1, id="at a call that must be passed"),
        pytest.param("90.01", "100", 2, id="past it"),
        pytest.param("100", "100", 3, id="at the line"),
        pytest.param("1", "0", 3, id="nothing stands against it"),
        pytest.param("1", "-5", 3, id="less than nothing does"),
    ],
)
def test_levels_reached(requirement: str, support: str, reached: int) -> None:
    levels, strict = [D("0.8"), D("0.9"), D(1)], [0, 1, 0]
    assert levels_reached(D(requirement), D(support), levels, strict) == reached
