"""`marginline monitor`: accounts under watch, with the page."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

from marginline.cli.exits import Exit, UsageProblem, report
from marginline.cli.input.durations import seconds_of
from marginline.cli.live.needs import needs_live
from marginline.core.numbers import is_digits

if TYPE_CHECKING:
    from marginline.api.settings import ApiSettings
    from marginline.cli.live.config import PageTable
    from marginline.cli.live.watching import Watched


def run(
    files: Sequence[str],
    *,
    config: str | None,
    port: str | None,
    lasting: str | None,
    opened: bool,
) -> Exit:
    """Serve until stopped, or as long as was asked."""
    needs_live("a monitor", "marginline health FILE judges a file once")
    from marginline.cli.live.config import load
    from marginline.cli.live.watching import watched

    settings, folder = load(config)
    what = watched(settings, folder, files, os.environ)
    seconds = None if lasting is None else seconds_of("--for", lasting)
    asyncio.run(_serve(what, api_settings(settings.page, port), seconds, files, opened=opened))
    trouble = "" if what.keeper is None else what.keeper.kept.sentence
    if trouble:
        report(trouble)
        return Exit.MACHINE
    return Exit.HEALTHY


def api_settings(page: PageTable, port: str | None) -> ApiSettings:
    """Where the page listens, by the settings and the option."""
    from marginline.api.settings import ApiSettings

    if port is not None and not is_digits(port):
        raise UsageProblem(f"--port {port}: must be a port, 0 to 65535")
    return ApiSettings(
        host=page.host,
        port=page.port if port is None else int(port),
        token=page.token,
        insecure=page.insecure,
        certificate=page.certificate,
        key=page.key,
        hosts=page.hosts,
    )


async def _serve(
    what: Watched,
    settings: ApiSettings,
    seconds: float | None,
    files: Sequence[str],
    *,
    opened: bool,
) -> None:
    from marginline.cli.commands.live.demo import open_page
    from marginline.cli.live.asking import page_keys
    from marginline.cli.live.running import running
    from marginline.cli.live.telling import Console

    console, began = Console(sys.stdout), time.monotonic()
    async with running(what.monitor, what.parts, settings, page_keys(what.roster)) as live:
        console.line(f"marginline   {live.address}   (Ctrl-C ends it)")
        if what.keeper is not None:
            console.line(f"History in {what.keeper.kept.where}")
        console.missing(files)
        console.follow(what.monitor, began)
        if opened:
            open_page(live.address)
        await live.until(seconds)
        console.end(what.monitor)
