"""What is written is what is read, to the last digit, once, in both engines."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from marginline.errors import InputError, StoreError
from marginline.store.opening import open_store
from marginline.store.rows import AssessmentRow, GapRow, LedgerRow, RollupRow
from marginline.store.store import Store
from tests.store.rows import assessment, ledger, one_of_each, rollup

D = Decimal


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    with open_store(url) as opened:
        yield opened


def test_a_row_of_each_kind_is_read_as_it_was_written(url: str) -> None:
    with open_store(url) as store:
        store.write(one_of_each()).result(20)
    with open_store(url) as store:
        for row in one_of_each():
            assert store.read.rows(type(row)) == [row]


def test_an_event_given_twice_is_one_row_and_the_first_stays(url: str) -> None:
    with open_store(url) as store:
        store.write([ledger(1, "1.5"), ledger(1, "9")]).result(20)
        store.write([ledger(1, "7"), ledger(2)]).result(20)
        assert store.read.rows(LedgerRow) == [ledger(1, "1.5"), ledger(2)]


def test_a_row_that_the_engine_refuses_takes_no_other_batch_along(url: str) -> None:
    with open_store(url) as store:
        good, bad = store.write([ledger(1)]), store.write([ledger(2, at=2**80)])
        after = store.write([ledger(3)])
        good.result(20)
        after.result(20)
        with pytest.raises(StoreError):
            bad.result(20)
        assert store.read.rows(LedgerRow) == [ledger(1), ledger(3)]


def test_of_two_moments_in_a_step_the_worse_one_stays(url: str) -> None:
    with open_store(url) as store:
        store.write([rollup(0, 1, "0.7"), rollup(0, 1, "0.8"), rollup(0, 0, "0.95")]).result(20)
        store.write([rollup(0, 1, "0.75")]).result(20)
        assert store.read.rows(RollupRow) == [rollup(0, 1, "0.8")]
        store.write([rollup(0, 3, "0.1")]).result(20)
        assert store.read.rows(RollupRow) == [rollup(0, 3, "0.1")]


def test_a_gap_is_one_row_that_heals(url: str) -> None:
    open_gap = GapRow(venue="bybit", account="a", stream="account", start=1, end=2, reason="lost")
    healed = msgspec.structs.replace(open_gap, end=5, healed_at=6)
    with open_store(url) as store:
        store.write([open_gap, healed]).result(20)
        assert store.read.rows(GapRow, account="a") == [healed]


def test_rows_come_by_moment_and_only_those_asked_for(url: str) -> None:
    with open_store(url) as store:
        store.write([ledger(n) for n in (5, 3, 1, 4, 2)]).result(20)
        read = store.read.rows
        assert [row.at for row in read(LedgerRow)] == [1, 2, 3, 4, 5]
        assert [row.at for row in read(LedgerRow, since=2, until=5)] == [2, 3, 4]
        assert [row.at for row in read(LedgerRow, newest=2)] == [4, 5]
        assert read(LedgerRow, account="other") == []


amounts = st.decimals(allow_nan=False, allow_infinity=False, places=None).filter(
    lambda d: -900 <= d.adjusted() <= 900 and -900 <= int(d.as_tuple().exponent) <= 900
)
ids = iter(range(1_000_000))
short = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@short
@given(number=amounts, text=st.text())
def test_every_digit_survives(store: Store, number: Decimal, text: str) -> None:
    row = msgspec.structs.replace(ledger(1), id=f"f{next(ids)}", amount=number, text=text)
    store.write([row]).result(20)
    (kept,) = store.read.rows(LedgerRow, id=row.id)
    assert kept.amount == number
    exponent = number.as_tuple().exponent
    assert isinstance(exponent, int)
    assert kept.amount is not None
    assert kept.amount.as_tuple().exponent == min(exponent, 0), "trailing zeros are digits"
    assert kept.text == text.replace("\0", "\ufffd")


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1E+1001", "1E-1001"])
def test_what_is_no_amount_is_refused_where_it_is_given(tmp_path: Path, number: str) -> None:
    with open_store(f"sqlite:///{tmp_path / 'h.db'}") as store:
        with pytest.raises(InputError, match="LedgerRow"):
            store.write([ledger(1, number)])
        store.write([ledger(2)]).result(20)
        assert store.read.rows(LedgerRow) == [ledger(2)]


def test_the_files_are_their_owners_alone(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "history.db"
    with open_store(f"sqlite:///{path}") as store:
        store.write(one_of_each()).result(20)
        names = sorted(each.name for each in path.parent.iterdir())
        assert {"history.db", "history-booked.db"} <= set(names)
        for each in path.parent.iterdir():
            assert stat.S_IMODE(each.stat().st_mode) & 0o077 == 0, each


@pytest.mark.parametrize(
    "url", ["", "nonsense", "mysql://u:hunter2@h/d", "sqlite://", "sqlite:///"]
)
def test_an_address_that_is_none_is_said_without_its_password(url: str) -> None:
    with pytest.raises(InputError) as found:
        open_store(url)
    assert "sqlite:///" in str(found.value)
    assert "hunter2" not in str(found.value)


def test_a_server_that_is_not_there_is_said_without_its_password() -> None:
    pytest.importorskip("psycopg")
    with pytest.raises(StoreError) as found:
        open_store("postgresql://me:hunter2@127.0.0.1:1/x")
    assert "hunter2" not in str(found.value)
    assert found.value.remedy


def test_a_folder_that_cannot_be_is_said_with_its_path(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match=r"file/history\.db"):
        open_store(f"sqlite:///{tmp_path}/file/history.db")


def test_a_store_that_is_closed_says_so(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path / 'h.db'}")
    waiting = store.write([ledger(1)])
    store.close()
    assert waiting.done(), "closing writes what waits"
    with pytest.raises(StoreError, match="closed"):
        store.write([ledger(2)]).result(1)


def test_a_row_of_which_a_byte_was_changed_is_told_and_not_given_out(tmp_path: Path) -> None:
    import sqlite3

    path = tmp_path / "h.db"
    with open_store(f"sqlite:///{path}") as store:
        store.write([assessment(1)]).result(20)
    with sqlite3.connect(path) as raw:
        raw.execute("UPDATE assessments SET ratio = '0.1'")
    raw.close()
    damaged = pytest.raises(StoreError, match="checksum")
    with open_store(f"sqlite:///{path}") as store, damaged as found:
        store.read.rows(AssessmentRow)
    assert str(path) in str(found.value)
