"""A live account equals a fresh assessment, as a whole document, at every step."""

from __future__ import annotations

import copy
import os
from decimal import Decimal, Inexact, localcontext
from random import Random
from typing import Any

import pytest

import marginline as ml
from benchmarks.exact import account
from marginline.core.findings import AbsentError, Gap, Status
from marginline.core.numbers import exactly
from marginline.errors import InputError, MarginlineError
from tests.equality.drawn import GROUPS, accounts
from tests.risk.books import JOINT, LINEAR, book

D = Decimal
WALKS, STEPS = 12, 10


def same(live: ml.Live) -> None:
    """Every document and status equals that of a fresh assessment of the same account."""
    fresh = ml.assess(live.account())
    assert live.status is fresh.status
    for pool in fresh.pools:
        held = live[pool.id]
        assert held.status is pool.status
        if pool.status is not None:
            assert near(held.buffer, pool.measures[ml.Measure.BUFFER])
            assert near(held.margin_ratio, pool.measures[ml.Measure.MARGIN_RATIO])
            priced(live, pool)
    assert live.assessment().to_dict() == fresh.to_dict()


def priced(live: ml.Live, pool: ml.PoolAssessment) -> None:
    """The price on demand is the safe range of a fresh pool."""
    for symbol in {position.instrument for position in pool.positions}:
        found = live.price(symbol, pool.id)
        try:
            fresh = exactly(pool.figures.safe_range)(symbol)
        except AbsentError:
            assert isinstance(found, Gap)
            continue
        assert not isinstance(found, Gap)
        assert found.empty == fresh.empty
        for end in ("below", "above", "price"):
            assert near(getattr(found, end), getattr(fresh, end)), (symbol, found, fresh)


def near(ours: Decimal | None, theirs: Decimal | None) -> bool:
    """Equal but for what 34 digits leave of sums of the account's size."""
    if ours is None or theirs is None:
        return ours is theirs
    return abs(ours - theirs) <= D("1e-22") * (abs(theirs) + 1)


def moved(draw: Random, live: ml.Live) -> None:
    """One step: a mark a little or a lot elsewhere, a gap, a rate, a fill, a transfer."""
    account = live.account()
    marks, rates = dict(account.market.mark), account.market.asset_rate
    kind = draw.choice(("walk", "walk", "walk", "gap", "edge", "all", "rate", "fill", "transfer"))
    if kind in ("walk", "gap", "edge", "all") and marks:
        chosen = list(marks) if kind == "all" else [draw.choice(list(marks))]
        spread = {"gap": 60, "edge": 0}.get(kind, 2)
        factors = {s: 1 + D(draw.randint(-spread, spread)) / 100 for s in chosen}
        fresh = {s: exactly(lambda s=s: marks[s] * factors[s])() for s in chosen}
        if kind == "edge":
            fresh |= _edge(draw, account, chosen[0])
        live.tick({s: format(m, "f") for s, m in fresh.items() if m > 0})
    elif kind == "rate" and rates:
        asset = draw.choice(list(rates))
        index = rates[asset].index
        if index is not None:
            live.rate(asset, exactly(lambda: index * D(draw.randint(60, 130)) / 100)())
    elif kind == "fill" and account.positions:
        document: Any = ml.to_dict(account)
        row = draw.choice(document["positions"])
        row["size"] = format(D(row["size"]) * draw.choice((D("0.5"), D(2), D(3))), "f")
        live.update(ml.from_dict(document))
    elif kind == "transfer" and account.wallets:
        document = ml.to_dict(account)
        row = draw.choice(document["wallets"])
        if "balance" in row:
            row["balance"] = format(D(row["balance"]) * D("0.8") + 7, "f")
        live.update(ml.from_dict(document))


def _edge(draw: Random, account: ml.Account, symbol: str) -> dict[str, Decimal]:
    """The mark at which a linear position stands exactly at a floor of its tiers."""
    table = account.parameters.tiers.get(symbol)
    sizes = [abs(p.size) for p in account.positions if p.instrument == symbol and p.size]
    if table is None or not sizes or len(table.rows) < 2:
        return {}
    floor = draw.choice(table.rows[1:]).floor
    return {symbol: exactly(lambda: floor / sizes[0])()}


@pytest.mark.parametrize("group", list(GROUPS))
def test_a_live_account_equals_a_fresh_assessment_at_every_step(group: str) -> None:
    draw = Random(f"live {group}")
    for document in accounts(group, WALKS, 77):
        try:
            live = ml.live(ml.from_dict(copy.deepcopy(document)))
        except MarginlineError:
            continue
        same(live)
        for _ in range(STEPS):
            moved(draw, live)
            same(live)


