"""Worlds by seed with faults on the way: the monitor is never kinder than the truth."""

from __future__ import annotations

import os

import pytest

pytest.importorskip("numpy", reason="the extra `live` is not installed")

from marginline.core.findings import Status
from marginline.market.scenarios import SCENARIOS, scenario
from tests.simulation.worlds import SWARM, audited, compared, replayed

SEEDS = int(os.environ.get("MARGINLINE_SEEDS", "12"))
FIRST = int(os.environ.get("MARGINLINE_FIRST_SEED", "0"))
STORIES = (("flash crash", 1_420), ("calm", 0), ("tour", 2_060), ("free", 0))


@pytest.mark.parametrize("seed", range(FIRST, FIRST + SEEDS))
def test_no_status_is_better_than_the_truth(seed: int) -> None:
    story, skip = STORIES[(seed // len(SWARM)) % len(STORIES)]
    found = audited(seed, story=story, steps=40, skip_s=skip)
    assert not found.faults, f"seed {seed}, {story}: " + "; ".join(found.faults[:5])
    assert found.judged, "an audit of nothing shows nothing"


@pytest.mark.parametrize("seed", range(4))
def test_a_replay_gives_the_same_records_to_the_byte(seed: int) -> None:
    found = audited(seed + 4, story="calm", steps=15)
    assert found.records
    assert replayed(found) == found.records


def test_silence_ends_in_unknown() -> None:
    found = audited(3, story="calm", steps=40)
    assert Status.UNKNOWN in found.statuses


@pytest.mark.slow
@pytest.mark.parametrize("story", [*SCENARIOS, "free"])
def test_in_every_story_the_monitor_says_what_health_says(story: str) -> None:
    """Without faults, at every recorded step: the status of `marginline health` on the account."""
    length = scenario(story).length_s or 3_600
    found = compared(story, seed=5, moments=12, apart_s=length // 12)
    assert not found, "; ".join(found[:5])
