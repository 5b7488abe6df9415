"""What a monitor keeps: rows of its rounds, read back at the next start; trouble is told."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import msgspec
import pytest

from marginline.core.account.file import from_dict
from marginline.core.account.moments import milliseconds
from marginline.errors import StoreError
from marginline.feeds import events
from marginline.feeds.booking import LATE_MS, Booked
from marginline.feeds.event_queue import EventQueue
from marginline.feeds.messages import Unreadable
from marginline.monitor.keeping import keeper
from marginline.monitor.keeping.booked import StoreKnown
from marginline.monitor.keeping.keeper import DAY_MS, Keeper, KeepSettings, forget
from marginline.monitor.keeping.recall import Recalled, recalled
from marginline.monitor.run import Monitor
from marginline.monitor.settings import MonitorSettings, Watching
from marginline.store.opening import open_store
from marginline.store.rows import (
    AssessmentRow,
    EventRow,
    GapRow,
    LedgerRow,
    ParameterRow,
    RollupRow,
)
from marginline.store.store import Store
from tests.monitor.worlds import START, VENUE, Feed, account, moved
from tests.store.rows import rollup

WATCHING = Watching(name="one", venue=VENUE, source="test", kind="file")


class Run:
    """A monitor on a clock by hand, with its keeper."""

    def __init__(
        self,
        opener: Callable[[], Store],
        start: int = START,
        settings: KeepSettings | None = None,
    ) -> None:
        self.now = start
        self.queue, self.feed = EventQueue(), Feed()
        patient = MonitorSettings(account_ms=10**9)
        self.monitor = Monitor(self.queue, [WATCHING], patient, clock=lambda: self.now)
        self.keeper = Keeper(self.monitor, opener, "here", settings)

    async def step(self, *told: events.Event, after: int = 0) -> None:
        self.now += after
        for event in told:
            self.queue.put(event)
        await self.monitor.step()

    async def open(self) -> None:
        await self.keeper._opened()


def opener(path: Path) -> Callable[[], Store]:
    return lambda: open_store(f"sqlite:///{path / 'history.db'}")


def booked(run: Run, number: int) -> events.LedgerEvent:
    return events.LedgerEvent(
        venue=VENUE, at=run.now, received=run.now, sequence=number, account="one",
        kind="FUNDING_FEE", asset="USDT", amount=Decimal("-0.100"), id=f"f{number}", text="",
    )  # fmt: skip


async def lived(run: Run) -> None:
    """A snapshot, prices for two minutes, funding, and a change of the balance."""
    await run.open()
    await run.step(run.feed.snapshot(run.now, account()))
    for second in range(120):
        price = str(60_000 - 10 * second)
        await run.step(run.feed.mark(run.now + 1_000, price), after=1_000)
    await run.step(run.feed.changed(run.now, moved(account(), "9000.5")), booked(run, 7))
    await run.keeper.flush()


def test_assessments_are_kept_on_change_and_at_intervals(tmp_path: Path) -> None:
    async def main() -> None:
        run = Run(opener(tmp_path))
        await lived(run)
        run.keeper.close()

    asyncio.run(main())
    with opener(tmp_path)() as store:
        rows = store.read.rows(AssessmentRow, account="one")
    causes = [row.cause for row in rows]
    assert len(rows) < 10, "not every price"
    assert causes.count("mark") == 2, "one a minute while only prices move"
    documents = [row for row in rows if row.document is not None]
    assert len(documents) == 2, "the snapshot, and the change"
    kept = from_dict(_decoded(documents[-1].document))
    assert [w.balance for w in kept.wallets] == [Decimal("9000.5")]
    assert documents[-1].support == Decimal("7810.5")
    assert documents[-1].rulebook
    assert documents[-1].digest


def _decoded(document: bytes | None) -> dict[str, object]:
    import json

    found = json.loads(document or b"{}")
    assert isinstance(found, dict)
    return found


def test_ledger_events_and_tables_are_kept_once(tmp_path: Path) -> None:
    async def main() -> None:
        for start in (START, START + 3_600_000):
            run = Run(opener(tmp_path), start)
            await lived(run)
            run.keeper.close()

    asyncio.run(main())
    with opener(tmp_path)() as store:
        (entry,) = store.read.rows(LedgerRow)
        assert str(entry.amount) == "-0.100"
        tables = store.read.rows(ParameterRow)
        assert sorted((each.kind, each.subject, each.at) for each in tables) == [
            ("instruments", "BTCUSDT", START), ("tiers", "BTCUSDT", START)
        ]  # fmt: skip


def test_of_each_step_the_worst_moment_is_kept_with_all_its_digits(tmp_path: Path) -> None:
    async def main() -> None:
        run = Run(opener(tmp_path))
        await lived(run)
        run.keeper.close()

    asyncio.run(main())
    with opener(tmp_path)() as store:
        rows = store.read.rows(RollupRow, account="one", step=300_000)
        assert max(row.ratio for row in rows if row.ratio is not None) == rows[-1].ratio
        assert rows[-1].support == Decimal("7810.5")
        assert len(store.read.rows(RollupRow, account="one", step=1_000)) > 100


def test_a_restart_leaves_no_hole_in_history(tmp_path: Path) -> None:
    async def main() -> None:
        run = Run(opener(tmp_path))
        await lived(run)
        before = run.monitor.history("one", 3_600_000)
        run.keeper.close()
        again = Run(opener(tmp_path), run.now + 60_000)
        await again.open()
        await again.step(again.feed.snapshot(again.now, account()))
        after = again.monitor.history("one", 3_600_000)
        again.keeper.close()
        assert after.start is not None
        assert before.start is not None
        assert after.start <= before.start
        told = {point.at: point for point in before.points}  # by the second, as it was young
        kept = after.points[:-1]
        assert [told.get(point.at) for point in kept] == kept
        quarters = [
            {milliseconds(datetime.fromisoformat(p.at)) // 15_000 for p in each}
            for each in (kept, told.values())
        ]
        assert quarters[0] == quarters[1]
        assert {event.kind for event in after.events} >= {"fill", "ledger"}
        assert [e.amount for e in after.events if e.kind == "ledger"] == ["-0.1"]
        day = again.monitor.history("one", DAY_MS)
        assert min(Decimal(p.support or "0") for p in day.points) == Decimal("7810.5"), "the worst"

    asyncio.run(main())


def test_a_store_that_cannot_write_is_told_and_judging_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def main() -> None:
        run = Run(opener(tmp_path))
        await run.open()
        await run.step(run.feed.snapshot(run.now, account()))
        await run.keeper.flush()
        assert run.monitor.kept is not None
        assert run.monitor.kept.sentence == ""

        def full(*_: object, **__: object) -> None:
            raise OSError(28, "No space left on device")

        writer = run.keeper.store._writer  # type: ignore[union-attr]
        with monkeypatch.context() as broken:
            broken.setattr(writer, "_write", full)
            await run.step(run.feed.mark(run.now, "59000"), booked(run, 1), after=1_000)
            failed_at = run.now
            await run.keeper.flush()
            assert "not written since" in run.monitor.kept.sentence
            assert "No space left" in run.monitor.kept.sentence
            assert "space" in run.monitor.kept.remedy
        await run.step(run.feed.mark(run.now, "58000"), after=5_000)
        assert run.monitor.row("one").support == "8000", "judging goes on"
        await run.keeper.flush()
        assert run.monitor.kept.sentence == ""
        assert run.keeper.store is not None
        assert [row.id for row in run.keeper.store.read.rows(LedgerRow)] == ["f1"]
        (gap,) = run.keeper.store.read.rows(GapRow)
        assert (gap.stream, gap.start, gap.healed_at) == ("history", failed_at, run.now)
        run.keeper.close()

    asyncio.run(main())


def test_a_store_that_cannot_be_opened_is_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("marginline.monitor.keeping.keeper.AGAIN_S", 0.01)
    tries = []

    def sometimes() -> Store:
        tries.append(1)
        if len(tries) < 3:
            raise StoreError("there", "is away", "bring it back")
        return opener(tmp_path)()

    async def main() -> None:
        run = Run(sometimes)
        running = asyncio.create_task(run.keeper.run())
        await run.step(run.feed.snapshot(run.now, account()))
        while run.keeper.store is None or run.keeper.kept.written == 0:
            await asyncio.sleep(0.01)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)

    asyncio.run(asyncio.wait_for(main(), 20))
    with opener(tmp_path)() as store:
        assert store.read.rows(AssessmentRow)


def test_tables_that_could_not_be_written_are_kept_once_they_can(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They counted as kept though the write had failed, and no figure could be made again."""

    async def main() -> None:
        run = Run(opener(tmp_path))
        await run.open()

        def full(*_: object, **__: object) -> None:
            raise OSError(28, "No space left on device")

        writer = run.keeper.store._writer  # type: ignore[union-attr]
        with monkeypatch.context() as broken:
            broken.setattr(writer, "_write", full)
            await run.step(run.feed.snapshot(run.now, account()))
            await run.keeper.flush()
        await run.step(run.feed.changed(run.now, moved(account(), "9000.5")), after=1_000)
        await run.keeper.flush()
        run.keeper.close()

    asyncio.run(main())
    with opener(tmp_path)() as store:
        kinds = sorted(each.kind for each in store.read.rows(ParameterRow))
    assert kinds == ["instruments", "tiers"]


