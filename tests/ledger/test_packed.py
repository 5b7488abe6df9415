"""Rows that are kept packed: each as it was, in its order, found by its moment."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest

pytest.importorskip("msgspec", reason="the extra `live` is not installed")

from marginline.core.account.moments import from_milliseconds, milliseconds
from marginline.ledger.entry import Entry, EntryKind
from marginline.ledger.packed import TOGETHER, Packed

START = milliseconds(datetime(2026, 11, 20, tzinfo=UTC))


def entry(number: int) -> Entry:
    return Entry(
        venue="binance",
        account="",
        event=f"{number}",
        at=from_milliseconds(START + number),
        kind=EntryKind.FUNDING,
        asset="USDT",
        amount=Decimal("1E-8") * number - Decimal("0.10"),
        word="FUNDING_FEE",
        instrument="BTCUSDT" if number % 2 else None,
        size=Decimal("-0") if number % 3 else None,
    )


def kept(count: int, most: int = 20_000) -> Packed[Entry]:
    found = Packed(Entry, lambda row: milliseconds(row.at), most)
    for number in range(count):
        found.append(entry(number))
    return found


def test_rows_come_back_as_they_were() -> None:
    found = list(kept(3 * TOGETHER + 5))
    assert found == [entry(number) for number in range(3 * TOGETHER + 5)]
    for row, given in zip(found, map(entry, range(len(found))), strict=True):
        assert [type(part) for part in row] == [type(part) for part in given]
        assert repr(row) == repr(given), "also what compares equal: the sign of a zero, its places"


def test_rows_are_found_by_their_moment_with_both_ends() -> None:
    rows = kept(3 * TOGETHER + 5)
    for first, last in ((0, 0), (TOGETHER - 1, TOGETHER), (40, 99), (99, 400), (400, 500), (5, 4)):
        expected = [entry(n) for n in range(3 * TOGETHER + 5) if first <= n <= last]
        assert list(rows.within(START + first, START + last)) == expected
    assert list(rows.within(START + 90)) == [entry(n) for n in range(90, 3 * TOGETHER + 5)]
    assert list(rows.within(None, START + 3)) == [entry(n) for n in range(4)]


def test_a_row_that_came_late_is_found_where_it_belongs() -> None:
    rows = kept(2 * TOGETHER)
    rows.append(entry(3))
    for number in range(100, 100 + TOGETHER):
        rows.append(entry(number))
    assert list(rows.within(START + 3, START + 3)) == [entry(3), entry(3)]


def test_the_newest_are_kept_and_hardly_more() -> None:
    rows = kept(10 * TOGETHER, most=3 * TOGETHER)
    found = list(rows)
    assert len(rows) == len(found)
    assert 3 * TOGETHER <= len(found) <= 4 * TOGETHER
    assert found == [entry(n) for n in range(10 * TOGETHER - len(found), 10 * TOGETHER)]


def test_what_is_cleared_is_gone() -> None:
    rows = kept(2 * TOGETHER + 1)
    rows.clear()
    assert (len(rows), list(rows)) == (0, [])


def test_it_says_every_row_however_many_are_packed() -> None:
    assert repr(kept(TOGETHER + 1)) == f"Packed({[entry(n) for n in range(TOGETHER + 1)]!r})"


def test_who_reads_while_rows_come_misses_none() -> None:
    rows = kept(TOGETHER - 1)
    reading = rows.within()
    first = next(reading)
    for number in range(TOGETHER - 1, 4 * TOGETHER):
        rows.append(entry(number))
    assert [first, *reading] == [entry(n) for n in range(TOGETHER - 1)]
