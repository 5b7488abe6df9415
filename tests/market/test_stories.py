"""The nine stories go as they are told; `make simulate` asks the same of many seeds."""

from __future__ import annotations

import pytest

from marginline.market.scenarios import SCENARIOS, scenario
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
@pytest.mark.parametrize("seed", [7, 8])
def test_the_tour_holds_for_other_seeds(seed: int) -> None:
    check(run(scenario("tour"), seed))


def test_an_order_of_the_story_that_the_venue_refuses_is_told_and_the_story_goes_on() -> None:
    """In this seed the rally has not earned the margin of the second purchase."""
    found = run(scenario("false comfort"), 6)
    assert any(each.text == "The venue refuses it: insufficient margin." for each in found.told)
    assert any(each.text == "What carried the position is gone." for each in found.told)
