"""Whatever an answer says, reading it gives an account or a PayloadError, and nothing else."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marginline.risk.reconcile.reconcile import reconcile
from marginline.venues.reader.reading import read
from tests.venues.bingx.answers import (
    AS_OF,
    COMMISSION,
    TIERS,
    VENUE,
    balance,
    coin_position,
    enveloped,
    order,
    position,
)
from tests.venues.documents import Doc
from tests.venues.spoiling import VALUES, copied, judged, paths

WHOLE: Doc = {
    "balance": enveloped([balance(), balance(asset="USDC")]),
    "positions": enveloped([position(), position(symbol="ETH-USDT", isolated=True)]),
    "coin_positions": enveloped([coin_position()]),
    "orders": enveloped({"orders": [order()]}),
    "tiers": enveloped(TIERS),
    "commission": enveloped(COMMISSION),
    "multi_assets_rules": enveloped(
        [{"marginAssets": "BTC", "collateralValueRatio": "95.00%", "indexPrice": "60000"}]
    ),
}
PATHS = paths(WHOLE)


def check(answers: Doc) -> None:
    account = judged(lambda: read(VENUE, as_of=AS_OF, mode="single_asset", **answers))
    if account is not None:
        assert reconcile(account).markdown()


@given(path=st.sampled_from(PATHS), value=VALUES)
def test_one_value_exchanged(path: tuple[Any, ...], value: Any) -> None:
    answers, place = copied(WHOLE, path)
    place[path[-1]] = value
    check(answers)


@pytest.mark.parametrize("path", PATHS)
def test_one_value_left_out(path: tuple[Any, ...]) -> None:
    answers, place = copied(WHOLE, path)
    del place[path[-1]]
    check(answers)
