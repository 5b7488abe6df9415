"""`marginline alerts ack` and `mute`."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from urllib.parse import quote

from marginline.cli.commands.alerts.listing import show
from marginline.cli.exits import Exit, UsageProblem
from marginline.cli.input.durations import seconds_of
from marginline.cli.live.needs import needs_live

HOUR_S = 3600


@dataclass(frozen=True, slots=True)
class Quiet:
    """What is to be quiet: one alert, or all of an account and a kind."""

    name: str | None
    account: str | None
    kind: str | None


def acknowledge(
    names: Sequence[str], url: str | None, config: str | None, *, as_json: bool
) -> Exit:
    """Acknowledge them, in order, and show how things stand."""
    paths: list[tuple[str, dict[str, Any]]] = [
        (f"alerts/{quote(name, safe='')}/acknowledge", {}) for name in names
    ]
    return _done(paths, url, config, as_json=as_json)


def mute(
    what: Quiet,
    lasting: str | None,
    url: str | None,
    config: str | None,
    *,
    end: bool,
    as_json: bool,
) -> Exit:
    """Mute or unmute, and show how things stand."""
    several = what.account is not None or what.kind is not None
    if several is (what.name is not None):
        raise UsageProblem("name one alert (`marginline alerts list`), or give --account or --kind")
    if end and lasting is not None:
        raise UsageProblem("give --for or --end, not both")
    hours: str | None = "0" if end else None
    if lasting is not None:
        hours = f"{Decimal(str(seconds_of('--for', lasting))) / HOUR_S:f}"
    if what.name is not None:
        path = f"alerts/{quote(what.name, safe='')}/mute"
        return _done([(path, {"hours": hours})], url, config, as_json=as_json)
    body = {"account": what.account, "kind": what.kind, "hours": hours}
    return _done([("alerts/mute", body)], url, config, as_json=as_json)


def _done(
    deeds: Sequence[tuple[str, dict[str, Any]]],
    url: str | None,
    config: str | None,
    *,
    as_json: bool,
) -> Exit:
    needs_live("a monitor's alerts")
    from marginline.cli.commands.alerts.reaching import asked

    async def do() -> dict[str, Any]:
        for path, body in deeds:
            await asked(path, body, url=url, config=config)
        return await asked("alerts", url=url, config=config)

    show(asyncio.run(do()), everything=False, as_json=as_json)
    return Exit.HEALTHY
