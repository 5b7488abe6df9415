"""Why an account moved in this run: parts that sum, rows of the ledger booked once."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from decimal import Decimal

import pytest
from msgspec.structs import replace as renewed

from marginline.core.account.moments import from_milliseconds
from marginline.errors import InputError
from marginline.feeds.event_queue import EventQueue
from marginline.feeds.events import LedgerEvent
from marginline.monitor.answers import Causes
from marginline.monitor.run import Monitor
from marginline.monitor.settings import Watching
from marginline.monitor.why.causes import Groups
from marginline.monitor.why.kept import LEVELS, Kept
from tests.api.served import Clock
from tests.monitor.worlds import START, VENUE, Feed, account, moved

MINUTE = 60_000


class World:
    """A monitor over one account whose marks and ledger are driven by hand."""

    def __init__(self) -> None:
        self.clock, self.feed, self.queue = Clock(), Feed(), EventQueue()
        watching = Watching(name="one", venue=VENUE, source="test", kind="file")
        self.monitor = Monitor(self.queue, (watching,), clock=self.clock)
        self.state = account()

    def told(self, minute: int, mark: str, *, balance: str | None = None) -> None:
        self.clock.now = START + minute * MINUTE
        if balance is not None:
            self.state = moved(self.state, balance)
        market = replace(self.state.market, mark={"BTCUSDT": Decimal(mark)})
        moment = from_milliseconds(self.clock.now)
        self.state = replace(self.state, market=market, as_of=moment)
        self.queue.put(self.feed.snapshot(self.clock.now, self.state))
        asyncio.run(self.monitor.step())

    def whole(self, minute: int) -> None:
        """The state as it is, with every mark of its own."""
        self.clock.now = START + minute * MINUTE
        self.state = replace(self.state, as_of=from_milliseconds(self.clock.now))
        self.queue.put(self.feed.snapshot(self.clock.now, self.state))
        asyncio.run(self.monitor.step())

    def booked(self, minute: int, amount: str, tran: int = 1) -> None:
        at = START + minute * MINUTE
        row = {"incomeType": "FUNDING_FEE", "income": amount, "asset": "USDT", "time": at,
               "tranId": tran, "symbol": "BTCUSDT", "info": ""}  # fmt: skip
        event = LedgerEvent(
            venue=VENUE, at=at, received=self.clock.now, sequence=10_000 + tran, account="one",
            kind="FUNDING_FEE", asset="USDT", amount=Decimal(amount), id=f"FUNDING_FEE:{tran}",
            text="BTCUSDT", row=json.dumps(row),
        )  # fmt: skip
        self.queue.put(event)
        asyncio.run(self.monitor.step())

    def causes(self, minutes: int) -> Causes:
        return self.monitor.causes("one", minutes * MINUTE)


def sums(found: Causes) -> Decimal:
    return sum((Decimal(p.margin_balance) for p in found.parts), Decimal(0))


def words(found: Causes, measure: str) -> str:
    return "".join(part.text or part.value or "" for part in found.sentences[measure])


def test_price_and_funding_are_told_apart_and_nothing_is_left_over() -> None:
    world = World()
    world.told(0, "60000")
    world.told(10, "59000")
    world.booked(12, "-6")
    world.told(13, "59000", balance="9994")
    found = world.causes(60)
    parts = {(p.cause, p.title): p.margin_balance for p in found.parts}
    assert parts == {
        ("price", "BTCUSDT long"): "-1000",
        ("funding", "funding"): "-6",
        ("unexplained", "unexplained"): "0",
    }
    assert found.before is not None
    assert found.after is not None
    assert sums(found) == Decimal(found.after.margin_balance or 0) - Decimal(
        found.before.margin_balance or 0
    )
    assert words(found, "margin_balance") == (
        "margin balance fell 1006 USDT: the BTCUSDT long took 1000, funding 6"
    )
    assert words(found, "requirement") == "requirement fell 4 USDT: the BTCUSDT long freed 4"


def test_a_row_told_twice_is_booked_once_and_one_nobody_told_is_unexplained() -> None:
    world = World()
    world.told(0, "60000")
    world.booked(1, "-6")
    world.booked(1, "-6")
    world.told(2, "60000", balance="9990")
    found = world.causes(60)
    assert found.unexplained == "-4"
    assert found.parts[-1].margin_balance == "-4"


def test_causes_cumulated_end_at_the_parts_and_a_later_span_tells_less() -> None:
    world = World()
    for minute in range(50):
        world.told(minute, str(60_000 - 10 * minute))
    found = world.causes(60)
    assert sums(found) == Decimal(-490)
    assert len(found.over_time) <= 26
    assert found.over_time[0].margin_balance == {}
    assert found.over_time[-1].margin_balance["BTCUSDT long"] == "-490"
    later = world.causes(10)
    assert sums(later) == Decimal(-100)


def hedged() -> World:
    """A long of 1 BTC and a short of 0.5, whose mark falls by 1,000."""
    world = World()
    market = world.state.market
    short = replace(world.state.positions[0], instrument="ETHUSDT", size=Decimal(-20),
                    entry_price=Decimal(3000))  # fmt: skip
    terms = {**world.state.instruments,
             "ETHUSDT": replace(world.state.instruments["BTCUSDT"], symbol="ETHUSDT")}  # fmt: skip
    tiers = {**world.state.parameters.tiers}
    tiers["ETHUSDT"] = tiers["BTCUSDT"]
    world.state = replace(
        world.state,
        positions=(*world.state.positions, short),
        instruments=terms,
        parameters=replace(world.state.parameters, tiers=tiers),
    )
    for minute, (btc, eth) in enumerate([("60000", "3000"), ("59500", "2990"), ("59000", "2960")]):
        marks = {"BTCUSDT": Decimal(btc), "ETHUSDT": Decimal(eth)}
        world.state = replace(world.state, market=replace(market, mark=marks))
        world.whole(minute)
    return world


def test_a_declared_group_tells_what_its_hedge_left() -> None:
    world = hedged()
    group = "BTCUSDT/both:ETHUSDT/both@0.5"
    found = world.monitor.causes("one", 60 * MINUTE, groups=Groups([group]))
    told = {part.title: part.margin_balance for part in found.parts}
    assert told == {
        "BTCUSDT long": "-1000", "hedge": "500", "hedge residual": "300", "unexplained": "0",
    }  # fmt: skip
    assert found.over_time[1].margin_balance["hedge"] == "250"
    assert found.over_time[-1].margin_balance["hedge residual"] == "300"
    assert "hedge" not in {part.title for part in world.causes(60).parts}
    estimated = world.monitor.causes(
        "one", 60 * MINUTE, groups=Groups(["BTCUSDT/both:ETHUSDT/both@estimated"])
    )
    assert estimated.notes[-1].startswith("no hedge ratio is estimated")
    for wrong, said in (("a:b", "no position of the group"), ("a", "is no group of positions")):
        with pytest.raises(InputError, match=said):
            world.monitor.causes("one", 60 * MINUTE, groups=Groups([wrong]))


def test_before_two_moments_nothing_is_said_but_why() -> None:
    world = World()
    assert world.causes(60).reasons[0].message.startswith("nothing of this account")
    world.told(0, "60000")
    world.told(5, "60000")
    found = world.monitor.causes("one", 60 * MINUTE, "EUR")
    assert found.parts == []
    assert "no pool EUR" in found.reasons[0].message


def test_a_row_that_no_reader_knows_is_counted_and_told() -> None:
    world = World()
    world.told(0, "60000")
    event = LedgerEvent(
        venue=VENUE, at=START, received=START, sequence=1, account="one", kind="X", asset="USDT",
        amount=None, id="x", text="", row='{"what": "this"}',
    )  # fmt: skip
    world.queue.put(event)
    asyncio.run(world.monitor.step())
    world.told(1, "60000", balance="9999")
    found = world.causes(60)
    assert found.notes[-1].startswith("1 row of the venue's ledger could not be read")
    assert found.unexplained == "-1"


def test_what_is_kept_is_bounded() -> None:
    world = World()
    world.told(0, "60000")
    watched = world.monitor.state.accounts["one"]
    assert watched.judged is not None
    kept = Kept()
    for number in range(20_000):
        judged = renewed(watched.judged, at=START + number * 5_000)
        kept.point(renewed(watched, judged=judged))
    assert [len(level.kept) for level in kept.levels] == [60, 60, 96, 6]
    assert len(LEVELS) == 4