def test_what_waits_for_a_store_that_is_never_open_has_an_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("marginline.monitor.keeping.keeper.AGAIN_S", 0)
    monkeypatch.setattr("marginline.monitor.keeping.keeper.UNOPENED_MOST", 50)

    def away() -> Store:
        raise StoreError("there", "is away", "bring it back")

    async def main() -> None:
        run = Run(away)
        running = asyncio.create_task(run.keeper.run())
        await run.step(run.feed.snapshot(run.now, account()), booked(run, 1))
        for second in range(100):
            await run.step(run.feed.mark(run.now + 1_000, str(60_000 - second)), after=1_000)
            tried = asyncio.get_running_loop().time() + 0.02
            while asyncio.get_running_loop().time() < tried:
                await asyncio.sleep(0)
        assert run.keeper._noting.waiting <= 60
        assert [row.id for row in run.keeper._waiting if isinstance(row, LedgerRow)] == ["f1"]
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)

    asyncio.run(main())


def test_what_was_kept_is_read_back_later_where_it_cannot_be_at_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A store that could be opened and not yet read was never read back in that run."""
    monkeypatch.setattr(keeper, "FLUSH_S", 0.01)
    read, tries = recalled, []

    def sometimes(store: Store, asked: tuple[Iterable[str], int]) -> Recalled:
        tries.append(1)
        if len(tries) < 2:
            raise StoreError("there", "is busy", "wait")
        return read(store, asked)

    async def main() -> None:
        run = Run(opener(tmp_path))
        await lived(run)
        run.keeper.close()
        monkeypatch.setattr(keeper, "recalled", sometimes)
        again = Run(opener(tmp_path), run.now + 60_000)
        running = asyncio.create_task(again.keeper.run())
        await again.step(again.feed.snapshot(again.now, account()))
        while not tries:
            await asyncio.sleep(0.01)
        again.now += keeper.RECALL_MS
        async with asyncio.timeout(20):
            while not again.monitor.history("one", DAY_MS).events:
                await asyncio.sleep(0.01)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)

    asyncio.run(main())


def test_a_row_that_cannot_be_made_is_left_out_and_counted_and_the_others_are_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It ended the keeper, and the monitor with it."""

    async def main() -> None:
        run = Run(opener(tmp_path))
        await run.open()

        def broken(*_: object) -> None:
            raise KeyError("a fault of ours")

        with monkeypatch.context() as fault:
            fault.setattr("marginline.monitor.keeping.noting._assessment", broken)
            await run.step(run.feed.snapshot(run.now, account()), booked(run, 1))
            await run.keeper.flush()
        assert run.monitor.counts.faults == 1
        run.keeper.close()

    asyncio.run(main())
    with opener(tmp_path)() as store:
        assert [row.id for row in store.read.rows(LedgerRow)] == ["f1"]
        assert store.read.rows(ParameterRow)


