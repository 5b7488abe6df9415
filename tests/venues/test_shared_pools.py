"""What venues make pools with in one way: joint pools, orders by symbol, sides and their mode."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from marginline.core.account.account import (
    Account,
    Instrument,
    Order,
    Position,
    Settings,
    Wallet,
)
from marginline.core.account.market import AssetRate, Market
from marginline.core.findings import Code, Gap, unsupported
from marginline.core.pool.exposure import Exposure, Figure, InitialTerm, MaintenanceTerm
from marginline.core.pool.pool import BorrowTerm, Kind, Leg, OrderTerm, Trigger
from marginline.venues.resolve.orders import order_terms
from marginline.venues.resolve.resolver import Resolver
from marginline.venues.resolve.separate import (
    joint_pool,
    note_side,
    separate_pools,
    valued,
    valued_orders,
)

D = Decimal
NOT_TOLD = unsupported("the venue does not say")
RATES = {"BTC": AssetRate(index=D(100), bid=D(99), ask=D(101))}


def order(symbol: str, size: int = 1, **more: object) -> Order:
    return Order(instrument=symbol, side="buy", size=D(size), price=D(10), **more)  # type: ignore[arg-type]


def coin(symbol: str) -> Instrument:
    base = symbol[:3]
    return Instrument(symbol=symbol, payoff="inverse", base=base, quote="USD", settle=base)


COINS = {symbol: coin(symbol) for symbol in ("BTCUSD_PERP", "BTCUSD_260327", "ETHUSD_PERP")}


def resolver(*positions: Position, **more: object) -> Resolver:
    account = Account(
        venue="binance_coinm",
        as_of=datetime(2026, 1, 1, tzinfo=UTC),
        positions=positions,
        instruments=COINS,
        market=Market(mark={"BTCUSD_PERP": D(100)}, asset_rate=RATES),
        **more,  # type: ignore[arg-type]
    )
    return Resolver(account, "binance")


def exposure_of(found: Resolver, position: Position) -> Exposure:
    return found.exposure(position, MaintenanceTerm(NOT_TOLD), InitialTerm(NOT_TOLD))


def size_of(_: Resolver, symbol: str, own: list[Order]) -> Figure:
    assert {each.instrument for each in own} == {symbol}
    return sum((each.size for each in own), D(0))


LONG = Position(instrument="BTCUSD_PERP", size=D(5), entry_price=D(100))
APART = Position(instrument="ETHUSD_PERP", size=D(2), margin_mode="isolated")
HELD = (Wallet(asset="BTC", balance=D(3)), Wallet(asset="ETH", balance=D(4)))


# -- orders by symbol ----------------------------------------------------------------------------


def test_orders_are_summed_symbol_by_symbol_in_the_order_they_appear() -> None:
    rows = (order("BTCUSD_PERP"), order("BTCUSD_260327", 2), order("BTCUSD_PERP", 3))
    found = order_terms(resolver(orders=(*rows, order("ETHUSD_PERP", 9))), "BTC", size_of)
    told = [(term.instrument, term.asset, term.amount) for term in found]
    assert told == [("BTCUSD_PERP", "BTC", D(4)), ("BTCUSD_260327", "BTC", D(2))]


def test_orders_are_isolated_as_they_say_else_as_their_symbol_is() -> None:
    rows = (order("ETHUSD_PERP"), order("BTCUSD_PERP", margin_mode="cross"))
    settings = {"BTCUSD_PERP": Settings(margin_mode="isolated")}
    found = resolver(APART, orders=rows, settings=settings)
    assert [term.isolated for term in order_terms(found, "ETH", size_of)] == [True]
    assert [term.isolated for term in order_terms(found, "BTC", size_of)] == [False]


def test_what_an_order_takes_may_be_unknown_and_is_a_gap_then() -> None:
    found = order_terms(resolver(orders=(order("BTCUSD_PERP"),)), "BTC", lambda *_: NOT_TOLD)
    assert [term.amount for term in found] == [NOT_TOLD]


# -- pools of several assets ---------------------------------------------------------------------


@pytest.mark.parametrize(("side", "required"), [("index", D(100)), ("ask", D(101))])
def test_an_exposure_is_worth_its_index_and_requires_at_the_side_named(
    side: str, required: Decimal
) -> None:
    found = resolver(LONG)
    exposure = valued(found, exposure_of(found, LONG), "USD", side)
    assert (exposure.value_rate, exposure.requirement_rate) == (D(100), required)


def test_an_exposure_without_a_rate_is_a_gap_not_one() -> None:
    found = resolver(APART)
    exposure = valued(found, exposure_of(found, APART), "USD")
    assert isinstance(exposure.value_rate, Gap)
    assert isinstance(exposure.requirement_rate, Gap)


def test_orders_of_every_asset_require_at_its_rate() -> None:
    found = resolver(orders=(order("BTCUSD_PERP"), order("ETHUSD_PERP")))
    terms = list(
        valued_orders(found, "USD", lambda r, asset: order_terms(r, asset, size_of), "ask")
    )
    assert terms[0].requirement_rate == D(101)
    assert isinstance(terms[1].requirement_rate, Gap)


def test_a_joint_pool_has_a_leg_an_asset_and_asks_in_a_fixed_order() -> None:
    found, asked = resolver(LONG, wallets=HELD), list[str]()

    def leg_of(asset: str) -> Leg:
        asked.append(f"leg {asset}")
        return found.cross_leg(asset)

    def debt_of(asset: str) -> BorrowTerm:
        asked.append(f"debt {asset}")
        return BorrowTerm(asset, D(0), D(1), NOT_TOLD, NOT_TOLD)

    def orders_of(_: Resolver, asset: str) -> tuple[OrderTerm, ...]:
        asked.append(f"orders {asset}")
        return (OrderTerm(f"{asset}USD_PERP", asset, D(1)),)

    orders = valued_orders(found, "USD", orders_of)
    pool = joint_pool(
        found, "USD", [exposure_of(found, LONG)], Trigger(), leg_of, orders=orders, debt_of=debt_of
    )
    assert (pool.kind, pool.id, pool.asset) == (Kind.ACCOUNT, "USD", "USD")
    assert [leg.asset for leg in pool.legs] == ["BTC", "ETH"]
    assert [debt.asset for debt in pool.borrows] == ["BTC", "ETH"]
    assert [exposure.key for exposure in pool.exposures] == [LONG.key]
    assert pool.orders[0].requirement_rate == D(100)
    assert asked == ["debt BTC", "debt ETH", "leg BTC", "leg ETH", "orders BTC", "orders ETH"]


def test_a_joint_pool_of_nothing_has_no_legs() -> None:
    found = resolver()
    assert joint_pool(found, "USD", (), Trigger(), found.cross_leg).legs == ()


# -- pools apart ---------------------------------------------------------------------------------


def test_separate_pools_are_one_an_asset_and_one_an_isolated_position() -> None:
    found = resolver(LONG, APART, wallets=HELD)
    pools = separate_pools(found, exposure_of, Trigger())
    assert [(pool.id, pool.kind) for pool in pools] == [
        ("BTC", Kind.CROSS),
        ("ETH", Kind.CROSS),
        (f"{APART.key} isolated", Kind.ISOLATED),
    ]
    assert [len(pool.exposures) for pool in pools] == [1, 0, 1]


# -- sides and position mode ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("side", "legs", "said"),
    [("both", False, False), ("long", True, False), ("both", True, True), ("long", False, True)],
)
def test_a_side_that_does_not_go_with_the_position_mode_is_noted(
    side: str, legs: bool, said: bool
) -> None:
    position = Position(instrument="BTCUSD_PERP", side=side, size=D(1))
    found = resolver(position, position_mode="hedge")
    note_side(found, position, legs=legs)
    assert [each.code for each in found.findings] == [Code.POSITION_MODE] * said
    if said:
        (note,) = found.findings
        assert note.where == position.key
        assert note.message == f"side {side} in hedge mode; check position_mode"
