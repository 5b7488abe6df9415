"""Rates by date: read exactly, a day not covered is an error, never a guess."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from marginline.core.account.file import from_dict
from marginline.core.measures import Measure as M
from marginline.errors import PayloadError
from marginline.venues.assessing import assess
from marginline.venues.cme.rates import Rates, read_rates, with_rates
from marginline.venues.reader.files import read_files
from marginline.venues.reader.reading import kinds, read
from tests.venues.cme.accounts import document

D = Decimal
HEAD = "symbol,effective_from,effective_until,maintenance,initial,source\n"
CSV = (
    HEAD
    + "BTC,2026-11-02,2026-11-16,82000,,advisory 26-001\n"
    + "BTC,2026-11-16,,85500,94050,advisory 26-014\n"
    + "MBT,2026-11-02,2026-12-01,1640,,\n"
)


def moment(day: str) -> datetime:
    return datetime.fromisoformat(day).replace(tzinfo=UTC)


@pytest.fixture
def rates() -> Rates:
    return read_rates(CSV)


@pytest.mark.parametrize(
    ("day", "maintenance", "initial"),
    [
        ("2026-11-02", "82000", None),
        ("2026-11-15T23:59:59", "82000", None),
        ("2026-11-16", "85500", D(94050)),
        ("2027-06-01", "85500", D(94050)),
    ],
)
def test_both_sides_of_a_change(
    rates: Rates, day: str, maintenance: str, initial: Decimal | None
) -> None:
    found = rates.at("BTC", moment(day))
    assert (found.maintenance, found.initial) == (D(maintenance), initial)


@pytest.mark.parametrize(
    ("symbol", "day", "message"),
    [
        ("BTC", "2026-11-01", r"rates\.BTC: no rate covers this day \(found 2026-11-01\)"),
        ("MBT", "2026-12-01", "the rates are from 2026-11-02 until 2026-12-01"),
        ("ETH", "2026-11-03", r"has no rates .*there is: BTC, MBT"),
    ],
)
def test_a_day_that_is_not_covered_is_an_error(
    rates: Rates, symbol: str, day: str, message: str
) -> None:
    with pytest.raises(PayloadError, match=message):
        rates.at(symbol, moment(day))


def test_a_blank_end_is_the_next_rows_beginning() -> None:
    text = "symbol,effective_from,maintenance\nBTC,2026-02-01,2\nBTC,2026-01-01,1\n"
    found = read_rates(text)
    assert found.at("BTC", moment("2026-01-31")).maintenance == 1
    assert found.at("BTC", moment("2026-02-01")).maintenance == 2


def test_rates_are_laid_onto_an_account(rates: Rates) -> None:
    bare = document(parameters={})
    account = with_rates(from_dict(bare), rates)
    assert account.parameters.per_contract["BTC"].maintenance == 82000
    assert account.parameters.per_contract["BTC"].extra["source"] == "advisory 26-001"
    assert assess(account).measures[M.INITIAL_MARGIN] == 90200
    with pytest.raises(PayloadError, match="no rate covers this day"):
        with_rates(from_dict(document(parameters={}, as_of="2026-11-01T12:00:00Z")), rates)


def test_read_takes_a_file_text_bytes_or_rows(tmp_path: Path) -> None:
    file = tmp_path / "rates.csv"
    file.write_text("\ufeff" + CSV, encoding="utf-8")
    account = from_dict(document(parameters={}))
    rows = [{"symbol": "BTC", "effective_from": "2026-11-02", "maintenance": "82000"}]
    json = '[{"symbol": "BTC", "effective_from": "2026-11-02", "maintenance": 82000}]'
    for given in (file, str(file), CSV, CSV.encode(), rows, json):
        found = read("cme", rates=given, account_onto=account)
        assert found.parameters.per_contract["BTC"].maintenance == 82000
    assert read_rates(file).name == str(file)
    assert "rates" in kinds("cme")


def test_read_files_knows_rows_of_rates(tmp_path: Path) -> None:
    file = tmp_path / "rates.json"
    file.write_text('[{"symbol": "BTC", "effective_from": "2026-11-02", "maintenance": 82000}]')
    account = from_dict(document(parameters={}))
    found = read_files([file], account_onto=account).parameters.per_contract
    assert found["BTC"].maintenance == 82000


def test_rates_alone_are_no_account() -> None:
    with pytest.raises(PayloadError, match="write an account file"):
        read("cme", rates=CSV)
    account = from_dict(document())
    with pytest.raises(PayloadError, match="write an account file"):
        read("cme", account_onto=account)
    with pytest.raises(PayloadError, match="the account says speculator"):
        read("cme", rates=CSV, account_onto=account, mode="hedger")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "the column symbol is missing"),
        ("symbol,effective_from\n", "the column maintenance is missing"),
        (HEAD, "no rate is given"),
        (HEAD.replace("source", "note") + "\n", "is no column of a rates file"),
        (HEAD.replace("source", "symbol") + "\n", "given twice"),
        (HEAD + "BTC,2026-11-02,,82000\n", "line 2: has 4 cells"),
        (HEAD + "BTC,2.11.2026,,82000,,\n", r"rates\[0\]\.effective_from: is no day"),
        (HEAD + "BTC,2026-11-02,2026-11-02,82000,,\n", "must be after effective_from"),
        (HEAD + "BTC,2026-11-02,,lots,,\n", r"rates\[0\]\.maintenance"),
        (HEAD + "BTC,2026-11-02,,-1,,\n", "must not be negative"),
        (HEAD + "BTC,2026-11-02,,NaN,,\n", r"rates\[0\]\.maintenance"),
        (HEAD + ",2026-11-02,,1,,\n", r"rates\[0\]\.symbol: is missing"),
        (HEAD + "BTC,2026-11-02,,1,,\nBTC,2026-11-02,,2,,\n", "two rates are in force"),
        (HEAD + "BTC,2026-01-01,2026-03-01,1,,\nBTC,2026-02-01,,2,,\n", "on 2026-02-01"),
    ],
)
def test_what_cannot_be_meant_is_refused(text: str, message: str) -> None:
    with pytest.raises(PayloadError, match=message):
        read_rates(text + ("" if "\n" in text else "\n"))


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(PayloadError):
        read_rates(tmp_path / "none.csv")


@pytest.mark.parametrize(
    "rows", [[{"symbol": "BTC", "effective_from": "2026-11-02"}], ["BTC"], [{"colour": "red"}]]
)
def test_rows_are_judged_like_a_table(rows: list[object]) -> None:
    with pytest.raises(PayloadError):
        read("cme", rates=rows, account_onto=from_dict(document()))
