"""Every number that Bybit's rules print, or that a payload carries and its own sums allow."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from marginline import formulas
from marginline.core.account.file import from_dict
from marginline.core.measures import Measure as M
from marginline.core.numbers import Direction, exactly, to_step
from marginline.core.pool.exposure import Figure
from marginline.venues.bybit import adl
from marginline.venues.bybit.pools.orders import order_cost
from marginline.venues.resolve import packaged
from tests.venues.bybit.accounts import (
    BEFORE,
    INSTRUMENTS,
    assessed,
    first,
    inverse,
    isolated,
    number,
    order,
    parameters,
    row,
    ticked,
    unified,
)
from tests.venues.documents import Doc

D = Decimal
NEW_MARGIN = "New Margin Calculation, 2025-07-14 to 2025-09-18"
PAYLOAD = "unified account payload"


# -- margin of positions -----------------------------------------------------------------------


def usdc() -> Doc:
    return unified(
        wallets=[{"asset": "USDC", "balance": "10000"}], positions=[row(instrument="BTCPERP")]
    )


def payload(symbol: str, size: str, entry: str, mark: str, rate: str) -> Doc:
    """A position as a payload of 2022 carries it, at 10x and 0.06 % taker fee."""
    return unified(
        as_of="2022-12-29T00:00:00Z",
        positions=[row(size, instrument=symbol, entry_price=entry)],
        instruments={symbol: INSTRUMENTS["ETHUSDT"] | {"base": symbol[:3]}},
        market={"mark": {symbol: mark}, "asset_rate": {"USDT": "1"}},
        parameters=parameters(
            tiers={symbol: [{"floor": "0", "rate": rate}]}, fees={"taker": "0.0006"}
        ),
    )


ETH = payload("ETHUSDT", "0.5", "1073.85", "1080.65", "0.005")
XRP = payload("XRPUSDT", "100", "0.3615", "0.3432", "0.01")


@pytest.mark.parametrize(
    ("account", "measure", "expected"),
    [
        pytest.param(
            usdc(), M.INITIAL_MARGIN, "2537.375", id=f"initial margin at the mark, {NEW_MARGIN}"
        ),
        pytest.param(ETH, M.INITIAL_MARGIN, "53.98243950", id=f"positionIM ETHUSDT, {PAYLOAD}"),
        pytest.param(ETH, M.MAINTENANCE_MARGIN, "2.97456450", id=f"positionMM ETHUSDT, {PAYLOAD}"),
        pytest.param(XRP, M.INITIAL_MARGIN, "3.634521", id=f"positionIM XRPUSDT, {PAYLOAD}"),
        pytest.param(XRP, M.MAINTENANCE_MARGIN, "0.381021", id=f"positionMM XRPUSDT, {PAYLOAD}"),
        pytest.param(XRP, M.UNREALIZED_PNL, "-1.83", id=f"unrealisedPnl XRPUSDT, {PAYLOAD}"),
    ],
)
def test_margin_of_a_position(account: Doc, measure: M, expected: str) -> None:
    assert first(assessed(account), measure) == D(expected)


# -- risk limits -------------------------------------------------------------------------------


def test_every_deduction_of_the_printed_table_follows_from_its_limits_and_rates() -> None:
    (entry,) = packaged.dated("bybit", "tiers", "bybit_unified", "BTCUSDT")
    rows = entry.rows
    assert len(rows) == 20
    deduction, previous = D(0), D(rows[0]["rate"])
    for each in rows:
        deduction = formulas.next_deduction(deduction, D(each["floor"]), previous, D(each["rate"]))
        previous = D(each["rate"])
        assert deduction == D(each["deduction"])


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        pytest.param("20", "5050", id="1.01M in tier 1: 0.5 %"),
        pytest.param("50", "12940", id="2.525M in tier 2: 0.56 % - 1,200"),
        pytest.param("990", "997855", id="49.995M in the tier of 20x: 2.9 % - 452,000"),
    ],
)
def test_maintenance_goes_slice_by_slice_through_the_printed_table(
    size: str, expected: str
) -> None:
    account = unified(positions=[row(size)], parameters=parameters(tiers={}, fees={"taker": "0"}))
    assert first(assessed(account), M.MAINTENANCE_MARGIN) == D(expected)


# -- inverse -----------------------------------------------------------------------------------


def sample_short() -> Doc:
    """The BTCUSD short of the API's position sample."""
    return inverse(
        as_of="2023-10-19T00:00:00Z",
        positions=[
            {
                "instrument": "BTCUSD",
                "size": "-300",
                "entry_price": "27464.50441675",
                "leverage": "10",
            }
        ],
        market={"mark": {"BTCUSD": "28224.50"}},
    )


