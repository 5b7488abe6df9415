"""Who drains whom: parts that sum to the whole, the method told, what closing frees."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import marginline as ml
from marginline.core.findings import Status
from marginline.risk.stress.scenarios import BY_NAME
from marginline.risk.stress.splitting import split
from tests.risk.books import INVERSE, JOINT, LINEAR, MIXED, book, linear_books

D = Decimal


def exactly(total: Decimal, parts: Mapping[str, Decimal], rest: Decimal) -> bool:
    return abs(sum(parts.values(), rest) - total) <= abs(total) * D("1e-24")


@pytest.mark.parametrize("document", [LINEAR, INVERSE, JOINT, MIXED])
def test_parts_sum_to_requirement_and_loss_of_every_pool(document: Any) -> None:
    account = book(document)
    for pool in ml.contagion(account, [BY_NAME["fall-10"]]).pools:
        assert pool.requirement is not None
        assert pool.loss is not None
        for found in (pool.requirement, pool.loss):
            assert exactly(found.whole, found.parts, found.rest)
        (day,) = ml.stress(account, [BY_NAME["fall-10"]]).days
        assert pool.loss.whole == next(p.lost for p in day.pools if p.pool == pool.pool)


@given(linear_books())
@settings(max_examples=15, deadline=None)
def test_parts_of_drawn_accounts_sum(account: ml.Account) -> None:
    for pool in ml.contagion(account, [BY_NAME["fall-10"]]).pools:
        for found in (pool.requirement, pool.loss):
            assert found is None or exactly(found.whole, found.parts, found.rest)


def test_the_method_is_euler_where_twice_the_sizes_are_twice_the_figure() -> None:
    found = split(["a", "b"], lambda s: abs(3 * s["a"] - 2 * s["b"]))
    assert (found.method, found.parts) == ("euler", {"a": D(3), "b": D(-2)})


def test_a_hedge_has_a_negative_euler_and_a_positive_shapley_part() -> None:
    """The larger of two legs is charged: opened alone the smaller one costs, beside it nothing."""
    found = split(["a", "b"], lambda s: max(3 * s["a"], 2 * s["b"]) + s["a"] * s["b"])
    assert found.method == "shapley"
    assert found.parts == {"a": D("2.5"), "b": D("1.5")}


@given(st.lists(st.integers(-50, 50), min_size=16, max_size=16))
def test_shapley_is_the_mean_over_all_orders(worths: list[int]) -> None:
    """The definition, order by order; worths of the 16 sets of four positions."""
    keys = ["a", "b", "c", "d"]

    def worth(there: frozenset[str]) -> Decimal:
        return D(worths[sum(1 << i for i, key in enumerate(keys) if key in there)])

    found = split(keys, lambda s: worth(frozenset(key for key in keys if s[key] > D("0.5"))))
    if found.method == "euler":  # a step function has no slope
        assert found.whole == found.rest
        return
    parts = dict.fromkeys(keys, D(0))
    orders = list(itertools.permutations(keys))
    for order in orders:
        for place, key in enumerate(order):
            before = frozenset(order[:place])
            parts[key] += worth(before | {key}) - worth(before)
    for key, total in parts.items():
        assert abs(found.parts[key] - total / len(orders)) < D("1e-20")


def test_beyond_so_many_positions_orders_are_drawn_with_their_error() -> None:
    keys = [f"p{n}" for n in range(11)]
    weights = {key: D(n + 1) for n, key in enumerate(keys)}

    def square(scales: Mapping[str, Decimal]) -> Decimal:
        return sum((weights[key] * scales[key] for key in keys), D(0)) ** 2

    found = split(keys, square)
    assert found.method == "shapley_sampled"
    assert exactly(found.whole, found.parts, found.rest)
    for key in keys:  # of the square of a sum the exact part is weight * whole sum
        assert abs(found.parts[key] - weights[key] * 66) <= 5 * found.errors[key] + D("1e-9")
    assert split(keys, square).parts == found.parts


def test_what_closing_frees_and_the_move_alone_are_those_of_stress() -> None:
    account = book()
    shares = {s.position: s for s in ml.stress(account, [BY_NAME["fall-10"]]).shares}
    (pool,) = ml.contagion(account, [BY_NAME["fall-10"]]).pools
    for each in pool.positions:
        assert each.freed == shares[each.position].freed
        assert each.own_move == shares[each.position].own_move
        assert set(each.takes) == set(shares) - {each.position}


def test_a_figure_that_is_not_known_is_told_as_such() -> None:
    account = book(market={"mark": {"BTCUSDT": "60000"}})
    assert ml.assess(account).status is Status.UNKNOWN
    (pool,) = ml.contagion(account, [BY_NAME["fall-10"]]).pools
    assert pool.requirement is None
    assert pool.findings[0].code is ml.Code.MISSING_DATA


def test_no_move_to_the_line_is_told_apart_from_one_that_is_not_known() -> None:
    safe = book(wallets=[{"asset": "USDT", "balance": "10000000"}])
    blind = book(market={"mark": {"BTCUSDT": "60000"}})
    for account, wanted in ((safe, "none"), (blind, "unknown"), (book(), "known")):
        shares = {each.position: each for each in ml.stress(account, []).shares}
        (pool,) = ml.contagion(account, [BY_NAME["fall-10"]]).to_dict()["pools"]
        (first, *_) = pool["positions"]
        assert first["own_move_is"] == wanted
        assert (first["own_move"] is None) == (wanted != "known")
        assert shares[first["position"]].to_dict()["own_move_is"] == wanted
