"""What holds for every BitMEX account, drawn at random."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marginline.core.measures import Measure as M
from tests.venues.bitmex.accounts import (
    LINEAR,
    MARKS,
    PARAMETERS,
    document,
    isolated,
    linear,
    position,
    usdt,
)
from tests.venues.documents import Doc, number, pool_of, position_of

D = Decimal
SMOOTH = {"payoff": "inverse", "base": "XBT", "quote": "USD", "settle": "XBT"}  # no tick
INSTRUMENTS = {"XBTUSD": SMOOTH, "XBTUSDT": LINEAR}
FREE = PARAMETERS | {"fees": {"taker": "0"}}
sizes = st.integers(1, 40_000_000).map(str)
lots = st.integers(1000, 60_000_000).map(str)
dates = st.sampled_from(["2022-06-01T00:00:00Z", "2025-06-01T00:00:00Z"])


def inverse(size: str, balance: str = "1", **fields: Any) -> Doc:
    wallets = [{"asset": "XBT", "balance": balance}]
    rows = [position(size)]
    return document(positions=rows, wallets=wallets, instruments=INSTRUMENTS, **fields)


def straight(size: str, balance: str = "10000", **fields: Any) -> Doc:
    wallets = [{"asset": "USDT", "balance": balance}]
    return usdt(positions=[linear(size)], wallets=wallets, **fields)


@pytest.mark.parametrize("make", [inverse, straight])
@given(size=sizes, more=st.decimals("0.01", "100000", places=2), when=dates)
def test_a_deposit_never_lowers_health(make: Any, size: str, more: Decimal, when: str) -> None:
    before = number(pool_of(make(size, "5", as_of=when)), M.BUFFER)
    assert number(pool_of(make(size, str(5 + more), as_of=when)), M.BUFFER) >= before


@given(size=sizes, other=lots, balance=st.integers(1, 100).map(str))
def test_the_order_of_positions_does_not_matter(size: str, other: str, balance: str) -> None:
    rows = [position(size), position(other, instrument="ETHUSD", entry_price="2000")]
    wallets = [{"asset": "XBT", "balance": balance}]
    both = [document(positions=p, wallets=wallets) for p in (rows, rows[::-1])]
    assert pool_of(both[0]).measures == pool_of(both[1]).measures


@given(size=lots, entry=st.sampled_from(["40000", "50000", "60000"]))
def test_long_and_short_are_alike_but_for_fees_and_funding(size: str, entry: str) -> None:
    market = {"mark": MARKS, "funding": {"XBTUSDT": {"rate": "0"}}}
    found = []
    for signed in (size, f"-{size}"):
        row = linear(signed, entry_price=entry)
        found.append(position_of(usdt(positions=[row], market=market, parameters=FREE)))
    for measure in (M.INITIAL_MARGIN, M.MAINTENANCE_MARGIN, M.TIER, M.NOTIONAL):
        assert found[0].measures[measure] == found[1].measures[measure]
    assert found[0].measures[M.UNREALIZED_PNL] == -number(found[1], M.UNREALIZED_PNL)


@pytest.mark.parametrize("make", [inverse, straight])
@given(size=sizes, short=st.booleans(), balance=st.integers(1, 60), when=dates)
def test_health_is_zero_at_an_end_of_the_safe_range_or_jumps_over_it(
    make: Any, size: str, short: bool, balance: int, when: str
) -> None:
    funds = str(balance if make is inverse else balance * 2000)
    whole = make(f"-{size}" if short else size, funds, as_of=when)
    found = position_of(whole)
    for measure in (M.LIQUIDATION_PRICE_BELOW, M.LIQUIDATION_PRICE_ABOVE):
        price = found.measures[measure]
        if price is None:
            continue
        step = price * D("1e-15")
        inside, outside = health(whole, price - step), health(whole, price + step)
        assert min(inside, outside) <= 0 <= max(inside, outside)


@given(size=sizes, short=st.booleans(), leverage=st.integers(1, 100))
def test_health_is_zero_at_an_isolated_liquidation_price(
    size: str, short: bool, leverage: int
) -> None:
    margin = D(size) / 50000 / leverage * D("1.02")
    row = isolated(
        f"-{size}" if short else size, leverage=str(leverage), isolated_margin=str(margin)
    )
    whole = document(
        positions=[row], wallets=[{"asset": "XBT", "balance": "900"}], instruments=INSTRUMENTS
    )
    price = position_of(whole).measures[M.LIQUIDATION_PRICE]
    if price is not None:
        step = price * D("1e-15")
        ends = [health(whole, price + move, isolated=True) for move in (-step, step)]
        assert min(ends) <= 0 <= max(ends)


def health(whole: Doc, price: Decimal, *, isolated: bool = False) -> Decimal:
    marks = MARKS | {"XBTUSD": str(price), "XBTUSDT": str(price)}
    there = whole | {"market": whole["market"] | {"mark": marks}}
    return number(pool_of(there, "XBTUSD/both isolated" if isolated else None), M.BUFFER)


@given(size=sizes, short=st.booleans(), balance=st.integers(1, 60).map(str))
def test_prices_lie_on_the_tick_towards_entry(size: str, short: bool, balance: str) -> None:
    signed = f"-{size}" if short else size
    exact = position_of(inverse(signed, balance))
    ticked = position_of(
        document(positions=[position(signed)], wallets=[{"asset": "XBT", "balance": balance}])
    )
    for measure in (M.LIQUIDATION_PRICE, M.BANKRUPTCY_PRICE):
        price, printed = exact.measures[measure], ticked.measures[measure]
        assert (price is None) == (printed is None)
        if price is not None and printed is not None and price > 1:
            gap = printed - price
            # The rounded bankruptcy price moves the reserved fee, and so the liquidation price.
            slack = price * D("1e-6")
            assert printed % D("0.5") == 0
            assert -slack - (D("0.5") if short else 0) <= gap <= (0 if short else D("0.5")) + slack
