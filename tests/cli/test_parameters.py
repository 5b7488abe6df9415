"""`marginline history --parameters`: tables by date, and what changed in them."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

pytest.importorskip("sqlalchemy", reason="the extra `live` is not installed")

from marginline.cli.exits import Exit
from marginline.core.account.account import Account
from tests.cli.running import run
from tests.cli.test_json import misfits
from tests.monitor.test_keeping import Run, opener
from tests.monitor.worlds import START, account


def retold(found: Account, rate: str, step: str) -> Account:
    """The account with another rate in its second tier, and another step."""
    tiers = found.parameters.tiers["BTCUSDT"]
    rows = (tiers.rows[0], replace(tiers.rows[1], rate=Decimal(rate)))
    terms = replace(found.parameters, tiers={"BTCUSDT": replace(tiers, rows=rows)})
    instrument = replace(found.instruments["BTCUSDT"], size_step=Decimal(step))
    return replace(found, parameters=terms, instruments={"BTCUSDT": instrument})


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A monitor that was told of an account, the same, then of new tiers and a new step."""
    folder = tmp_path_factory.mktemp("kept")

    async def main() -> None:
        kept = Run(opener(folder))
        await kept.open()
        for hour, told in enumerate((account(), account(), retold(account(), "0.0075", "0.01"))):
            await kept.step(kept.feed.snapshot(START + hour * 3_600_000, told), after=3_600_000)
            await kept.keeper.flush()
        kept.keeper.close()

    asyncio.run(main())
    return f"sqlite:///{folder / 'history.db'}"


def test_changes_are_told_with_their_date_their_place_and_both_values(url: str) -> None:
    found = json.loads(run("history", "--parameters", "--url", url, "--json").stdout)
    assert misfits(found, "history-parameters") == []
    assert sorted(each["kind"] for each in found["changes"] if each["first"]) == [
        "instruments", "tiers",
    ]  # fmt: skip
    later = {each["kind"]: each for each in found["changes"] if not each["first"]}
    tiers, steps = later["tiers"]["changes"], later["instruments"]["changes"]
    assert [(each["old"], each["new"]) for each in tiers] == [("0.005", "0.0075")]
    assert tiers[0]["path"].endswith("[2].rate")
    assert steps == [{"path": "size_step", "old": "0.001", "new": "0.01"}]
    assert later["tiers"]["subject"] == "BTCUSDT"


def test_the_terminal_says_it_in_lines(url: str) -> None:
    shown = run("history", "--parameters", "--url", url)
    assert shown.exit_code == Exit.HEALTHY
    assert "first seen" in shown.stdout
    assert "rate: 0.005 to 0.0075" in shown.stdout
    assert "size_step: 0.001 to 0.01" in shown.stdout


def test_a_time_and_a_venue_choose(url: str) -> None:
    moment = "2026-11-18T13:30:00Z"
    early = run("history", "--parameters", "--url", url, "--until", moment, "--json")
    assert {each["first"] for each in json.loads(early.stdout)["changes"]} == {True}
    none = run("history", "--parameters", "--url", url, "--venue", "okx")
    assert none.exit_code == Exit.UNKNOWN
    assert run("history", "--venue", "okx", "--url", url).exit_code == Exit.USAGE


def test_a_restart_does_not_tell_a_table_again(url: str) -> None:
    async def main() -> None:
        again = Run(opener(Path(url.removeprefix("sqlite:///")).parent), START + 9_000_000)
        await again.open()
        told = retold(account(), "0.0075", "0.01")
        await again.step(again.feed.snapshot(again.now, told))
        await again.keeper.flush()
        again.keeper.close()

    before = run("history", "--parameters", "--url", url, "--json").stdout
    asyncio.run(main())
    assert run("history", "--parameters", "--url", url, "--json").stdout == before
