"""`marginline attribute ACCOUNT --since`: from what a monitor has kept; gaps are told."""

from __future__ import annotations

import asyncio
import json
from decimal import Decimal
from pathlib import Path

import pytest

pytest.importorskip("sqlalchemy", reason="the extra `live` is not installed")

from tests.cli.running import run
from tests.cli.test_json import misfits
from tests.monitor.test_causes_over_runs import Told, two_runs


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("kept")

    async def main() -> None:
        (await two_runs(folder, Told())).keeper.close()

    asyncio.run(main())
    return f"sqlite:///{folder / 'history.db'}"


def test_the_record_tells_causes_over_two_runs_and_the_gap_between(url: str) -> None:
    result = run("attribute", "one", "--since", "24h", "--history", url, columns=120)
    assert result.exit_code == 1, result.output
    text = " ".join(result.output.split())
    assert "margin balance fell 510.00 USDT: the BTCUSDT long took 500.00" in text
    assert "funding 6.00" in text
    assert "unexplained 4.00" in text
    assert "gap: not recorded from 2026" in text
    assert "the monitor did not run" in text


def test_causes_over_time_end_at_their_sums(url: str) -> None:
    words = ("attribute", "one", "--since", "4h", "--url", url)
    text = run(*words, columns=120).output
    (head,) = [line for line in text.splitlines() if "over time" in line]
    assert head.split()[-5:] == ["lowest", "highest", "in", "the", "end"]
    lines = text[text.index(head) :].splitlines()
    assert [line.split()[0] for line in lines[1:5]] == ["BTCUSDT", "funding", "unexplained", "all"]
    bars = lines[1].split()[2]
    assert (bars[0], bars[-1]) == ("▁", "▄"), "the lowest of all at first, half way up at last"
    assert lines[1].split()[3] == "-1,000.00"
    assert lines[4].split()[-1] == "-510.00"
    document = json.loads(run(*words, "--json").output)
    assert [each["measure"] for each in document["over_time"]] == [
        "margin_balance", "requirement", "buffer",
    ]  # fmt: skip
    for each in document["over_time"]:
        change = Decimal(document["pools"][0][each["measure"]]["change"])
        assert sum(Decimal(amounts[-1]) for amounts in each["causes"].values()) == change
        assert {len(amounts) for amounts in each["causes"].values()} == {len(each["moments"])}


def test_the_document_sums_and_names_the_gap(url: str, tmp_path: Path) -> None:
    picture = tmp_path / "why.svg"
    words = ("attribute", "one", "--since", "start", "--url", url, "--json", "--svg", picture)
    document = json.loads(run(*words).output)
    assert misfits(document, "attribution") == []
    assert document["unexplained"] == {"USDT": "-4"}
    assert document["pools"][0]["margin_balance"]["change"] == "-510"
    assert len(document["gaps"]) == 1
    assert picture.read_text().startswith("<svg")


def test_a_span_before_the_restart_is_whole(url: str) -> None:
    whole = json.loads(run("attribute", "one", "--since", "start", "--url", url, "--json").output)
    until = whole["gaps"][0]["since"]
    words = ("attribute", "one", "--since", "2h", "--until", until, "--url", url, "--json")
    result = run(*words)
    document = json.loads(result.output)
    assert result.exit_code == 0
    assert document["gaps"] == []
    assert document["unexplained"] == {"USDT": "0"}


def test_an_estimated_hedge_is_withheld_where_the_record_is_short(url: str) -> None:
    keys = "BTCUSDT/both:BTCUSDT/both@estimated"
    result = run("attribute", "one", "--since", "24h", "--url", url, "--hedge", keys, columns=200)
    assert "no hedge ratio is estimated: " in result.output


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("nobody", "--since", "1h"), "nothing is kept of it; there is: one"),
        (("one", "--since", "soon"), "must be a length of time"),
        (("one", "two", "--since", "1h"), "give ACCOUNT alone"),
        (("one",), "give AFTER"),
        (("one", "--since", "1h", "--until", "2020-01-01T00:00:00Z"), "fewer than two documents"),
        (("one", "--since", "1h", "--hedge", "a:b@often"), "@estimated"),
    ],
)
def test_wrong_use_says_what_to_do(url: str, words: tuple[str, ...], said: str) -> None:
    result = run("attribute", *words, *(("--url", url) if "--since" in words else ()))
    assert result.exit_code == 64
    assert said in " ".join(result.stderr.split())