def test_many_ticks_leave_no_trace() -> None:
    """`MARGINLINE_TICKS=1000000` says how many; marks have more digits than a sum keeps apart."""
    ticks, draw = int(os.environ.get("MARGINLINE_TICKS", "20000")), Random("many ticks")
    account = ml.from_dict(copy.deepcopy(LINEAR))
    live = ml.live(account)
    marks = {
        position.instrument: account.market.mark[position.instrument]
        for position in account.positions
    }
    for tick in range(1, ticks + 1):
        symbol = draw.choice(list(marks))
        exponent = draw.randint(-18, 3)
        mark = marks[symbol] + D(draw.randint(-99, 99)).scaleb(exponent)
        live.tick({symbol: format(max(mark, D("1e-9")), "f")})
        if tick % (ticks // 20) == 0:
            fresh = ml.assess(live.account())
            for pool in fresh.pools:
                assert live[pool.id].buffer == pool.measures[ml.Measure.BUFFER]
    assert live.assessment().to_dict() == ml.assess(live.account()).to_dict()
    live.tick({symbol: format(mark, "f") for symbol, mark in marks.items()})
    assert live.assessment().to_dict() == ml.assess(account).to_dict()


def test_a_joint_pool_of_a_rule_that_only_regroups_ticks_by_sums() -> None:
    """Bybit shows what orders are charged beside its positions: without orders nothing is."""
    found = (ml.from_dict(each) for each in accounts("bybit_unified", 40, 3))
    cross = next(a for a in found if a.mode == "cross" and a.positions and not a.orders)
    live = ml.live(cross)
    assert [held.sums is not None for held in live._pools.held] == [True]
    same(live)


def test_a_tick_names_the_pools_whose_status_changed() -> None:
    live = ml.live(book(LINEAR, positions=[LINEAR["positions"][0]]))
    assert live.tick({"BTCUSDT": "59000"}) == ()
    (change,) = live.tick({"BTCUSDT": "40100"})
    assert (change.pool, change.before, change.after) == (
        "USDT",
        Status.HEALTHY,
        Status.LIQUIDATION,
    )
    assert live.status is Status.LIQUIDATION


def test_the_price_is_that_of_the_assessment() -> None:
    live = ml.live(book())
    live.tick({"BTCUSDT": "58000"})
    found = live.price("BTCUSDT")
    assert not isinstance(found, Gap)
    pool = live.assessment().pools[0]
    assert pool.position("BTCUSDT/both").liquidation_price_below == found.below


def test_the_price_does_not_hang_on_the_callers_decimal_context() -> None:
    """The position is liquidated in another row of its tiers than it stands in."""
    one = ml.live(account(10))
    told = one.price("C3USDT")
    with localcontext(prec=5) as rough:
        rough.traps[Inexact] = True
        assert ml.live(account(10)).price("C3USDT") == told
        one.tick({"C4USDT": D("20000.25")})
        fresh = one.assessment().pools[0].figures
        assert one.price("C3USDT") == exactly(fresh.safe_range)("C3USDT")


def test_a_rate_moves_bid_and_ask_with_it() -> None:
    live = ml.live(book(JOINT))
    live.rate("BTC", "66000")
    rate = live.account().market.asset_rate["BTC"]
    assert (rate.index, rate.bid, rate.ask) == (D(66000), D(62700), D(69300))


def test_a_price_of_what_is_not_held_is_left_aside() -> None:
    live = ml.live(book())
    assert live.tick({"XYZUSDT": "1"}) == ()
    assert "XYZUSDT" not in live.account().market.mark


@pytest.mark.parametrize("price", ["0", "-1", "NaN", "x", 1.5, None])
def test_a_price_that_is_none_moves_nothing(price: Any) -> None:
    live = ml.live(book())
    with pytest.raises(InputError, match="marks"):
        live.tick({"ETHUSDT": "1000", "BTCUSDT": price})
    assert live.account() == book()
    group = ml.LiveGroup({"one": book()})
    with pytest.raises(InputError, match="marks"):
        group.tick({"ETHUSDT": "1000", "BTCUSDT": price})
    assert group["one"].account() == book()


def test_an_update_that_cannot_be_judged_leaves_all_as_it_was() -> None:
    live = ml.live(book())
    live.tick({"BTCUSDT": "58000"})
    before = live.assessment().to_dict()
    wrong = book(positions=[{"instrument": "XUSDT", "size": "1"}])
    with pytest.raises(MarginlineError):
        live.update(wrong)
    assert live.assessment().to_dict() == before


def test_unknown_pools_and_instruments_are_named() -> None:
    live = ml.live(book())
    with pytest.raises(KeyError, match="USDT"):
        live["BTC"]
    with pytest.raises(InputError, match="no pool holds it"):
        live.price("XUSDT")


def test_a_group_ticks_those_who_hold_the_symbol() -> None:
    group = ml.LiveGroup({"long": book(), "flat": book(positions=None)})
    changes = group.tick({"BTCUSDT": "30000"})
    assert [(c.account, c.pool, c.after) for c in changes] == [("long", "USDT", Status.LIQUIDATION)]
    for name in group:
        same(group[name])


def test_a_group_takes_in_and_lets_go() -> None:
    group = ml.LiveGroup([book(name="a")])
    assert [c.before for c in group.update("b", book())] == [None]
    assert list(group) == ["a", "b"]
    group.remove("a")
    assert "a" not in group
    with pytest.raises(KeyError, match="b"):
        group["a"]
    with pytest.raises(InputError, match="no name"):
        ml.LiveGroup([book()])
