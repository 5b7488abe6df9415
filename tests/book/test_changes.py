"""Changes while the book runs: as if the changed accounts had been packed anew."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal as D
from typing import Any

import numpy as np
import pytest

pytest.importorskip("numba", reason="the extra `book` is not installed")

from marginline.book import changes
from marginline.book.book import Book
from marginline.book.changes import Changes, add_pools, pay_funding, set_tiers
from marginline.book.intake.crowd import Crowd, generate
from marginline.book.intake.packing import Packer
from marginline.book.kernels.limits import BookMisuse
from marginline.book.scenarios.stress import stress
from marginline.book.watch import Watch
from marginline.core.account.account import Instrument
from marginline.core.findings import Status
from marginline.core.pool.exposure import Exposure, InitialTerm, MaintenanceTerm
from marginline.core.pool.pool import Kind, Leg, Pool
from marginline.core.pool.schedules import HaircutSchedule, TierSchedule
from tests.book.draw import odd_and_even, packed
from tests.book.test_watch import compare

ACCOUNTS = 3_000


@pytest.fixture
def book() -> Book:
    return generate(
        Crowd(ACCOUNTS, instruments=30, seed=8, joint=0.2, inverse=0.2, whole_tiers=0.3)
    )


def repacked(book: Book) -> Book:
    """The same pools, unpacked and packed anew."""
    fresh = Book(threads=1)
    packer = Packer(fresh)
    for pool in book.open_pools():
        packer.pool(book.unpack(int(pool)), "generated")
    packer.add()
    return fresh


def test_a_changed_book_is_the_book_of_the_changed_accounts(book: Book) -> None:
    random = np.random.default_rng(1)
    watch = Watch(book)
    names = [label for label in book.labels[1:] if label.endswith("USDT") and "/" not in label]
    for _ in range(6):
        batch = Changes(book)
        for _ in range(400):
            pool, name = int(random.integers(ACCOUNTS)), str(random.choice(names))
            price = float(book.prices[book.price_row(name)])
            size = float(f"{random.normal() * 500 / price:.4g}")
            kind = random.random()
            if kind < 0.7:
                batch.fill(pool, name, size, price, fee=-abs(size) * price * 5e-4, leverage=10)
            elif kind < 0.95:
                batch.transfer(pool, float(np.round(random.normal() * 100, 2)))
            else:
                batch.close(pool)
        batch.apply()
        compare(watch)
        watch.tick(book.prices * np.exp(random.normal(0, 0.004, len(book.prices))))
        compare(watch)
    fresh = repacked(book)
    prices = {
        n: p for n, p in zip(book.labels, book.prices, strict=True) if n and n in fresh.labels
    }
    old, new = book.sweep(), fresh.sweep(prices)
    held = book.open_pools()
    for name in ("support", "requirement", "initial_margin", "equity"):
        left, right = getattr(old, name)[held], getattr(new, name)
        scale = np.abs(right) + np.abs(new.support) + 1.0
        assert np.nanmax(np.abs(left - right) / scale) < 1e-9, name


def test_a_fill_of_the_opposite_size_leaves_no_position(book: Book) -> None:
    batch = Changes(book)
    pool = int(np.flatnonzero(book.store.lanes.joint[book.lanes_of_pools()] < 0)[0])
    before = len(book.unpack(pool).exposures)
    batch.fill(pool, "C0029USDT", 0.1, 10.0)
    batch.fill(pool, "C0029USDT", 0.2, 11.0)
    batch.fill(pool, "C0029USDT", -0.3, 12.0)
    batch.apply()
    assert len(book.unpack(pool).exposures) == before


def test_room_is_used_again_and_memory_does_not_creep(book: Book) -> None:
    Watch(book)
    random = np.random.default_rng(2)
    sizes = []
    for _ in range(12):
        batch = Changes(book)
        leaving = random.choice(book.open_pools(), 200, replace=False)
        again = [book.unpack(int(pool)) for pool in leaving]
        for pool in leaving:
            batch.close(int(pool))
        batch.apply()
        changes.add_pools(book, again, "generated")
        assert isinstance(book.watch, Watch)
        compare(book.watch)
        sizes.append(len(book.store.slots.size))
    assert sizes[-1] == sizes[2]


def test_closed_accounts_are_gone(book: Book) -> None:
    batch = Changes(book)
    for pool in range(100):
        batch.close(pool)
    batch.close(5)
    batch.apply()
    assert len(book) == ACCOUNTS - 100
    assert book.refused.tolist() == [100]
    with pytest.raises(BookMisuse, match="closed"):
        book.unpack(5)
    assert np.isnan(book.sweep().support[5])


def test_funding_tiers_and_haircuts_reach_every_account(book: Book) -> None:
    watch = Watch(book)
    equity = book.sweep().equity
    name = "C0010USDT"
    changes.pay_funding(book, {name: 0.01})
    compare(watch)
    paid = equity - book.sweep().equity
    for pool in np.flatnonzero(np.abs(paid) > 1e-9)[:20]:
        held = [e for e in book.unpack(int(pool)).exposures if e.instrument.symbol == name]
        signed = sum((float(e.size) * float(str(e.mark)) for e in held), 0.0)
        assert paid[pool] == pytest.approx(0.01 * signed, rel=1e-6, abs=1e-9)
    steep = TierSchedule("notional", "whole", (D(0), D(100)), (D("0.1"), D("0.5")), (D(0), D(0)),
                         (None, None), (None, None))  # fmt: skip
    fell = changes.set_tiers(book, name, steep).fell
    compare(watch)
    assert len(fell)
    for asset in ("BTC", "ETH"):
        cut = HaircutSchedule("value", "whole", (D(0), D(50)), (D("0.5"), D("0.1")), (D(0), D(0)))
        changes.set_haircut(book, asset, cut)
    compare(watch)
    watch.tick(book.prices * 0.97)
    compare(watch)


def test_a_new_instrument_trades_at_once(book: Book) -> None:
    watch = Watch(book)
    schedule = TierSchedule(
        "notional", "marginal", (D(0),), (D("0.01"),), (D(0),), (None,), (None,)
    )
    new = Instrument(symbol="NEWUSDT", payoff="linear", base="NEW", quote="USDT", settle="USDT")
    changes.add_instrument(book, new, schedule, 5.0)
    batch = Changes(book)
    for pool in range(ACCOUNTS):
        batch.fill(pool, "NEWUSDT", 1000.0 * (-1) ** pool, 5.0, leverage=20)
    events = batch.apply()
    compare(watch)
    assert len(events.fell)
    for price in (5.1, 4.8, 5.6, np.nan, 5.2):
        watch.tick({"NEWUSDT": price})
        compare(watch)


def test_what_is_no_number_is_refused_before_anything_is_done(book: Book) -> None:
    support = book.sweep().support.copy()
    batch = Changes(book)
    batch.transfer(1, 100.0)
    batch.fill(2, "C0010USDT", 1.0, float("nan"))
    with pytest.raises(BookMisuse, match="nothing was applied"):
        batch.apply()
    assert (book.sweep().support == support).all()


# -- what a review found ---------------------------------------------------------------------------

LINEAR = Instrument(symbol="X", payoff="linear", base="X", quote="USDT", settle="USDT")
BTC = Leg("BTC", D(1), index=D(60_000), rate_positive=D(60_000), rate_negative=D(60_000))


def tiers(*rows: tuple[str, str, str], keyed_by: str = "notional") -> TierSchedule:
    """Floor, rate, deduction by row."""
    floors, rates, deductions = zip(*[[D(cell) for cell in row] for row in rows], strict=True)
    none = (None,) * len(rows)
    return TierSchedule(keyed_by, "marginal", floors, rates, deductions, none, none)


ONE_RATE = tiers(("0", "0.01", "0"))


def long(size: str, mark: str = "100", closing: str = "0") -> Exposure:
    term = MaintenanceTerm(ONE_RATE, closing_fee_rate=D(closing))
    price = D(mark)
    initial = InitialTerm(D("0.1"))
    return Exposure("X", LINEAR, "both", D(size), price, price, "USDT", term, initial)


def pool(cash: str, *exposures: Exposure, **more: Any) -> Pool:
    return Pool("USDT", Kind.CROSS, "USDT", (Leg("USDT", D(cash)),), exposures, **more)


def test_new_tiers_leave_free_lanes_free() -> None:
    book = packed(*(pool("50", long("1")) for _ in range(64)))
    watch = Watch(book)
    changes = Changes(book)
    changes.close(1)
    changes.close(5)
    changes.apply()
    assert not len(set_tiers(book, "X", tiers(("0", "0.02", "0"))))
    grid = stress(book, book.prices[None, :], worst=3)
    assert grid.count.sum() == len(book) == 62
    assert set(grid.worst_pool[0].tolist()) <= set(book.open_pools().tolist())
    assert watch.levels()[1] == 255


@pytest.mark.parametrize(
    "schedule",
    [
        tiers(("0", "0.01", "0"), ("5", "0.02", "0.1"), keyed_by="size"),
        tiers(("0", "0.01", "0"), ("1000", "0.02", "25")),
        tiers(("0", "0.01", "1")),
    ],
)
def test_tiers_that_columns_cannot_charge_are_refused(schedule: TierSchedule) -> None:
    book = packed(pool("50", long("10")))
    with pytest.raises(BookMisuse, match=r"nothing|exact path"):
        set_tiers(book, "X", schedule)
    assert book.sweep().requirement[0] == 10.0
    exposure = long("10")
    odd = replace(exposure, maintenance=replace(exposure.maintenance, schedule=schedule))
    assert packed(pool("50", odd)).odd


def test_changes_of_all_reach_pools_that_do_not_fit() -> None:
    book = odd_and_even()
    symbol = book.odd[1].pool.exposures[0].instrument.symbol
    set_tiers(book, symbol, tiers(("0", "0.1", "0")))
    pay_funding(book, {symbol: 0.01})
    sweep = book.sweep()
    assert sweep.requirement[0] == pytest.approx(sweep.requirement[1], abs=0.01)
    assert sweep.equity[0] == pytest.approx(sweep.equity[1])
    changes = Changes(book)
    changes.close(1)
    changes.apply()
    assert not len(book.refused)


def test_a_mark_that_comes_with_new_pools_is_a_tick() -> None:
    book = packed(pool("150", long("10")))
    watch = Watch(book)
    events = list(add_pools(book, [pool("1000", long("1", mark="85"))], "drawn"))
    assert [(event.pool, event.after) for event in events] == [(0, 2)]
    assert watch.status(0) is book.sweep().status(0) is Status.LIQUIDATION


def test_money_goes_into_its_own_asset_or_is_refused() -> None:
    both = Pool("A", Kind.ACCOUNT, "USDT", (BTC, Leg("USDT", D(10))))
    book = packed(both, pool("5"))
    changes = Changes(book)
    changes.transfer(0, 5.0, "USDT")
    changes.transfer(0, 0.5, "BTC")
    changes.transfer(0, 1.0)
    changes.transfer(1, 1.0, "BTC")
    changes.apply()
    assert book.sweep().equity.tolist() == pytest.approx([60_010 + 5 + 30_000 + 1, 5.0])
    assert book.refused.tolist() == [3]
    with pytest.raises(BookMisuse, match="NOSUCH"):
        changes.transfer(0, 1.0, "NOSUCH")


def test_a_pool_in_the_guard_band_may_be_closed_in_the_same_batch() -> None:
    book = packed(pool("100", long("1")), pool("5"))
    Watch(book)
    changes = Changes(book)
    changes.transfer(0, -98.75)
    changes.close(0)
    assert not len(changes.apply())


def test_several_changes_of_one_pool_are_one_event() -> None:
    book = packed(pool("100", long("1")))
    Watch(book)
    changes = Changes(book)
    for amount in (-98.8, -0.1, -0.3):
        changes.transfer(0, amount)
    assert [(event.before, event.after) for event in changes.apply()] == [(0, 2)]


def test_closing_fees_of_plain_pools_have_a_maintenance_margin() -> None:
    book = packed(*(pool("50", long("1", closing="0.001")) for _ in range(10)))
    assert book.sweep().maintenance_margin.tolist() == pytest.approx([1.0] * 10)


def test_room_of_a_smaller_book_is_refused() -> None:
    book = packed(pool("5", long("1")))
    room = book.outcome()
    add_pools(book, [pool("5", long("1")) for _ in range(500)], "drawn")
    with pytest.raises(BookMisuse, match="grown"):
        book.sweep(out=room)
