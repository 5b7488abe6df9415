"""Liquidation: the exact assessment decides, money is kept, fund and queue do their part."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from functools import cache

import numpy as np
import pytest

from marginline.core.findings import Status
from marginline.core.measures import Measure
from marginline.core.numbers import ZERO
from marginline.market.contracts import BY_SYMBOL, SETTLE
from marginline.market.events import Event, Fill, LiquidationStage
from marginline.market.liquidation.keeper import Keeper
from marginline.market.liquidation.ranking import place, queue
from marginline.market.scenarios import Aim, Scenario, scenario
from marginline.market.tiers import integer_rows, maintenance, stricter, table_of
from marginline.market.world import World
from marginline.venues.assessing import assess

CRASH = Scenario(
    name="crash",
    title="Crash",
    story="Prices fall by nine per cent in three minutes.",
    length_s=1800,
    speed=20,
    jitter=False,
    volatility=-700,
    cues=(Aim(at=60, over=180, move=-900),),
)
SPIKE = Scenario(
    name="spike",
    title="Spike",
    story="Prices rise by eight per cent in three minutes.",
    length_s=1800,
    speed=20,
    jitter=False,
    volatility=-700,
    cues=(Aim(at=60, over=180, move=800),),
)


def play(world: World, seconds: int) -> list[Event]:
    """Everything that happens up to a second."""
    events: list[Event] = []
    while world.now < world.start + seconds * 1000:
        events += world.advance(world.start + seconds * 1000)
    return events


@cache
def crashed() -> tuple[World, tuple[Event, ...]]:
    """The crash of seed 5, played once for all tests that only look at it."""
    world = World(CRASH, seed=5)
    return world, tuple(play(world, 420))


def stages(events: Iterable[Event], name: str) -> list[LiquidationStage]:
    """The stages of an account's liquidations."""
    return [e for e in events if isinstance(e, LiquidationStage) and e.account == name]


def keeper(world: World, venue: str = "binance_usdm") -> Keeper:
    return world._engine.keepers[venue]


def test_advance_returns_at_the_trigger_and_the_product_says_liquidation_there() -> None:
    world = World(CRASH, seed=5)
    end = world.start + 600_000
    triggers = 0
    while world.now < end:
        for event in world.advance(end):
            if isinstance(event, LiquidationStage) and event.stage == "triggered":
                triggers += 1
                assert world.now == event.at < end
                found = assess(world.truth(event.account))
                assert found.pool(event.pool).status is Status.LIQUIDATION
                assert found.status is Status.LIQUIDATION
    assert triggers >= 4


def test_no_named_account_is_under_its_line_without_being_liquidated() -> None:
    world = World(CRASH, seed=6)
    while world.now < world.start + 420_000:
        world.advance(world.now + 15_000)
        for venue in ("binance_usdm", "bybit_unified"):
            active = keeper(world, venue).liquidator.active
            for name in world.accounts(venue):
                called = {
                    pool.id
                    for pool in assess(world.truth(name)).pools
                    if pool.status is Status.LIQUIDATION
                }
                assert called <= active.get(name, set()), (name, called)


def test_screen_and_assessment_agree_to_the_last_figures() -> None:
    world = World(CRASH, seed=7)
    play(world, 200)
    checked = 0
    for venue in ("binance_usdm", "bybit_unified"):
        its = keeper(world, venue)
        paths = its.desk.moment.paths
        mark = paths.now.mark[its.desk.number, :, paths.at][:, None]
        index = paths.now.index[:, paths.at][:, None]
        for name, owner in its.venue.owners.items():
            found = assess(world.truth(name))
            for pool in its.screen.pools(owner):
                support, required = pool.health(mark, index)
                exact = found.pool(pool.id).figures
                assert float(exact[Measure.SUPPORT]) == pytest.approx(support[0], rel=1e-9)
                assert float(exact[Measure.MAINTENANCE_MARGIN]) == pytest.approx(
                    required[0], rel=1e-9
                )
                checked += 1
    assert checked >= 10


def test_orders_go_first_then_the_position_is_reduced_then_taken_over() -> None:
    _, events = crashed()
    mine = stages(events, "gambler")
    assert mine[0].stage == "triggered"
    assert mine[-1].stage == "over"
    since = {stage.stage: stage.at - mine[0].at for stage in mine[:2]}
    assert since.get("reduced", 2000) == 2000
    grid = stages(events, "grid bot")
    if grid:
        assert [stage.stage for stage in grid[:2]] == ["triggered", "orders_cancelled"]


