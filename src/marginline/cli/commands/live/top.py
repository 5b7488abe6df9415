"""`marginline top`: the accounts of a monitor in the terminal, or of files by itself."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from marginline.cli.ending import asked_to_stop
from marginline.cli.exits import Exit, UsageProblem
from marginline.cli.live.needs import needs_live

if TYPE_CHECKING:
    from marginline.cli.live.terminal.screen import Top


def run(files: Sequence[str], *, url: str | None, config: str | None) -> Exit:
    """Show them until somebody quits."""
    needs_live("the terminal view", "", "textual")
    if files and url is not None:
        raise UsageProblem("give files to watch by itself, or --url of a monitor, not both")
    from marginline.cli.live.config import load

    settings, _ = load(config)
    if files:
        asyncio.run(_by_itself(files))
    else:
        from marginline.cli.live.addresses import monitor_address

        asyncio.run(_against(monitor_address(url, settings.page), settings.page.token))
    return Exit.HEALTHY


async def _against(address: str, token: str | None) -> None:
    from marginline.cli.live.terminal.client import Client
    from marginline.cli.live.terminal.screen import Top

    client = Client(address, token)
    await client.reached()
    _needs_terminal()
    stopped = asyncio.Event()
    with asked_to_stop(stopped):
        await _shown(Top(client), stopped)


async def _by_itself(files: Sequence[str]) -> None:
    """A monitor of its own on a free port of this machine, and its rows on the screen."""
    from pathlib import Path

    from marginline.api.settings import ApiSettings
    from marginline.cli.live.config import Config
    from marginline.cli.live.running import running
    from marginline.cli.live.terminal.client import Client
    from marginline.cli.live.terminal.screen import Top
    from marginline.cli.live.watching import watched

    what = watched(Config(), Path(), files, os.environ)
    _needs_terminal()
    async with running(what.monitor, what.parts, ApiSettings(port=0)) as live:
        await _shown(Top(Client(live.address)), live.stopped)


def _needs_terminal() -> None:
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise UsageProblem(
            "top draws on a terminal and there is none; `marginline health FILE --json` prints"
            " figures once, `marginline monitor` serves them"
        )


async def _shown(top: Top, stopped: asyncio.Event) -> None:
    """On the screen until somebody quits, or it is asked to stop."""
    screen, asked = asyncio.create_task(top.run_async()), asyncio.create_task(stopped.wait())
    try:
        await asyncio.wait({screen, asked}, return_when=asyncio.FIRST_COMPLETED)
        if not screen.done():
            top.exit()
        await screen
    finally:
        asked.cancel()
