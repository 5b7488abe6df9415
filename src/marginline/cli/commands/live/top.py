"""`marginline top`: the accounts of a monitor in the terminal, or of files by itself."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence

from marginline.cli.exits import Exit, UsageProblem
from marginline.cli.live.needs import needs_live


def run(files: Sequence[str], *, url: str | None, config: str | None) -> Exit:
    """Show them until somebody quits."""
    needs_live("the terminal view", "", "textual")
    if files and url is not None:
        raise UsageProblem("give files to watch by itself, or --url of a monitor, not both")
    from marginline.cli.live.config import load

    settings, _ = load(config)
    page = settings.page
    if files:
        asyncio.run(_by_itself(files))
    else:
        asyncio.run(_against(url or f"http://{page.host}:{page.port}", page.token))
    return Exit.HEALTHY


async def _against(address: str, token: str | None) -> None:
    from marginline.cli.live.client import Client
    from marginline.cli.live.screen import Top

    client = Client(address, token)
    await client.reached()
    await Top(client).run_async()


async def _by_itself(files: Sequence[str]) -> None:
    """A monitor of its own on a free port of this machine, and its rows on the screen."""
    from pathlib import Path

    from marginline.api.settings import ApiSettings
    from marginline.cli.live.client import Client
    from marginline.cli.live.config import Config
    from marginline.cli.live.running import running
    from marginline.cli.live.screen import Top
    from marginline.cli.live.watching import watched

    what = watched(Config(), Path(), files, os.environ)
    async with running(what.monitor, what.parts, ApiSettings(port=0)) as live:
        await Top(Client(live.address)).run_async()
