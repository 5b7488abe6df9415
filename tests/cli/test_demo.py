"""The demonstration: every account has the status that its story tells."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from marginline.cli.commands.stories import STORIES
from marginline.core.account.file import from_dict
from marginline.core.findings import Code
from marginline.core.measures import Measure
from marginline.venues.assessing import assess
from tests.cli.running import run, sample


@pytest.mark.parametrize("story", STORIES)
def test_the_account_has_the_status_its_story_tells(story: str) -> None:
    document = sample(story)
    assert assess(from_dict(document)).status == document["extra"]["status"]


@pytest.mark.parametrize("story", STORIES)
def test_nothing_is_missing_in_it(story: str) -> None:
    findings = assess(from_dict(sample(story))).all_findings()
    assert not [f for f in findings if f.code in (Code.MISSING_DATA, Code.CONTRADICTION)]


def test_the_numbers_of_the_stories_hold() -> None:
    found = {story: assess(from_dict(sample(story))).pools[0] for story in STORIES}
    comfortable = found["comfortable"].distance.nearest
    assert comfortable is not None
    assert comfortable.move is not None
    assert -0.35 < comfortable.move < -0.333, "all prices could fall by a third"
    near = found["one-move-away"].position("BTCUSDT/both").measures[Measure.LIQUIDATION_PRICE]
    assert near is not None
    assert near > 88_322, "a tenth of a percent"
    rich = found["rich-on-paper"].measures
    margin_balance, wallet = rich[Measure.MARGIN_BALANCE], rich[Measure.WALLET_BALANCE]
    assert margin_balance is not None
    assert 14_000 < margin_balance < 15_000
    assert wallet == 900
    hedged = found["hedged-but-called"].measures
    assert hedged[Measure.NET_NOTIONAL] == 0


def test_the_stories_are_told_before_the_accounts_and_end_well() -> None:
    result = run("demo", "--print")
    assert result.exit_code == 0
    at = 0
    for story in STORIES:
        told = sample(story)["extra"]["story"].split(":")[0]
        words = " ".join(result.stdout.split())
        assert words.index(told) >= at
        at = words.index(told)
    assert "what next" in result.stdout


def test_one_story_can_be_chosen() -> None:
    result = run("demo", "rich-on-paper")
    assert "rich on paper" in result.stdout
    assert "strained" not in result.stdout


def test_the_accounts_can_be_kept(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "folder"
    assert run("demo", "--save", folder).exit_code == 0
    assert sorted(path.stem for path in folder.iterdir()) == sorted(STORIES)
    kept = json.loads((folder / "strained.json").read_text("utf-8"))
    assert kept == sample("strained")
    assert run("health", folder / "strained.json").exit_code == 1
