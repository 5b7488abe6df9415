"""The demo's world: a simulated venue, and feeds that watch its accounts by real protocols."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from marginline.api.settings import ApiSettings
from marginline.cli.live.running import Running, running
from marginline.core.account.moments import wire_moment
from marginline.core.numbers import to_text
from marginline.feeds.event_queue import EventQueue
from marginline.feeds.opening import open_feeds
from marginline.feeds.telling import Came
from marginline.feeds.timing import Cadence, SystemTimer
from marginline.feeds.wire.connection import Connection
from marginline.market.events import Event, Told
from marginline.market.scenarios import Scenario
from marginline.market.world import World
from marginline.monitor.messages import World as WorldRow
from marginline.monitor.recording.recorder import Recorder
from marginline.monitor.run import Monitor
from marginline.monitor.settings import MonitorSettings, Watching
from marginline.sandbox.sandbox import Sandbox

VENUES = ("binance_usdm", "bybit_unified")


@dataclass(frozen=True, slots=True)
class Demo:
    """A story under watch."""

    scenario: Scenario
    sandbox: Sandbox
    live: Running


@contextlib.asynccontextmanager
async def demo(
    scenario: Scenario,
    *,
    seed: int,
    speed: float,
    settings: ApiSettings | None,
    tell: Callable[[int, str], None],
    monitoring: MonitorSettings | None = None,
    recording: Callable[[Monitor], Recorder] | None = None,
) -> AsyncIterator[Demo]:
    """The story's world on loopback, every account of it watched with a key that only reads.

    `tell` hears each line of the story: world milliseconds and a sentence. Without `settings` no
    page is served. `recording` makes what writes the run down.
    """
    timer = SystemTimer()
    world = World(scenario, seed=seed)
    names = {venue: world.accounts(venue) for venue in VENUES}
    async with Sandbox(world, speed=speed) as sandbox:
        queue = EventQueue()
        recorders: list[Recorder] = []

        def heard(came: Came) -> None:
            for each in recorders:
                each.raw(came)

        limits = monitoring or MonitorSettings(speed=Decimal(str(speed)))
        feeds = open_feeds(
            connections(sandbox, names),
            queue,
            clock=timer,
            cadence=Cadence(marks=limits.marks_ms, speed=max(1, round(speed))),
            raw=None if recording is None else heard,
        )
        monitor = Monitor(
            queue,
            _watching(names),
            limits,
            clock=timer.now,
            world=lambda: _told_world(scenario, speed, sandbox.world_now()),
        )

        def told(event: Event) -> None:
            if isinstance(event, Told):
                moment = timer.now()  # beside alerts, which are told by the monitor's clock
                monitor.tell(moment, event.text)
                tell(event.at, event.text)
                for each in recorders:
                    each.tell(moment, event.text)

        sandbox.subscribe(told)
        recorders += [] if recording is None else [recording(monitor)]
        written = [each.run for each in recorders]
        async with running(monitor, (feeds.run, sandbox.run, *written), settings) as live:
            yield Demo(scenario, sandbox, live)


def _watching(names: Mapping[str, Sequence[str]]) -> list[Watching]:
    return [
        Watching(name=name, venue=venue, source="simulated account")
        for venue, accounts in names.items()
        for name in accounts
    ]


def _told_world(scenario: Scenario, speed: float, now: int) -> WorldRow:
    """What the page says of the world: that it is one, its story and its clock."""
    return WorldRow(
        scenario=scenario.name,
        title=scenario.title,
        speed=to_text(Decimal(str(speed))),
        now=wire_moment(now),
    )


def connections(sandbox: Sandbox, names: Mapping[str, Sequence[str]]) -> list[Connection]:
    """Read-only connections to accounts of a simulated venue."""
    found = []
    for venue, accounts in names.items():
        for account in accounts:
            key = sandbox.key(account)
            found.append(
                Connection(
                    account=account,
                    venue=venue,
                    key=key.key,
                    secret=key.secret,
                    rest_url=sandbox.rest_url,
                    ws_url=sandbox.ws_url,
                )
            )
    return found