def test_after_a_takeover_the_account_holds_nothing_and_the_fund_has_its_wallet() -> None:
    world, events = crashed()
    taken = [e for e in events if isinstance(e, LiquidationStage) and e.stage == "taken_over"]
    assert taken
    crossed = [e.account for e in taken if e.pool == "USDT"]
    for name in crossed:
        owner = keeper(world).venue.owners[name]
        assert not owner.positions
        assert owner.wallets[SETTLE] == 0
        assert world.ledger(name)[-1].kind == "INSURANCE_CLEAR"


def test_who_is_closed_whole_and_owes_is_not_said_to_be_covered_again() -> None:
    world = World(scenario("flash-crash"), seed=7)
    over: list[LiquidationStage] = []
    while not over and world.now < world.start + 1_500_000:
        mine = stages(world.advance(world.start + 1_500_000), "gambler")
        over = [each for each in mine if each.stage == "over"]
    assert world.account("gambler").positions == ()
    assert world.account("gambler").wallets[0].balance < 0
    assert [each.detail for each in over] == ["nothing of it is left open"]


def test_an_isolated_position_is_lost_and_the_account_lives() -> None:
    world, events = crashed()
    assert {e.pool for e in stages(events, "isolated basket")} >= {"SUIUSDT/both isolated"}
    view = world.account("isolated basket")
    assert view.wallets[0].balance > 0
    assert "ADAUSDT" in {position.symbol for position in view.positions}


def test_bybit_closes_at_most_the_value_above_the_rows_floor() -> None:
    world, events = crashed()
    reduced = [e for e in stages(events, "swing trader") if e.stage == "reduced"]
    fills = [
        e
        for e in events
        if isinstance(e, Fill) and e.account == "swing trader" and e.reason == "liquidation"
    ]
    assert bool(reduced) == bool(fills)
    assert sum(fill.size for fill in fills) < 12_000
    assert world.account("swing trader").positions or stages(events, "swing trader")


def test_a_fund_with_little_money_deleverages_the_other_side_in_the_queues_order() -> None:
    world = World(CRASH, seed=5, fund=1_000_000)
    before = {p.symbol: p.size for p in world.account("carry desk").positions}
    events = play(world, 420)
    reduced = [e for e in events if isinstance(e, Fill) and e.reason == "adl"]
    assert reduced
    assert all(fill.fee == 0 for fill in reduced)
    assert {fill.account for fill in reduced} <= {"carry desk", "hedged fund"}
    after = {p.symbol: p.size for p in world.account("carry desk").positions}
    for symbol, size in before.items():
        assert abs(after.get(symbol, ZERO)) <= abs(size)


def test_with_much_money_nobody_is_deleveraged_and_the_fund_sells_what_it_holds() -> None:
    world = World(CRASH, seed=5)
    events = play(world, 420)
    assert not any(isinstance(e, Fill) and e.reason == "adl" for e in events)
    held = keeper(world).fund.holds()
    play(world, 1700)
    assert keeper(world).fund.holds() < max(held, 1)


def test_the_queue_is_ranked_by_score_and_places_follow_it() -> None:
    world = World(CRASH, seed=5)
    play(world, 150)
    moment = keeper(world).desk.moment
    for direction in (1, -1):
        line = queue(moment, BY_SYMBOL["BTCUSDT"], direction)
        scores = [queued.score for queued in line]
        assert scores == sorted(scores, reverse=True)
        assert scores[-1] >= 0
    owner = keeper(world).venue.owners["carry desk"]
    ranks = {leg: place(moment, owner, leg) for leg in owner.positions}
    assert all(0 <= rank <= 4 for rank in ranks.values())
    assert {position.adl_rank for position in world.account("carry desk").positions} <= set(
        ranks.values()
    )


