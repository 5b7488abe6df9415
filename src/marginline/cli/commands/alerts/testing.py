"""`marginline alerts test`: a message that says it is a test, to every target of the settings."""

from __future__ import annotations

import asyncio
import os

from marginline.cli.exits import Exit, UsageProblem
from marginline.cli.input.documents import write_document
from marginline.cli.live.needs import needs_live

SCHEMA = "marginline/alerts-test/1"


def run(config: str | None, *, as_json: bool) -> Exit:
    """Send, and say what became of each."""
    needs_live("sending alerts", "", "apprise")
    import msgspec

    from marginline.cli.live.alerting import delivery
    from marginline.cli.live.config import load
    from marginline.monitor.run import system_clock

    table = load(config)[0].alerts
    if not table.targets:
        raise UsageProblem(
            "[alerts] names no target; write one under [[alerts.targets]] (`marginline init` shows"
            " how)"
        )
    found = asyncio.run(delivery(table, os.environ, system_clock).test())
    if as_json:
        write_document({"schema": SCHEMA, "channels": msgspec.to_builtins(found)})
    else:
        wide = max(len(each.channel) for each in found)
        for each in found:
            detail = f": {each.detail}" if each.detail else ""
            print(f"{each.channel:<{wide}}  {each.state}{detail}  ({each.service})")
    return Exit.HEALTHY if all(each.state == "sent" for each in found) else Exit.WATCH
