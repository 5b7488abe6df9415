"""`marginline replay`: a recorded run lived again, with the page where it is asked for."""

from __future__ import annotations

import asyncio
import os
import re
import sys
from collections.abc import Iterable
from contextlib import ExitStack
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from marginline.cli.commands.recording.reread import reread
from marginline.cli.exits import Exit, UsageProblem, report
from marginline.cli.input.documents import write_document
from marginline.cli.input.durations import moment_of, seconds_of
from marginline.cli.input.numbers import exact_of
from marginline.cli.live.needs import needs_live
from marginline.core.account.moments import wire_moment
from marginline.errors import StoreError, shown

if TYPE_CHECKING:
    from marginline.monitor.answers import MonitorRecord
    from marginline.monitor.recording.replaying import Again, Player, Replayed
    from marginline.monitor.recording.sinks import Found
    from marginline.store.reading import Reader

SCHEMA = "marginline/replay/1"
SERVED_SPEED = "60"
DAY_MS = 86_400_000
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_TOLD_EVERY = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What the command line asks for."""

    path: str | None
    url: str | None
    run: str | None
    day: str | None
    since: str | None
    until: str | None
    speed: str | None
    lasting: str | None
    serve: bool
    port: str | None
    opened: bool
    raw: bool


@dataclass(slots=True)
class Seen:
    """What became of one account: its newest status, the highest ratio and when."""

    status: str = "unknown"
    worst: Decimal | None = None
    at: str | None = None


@dataclass(slots=True)
class Told:
    """What a replay told, for its end."""

    accounts: dict[str, Seen] = field(default_factory=dict)
    alerts: int = 0

    def hear(self, records: tuple[MonitorRecord, ...]) -> None:
        """Take the records of a round."""
        from marginline.monitor.answers import AlertChanged, Judged

        for record in records:
            if isinstance(record, AlertChanged):
                self.alerts += record.state == "firing"
            elif isinstance(record, Judged):
                seen = self.accounts.setdefault(record.account, Seen())
                seen.status = record.status
                ratio = None if record.ratio is None else Decimal(record.ratio)
                if ratio is not None and (seen.worst is None or ratio > seen.worst):
                    seen.worst, seen.at = ratio, record.at


def run(asked: Asked, *, as_json: bool) -> Exit:
    """Replay it; see the command."""
    needs_live("a replay", "", "sqlalchemy")
    speed = _speed(asked)
    lasting = None if asked.lasting is None else seconds_of("--for", asked.lasting)
    since = None if asked.since is None else moment_of("--from", asked.since)
    until = None if asked.until is None else moment_of("--to", asked.until)
    if asked.raw and (asked.serve or asked.speed or asked.lasting):
        raise UsageProblem(
            "--raw reads messages again, it lives nothing: no --serve, --speed, --for"
        )
    with ExitStack() as stack:
        title, found = _found(asked, stack)
        if asked.raw:
            return reread(title, found, since, until, as_json=as_json)
        return asyncio.run(_Replay(asked, title, speed, lasting, since, until, as_json).over(found))


def _speed(asked: Asked) -> Decimal | None:
    """Recorded seconds a second; None: as fast as it goes."""
    text = asked.speed or (SERVED_SPEED if asked.serve else "max")
    if text == "max":
        return None
    speed = exact_of(text.removesuffix("x"))
    if speed is None or not Decimal("0.1") <= speed <= 100_000:
        raise UsageProblem(f"--speed {shown(text, 40)}: must be from 0.1 to 100000, or max")
    return speed


def _found(asked: Asked, stack: ExitStack) -> tuple[str, Iterable[Found]]:
    """What to call it, and its lines."""
    if (asked.path is None) == (asked.url is None):
        raise UsageProblem("give a recording (its folder or file), or --url of a history")
    if asked.day is not None and not _DAY.fullmatch(asked.day):
        raise UsageProblem(f"--day {shown(asked.day, 40)}: must be a day such as 2026-11-28")
    if asked.url is not None:
        return _in_store(asked, stack)
    from marginline.monitor.recording.sinks import from_files
    from marginline.store.recordings.files import may_be_part, parts_in

    path = Path(asked.path or "")
    regular = path.is_file() and may_be_part(path)
    if path.exists() and not path.is_dir() and not regular:  # a pipe would be waited for
        raise UsageProblem(
            f"{shown(str(path), 200)}: is no recording; `marginline record` makes one"
        )
    parts = parts_in(path) if path.is_dir() else [path]
    if asked.day is not None:
        parts = [each for each in parts if each.name.startswith(asked.day)]
    if not path.exists() or not parts:
        there = sorted({each.name[:10] for each in parts_in(path)}) if path.is_dir() else []
        also = f"; there is: {', '.join(there)}" if there else "; `marginline record` makes one"
        raise UsageProblem(f"{shown(str(path), 200)}: there is no recording there{also}")
    first, last = parts[0].name[:10], parts[-1].name[:10]
    return first if first == last else f"{first} to {last}", from_files(parts)


def _in_store(asked: Asked, stack: ExitStack) -> tuple[str, Iterable[Found]]:
    from marginline.cli.live.config import HistoryTable
    from marginline.cli.live.history import address
    from marginline.monitor.recording.sinks import from_store
    from marginline.store.opening import reading_store

    where = address(HistoryTable(url=asked.url), Path(), os.environ) or ""
    reader = stack.enter_context(reading_store(where))
    runs = runs_of(reader, asked.day)
    wanted = asked.run or next(reversed(runs), None)
    if wanted not in runs:
        there = ", ".join(runs) or "none; `[history] raw = true` records one"
        raise UsageProblem(f"no recorded run {shown(asked.run or '', 40)} there; there is: {there}")
    first, last = runs[wanted]
    return f"run {wanted}", from_store(reader, wanted, first, last)


def runs_of(reader: Reader, day: str | None) -> dict[str, tuple[int, int]]:
    """The runs that were recorded, oldest first, each with its first and last moment."""
    from marginline.monitor.recording.sinks import OWN

    found = reader.recordings(OWN)
    if day is None:
        return found
    start = moment_of("--day", day)
    inside = {
        name: (max(first, start), min(last, start + DAY_MS - 1))
        for name, (first, last) in found.items()
    }
    return {name: (first, last) for name, (first, last) in inside.items() if first <= last}


@dataclass(slots=True)
class _Replay:
    """One replay: how it is asked for, and what is told of it."""

    asked: Asked
    title: str
    speed: Decimal | None
    lasting: float | None
    since: int | None
    until: int | None
    as_json: bool
    told: Told = field(default_factory=Told)
    cut: StoreError | None = None
    _real: float = 0.0
    _start: int | None = None

    async def over(self, found: Iterable[Found]) -> Exit:
        """Replay, with the page where it is asked for."""
        from marginline.cli.commands.live.demo import open_page
        from marginline.cli.commands.recording.record import page_settings
        from marginline.cli.live.running import running
        from marginline.cli.live.telling import Console
        from marginline.core.numbers import to_text
        from marginline.monitor.recording.replaying import Again, Player, Wanted

        shown_speed = "0" if self.speed is None else to_text(self.speed)
        again = Again(self.title, shown_speed)
        wanted = Wanted(since=self.since, until=self.until)
        pace = None if self.speed is None else self._pace
        player = Player(again, pace=pace, wanted=wanted)
        console = Console(sys.stderr if self.as_json else sys.stdout)
        player.told.append(lambda _, records: self.told.hear(records))
        player.told.append(lambda _, records: console.hear(again, records))
        if not self.asked.serve:
            with _Progress(player, sys.stderr):
                await self._play(player, found)
            return self._ended(player.done, again)
        async with running(again, (), page_settings(self.asked.port)) as live:
            console.line(f"marginline   {live.address}   (Ctrl-C ends it)")
            if self.asked.opened:
                open_page(live.address)
            playing = asyncio.create_task(self._play(player, found))
            playing.add_done_callback(
                lambda _: (
                    console.line(_sentence(player.done, self.cut)) if not self.as_json else None
                )
            )
            await live.until(self.lasting)
            playing.cancel()
            await asyncio.gather(playing, return_exceptions=True)
        return self._ended(player.done, again)

    async def _play(self, player: Player, found: Iterable[Found]) -> None:
        try:
            await player.play(found)
        except StoreError as problem:
            self.cut = problem

    async def _pace(self, now: int) -> None:
        """Wait until a recorded moment is due."""
        assert self.speed is not None
        loop = asyncio.get_running_loop()
        if self._start is None:
            self._start, self._real = now, loop.time()
        due = self._real + (now - self._start) / 1000 / float(self.speed)
        await asyncio.sleep(max(0.0, due - loop.time()))

    def _ended(self, done: Replayed, again: Again) -> Exit:
        if self.as_json:
            write_document(self._document(done))
        elif not self.asked.serve:
            print(_sentence(done, None))
            for name, seen in self.told.accounts.items():
                worst = (
                    "" if seen.worst is None else f", worst {seen.worst * 100:.1f} % at {seen.at}"
                )
                print(f"  {shown(name, 60)}: {seen.status.replace('_', ' ')}{worst}")
        if self.cut is not None:
            report(str(self.cut))
            return Exit.MACHINE
        if done.differs is not None:
            return Exit.WATCH
        return Exit.HEALTHY if done.rounds and again.state.accounts else Exit.UNKNOWN

    def _document(self, done: Replayed) -> dict[str, object]:
        return {
            "schema": SCHEMA,
            "title": self.title,
            "runs": done.runs,
            "rounds": done.rounds,
            "events": done.events,
            "messages": done.messages,
            "records": done.records,
            "alerts": self.told.alerts,
            "first": None if done.first is None else wire_moment(done.first),
            "last": None if done.last is None else wire_moment(done.last),
            "ended": done.ended,
            "gaps": done.gaps,
            "lost": done.lost,
            "differs": done.differs,
            "cut": None
            if self.cut is None
            else {"where": self.cut.where, "reason": self.cut.reason},
            "accounts": [
                {
                    "name": name,
                    "status": seen.status,
                    "worst_ratio": None if seen.worst is None else str(seen.worst),
                    "worst_at": seen.at,
                }
                for name, seen in self.told.accounts.items()
            ],
        }


def _sentence(done: Replayed, cut: StoreError | None) -> str:
    if done.first is None or done.last is None:
        return "It holds no round of that time."
    same = (
        "its records are those of the run itself, to the byte"
        if done.differs is None
        else f"its records differ from the run's: {done.differs}"
    )
    head = (
        f"Replayed {done.rounds:,} rounds from {wire_moment(done.first)} to"
        f" {wire_moment(done.last)}: {done.records:,} records, {done.messages:,} raw messages;"
        f" {same}."
    )
    if done.gaps:
        head += f" Lines are missing {done.gaps} times: they were never written."
    return head if cut is None else f"{head} {cut}"


class _Progress:
    """Which moment is lived, on the last line of a terminal; nothing elsewhere."""

    def __init__(self, player: Player, out: TextIO | None) -> None:
        self._player, self._out, self._count = player, out, 0
        self._shown = out is not None and out.isatty()

    def __enter__(self) -> None:
        if self._shown:
            self._player.told.append(self._tell)

    def _tell(self, now: int, _: object) -> None:
        self._count += 1
        if self._out is not None and self._count % _TOLD_EVERY == 0:
            moment = wire_moment(now)[:19].replace("T", " ")
            print(f"\r\x1b[Kreplaying {moment}", end="", file=self._out, flush=True)

    def __exit__(self, *_: object) -> None:
        if self._shown and self._out is not None:
            print("\r\x1b[K", end="", file=self._out, flush=True)
