"""Segments that hold no safe price are left out of the walk where an earlier one rules them out."""

from __future__ import annotations

from decimal import Decimal as D
from random import Random

import pytest

from marginline.core.findings import missing
from marginline.core.numbers import exact
from marginline.core.polynomial import Curve
from marginline.core.pool.exposure import MaintenanceTerm
from marginline.core.pool.pool import Pool
from marginline.core.pool.schedules import TierSchedule
from marginline.core.solver.health import Path, PoolCurves
from marginline.core.solver.safe_range import Walk, safe_range
from marginline.core.solver.standing import Standing
from tests.core.pools import INVERSE, exposure, haircut, leg, pool


class Everywhere(PoolCurves):
    """Curves that rule nothing out."""

    climbs = False


def ladder(draw: Random) -> TierSchedule:
    """Rates of the whole position that rise, now and then fall, in many narrow rows."""
    rows = draw.choice((2, 20, 120))
    step, falls = draw.randint(1, 60), draw.random() < 0.2
    rates = [D(draw.randint(1, 9)) / 100]
    for _ in range(rows - 1):
        change = D(draw.randint(0, 4)) / 100
        rates.append(max(rates[-1] + (-change if falls and draw.random() < 0.1 else change), D(0)))
    floors = [D(0), *(D(draw.randint(1, 90)) + D(step) * n for n in range(rows - 1))]
    none = (None,) * rows
    return TierSchedule("notional", "whole", tuple(sorted(floors)), tuple(rates), (D(0),) * rows,
                        none, none)  # fmt: skip


def drawn(draw: Random) -> Pool:
    """One instrument, long, short or both; cash, sometimes cut in slices."""
    inverse = draw.random() < 0.5
    more = {"instrument": INVERSE, "asset": "X"} if inverse else {}
    sizes = [draw.choice((-1, 1)) * draw.randint(1, 40) for _ in range(draw.choice((1, 1, 2)))]
    if inverse:
        sizes = [size * 100 for size in sizes]
    rows = [
        exposure(str(size), key=f"{n}", entry=str(draw.randint(60, 140)),
                 maintenance=MaintenanceTerm(ladder(draw)), **more)  # type: ignore[arg-type]
        for n, size in enumerate(sizes)
    ]  # fmt: skip
    cut = haircut(("0", "1"), ("50", "0.8"), ("400", "0.5")) if draw.random() < 0.3 else None
    asset = "X" if inverse else "USD"
    cash = leg(str(draw.randint(-40, 900) if not inverse else draw.randint(-4, 30)), asset,
               haircut=cut)  # fmt: skip
    return pool(cash, *rows, asset=asset)


def walk(of: Pool, curves: type[PoolCurves]) -> Walk:
    states = {e.key: Curve(D(0), D(1)) for e in of.exposures}
    start = 1 / D(100) if of.asset == "X" else D(100)
    made = curves(Standing(of), Path(states, {}, start), of.exposures)
    return Walk(made, made.health, made.edges, inclusive=of.trigger.inclusive)


@pytest.mark.parametrize("seed", range(6))
def test_what_is_left_out_holds_no_safe_price(seed: int) -> None:
    draw = Random(seed)
    asked = everywhere = found = 0
    for _ in range(40):
        of = drawn(draw)
        with exact():
            few, all_of_them = walk(of, PoolCurves), walk(of, Everywhere)
            ranges = few._all_safe()
            assert ranges == all_of_them._all_safe()
        found += len(ranges)
        asked += len(few._pieces)
        everywhere += len(all_of_them._pieces)
    assert found
    assert asked < everywhere


def test_a_thousand_rows_beyond_the_last_safe_price_cost_nothing() -> None:
    """A long below its line: 10 (P - 100) + 400 = rate * 10 P nowhere, from a rate of 100 % on."""
    rates = tuple(D(n) / 200 for n in range(1, 1001))
    floors = (D(0), *(D(200) + n for n in range(999)))
    none = (None,) * 1000
    steep = TierSchedule("notional", "whole", floors, rates, (D(0),) * 1000, none, none)
    of = pool(leg("-400"), exposure("10", maintenance=MaintenanceTerm(steep)))
    with exact():
        found = walk(of, PoolCurves)
        assert found._all_safe() == walk(of, Everywhere)._all_safe() == []
    assert len(found._pieces) < 20


def test_a_bankruptcy_price_asks_no_tiers() -> None:
    """An even hedge under water: no price saves it, whatever its missing tiers would ask for."""
    blind = MaintenanceTerm(missing("the tiers are not given"))
    long = exposure("1", maintenance=blind, key="X/long")
    short = exposure("-1", maintenance=blind, key="X/short")
    with exact():
        found = safe_range(Standing(pool(leg("-5"), long, short)), "X", bankruptcy=True)
    assert found.empty
