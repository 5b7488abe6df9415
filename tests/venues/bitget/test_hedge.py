"""Hedge mode, cross: the leg with the larger value counts."""

from __future__ import annotations

from decimal import Decimal

import pytest

from marginline.core.findings import Code
from marginline.core.measures import Measure as M
from tests.venues.bitget.accounts import NEW, OLD, advanced, hedged, leg, union
from tests.venues.documents import assessed, number, pool_of, position_of

D = Decimal
ONE, TWO = D("115"), D("2") * 25000 * D("0.0046")


@pytest.mark.parametrize(
    ("long", "short", "expected"),
    [
        pytest.param("2", "1", TWO, id="the long is larger"),
        pytest.param("1", "2", TWO, id="the short is larger"),
        pytest.param("2", "2", TWO, id="both are equal: once"),
    ],
)
def test_the_larger_leg_counts(long: str, short: str, expected: Decimal) -> None:
    whole = hedged(leg("long", long), leg("short", short))
    assert number(pool_of(whole), M.MAINTENANCE_MARGIN) == expected


def test_positions_show_their_own() -> None:
    whole = hedged(leg("long", "2"), leg("short", "1"))
    assert number(position_of(whole, "BTCUSDT/short"), M.MAINTENANCE_MARGIN) == ONE


def test_initial_margin_is_of_both() -> None:
    whole = hedged(leg("long", "2"), leg("short", "1"))
    assert number(pool_of(whole), M.POSITION_INITIAL_MARGIN) == D(75000) / 20


def test_the_larger_value_counts_where_the_smaller_leg_is_charged_more() -> None:
    """An old leg at the flat rate beside a new one, slice by slice."""
    whole = hedged(leg("long", "8.1", opened_at=NEW), leg("short", "8.05", opened_at=OLD))
    long = number(position_of(whole, "BTCUSDT/long"), M.MAINTENANCE_MARGIN)
    short = number(position_of(whole, "BTCUSDT/short"), M.MAINTENANCE_MARGIN)
    assert short > long == number(pool_of(whole), M.MAINTENANCE_MARGIN)


@pytest.mark.parametrize("sizes", [("2", "1"), ("1", "2"), ("2", "2"), ("8.1", "8.05")])
def test_health_is_zero_at_the_liquidation_price(sizes: tuple[str, str]) -> None:
    wallet = [{"asset": "USDT", "balance": "3000"}]
    whole = hedged(leg("long", sizes[0]), leg("short", sizes[1], opened_at=OLD), wallets=wallet)
    row = position_of(whole)
    for measure in (M.LIQUIDATION_PRICE_BELOW, M.LIQUIDATION_PRICE_ABOVE):
        price = row.measures[measure]
        if price is not None:
            there = whole | {"market": {"mark": {"BTCUSDT": str(price)}}}
            assert abs(number(pool_of(there), M.BUFFER)) < D("1e-20")


def test_a_hedge_is_said_to_be_approximate() -> None:
    found = assessed(hedged(leg("long", "2"), leg("short", "1"))).findings
    assert {f.where for f in found if f.code is Code.APPROXIMATE} >= {
        "BTCUSDT/long",
        "BTCUSDT/short",
    }


def test_two_instruments_do_not_offset() -> None:
    whole = hedged(leg("long", "1"), leg("short", "1", instrument="ETHUSDT"))
    whole["market"]["mark"]["ETHUSDT"] = "25000"
    whole["parameters"]["tiers"]["ETHUSDT"] = whole["parameters"]["tiers"]["BTCUSDT"]
    assert number(pool_of(whole), M.MAINTENANCE_MARGIN) == 2 * ONE


@pytest.mark.parametrize("make", [union, advanced])
def test_joint_pools_count_the_larger_leg_too(make: object) -> None:
    assert callable(make)
    whole = make(position_mode="hedge", positions=[leg("long", "2"), leg("short", "1")])
    assert number(pool_of(whole), M.MAINTENANCE_MARGIN) == TWO