def test_what_is_too_old_is_forgotten_and_what_is_booked_stays(tmp_path: Path) -> None:
    now = START
    old, young = now - 11 * DAY_MS, now - 3 * DAY_MS
    with opener(tmp_path)() as store:
        store.write(
            [rollup(at, 0, "0.5", step) for at in (old, young) for step in (1_000, 300_000)]
            + [EventRow(account="a", run="r", sequence=n, at=at, kind="fill", words="")
               for n, at in enumerate((old, young))]
            + [LedgerRow(account="a", id="1", venue="v", at=old, received=old, kind="k",
                         asset="USDT")]
        ).result(20)  # fmt: skip
        forget(store, now, 10)
        assert [row.step for row in store.read.rows(RollupRow)] == [300_000]
        assert [row.at for row in store.read.rows(EventRow)] == [young]
        assert len(store.read.rows(LedgerRow)) == 1
        forget(store, now, 0)
        assert len(store.read.rows(RollupRow)) == 1, "0 keeps for ever"


def test_rows_wait_for_a_store_that_is_slow_to_open_and_are_not_given_up_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After ten seconds those of between two runs were lost to the history, for good."""
    monkeypatch.setattr("marginline.monitor.keeping.booked.WAIT_STEPS", 1)

    async def main() -> None:
        run = Run(opener(tmp_path))
        known = StoreKnown(lambda: run.keeper.store)
        for _ in range(2):
            with pytest.raises(Unreadable, match="until it can be read"):
                await known("one")
        await run.open()
        await run.step(booked(run, 1))
        await run.keeper.flush()
        assert await known("one") == Booked(START, frozenset({"f1"}))
        never = StoreKnown(lambda: None)
        with pytest.raises(Unreadable):
            await never("one")
        monkeypatch.setattr(never, "_until", 0.001)
        assert await never("one") is None
        run.keeper.close()

    asyncio.run(main())


def test_feeds_go_on_from_the_newest_row_that_is_kept(tmp_path: Path) -> None:
    async def main() -> None:
        run = Run(opener(tmp_path))
        await run.open()
        assert await StoreKnown(lambda: run.keeper.store)("one") is None
        for number, ago in ((1, 3 * LATE_MS), (2, LATE_MS), (3, 0)):
            event = booked(run, number)
            await run.step(msgspec.structs.replace(event, at=START - ago))
        await run.keeper.flush()
        kept = await StoreKnown(lambda: run.keeper.store)("one")
        assert kept == Booked(START, frozenset({"f2", "f3"}))
        run.keeper.close()

    asyncio.run(main())
