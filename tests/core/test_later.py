"""What an assessment makes only when it is read: the same figures, in the exact context."""

from __future__ import annotations

import copy
import pickle
from decimal import Decimal, localcontext

import pytest

from benchmarks.exact import account
from marginline import assess
from marginline.core.later import Later
from marginline.core.measures import Measure
from marginline.core.numbers import PRECISION
from marginline.core.solver import safe_range


def test_a_later_value_is_made_once_in_the_exact_context() -> None:
    made: list[int] = []

    def third() -> Decimal:
        made.append(1)
        return Decimal(1) / 3

    with localcontext(prec=5):
        later = Later(third)
        assert not made
        first, twice = later.now, later.then(lambda value: value * 2)
        assert len(first.as_tuple().digits) == PRECISION
        assert twice.now == later.now * 2 or len(twice.now.as_tuple().digits) == PRECISION
    assert (later.now, len(made)) == (first, 1)
    assert later == Later(lambda: first)
    assert (hash(later), repr(later)) == (hash(first), repr(first))
    assert later != first


def test_an_assessment_searches_no_price_before_one_is_read(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[str] = []
    searched = safe_range.safe_range

    def counted(*args: object, **more: object) -> object:
        asked.append("searched")
        return searched(*args, **more)  # type: ignore[arg-type]

    monkeypatch.setattr("marginline.core.assessment.figures.safe_range", counted)
    found = assess(account(3))
    (pool,) = found.pools
    assert not asked
    assert pool.margin_ratio == found.margin_ratio
    assert not asked
    with localcontext(prec=5):
        price = pool.positions[0].liquidation_price
    assert asked
    assert price == assess(account(3)).pools[0].positions[0].liquidation_price


def test_measures_read_one_by_one_are_those_of_the_whole() -> None:
    one, whole = assess(account(3)), assess(account(3))
    assert one == whole
    measures = one.pools[0].positions[1].measures
    assert dict(measures) == {m: measures[m] for m in measures}
    assert len(measures) == len(list(measures))
    assert repr(measures) == repr(dict(measures))
    assert measures.get(Measure.WALLET_BALANCE) is None
    with pytest.raises(KeyError):
        measures[Measure.WALLET_BALANCE]
    assert one.to_dict() == whole.to_dict()


def test_an_assessment_travels_to_another_process_unread() -> None:
    found = assess(account(3))
    assert pickle.loads(pickle.dumps(found)) == found
    assert copy.deepcopy(assess(account(3))).to_dict() == found.to_dict()
