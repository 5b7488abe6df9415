"""Questions to a running monitor by its API, from the command line."""

from __future__ import annotations

from typing import Any

import aiohttp
import msgspec

from marginline.cli.exits import UsageProblem
from marginline.cli.live.addresses import monitor_address
from marginline.cli.live.config import load
from marginline.errors import shown

TIMEOUT_S = 90.0


async def asked(
    path: str, body: object = None, *, url: str | None, config: str | None
) -> dict[str, Any]:
    """The answer of the monitor at `url`, else of the one that the settings name.

    A body makes it a POST.

    Raises:
        UsageProblem: no monitor answers, or it refuses; in its own words.
    """
    page = load(config)[0].page
    address = monitor_address(url, page)
    headers = {} if page.token is None else {"Authorization": f"Bearer {page.token}"}
    timeout = aiohttp.ClientTimeout(total=TIMEOUT_S, sock_connect=5)
    try:
        async with aiohttp.ClientSession(headers=headers, timeout=timeout) as session:
            method = "GET" if body is None else "POST"
            async with session.request(method, f"{address}/api/v1/{path}", json=body) as answer:
                found, status = msgspec.json.decode(await answer.read()), answer.status
    except (aiohttp.ClientError, OSError, TimeoutError, ValueError, msgspec.DecodeError):
        raise UsageProblem(
            f"no monitor answers at {address}; start one: marginline monitor"
        ) from None
    if status in (401, 403):
        raise UsageProblem(f"{address} wants a token; export MARGINLINE_TOKEN with it")
    if status >= 400 or not isinstance(found, dict):
        detail = found.get("detail", "") if isinstance(found, dict) else ""
        remedy = found.get("remedy") if isinstance(found, dict) else None
        text = shown(str(detail or f"the answer was {status}"), 300)
        raise UsageProblem(text + (f"; {shown(str(remedy), 200)}" if remedy else ""))
    return found
