"""What the settings name, as feeds and a monitor that are not yet running."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

from marginline.cli.exits import UsageProblem
from marginline.cli.input.judging import age_of_files
from marginline.cli.live.alerting import delivery, own_bands
from marginline.cli.live.asking import Asked, connection_of
from marginline.cli.live.config import SECOND, AccountTable, Config
from marginline.cli.live.history import keeper
from marginline.cli.live.running import Part
from marginline.core.account.file import load
from marginline.errors import InputError, shown
from marginline.feeds.booking import nothing
from marginline.feeds.event_queue import EventQueue
from marginline.feeds.files import FileFeed
from marginline.feeds.opening import Feeds, open_feeds
from marginline.feeds.timing import Cadence, SystemTimer
from marginline.feeds.wire.connection import Connection
from marginline.monitor.connecting.roster import Roster, watching_of
from marginline.monitor.delivery.kept import StoreOutbox
from marginline.monitor.keeping.booked import StoreKnown
from marginline.monitor.keeping.keeper import Keeper
from marginline.monitor.recording.recorder import Recorder
from marginline.monitor.recording.sinks import StoreSink
from marginline.monitor.run import Monitor
from marginline.monitor.settings import Bands, MonitorSettings, Watching

LONGEST_LIMIT = 2_592_000
"""Thirty days: what is older is known to nobody."""

_LEAST_MS = 1_000
"""Nothing is asked for more often, however short a limit is."""


@dataclass(frozen=True, slots=True)
class Watched:
    """A monitor, the parts that feed it, what it watches by key, and what keeps its history."""

    monitor: Monitor
    parts: tuple[Part, ...]
    roster: Roster
    keeper: Keeper | None = None


def watched(
    config: Config,
    folder: Path,
    files: Sequence[str],
    environment: Mapping[str, str],
    recording: Callable[[Monitor], Recorder] | None = None,
) -> Watched:
    """The accounts of the settings and the files of the command line.

    With `recording` the run is written down and that is all: no history, nobody is told of alerts.

    Raises:
        UsageProblem: nothing to watch, a name given twice, a key that is not in the environment.
        InputError: a venue that no feed is built for.
    """
    rows = [*config.accounts, *(AccountTable(file=str(Path(f).absolute())) for f in files)]
    if not rows:
        raise UsageProblem(
            "no account to watch: give account files, or name accounts in marginline.toml"
            " (`marginline init` writes one)"
        )
    timer, queue = SystemTimer(), EventQueue()
    by_file = [row for row in rows if row.file is not None]
    by_key = [row for row in rows if row.file is None]
    opened = [_connection(row, environment) for row in by_key]
    connections = [each.connection for each in opened]
    paths = _paths(by_file, folder, {each.account for each in connections})
    oldest = age_of_files(config.judging.max_age, config.judging.watch)
    limits = _settings(config)
    cadence = cadence_of(limits)
    watching = [*map(watching_of, connections), *_of_files(paths)]
    own = own_bands(config.bands, config.alerts.accounts, [each.name for each in watching])
    limits = replace(limits, own_bands=own)
    stores: list[Keeper] = []
    outbox = StoreOutbox(lambda: stores[0].store if stores else None)
    keeps = config.history.url != "none"
    telling = (
        None if recording is not None
        else delivery(config.alerts, environment, timer.now, outbox if keeps else None)
    )  # fmt: skip
    monitor = Monitor(queue, watching, limits, clock=timer.now, delivery=telling)
    kept = None if recording else keeper(monitor, config.history, folder, environment)
    stores += [] if kept is None else [kept]
    recorder = None if recording is None else recording(monitor)
    if kept is not None and config.history.raw:
        recorder = Recorder(monitor, StoreSink(monitor.boot, lambda: kept.store))
    raw = None if recorder is None else recorder.raw
    known = nothing if kept is None else StoreKnown(lambda: kept.store)
    feeds = open_feeds(connections, queue, clock=timer, cadence=cadence, raw=raw, known=known)
    read = [
        FileFeed(path, queue, account=name, clock=timer, max_age=oldest).run
        for name, path in paths.items()
    ]
    # the recorder before the keeper: it writes its end into a store that is still open
    keeping = [each.run for each in (recorder, kept) if each is not None]
    told = () if telling is None else telling.parts()
    roster = _roster(monitor, feeds, opened)
    return Watched(monitor, (feeds.run, *read, *keeping, *told), roster, kept)


def cadence_of(limits: MonitorSettings) -> Cadence:
    """How often is asked, so that nothing grows older than its limit while all is well."""
    usual = Cadence()
    account, tiers = limits.account_ms, limits.tiers_ms
    return replace(
        usual,
        marks=limits.marks_ms,
        account=account,
        tiers=tiers,
        probe=min(usual.probe, max(_LEAST_MS, account * usual.probe // usual.account)),
        poll=min(usual.poll, max(_LEAST_MS, min(account // 3, limits.marks_ms // 2))),
        renew_tiers=min(
            usual.renew_tiers, max(_LEAST_MS, tiers * usual.renew_tiers // usual.tiers)
        ),
    )


def _paths(rows: Sequence[AccountTable], folder: Path, taken: Collection[str]) -> dict[str, Path]:
    """The files to watch by the names of their accounts, none of which is `taken`."""
    names = [_name(row, folder) for row in rows]
    twice = next((each for n, each in enumerate(names) if each in {*taken, *names[:n]}), None)
    if twice is not None:
        raise UsageProblem(
            f"account {shown(twice, 60)}: two have this name; give each a `name` of its own"
        )
    paths = {name: folder / str(row.file) for name, row in zip(names, rows, strict=True)}
    for row in rows:
        if row.key or row.key_env or row.secret_env:
            name = _name(row, folder)
            raise UsageProblem(f"account {name}: has a `file` and a key; keep one of them")
    return paths


class _Opened(NamedTuple):
    """A connection; the name of its key where that is kept; whether its addresses are its own."""

    connection: Connection
    key: str | None = None
    placed: bool = False


def _roster(monitor: Monitor, feeds: Feeds, opened: Sequence[_Opened]) -> Roster:
    """Which of these accounts are watched by which key."""
    found: dict[str, list[Connection]] = {}
    for each in opened:
        if each.key is not None:
            found.setdefault(each.key, []).append(each.connection)
    placed = frozenset(each.connection.account for each in opened if each.placed)
    return Roster(monitor, feeds, found, placed)


def _of_files(paths: Mapping[str, Path]) -> list[Watching]:
    return [
        Watching(name=name, venue=_venue(path), source=path.name, kind="file")
        for name, path in paths.items()
    ]


def _name(row: AccountTable, folder: Path) -> str:
    """As the settings say, else as the file itself does, else by its file name."""
    if row.name:
        return row.name
    path = folder / str(row.file)
    try:
        return load(path).name or path.stem
    except (InputError, OSError):
        return path.stem  # what is wrong with the file the feed says, and goes on saying


def _venue(path: Path) -> str:
    try:
        return load(path).venue
    except (InputError, OSError):
        return ""


def _kept(row: AccountTable, name: str) -> _Opened:
    """From a key that is kept; the settings may call the account otherwise."""
    kept = connection_of(Asked(exchange=row.venue, key=row.key), {})
    connection = replace(
        kept,
        account=name,
        rest_url=row.rest_url or kept.rest_url,
        ws_url=row.ws_url or (None if row.rest_url else kept.ws_url),
        accept_trading=row.accept_trading or kept.accept_trading,
    )
    return _Opened(connection, kept.account, bool(row.rest_url or row.ws_url))


def _connection(row: AccountTable, environment: Mapping[str, str]) -> _Opened:
    name = row.name or row.key or ""
    if row.key is not None:
        return _kept(row, name)
    if not name or not row.venue:
        which = f"account {shown(name, 60)}" if name else "accounts: one without a name"
        raise UsageProblem(
            f"{which}: needs a `file`, a `key`, or a `name`, a `venue`, `key_env` and `secret_env`"
        )
    found = {}
    variables = [("key_env", row.key_env), ("secret_env", row.secret_env)]
    if row.passphrase_env is not None:
        variables.append(("passphrase_env", row.passphrase_env))
    for field, variable in variables:
        if variable is None or not environment.get(variable):
            what = field if variable is None else f"{field} names {variable}, which is not set"
            raise UsageProblem(f"account {name}: {what}; export the variable that holds it")
        found[field] = environment[variable]
    connection = Connection(
        account=name,
        venue=row.venue,
        key=found["key_env"],
        secret=found["secret_env"],
        passphrase=found.get("passphrase_env", ""),
        rest_url=row.rest_url,
        ws_url=row.ws_url,
        accept_trading=row.accept_trading,
    )
    return _Opened(connection)


def _settings(config: Config) -> MonitorSettings:
    limits = config.limits
    for name, least in (("marks", "0.1"), ("account", "0.1"), ("tiers", "0.1"), ("hold", "0")):
        value = getattr(limits, name)
        if not Decimal(least) <= value <= LONGEST_LIMIT:
            text = f"must be seconds, {least} to {LONGEST_LIMIT}"
            raise UsageProblem(f"[limits] {name} {value}: {text}")
    return MonitorSettings(
        marks_ms=int(limits.marks * SECOND),
        account_ms=int(limits.account * SECOND),
        tiers_ms=int(limits.tiers * SECOND),
        hold_ms=int(limits.hold * SECOND),
        bands=bands_of(config),
    )


def bands_of(config: Config) -> Bands:
    """The bands of every account that has none of its own."""
    table = config.bands
    try:
        return Bands(target=table.target, warn=table.warn, act=table.act)
    except InputError as problem:
        raise UsageProblem(f"[bands] {problem}") from None
