"""One seed: a world, faults on the way from it to the monitor, and an auditor who sees the truth.

The monitor knows what arrives; the auditor, naive and independent, judges the world's own accounts
at every step. Everything runs on the world's clock, from one seed.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import count

import msgspec

from marginline.core.account.account import Account
from marginline.core.findings import Status
from marginline.feeds import events as feed
from marginline.market.scenarios import scenario
from marginline.market.world import World
from marginline.monitor.answers import AlertChanged, MonitorRecord
from marginline.monitor.judging.judge import Assessing, Ticking
from marginline.monitor.process import process
from marginline.monitor.settings import MonitorSettings, Watching
from marginline.monitor.state import State, start
from marginline.venues.assessing import assess

STEP_MS = 2_000
SNAPSHOT_MS = 6_000
SETTINGS = MonitorSettings()
NAMES = {"binance_usdm": ("gambler", "coin holder"), "bybit_unified": ("swing trader",)}

Sent = tuple[int, feed.Event]
"""When a message arrives, and what it says."""


@dataclass(frozen=True, slots=True)
class Faults:
    """Chances by message, and how long a venue may fall silent, in milliseconds."""

    lost: float = 0.0
    doubled: float = 0.0
    late: float = 0.0
    late_ms: int = 4_000
    silence: float = 0.0
    silence_ms: int = 40_000


SWARM = (
    Faults(),
    Faults(lost=0.2),
    Faults(doubled=0.3, late=0.3),
    Faults(silence=0.05),
    Faults(lost=0.1, doubled=0.1, late=0.2, silence=0.03),
    Faults(late=0.6, late_ms=25_000),
)
"""Mixes of faults, one a seed in turn."""


@dataclass(slots=True)
class Wire:
    """Carries what the world says to the monitor, by one seed's faults."""

    world: World
    faults: Faults
    random: random.Random
    waiting: list[Sent] = field(default_factory=list)
    silent_until: dict[str, int] = field(default_factory=dict)
    numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def arrived(self, now: int, *, snapshots: bool) -> list[feed.Event]:
        """What the monitor hears by now: new messages, and those that were late."""
        for venue, names in NAMES.items():
            if self.random.random() < self.faults.silence:
                self.silent_until[venue] = now + self.random.randrange(self.faults.silence_ms)
            if self.silent_until.get(venue, 0) > now:
                continue
            for event in self._said(venue, names, now, snapshots=snapshots):
                self._send(now, event)
        due = [sent for sent in self.waiting if sent[0] <= now]
        self.waiting = [sent for sent in self.waiting if sent[0] > now]
        self.random.shuffle(due)
        return [msgspec.structs.replace(event, received=now) for _, event in due]

    def _send(self, now: int, event: feed.Event) -> None:
        draw, faults = self.random.random, self.faults
        if draw() < faults.lost:
            return
        for _ in range(2 if draw() < faults.doubled else 1):
            late = self.random.randrange(faults.late_ms) if draw() < faults.late else 0
            self.waiting.append((now + late, event))

    def _said(
        self, venue: str, names: Iterable[str], now: int, *, snapshots: bool
    ) -> Iterator[feed.Event]:
        for symbol in self.world.instruments(venue):
            quote = self.world.quote(venue, symbol)
            yield feed.MarkPrice(
                venue=venue,
                at=now,
                received=now,
                sequence=next(self.numbers),
                instrument=symbol,
                mark=quote.mark,
                index=quote.index,
            )
        for asset, rate in self.world.asset_rates(venue).items():
            yield feed.AssetRate(
                venue=venue,
                at=now,
                received=now,
                sequence=next(self.numbers),
                asset=asset,
                rate=rate,
            )
        for name in names if snapshots else ():
            yield feed.AccountSnapshot(
                venue=venue,
                at=now,
                received=now,
                sequence=next(self.numbers),
                account=name,
                state=self.world.truth(name),
            )


@dataclass(slots=True)
class Audit:
    """What one seed showed: every fault of the monitor in words, and its records as bytes."""

    faults: list[str] = field(default_factory=list)
    records: list[bytes] = field(default_factory=list)
    batches: list[tuple[tuple[feed.Event, ...], int]] = field(default_factory=list)
    statuses: set[Status] = field(default_factory=set)
    at_once: int = 12
    judged: int = 0


