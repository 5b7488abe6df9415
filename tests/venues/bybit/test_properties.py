"""What holds for every Bybit account, drawn at random."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from marginline.core.assessment.figures import PoolFigures
from marginline.core.findings import Status
from marginline.core.measures import Measure as M
from marginline.core.numbers import exact
from marginline.core.pool.pool import Pool
from marginline.venues import at
from tests.venues.bybit.accounts import (
    BEFORE,
    SINCE,
    assessed,
    first,
    inverse,
    isolated,
    number,
    order,
    pools_of,
    row,
    unified,
)
from tests.venues.documents import Doc

D = Decimal
sizes = st.decimals("0.01", "90", places=2).map(str)
dates = st.sampled_from([BEFORE, SINCE])
TINY = D("1e-18")


def with_balance(make: Any, balance: Decimal, **fields: Any) -> Doc:
    asset = "BTC" if make is inverse else "USDT"
    whole: Doc = make(wallets=[{"asset": asset, "balance": str(balance)}], **fields)
    return whole


def buffer_of(account: Doc) -> Decimal:
    return number(assessed(account).pools[0].measures[M.BUFFER])


@given(size=sizes, more=st.decimals("0.01", "1000000", places=2), as_of=dates)
def test_a_deposit_never_lowers_health_in_cross(size: str, more: Decimal, as_of: str) -> None:
    poor = with_balance(unified, D(5000), as_of=as_of, positions=[row(size)])
    rich = with_balance(unified, D(5000) + more, as_of=as_of, positions=[row(size)])
    assert buffer_of(rich) >= buffer_of(poor) + more / 2


@given(more=st.decimals("0.0001", "100", places=4))
def test_a_deposit_of_collateral_never_lowers_health(more: Decimal) -> None:
    def buffer(coins: Decimal) -> Decimal:
        wallets = [{"asset": "USDT", "balance": "0"}, {"asset": "BTC", "balance": str(coins)}]
        return buffer_of(unified(wallets=wallets, positions=[row(entry_price="52000")]))

    assert buffer(D(1) + more) >= buffer(D(1))


@given(more=st.decimals("0.0001", "100", places=4))
def test_a_deposit_never_lowers_health_in_the_classic_account(more: Decimal) -> None:
    rich, poor = with_balance(inverse, D(1) + more), with_balance(inverse, D(1))
    assert buffer_of(rich) > buffer_of(poor)


@pytest.mark.parametrize("make", [unified, isolated])
@given(size=sizes, as_of=dates)
def test_long_and_short_are_alike_at_entry(make: Any, size: str, as_of: str) -> None:
    """Linear, without fees and with the mark at the entry."""
    found = []
    for signed in (size, f"-{size}"):
        whole = make(as_of=as_of, positions=[row(signed, isolated_margin="1000")])
        whole["positions"][0] |= {"margin_mode": "isolated" if make is isolated else "cross"}
        whole["market"]["mark"]["BTCUSDT"] = "50000"
        whole["parameters"]["fees"] = {"taker": "0"}
        found.append(assessed(whole))
    for measure in (M.INITIAL_MARGIN, M.MAINTENANCE_MARGIN, M.TIER, M.NOTIONAL):
        assert first(found[0], measure) == first(found[1], measure)


@given(size=sizes, other=sizes, as_of=dates)
def test_the_order_of_positions_does_not_matter(size: str, other: str, as_of: str) -> None:
    rows = [row(size), row(other, instrument="ETHUSDT", entry_price="3000")]
    wallets = [{"asset": "USDT", "balance": "10000000"}]
    one = assessed(unified(as_of=as_of, positions=rows, wallets=wallets))
    two = assessed(unified(as_of=as_of, positions=rows[::-1], wallets=wallets))
    assert one.measures == two.measures


@given(
    size=st.one_of(sizes, sizes.map("-{}".format)),
    balance=st.decimals("1000", "9000000", places=2),
    as_of=dates,
    coins=st.sampled_from(["0", "0.5", "12"]),
    resting=st.booleans(),
)
def test_health_is_zero_at_the_liquidation_price_in_cross(
    size: str, balance: Decimal, as_of: str, coins: str, resting: bool
) -> None:
    wallets = [{"asset": "USDT", "balance": str(balance)}, {"asset": "BTC", "balance": coins}]
    orders = [order("buy", "1", "49000")] if resting else []
    account = unified(as_of=as_of, wallets=wallets, positions=[row(size)], orders=orders)
    (pool,) = pools_of(account)
    check_ends(account, pool)


@given(
    size=st.sampled_from(["20000", "-20000", "150000"]), balance=st.decimals("0.2", "9", places=4)
)
def test_health_is_zero_at_the_liquidation_price_in_the_classic_account(
    size: str, balance: Decimal
) -> None:
    account = with_balance(inverse, balance)
    account["positions"][0]["size"] = size
    (pool,) = pools_of(account)
    check_ends(account, pool)


@given(size=st.one_of(sizes, sizes.map("-{}".format)), as_of=dates)
def test_health_is_zero_at_the_isolated_liquidation_price_without_added_margin(
    size: str, as_of: str
) -> None:
    side = 1 if not size.startswith("-") else -1
    value = abs(D(size)) * 50000
    margin = value / 10 + value * (1 - D(side) / 10) * D("0.00055")
    own = row(size, isolated_margin=str(margin), extra_margin="0")
    account = isolated(as_of=as_of, positions=[own], wallets=[{"asset": "USDT", "balance": "1e8"}])
    check_ends(account, pools_of(account)[1])


def check_ends(account: Doc, pool: Pool) -> None:
    """Support and requirement are equal at every end of the safe range."""
    found = assessed(account)
    held = next(p for p in found.pools if p.id == pool.id)
    assume(held.status is not Status.UNKNOWN)
    position = held.positions[0]
    book = at(found.venue, found.mode, found.as_of)
    for measure in (M.LIQUIDATION_PRICE_BELOW, M.LIQUIDATION_PRICE_ABOVE):
        price = position.measures[measure]
        if price is None:
            continue
        with exact():
            there = PoolFigures(pool.at({position.instrument: price}), book.rules)
            scale = there[M.MAINTENANCE_MARGIN] + abs(there[M.SUPPORT])
            assert abs(there[M.BUFFER]) <= scale * TINY


@given(taker=st.decimals("0", "0.001", places=5), extra=st.decimals("0", "2000", places=2))
def test_added_margin_never_brings_liquidation_nearer(taker: Decimal, extra: Decimal) -> None:
    def price(added: Decimal) -> Decimal:
        margin = D(2500) + D(22500) * taker + added
        own = row(isolated_margin=str(margin), extra_margin=str(added))
        whole = isolated(positions=[own])
        whole["parameters"]["fees"] = {"taker": str(taker)}
        return first(assessed(whole), M.LIQUIDATION_PRICE)

    assert price(extra) <= price(D(0))


@given(sells=st.decimals("0.01", "5", places=2), as_of=dates)
def test_another_order_never_frees_margin(sells: Decimal, as_of: str) -> None:
    before = unified(as_of=as_of, orders=[order("buy", "0.3", "50000")])
    after = unified(
        as_of=as_of, orders=[order("buy", "0.3", "50000"), order("sell", str(sells), "51000")]
    )
    less, more = (number(assessed(each).initial_margin) for each in (before, after))
    fees = D("0.3") * 50000 * D("0.00055") * D("1.9")
    assert more >= less - fees  # the fees of a side leave when the other side overtakes it
