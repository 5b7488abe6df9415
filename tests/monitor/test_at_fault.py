"""A fault of ours in one account: it is unknown and says so, and nobody else is blinded."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Coroutine
from decimal import Decimal
from typing import Any

import pytest

from marginline.api.routes.condition import ready_of
from marginline.core.account.account import Account
from marginline.core.account.moments import wire_moment
from marginline.core.assessment.assessment import Assessment
from marginline.core.findings import Status
from marginline.errors import InputError
from marginline.feeds.event_queue import EventQueue
from marginline.feeds.events import AccountChanged, Cause, LedgerEvent, VanishedPosition
from marginline.monitor import frames
from marginline.monitor import process as rounds
from marginline.monitor import run as running
from marginline.monitor.judging.judge import Figures, Ticking
from marginline.monitor.messages import AccountMoved, AccountRow
from marginline.monitor.rows import account_row, with_sentence
from marginline.monitor.run import Monitor
from marginline.monitor.settings import MonitorSettings, Watching
from marginline.monitor.state import State, VenueMarket, Watched
from marginline.monitor.taking.commands import Acknowledge
from tests.monitor.worlds import START, VENUE, Feed, account

DAY_MS = 86_400_000


class Faulty(Ticking):
    """A judge that fails on account "two" while `fails`."""

    fails = False

    def __call__(
        self, name: str, told: Account, market: VenueMarket | None
    ) -> tuple[Account, Assessment]:
        if self.fails and name == "two":
            raise KeyError("a tier")
        return super().__call__(name, told, market)

    def figures(
        self, name: str, told: Account, market: VenueMarket | None
    ) -> tuple[Status, list[Figures]]:
        if self.fails and name == "two":
            raise KeyError("a tier")
        return super().figures(name, told, market)


class Run:
    """A monitor of two accounts on a clock by hand, both judged."""

    def __init__(self, settings: MonitorSettings | None = None) -> None:
        self.now, self.feed, self.judge = START, Feed(), Faulty()
        watching = [Watching(name=name, venue=VENUE, source="test") for name in ("one", "two")]
        self.monitor = Monitor(
            EventQueue(), watching, settings, clock=lambda: self.now, judge=self.judge
        )

    async def told(self) -> Monitor:
        put = self.monitor.queue.put
        put(self.feed.snapshot(START, account()))
        put(self.feed.snapshot(START, account("two")))
        put(self.feed.mark(START, "60000"))
        await self.monitor.step()
        return self.monitor

    async def mark(self, price: str, after_ms: int = 1_000) -> None:
        self.now += after_ms
        self.monitor.queue.put(self.feed.mark(self.now, price))
        await self.monitor.step()

    def statuses(self) -> list[Status]:
        return [watched.status for watched in self.monitor.state.accounts.values()]


def run(test: Coroutine[Any, Any, None]) -> None:
    asyncio.run(test)


@pytest.mark.parametrize("at_once", [4, 0], ids=["whole", "figures first"])
def test_an_account_that_cannot_be_judged_for_a_fault_of_ours_is_unknown_and_alone(
    at_once: int, caplog: pytest.LogCaptureFixture
) -> None:
    async def test() -> None:
        here = Run(MonitorSettings(at_once=at_once))
        monitor = await here.told()
        here.judge.fails = True
        for _ in range(3):
            await here.mark("50100")
        assert here.statuses() == [Status.LIQUIDATION, Status.UNKNOWN]
        assert monitor.counts.dropped == 0
        row = monitor.row("two")
        assert any("KeyError: 'a tier'" in reason.message for reason in row.reasons)
        assert monitor.row("one").status == "liquidation"
        here.now += 1_000
        assert not await monitor.step()  # a quiet round fails no more than another, nor tells more
        here.judge.fails = False
        await here.mark("60000")
        assert here.statuses() == [Status.HEALTHY, Status.HEALTHY]

    run(test())
    assert len([each for each in caplog.records if "could not be judged" in each.message]) == 1


def failing(*_: object, **__: object) -> None:
    raise ArithmeticError("nothing to divide by")


@pytest.mark.parametrize("what", ["plan_of", "drain_of"])
def test_what_is_told_beside_a_status_never_keeps_it_from_being_told(
    what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def test() -> None:
        here = Run(MonitorSettings(account_ms=60_000))
        monitor = await here.told()
        monkeypatch.setattr(rounds, what, failing)
        await here.mark("50100", after_ms=31_000)
        assert monitor.counts.dropped == 0
        fired = [(each.account, each.level) for each in monitor.state.alerts.values()]
        assert fired == [("one", "line"), ("two", "line")]

    run(test())


def test_an_alert_that_is_dropped_as_it_is_acknowledged_is_not_there_and_no_fault() -> None:
    async def test() -> None:
        here = Run()
        monitor = await here.told()
        await here.mark("50100")
        await here.mark("60000")
        (first, *_) = monitor.state.alerts
        assert monitor.alert(first).state == "over"
        here.now += DAY_MS
        asked = asyncio.ensure_future(monitor.ask(Acknowledge(first)))
        await asyncio.sleep(0)
        await monitor.step()
        await asked
        with pytest.raises(InputError, match="no such alert"):
            monitor.alert(first)

    run(test())


@pytest.mark.parametrize("at", [10**17, -(10**17), 10**15, None])
def test_a_moment_that_no_calendar_has_ends_nothing_and_loses_no_alert(at: int | None) -> None:
    told: dict[str, Any] = {"venue": VENUE, "at": at, "received": START, "account": "one"}
    given = (
        LedgerEvent(**told, sequence=91, kind="LIQUIDATION", asset="USDT", amount=Decimal(-1),
                    id="1", text="liquidated"),
        VanishedPosition(**told, sequence=92, key="BTCUSDT/both", reason="no order"),
        AccountChanged(**told, sequence=93, state=account(), cause=Cause.FILL, raw_kind="ADL"),
    )  # fmt: skip

    async def test() -> None:
        here = Run()
        monitor = await here.told()
        for event in given:
            monitor.queue.put(event)
        await monitor.step()
        assert (monitor.counts.dropped, monitor.counts.faults) == (0, 0)
        kinds = {each.kind for each in monitor.state.alerts.values()}
        assert {"liquidated", "vanished"} <= kinds
        assert monitor.row("one").liquidated_at == wire_moment(START)
        seen = {event.at for event in monitor.history("one", DAY_MS).events}
        assert seen == {wire_moment(START)}

    run(test())


def test_what_is_kept_beside_judging_never_ends_it_and_is_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def test() -> None:
        here = Run()
        monitor = await here.told()
        monitor.rounds.append(failing)
        monitor.listeners.append(failing)
        monkeypatch.setattr(monitor._points, "take", failing)
        monkeypatch.setattr(running, "event_of", failing)
        await here.mark("50100")
        assert here.statuses() == [Status.LIQUIDATION, Status.LIQUIDATION]
        assert monitor.counts.faults == 4
        assert "4; its log tells them" in ready_of(monitor).troubles[-1]

    run(test())


def _no_row_of_two(state: State, watched: Watched, now: int) -> AccountRow:
    if watched.judged is not None and watched.watching.name == "two":
        raise ValueError("beyond every float")
    return account_row(state, watched, now)


def test_an_account_of_which_no_row_can_be_made_is_unknown_and_the_others_are_shown(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def test() -> None:
        here = Run()
        monitor = await here.told()
        monkeypatch.setattr(frames, "account_row", _no_row_of_two)
        await here.mark("50100")
        one, two = monitor.row("one"), monitor.row("two")
        assert (one.status, two.status) == ("liquidation", "unknown")
        assert two.ratio is None
        assert "beyond every float" in two.reasons[0].message
        assert len(monitor.snapshot().accounts) == 2

    run(test())


def test_an_account_of_whose_figures_nothing_can_be_said_does_not_end_the_stream_of_the_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Where many accounts move, figures come before rows: there a fault ended every connection."""

    def said(moved: AccountMoved, watched: Watched) -> AccountMoved:
        if watched.watching.name == "two":
            raise ValueError("beyond every float")
        return with_sentence(moved, watched)

    async def test() -> None:
        here = Run(MonitorSettings(at_once=0))
        monitor = await here.told()
        slot = monitor.subscribe()
        monitor.frame(slot)
        monkeypatch.setattr(frames, "with_sentence", said)
        await here.mark("60010")
        told = json.loads(monitor.frame(slot))
        assert [each["name"] for each in told["moved"]] == ["one"]
        assert {each["name"]: each["status"] for each in told["accounts"]} == {"two": "unknown"}
        assert [monitor.row(name).status for name in ("one", "two")] == ["healthy", "unknown"]

    run(test())


def test_while_judging_stands_still_an_account_without_a_row_hides_no_other(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def test() -> None:
        here = Run()
        monitor = await here.told()
        monkeypatch.setattr(frames, "account_row", _no_row_of_two)
        monitor.counts.began = here.now - 60_000  # a round that does not end
        rows = {each.name: each for each in monitor.snapshot().accounts}
        assert {each.status for each in rows.values()} == {"unknown"}
        assert "judged nothing for 60 s" in rows["one"].reasons[0].message
        assert "beyond every float" in rows["two"].reasons[0].message

    run(test())
