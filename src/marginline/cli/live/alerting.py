"""How alerts reach people, by the settings: targets, quiet hours, heartbeat, own bands."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import time
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from marginline.cli.exits import UsageProblem
from marginline.cli.live.config import SECOND, AlertsTable, BandsTable, OwnBandsTable
from marginline.cli.live.sentences import said
from marginline.errors import InputError, shown
from marginline.monitor.delivery.dispatch import Dispatch
from marginline.monitor.delivery.heartbeat import Heartbeat, HeartbeatSettings
from marginline.monitor.delivery.outbox import Outbox
from marginline.monitor.delivery.parcels import Manner, Place
from marginline.monitor.delivery.quiet import QuietHours
from marginline.monitor.delivery.sending import AppriseSender, Target
from marginline.monitor.settings import Bands


def delivery(
    table: AlertsTable,
    environment: Mapping[str, str],
    clock: Callable[[], int],
    outbox: Outbox | None = None,
) -> Dispatch:
    """The delivery that the settings name, not yet running.

    Raises:
        UsageProblem: an address that no service reads, or anything else that cannot be; addresses
            are never told.
    """
    targets = [
        Target(
            row.name,
            _secret(f"alerts.targets {row.name}", row.url, row.url_env, environment)
            or _missing(row.name),
            row.group,
        )
        for row in table.targets
    ]
    names = [target.name for target in targets]
    if len(set(names)) < len(names) or "page" in names:
        raise UsageProblem("[alerts] targets: each needs a `name` of its own, other than page")
    if not 0 < table.timeout <= 60:
        raise UsageProblem(f"[alerts] timeout {table.timeout}: must be seconds, up to 60")
    sender: AppriseSender | None = None
    try:
        if targets:
            sender = AppriseSender(targets, timeout_s=float(table.timeout), private=table.private)
        beat = _heartbeat(table, environment)
    except InputError as problem:
        raise UsageProblem(f"[alerts] {problem}") from None
    services = {} if sender is None else sender.services
    places = [Place(t.name, services[t.name], t.group) for t in targets]
    made = Dispatch(
        sender, places, said, clock=clock, manner=Manner(quiet=quiet_hours(table)), outbox=outbox
    )
    if beat is not None:
        made.heartbeat = Heartbeat(beat, clock, made.unwell)
    return made


def _missing(name: str) -> str:
    raise UsageProblem(f"[alerts] target {name}: needs `url_env`, the variable that holds its url")


def _secret(
    where: str, text: str | None, variable: str | None, environment: Mapping[str, str]
) -> str | None:
    if variable is None:
        return text
    if not environment.get(variable):
        raise UsageProblem(f"[{where}] url_env names {shown(variable, 60)}, which is not set")
    return environment[variable]


def _heartbeat(table: AlertsTable, environment: Mapping[str, str]) -> HeartbeatSettings | None:
    if not 1 <= table.heartbeat <= 86_400:
        raise UsageProblem(f"[alerts] heartbeat {table.heartbeat}: must be seconds, 1 to 86400")
    url = _secret("alerts heartbeat", table.heartbeat_url, table.heartbeat_url_env, environment)
    if url is None:
        return None
    return HeartbeatSettings(url=url, every_s=float(table.heartbeat), private=table.private)


def quiet_hours(table: AlertsTable) -> QuietHours | None:
    """The quiet hours of the settings. Raises UsageProblem where they make no sense."""
    zone = _zone(table.time_zone)
    if table.quiet is None:
        return None
    try:
        first, second = (time.fromisoformat(each.strip()) for each in table.quiet.split("-"))
    except ValueError:
        raise UsageProblem(
            f"[alerts] quiet {shown(table.quiet, 40)}: must be two times of day, 22:00-07:00"
        ) from None
    return QuietHours(first, second, zone, frozenset(table.quiet_except))


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise UsageProblem(
            f"[alerts] time_zone {shown(name, 60)}: there is no such zone;"
            " write one such as Europe/Berlin"
        ) from None


def own_bands(
    bands: BandsTable, accounts: Mapping[str, OwnBandsTable], watched: Iterable[str]
) -> dict[str, Bands]:
    """The bands of the accounts that have their own.

    Raises:
        UsageProblem: an account that is not watched, or bands that make no sense.
    """
    names = set(watched)
    found = {}
    for name, own in accounts.items():
        if name not in names:
            there = ", ".join(sorted(names)) or "none"
            raise UsageProblem(
                f"[alerts.accounts.{shown(name, 60)}]: there is no such account; there is: {there}"
            )
        try:
            found[name] = _own(bands, own)
        except InputError as problem:
            raise UsageProblem(f"[alerts.accounts.{shown(name, 60)}] {problem}") from None
    return found


def _own(bands: BandsTable, own: OwnBandsTable) -> Bands:
    usual = Bands()
    times = {
        f"{each}_ms": seconds * SECOND
        for each in ("dwell", "cooldown", "remind")
        if (seconds := getattr(own, each)) is not None
    }
    return Bands(
        target=bands.target if own.target is None else own.target,
        warn=bands.warn if own.warn is None else own.warn,
        act=bands.act if own.act is None else own.act,
        rearm=usual.rearm if own.rearm is None else own.rearm,
        **times,
    )
