"""What a sweep promises beside agreement: threads, bad prices, limits, unpacking."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

pytest.importorskip("numba", reason="the extra `book` is not installed")

import numpy as np

from marginline.book.book import Book
from marginline.book.intake.crowd import Crowd, generate
from marginline.book.intake.packing import pack
from marginline.book.kernels import limits
from marginline.book.kernels.limits import BookMisuse, BookTooLarge
from marginline.book.watch import Watch
from marginline.core.account.file import from_dict
from marginline.core.findings import Status
from marginline.core.numbers import Direction
from marginline.core.pool.exposure import Basis
from marginline.core.pool.pool import Kind, Leg, Pool
from marginline.core.pool.schedules import Rounding
from tests.book.draw import World, odd_and_even, packed

MIXED = Crowd(5_000, instruments=40, seed=4, joint=0.2, inverse=0.2, whole_tiers=0.3)

ACCOUNT = {
    "schema": "marginline/account/1",
    "venue": "binance_usdm",
    "mode": "single_asset",
    "as_of": "2026-09-01T00:00:00Z",
    "name": "desk",
    "wallets": [{"asset": "USDT", "balance": "1500"}],
    "positions": [
        {"instrument": "BTCUSDT", "size": "0.5", "entry_price": "60000", "leverage": "20"},
        {
            "instrument": "ETHUSDT", "size": "-3", "entry_price": "2500", "leverage": "10",
            "margin_mode": "isolated", "isolated_margin": "750",
        },
    ],
    "instruments": {
        s: {"payoff": "linear", "base": s[:3], "quote": "USDT", "settle": "USDT"}
        for s in ("BTCUSDT", "ETHUSDT")
    },
    "market": {"mark": {"BTCUSDT": "60100", "ETHUSDT": "2510"}},
    "parameters": {
        "tiers": {
            s: [
                {"floor": "0", "cap": "50000", "rate": "0.004"},
                {"floor": "50000", "rate": "0.005"},
            ]
            for s in ("BTCUSDT", "ETHUSDT")
        }
    },
}  # fmt: skip


@pytest.fixture(scope="module")
def mixed() -> Book:
    return generate(MIXED)


@pytest.fixture(scope="module")
def rows_held(mixed: Book) -> list[set[int]]:
    """The prices that each pool depends on, by the exact path."""
    rows = []
    for pool in range(mixed.pools):
        held = mixed.unpack(pool)
        symbols = {exposure.instrument.symbol for exposure in held.exposures}
        symbols |= {f"{leg.asset}/USDT" for leg in held.legs if leg.asset != held.asset}
        rows.append({mixed.price_row(symbol) for symbol in symbols})
    return rows


def test_results_are_equal_to_the_bit_for_any_number_of_threads(mixed: Book) -> None:
    one = mixed.sweep(threads=1)
    for threads in (2, 3, 7):
        other = mixed.sweep(threads=threads)
        for name in ("support", "charge", "initial"):
            assert getattr(one.out, name).tobytes() == getattr(other.out, name).tobytes()
        assert (one.status_codes == other.status_codes).all()
        assert one.equity.tobytes() == other.equity.tobytes()


def test_flags_of_big_positions_never_change_a_bit(mixed: Book) -> None:
    before = mixed.sweep().out.charge.tobytes()
    mixed.sweep(mixed.prices * 9.0)
    assert mixed.sweep().out.charge.tobytes() == before


@pytest.mark.parametrize("price", [float("nan"), float("inf"), float("-inf"), 0.0, -5.0])
@pytest.mark.parametrize("label", ["C0010USDT", "C0000USD", "BTC/USDT"])
def test_a_bad_price_makes_exactly_its_holders_unknown(
    mixed: Book, rows_held: list[set[int]], price: float, label: str
) -> None:
    before = mixed.sweep().status_codes
    codes = mixed.sweep({label: price}).status_codes
    row = mixed.price_row(label)
    unknown = Status.UNKNOWN.rank
    for pool, rows in enumerate(rows_held):
        assert (codes[pool] == unknown) == (row in rows)
        assert row in rows or codes[pool] == before[pool]
    some = int(np.flatnonzero(codes == unknown)[0])
    assert mixed.exact_status(some, mixed.price_vector({label: price})) is Status.UNKNOWN


def test_accounts_are_packed_by_their_rulebook_and_explained() -> None:
    book = pack([from_dict(ACCOUNT)])
    assert book.names() == ["desk:USDT", "desk:ETHUSDT/both isolated"]
    assert not book.odd
    sweep = book.sweep()
    assert sweep.equity.tolist() == [750 + 50.0, 750 - 30.0]
    assert sweep.maintenance_margin.tolist() == pytest.approx([30050 * 0.004, 7530 * 0.004])
    assert sweep.initial_margin.tolist() == [30050 / 20, 753.0]
    assert book.assess(0).maintenance_margin == Decimal("120.2")
    tree = book.explain(0, "maintenance_margin")
    assert tree.value == Decimal("120.2")
    assert tree.inputs[0].facts


def test_a_coin_that_a_pool_holds_none_of_may_have_any_price() -> None:
    legs = (Leg("USDT", Decimal(100)), Leg("BTC", Decimal(0), index=Decimal(60_000)))
    legs = (legs[0], replace(legs[1], rate_positive=Decimal(60_000), rate_negative=Decimal(60_000)))
    book = packed(Pool("a", Kind.ACCOUNT, "USDT", legs))
    watch = Watch(book)
    for price in (60_000.0, float("nan"), 0.0, 61_000.0):
        watch.tick({"BTC/USDT": price})
        sweep = book.sweep()
        assert sweep.status(0) is watch.status(0) is Status.HEALTHY
        assert book.exact_status(0, book.prices) is Status.HEALTHY
        assert (sweep.support[0], sweep.initial_margin[0]) == (100.0, 0.0)


def test_what_does_not_fit_columns_is_counted_and_assessed_exactly() -> None:
    book = odd_and_even()
    assert book.odd_reasons() == {"the venue rounds its requirement": 1}
    sweep = book.sweep()
    assert sweep.equity[0] == pytest.approx(sweep.equity[1])
    assert sweep.status_codes[1] == book.exact_status(1, book.prices).rank
    assert len(book) == 2
    symbol = book.odd[1].pool.exposures[0].instrument.symbol
    assert book.sweep({symbol: float("nan")}).status(1) is Status.UNKNOWN


def test_what_does_not_fit_columns_follows_the_rates_of_its_collateral() -> None:
    world = World(11, joint=1.0, tight=0.0)
    pool = next(p for p in (world.pool() for _ in range(50)) if len(p.exposures) > 2)
    rounded = replace(
        pool.exposures[0].maintenance, rounding=Rounding(Decimal("1e-9"), Direction.UP)
    )
    odd = replace(
        pool,
        exposures=(replace(pool.exposures[0], maintenance=rounded), *pool.exposures[1:]),
    )
    book = packed(pool, odd)
    assert list(book.odd) == [1]
    for factor in (0.4, 1.0, 1.7):
        sweep = book.sweep({"BTC/USDT": 60_000.0 * factor})
        for column in ("equity", "support", "requirement", "initial_margin"):
            even, own = getattr(sweep, column)
            assert own == pytest.approx(even, rel=1e-6, abs=1e-3), column
    assert book.sweep({"BTC/USDT": float("nan")}).status(1) is Status.UNKNOWN


def test_what_columns_cannot_say_is_never_left_out_in_silence() -> None:
    pool = next(p for p in (World(3, joint=0.0).pool() for _ in range(50)) if p.exposures)
    first = pool.exposures[0]
    term = replace(first.maintenance, keyed_at=Basis.ENTRY)
    book = packed(replace(pool, exposures=(replace(first, maintenance=term),)))
    assert book.odd_reasons() == {"columns do not know MaintenanceTerm.keyed_at": 1}


def test_indices_that_would_overflow_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    book = Book()
    book.terms.codes.most = 1
    from marginline.book.terms import CodeTerms

    with pytest.raises(BookTooLarge, match="at most 1 fit"):
        book.terms.codes.number(CodeTerms(Decimal(3)))
    monkeypatch.setattr("marginline.book.kernels.lanes.SLOTS_MAX", 1000)
    with pytest.raises(BookTooLarge, match="positions"):
        generate(Crowd(2_000))
    assert limits.SLOTS_MAX < 2**31


def test_memory_is_foreseen_before_the_work_starts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("marginline.book.memory.free_bytes", lambda: 1_000_000)
    with pytest.raises(BookTooLarge, match="bytes for generating"):
        generate(Crowd(100_000))


def test_prices_of_the_wrong_shape_or_name_are_refused(mixed: Book) -> None:
    with pytest.raises(BookMisuse, match="expected"):
        mixed.sweep(np.ones(3))
    with pytest.raises(BookMisuse, match="no such instrument"):
        mixed.sweep({"NOPE": 1.0})


def test_the_same_seed_gives_the_same_crowd() -> None:
    one, other = generate(Crowd(500, seed=6)), generate(Crowd(500, seed=6))
    assert one.store.slots.size.tobytes() == other.store.slots.size.tobytes()
    assert generate(Crowd(500, seed=7)).store.slots.size.tobytes() != one.store.slots.size.tobytes()
