"""The nine stories go as they are told; `make simulate` asks the same of many seeds."""

from __future__ import annotations

from dataclasses import replace

import pytest

from marginline.market.scenarios import SCENARIOS, Buy, scenario
from tests.market.timelines import run
from tests.market.verdicts import CHECKS, check

DEFAULT_SEED = 5


def test_every_story_has_its_verdict() -> None:
    assert set(CHECKS) == set(SCENARIOS)


def test_an_unknown_story_is_refused_with_those_there_are() -> None:
    with pytest.raises(KeyError, match="flash crash"):
        scenario("boom")
    assert scenario("flash-crash") is SCENARIOS["flash crash"]


@pytest.mark.slow
@pytest.mark.parametrize("name", SCENARIOS)
def test_the_story_goes_as_it_is_told(name: str) -> None:
    found = run(scenario(name), DEFAULT_SEED)
    check(found)
    assert found.told
    assert all(line.text.endswith(".") for line in found.told)


@pytest.mark.slow
@pytest.mark.parametrize("seed", [6, 9])
def test_false_comfort_buys_when_the_rally_has_earned_the_margin(seed: int) -> None:
    """Bought earlier, the second order was refused in one seed of six, and the story fell flat."""
    check(run(scenario("false comfort"), seed))


@pytest.mark.slow
@pytest.mark.parametrize("seed", [7, 8])
def test_the_tour_holds_for_other_seeds(seed: int) -> None:
    check(run(scenario("tour"), seed))


def test_an_order_of_the_story_that_the_venue_refuses_is_told_and_the_story_goes_on() -> None:
    """In this seed the rally has not earned the margin of the second purchase so early."""
    story = scenario("false comfort")
    early = tuple(replace(cue, at=5_700) if isinstance(cue, Buy) else cue for cue in story.cues)
    found = run(replace(story, cues=early), 6)
    assert any(each.text == "The venue refuses it: insufficient margin." for each in found.told)
    assert any(each.text == "What carried the position is gone." for each in found.told)
