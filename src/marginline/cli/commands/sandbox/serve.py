"""`marginline sandbox`: serve until stopped, tell the story, say at the end what it cost."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import sys
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Self

from marginline.cli.commands.live.demo import story_named
from marginline.cli.ending import asked_to_stop
from marginline.cli.exits import Exit, UsageProblem
from marginline.cli.input.durations import seconds_of
from marginline.cli.input.numbers import exact_of, whole_of
from marginline.cli.input.sources import naming, option_text
from marginline.cli.live.needs import needs_live
from marginline.cli.page.page import Page, data, left
from marginline.errors import shown

if TYPE_CHECKING:
    from marginline.sandbox import Sandbox

_MEGABYTE = 1024 * 1024 if sys.platform == "darwin" else 1024


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the command line asks for, as numbers. `lasts` in seconds; None: until stopped.

    `faults`: the name of the script, and its text.
    """

    scenario: str
    seed: int
    speed: float
    port: int
    faults: tuple[str, str] | None
    lasts: float | None
    weight: int

    @classmethod
    def of(
        cls,
        *,
        scenario: str,
        seed: str,
        speed: str,
        port: str,
        faults: str | None,
        lasts: str | None,
        weight: str,
    ) -> Self:
        """Read the options.

        Raises:
            UsageProblem: one of them is not what it should be.
        """
        return cls(
            scenario,
            whole_of("--seed", seed, 0, 2**63),
            _number("--speed", speed, 100_000),
            whole_of("--port", port, 0, 65_535),
            None if faults is None else (faults, _text(faults)),
            None if lasts is None else seconds_of("--for", lasts),
            whole_of("--weight-limit", weight, 1, 10**9),
        )


def _number(option: str, text: str, most: int) -> float:
    number = exact_of(text)
    if number is None or not 0 < number <= most:
        raise UsageProblem(f"{option} {text}: give a number above 0, at most {most}")
    return float(number)


def _text(name: str) -> str:
    text = option_text("--faults", name)
    if not text.strip():
        remedy = "write rows [[fault]], or leave --faults out"
        raise UsageProblem(f"--faults {shown(name, 200)}: is empty; {remedy}")
    return text


# -- running -------------------------------------------------------------------------------------


def run(wanted: Wanted, *, as_json: bool) -> Exit:
    """Serve; exit code 0 when it is stopped or its time is over."""
    needs_live("`marginline sandbox`")
    teller = _Json() if as_json else _Pages()
    with contextlib.suppress(KeyboardInterrupt):  # where signals cannot be handled in the loop
        asyncio.run(_serve(wanted, teller))
    return Exit.HEALTHY


async def _serve(wanted: Wanted, teller: _Pages | _Json) -> None:
    from marginline.market.world import World
    from marginline.sandbox import Sandbox

    story = story_named(wanted.scenario)
    venue = Sandbox(
        World(story, wanted.seed), wanted.port, wanted.speed, weight_limit=wanted.weight
    )
    if wanted.faults is not None:
        name, text = wanted.faults
        with naming(f"--faults {shown(name, 200)}"):
            venue.faults.load(text)
    try:
        await venue.start()
    except OSError as wrong:
        why = os.strerror(wrong.errno) if wrong.errno else str(wrong)
        remedy = "choose another port, 0 takes any free one"
        raise UsageProblem(
            f"--port {wanted.port}: cannot be listened on: {why}; {remedy}"
        ) from None
    cost = Cost()
    try:
        await _until_stopped(venue, wanted, teller)
    finally:
        await venue.stop()
        teller.end(venue, cost)


async def _until_stopped(venue: Sandbox, wanted: Wanted, teller: _Pages | _Json) -> None:
    stop = asyncio.Event()
    with asked_to_stop(stop):
        await _tell_until(stop, venue, wanted, teller)


async def _tell_until(
    stop: asyncio.Event, venue: Sandbox, wanted: Wanted, teller: _Pages | _Json
) -> None:
    loop = asyncio.get_running_loop()
    # Told after signals are heard: who reads that it serves may stop it at once.
    teller.start(venue, wanted)
    ends = None if wanted.lasts is None else loop.time() + wanted.lasts
    told = 0
    running = asyncio.ensure_future(venue.run())
    stopped = asyncio.ensure_future(stop.wait())
    try:
        while True:
            left_s = 0.5 if ends is None else min(0.5, ends - loop.time())
            if left_s <= 0 or stop.is_set():
                return
            await asyncio.wait(
                (running, stopped), timeout=left_s, return_when=asyncio.FIRST_COMPLETED
            )
            if running.done():
                running.result()  # time stands still only by a fault of ours: raise it
            for at, text in venue.told[told:]:
                teller.tell(at, text)
            told = len(venue.told)
    finally:
        for task in (running, stopped):
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task