@exactly
def test_the_sample_short_has_the_printed_pnl() -> None:
    found = first(assessed(sample_short()), M.UNREALIZED_PNL)
    assert found.quantize(D("1e-8")) == D("-0.00029413")


@exactly
def test_the_sample_shorts_value_is_printed_at_entry() -> None:
    value = formulas.notional_inverse(D(300), D(1), D("27464.50441675"))
    assert value.quantize(D("1e-8")) == D("0.01092319")


@exactly
def test_the_classic_accounts_bankruptcy_price_of_the_example() -> None:
    found = first(assessed(inverse()), M.BANKRUPTCY_PRICE)
    assert found.quantize(D("0.01")) == D("5718.57")


@pytest.mark.parametrize(
    ("account", "measure", "expected"),
    [
        pytest.param(
            ticked(inverse()), M.LIQUIDATION_PRICE, "5739.5", id="liquidation price, up to the tick"
        ),
        pytest.param(
            ticked(inverse()), M.BANKRUPTCY_PRICE, "5719", id="bankruptcy price, up to the tick"
        ),
    ],
)
def test_the_classic_accounts_example_on_the_tick(account: Doc, measure: M, expected: str) -> None:
    assert first(assessed(account), measure) == D(expected)


@exactly
def test_isolated_inverse_bankruptcy_price_at_50x() -> None:
    entry, side = D("7890.08"), 1
    cash = D(1) / entry / 50
    price = formulas.bankruptcy_price_inverse(D(side), D(1), entry, cash)
    assert price.quantize(D("1e-6")) == D("7735.372549")  # E * L / (L + 1)
    assert to_step(price, D("0.5"), Direction.UP) == D("7735.5")


@pytest.mark.parametrize(
    ("price", "tick", "expected"),
    [
        pytest.param("913.105", "0.05", "913.15", id="bankruptcy price of a long"),
        pytest.param("919.097", "0.05", "919.10", id="liquidation price of a long"),
        pytest.param("7735.37", "0.5", "7735.50", id="bankruptcy price of a long, tick 0.5"),
        pytest.param("5739.08", "0.5", "5739.50", id="liquidation price of a long, tick 0.5"),
    ],
)
@exactly
def test_prices_of_a_long_are_rounded_up_to_the_tick(price: str, tick: str, expected: str) -> None:
    assert to_step(D(price), D(tick), Direction.UP) == D(expected)


# -- liquidation prices before 2025-09-02 ------------------------------------------------------


def old_isolated(size: str, entry: str, leverage: str, margin: str) -> Doc:
    return isolated(
        as_of=BEFORE,
        positions=[row(size, entry_price=entry, leverage=leverage, isolated_margin=margin)],
        market={"mark": {"BTCUSDT": entry}},
        parameters=parameters(fees={"taker": "0"}),
    )


@pytest.mark.parametrize(
    ("account", "expected"),
    [
        pytest.param(old_isolated("1", "20000", "50", "400"), "19700", id="1 BTC at 20,000, 50x"),
        pytest.param(old_isolated("1", "10000", "50", "200"), "9850", id="1 BTC at 10,000, 50x"),
        pytest.param(old_isolated("-1", "8000", "40", "200"), "8160", id="short at 8,000, 40x"),
    ],
)
def test_isolated_liquidation_price_before_september_2025(account: Doc, expected: str) -> None:
    assert first(assessed(account), M.LIQUIDATION_PRICE) == D(expected)


def test_cross_loss_capacity_before_september_2025() -> None:
    """2 BTC at 10,000 with 2,000 available: 2,100 can be lost, 1,050 for each coin."""
    account = unified(
        as_of=BEFORE,
        wallets=[{"asset": "USDT", "balance": "2200"}],
        positions=[row("2", entry_price="10000", leverage="100")],
        market={"mark": {"BTCUSDT": "10000"}, "asset_rate": {"USDT": "1"}},
        parameters=parameters(fees={"taker": "0"}),
    )
    found = assessed(account)
    assert found.available_balance == D(2000)
    assert first(found, M.LIQUIDATION_PRICE) == D(10000) - D(1050)


