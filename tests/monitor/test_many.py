"""Many accounts at each price: statuses and figures at once and exact, documents a moment later."""

from __future__ import annotations

import asyncio
import random
from dataclasses import replace
from decimal import Decimal
from itertools import pairwise

import msgspec
import pytest

from marginline.core.findings import Status
from marginline.feeds.events import Event
from marginline.monitor.answers import Judged
from marginline.monitor.frames import Frames
from marginline.monitor.judging.judge import Assessing, Judge, Ticking
from marginline.monitor.judging.market import merged, overlay
from marginline.monitor.messages import Change
from marginline.monitor.process import process
from marginline.monitor.rows import account_row
from marginline.monitor.settings import MonitorSettings, Watching
from marginline.monitor.slots import FOLLOW_S, Subscription
from marginline.monitor.state import State, start
from marginline.venues.assessing import assess
from tests.monitor.worlds import START, VENUE, Feed, account

COUNT, LIGHT = 20, replace(MonitorSettings(), at_once=3, calm_each_ms=0)


def names() -> list[str]:
    return [f"account {number:02}" for number in range(COUNT)]


def begun(judge: Judge, feed: Feed) -> State:
    """Accounts between calm and near their line, all of BTCUSDT."""
    watching = tuple(Watching(name=name, venue=VENUE, source="drawn") for name in names())
    state = start(watching, LIGHT, START)
    events: list[Event] = [feed.mark(START, "60000")]
    events += [
        feed.snapshot(START, account(name, balance=str(400 + 300 * number)))
        for number, name in enumerate(names())
    ]
    return process(state, events, START, judge)[0]


def fresh(state: State, name: str) -> Status:
    """What `assess` says of the account at the prices of now."""
    told = state.accounts[name].told
    assert told is not None
    return assess(merged(told, overlay(told, state.markets[VENUE]))).status


def walk(seed: int, steps: int) -> list[str]:
    """Prices that fall far and come back."""
    draw, price, found = random.Random(seed), Decimal(60_000), []
    for _ in range(steps):
        price = (price * Decimal(str(1 + draw.gauss(0, 0.006)))).quantize(Decimal("0.1"))
        found.append(str(price))
    return found


def test_a_status_is_exact_at_each_price_whatever_waits() -> None:
    judge, feed = Ticking(), Feed()
    state, seen = begun(judge, feed), set()
    for number, price in enumerate(walk(1, 60)):
        now = START + 100 * (number + 1)
        state, _ = process(state, (feed.mark(now, price),), now, judge)
        for name in names():
            assert state.accounts[name].status is fresh(state, name), (name, price)
            seen.add(state.accounts[name].status)
    assert {Status.HEALTHY, Status.WATCH, Status.LIQUIDATION} <= seen


def test_both_judges_give_the_same_records_to_the_byte() -> None:
    told: list[list[bytes]] = []
    for judge in (Assessing(), Ticking()):
        feed, records = Feed(), []
        state = begun(judge, feed)
        for number, price in enumerate(walk(2, 25)):
            now = START + 400 * (number + 1)
            batch = (feed.mark(now, price),) if number % 3 else ()
            state, found = process(state, batch, now, judge)
            records += [msgspec.json.encode(each) for each in found]
        told.append(records)
    assert told[0] == told[1]
    assert len(told[0]) > COUNT


def test_documents_follow_in_the_quiet_rounds_and_say_so_until_then() -> None:
    judge, feed = Ticking(), Feed()
    state = begun(judge, feed)
    state, _ = process(state, (feed.mark(START + 100, "60010"),), START + 100, judge)
    row = account_row(state, state.accounts["account 19"], state.now)
    assert row.whole_at is not None
    rounds = 0
    while any(w.judged and not w.judged.whole for w in state.accounts.values()):
        state, records = process(state, (), START + 101 + rounds, judge)
        wholes = [r for r in records if isinstance(r, Judged) and r.cause == "whole"]
        assert 0 < len(wholes) <= LIGHT.at_once
        assert all(each.nearest is not None for each in wholes)
        rounds += 1
    assert rounds >= COUNT // LIGHT.at_once - 1
    assert account_row(state, state.accounts["account 19"], state.now).whole_at is None


