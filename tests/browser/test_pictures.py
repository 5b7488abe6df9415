"""The pictures of the documentation: the demo itself, looked at by the browser.

`make browser ARGS="tests/browser/test_pictures.py"` with MARGINLINE_PICTURES=docs/pictures makes
them anew; without it they are made in a temporary folder, so that they can always be made.
"""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from marginline.api.settings import ApiSettings
from marginline.cli.live.world import demo
from marginline.market.scenarios import scenario
from tests.browser.conftest import Look, Opener

MOST_BYTES = 200_000


class Demo:
    """`marginline demo` on a thread of its own, at a moment of its story."""

    def __init__(self, story: str, until_s: int, seed: int = 5) -> None:
        self.url, self._until_s = "", until_s
        self._story, self._seed = story, seed
        self._loop = asyncio.new_event_loop()
        self._up, self._end = threading.Event(), asyncio.Event()
        self._thread = threading.Thread(
            target=lambda: self._loop.run_until_complete(self._serve()), daemon=True
        )

    def __enter__(self) -> Demo:
        self._thread.start()
        assert self._up.wait(300), "the demo did not come to its moment"
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._end.set)
        self._thread.join(30)
        self._loop.close()

    async def _serve(self) -> None:
        story, settings = scenario(self._story), ApiSettings(port=0)

        def untold(_: int, __: str) -> None:
            return None

        async with demo(story, seed=self._seed, speed=40, settings=settings, tell=untold) as shown:
            until = shown.sandbox.world_now() + self._until_s * 1_000
            while shown.sandbox.world_now() < until:
                await asyncio.sleep(0.2)
            self.url = shown.live.address
            self._up.set()
            await self._end.wait()


@pytest.fixture(scope="module")
def shown() -> Iterator[Demo]:
    with Demo("flash crash", 1_560) as running:
        yield running


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where the pictures go."""
    found = Path(os.environ.get("MARGINLINE_PICTURES", tmp_path))
    found.mkdir(parents=True, exist_ok=True)
    return found


PICTURES = {
    "overview": ("/", 1280, 800),
    "account": ("/accounts/coin%20holder", 1280, 800),
    "phone": ("/", 390, 844),
}


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_of_the_demo_is_small_and_without_complaint(
    shown: Demo, look: Opener, folder: Path, name: str
) -> None:
    place, width, height = PICTURES[name]
    seen: Any = look(shown, width, height)
    assert isinstance(seen, Look)
    page = seen.open(place)
    page.locator("main .st").first.wait_for()
    page.wait_for_timeout(1_000)
    target = folder / f"{name}.jpg"
    page.screenshot(path=target, type="jpeg", quality=82)
    assert 20_000 < target.stat().st_size < MOST_BYTES