def audited(seed: int, *, story: str, steps: int = 40, skip_s: int = 0) -> Audit:
    """Run one seed and audit it."""
    world = World(scenario(story), seed=seed)
    while skip_s and world.now < world.start + skip_s * 1_000:
        world.advance(world.start + skip_s * 1_000)
    faults = SWARM[seed % len(SWARM)]
    wire = Wire(world, faults, random.Random(seed))
    judge, few = Ticking(), 1 if seed % 2 else 12
    state, found = begun(world.now, at_once=few), Audit(at_once=few)
    truths: dict[str, list[tuple[int, Status]]] = {name: [] for name in accounts()}
    fired: dict[str, int] = {}
    for step in range(steps):
        target = world.now + STEP_MS
        while world.now < target:
            world.advance(target)
        now = world.now
        for name, seen in truths.items():
            seen.append((now, truth(world.truth(name))))
        batch = tuple(wire.arrived(now, snapshots=step * STEP_MS % SNAPSHOT_MS == 0))
        state, records = process(state, batch, now, judge)
        found.batches.append((batch, now))
        found.records += [msgspec.json.encode(record) for record in records]
        note(fired, records)
        reach = faults.late_ms if faults.late else 0
        check(found, state, truths, now, reach)
    check_alerts(found, state, truths, fired)
    return found


def begun(now: int, *, at_once: int = 12) -> State:
    """The monitor before its first batch; `at_once`: see `MonitorSettings`."""
    watching = tuple(
        Watching(name=name, venue=venue, source="simulated") for venue, name in pairs()
    )
    return start(watching, replace(SETTINGS, at_once=at_once), now)


def pairs() -> list[tuple[str, str]]:
    return [(venue, name) for venue, names in NAMES.items() for name in names]


def accounts() -> list[str]:
    return [name for _, name in pairs()]


def truth(account: Account) -> Status:
    """The status of the world's own account, from nothing."""
    return assess(account).status


def check(
    found: Audit, state: State, truths: Mapping[str, list[tuple[int, Status]]], now: int, late: int
) -> None:
    """No status better than the truth was at any moment that its inputs may be of."""
    oldest = now - max(SETTINGS.marks_ms, SETTINGS.account_ms) - late - STEP_MS
    for name, seen in truths.items():
        said = state.accounts[name].status
        found.statuses.add(said)
        if said is Status.UNKNOWN:
            continue
        found.judged += 1
        allowed = min(status.rank for at, status in seen if at >= oldest)
        if said.rank < allowed:
            found.faults.append(f"{name} at {now}: {said}, the truth was at least {allowed}")


def note(fired: dict[str, int], records: Iterable[MonitorRecord]) -> None:
    for record in records:
        if isinstance(record, AlertChanged):
            fired[record.id] = record.sequence


def check_alerts(
    found: Audit,
    state: State,
    truths: Mapping[str, list[tuple[int, Status]]],
    fired: Mapping[str, int],
) -> None:
    """Whoever is beyond the line for longer than data may be old has an alert that says so."""
    for name, seen in truths.items():
        watched = state.accounts[name]
        if watched.status is not Status.LIQUIDATION:
            continue
        told = [a for a in state.alerts.values() if a.account == name and a.id in fired]
        if not told:
            found.faults.append(f"{name} ends beyond the line after {len(seen)} steps, no alert")


def replayed(found: Audit) -> list[bytes]:
    """The records of the same batches once more, from the beginning, by another judge."""
    state, judge = begun(found.batches[0][1] - STEP_MS, at_once=found.at_once), Assessing()
    records: list[bytes] = []
    for batch, now in found.batches:
        state, told = process(state, batch, now, judge)
        records += [msgspec.json.encode(record) for record in told]
    return records


def compared(story: str, *, seed: int, moments: int, apart_s: int) -> list[str]:
    """Where the monitor, told everything at once, says another status than `health` would."""
    world = World(scenario(story), seed=seed)
    wire = Wire(world, Faults(), random.Random(seed))
    (state, judge), found = (begun(world.now), Ticking()), []
    for _ in range(moments):
        target = world.now + apart_s * 1_000
        while world.now < target:
            world.advance(target)
        batch = wire.arrived(world.now, snapshots=True)
        state, _records = process(state, batch, world.now, judge)
        for name in accounts():
            said, health = state.accounts[name].status, truth(world.truth(name))
            if said is not health:
                found.append(f"{story}, {name} at {world.now}: {said}, health says {health}")
    return found
