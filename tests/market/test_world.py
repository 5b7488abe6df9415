"""The world as its users see it: time, quotes, orders, money, and the same seed twice."""

from __future__ import annotations

from decimal import Decimal

import pytest

from marginline.core.findings import Status
from marginline.market.events import Event, Fill, OrderChanged, WalletChanged
from marginline.market.scenarios import scenario
from marginline.market.trading.refusing import Refused
from marginline.market.views import OrderRequest
from marginline.market.world import World
from marginline.venues.assessing import assess

HOUR = 3_600_000
VENUES = ("binance_usdm", "bybit_unified")


@pytest.fixture
def world() -> World:
    return World(scenario("free"), seed=5)


def test_the_same_seed_gives_the_same_world_however_time_is_cut() -> None:
    whole, cut = World(scenario("free"), seed=5), World(scenario("free"), seed=5)
    events: list[Event] = []
    while whole.now < whole.start + 3 * HOUR:
        events += whole.advance(whole.start + 3 * HOUR)
    pieces: list[Event] = []
    while cut.now < cut.start + 3 * HOUR:
        pieces += cut.advance(min(cut.now + 137_500, cut.start + 3 * HOUR))
    assert events == pieces
    assert whole.digest() == cut.digest()


def test_another_seed_gives_another_world(world: World) -> None:
    other = World(scenario("free"), seed=6)
    for each in (world, other):
        each.advance(each.start + HOUR // 10)
    assert world.digest() != other.digest()
    assert world.quote("binance_usdm", "BTCUSDT") != other.quote("binance_usdm", "BTCUSDT")


def test_two_runs_that_differ_in_one_deposit_differ_only_by_that_deposit(world: World) -> None:
    other = World(scenario("free"), seed=5)
    other.transfer("carry desk", "USDT", Decimal(1000))
    for each in (world, other):
        while each.now < each.start + HOUR:
            each.advance(each.start + HOUR)
    for venue in VENUES:
        for symbol in world.instruments(venue):
            assert world.quote(venue, symbol) == other.quote(venue, symbol)
        for name in world.accounts(venue):
            if name != "carry desk":
                assert world.account(name) == other.account(name)
    mine, theirs = (each.account("carry desk").wallets[0].balance for each in (world, other))
    assert theirs - mine == 1000


def test_every_account_begins_above_its_line(world: World) -> None:
    found = {n: assess(world.truth(n)).status for v in VENUES for n in world.accounts(v)}
    assert len(found) == 12
    assert {n for n, s in found.items() if s is not Status.HEALTHY} <= {"gambler"}
    assert Status.LIQUIDATION not in found.values()


def test_less_than_a_second_moves_the_clock_and_nothing_else(world: World) -> None:
    before = world.quote("binance_usdm", "ETHUSDT")
    assert world.advance(world.start + 400) == ()
    assert world.now == world.start + 400
    assert world.quote("binance_usdm", "ETHUSDT") == before


def test_a_market_order_walks_the_book_and_pays_the_taker_fee(world: World) -> None:
    _, asks = world.book("bybit_unified", "SOLUSDT")
    request = OrderRequest(symbol="SOLUSDT", side="buy", kind="market", size=Decimal(300))
    events = world.place("swing trader", request)
    fills = [event for event in events if isinstance(event, Fill)]
    assert [fill.price for fill in fills] == [price for price, _ in asks[: len(fills)]]
    assert sum(fill.size for fill in fills) == 300
    for fill in fills:
        assert fill.fee == fill.size * fill.price * Decimal("0.0005")
    last = [event.order for event in events if isinstance(event, OrderChanged)][-1]
    assert last.status == "filled"
    assert last.filled == 300
    held = world.account("swing trader").positions[0]
    assert held.size == 12_300


def test_a_limit_order_rests_until_cancelled(world: World) -> None:
    bid = world.quote("binance_usdm", "BTCUSDT").bid
    request = OrderRequest(
        symbol="BTCUSDT", side="buy", size=Decimal("0.01"), price=bid - 5000, client_id="mine"
    )
    world.place("carry desk", request)
    assert [order.client_id for order in world.account("carry desk").orders] == ["mine"]
    (event,) = world.cancel("carry desk", "mine")
    assert isinstance(event, OrderChanged)
    assert event.order.status == "canceled"
    assert world.account("carry desk").orders == ()


@pytest.mark.parametrize(
    ("name", "request_", "code"),
    [
        ("nobody", OrderRequest(symbol="BTCUSDT", side="buy", size=Decimal(1)), "unknown_account"),
        (
            "empty",
            OrderRequest(symbol="NONEUSDT", side="buy", kind="market", size=Decimal(1)),
            "unknown_symbol",
        ),
        (
            "empty",
            OrderRequest(symbol="BTCUSDT", side="buy", size=Decimal(1), price=Decimal("1.01")),
            "bad_price",
        ),
        (
            "empty",
            OrderRequest(symbol="BTCUSDT", side="buy", kind="market", size=Decimal("0.0001")),
            "bad_size",
        ),
        (
            "empty",
            OrderRequest(symbol="BTCUSDT", side="buy", kind="market", size=Decimal(1)),
            "insufficient_margin",
        ),
        (
            "hedged fund",
            OrderRequest(symbol="SOLUSDT", side="buy", kind="market", size=Decimal(1)),
            "position_side",
        ),
        (
            "empty",
            OrderRequest(
                symbol="BTCUSDT", side="buy", kind="market", size=Decimal(1), reduce_only=True
            ),
            "reduce_only",
        ),
        (
            "carry desk",
            OrderRequest(
                symbol="BTCUSDT",
                side="buy",
                size=Decimal("0.001"),
                price=Decimal(95000),
                time_in_force="GTX",
            ),
            "post_only_would_take",
        ),
    ],
)
def test_what_a_venue_does_not_take_is_refused_and_changes_nothing(
    world: World, name: str, request_: OrderRequest, code: str
) -> None:
    before = world.digest()
    with pytest.raises(Refused) as refused:
        world.place(name, request_)
    assert refused.value.code == code
    assert world.digest() == before


def test_money_in_and_out_is_booked_and_what_positions_need_stays(world: World) -> None:
    (event,) = world.transfer("empty", "USDT", Decimal("-100.5"))
    assert isinstance(event, WalletChanged)
    assert (event.change, event.balance) == (Decimal("-100.5"), Decimal("2399.5"))
    assert world.ledger("empty")[-1].kind == "TRANSFER"
    with pytest.raises(Refused) as refused:
        world.transfer("gambler", "USDT", Decimal(-9_000))
    assert refused.value.code == "insufficient_balance"


def test_the_grid_bot_answers_each_fill_on_the_other_side(world: World) -> None:
    while world.now < world.start + 6 * HOUR:
        world.advance(world.start + 6 * HOUR)
    fills = world.trades("grid bot")
    assert fills
    assert all(fill.maker for fill in fills)
    assert len(world.account("grid bot").orders) == 64


def test_funding_is_paid_at_its_hours_and_sums_to_nothing(world: World) -> None:
    while world.now < world.start + 2 * HOUR:
        world.advance(world.start + 2 * HOUR)
    rows = [row for row in world.ledger("funding payer") if row.kind == "FUNDING_FEE"]
    assert [row.at for row in rows] == [world.start + 2 * HOUR]
    (paid,) = world.funding_history("binance_usdm", "1000PEPEUSDT")
    assert rows[0].amount <= -Decimal(100_000_000) * paid.mark * paid.rate
    assert paid.at == world.start + 2 * HOUR