# -- collateral, loans, orders -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("balance", "counted"),
    [
        pytest.param("10", "9.8", id="10 BTC: 0.98"),
        pytest.param("15", "14.55", id="15 BTC: 10 at 0.98, 5 at 0.95"),
        pytest.param("50", "44.8", id="50 BTC: through all slices"),
        pytest.param("60", "44.8", id="60 BTC: beyond 50 nothing counts"),
    ],
)
def test_collateral_of_the_articles_table(balance: str, counted: str) -> None:
    account = unified(wallets=[{"asset": "BTC", "balance": balance}], positions=[])
    assert assessed(account).margin_balance == D(counted) * 50000


@pytest.mark.parametrize(
    ("borrowed", "initial"),
    [
        pytest.param("100", "0.20", id="up to 390 BTC: 20 %"),
        pytest.param("390.5", "0.25", id="up to 391 BTC: 25 %"),
    ],
)
def test_margin_of_a_loan_by_the_sample_tiers(borrowed: str, initial: str) -> None:
    wallets = [
        {"asset": "BTC", "balance": borrowed, "borrowed": borrowed},
        {"asset": "USDT", "balance": "100000000"},
    ]
    found = assessed(unified(wallets=wallets, positions=[]))
    value = D(borrowed) * 50000
    assert found.borrow_initial_margin == value * D(initial)
    assert found.maintenance_margin == value * D("0.04")


def both_sides(buys: str, sells: str) -> Decimal:
    """Order margin with 200 needed on the long side, in hundreds at 100x without fees."""
    account = unified(
        wallets=[{"asset": "USDT", "balance": "10000"}],
        positions=[],
        orders=[order("buy", buys, "20000"), order("sell", sells, "20000")],
        settings={"BTCUSDT": {"leverage": "100"}},
        parameters=parameters(fees={"taker": "0"}, venue={"order_loss": "0"}),
    )
    return number(assessed(account).order_initial_margin)


@pytest.mark.parametrize(
    ("buys", "sells", "expected"),
    [
        pytest.param("1", "0.75", "200", id="buys need 200, sells 150: the larger"),
        pytest.param("1", "1", "200", id="a new sell of 50 is free"),
        pytest.param("1", "1.1", "220", id="sells need 220: 20 more"),
    ],
)
def test_the_larger_order_side_counts(buys: str, sells: str, expected: str) -> None:
    assert both_sides(buys, sells) == D(expected)


@exactly
def cost(side: str, **fields: Any) -> Figure:
    document = unified(positions=[], settings={"BTCUSDT": {"leverage": "10"}})
    document["orders"] = [order(side, "1", "50000", **fields)]
    account = from_dict(document)
    return order_cost(account, account.orders[0])


@pytest.mark.parametrize(
    ("side", "expected"),
    [
        pytest.param("buy", "5052.25", id="1 BTC at 50,000, 10x, 0.055 %: 5,000 + 27.5 + 24.75"),
        pytest.param("sell", "5057.75", id="the same sold: closing fee at 1 + 1/10"),
    ],
)
def test_order_cost(side: str, expected: str) -> None:
    assert cost(side) == D(expected)


# -- deleveraging ------------------------------------------------------------------------------

SAMPLE = adl.Thresholds(balance=D(10000), start=D("-0.3"), stop=D("-0.25"))


def test_a_pool_of_a_million_hands_50_000_of_a_loss_of_350_000_over() -> None:
    assert adl.handed_over(D(350000), D(1000000), SAMPLE) == D(50000)


@pytest.mark.parametrize(
    ("balance", "pnl", "expected"),
    [
        pytest.param("700000", "-300000", True, id="at exactly -0.30, the second example"),
        pytest.param("700001", "-299999", False, id="just above"),
        pytest.param("10000", "-400000", False, id="balance at the threshold: drawdown is silent"),
        pytest.param("0", "0", True, id="an empty pool"),
    ],
)
def test_when_deleveraging_begins(balance: str, pnl: str, expected: bool) -> None:
    ratio = adl.pnl_ratio(D(pnl), D(0), D(1000000))
    assert adl.begins(D(balance), ratio, SAMPLE) is expected


@pytest.mark.parametrize(
    ("ratio", "expected"),
    [
        pytest.param("-0.25", False, id="at the stop it goes on"),
        pytest.param("-0.2", True, id="above it ends"),
    ],
)
def test_when_deleveraging_ends(ratio: str, expected: bool) -> None:
    assert adl.ends(D(1), D(ratio), SAMPLE) is expected
