"""Recorded raw messages read again: the same accounts, figures that differ, and what cannot be."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest

from marginline.core.account.account import Account
from marginline.feeds.event_queue import EventQueue
from marginline.feeds.events import AccountChanged, AccountSnapshot, Event
from marginline.feeds.opening import Feeds
from marginline.feeds.timing import Cadence, SystemTimer, moment_of
from marginline.feeds.wire.connection import Connection
from marginline.monitor.connecting.roster import watching_of
from marginline.monitor.recording.answers import Answers
from marginline.monitor.recording.recorder import Recorder
from marginline.monitor.recording.rereading import NO_RAW, OLD, Rereader, _Account
from marginline.monitor.recording.sinks import FileSink, StoreSink, from_files, from_store
from marginline.monitor.run import Monitor
from marginline.monitor.settings import Watching
from marginline.store.opening import open_store
from marginline.store.recordings.files import parts_in
from tests.feeds.plans.playing import VENUES, playing
from tests.sandbox.serving import sandbox

BRISK = Cadence(poll=60, look=30, backoff=20, backoff_most=50, snapshot=400, probe=200)
STREAMED = {"gambler": "binance_usdm", "unified desk": "bybit_unified"}


class Hearing(EventQueue):
    """A queue that knows of whom a private stream has told a change."""

    def __init__(self) -> None:
        super().__init__()
        self.changed: set[str | None] = set()

    def put(self, event: Event) -> None:
        if isinstance(event, AccountChanged):
            self.changed.add(event.account)
        super().put(event)


@contextlib.asynccontextmanager
async def recorded(sink: Any, *connections: Connection) -> AsyncIterator[Monitor]:
    """A monitor that is recorded while the block runs."""
    timer, queue = SystemTimer(), Hearing()
    monitor = Monitor(queue, [watching_of(each) for each in connections], clock=timer.now)
    recorder = Recorder(monitor, sink)
    feeds = Feeds(queue, clock=timer, cadence=BRISK, raw=recorder.raw)
    for each in connections:
        feeds.open(each)
    parts = [asyncio.ensure_future(run()) for run in (monitor.run, feeds.run, recorder.run)]
    try:
        async with asyncio.timeout(60):
            yield monitor
    finally:
        for part in reversed(parts):
            part.cancel()
        await asyncio.gather(*parts, return_exceptions=True)


async def until(condition: Callable[[], bool]) -> None:
    while not condition():
        await asyncio.sleep(0.02)


def told(monitor: Monitor, name: str) -> int:
    return monitor.state.accounts[name].told_events


@pytest.fixture(scope="module")
def streamed(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[str, bytes]]:
    """A run of two accounts that stream, each paid until its stream tells it; its lines."""
    folder = tmp_path_factory.mktemp("streamed")

    async def main() -> None:
        async with sandbox(speed=1) as venue:
            keys = [venue.key(name) for name in STREAMED]
            connections = [
                Connection(account=name, venue=key.venue, key=key.key, secret=key.secret,
                           rest_url=venue.rest_url, ws_url=venue.ws_url)
                for name, key in zip(STREAMED, keys, strict=True)
            ]  # fmt: skip
            async with recorded(FileSink(folder), *connections) as monitor:
                assert isinstance(monitor.queue, Hearing)
                heard = monitor.queue.changed
                await until(lambda: all(told(monitor, name) >= 1 for name in STREAMED))
                while heard != {*STREAMED}:  # what is paid before a stream listens, it never tells
                    for name in {*STREAMED} - heard:
                        venue.transfer(name, "USDT", Decimal(10))
                    await asyncio.sleep(0.5)
                await until(lambda: all(told(monitor, name) >= 3 for name in STREAMED))

    asyncio.run(main())
    return list(from_files(parts_in(folder)))


def reread(lines: Sequence[tuple[str, bytes]]) -> Rereader:
    reader = Rereader()
    asyncio.run(reader.read(lines, None, None))
    return reader


def altered(
    lines: Sequence[tuple[str, bytes]], change: Callable[[dict[str, Any]], None]
) -> list[tuple[str, bytes]]:
    """The lines with their raw messages changed."""
    found = []
    for place, text in lines:
        line = msgspec.json.decode(text)
        if line["line"] == "raw":
            change(line)
        found.append((place, msgspec.json.encode(line)))
    return found


def test_streamed_accounts_and_their_changes_are_read_again_as_they_were_told(
    streamed: list[tuple[str, bytes]],
) -> None:
    reader = reread(streamed)
    assert {each.name: each.venue for each in reader.found} == STREAMED
    for each in reader.found:
        assert (each.unlike, each.unread) == ([], {})
        assert each.same == each.told >= 2
    assert b'"raw_kind"' in b"".join(text for _, text in streamed), "a change is among them"
    assert reader.why == ""


def test_a_reader_that_reads_otherwise_is_told_by_the_figures(
    streamed: list[tuple[str, bytes]],
) -> None:
    def change(line: dict[str, Any]) -> None:
        if line["stream"] == "answer fapiPrivateV3/account":
            line["text"] = line["text"].replace('"walletBalance":"', '"walletBalance":"1')

    found = {each.name: each for each in reread(altered(streamed, change)).found}
    gambler, desk = (found[name] for name in STREAMED)
    assert desk.unlike == []
    assert gambler.unlike, "every snapshot of it"
    figure = gambler.unlike[0].figures[0]
    assert (figure.where, figure.read) == ("wallets[0].balance", f"1{figure.told}")


def test_a_snapshot_is_read_again_with_what_came_shortly_before_it_too(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Whether it was laid on is not recorded: its answer may have lagged behind the stream."""
    watching = Watching(name="one", venue="binance_usdm", source="test")
    read = _Account(watching, Answers())
    for at in (1_000, 9_000, 9_400, 10_050):
        read.hear(at, "{}")
    state = Account(venue="binance_usdm", mode="single_asset", as_of=moment_of(9_300))
    told = AccountSnapshot(
        venue="binance_usdm", at=9_300, received=10_100, sequence=1, account="one", state=state
    )
    asked: list[int] = []

    async def whole(_: object, __: object, ___: int, ____: int, since: int) -> Account:
        asked.append(since)
        return state

    monkeypatch.setattr(_Account, "_whole", whole)
    monkeypatch.setattr(_Account, "_began", lambda *_: 10_000)

    async def main() -> None:
        assert [each async for each in read.snapshots(told)] == [state] * 3

    asyncio.run(main())
    assert asked == [10_000, 9_400, 9_000]