class Cost:
    """What serving takes of this machine, from its making on."""

    def __init__(self) -> None:
        self._began, self._cpu = time.monotonic(), time.process_time()

    def document(self, venue: Sandbox) -> dict[str, float | None]:
        """Seconds, requests and frames a second, share of one core, most memory in MB."""
        took = max(time.monotonic() - self._began, 1e-9)
        return {
            "seconds": round(took, 1),
            "requests": venue.floor.requests,
            "requests_a_second": round(venue.floor.requests / took, 1),
            "frames": venue.floor.hub.frames,
            "frames_a_second": round(venue.floor.hub.frames / took, 1),
            "core_share": round((time.process_time() - self._cpu) / took, 3),
            "memory_mb": _memory_mb(),
        }


def _memory_mb() -> int | None:
    """The most memory that the process held; None where the system does not tell."""
    try:
        import resource
    except ImportError:  # Windows
        return None
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / _MEGABYTE)


# -- telling -------------------------------------------------------------------------------------


class _Pages:
    """For a person."""

    def __init__(self) -> None:
        self._page = Page()

    def start(self, venue: Sandbox, wanted: Wanted) -> None:
        """Addresses and keys."""
        page = self._page
        page.line(f"Binance USDS-M and Bybit v5, world {wanted.scenario}, seed {wanted.seed}")
        page.blank()
        page.table(
            [
                [left("REST"), left(venue.rest_url)],
                [left("WebSocket"), left(venue.ws_url)],
                [left("control"), left(f"{venue.rest_url}/__sandbox__/status")],
                [left("token"), left(venue.token)],
            ]
        )
        page.blank()
        rows = [[left("account"), left("venue"), left("key"), left("secret")]]
        rows += [
            [left(data(key.account)), left(key.venue), left(key.key), left(key.secret)]
            for key in venue.floor.keys.all()
        ]
        page.table(rows)
        page.blank()
        sys.stdout.flush()

    def tell(self, at: int, text: str) -> None:
        """A sentence of the story, with the world's time."""
        clock = datetime.fromtimestamp(at / 1_000, UTC).strftime("%H:%M:%S")
        self._page.line(f"{clock}  {data(text, 400)}")
        sys.stdout.flush()

    def end(self, venue: Sandbox, cost: Cost) -> None:
        """What it cost, and what was asked in vain."""
        spent = cost.document(venue)
        rates = (spent["requests_a_second"], spent["frames_a_second"])
        self._page.line(
            f"{spent['seconds']} s: {spent['requests']} requests ({rates[0]} a second),"
            f" {spent['frames']} frames ({rates[1]} a second),"
        )
        memory = spent["memory_mb"]
        share = f"{(spent['core_share'] or 0) * 100:.1f} % of one core"
        self._page.line(share if memory is None else f"{share}, {memory} MB of memory")
        for what, times in venue.floor.gaps.items():
            self._page.line(f"not simulated, asked {times} times: {data(what)}")
        sys.stdout.flush()


class _Json:
    """For a program: one document a line."""

    def start(self, venue: Sandbox, wanted: Wanted) -> None:
        """Addresses and keys."""
        keys = [
            {
                "account": key.account,
                "venue": key.venue,
                "trading": key.trading,
                "key": key.key,
                "secret": key.secret,
            }
            for key in venue.floor.keys.all()
        ]
        self._write(
            type="start",
            rest=venue.rest_url,
            websocket=venue.ws_url,
            token=venue.token,
            scenario=wanted.scenario,
            seed=wanted.seed,
            speed=wanted.speed,
            keys=keys,
        )

    def tell(self, at: int, text: str) -> None:
        """A sentence of the story, with the world's milliseconds."""
        self._write(type="story", at=at, text=text)

    def end(self, venue: Sandbox, cost: Cost) -> None:
        """What it cost, and what was asked in vain."""
        self._write(type="end", **cost.document(venue), gaps=venue.floor.gaps)

    def _write(self, **document: object) -> None:
        print(json.dumps(document), flush=True)
