"""Books from tables: out and in again, coins held as collateral, and all that is refused."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("numba", reason="the extra `book` is not installed")
pytest.importorskip("pyarrow", reason="the extra `book` is not installed")

import pyarrow as pa
import pyarrow.parquet as pq

from marginline.book.frames import to_arrow
from marginline.book.intake.crowd import Crowd, generate
from marginline.book.intake.positions_table import from_arrow, from_parquet
from marginline.book.intake.tables import TableTerms, terms_document, terms_of
from marginline.book.kernels.lanes import place_joints, place_rows
from marginline.book.kernels.limits import BookMisuse
from marginline.core.account.account import Instrument
from marginline.core.account.file import load
from marginline.core.findings import Status
from marginline.core.pool.exposure import Exposure, InitialTerm, MaintenanceTerm
from marginline.core.pool.pool import Kind, Leg, Pool
from marginline.core.pool.schedules import HaircutSchedule, TierSchedule
from tests.book.draw import packed

Z, ONE = Decimal(0), Decimal(1)
TIERS = TierSchedule("notional", "marginal", (Z,), (Decimal("0.01"),), (Z,), (None,), (None,))
LINEAR = Instrument(symbol="BTCUSDT", payoff="linear", base="BTC", quote="USDT", settle="USDT")
INVERSE = Instrument(
    symbol="BTCUSD", payoff="inverse", base="BTC", quote="USD", settle="BTC",
    contract_size=Decimal(100),
)  # fmt: skip
CUT = HaircutSchedule("value", "marginal", (Z,), (Decimal("0.95"),), (Z,))
TERMS = TableTerms(
    {"BTCUSDT": LINEAR, "BTCUSD": INVERSE},
    {"BTCUSDT": TIERS, "BTCUSD": TIERS},
    {"BTCUSDT": 60_000.0, "BTCUSD": 60_000.0},
    {"BTC": CUT},
    {"BTC": 60_000.0},
)
COLUMNS = ("account", "cash", "instrument", "size", "entry_price", "leverage", "side", "kind")


def table(*rows: tuple[Any, ...]) -> Any:
    """A positions table; short rows leave the last columns out for all."""
    return _table(COLUMNS, rows)


def coins(*rows: tuple[str, str, float | None]) -> Any:
    return _table(("account", "asset", "amount"), rows)


def _table(names: tuple[str, ...], rows: tuple[tuple[Any, ...], ...]) -> Any:
    columns = zip(*rows, strict=True)
    return pa.table({name: list(column) for name, column in zip(names, columns, strict=False)})


def test_a_book_goes_out_as_arrow_and_comes_back(tmp_path: Path) -> None:
    book = generate(Crowd(800, instruments=20))
    pq.write_table(to_arrow(book), tmp_path / "book.parquet")
    (tmp_path / "terms.json").write_text(terms_document(book))
    again = from_parquet(tmp_path / "book.parquet", terms_of(load(tmp_path / "terms.json")))
    left, right = book.sweep(), again.sweep()
    order = np.array([int(name) for name in again.names()])
    for name in ("equity", "requirement", "initial_margin"):
        assert np.allclose(getattr(left, name)[order], getattr(right, name), rtol=1e-12, atol=1e-9)
    assert (left.status_codes[order] == right.status_codes).all()


def test_tables_and_generated_pools_are_placed_by_the_same_compiled_kernel() -> None:
    """A column of another type has it compiled once more: ten seconds of a first start."""
    generate(Crowd(20, joint=1.0))
    from_arrow(
        table(("a", 1.0, "BTCUSDT", 0.1, 60_000.0)), TERMS, collateral=coins(("a", "BTC", 1.0))
    )
    kernels: list[Any] = [place_rows, place_joints]
    assert [len(kernel.signatures) for kernel in kernels] == [1, 1]


def test_rows_of_one_account_may_stand_apart() -> None:
    book = from_arrow(
        table(
            ("a", 100.0, "BTCUSDT", 0.01, 60_000.0, 10.0, "long"),
            ("b", 5.0, None, None, None, None, None),
            ("a", 100.0, "BTCUSDT", -0.004, 59_000.0, None, "short"),
        ),
        TERMS,
    )
    sweep = book.sweep()
    assert book.names() == ["a", "b"]
    assert sweep.equity.tolist() == pytest.approx([100 - 0.004 * 1000, 5.0])
    assert sweep.requirement.tolist() == pytest.approx([0.014 * 600, 0.0])
    assert np.isnan(sweep.initial_margin[0]), "no leverage: initial margin is unknown, not 0"


def test_coins_make_one_pool_of_several_assets() -> None:
    positions = table(
        ("a", 1000.0, "BTCUSDT", 0.1, 60_000.0, 10.0),
        ("a", 1000.0, "BTCUSD", 30.0, 60_000.0, 10.0),
        ("plain", 1000.0, "BTCUSDT", 0.1, 60_000.0, 10.0),
    )
    book = from_arrow(positions, TERMS, collateral=coins(("a", "BTC", 0.5), ("idle", "BTC", 0.1)))
    prices = {"BTCUSDT": 54_000.0, "BTCUSD": 54_000.0, "BTC/USDT": 54_000.0}
    sweep = book.sweep(prices)
    loss = 30 * 100 * (1 / 60_000 - 1 / 54_000)
    coin = 0.5 + loss
    place = {name: number for number, name in enumerate(book.names())}
    support = 1000 - 0.1 * 6000 + coin * 54_000 * 0.95
    needed = 0.1 * 54_000 * 0.01 + 30 * 100 * 0.01
    assert sweep.support[place["a"]] == pytest.approx(support)
    assert sweep.requirement[place["a"]] == pytest.approx(needed)
    assert sweep.equity[place["a"]] == pytest.approx(1000 - 600 + coin * 54_000)
    assert sweep.support[place["plain"]] == pytest.approx(400)
    assert sweep.support[place["idle"]] == pytest.approx(0.1 * 54_000 * 0.95)
    exact = book.assess(place["a"], prices)
    assert exact.kind == Kind.ACCOUNT
    assert float(exact.margin_balance or 0) == pytest.approx(support)
    assert book.sweep({"BTC/USDT": float("nan")}).status(place["a"]) is Status.UNKNOWN


def test_a_null_balance_beside_coins_is_unknown_not_nothing() -> None:
    positions = table(("a", None, "BTCUSDT", 0.1, 60_000.0))
    sweep = from_arrow(positions, TERMS, collateral=coins(("a", "BTC", 5.0))).sweep()
    assert sweep.status(0) is Status.UNKNOWN


def test_any_frame_will_do() -> None:
    pl = pytest.importorskip("polars")
    rows = {"account": ["a"], "cash": [1.0], "instrument": ["BTCUSDT"], "size": [1.0]}
    book = from_arrow(pl.DataFrame(rows | {"entry_price": [60_000.0]}), TERMS)
    assert book.positions == 1


def test_what_nobody_gave_makes_its_holder_unknown() -> None:
    rows = table(("a", None, "BTCUSDT", 0.1, 60_000.0), ("b", 10.0, "BTCUSDT", None, 60_000.0))
    sweep = from_arrow(rows, TERMS).sweep()
    assert [sweep.status(0), sweep.status(1)] == [Status.UNKNOWN, Status.UNKNOWN]
    assert [sweep.book.assess(pool).status for pool in (0, 1)] == [Status.UNKNOWN, Status.UNKNOWN]


def test_what_a_table_cannot_say_is_not_written() -> None:
    term = MaintenanceTerm(TIERS, closing_fee_rate=Decimal("0.001"))
    one = Exposure("X", LINEAR, "both", ONE, ONE, ONE, "USDT", term, InitialTerm(Decimal("0.1")))
    pool = Pool("a", Kind.CROSS, "USDT", (Leg("USDT", ONE),), (one,))
    with pytest.raises(BookMisuse, match="fees inside"):
        to_arrow(packed(pool))
    bare = Pool("a", Kind.CROSS, "USDT", (Leg("USDT", ONE),))
    with pytest.raises(BookMisuse, match="one name"):
        to_arrow(packed(bare, bare))


LONG = ("a", 10.0, "BTCUSDT", 0.1, 60_000.0, 10.0, "long", "cross")
FLAT = ("a", 10.0, "BTCUSDT", 0.0, 60_000.0, 10.0, "short", "cross")
GOOD = ("a", 10.0, "BTCUSDT", 0.1, 60_000.0, 10.0, "both", "cross")


@pytest.mark.parametrize(
    ("positions", "collateral", "told"),
    [
        pytest.param(
            pa.table({"account": ["a"], "cash": [1.0], "sise": [1.0]}), None,
            r"sise.*no such column", id="unknown column",
        ),
        pytest.param(pa.table({"account": ["a"]}), None, "cash.*needed", id="missing column"),
        pytest.param(
            table((*GOOD[:3], "much", *GOOD[4:])), None, "size.*numbers", id="text for a number"
        ),
        pytest.param(table(("a", 1.0, "XRP", 1.0, 1.0)), None, "described.*XRP", id="instrument"),
        pytest.param(table((None, *GOOD[1:])), None, "account.*belongs", id="no account"),
        pytest.param(table((*GOOD[:5], -3.0, *GOOD[6:])), None, "above 0.*-3", id="leverage"),
        pytest.param(table((*GOOD[:6], "up", "cross")), None, "up.*long", id="side"),
        pytest.param(table((*GOOD[:7], "joint")), None, "joint.*isolated", id="kind"),
        pytest.param(
            table(LONG, ("a", 11.0, *FLAT[2:])), None, "two balances", id="balances"
        ),
        pytest.param(
            table(("a", 1.0, None, 500.0, None)), None, "without an instrument", id="lost size"
        ),
        pytest.param(table((*GOOD[:4], 0.0)), None, "entry price", id="entry of 0"),
        pytest.param(table((*GOOD[:4], float("inf"))), None, "entry price", id="endless entry"),
        pytest.param(
            table((*GOOD[:5], float("inf"))), None, "above 0 and finite", id="endless leverage"
        ),
        pytest.param(table(LONG, (*FLAT[:7], "isolated")), None, "two kinds", id="two kinds"),
        pytest.param(
            table(GOOD, ("a", 10.0, "BTCUSD", *GOOD[3:])), None, "two assets", id="two assets"
        ),
        pytest.param(table(GOOD), coins(("a", "DOGE", 1.0)), "DOGE.*haircut", id="no haircut"),
        pytest.param(table(GOOD), coins(("a", "BTC", None)), "finite amount", id="no amount"),
        pytest.param(
            table(("b", *GOOD[1:]), (*GOOD[:6], "short", "cross")), None,
            r"size\[1\].*short row must not be positive", id="a short above 0",
        ),
        pytest.param(
            table((*GOOD[:3], -1.0, *GOOD[4:6], "long", "cross")), None,
            r"size\[0\].*long row must not be negative.*-1", id="a long of -1",
        ),
        pytest.param(
            table(GOOD, ("b", *GOOD[1:]), GOOD), None, r"instrument\[2\].*same instrument",
            id="the same row twice",
        ),
        pytest.param(
            table(GOOD, (*GOOD[:6], "long", "cross")), None, r"side\[1\].*hedge mode",
            id="a leg beside a one-way position",
        ),
        pytest.param(
            table(GOOD), coins(("a", "BTC", 1.0), ("a", "BTC", 2.0)), r"asset\[1\].*same asset",
            id="one coin twice",
        ),
        pytest.param(
            table(GOOD), coins(("a", "USDT", 1.0)), "both give a balance of USDT",
            id="cash told twice",
        ),
        pytest.param(
            table((*GOOD[:3], float("inf"), *GOOD[4:])), None, r"size\[0\].*finite",
            id="endless size",
        ),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_refused_by_name(positions: Any, collateral: Any, told: str) -> None:
    with pytest.raises(BookMisuse, match=told):
        from_arrow(positions, TERMS, collateral=collateral)
