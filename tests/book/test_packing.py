"""Account files in columns read no safer than by themselves: moments, notes, contradictions."""

from __future__ import annotations

from typing import Any

import pytest

pytest.importorskip("numba", reason="the extra `book` is not installed")

import marginline as ml
from marginline.book.book import Book
from marginline.book.changes import Changes
from marginline.book.intake.packing import pack
from marginline.book.kernels.limits import BookMisuse
from marginline.core.account.file import from_dict
from marginline.core.findings import Status

RAW = {"totals": {"totalMaintMargin": "21000"}}
NOW, OLD = "2026-06-01T00:00:00Z", "2025-06-01T00:00:00Z"


def document(name: str, as_of: str, mark: str | None, **changes: Any) -> dict[str, Any]:
    row = {"instrument": "BTCUSDT", "size": "1", "entry_price": "60000", "leverage": "10"}
    return {
        "schema": "marginline/account/1", "venue": "binance_usdm", "mode": "single_asset",
        "as_of": as_of, "name": name, "positions": [row],
        "wallets": [{"asset": "USDT", "balance": "20000"}],
        "instruments": {"BTCUSDT": {"payoff": "linear", "base": "BTC", "quote": "USDT",
                                    "settle": "USDT"}},
        "market": {} if mark is None else {"mark": {"BTCUSDT": mark}},
        "parameters": {"tiers": {"BTCUSDT": [{"floor": "0", "cap": None, "rate": "0.004"}]}},
    } | changes  # fmt: skip


def statuses(book: Book) -> dict[str, Status]:
    sweep, names = book.sweep(), book.names()
    return {names[pool]: sweep.status(pool) for pool in book.open_pools().tolist()}


@pytest.mark.parametrize("turned", [False, True])
def test_no_account_is_judged_at_an_older_mark_of_another(*, turned: bool) -> None:
    fallen = from_dict(document("now", NOW, "40000"))
    before = from_dict(document("old", OLD, "60000"))
    book = pack([before, fallen] if turned else [fallen, before])
    assert book.prices[book.price_row("BTCUSDT")] == 40_000
    assert statuses(book)["now:USDT"] is Status.LIQUIDATION


def test_a_mark_that_the_newest_account_lacks_is_not_taken_from_an_older_one() -> None:
    book = pack([from_dict(document("now", NOW, None)), from_dict(document("old", OLD, "60000"))])
    assert statuses(book)["now:USDT"] is Status.UNKNOWN


@pytest.mark.parametrize("part", ["positions", "wallets"])
def test_what_a_file_leaves_out_is_unknown_in_columns_too(part: str) -> None:
    told = document("a", NOW, "60000")
    untold = from_dict({name: value for name, value in told.items() if name != part})
    assert ml.assess(untold).status is Status.UNKNOWN
    book = pack([untold])
    assert set(statuses(book).values()) == {Status.UNKNOWN}
    assert book.assess(0).status is Status.UNKNOWN
    assert "leaves out" in next(iter(book.odd_reasons()))


def test_what_contradicts_itself_is_unknown_in_columns_too() -> None:
    told = document("a", NOW, "60000")
    told["parameters"] |= {"fees": {"taker": "0.5"}}
    account = from_dict(told)
    assert ml.assess(account).status is Status.UNKNOWN
    assert set(statuses(pack([account])).values()) == {Status.UNKNOWN}


def test_an_account_of_nothing_is_counted_as_unknown() -> None:
    empty = from_dict(document("a", NOW, None, positions=[], wallets=[]))
    assert ml.assess(empty).status is Status.UNKNOWN
    assert list(statuses(pack([empty])).values()) == [Status.UNKNOWN]


def test_a_maintenance_that_the_venue_refutes_is_judged_by_the_worse() -> None:
    told = document("a", NOW, "60000", reported={"raw": {"account": RAW}})
    account = from_dict(told)
    assert ml.assess(account).status is Status.LIQUIDATION
    book = pack([account])
    assert set(statuses(book).values()) == {Status.LIQUIDATION}


def test_a_fill_into_a_pool_of_free_money_is_refused() -> None:
    row = {"instrument": "BTCUSDT", "size": "0.1", "entry_price": "60000", "leverage": "10",
           "margin_mode": "isolated", "isolated_margin": "700"}  # fmt: skip
    venue = {"venue": "bybit_unified", "mode": "isolated", "positions": [row]}
    told = document("a", NOW, "60000", **venue)
    told["parameters"] |= {"fees": {"taker": "0.0006"}}
    book = pack([from_dict(told)])
    free = book.names().index("a:USDT")
    changes = Changes(book)
    changes.fill(free, "BTCUSDT", 1.0, 60_000.0, leverage=10)
    with pytest.raises(BookMisuse, match=r"changes\[0\].pool.*free money alone.*a:USDT"):
        changes.apply()
    assert book.sweep().requirement[free] == 0.0
    changes.transfer(free, -100.0)
    changes.apply()
    assert not len(book.refused)
