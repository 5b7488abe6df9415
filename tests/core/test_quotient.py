"""A quotient is taken once and last: an amount that fits exactly fits."""

from __future__ import annotations

import copy
import pickle
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

import marginline as ml
from marginline.core.findings import Code, Status
from marginline.core.numbers import ONE, Quotient, exact

D = Decimal
AMOUNTS = st.decimals("0.001", "100000000", places=3)


@given(AMOUNTS, st.integers(1, 150))
def test_an_amount_times_a_quotient_is_divided(amount: Decimal, leverage: int) -> None:
    with exact():
        rate = Quotient(ONE, D(leverage))
        assert amount * rate == rate * amount == amount / leverage
        assert amount * leverage * rate == amount
        assert ONE / rate == leverage


def test_a_quotient_is_a_number_like_any_other() -> None:
    with exact():
        third = Quotient(ONE, D(3))
        assert third == ONE / 3
        assert hash(third) == hash(ONE / 3)
        assert pickle.loads(pickle.dumps(third)) * D(300) == 100
        assert copy.deepcopy(third) * D(300) == 100


def account(leverage: str, balance: str) -> ml.Account:
    return ml.load(
        {
            "schema": "marginline/account/1",
            "venue": "binance_usdm",
            "mode": "single_asset",
            "as_of": "2026-11-20T14:00:00Z",
            "wallets": [{"asset": "USDT", "balance": balance}],
            "positions": [],
            "settings": {"BTCUSDT": {"leverage": leverage}},
            "market": {"mark": {"BTCUSDT": "300"}},
            "parameters": {
                "tiers": {"BTCUSDT": [{"floor": "0", "rate": "0.001"}]},
                "fees": {"taker": "0"},
            },
        }
    )


@pytest.mark.parametrize("leverage", ["3", "6", "7", "9", "11", "13", "150"])
def test_an_order_that_takes_all_there_is_is_not_refused(leverage: str) -> None:
    with exact():
        size = D(leverage)  # 300 * size / leverage = 300
    found = ml.what_if(account(leverage, "300"), ml.order("BTCUSDT", size))
    assert not [f for f in found.findings if f.code is Code.VENUE_WOULD_REFUSE]
    assert found.after.pool("USDT").measures[ml.Measure.INITIAL_MARGIN] == 300
    assert found.after.pool("USDT").measures[ml.Measure.AVAILABLE_BALANCE] == 0


def test_bingx_standard_is_liquidated_at_equality() -> None:
    # Maintenance 0.1 * 300 / 3 = 10 meets a margin of 10 exactly.
    document = {
        "schema": "marginline/account/1",
        "venue": "bingx_standard",
        "as_of": "2026-11-20T14:00:00Z",
        "wallets": [{"asset": "USDT", "balance": "100"}],
        "positions": [
            {
                "instrument": "X-USDT",
                "side": "long",
                "size": "1",
                "entry_price": "300",
                "leverage": "3",
                "margin_mode": "isolated",
                "isolated_margin": "100",
                "fees": "0",
                "funding": "0",
            }
        ],
        "position_mode": "hedge",
        "instruments": {"X-USDT": {"payoff": "linear", "base": "X", "quote": "USDT"}},
        "market": {"mark": {"X-USDT": "210"}},
        "parameters": {"venue": {"adjustment_factor": "0.1"}},
    }
    pool = next(p for p in ml.assess(ml.load(document)).pools if p.kind == "isolated")
    assert pool.maintenance_margin == 10
    assert pool.status is Status.LIQUIDATION
