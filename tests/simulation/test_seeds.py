"""Worlds by seed with faults on the way: the monitor is never kinder than the truth."""

from __future__ import annotations

import os

import pytest

pytest.importorskip("numpy", reason="the extra `live` is not installed")

from marginline.core.findings import Status
from tests.simulation.worlds import SWARM, audited, replayed

SEEDS = int(os.environ.get("MARGINLINE_SEEDS", "12"))
STORIES = (("free", 0), ("calm", 0))


@pytest.mark.parametrize("seed", range(SEEDS))
def test_no_status_is_better_than_the_truth(seed: int) -> None:
    story, skip = STORIES[(seed // len(SWARM)) % len(STORIES)]
    found = audited(seed, story=story, steps=40, skip_s=skip)
    assert not found.faults, f"seed {seed}, {story}: " + "; ".join(found.faults[:5])
    assert found.judged, "an audit of nothing shows nothing"


@pytest.mark.parametrize("seed", range(2))
def test_a_replay_gives_the_same_records_to_the_byte(seed: int) -> None:
    found = audited(seed + 4, story="calm", steps=15)
    assert found.records
    assert replayed(found) == found.records


def test_silence_ends_in_unknown() -> None:
    found = audited(3, story="calm", steps=40)
    assert Status.UNKNOWN in found.statuses
