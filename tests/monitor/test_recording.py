"""A recorded run lived again: the same records to the byte; cuts, gaps and damage are told."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import get_args

import msgspec
import pytest

from marginline.core.measures import Measure
from marginline.core.numbers import text_or_none
from marginline.errors import InputError, StoreError
from marginline.feeds import events
from marginline.feeds.events import Life, Stream
from marginline.feeds.telling import Asked, Came
from marginline.monitor.answers import Judged, MonitorRecord
from marginline.monitor.judging.ages import wire_ages
from marginline.monitor.judging.hourly import HourlyMarks
from marginline.monitor.judging.judge import support_of
from marginline.monitor.recording import recorder
from marginline.monitor.recording.lines import Line, Turn, given, line_of, written
from marginline.monitor.recording.recorder import Recorder
from marginline.monitor.recording.replaying import Again, Player, Replayed, Wanted, heads
from marginline.monitor.recording.sinks import FileSink, StoreSink, from_files, from_store
from marginline.monitor.settings import Bands, Watching
from marginline.monitor.state import Silence
from marginline.monitor.taking import commands
from marginline.store.opening import open_store
from marginline.store.recordings.files import DAY_MS, parts_in
from marginline.store.store import Store
from marginline.venues.assessing import assess
from tests.monitor.test_keeping import Run, booked
from tests.monitor.worlds import START, VENUE, Feed, account, moved

FEED = Feed()
ASKED = Asked(START, {"symbol": "BTCUSDT"})
COMMANDS = (
    commands.Acknowledge("a1"),
    commands.Mute("a1", None),
    commands.Hush(Silence(None, "band", 5)),
    commands.SetBands(
        "one", Bands(warn=Decimal("0.11"), act=Decimal("0.2"), target=Decimal("0.1"))
    ),
    commands.Watch(Watching(name="two", venue=VENUE, source="test")),
    commands.Forget("two"),
    commands.QueueState(full=True),
    commands.RecallMarks(
        VENUE, {"BTCUSDT": HourlyMarks([(497_000, 60_000.1), (497_001, 59_999.9)])}
    ),
)
EVENTS = (
    FEED.mark(START, "60000.10"),
    FEED.snapshot(START, account()),
    FEED.changed(START, moved(account(), "1.50")),
    FEED.stream(START, Stream.MARKS, Life.SILENT, reason="late"),
    events.Funding(venue=VENUE, received=START, sequence=1, instrument="B", rate=Decimal("-1E-7")),
    events.AssetRate(venue=VENUE, received=START, sequence=1, asset="B", bid=Decimal("1.10")),
    events.VanishedPosition(venue=VENUE, received=1, sequence=2, account="one", key="k", reason=""),
    events.Gap(venue=VENUE, received=1, sequence=2, stream=Stream.ACCOUNT, account=None, start=1,
               end=2, healed_at=None, reason="r"),
    events.Refused(venue=VENUE, received=1, sequence=2, account=None, field="f", value="v",
                   reason="r"),
    events.Clock(venue=VENUE, received=1, sequence=2, offset_ms=-3, round_trip_ms=4),
    events.Limits(venue=VENUE, received=1, sequence=2, used=1, of=None, until=None),
)  # fmt: skip


def test_every_command_there_is_stands_above() -> None:
    assert {type(each) for each in COMMANDS} == set(get_args(commands.Command))


@pytest.mark.parametrize("what", [*EVENTS, *COMMANDS], ids=lambda each: type(each).__name__)
def test_whatever_goes_into_a_round_is_read_as_it_was(what: events.Event) -> None:
    assert given(written(what)) == what


def nowhere() -> Store:
    raise StoreError("nowhere", "this run keeps no history", "")


class Recorded:
    """A run on a clock by hand, with its recorder and every record that came out."""

    def __init__(self, sink: object) -> None:
        self.run = Run(nowhere)
        self.recorder = Recorder(self.run.monitor, sink)  # type: ignore[arg-type]
        self.records: list[MonitorRecord] = []
        self.run.monitor.listeners.append(self.records.extend)

    async def lives(self, seconds: int = 90, *, each: int = 1_000, flush: int = 20) -> None:
        """A snapshot, falling prices, a change of the balance, a booked row, bands changed."""
        run = self.run
        self.recorder.raw(Came(VENUE, "answer fapi/account", "one", run.now, "{}", ASKED))
        await run.step(run.feed.snapshot(run.now, account()), run.feed.stream(
            run.now, Stream.MARKS, Life.LIVE))  # fmt: skip
        for second in range(seconds):
            self.recorder.raw(Came(VENUE, "marks", None, run.now, f'{{"frame":{second}}}'))
            price = str(60_000 - 40 * second)
            await run.step(run.feed.mark(run.now + each, price), after=each)
            if second % flush == 0:
                await self.recorder.flush()
            if second == seconds // 2:
                self.recorder.tell(run.now, "half of it is over")
                asked = asyncio.ensure_future(run.monitor.ask(COMMANDS[3]))
                await asyncio.sleep(0)
                await run.step()
                await asked
        await run.step(run.feed.changed(run.now, moved(account(), "9000.50")), booked(run, 7))

    def ends(self) -> None:
        self.recorder.close()


async def again(found: Sequence[object] | object, wanted: Wanted | None = None) -> tuple[
    Replayed, list[MonitorRecord], Again, StoreError | None
]:  # fmt: skip
    monitor, records = Again("test", "0"), []  # type: ignore[var-annotated]
    monitor.listeners.append(records.extend)
    player = Player(monitor, wanted=wanted)
    try:
        await player.play(found)  # type: ignore[arg-type]
    except StoreError as problem:
        return player.done, records, monitor, problem
    return player.done, records, monitor, None


def same(one: Sequence[MonitorRecord], other: Sequence[MonitorRecord]) -> bool:
    return msgspec.json.encode(one) == msgspec.json.encode(other)


def test_a_run_lived_again_gives_the_same_records_to_the_byte(tmp_path: Path) -> None:
    async def main() -> None:
        recorded = Recorded(FileSink(tmp_path))
        await recorded.lives()
        recorded.ends()
        done, records, monitor, cut = await again(from_files(parts_in(tmp_path)))
        assert cut is None
        assert same(records, recorded.records)
        assert len(records) > 90
        assert (done.differs, done.ended, done.lost, done.runs) == (None, True, 0, 1)
        assert done.messages == 91
        assert monitor.row("one").status == recorded.run.monitor.row("one").status
        assert monitor.state.bands_of("one") == COMMANDS[3].bands
        assert [each.text for each in monitor.snapshot().story or ()] == ["half of it is over"]
        assert monitor.world().replayed  # type: ignore[union-attr]

    asyncio.run(main())


def test_any_figure_of_a_record_is_made_again_from_the_recording(tmp_path: Path) -> None:
    async def main() -> None:
        recorded = Recorded(FileSink(tmp_path))
        await recorded.lives()
        recorded.ends()
        last = {each.at: each for each in recorded.records if isinstance(each, Judged)}
        for record in list(last.values())[1::15]:
            moment = datetime.fromisoformat(record.at).timestamp()
            until = Wanted(until=round(moment * 1_000) + 1)
            _, _, monitor, _ = await again(from_files(parts_in(tmp_path)), until)
            watched = monitor.state.accounts[record.account]
            assert watched.sequence == record.sequence
            ages = wire_ages(watched.ages, monitor.state.now)
            told = (record.age_marks, record.age_account, record.age_tiers)
            assert (ages.marks, ages.account, ages.tiers) == told
            made = assess(monitor.account(record.account))  # by the rules alone, from the document
            assert (made.rulebook.code, made.rulebook.digest) == (
                record.rulebook,
                record.rules_digest,
            )
            pool = made.pool(record.worst or "")
            figures = [
                support_of(pool),
                *(pool.measures[each] for each in (Measure.MARGIN_RATIO, Measure.BUFFER)),
            ]
            assert [text_or_none(each) for each in figures] == [
                record.support,
                record.ratio,
                record.buffer,
            ]
            assert made.status.value == record.status

    asyncio.run(main())


def test_a_store_holds_a_run_as_well(tmp_path: Path) -> None:
    async def main() -> None:
        with open_store(f"sqlite:///{tmp_path / 'history.db'}") as store:
            recorded = Recorded(StoreSink("boot", lambda: store))
            await recorded.lives(70)
            recorded.ends()
            runs = store.read.recordings("recording")
            assert list(runs) == ["boot"]
            first, last = runs["boot"]
            done, records, _, cut = await again(from_store(store.read, "boot", first, last))
        assert cut is None
        assert done.differs is None
        assert done.messages == 71
        assert same(records, recorded.records)

    asyncio.run(main())


def test_a_later_day_is_lived_from_its_own_head(tmp_path: Path) -> None:
    async def main() -> None:
        recorded = Recorded(FileSink(tmp_path))
        await recorded.lives(60, each=DAY_MS // 25)
        recorded.ends()
        parts = parts_in(tmp_path)
        assert len(parts) == 3
        done, records, _, _ = await again(from_files(parts))
        assert done.differs is None
        assert same(records, recorded.records)
        late, some, monitor, cut = await again(from_files(parts[-1:]))
        assert cut is None
        assert late.rounds < done.rounds
        theirs, ours = recorded.run.monitor.row("one"), monitor.row("one")
        assert (ours.status, ours.ratio, ours.buffer) == (
            theirs.status,
            theirs.ratio,
            theirs.buffer,
        )
        assert [head.part for head in heads(from_files(parts))] == [1, 2, 3]
        assert some[-1].sequence == records[-1].sequence

    asyncio.run(main())


def test_from_and_to_tell_a_part_of_it_and_live_what_was_before(tmp_path: Path) -> None:
    async def main() -> None:
        recorded = Recorded(FileSink(tmp_path))
        await recorded.lives()
        recorded.ends()
        since, until = START + 30_000, START + 60_000
        told: list[int] = []
        player = Player(Again("test", "0"), wanted=Wanted(since=since, until=until))
        player.told.append(lambda now, _: told.append(now))
        done = await player.play(from_files(parts_in(tmp_path)))
        assert done.last == until - 1_000
        assert told == [at for at in range(since, until, 1_000) for _ in range(told.count(at))]
        assert told[0] == since

    asyncio.run(main())


def test_what_is_before_a_cut_is_lived_and_the_place_is_named(tmp_path: Path) -> None:
    async def main() -> None:
        recorded = Recorded(FileSink(tmp_path))
        await recorded.lives()
        recorded.ends()
        (part,) = parts_in(tmp_path)
        content = part.read_bytes()
        for share in (0.3, 0.6, 0.95):
            part.write_bytes(content[: int(len(content) * share)])
            done, records, _, cut = await again(from_files([part]))
            assert cut is not None
            assert "cut at byte" in cut.reason
            assert same(records, recorded.records[: len(records)])
            assert 0 < done.rounds < 93
            assert not done.ended

    asyncio.run(main())


def lines(folder: Path) -> list[tuple[str, bytes]]:
    return list(from_files(parts_in(folder)))


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (lambda all_: all_[1:], "begins with a head"),
        (lambda all_: [*all_[:20], *all_[21:]], "lines 21 to 21 are missing"),
        (lambda all_: [*all_[:20], (all_[20][0], b"{}"), *all_[21:]], "no line of a recording"),
        (lambda all_: [(all_[0][0], all_[0][1].replace(b"recording/1", b"recording/9"))],
         "recording/9"),
        (lambda all_: [(p, text.replace(b"MarkPrice", b"MarkPlace")) for p, text in all_],
         "taken in by this version"),
    ],
)  # fmt: skip
def test_lines_that_are_missing_or_unknown_are_told(
    tmp_path: Path, spoil: object, reason: str
) -> None:
    async def main() -> None:
        recorded = Recorded(FileSink(tmp_path))
        await recorded.lives(30)
        recorded.ends()
        _, _, _, cut = await again(spoil(lines(tmp_path)))  # type: ignore[operator]
        assert cut is not None
        assert reason in cut.reason
        assert "line" in cut.where

    asyncio.run(main())


class FullDisk(FileSink):
    """A disk that is full for a while."""

    full = False

    def write(self, lines: Sequence[Line]) -> None:
        if self.full:
            raise StoreError("here", "No space left on device", "free space")
        super().write(lines)


def test_a_full_disk_is_told_and_the_rest_is_recorded_from_a_new_head(tmp_path: Path) -> None:
    async def main() -> None:
        sink = FullDisk(tmp_path)
        recorded = Recorded(sink)
        await recorded.lives(30)
        await recorded.recorder.flush()
        sink.full = True
        await recorded.lives(5)
        await recorded.recorder.flush()
        trouble = recorded.recorder.counted.trouble
        assert trouble is not None
        lost = recorded.recorder.counted.lost
        assert lost > 5
        sink.full = False
        await asyncio.sleep(0.01)  # the next part needs a name of its own
        await recorded.lives(30)
        recorded.ends()
        counted = recorded.recorder.counted
        assert counted.trouble is None
        done, _, monitor, cut = await again(from_files(parts_in(tmp_path)))
        assert cut is None
        assert (done.gaps, done.lost) == (1, lost)
        assert monitor.row("one").buffer == recorded.run.monitor.row("one").buffer

    asyncio.run(main())


def test_a_line_that_cannot_be_made_is_told_and_ends_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(_: object) -> msgspec.Raw:
        raise TypeError("of a kind that nobody knows")

    async def main() -> None:
        recorded = Recorded(FileSink(tmp_path))
        await recorded.lives(30)
        with monkeypatch.context() as broken:
            broken.setattr(recorder, "written", fails)
            await recorded.lives(5)
            await recorded.recorder.flush()
        trouble = recorded.recorder.counted.trouble
        assert trouble is not None
        assert "nobody knows" in trouble.reason
        await asyncio.sleep(0.01)  # the next part needs a name of its own
        await recorded.lives(30)
        recorded.ends()
        assert recorded.recorder.counted.trouble is None
        done, _, _, cut = await again(from_files(parts_in(tmp_path)))
        assert cut is None
        assert done.gaps == 1

    asyncio.run(main())


def test_records_that_differ_are_told_with_their_place(tmp_path: Path) -> None:
    async def main() -> None:
        recorded = Recorded(FileSink(tmp_path))
        await recorded.lives(30)
        recorded.ends()
        found = lines(tmp_path)
        place = next(n for n, (_, text) in enumerate(found) if b"59680" in text)
        found[place] = found[place][0], found[place][1].replace(b"59680", b"59681")
        done, _, _, cut = await again(found)
        assert cut is None
        assert done.differs is not None
        assert found[place][0] in done.differs

    asyncio.run(main())


def test_a_replay_takes_no_commands() -> None:
    async def main() -> None:
        with pytest.raises(InputError, match="this is a replay"):
            await Again("test", "0").ask(COMMANDS[0])

    asyncio.run(main())


def test_a_round_is_a_line_that_a_person_can_read(tmp_path: Path) -> None:
    async def main() -> None:
        recorded = Recorded(FileSink(tmp_path))
        await recorded.lives(3)
        recorded.ends()
        turns = [line for _, text in lines(tmp_path) if isinstance(line := line_of(text), Turn)]
        mark = msgspec.json.decode(turns[1].batch[0])
        assert mark["type"] == "MarkPrice"
        assert mark["mark"] == "60000"

    asyncio.run(main())


class Lines:
    """A sink that keeps the lines."""

    def __init__(self) -> None:
        self.lines: list[Line] = []

    def ready(self) -> bool:
        return True

    def over(self, at: int) -> bool:
        return at < 0

    def begin(self, at: int) -> None:
        assert at

    def write(self, lines: Sequence[Line]) -> None:
        self.lines += lines

    def close(self) -> None:
        pass


def test_what_is_said_before_the_first_round_stands_behind_the_head() -> None:
    sink = Lines()
    recorded = Recorded(sink)
    recorded.recorder.tell(START, "it begins")
    asyncio.run(recorded.lives(3))
    recorded.recorder.close()
    kinds = [type(line).__name__ for line in sink.lines]
    assert kinds[:3] == ["Head", "Story", "Raw"]
    assert [line.number for line in sink.lines] == [*range(1, len(kinds) + 1)]


def test_what_finds_no_room_before_the_first_round_is_counted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("marginline.monitor.recording.recorder.WAITING_MOST", 1)
    recorder = Recorded(Lines()).recorder
    recorder.raw(Came(VENUE, "marks", None, START, "{}"))
    recorder.raw(Came(VENUE, "marks", None, START, "{}"))
    assert recorder.counted.lost == 1
