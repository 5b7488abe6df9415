"""What slopes find is what the walk finds, and what rounding could decide is left to the walk."""

from __future__ import annotations

from decimal import Decimal

import pytest

from marginline.core.findings import AbsentError
from marginline.core.numbers import exactly
from marginline.core.pool.pool import Pool
from marginline.core.solver import safe_range as searching
from marginline.core.solver.safe_range import SafeRange, safe_range
from marginline.core.solver.standing import Standing
from tests.book.draw import World

D = Decimal
PREFIX = D("1e-26")


def same(one: Decimal | None, two: Decimal | None) -> bool:
    if one is None or two is None:
        return one is two
    return abs(one - two) <= PREFIX * abs(two)


@exactly
def answers(pool: Pool, symbol: str, *, bankruptcy: bool) -> SafeRange | None:
    try:
        return safe_range(Standing(pool), symbol, bankruptcy=bankruptcy)
    except AbsentError:
        return None


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("bankruptcy", [False, True])
def test_slopes_and_walk_find_the_same_ends(
    seed: int, bankruptcy: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = World(seed)
    pools = [world.pool() for _ in range(25)]
    held = [(p, s) for p in pools for s in {e.instrument.symbol for e in p.exposures}]
    fast = [answers(pool, symbol, bankruptcy=bankruptcy) for pool, symbol in held]
    monkeypatch.setattr(searching, "_by_slopes", lambda *_, **__: None)
    slow = [answers(pool, symbol, bankruptcy=bankruptcy) for pool, symbol in held]
    for one, two, (pool, symbol) in zip(fast, slow, held, strict=True):
        if one is None or two is None:
            assert one is two
            continue
        told = f"{pool.id} {symbol}: {one} {two}"
        assert one.empty == two.empty, told
        for end in ("below", "above", "price"):
            assert same(getattr(one, end), getattr(two, end)), told


def test_most_plain_pools_are_answered_by_slopes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Or the search would be slow without anyone seeing it."""
    world, asked, answered = World(5, joint=0.0), 0, 0
    told = searching._by_slopes

    def counted(*given: object, **more: object) -> object:
        nonlocal asked, answered
        found = told(*given, **more)  # type: ignore[arg-type]
        asked, answered = asked + 1, answered + (found is not None)
        return found

    monkeypatch.setattr(searching, "_by_slopes", counted)
    for pool in (world.pool() for _ in range(60)):
        for exposure in pool.exposures:
            answers(pool, exposure.instrument.symbol, bankruptcy=False)
    assert answered > asked * 0.5
