"""A sign of life to a dead-man's switch: while it comes, all is well; its silence is the alarm."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import aiohttp

from marginline.errors import InputError, Problem

TIMEOUT_S = 10.0


@dataclass(frozen=True, slots=True)
class HeartbeatSettings:
    """Where and how often. `url` may hold a secret, and is in no repr.

    Raises:
        InputError: no http address, one inside without leave, or an interval below a second.
    """

    url: str = field(repr=False)
    every_s: float = 60.0
    private: bool = False

    def __post_init__(self) -> None:
        parts = urlsplit(self.url)
        problems = []
        if parts.scheme not in ("http", "https") or not parts.hostname:
            text = "the heartbeat's address must begin with https:// or http://"
            problems.append(Problem("alerts.heartbeat_url", "", text, "copy it from its service"))
        elif not self.private and _is_inside(parts.hostname):
            text = "the heartbeat leads to this machine or a private network"
            remedy = "write private = true under [alerts] where that is meant"
            problems.append(Problem("alerts.heartbeat_url", "", text, remedy))
        if not self.every_s >= 1:
            text = "must be at least 1 second"
            problems.append(Problem("alerts.heartbeat_s", str(self.every_s), text, "60 is usual"))
        if problems:
            raise InputError(problems)


def _is_inside(host: str) -> bool:
    if host.lower() == "localhost":
        return True
    try:
        return not ipaddress.ip_address(host).is_global
    except ValueError:
        return False


class Heartbeat:
    """Asks an address at an interval; withheld while `well` says that something is not."""

    def __init__(
        self,
        settings: HeartbeatSettings,
        clock: Callable[[], int],
        well: Callable[[], str | None],
    ) -> None:
        self.settings, self._clock, self._well = settings, clock, well
        self.last: int | None = None
        self.trouble: str | None = None

    async def run(self) -> None:
        """Beat until cancelled."""
        timeout = aiohttp.ClientTimeout(total=TIMEOUT_S)
        async with aiohttp.ClientSession(timeout=timeout) as session:
            while True:
                await self.beat(session)
                await asyncio.sleep(self.settings.every_s)

    async def beat(self, session: aiohttp.ClientSession) -> None:
        """One beat, or why it is withheld."""
        why = self._well()
        if why is not None:
            self.trouble = f"withheld: {why}"
            return
        try:
            self.trouble = await self._ask(session)
        except (
            aiohttp.ClientError,
            OSError,
            TimeoutError,
            ValueError,
        ) as error:  # no host's name, too
            self.trouble = f"not taken: {type(error).__name__}"
        if self.trouble is None:
            self.last = self._clock()

    async def _ask(self, session: aiohttp.ClientSession) -> str | None:
        if not self.settings.private and await self._leads_inside():
            return "not taken: it leads to a private network"
        async with session.get(self.settings.url, allow_redirects=False) as answer:
            return None if answer.status < 300 else f"not taken: it answered {answer.status}"

    async def _leads_inside(self) -> bool:
        host = urlsplit(self.settings.url).hostname or ""
        loop = asyncio.get_running_loop()
        found = await loop.getaddrinfo(host, None, type=socket.SOCK_STREAM)
        return any(_is_inside(str(each[4][0]).partition("%")[0]) for each in found)
