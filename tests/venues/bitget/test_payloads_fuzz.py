"""Whatever an answer says, reading and assessing it raises nothing but the package's own errors."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from marginline.venues.reader.reading import read
from tests.venues.bitget.answers import account, contracts, enveloped, position
from tests.venues.documents import Doc
from tests.venues.spoiling import judged

WHOLE: Doc = {
    "accounts": enveloped([account()]),
    "positions": enveloped([position(), position(symbol="BTCUSD", marginCoin="BTC")]),
    "contracts": contracts("BTCUSDT"),
    "tiers": enveloped([{"symbol": "BTCUSDT", "startUnit": "0", "keepMarginRate": "0.004"}]),
}
scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**20), 10**20),
    st.floats(),
    st.text(max_size=5),
    st.sampled_from(["", "-1", "0", "1e9", "1E+400", "nan", "00", "١"]),
)
values = st.recursive(
    scalars, lambda v: st.lists(v, max_size=2) | st.dictionaries(st.text(max_size=3), v, max_size=2)
)


def paths(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    items = (
        value.items()
        if isinstance(value, dict)
        else enumerate(value)
        if isinstance(value, list)
        else ()
    )
    below = [found for key, member in items for found in paths(member, (*path, key))]
    return [*([path] if path else []), *below]


PATHS = paths(WHOLE)


def check(answers: dict[str, Any]) -> None:
    moment = "2026-01-01T00:00:00Z"
    account = judged(lambda: read("bitget_futures", as_of=moment, mode="single", **answers))
    assert account is None or account.venue == "bitget_futures"


@example(path=("positions", "data", 0, "symbol"), value="0")
@given(path=st.sampled_from(PATHS), value=values)
def test_one_value_exchanged(path: tuple[Any, ...], value: Any) -> None:
    answers = deepcopy(WHOLE)
    place: Any = answers
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    check(answers)


@pytest.mark.parametrize("path", PATHS)
def test_one_value_left_out(path: tuple[Any, ...]) -> None:
    answers = deepcopy(WHOLE)
    place: Any = answers
    for step in path[:-1]:
        place = place[step]
    del place[path[-1]]
    check(answers)