def test_an_older_recording_and_one_without_answers_are_told_by_name(
    streamed: list[tuple[str, bytes]],
) -> None:
    def older(line: dict[str, Any]) -> None:
        line.pop("asked", None)
        line.pop("began", None)

    before = reread(altered(streamed, older))
    assert before.why == OLD
    assert all(not each.same or each.unread for each in before.found)
    without = reread([(p, text) for p, text in streamed if not text.startswith(b'{"line":"raw"')])
    assert without.why == NO_RAW
    assert all(each.same == 0 for each in without.found)


def test_what_is_damaged_is_told_and_what_is_before_it_is_read(
    streamed: list[tuple[str, bytes]],
) -> None:
    reader = reread([*streamed, ("part, line 9", b"{")])
    assert reader.cut is not None
    assert reader.cut.where == "part, line 9"
    assert all(each.same for each in reader.found)


@pytest.mark.parametrize("venue", ["okx", "binance_pm"])
def test_polled_accounts_are_read_again_from_a_store_as_well(venue: str, tmp_path: Path) -> None:
    async def main(url: str) -> None:
        names = ("one", "two")
        connections = [
            Connection(account=name, venue=venue, key="k" * 12, secret="s" * 12,
                       passphrase="p" * 9, rest_url=url) for name in names
        ]  # fmt: skip
        async with recorded(StoreSink("boot", lambda: store), *connections) as monitor:
            for name in names:
                await until(lambda name=name: told(monitor, name) >= 2)  # type: ignore[misc]

    with open_store(f"sqlite:///{tmp_path / 'h.db'}") as store:
        with playing(VENUES[venue][1]()) as player:
            asyncio.run(main(player.url))
        first, last = store.read.recordings("recording")["boot"]
        reader = reread(list(from_store(store.read, "boot", first, last)))
    assert [each.name for each in reader.found] == ["one", "two"]
    for each in reader.found:
        assert (each.unlike, each.unread) == ([], {})
        assert each.same == each.told >= 1
