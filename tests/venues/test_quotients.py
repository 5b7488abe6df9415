"""A quotient is taken once and last: what fits exactly fits, at every venue and leverage."""

from __future__ import annotations

import copy
from decimal import Decimal

import pytest

from marginline.core.measures import Measure as M
from tests.venues.documents import assessed
from tests.venues.draws import SAMPLES

D = Decimal
ENDLESS = (3, 6, 7, 12, 13, 18)  # 1 / each of them has no end, rounded down or up
_BY_SCENARIO = ("binance_pm_pro", "bybit_unified portfolio", "okx portfolio", "cme")
NAMES = [name for name in sorted(SAMPLES) if not name.startswith(_BY_SCENARIO)]


@pytest.mark.parametrize("name", NAMES)
def test_initial_margin_is_value_over_leverage_to_the_last_digit(name: str) -> None:
    """At a price of 100, without fees: margin times leverage is the value, no digit less."""
    for leverage in ENDLESS:
        document = copy.deepcopy(SAMPLES[name])
        document["orders"] = []
        for part in ("mark", "index"):
            document["market"][part] = dict.fromkeys(document["market"].get(part, ()), "100")
        for row in document["positions"]:
            sign = D(str(row["size"])).copy_sign(1) / D(str(row["size"]))
            row |= {"size": str(sign * leverage * 10), "entry_price": "100"}
            row["leverage"] = str(leverage)
        for own in document.get("settings", {}).values():
            own.pop("leverage", None)
        document["parameters"]["fees"] = {"maker": "0", "taker": "0", "liquidation": "0"}
        held = [position for pool in assessed(document).pools for position in pool.positions]
        for position in held:
            value, margin = position.measures[M.NOTIONAL], position.measures[M.INITIAL_MARGIN]
            assert margin is not None
            assert margin * leverage == value, f"{position.key} at {leverage}"
        assert held
