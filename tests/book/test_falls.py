"""Who falls under a shock, by what; further columns kept; sweeps under a shock; marks told."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("numba", reason="the extra `book` is not installed")
import pyarrow as pa
import pyarrow.parquet as pq

from marginline import load
from marginline.book import BookMisuse, TableTerms, from_arrow, pack, shocks, terms_of
from marginline.book.scenarios.falls import falls
from marginline.core.findings import Status
from tests.cli.running import run
from tests.cli.test_json import misfits

EXAMPLES = Path(__file__).parents[2] / "docs/examples"
SAMPLES = Path(__file__).parents[2] / "src/marginline/cli/samples"
ROWS: dict[str, list[Any]] = {
    "account": ["ann", "ann", "bob", "=cy"],
    "cash": [4_000.0, 4_000.0, 90_000.0, 700.0],
    "instrument": ["BTCUSDT", "ETHUSDT", "BTCUSDT", "ETHUSDT"],
    "size": [0.5, -3.0, 0.1, 4.0],
    "entry_price": [60_000.0, 2_500.0, 61_000.0, 2_500.0],
    "desk": ["east", "east", "west", None],
}


@pytest.fixture
def positions(tmp_path: Path) -> Path:
    path = tmp_path / "desks.parquet"
    pq.write_table(pa.table(ROWS), path)
    path.with_suffix(".terms.json").write_text((EXAMPLES / "crowd.terms.json").read_text())
    return path


def document(*words: object) -> Any:
    result = run(*words, "--json")
    assert not result.stderr, result.stderr
    return json.loads(result.stdout)


def terms() -> TableTerms:
    account = load(EXAMPLES / "crowd.terms.json")
    return terms_of(account)


def test_who_falls_from_which_status_to_which_and_by_what() -> None:
    book = from_arrow(pa.table(ROWS), terms(), keys=["desk"])
    names, prices = shocks(book, {"crash": {"*": -0.25}, "calm": {"*": -0.001}})
    found = falls(book, prices, names).columns()
    assert found["account"] == ["ann", "=cy"]
    assert found["desk"] == ["east", None]
    assert found["from"] == ["healthy", "healthy"]
    assert found["to"] == ["liquidation", "liquidation"]
    assert found["by"] == ["BTCUSDT", "ETHUSDT"]
    marks = load(EXAMPLES / "crowd.terms.json").market.mark
    assert found["loss"].tolist() == pytest.approx(
        [0.25 * 0.5 * float(marks["BTCUSDT"]), 0.25 * 4 * float(marks["ETHUSDT"])]
    )


def test_falls_are_what_two_sweeps_say() -> None:
    book = pack([load(path) for path in sorted(SAMPLES.glob("*.json"))])
    names, prices = shocks(book, {"down": {"*": -0.3}, "up": {"*": 0.4}})
    found = falls(book, prices, names)
    before = book.sweep(initial=False).status_codes.tolist()
    for number, vector in enumerate(prices):
        after = book.sweep(vector, initial=False).status_codes.tolist()
        wanted = {n for n in book.open_pools().tolist() if after[n] > before[n]}
        of = found.shock == number
        assert set(found.pool[of].tolist()) == wanted
        assert found.after[of].tolist() == sorted(found.after[of].tolist(), reverse=True)
    assert len(found)
    assert all(found.by)
    assert (found.loss > 0).all()


def test_a_coin_held_as_collateral_can_be_what_it_falls_by() -> None:
    rows = {name: [column[2]] for name, column in ROWS.items() if name != "desk"}
    rows |= {"cash": [-4_500.0], "size": [0.01]}
    coins = pa.table({"account": ["bob"], "asset": ["BTC"], "amount": [0.1]})
    book = from_arrow(pa.table(rows), terms(), collateral=coins)
    names, prices = shocks(book, {"coin": {"coin=BTC": -0.3}})
    found = falls(book, prices, names).columns()
    assert found["by"] == ["BTC/USDT"]
    rate = book.prices[book.price_row("BTC/USDT")]
    assert found["loss"].tolist() == pytest.approx([0.1 * 0.3 * rate])


def test_rows_of_one_account_with_two_keys_are_refused() -> None:
    rows = ROWS | {"desk": ["east", "west", "west", None]}
    with pytest.raises(BookMisuse, match="two values"):
        from_arrow(pa.table(rows), terms(), keys=["desk"])
    with pytest.raises(BookMisuse, match="keys="):
        from_arrow(pa.table(ROWS), terms())
    with pytest.raises(BookMisuse, match="meaning of its own"):
        from_arrow(pa.table(ROWS), terms(), keys=["size"])


def test_who_falls_is_written_with_the_key_columns(positions: Path, tmp_path: Path) -> None:
    wanted = ("book", "stress", positions, "--key", "desk", "--shock", "crash:all=-25%")
    for name in ("fell.csv", "fell.parquet"):
        assert run(*wanted, "--out", tmp_path / name).exit_code == 0
        assert run(*wanted, "--out", tmp_path / name).exit_code == 64
    rows = list(csv.DictReader(io.StringIO((tmp_path / "fell.csv").read_text())))
    assert [(row["account"], row["desk"]) for row in rows] == [("ann", "east"), ("'=cy", "")]
    table = pq.read_table(tmp_path / "fell.parquet").to_pylist()
    assert [(row["account"], row["desk"], row["by"]) for row in table] == [
        ("ann", "east", "BTCUSDT"), ("=cy", None, "ETHUSDT"),
    ]  # fmt: skip


def test_who_falls_is_listed_and_grouped(positions: Path) -> None:
    wanted = ("book", "stress", positions, "--key", "desk", "--shock", "crash:all=-25%")
    page = run(*wanted, "--list", "--by", "desk").stdout
    assert "2 fall to a graver status" in page
    assert "BTCUSDT" in page
    found = document(*wanted, "--list", "--by", "desk")
    assert misfits(found, "book-stress") == []
    assert [row["desk"] for row in found["falls"]] == ["east", None]
    assert sum(row["fell"] for row in found["groups"]) == found["fell"] == 2
    assert "there is:" in run(*wanted, "--by", "nope").stderr
    assert run("book", "stress", positions, "--key", "desk", "--paths", "2", "--list").exit_code


def test_a_sweep_under_a_shock_is_the_stress_of_it(positions: Path) -> None:
    shock = ("--key", "desk", "--shock", "crash:all=-25%")
    swept = document("book", "sweep", positions, *shock)
    row = document("book", "stress", positions, *shock)["scenarios"][0]
    assert swept["shock"] == "crash"
    assert swept["status"] == {status.value: row[status.value] for status in Status}
    twice = run("book", "sweep", positions, *shock, "--shock", "all=-1%")
    assert twice.exit_code == 64
    assert "given 2 times" in twice.stderr


JSON = '{"BTCUSDT": "30000"}\n{"symbol": "NOBODYS", "price": 1}\n'
CSV = "time,symbol,mark\n1,BTCUSDT,59000\n1,ETHUSDT,2500\n2,BTCUSDT,30000\n2,NOBODYS,1\n"


@pytest.mark.parametrize("text", [JSON, CSV], ids=["json lines", "csv"])
def test_marks_are_told_by_a_file_or_a_pipe(text: str, positions: Path, tmp_path: Path) -> None:
    marks = tmp_path / "marks"
    marks.write_text(text)
    wanted = ("book", "watch", positions, "--key", "desk", "--check", "--marks")
    found = document(*wanted, marks)
    assert misfits(found, "book-watch") == []
    assert [(fall["account"], fall["status"]) for fall in found["falls"]] == [
        ("ann", "liquidation")
    ]
    assert found["ticks"] == 2
    assert found["differs_from_sweep"] == 0
    assert found["symbols_that_no_account_holds"] == 1
    piped = run(*wanted, "-", "--json", stdin=text)
    again = json.loads(piped.stdout)
    assert again["falls"] == found["falls"]
    assert "liquidation  ann" in run(*wanted, "-", stdin=text).stdout


def test_a_coin_follows_the_mark_that_is_told_unless_its_rate_is_told_too() -> None:
    rows = {name: [column[2]] for name, column in ROWS.items() if name != "desk"}
    coins = pa.table({"account": ["bob"], "asset": ["BTC"], "amount": [0.1]})
    book = from_arrow(pa.table(rows), terms(), collateral=coins)
    from marginline.book.scenarios.moves import Moves

    mark, rate = book.price_row("BTCUSDT"), book.price_row("BTC/USDT")
    halved = float(book.prices[mark]) / 2
    followed = Moves(book).of_marks({mark: halved}, {mark})
    assert followed[rate] == pytest.approx(book.prices[rate] / 2)
    told = Moves(book).of_marks({mark: halved}, {mark, rate})
    assert told[rate] == book.prices[rate]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("hello\n", "line 1 is neither JSON nor a head"),
        ('{"BTCUSDT": "x"}\n', "line 1 BTCUSDT: x is no price"),
        ('{"BTCUSDT": 1}\n[1]\n', "line 2 is no object"),
        ('{"BTCUSDT": 1}\n{"BTC', "line 2 is no JSON"),
        ("symbol,price\nBTCUSDT\n", "line 2 has 1 cells, the head 2"),
        ("symbol,price\nBTCUSDT,nan\n", "nan is no price"),
    ],
)
def test_a_line_that_is_no_mark_is_named(text: str, why: str, positions: Path) -> None:
    result = run("book", "watch", positions, "--key", "desk", "--marks", "-", stdin=text)
    assert result.exit_code == 64
    assert why in result.stderr


@pytest.mark.parametrize(
    "words",
    ["sweep", "watch --ticks 2", "watch --ticks 2 --check", "stress", "stress --paths 2",
     "stress --shock all=-30% --list --by by", "map C0000USDT --steps 4", "bench"],
)  # fmt: skip
def test_every_document_of_the_book_fits_its_schema(words: str) -> None:
    command = words.split(maxsplit=1)[0]
    found = document("book", *words.split(), "--accounts", "200", "--instruments", "3")
    assert misfits(found, f"book-{command}") == []
    assert found["name"] == "crowd"
    assert found["source"].startswith("generated: 200 accounts")