def test_the_queues_score_is_the_products_own() -> None:
    world = World(CRASH, seed=5)
    play(world, 150)
    for venue, names in (
        ("binance_usdm", ("carry desk", "hedged fund", "isolated basket")),
        ("bybit_unified", ("swing trader", "two isolated")),
    ):
        moment = keeper(world, venue).desk.moment
        for name in names:
            owner = moment.venue.owners[name]
            for pool in assess(world.truth(name)).pools:
                for position in pool.positions:
                    holding = owner.positions
                    leg = next(
                        leg
                        for leg in holding
                        if position.key == f"{position.instrument}/{leg[1]}"
                        and BY_SYMBOL[position.instrument].number == leg[0]
                    )
                    direction = 1 if holding[leg].size > 0 else -1
                    line = queue(moment, BY_SYMBOL[position.instrument], direction)
                    mine = next(q.score for q in line if q.owner is owner and q.leg == leg)
                    exact = position.measures[Measure.ADL_SCORE]
                    assert exact is not None
                    assert float(mine) == pytest.approx(float(exact), rel=1e-6, abs=1e-9)


def test_the_crowd_makes_a_fall_deeper() -> None:
    lows = []
    for factor in (0, 120):
        world = World(CRASH, seed=5, crowd=factor)
        low = world.quote("binance_usdm", "BTCUSDT").index
        while world.now < world.start + 360_000:
            world.advance(world.now + 5_000)
            low = min(low, world.quote("binance_usdm", "BTCUSDT").index)
        lows.append(low)
    assert lows[1] < lows[0]


def test_dead_rows_of_the_crowd_are_reborn() -> None:
    world = World(CRASH, seed=5)
    play(world, 600)
    crowd = keeper(world).venue.crowd
    dead = int(np.sum(crowd.size == 0))
    assert dead > len(crowd.size) // 10
    play(world, 4 * 3600)
    assert int(np.sum(crowd.size == 0)) < dead


def test_the_crowds_integer_maintenance_is_the_products() -> None:
    table = stricter(table_of("0 .4 150, 300000 .5 100, 800000 .65 75, 3000000 1 50"))
    rows = integer_rows(table)
    for value in (1, 150_000, 150_001, 400_000, 1_234_567, 9_999_999):
        row = next(r for r in table.rows if r.cap is None or value <= r.cap)
        assert row.rate is not None
        assert row.deduction is not None
        exact = value * row.rate - row.deduction
        assert maintenance(rows, value * 10**8) == int(exact * 10**8)


def test_a_liquidated_owner_comes_back_after_the_story() -> None:
    world = World(CRASH, seed=5)
    play(world, 1700)
    assert not world.account("gambler").positions
    play(world, 600 * 20 + 700)
    assert world.account("gambler").positions[0].size == 4
    paid = [row for row in world.ledger("gambler") if row.kind == "TRANSFER"]
    assert paid
    assert paid[-1].amount > 9_000
    assert assess(world.truth("gambler")).status is not Status.LIQUIDATION


def test_money_and_positions_are_conserved_through_crash_and_return() -> None:
    """Asserted by the world itself at every step; here once more, in a sum of its own."""
    world = World(SPIKE, seed=5, fund=3_000_000)
    play(world, 1800)
    for venue in world._engine.venues.values():
        sizes, money = venue.crowd.sizes().copy(), Counter(venue.collected)
        money[SETTLE] += venue.crowd.worth()
        for owner in venue.everyone():
            money.update(owner.wallets)
            for (number, _), holding in owner.positions.items():
                sizes[number] += holding.size
                money[SETTLE] -= holding.cost
        assert not any(sizes)
        assert all(money[asset] == venue.paid_in.get(asset, 0) for asset in money | venue.paid_in)


def test_a_world_is_the_same_through_liquidations_however_time_is_cut() -> None:
    digests = []
    for step in (400_000, 3_000):
        world = World(CRASH, seed=5)
        while world.now < world.start + 400_000:
            world.advance(min(world.now + step, world.start + 400_000))
        digests.append(world.digest())
    assert digests[0] == digests[1]


def test_new_tiers_raise_the_requirement_at_the_same_prices() -> None:
    world = World(scenario("tier change"), seed=5)
    before = world.tiers("binance_usdm", "LTCUSDT")
    play(world, 1000)
    after = world.tiers("binance_usdm", "LTCUSDT")
    assert [row.floor * 2 for row in after.rows] == [row.floor for row in before.rows]
    assert [row.rate for row in after.rows[:-1]] == [row.rate for row in before.rows[1:]]
    assert after.rows[-1].rate == before.rows[-1].rate
