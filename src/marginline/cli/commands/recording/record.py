"""`marginline record`: a monitor that writes its run down."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import sys
import time
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from marginline.cli.exits import Exit, UsageProblem, report
from marginline.cli.input.documents import write_document
from marginline.cli.input.durations import seconds_of
from marginline.cli.live.needs import needs_live
from marginline.errors import StoreError, shown

if TYPE_CHECKING:
    from marginline.api.settings import ApiSettings
    from marginline.cli.live.running import Running
    from marginline.cli.live.telling import Console
    from marginline.monitor.recording.recorder import Recorder
    from marginline.monitor.recording.sinks import FileSink
    from marginline.monitor.run import Monitor
    from marginline.store.recordings.files import Bounds

SCHEMA = "marginline/recorded/1"
FOLDER = "recordings"
_SIZE = re.compile(r"([0-9]{1,6})\s*(MB|GB|TB)", re.IGNORECASE)
_UNITS = {"MB": 10**6, "GB": 10**9, "TB": 10**12}
_LEAST = 10**6


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What the command line asks for."""

    files: Sequence[str]
    out: str | None
    config: str | None
    sandbox: str | None
    seed: str | None
    speed: str | None
    most: str
    keep: str
    raw: bool
    lasting: str | None
    serve: bool
    port: str | None
    opened: bool


def run(asked: Asked, *, as_json: bool) -> Exit:
    """Record until stopped, or as long as was asked."""
    needs_live("recording", "", "sqlalchemy")
    from marginline.cli.live.history import data_folder
    from marginline.monitor.recording.recorder import Recorder
    from marginline.monitor.recording.sinks import FileSink

    if asked.sandbox is not None and (asked.files or asked.config):
        raise UsageProblem("--sandbox records a simulated world: give no files and no --config")
    folder = Path(asked.out) if asked.out else data_folder(os.environ) / FOLDER
    if folder.exists() and not folder.is_dir():
        raise UsageProblem(f"--out {shown(str(folder), 200)}: is no folder")
    sink = FileSink(folder, _bounds(asked))
    recorders: list[Recorder] = []

    def recording(monitor: Monitor) -> Recorder:
        recorders.append(Recorder(monitor, sink, raw=asked.raw))
        return recorders[0]

    seconds = None if asked.lasting is None else seconds_of("--for", asked.lasting)
    out = sys.stderr if as_json else sys.stdout
    asyncio.run(_record(asked, recording, sink, seconds, out))
    return _ended(recorders[0], sink, as_json=as_json)


def _bounds(asked: Asked) -> Bounds:
    from marginline.store.recordings.files import Bounds

    found = _SIZE.fullmatch(asked.most.strip())
    most = int(found[1]) * _UNITS[found[2].upper()] if found else 0
    if most < _LEAST:
        raise UsageProblem(f"--most {shown(asked.most, 40)}: must be a size from 1MB, such as 4GB")
    days = (
        0 if asked.keep.strip() == "0" else max(1, int(seconds_of("--keep", asked.keep)) // 86_400)
    )
    part = min(Bounds().part_bytes, max(1, most // 4))
    return Bounds(most_bytes=most, part_bytes=part, keep_days=days)


async def _record(
    asked: Asked,
    recording: Callable[[Monitor], Recorder],
    sink: FileSink,
    seconds: float | None,
    out: TextIO,
) -> None:
    from marginline.cli.commands.live.demo import open_page
    from marginline.cli.live.telling import Console

    console, began = Console(out), time.monotonic()
    way = _simulated if asked.sandbox is not None else _real
    async with way(asked, recording, console) as live:
        console.line(f"Recording to {sink.parts.folder} (Ctrl-C ends it)")
        console.missing(asked.files)
        if live.address:
            console.line(f"marginline   {live.address}")
            if asked.opened:
                open_page(live.address)
        console.follow(live.monitor, began)
        await live.until(seconds)
        console.end(live.monitor)


@contextlib.asynccontextmanager
async def _real(
    asked: Asked, recording: Callable[[Monitor], Recorder], _: Console
) -> AsyncIterator[Running]:
    from marginline.cli.commands.live.monitor import api_settings
    from marginline.cli.live.config import load
    from marginline.cli.live.running import running
    from marginline.cli.live.watching import watched

    settings, folder = load(asked.config)
    what = watched(settings, folder, asked.files, os.environ, recording)
    page = api_settings(settings.page, asked.port) if asked.serve else None
    async with running(what.monitor, what.parts, page) as live:
        yield live


@contextlib.asynccontextmanager
async def _simulated(
    asked: Asked, recording: Callable[[Monitor], Recorder], console: Console
) -> AsyncIterator[Running]:
    from marginline.cli.commands.live.demo import seed_of, speed_of, story_named
    from marginline.cli.live.world import demo

    story = story_named(asked.sandbox or "")
    settings: ApiSettings | None = page_settings(asked.port) if asked.serve else None
    async with demo(
        story,
        seed=seed_of(asked.seed),
        speed=speed_of(asked.speed, story.speed),
        settings=settings,
        tell=console.story,
        recording=recording,
    ) as shown_world:
        yield shown_world.live


def page_settings(port: str | None) -> ApiSettings:
    """A page on this machine: at a port, else at the usual one where it is free."""
    from marginline.api.settings import ApiSettings
    from marginline.cli.commands.live.demo import DEFAULT_PORT, free_port
    from marginline.cli.input.numbers import whole_of

    return ApiSettings(
        port=free_port(DEFAULT_PORT) if port is None else whole_of("--port", port, 0, 65_535)
    )


def _ended(recorder: Recorder, sink: FileSink, *, as_json: bool) -> Exit:
    from marginline.store.recordings.files import parts_in

    counted, parts = recorder.counted, sink.parts
    there = parts_in(parts.folder)
    trouble: StoreError | None = counted.trouble
    if as_json:
        write_document(
            {
                "schema": SCHEMA,
                "folder": str(parts.folder),
                "parts": [each.name for each in there],
                "rounds": counted.rounds,
                "messages": counted.messages,
                "lines": counted.lines,
                "lost": counted.lost,
                "bytes": parts.written,
                "deleted": parts.deleted,
                "trouble": None if trouble is None else trouble.reason,
            }
        )
    elif counted.lines:
        megabytes = parts.written / 1e6
        print(
            f"Recorded {counted.rounds:,} rounds and {counted.messages:,} messages,"
            f" {megabytes:.1f} MB. To live it again: marginline replay {parts.path or parts.folder}"
        )
    if trouble is not None or counted.lost:
        why = "" if trouble is None else f": {trouble.reason}; {trouble.remedy}"
        report(f"{counted.lost} lines could not be written{why}")
        return Exit.MACHINE
    return Exit.HEALTHY
