"""What holds for every BingX account, drawn at random."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marginline.core.measures import Measure as M
from tests.venues.bingx.accounts import (
    coin,
    coin_margined,
    document,
    isolated,
    multi,
    position,
    standard,
)
from tests.venues.documents import Doc, assessed, number, pool_of, position_of

D = Decimal
MAKERS = [document, multi, standard]
sizes = st.decimals("0.001", "20", places=3).map(str)


@pytest.mark.parametrize("make", MAKERS)
@given(size=sizes, amount=st.decimals("0.01", "100000", places=2))
def test_a_deposit_never_lowers_health(make: Any, size: str, amount: Decimal) -> None:
    def buffer(balance: Decimal) -> Decimal:
        wallets = [{"asset": "USDT", "balance": str(balance)}]
        return number(pool_of(make(positions=[position(size)], wallets=wallets)), M.BUFFER)

    assert buffer(D(5000) + amount) >= buffer(D(5000))


@pytest.mark.parametrize("make", MAKERS)
@given(size=sizes, other=sizes)
def test_the_order_of_positions_does_not_matter(make: Any, size: str, other: str) -> None:
    rows = [position(size), position(other, instrument="ETH-USDT", entry_price="2000")]
    assert pool_of(make(positions=rows)).measures == pool_of(make(positions=rows[::-1])).measures


@pytest.mark.parametrize("make", MAKERS)
@given(size=sizes)
def test_long_and_short_are_alike(make: Any, size: str) -> None:
    long = pool_of(make(positions=[position(size)]))
    short = pool_of(make(positions=[position(f"-{size}")]))
    for measure in (M.MAINTENANCE_MARGIN, M.INITIAL_MARGIN, M.MARGIN_RATIO, M.BUFFER):
        assert long.measures[measure] == short.measures[measure]


ROWS = [
    pytest.param(document, position, "BTC-USDT", id="cross"),
    pytest.param(document, isolated, "BTC-USDT", id="isolated"),
    pytest.param(multi, position, "BTC-USDT", id="multi-assets"),
    pytest.param(standard, position, "BTC-USDT", id="standard"),
    pytest.param(coin_margined, coin, "SOL-USD", id="coin-M"),
]


@pytest.mark.parametrize(("make", "row", "symbol"), ROWS)
@given(size=sizes, short=st.booleans(), balance=st.integers(100, 40000).map(str))
def test_health_is_zero_at_the_ends_of_the_safe_range(
    make: Any, row: Any, symbol: str, size: str, short: bool, balance: str
) -> None:
    asset = "SOL" if symbol == "SOL-USD" else "USDT"
    held = row(f"-{size}" if short else size)
    whole = make(positions=[held], wallets=[{"asset": asset, "balance": balance}])
    found = position_of(whole)
    for measure in (M.LIQUIDATION_PRICE_BELOW, M.LIQUIDATION_PRICE_ABOVE):
        price = found.measures[measure]
        if price is None:
            continue
        around = [health(whole, symbol, price, step) for step in ("-1e-9", "1e-9")]
        assert min(around) <= 0 <= max(around)


def health(whole: Doc, symbol: str, price: Decimal, step: str) -> Decimal:
    mark = {symbol: str(price * (1 + D(step)))}
    there = whole | {"market": whole["market"] | {"mark": mark}}
    pool = next(pool for pool in assessed(there).pools if pool.positions)
    return number(pool, M.BUFFER)
