"""Changes while the book runs: as if the changed accounts had been packed anew."""

from __future__ import annotations

from decimal import Decimal as D

import numpy as np
import pytest

pytest.importorskip("numba", reason="the extra `book` is not installed")

from marginline.book import changes
from marginline.book.book import Book
from marginline.book.changes import Changes
from marginline.book.generating import Crowd, generate
from marginline.book.limits import BookMisuse
from marginline.book.packing import Packer
from marginline.book.watch import Watch
from marginline.core.account import Instrument
from marginline.core.pool import HaircutSchedule, TierSchedule
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
        assert book.watch is not None
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
