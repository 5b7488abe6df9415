"""What holds for every Bitget account, drawn at random."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marginline.core.measures import Measure as M
from tests.venues.bitget.accounts import advanced, basic, document, position, union
from tests.venues.documents import Doc, number, pool_of, position_of

D = Decimal
MAKERS = [document, union, basic, advanced]
AS_OF = [
    "2025-06-01T00:00:00Z",
    "2025-10-15T00:00:00Z",
    "2026-01-15T00:00:00Z",
    "2026-09-01T00:00:00Z",
]
sizes = st.decimals("0.001", "20", places=3).map(str)
opened = st.sampled_from(["2025-05-01T00:00:00Z", "2026-01-02T00:00:00Z"])


def rows(size: str, other: str, opened_at: str) -> list[Doc]:
    eth = position(other, instrument="ETHUSDT", entry_price="2000", opened_at=opened_at)
    return [position(size, opened_at=opened_at), eth]


def with_eth(whole: Doc) -> Doc:
    whole["market"]["mark"]["ETHUSDT"] = "2000"
    whole["parameters"]["tiers"]["ETHUSDT"] = whole["parameters"]["tiers"]["BTCUSDT"]
    return whole


@pytest.mark.parametrize("make", MAKERS)
@given(size=sizes, amount=st.decimals("0.01", "100000", places=2), when=st.sampled_from(AS_OF))
def test_a_deposit_never_lowers_health(make: Any, size: str, amount: Decimal, when: str) -> None:
    def buffer(balance: Decimal) -> Decimal:
        wallets = [{"asset": "USDT", "balance": str(balance)}]
        return number(
            pool_of(make(as_of=when, positions=[position(size)], wallets=wallets)), M.BUFFER
        )

    assert buffer(D(5000) + amount) >= buffer(D(5000))


@pytest.mark.parametrize("make", MAKERS)
@given(size=sizes, other=sizes, opened_at=opened)
def test_the_order_of_positions_does_not_matter(
    make: Any, size: str, other: str, opened_at: str
) -> None:
    both = rows(size, other, opened_at)
    first = pool_of(with_eth(make(positions=both)))
    second = pool_of(with_eth(make(positions=both[::-1])))
    assert first.measures == second.measures


@pytest.mark.parametrize("make", [document, basic])
@given(size=sizes, when=st.sampled_from(AS_OF), opened_at=opened)
def test_long_and_short_are_alike(make: Any, size: str, when: str, opened_at: str) -> None:
    long = pool_of(make(as_of=when, positions=[position(size, opened_at=opened_at)]))
    short = pool_of(make(as_of=when, positions=[position(f"-{size}", opened_at=opened_at)]))
    for measure in (M.MAINTENANCE_MARGIN, M.INITIAL_MARGIN, M.MARGIN_RATIO, M.BUFFER):
        assert long.measures[measure] == short.measures[measure]


@pytest.mark.parametrize("make", [document, union, basic])
@given(
    size=sizes,
    short=st.booleans(),
    balance=st.integers(3000, 40000).map(str),
    when=st.sampled_from(AS_OF),
    opened_at=opened,
)
def test_health_is_zero_at_an_end_of_the_safe_range_or_jumps_over_it(
    make: Any, size: str, short: bool, balance: str, when: str, opened_at: str
) -> None:
    row = position(f"-{size}" if short else size, opened_at=opened_at)
    whole = make(as_of=when, positions=[row], wallets=[{"asset": "USDT", "balance": balance}])
    found = position_of(whole)
    for measure in (M.LIQUIDATION_PRICE_BELOW, M.LIQUIDATION_PRICE_ABOVE):
        price = found.measures[measure]
        if price is None:
            continue
        inside, outside = health(whole, price, D("-1e-12")), health(whole, price, D("1e-12"))
        assert min(inside, outside) <= 0 <= max(inside, outside)


def health(whole: Doc, price: Decimal, step: Decimal) -> Decimal:
    there = whole | {"market": whole["market"] | {"mark": {"BTCUSDT": str(price + step)}}}
    return number(pool_of(there), M.BUFFER)
