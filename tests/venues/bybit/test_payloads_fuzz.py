"""Untrusted answers: whatever stands in them, the reader refuses by name or reads on."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marginline.core.findings import Status
from marginline.venues.assessing import assess
from marginline.venues.reader.reading import apply, read
from tests.venues.bybit.answers import (
    AT,
    account,
    coin,
    info,
    listed,
    order,
    position,
    streamed,
    wallet,
)
from tests.venues.bybit.test_payloads import SCENARIO, limit
from tests.venues.documents import Doc
from tests.venues.spoiling import judged

ANSWERS: Doc = {
    "account_info": info("PORTFOLIO_MARGIN"),
    "wallet_balance": listed(wallet(coin(), coin("BTC", "1", usdValue="50000"), accountMMRate="0")),
    "positions": listed(position(), position(symbol="BTCUSD", side="Sell"), category="linear"),
    "open_orders": listed(order(), order(orderId="b", orderStatus="Untriggered")),
    "risk_limit": listed(limit("1000", "0.5", "1", "100"), limit("2000", "1", "2", "50")),
    "collateral_tiers": listed({"currency": "BTC", "collateralRatioList": [
        {"minQty": "0", "maxQty": "10", "collateralRatio": "0.95"}]}),
    "borrow_tiers": listed({"currency": "BTC", "positionTiersRatioList": [
        {"tier": "1", "borrowLimit": "390", "positionMMR": "0.04", "positionIMR": "0.2"}]}),
    "portfolio_margin": SCENARIO,
}  # fmt: skip
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**40), 10**40),
    st.text(max_size=12),
    st.sampled_from(["", "NaN", "Infinity", "-1", "0", "1e400", "1e-400", "0x10", "\x00", "Buy"]),
    st.just([]),
    st.just({}),
    st.just([[]]),
)


def places(value: Any, way: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    rows = value.items() if isinstance(value, dict) else enumerate(value)
    found = []
    for name, member in rows:
        found.append((*way, name))
        if isinstance(member, (dict, list)):
            found += places(member, (*way, name))
    return found


def mutated(whole: Any, way: tuple[Any, ...], value: Any) -> Any:
    copy = deepcopy(whole)
    place = copy
    for step in way[:-1]:
        place = place[step]
    place[way[-1]] = value
    return copy


@pytest.mark.parametrize("kind", ANSWERS)
@given(data=st.data())
def test_values_of_any_type_raise_nothing_of_their_own(kind: str, data: st.DataObject) -> None:
    way = data.draw(st.sampled_from(places(ANSWERS[kind])))
    answer = mutated(ANSWERS[kind], way, data.draw(SCALARS))
    found = judged(lambda: read("bybit_unified", **{**ANSWERS, kind: answer}))
    assert found is None or found.venue == "bybit_unified"


@given(data=st.data())
def test_events_of_any_type_raise_nothing_of_their_own(data: st.DataObject) -> None:
    event = streamed("position", position(), at=AT + 1)
    way = data.draw(st.sampled_from(places(event)))
    changed = mutated(event, way, data.draw(SCALARS))
    found = judged(lambda: apply(account(), changed))
    assert found is None or found.venue == "bybit_unified"


@pytest.mark.parametrize("answer", [None, [], {}, [1], ["x"], {"retCode": 0}, {"result": {}}, 7])
@pytest.mark.parametrize("kind", ["wallet_balance", "positions", "portfolio_margin"])
def test_answers_that_are_none_are_refused_or_empty(kind: str, answer: Any) -> None:
    moment = "2026-01-01T00:00:00Z"
    found = judged(lambda: read("bybit_unified", mode="cross", as_of=moment, **{kind: answer}))
    if found is not None:
        assert not found.wallets
        assert not any(position.size for position in found.positions)
        assert assess(found).status is Status.UNKNOWN
