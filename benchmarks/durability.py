"""A store's hard days, in full: 1,000 kills, a log cut at every byte, every byte flipped."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.store.durability import cut, flipped, places, written

EVENTS = 9
"""Each makes 25 kB of log: a log of over 200 kB, cut at every byte."""


def durability(kills: int, flips: int) -> bool:
    """Print what was tried; any loss raises AssertionError with its place."""
    print(f"\n{'store':<18}{'tried':>10}{'s':>8}")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        begun = time.perf_counter()
        if os.name == "posix" and kills:
            command = [sys.executable, "-m", "tests.store.killing", str(kills), name, "1"]
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            _told("kill -9", kills, begun)
            print(f"    {(done.stdout + done.stderr).strip()[-300:]}")
            if done.returncode:
                return False
        ends = written(folder, EVENTS)
        begun = time.perf_counter()
        size = (folder / "copy" / "h-booked.db-wal").stat().st_size
        _told("log cut", cut(folder, ends, range(size + 1)), begun)
        begun = time.perf_counter()
        every = list(places(folder))
        chosen = random.Random(3).sample(every, min(flips, len(every)))
        told, harmless = flipped(folder, EVENTS, chosen)
        _told("byte flipped", told + harmless, begun)
        print(f"    {told} told, {harmless} changed nothing that is read, 0 unseen")
    return True


def _told(what: str, count: int, begun: float) -> None:
    print(f"{what:<18}{count:>10}{time.perf_counter() - begun:>8.0f}", flush=True)
