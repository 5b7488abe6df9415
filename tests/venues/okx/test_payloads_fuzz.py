"""Whatever an answer says, reading it gives an account or a PayloadError, and nothing else."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marginline.errors import PayloadError
from marginline.risk.reconcile.reconcile import reconcile
from marginline.venues.reader.reading import read
from tests.venues.documents import Doc
from tests.venues.okx import answers as okx
from tests.venues.okx.answers import AS_OF, VENUE, balance, detail, enveloped, order, position

WHOLE: Doc = okx.WHOLE | {
    "balance": enveloped([balance(detail(), detail(ccy="BTC"))]),
    "positions": enveloped([position(), position(instId="ETH-USD-210430", mgnMode="isolated")]),
    "orders": enveloped([order()]),
    "index": enveloped([{"instId": "BTC-USD", "idxPx": "60000"}]),
    "discount": enveloped(
        [{"ccy": "BTC", "details": [{"minAmt": "0", "maxAmt": "1", "discountRate": "0.9"}]}]
    ),
}
scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**20), 10**20),
    st.floats(),
    st.text(max_size=5),
    st.sampled_from(["", "-1", "0", "1e9", "1E+400", "nan", "00", "١", "BNB-USD", "95%"]),
)
values = st.recursive(
    scalars, lambda v: st.lists(v, max_size=2) | st.dictionaries(st.text(max_size=3), v, max_size=2)
)


def paths(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    items: Any = ()
    if isinstance(value, dict):
        items = value.items()
    elif isinstance(value, list):
        items = enumerate(value)
    below = [found for key, member in items for found in paths(member, (*path, key))]
    return [*([path] if path else []), *below]


PATHS = paths(WHOLE)


def changed(path: tuple[Any, ...]) -> tuple[Doc, Any]:
    answers = deepcopy(WHOLE)
    place: Any = answers
    for step in path[:-1]:
        place = place[step]
    return answers, place


def judged(answers: Doc) -> None:
    try:
        found = read(VENUE, as_of=AS_OF, **answers)
    except PayloadError:
        return
    reconcile(found)


@given(path=st.sampled_from(PATHS), value=values)
def test_one_value_exchanged(path: tuple[Any, ...], value: Any) -> None:
    answers, place = changed(path)
    place[path[-1]] = value
    judged(answers)


@pytest.mark.parametrize("path", PATHS)
def test_one_value_left_out(path: tuple[Any, ...]) -> None:
    answers, place = changed(path)
    del place[path[-1]]
    judged(answers)
