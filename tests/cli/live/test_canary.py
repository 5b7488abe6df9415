"""Keys of watched accounts come out nowhere: page, API, metrics, logs, store, recordings."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from marginline.api.settings import ApiSettings
from marginline.cli.live.world import Demo, demo
from marginline.market.scenarios import scenario
from marginline.monitor.keeping.keeper import Keeper
from marginline.monitor.recording.recorder import Recorder
from marginline.monitor.recording.sinks import FileSink
from marginline.monitor.run import Monitor
from marginline.store.opening import open_store
from marginline.store.recordings.files import lines_of, parts_in

PATIENCE_S = 120
PLACES = (
    "snapshot", "accounts", "alerts", "bands", "connections", "health", "ready", "metrics",
    "openapi.json", "rules",
)  # fmt: skip
OF_ACCOUNT = ("", "/assessment", "/document", "/history?span=1h", "/causes?span=1h", "/reconcile")


async def texts_of(shown: Demo) -> AsyncIterator[tuple[str, str]]:
    """Everything that the page's server gives out, by address."""
    name = next(iter(shown.live.monitor.state.accounts))
    paths = [f"/api/v1/{place}" for place in PLACES]
    paths += [f"/api/v1/accounts/{name}{more}" for more in OF_ACCOUNT]
    async with aiohttp.ClientSession() as session:
        for path in [*paths, "/", "/connections", "/metrics"]:
            async with session.get(shown.live.address.rstrip("/") + path) as answer:
                yield f"{answer.status} {path}", await answer.text()


def test_no_key_comes_out_anywhere(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    told: list[tuple[str, str]] = []
    secrets: list[str] = []

    def recording(monitor: Monitor) -> Recorder:
        return Recorder(monitor, FileSink(tmp_path / "recorded"))

    async def main() -> None:
        story = scenario("calm")
        settings = ApiSettings(port=0)
        async with demo(
            story, seed=3, speed=5, settings=settings, tell=lambda *_: None, recording=recording
        ) as shown:
            monitor = shown.live.monitor
            keeper = Keeper(monitor, lambda: open_store(f"sqlite:///{tmp_path / 'h.db'}"), "here")
            keeping = asyncio.create_task(keeper.run())
            async with asyncio.timeout(PATIENCE_S):
                while not all(each.judged for each in monitor.state.accounts.values()):
                    await asyncio.sleep(0.1)
            await asyncio.sleep(1)
            told.extend([each async for each in texts_of(shown)])
            for key in shown.sandbox.floor.keys.all():
                secrets.extend((key.key, key.secret))
            keeping.cancel()
            await asyncio.gather(keeping, return_exceptions=True)

    asyncio.run(main())
    assert sum(where.startswith("200") for where, _ in told) > 12, [where for where, _ in told]
    told.append(("logs", caplog.text))
    kept = [file for file in tmp_path.glob("h*") if file.is_file()]
    told.extend((file.name, file.read_bytes().decode("latin-1")) for file in kept)
    recorded = [line for part in parts_in(tmp_path / "recorded") for line in lines_of(part)]
    assert len(recorded) > 10
    assert any(b'"asked":{"' in line for line in recorded), "what was asked is among it"
    told.append(("the recording", b"\n".join(recorded).decode()))
    assert len(secrets) >= 24
    for where, text in told:
        for secret in secrets:
            assert secret not in text, where
