"""The classic inverse account: coin by coin, entry-based, bankruptcy price of the account."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marginline.core.findings import Code, Status
from marginline.core.measures import Measure as M
from marginline.core.numbers import exactly
from marginline.venues.bybit.pools.inverse import CoinClaim, bankruptcy_values
from tests.venues.bybit.accounts import assessed, first, inverse, number, ticked
from tests.venues.documents import Doc

D = Decimal
F, R = D("0.00075"), D("0.005")


def short(size: str = "-20000", **fields: Any) -> Doc:
    own = {"instrument": "BTCUSD", "size": size, "entry_price": "8000", "leverage": "10"}
    return own | {"realized_pnl": "0"} | fields


def test_initial_margin_takes_the_fee_at_the_isolated_bankruptcy_price() -> None:
    value = D("2.5")
    found = assessed(inverse())
    assert first(found, M.INITIAL_MARGIN) == value / 100 + value * D("1.01") * F


@exactly
def test_maintenance_takes_the_fee_at_the_accounts_own() -> None:
    fee = F * (D("2.5") + 1) / (1 + F)
    assert first(assessed(inverse()), M.MAINTENANCE_MARGIN) == D("0.0125") + fee


@pytest.mark.parametrize("as_of", ["2022-01-01T00:00:00Z", "2026-01-01T00:00:00Z"])
def test_margins_are_entry_based_at_all_dates(as_of: str) -> None:
    market = {"mark": {"BTCUSD": "9000"}}
    moved = assessed(inverse(as_of=as_of, market=market))
    assert first(moved, M.MAINTENANCE_MARGIN) == first(assessed(inverse()), M.MAINTENANCE_MARGIN)


def test_a_short_has_its_bankruptcy_price_above_and_rounded_down() -> None:
    account = inverse(positions=[short()])
    exact = (1 - F) * 20000 / (D("2.5") - 1)
    assert abs(first(assessed(account), M.BANKRUPTCY_PRICE) - exact) < D("1e-20")
    ticked_price = first(assessed(ticked(account)), M.BANKRUPTCY_PRICE)
    assert D(0) <= exact - ticked_price < D("0.5")


def test_a_short_whose_coins_cover_it_is_never_liquidated() -> None:
    found = assessed(inverse(positions=[short("-7900")]))
    position = found.pool("BTC").positions[0]
    assert (position.liquidation_price, position.bankruptcy_price) == (None, None)
    assert first(found, M.MAINTENANCE_MARGIN) == D("0.0049375")  # no closing fee


def test_order_margin_comes_off_the_support() -> None:
    order = {"instrument": "BTCUSD", "side": "buy", "size": "7000", "price": "7000"}
    found = assessed(inverse(orders=[order]))
    pool = found.pool("BTC")
    cost = D("0.01") + F + D("1.01") * F
    assert pool.order_initial_margin == cost
    assert pool.figures[M.SUPPORT] == 1 - cost
    held = 1 - cost
    assert abs(first(found, M.BANKRUPTCY_PRICE) - (1 + F) * 20000 / (D("2.5") + held)) < D("1e-20")
    assert pool.available_balance == 1 - cost - number(pool.position_initial_margin)


def test_a_buy_above_the_ask_is_valued_at_the_ask() -> None:
    order = {"instrument": "BTCUSD", "side": "buy", "size": "8000", "price": "10000"}
    market = {"mark": {"BTCUSD": "8000"}, "ask": {"BTCUSD": "8000"}}
    pool = assessed(inverse(orders=[order], market=market)).pool("BTC")
    assert pool.order_initial_margin == D("0.01") + F + D("1.01") * F


def test_an_isolated_position_stands_beside_the_coins_cross_pool() -> None:
    own = short("-10000", margin_mode="isolated", isolated_margin="0.12584375", extra_margin="0")
    found = assessed(inverse(positions=[own]))
    cross, alone = found.pools
    assert cross.wallet_balance == 1 - D("0.12584375")
    assert alone.id == "BTCUSD/both isolated"
    # Q / (PV - (IM - MM)): 10,000 / (1.25 - (0.125 - 0.00625))
    expected = D(10000) / (D("1.25") - (D("0.125") - D("0.00625")))
    assert abs(number(alone.positions[0].liquidation_price) - expected) < D("1e-20")
    assert number(alone.positions[0].bankruptcy_price).quantize(D("0.01")) == D("8888.89")


def test_hedge_mode_is_noted() -> None:
    found = assessed(inverse(position_mode="hedge"))
    assert [f.code for f in found.findings] == [Code.POSITION_MODE]


def test_two_contracts_of_a_coin_leave_each_other_less() -> None:
    second = short("-5000", instrument="BTCUSDZ26")
    both = inverse(positions=[*inverse()["positions"], second])
    both["instruments"]["BTCUSDZ26"] = both["instruments"]["BTCUSD"]
    both["market"]["mark"]["BTCUSDZ26"] = "8000"
    both["parameters"]["tiers"]["BTCUSDZ26"] = both["parameters"]["tiers"]["BTCUSD"]
    alone = first(assessed(inverse()), M.BANKRUPTCY_PRICE)
    assert first(assessed(both), M.BANKRUPTCY_PRICE) > alone


claims = st.builds(
    CoinClaim,
    side=st.sampled_from([1, -1]),
    entry_value=st.decimals("0.01", "10", places=4),
    taker=st.sampled_from([D("0.00055"), D("0.00075")]),
    required=st.decimals("0", "0.1", places=4),
    loss=st.decimals("0", "0.5", places=4),
)


@given(balance=st.decimals("-1", "5", places=4), rows=st.lists(claims, max_size=5))
@exactly
def test_at_bankruptcy_loss_and_fee_use_up_what_the_others_leave(
    balance: Decimal, rows: list[CoinClaim]
) -> None:
    values = bankruptcy_values(balance, rows)
    fees = [(v or D(0)) * c.taker for v, c in zip(values, rows, strict=True)]
    for i, (value, claim) in enumerate(zip(values, rows, strict=True)):
        if value is None:
            continue
        assert value > 0
        others = sum((c.required + c.loss + fees[j] for j, c in enumerate(rows) if j != i), D(0))
        loss = claim.side * (value - claim.entry_value)
        assert abs(balance - others - loss - fees[i]) < D("1e-20")


def test_status_goes_with_the_ratio() -> None:
    poor = inverse(wallets=[{"asset": "BTC", "balance": "0.01"}])
    assert assessed(poor).status is Status.LIQUIDATION
