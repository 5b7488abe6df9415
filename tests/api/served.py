"""A monitor over a few accounts on a clock by hand, and an app over it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import httpx
from fastapi import FastAPI

from marginline.api.app import create_app
from marginline.api.settings import ApiSettings
from marginline.core.account.account import Account
from marginline.core.account.file import load
from marginline.feeds.event_queue import EventQueue
from marginline.feeds.events import AccountSnapshot
from marginline.monitor.connecting.keys import KeyDesk
from marginline.monitor.run import Monitor
from marginline.monitor.settings import Watching
from tests.monitor.worlds import START, Feed, account

SAMPLES = Path(__file__).resolve().parents[2] / "src" / "marginline" / "cli" / "samples"


class Clock:
    """A clock that stands until it is moved."""

    def __init__(self, now: int = START) -> None:
        self.now = now

    def __call__(self) -> int:
        return self.now


def files_of(accounts: Sequence[Account]) -> tuple[Watching, ...]:
    """The accounts watched as files: judged by their own prices."""
    return tuple(
        Watching(name=a.name or "", venue=a.venue, source=f"{a.name}.json", kind="file")
        for a in accounts
    )


def samples() -> list[Account]:
    """The product's sample accounts, by the names of their files."""
    return [replace(load(path), name=path.stem) for path in sorted(SAMPLES.glob("*.json"))]


async def watching(accounts: Sequence[Account], clock: Clock) -> Monitor:
    """A monitor that has judged these accounts once."""
    queue = EventQueue()
    monitor = Monitor(queue, files_of(accounts), clock=clock)
    for number, each in enumerate(accounts):
        snapshot = AccountSnapshot(
            venue=each.venue,
            received=clock(),
            sequence=number,
            account=each.name or "",
            state=each,
        )
        queue.put(snapshot)
    await monitor.step()
    return monitor


def client_of(
    app: FastAPI, host: str = "127.0.0.1:8765", peer: str = "127.0.0.1"
) -> httpx.AsyncClient:
    """A client that talks to the app without a socket, from an address."""
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False, client=(peer, 123))
    return httpx.AsyncClient(transport=transport, base_url=f"http://{host}")


class Served:
    """An app over the sample accounts, asked synchronously; its loop steps while it answers."""

    def __init__(
        self,
        accounts: Sequence[Account] | None = None,
        settings: ApiSettings | None = None,
        key_desk: KeyDesk | None = None,
    ) -> None:
        self.runner = asyncio.Runner()
        self.clock = Clock()
        found = samples() if accounts is None else accounts
        self.monitor = self.runner.run(watching(found, self.clock))
        self.app = create_app(self.monitor, settings, key_desk=key_desk)
        self.host = "127.0.0.1:8765"
        self.peer = "127.0.0.1"

    def close(self) -> None:
        """End the loop."""
        self.runner.close()

    def step(self) -> None:
        """One round of the monitor."""
        self.runner.run(self.monitor.step())

    def ask(self, method: str, path: str, **more: object) -> httpx.Response:
        """One request; the monitor goes on meanwhile."""
        return self.runner.run(self._ask(method, path, more))

    async def _ask(self, method: str, path: str, more: dict[str, object]) -> httpx.Response:
        async def steps() -> None:
            while True:
                await self.monitor.step()
                await asyncio.sleep(0.005)

        going = asyncio.create_task(steps())
        try:
            async with client_of(self.app, self.host, self.peer) as client:
                return await client.request(method, path, **more)  # type: ignore[arg-type]
        finally:
            going.cancel()
            await asyncio.gather(going, return_exceptions=True)

    def get(self, path: str, **more: object) -> httpx.Response:
        """A GET."""
        return self.ask("GET", path, **more)

    def post(self, path: str, **more: object) -> httpx.Response:
        """A POST."""
        return self.ask("POST", path, **more)


__all__ = ["Clock", "Feed", "Served", "account", "client_of", "files_of", "samples", "watching"]