def test_documents_of_who_is_healthy_come_at_their_own_slower_pace() -> None:
    judge, feed = Ticking(), Feed()
    state = begun(judge, feed)
    paced = replace(LIGHT, calm_each_ms=50)
    state = replace(state, settings=paced)
    made: dict[str, list[int]] = {name: [] for name in names()}
    for number in range(40):
        now = START + 100 * (number + 1)
        batch = (feed.mark(now, str(60_000 + number)),) if number % 5 == 0 else ()
        state, records = process(state, batch, now, judge)
        for each in records:
            if isinstance(each, Judged) and each.cause == "whole":
                made[each.account].append(now)
    calm = [name for name in names() if state.accounts[name].status is Status.HEALTHY]
    need = [name for name in names() if name not in calm]
    apart = [b - a for name in calm for a, b in pairwise(made[name])]
    assert apart
    assert min(apart) >= paced.calm_each_ms * COUNT
    assert min(b - a for name in need for a, b in pairwise(made[name])) < 1_000


def test_documents_do_not_starve_where_prices_never_rest() -> None:
    judge, feed = Ticking(), Feed()
    state = begun(judge, feed)
    oldest = []
    for number in range(80):
        now = START + 250 * (number + 1)
        state, _ = process(state, (feed.mark(now, str(60_000 + number)),), now, judge)
        found = [w.judged.whole_at for w in state.accounts.values() if w.judged]
        oldest.append(now - min(found))
    assert max(oldest) <= LIGHT.whole_every_ms * (COUNT // LIGHT.at_once) * 2


def test_what_crosses_a_band_is_whole_at_once() -> None:
    judge, feed = Ticking(), Feed()
    state = begun(judge, feed)
    for number, price in enumerate(walk(3, 40)):
        now = START + 100 * (number + 1)
        before = state
        state, _ = process(state, (feed.mark(now, price),), now, judge)
        for name in names():
            was, judged = before.accounts[name].judged, state.accounts[name].judged
            assert was
            assert judged
            if judged.status is not was.status:
                assert judged.whole, name


def test_a_row_that_moved_is_the_row_made_anew() -> None:
    judge, feed = Ticking(), Feed()
    state = begun(judge, feed)
    frames = Frames(state)
    for name in names():
        frames.row(name)
    for number, price in enumerate(walk(4, 15)):
        now = START + 100 * (number + 1)
        state, _ = process(state, (feed.mark(now, price),), now, judge)
        frames.advance(state, state.touched, set())
        for name in names():
            assert frames.row(name) == account_row(state, state.accounts[name], state.now)


def test_changes_put_onto_the_first_message_are_the_rows_of_now() -> None:
    """Two readers that know the same are sent the very same bytes, made once."""

    async def test() -> None:
        judge, feed = Ticking(), Feed()
        state = begun(judge, feed)
        frames, moves = Frames(state), 0
        readers = [Subscription(lambda _: None) for _ in range(2)]
        for each in readers:
            each.clear(frames.version)
        rows = {name: frames.row(name) for name in names()}
        for number, price in enumerate(walk(5, 30)):
            now = START + 100 * (number + 1)
            state, _ = process(state, (feed.mark(now, price),), now, judge)
            frames.advance(state, state.touched, set())
            for each in readers:
                each.changed(state, (), ())
            if number % 3:
                continue  # they read now and then
            said, other = (frames.change(each, now, None) for each in readers)
            assert said is other
            change = msgspec.json.decode(said, type=Change)
            moves += len(change.moved)
            rows |= {row.name: row for row in change.accounts}
            rows |= {each.name: each.onto(rows[each.name]) for each in change.moved}
            assert not {row.name for row in change.accounts} & {m.name for m in change.moved}
            for name in names():
                assert msgspec.to_builtins(rows[name]) == msgspec.to_builtins(frames.row(name))
        assert moves

    asyncio.run(test())


def test_documents_that_follow_wake_no_reader_at_once() -> None:
    async def test() -> None:
        judge, feed = Ticking(), Feed()
        state, reader = begun(judge, feed), Subscription(lambda _: None)
        state, _ = process(state, (feed.mark(START + 100, "60001"),), START + 100, judge)
        assert state.moved
        assert not state.followed
        for later in range(1, 9):  # in some of them the plan of one in need is made, too
            state, _ = process(state, (), START + 100 + later, judge)
            assert state.followed
            if state.followed == set(state.touched):
                break
        reader.changed(state, (), ())
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(FOLLOW_S / 4):
                await reader.news(FOLLOW_S * 4)
        async with asyncio.timeout(FOLLOW_S * 4):
            await reader.news(FOLLOW_S * 8)
        reader.close()

    asyncio.run(test())


def nearest_first(state: State) -> list[str]:
    def place(name: str) -> tuple[int, Decimal, str]:
        judged = state.accounts[name].judged
        assert judged
        assert judged.nearest
        return -judged.status.rank, abs(judged.nearest.move), name

    return sorted(names(), key=place)


def test_more_than_a_part_is_judged_in_turns_nearest_first_and_nobody_waits_twice() -> None:
    judge, feed = Ticking(), Feed()
    state = replace(begun(judge, feed), settings=replace(LIGHT, part=6))
    turns: list[list[str]] = []
    for number in range(6):  # the second price comes while most still wait for the first
        now, before = START + 100 * (number + 1), state
        batch = (feed.mark(now, str(60_100 + number)),) if number < 2 else ()
        state, records = process(state, batch, now, judge)
        moved = [r.account for r in records if isinstance(r, Judged) and r.cause == "mark"]
        turns.append(moved)
        if not before.behind and state.behind:
            assert set(moved) == set(nearest_first(before)[:6])
        judged = set(names()) - set(state.behind)
        assert all(state.accounts[name].status is fresh(state, name) for name in judged)
    assert [len(each) for each in turns] == [6, 6, 6, 6, 2, 0]
    assert not set(turns[1]) & set(turns[0])
    assert sorted(name for each in turns[1:] for name in each) == names()


def test_what_else_happens_to_an_account_waits_for_no_turn() -> None:
    judge, feed = Ticking(), Feed()
    state = replace(begun(judge, feed), settings=replace(LIGHT, part=2))
    state, _ = process(state, (feed.mark(START + 100, "59000"),), START + 100, judge)
    last = list(state.behind)[-1]
    told = feed.snapshot(START + 200, account(last, balance="100"))
    state, records = process(state, (told,), START + 200, judge)
    assert last not in state.behind
    assert state.accounts[last].status is fresh(state, last)
    assert "snapshot" in {r.cause for r in records if isinstance(r, Judged) and r.account == last}


def test_plans_are_made_when_everybody_has_figures_and_in_a_flood_once_a_second_all_the_same() -> (
    None
):
    judge, feed = Ticking(), Feed()
    state = replace(begun(judge, feed), settings=replace(LIGHT, part=2, plan_every_ms=0))
    planned: list[tuple[bool, int]] = []
    now = START
    for number in range(60):  # a price at each round: somebody is always behind
        now, before = START + 100 * (number + 1), state
        state, _ = process(state, (feed.mark(now, str(56_000 + number)),), now, judge)
        plans = {name: each.plan_at for name, each in state.accounts.items()}
        if any(plans[name] != each.plan_at for name, each in before.accounts.items()):
            planned.append((bool(state.behind), now - START))
    assert all(behind for behind, _ in planned)
    times = [at for _, at in planned]
    assert all(later - sooner >= 1_000 for sooner, later in pairwise(times))
    assert len(times) >= 4
    while state.behind:
        now += 100
        state, _ = process(state, (), now, judge)
    assert now in {each.plan_at for each in state.accounts.values()}
