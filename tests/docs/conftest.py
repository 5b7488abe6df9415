"""A client of ccxt whose key is "..." in an example talks to the sandbox, not to a venue."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from typing import Any

import ccxt
import pytest

from marginline.market.scenarios import scenario
from marginline.market.world import World
from marginline.sandbox import Sandbox


@pytest.fixture(autouse=True)
def on_loopback(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """`ccxt.binanceusdm`, given the key "...", is the real class with a key of the sandbox."""
    ready, stop = threading.Event(), threading.Event()
    venues: list[Sandbox] = []
    threads: list[threading.Thread] = []
    clients: list[Any] = []

    async def serve() -> None:
        async with Sandbox(World(scenario("calm"), seed=5), speed=None) as venue:
            venues.append(venue)
            ready.set()
            while not stop.is_set():
                await asyncio.sleep(0.02)

    real = ccxt.binanceusdm

    def made(config: dict[str, Any] | None = None) -> Any:
        given = dict(config or {})
        if given.get("apiKey") != "...":
            return real(given)
        if not threads:
            threads.append(threading.Thread(target=asyncio.run, args=(serve(),)))
            threads[0].start()
            assert ready.wait(20)
        key = venues[0].key("gambler")
        client = real(given | {"apiKey": key.key, "secret": key.secret, "enableRateLimit": False})
        venues[0].redirect(client)
        clients.append(client)
        return client

    monkeypatch.setattr(ccxt, "binanceusdm", made)
    yield
    for client in clients:
        client.session.close()
    stop.set()
    for thread in threads:
        thread.join(20)
