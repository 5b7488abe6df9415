"""Very many whole-position tiers: one formula tells of many segments, and none is told otherwise.

What the walk finds in blocks is held against the walk of every segment, digit for digit.
"""

from __future__ import annotations

from decimal import Decimal as D
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from marginline.core.numbers import exact
from marginline.core.polynomial import Curve
from marginline.core.pool.exposure import Basis, Exposure, MaintenanceTerm
from marginline.core.pool.pool import Pool, Trigger
from marginline.core.pool.schedules import TierSchedule
from marginline.core.solver import safe_range as walking
from marginline.core.solver.health import Path, PoolCurves
from marginline.core.solver.safe_range import Piece, Walk
from marginline.core.solver.standing import Standing
from tests.core.pools import INVERSE, exposure, haircut, leg, pool, schedule

Found = tuple[Piece | None, list[Piece]]


def ladder(rows: int, step: str, rate: str) -> TierSchedule:
    """Floors a step apart, each charged so much more than the one before."""
    steps = [(str(D(step) * n), str(D(rate) * (n + 1))) for n in range(rows)]
    return schedule(*steps, kind="whole")


def keyed(table: TierSchedule, **more: Any) -> MaintenanceTerm:
    return MaintenanceTerm(table, basis=Basis.ENTRY, keyed_at=Basis.MARK, **more)


def walk_of(of: Pool, start: D) -> Walk:
    """The walk of every exposure of a pool at once, from a price that need not be today's."""
    line = Curve(D(0), D(1))
    curves = PoolCurves(
        Standing(of), Path({e.key: line for e in of.exposures}, {}, start), of.exposures
    )
    return Walk(curves, curves.health, curves.edges, inclusive=of.trigger.inclusive)


def found(of: Pool, start: D, many: int) -> Found:
    with exact(), pytest.MonkeyPatch.context() as patch:
        patch.setattr(walking, "MANY", many)
        return walk_of(of, start).safe_pieces()


@st.composite
def laddered(draw: st.DrawFn) -> Pool:
    """One or two positions under ladders, convex ones among them, on collateral of two formulas.

    Steep ladders cut the health into a saw: its teeth may be under in the midst of what is safe.
    """

    def position(key: str) -> Exposure:
        rate = str(D(draw(st.sampled_from((1, 20, 100, 300, 600)))) / 10_000)
        table = ladder(draw(st.integers(1, 40)), str(draw(st.integers(1, 60))), rate)
        if draw(st.integers(0, 5)) == 0:
            table = schedule(*zip(map(str, table.floors), map(str, table.rates), strict=True))
        more: dict[str, Any] = {"fee_rate": D(draw(st.integers(0, 5))) / 1000}
        maintenance = keyed(table, **more)
        if draw(st.booleans()):
            maintenance = MaintenanceTerm(table, **more)
        size = str(draw(st.integers(-9, 9).filter(bool)) * (1000 if inverse else 1))
        entry = str(draw(st.integers(50, 150)))
        terms: dict[str, Any] = {"instrument": INVERSE, "asset": "X"} if inverse else {}
        return exposure(size, entry, "100", maintenance, key=key, **terms)

    inverse = draw(st.booleans())
    cut = haircut(("0", "0.9"), ("100", "0.5"), ("300", "0.1"), kind="marginal", keyed_by="value")
    balance, asset = str(draw(st.integers(-200, 1500))), "X" if inverse else "USD"
    rows = [position(f"p{n}") for n in range(draw(st.integers(1, 2)))]
    own = leg(
        balance,
        asset,
        haircut=draw(st.sampled_from((None, None, cut))),
        supports=draw(st.integers(0, 2)) > 0,
    )
    cash = leg(str(draw(st.integers(0, 300))), "C")
    return pool(own, cash, *rows, asset=asset, trigger=Trigger(inclusive=draw(st.booleans())))


@given(of=laddered(), start=st.integers(1, 400))
@example(of=pool(leg("300"), exposure("1", maintenance=keyed(ladder(40, "7", "0.01")))), start=100)
def test_blocks_find_what_every_segment_tells(of: Pool, start: int) -> None:
    at = D(start) / 10_000 if of.asset == "X" else D(start)
    assert found(of, at, 2) == found(of, at, 10**9)


def test_a_block_ends_where_the_collateral_changes_its_formula() -> None:
    """What is lost counts, a gain does not: 60 + (P - 100) - 0.25 P at 52, 60 - 0.25 P from 100 on.

    The formula from 100 on is above zero down to 52, and the pool is under there.
    """
    steps = (("0", "0.01"), ("51", "0.02"), ("52", "0.25"), ("120", "0.26"))
    row = exposure("1", "100", "50", MaintenanceTerm(schedule(*steps, kind="whole")))
    of = pool(leg("0", supports=False), leg("60", "C"), row)
    home, _ = found(of, D(50), 2)
    assert home is not None
    assert home.high == 52
    assert found(of, D(50), 2) == found(of, D(50), 10**9)


@pytest.mark.parametrize(
    ("size", "balance", "start", "mark"),
    [
        pytest.param("1", "5000", "1000", "1000", id="safe far out on both sides"),
        pytest.param("-1", "5000", "1000", "1000", id="a short, stopped above"),
        pytest.param("1", "-950", "20", "1000", id="not safe at the start, and safe far above"),
    ],
)
def test_a_thousand_tiers_are_told_by_some_dozens(
    size: str, balance: str, start: str, mark: str
) -> None:
    """Each formula was asked for on its own before: up to a thousand for one price."""
    table = keyed(ladder(1000, "10", "0.0001"))
    of = pool(leg(balance), exposure(size, "100", mark, table))
    with exact():
        walk = walk_of(of, D(start))
        health, asked = walk.health, list[D]()

        def counted(t: D) -> Curve:
            asked.append(t)
            return health(t)

        walk.health = counted
        assert walk.safe_pieces() == found(of, D(start), 10**9)
    assert len(walk.segments) > 900
    assert len(asked) < 60
