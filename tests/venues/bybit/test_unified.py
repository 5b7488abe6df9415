"""The unified account by mode: what a trader sees in cross, isolated and hedge, by date."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from marginline.core.findings import Code, Status
from marginline.core.measures import Measure as M
from marginline.core.numbers import exactly
from marginline.errors import DocumentError
from marginline.venues.bybit.pools.borrowing import hourly_interest, interest_bearing
from tests.venues.bybit.accounts import (
    BEFORE,
    SINCE,
    assessed,
    first,
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
NO_FEE = parameters(fees={"taker": "0"})


# -- dates -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("as_of", "initial", "maintenance"),
    [
        pytest.param(BEFORE, "2512.375", "137.375", id="entry-based until 2025-09-01 23:59:59"),
        pytest.param(SINCE, "2537.375", "138.625", id="at the mark from 2025-09-02 00:00:00"),
    ],
)
def test_cross_margin_goes_by_entry_then_by_mark(
    as_of: str, initial: str, maintenance: str
) -> None:
    found = assessed(unified(as_of=as_of))
    assert found.position_initial_margin == D(initial)
    assert found.maintenance_margin == D(maintenance)


@pytest.mark.parametrize(
    ("as_of", "maintenance"),
    [
        pytest.param(BEFORE, "137.375", id="entry-based"),
        pytest.param(SINCE, "138.625", id="at the mark"),
    ],
)
def test_isolated_initial_margin_stays_at_entry(as_of: str, maintenance: str) -> None:
    found = assessed(isolated(as_of=as_of))
    assert first(found, M.INITIAL_MARGIN) == D("2512.375")
    assert first(found, M.MAINTENANCE_MARGIN) == D(maintenance)


def test_collateral_has_its_price_in_dollars_from_the_indices() -> None:
    market = unified()["market"]
    market = {
        "mark": market["mark"],
        "index": {"BTCUSD": "50000", "BTCUSDT": "50050", "ETHUSDT": "3003"},
    }
    wallets = [{"asset": "USDT", "balance": "1001"}, {"asset": "ETH", "balance": "1"}]
    parts = parameters(collateral={"ETH": {"ratio": "0.9"}})
    found = assessed(unified(wallets=wallets, positions=[], market=market, parameters=parts))
    assert number(found.wallet_balance).quantize(D("1e-20")) == D(1000) + D(3000)
    assert number(found.margin_balance).quantize(D("1e-20")) == D(1000) + D(2700)


# -- cross -------------------------------------------------------------------------------------


@exactly
def test_haircut_loss_and_order_loss_stand_against_the_requirement() -> None:
    parts = parameters(venue={"haircut_loss": "100", "order_loss": "-50"})
    found = assessed(unified(parameters=parts))
    pool = found.pool("USD")
    assert pool.margin_balance == D(10250)
    assert pool.figures[M.SUPPORT] == D(10100)
    assert pool.margin_ratio == D("138.625") / D(10100)
    # the glossary takes the haircut loss off the available balance, not the order loss
    assert pool.available_balance == D(10250) - 100 - D("2537.375")


def test_an_order_loss_above_zero_is_refused() -> None:
    with pytest.raises(DocumentError, match="must not be positive"):
        assessed(unified(parameters=parameters(venue={"order_loss": "50"})))


def test_what_spot_orders_hold_stays_in_the_margin_balance_and_repays_no_debt() -> None:
    wallets = [
        {"asset": "USDT", "balance": "1000", "locked": "400"},
        {"asset": "BTC", "balance": "1"},
    ]
    positions = [row("0.5", entry_price="52000")]  # loses 750 USDT
    found = assessed(unified(wallets=wallets, positions=positions))
    assert found.margin_balance == D(250) + D("0.98") * 50000
    owed = D(150)  # 1,000 - 750 - 400 held
    assert found.borrow_initial_margin == owed * D("0.1")
    position = found.pool("USD").positions[0]
    assert found.maintenance_margin == number(position.maintenance_margin) + owed * D("0.04")
    notes = [f for f in found.findings if f.where == "parameters.venue.haircut_loss"]
    assert notes
    assert notes[0].code is Code.APPROXIMATE


def test_spot_leverage_sets_the_initial_rate_of_a_loan() -> None:
    wallets = [
        {"asset": "BTC", "balance": "1", "borrowed": "1"},
        {"asset": "USDT", "balance": "100000"},
    ]
    settings = {"BTC": {"spot_leverage": "4"}}
    found = assessed(unified(wallets=wallets, positions=[], settings=settings))
    assert found.borrow_initial_margin == D(12500)
    assert found.maintenance_margin == D(2000)


def test_a_loan_changes_neither_the_haircut_of_what_is_left_nor_equity() -> None:
    wallets = [{"asset": "BTC", "balance": "12", "borrowed": "2"}]
    found = assessed(unified(wallets=wallets, positions=[]))
    assert found.wallet_balance == D(600000)
    assert found.equity == D(500000)
    assert found.margin_balance == D("9.8") * 50000


def test_collateral_that_is_switched_off_counts_nothing_but_a_debt_in_full() -> None:
    btc: Doc = {"asset": "BTC", "balance": "1", "collateral": False}
    usdt = {"asset": "USDT", "balance": "100000"}
    assert assessed(unified(wallets=[btc, usdt], positions=[])).margin_balance == D(100000)
    owed = btc | {"balance": "-1"}
    assert assessed(unified(wallets=[owed, usdt], positions=[])).margin_balance == D(50000)


def test_options_are_worth_something_but_support_nothing_in_cross() -> None:
    wallets = [{"asset": "USDC", "balance": "1000", "options_value": "200"}]
    found = assessed(unified(wallets=wallets, positions=[]))
    assert (found.equity, found.margin_balance) == (D(1200), D(1000))


def test_bonus_supports_but_cannot_be_withdrawn() -> None:
    wallets = [{"asset": "USDT", "balance": "10000", "credit": "300"}]
    found = assessed(unified(wallets=wallets, positions=[]))
    assert found.available_balance == D(10000)
    assert found.withdrawable_balance == D(9700)


@exactly
def test_inverse_and_linear_share_the_pool() -> None:
    wallets = [{"asset": "BTC", "balance": "1"}, {"asset": "USDT", "balance": "1000"}]
    short = {"instrument": "BTCUSD", "size": "-10000", "entry_price": "50000", "leverage": "10"}
    found = assessed(unified(wallets=wallets, positions=[row(), short]))
    inverse = found.pool("USD").position("BTCUSD/both")
    value = D(10000) / D(50500)
    fee = D(10000) / D(50000) * D("0.9") * D("0.00055")
    assert number(inverse.initial_margin) == value / 10 + fee
    assert number(inverse.maintenance_margin) == value * D("0.005") + fee
    pnl = D(10000) * (1 / D(50500) - 1 / D(50000))
    expected = (1 + pnl) * D("0.98") * 50000 + D(1250)
    assert abs(number(found.margin_balance) - expected) < D("1e-20")


def test_an_isolated_row_contradicts_a_cross_account() -> None:
    with pytest.raises(DocumentError, match="one for the account"):
        assessed(unified(positions=[row(margin_mode="isolated", isolated_margin="2500")]))


def test_liquidation_comes_when_the_maintenance_rate_reaches_100_percent() -> None:
    at = unified(
        wallets=[{"asset": "USDT", "balance": "-111.375"}],
        positions=[row()],
        parameters=parameters(borrow={"USDT": {"rows": [{"floor": "0", "initial_rate": "0",
                                                         "maintenance_rate": "0"}]}}),
    )  # fmt: skip
    assert assessed(at).margin_ratio == 1
    assert assessed(at).status is Status.LIQUIDATION


def test_prices_of_cross_positions_are_on_the_tick() -> None:
    long = assessed(ticked(unified(positions=[row("1")])))
    short = assessed(ticked(unified(positions=[row("-1")])))
    exact_long = first(assessed(unified(positions=[row("1")])), M.LIQUIDATION_PRICE)
    exact_short = first(assessed(unified(positions=[row("-1")])), M.LIQUIDATION_PRICE)
    assert D(0) < first(long, M.LIQUIDATION_PRICE) - exact_long < D("0.1")
    assert D(0) < exact_short - first(short, M.LIQUIDATION_PRICE) < D("0.1")
    assert first(long, M.LIQUIDATION_PRICE) == first(long, M.LIQUIDATION_PRICE_BELOW)
    assert first(short, M.LIQUIDATION_PRICE) == first(short, M.LIQUIDATION_PRICE_ABOVE)


# -- isolated ----------------------------------------------------------------------------------


def test_isolated_pools_stand_beside_the_free_money() -> None:
    found = assessed(isolated(orders=[order("buy", "0.1", "49000")]))
    free, position = found.pools
    assert (free.id, position.id) == ("USDT", "BTCUSDT/both isolated")
    assert free.wallet_balance == D(10000) - D("2512.375")
    cost = D(490) + D(4900) * D("0.00055") + D(4900) * D("0.9") * D("0.00055")
    assert free.order_initial_margin == cost
    assert free.available_balance == D("7487.625") - cost
    assert (free.maintenance_margin, free.margin_ratio, free.venue_ratio) == (None, None, None)
    assert free.status is Status.HEALTHY
    reasons = {f.measure: f.code for f in free.findings}
    assert reasons[M.MAINTENANCE_MARGIN] is Code.NOT_APPLICABLE
    assert reasons[M.MARGIN_RATIO] is Code.NOT_APPLICABLE


def test_free_money_is_less_what_is_locked_and_the_bonus() -> None:
    wallets = [{"asset": "USDT", "balance": "10000", "locked": "500", "credit": "50"}]
    free = assessed(isolated(wallets=wallets)).pool("USDT")
    assert free.available_balance == D("7487.625") - 550
    assert free.equity == D("7487.625")


def test_every_row_is_isolated_in_isolated_mode_whatever_it_says() -> None:
    rows = [row(isolated_margin="2512.375", margin_mode="cross")]
    assert len(assessed(isolated(positions=rows)).pools) == 2


def held(size: str, extra: str, payoff: str = "BTCUSDT") -> Doc:
    """10x at 50,000 with margin added by hand, its fee of 0.055 % held, too."""
    side, quantity = (1, D(size)) if not size.startswith("-") else (-1, -D(size))
    if payoff == "BTCUSD":
        value = quantity / 50000
        margin = value / 10 + value * (1 + D(side) / 10) * D("0.00055")
    else:
        value = quantity * 50000
        margin = value / 10 + value * (1 - D(side) / 10) * D("0.00055")
    own = row(size, instrument=payoff, isolated_margin=str(margin + D(extra)), extra_margin=extra)
    asset = "BTC" if payoff == "BTCUSD" else "USDT"
    wallets = [{"asset": asset, "balance": "100000"}]
    market = unified()["market"] | {"mark": {payoff: "50000"}}
    return isolated(positions=[own], wallets=wallets, market=market)


F, R = D("0.00055"), D("0.005")


@pytest.mark.parametrize(
    ("account", "expected"),
    [
        pytest.param(held("0.5", "0"), D(45000) / (1 - R), id="linear long"),
        pytest.param(held("-0.5", "0"), D(55000) / (1 + R), id="linear short"),
        pytest.param(
            held("0.5", "300"),
            (D(22500) - 300 / (1 - F)) / (D("0.5") * (1 - R)),
            id="linear long with added margin, grossed by 1 - f",
        ),
        pytest.param(
            held("-0.5", "300"),
            (D(27500) + 300 / (1 + F)) / (D("0.5") * (1 + R)),
            id="linear short with added margin, grossed by 1 + f",
        ),
        pytest.param(
            held("10000", "0.01", "BTCUSD"),
            10000 * (1 + R) / (D("0.2") + D("0.02") + D("0.01") / (1 + F)),
            id="inverse long with added margin, grossed by 1 + f",
        ),
        pytest.param(
            held("-10000", "0.01", "BTCUSD"),
            10000 * (1 - R) / (D("0.2") - D("0.02") - D("0.01") / (1 - F)),
            id="inverse short with added margin, grossed by 1 - f",
        ),
    ],
)
def test_isolated_liquidation_price_since_september_2025(account: Doc, expected: Decimal) -> None:
    assert abs(first(assessed(account), M.LIQUIDATION_PRICE) - expected) < D("1e-20")


@pytest.mark.parametrize(
    ("account", "expected"),
    [
        pytest.param(held("0.5", "0"), "45000", id="E * (1 - 1/L)"),
        pytest.param(held("-0.5", "0"), "55000", id="E * (1 + 1/L)"),
        pytest.param(held("11000", "0", "BTCUSD"), "45454.5", id="E * L / (L + 1), up"),
        pytest.param(held("-11000", "0", "BTCUSD"), "55555.5", id="E * L / (L - 1), down"),
    ],
)
def test_isolated_bankruptcy_price(account: Doc, expected: str) -> None:
    found = first(assessed(ticked(account)), M.BANKRUPTCY_PRICE)
    exact = first(assessed(account), M.BANKRUPTCY_PRICE)
    if expected == "45454.5":
        assert exact.quantize(D("0.01")) == D("45454.55")
        expected = "45455"
    assert found == D(expected)


def test_margin_of_an_isolated_position_that_is_not_told_hides_its_pool_and_the_free_money() -> (
    None
):
    found = assessed(isolated(positions=[row()]))
    assert {pool.status for pool in found.pools} == {Status.UNKNOWN}


def test_margin_that_does_not_add_up_is_said_and_what_is_there_counts() -> None:
    odd = isolated(positions=[row(isolated_margin="2500", extra_margin="0")])
    notes = [f for f in assessed(odd).findings if f.where == "BTCUSDT/both"]
    assert notes
    assert "extra_margin says 0" in notes[0].message
    assert first(assessed(odd), M.LIQUIDATION_PRICE) > first(
        assessed(isolated()), M.LIQUIDATION_PRICE
    )


# -- loans -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("owed", "loss", "allowance", "bearing"),
    [
        pytest.param("100", "60", "500", "40", id="what comes from unrealized loss is free"),
        pytest.param("100", "60", "50", "50", id="up to the allowance"),
        pytest.param("100", "0", "500", "100", id="a spot liability is never free"),
        pytest.param("100", "300", "500", "0", id="never below zero"),
    ],
)
def test_the_interest_free_allowance(owed: str, loss: str, allowance: str, bearing: str) -> None:
    assert interest_bearing(D(owed), D(loss), D(allowance)) == D(bearing)


def test_interest_of_an_hour() -> None:
    assert hourly_interest(D(2), D("0.00000147")) == D("0.00000294")


# -- orders ------------------------------------------------------------------------------------


def test_sells_against_a_long_cost_nothing_until_they_open_more_than_it_holds() -> None:
    closing = unified(orders=[order("sell", "0.5", "51000")], parameters=NO_FEE)
    assert assessed(closing).order_initial_margin == 0
    opening = unified(orders=[order("sell", "1.2", "51000")], parameters=NO_FEE)
    held_margin, beyond = D(2525), D("0.7") * 5100
    assert assessed(opening).order_initial_margin == beyond - held_margin


def test_orders_that_fill_first_close_first() -> None:
    orders = [order("sell", "0.5", "60000"), order("sell", "0.5", "51000")]
    found = assessed(
        unified(orders=orders, positions=[row("0.5", leverage="1")], parameters=NO_FEE)
    )
    # the order at 51,000 closes; the one at 60,000 would open a short of 0.5: 30,000 - 25,250
    assert found.order_initial_margin == D(30000) - D(25250)


def test_fees_of_the_counting_side_alone_are_added() -> None:
    orders = [order("buy", "1", "50000"), order("sell", "0.1", "51000")]
    found = assessed(unified(orders=orders, positions=[], settings={"BTCUSDT": {"leverage": "10"}}))
    assert found.order_initial_margin == D("5052.25")


FEES = D(50000) * D("0.00055") * (1 + D("0.9"))
"""To open a buy of 50,000 at 10x, and to close it at its bankruptcy price."""


def test_maintenance_of_orders_is_the_pools_not_the_positions() -> None:
    plain, resting = unified(), unified(orders=[order("buy", "1", "50000")])
    before, after = assessed(plain), assessed(resting)
    assert first(after, M.MAINTENANCE_MARGIN) == first(before, M.MAINTENANCE_MARGIN)
    assert number(after.maintenance_margin) - number(before.maintenance_margin) == D(250) + FEES
    notes = [f.message for f in after.findings if f.where == "BTCUSDT"]
    assert any("fees to open and to close" in note for note in notes)


def test_orders_move_the_risk_limit_of_their_symbol() -> None:
    big = unified(
        orders=[order("buy", "40", "50000")], wallets=[{"asset": "USDT", "balance": "1e7"}]
    )
    found = assessed(big)
    assert first(found, M.TIER) == 2
    total = D(2000000) + D(25250)
    own = first(found, M.MAINTENANCE_MARGIN)
    orders = total * D("0.0056") - 1200 - D(25250) * D("0.005")
    assert found.maintenance_margin == own + orders + 40 * FEES


def test_maintenance_of_orders_without_a_position() -> None:
    orders = [order("buy", "1", "50000")]
    settings = {"BTCUSDT": {"leverage": "10"}}
    found = assessed(unified(orders=orders, positions=[], settings=settings))
    assert found.maintenance_margin == D(250) + FEES
    parts = {"orders of BTCUSDT": D(250), "fees of orders of BTCUSDT": FEES}
    assert found.pool("USD").requirement_parts == parts


def test_conditional_and_reducing_orders_take_nothing() -> None:
    orders = [
        order("buy", "1", "60000", kind="stop"),
        order("sell", "0.5", "51000", reduce_only=True),
    ]
    found = assessed(unified(orders=orders))
    assert found.order_initial_margin == 0
    assert found.maintenance_margin == D("138.625")


def test_an_order_beyond_the_mark_loses_the_difference_and_says_how_that_is_read() -> None:
    found = assessed(unified(orders=[order("buy", "0.1", "51500")]))
    assert found.pool("USD").figures[M.SUPPORT] == D(10250) - 100
    notes = [f for f in found.findings if f.where == "parameters.venue.order_loss"]
    assert [note.code for note in notes] == [Code.APPROXIMATE]


@pytest.mark.parametrize(
    "orders",
    [
        pytest.param([order("buy", "1", None)], id="a limit order without price"),
        pytest.param([order("buy", "1", "50000", instrument="ETHUSDT")], id="no leverage"),
    ],
)
def test_what_an_order_lacks_is_missing_data(orders: list[Doc]) -> None:
    found = assessed(unified(orders=orders))
    assert found.order_initial_margin is None
    gaps = {f.measure: f.code for f in found.pool("USD").findings}
    assert gaps[M.ORDER_INITIAL_MARGIN] is Code.MISSING_DATA


# -- hedge mode --------------------------------------------------------------------------------


def hedged(**fields: Any) -> Doc:
    legs = [row("1", side="long"), row("-0.5", side="short")]
    return unified(position_mode="hedge", positions=legs) | fields


def test_the_smaller_leg_of_a_hedge_is_charged_its_closing_fee_alone_and_it_is_said() -> None:
    found = assessed(hedged())
    pool = found.pool("USD")
    long, short = pool.positions
    assert short.maintenance_margin == D("0.5") * 50000 * D("1.1") * D("0.00055")
    alone = assessed(hedged(positions=[row("1", side="long")])).pool("USD").positions[0]
    assert long.maintenance_margin == alone.maintenance_margin
    assert pool.maintenance_margin == sum(number(p.maintenance_margin) for p in pool.positions)
    notes = [f for f in found.findings if f.where == "BTCUSDT"]
    assert [note.code for note in notes] == [Code.APPROXIMATE]
    assert "covered by the larger" in notes[0].message


def test_orders_of_a_covered_leg_are_charged_by_their_own_tiers() -> None:
    more = [order("sell", "1", "50000", position_side="short")]
    before, after = (assessed(hedged(orders=orders)).pool("USD") for orders in ([], more))
    assert after.positions[1].maintenance_margin == before.positions[1].maintenance_margin
    fees = D(50000) * D("0.00055") * (1 + D("1.1"))
    assert number(after.maintenance_margin) - number(before.maintenance_margin) == D(250) + fees


@pytest.mark.parametrize(("said", "price"), [("entry", "50000"), ("mark", "50500")])
def test_the_account_says_on_which_price_its_margins_are_kept(said: str, price: str) -> None:
    fields = {"parameters": unified()["parameters"] | {"venue": {"margin_basis": said}}}
    marks = {"market": unified()["market"] | {"mark": {"BTCUSDT": "50500"}}}
    found = assessed(unified() | fields | marks)
    size, fee = abs(D(unified()["positions"][0]["size"])), D("0.00055")
    closing = size * 50000 * D("0.9") * fee
    assert first(found, M.MAINTENANCE_MARGIN) == size * D(price) * D("0.005") + closing
    assert any(f.where == "parameters.venue.margin_basis" for f in found.findings) == (
        said == "entry"
    )


def test_both_legs_share_the_liquidation_price_on_the_side_of_the_net_size() -> None:
    found = assessed(hedged()).pool("USD")
    prices = {leg.liquidation_price for leg in found.positions}
    assert len(prices) == 1
    assert prices == {found.positions[0].liquidation_price_below}


def test_orders_of_a_hedge_belong_to_their_leg() -> None:
    own = order("buy", "1", "50000", position_side="long")
    closing = order("sell", "1", "51000", position_side="long")
    found = assessed(hedged(orders=[own, closing]))
    assert found.order_initial_margin == D("5052.25")
    assert assessed(hedged(orders=[closing])).order_initial_margin == 0


def test_an_order_without_a_leg_is_missing_data_in_hedge_mode() -> None:
    found = assessed(hedged(orders=[order("buy", "1", "50000")]))
    assert found.order_initial_margin is None
    assert found.status is Status.UNKNOWN


# -- P&L ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("size", "taker", "expected"),
    [
        pytest.param(
            "0.5", "0.00055", (D(25000) + 14) / (D("0.5") * (1 - F)), id="a long pays its exit, too"
        ),
        pytest.param(
            "-0.5", "0.00055", (D(-25000) + 14) / (D("-0.5") * (1 + F)), id="a short likewise"
        ),
        pytest.param(
            "0.5", "0.0002", (D(25000) + 14) / (D("0.5") * (1 - F)), id="at least 0.055 %"
        ),
    ],
)
def test_break_even_price(size: str, taker: str, expected: Decimal) -> None:
    account = unified(positions=[row(size)], parameters=parameters(fees={"taker": taker}))
    assert abs(first(assessed(account), M.BREAK_EVEN_PRICE) - expected) < D("1e-20")


def test_a_long_pays_funding_at_the_mark_when_the_rate_is_positive() -> None:
    assert first(assessed(unified()), M.FUNDING_NEXT) == D("-2.525")


@exactly
def test_the_rank_is_the_leveraged_return() -> None:
    found = assessed(isolated())
    assert first(found, M.ADL_SCORE) == D(250) / D("2512.375")
    crossed = assessed(unified())
    assert first(crossed, M.ADL_SCORE) == D("0.01") * (D(25250) / D(10250))
