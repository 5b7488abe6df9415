"""`marginline demo`: a simulated venue, its accounts under watch, and the page, in one go."""

from __future__ import annotations

import asyncio
import os
import sys
import time
import webbrowser
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from marginline.cli.exits import Exit, UsageProblem
from marginline.cli.input.durations import seconds_of
from marginline.cli.input.numbers import SEED_MOST, exact_of, whole_of
from marginline.cli.live.needs import needs_live
from marginline.errors import shown

if TYPE_CHECKING:
    from marginline.market.scenarios import Scenario

DEFAULT_PORT = 8765
SEED = 5
SCENARIO = "tour"


def run(
    *,
    scenario: str | None,
    seed: str | None,
    speed: str | None,
    port: str | None,
    lasting: str | None,
    opened: bool,
) -> Exit:
    """Serve until stopped, or as long as was asked."""
    needs_live("the live demonstration", "marginline demo --print shows accounts without it")
    story = story_named(scenario or SCENARIO)
    asyncio.run(
        _serve(
            story.name,
            seed=seed_of(seed),
            speed=speed_of(speed, story.speed),
            port=None if port is None else whole_of("--port", port, 0, 65_535),
            seconds=None if lasting is None else seconds_of("--for", lasting),
            opened=opened,
        )
    )
    return Exit.HEALTHY


def story_named(name: str) -> Scenario:
    """The story of a name. Raises UsageProblem, naming those there are."""
    from marginline.market.scenarios import SCENARIOS
    from marginline.market.scenarios import scenario as named

    wanted = name.strip().lower().replace("-", " ")
    try:
        return named(wanted)
    except KeyError:
        there = ", ".join([*SCENARIOS, "free"])
        raise UsageProblem(f"no scenario is called {wanted!r}; there is: {there}") from None


async def _serve(
    name: str, *, seed: int, speed: float, port: int | None, seconds: float | None, opened: bool
) -> None:
    from marginline.api.settings import ApiSettings
    from marginline.cli.live.telling import Console
    from marginline.cli.live.world import demo
    from marginline.market.scenarios import scenario as named

    story, began = named(name), time.monotonic()
    settings = ApiSettings(port=free_port(DEFAULT_PORT) if port is None else port)
    console = Console(sys.stdout)
    async with demo(story, seed=seed, speed=speed, settings=settings, tell=console.story) as shown:
        console.head(story, shown.live.address, seed=seed, speed=speed)
        console.follow(shown.live.monitor, began)
        if opened:
            open_page(shown.live.address)
        await shown.live.until(seconds)
        console.end(shown.live.monitor)


def open_page(address: str) -> None:
    """Open the page where there is a person and a browser."""
    screen = sys.platform in {"darwin", "win32"} or any(
        os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY")
    )
    if screen and sys.stdout.isatty():
        webbrowser.open(address)


def free_port(wanted: int) -> int:
    """The usual port where it is free, else any."""
    import socket

    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", wanted))
        except OSError:
            return 0
    return wanted


def world_time(at: int) -> str:
    """Milliseconds of the world's clock as 14:05:31."""
    return datetime.fromtimestamp(at / 1000, UTC).strftime("%H:%M:%S")


def seed_of(text: str | None) -> int:
    """The seed of a world. Raises UsageProblem."""
    return SEED if text is None else whole_of("--seed", text, 0, SEED_MOST)


def speed_of(text: str | None, default: float) -> float:
    """World seconds a second. Raises UsageProblem."""
    if text is None:
        return default
    speed = exact_of(text.removesuffix("x"))
    if speed is None or not Decimal("0.1") <= speed <= 10_000:
        given = shown(text, 40)
        raise UsageProblem(f"--speed {given}: must be from 0.1 to 10000 (world seconds a second)")
    return float(speed)
