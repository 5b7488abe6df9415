"""What is left out is never taken for nothing."""

from __future__ import annotations

import pytest

from tests.venues.bitget.accounts import advanced, basic, document, hedged, leg, position, union
from tests.venues.documents import assessed
from tests.venues.missing import leaves, unexplained, unknown_or_bounded, without

ISOLATED = document(positions=[position(margin_mode="isolated", isolated_margin="1500")])
ACCOUNTS = {
    "single": document(),
    "isolated": ISOLATED,
    "hedge": hedged(leg("long", "2"), leg("short", "1")),
    "before": document(as_of="2025-06-01T00:00:00Z"),
    "union": union(),
    "union before": union(as_of="2026-01-15T00:00:00Z"),
    "basic": basic(),
    "advanced": advanced(),
}
NEEDED = [
    ("single", "wallets.0.balance"),
    ("single", "positions.0.entry_price"),
    ("single", "market.mark.BTCUSDT"),
    ("single", "parameters.tiers.BTCUSDT"),
    ("single", "parameters.fees.taker"),
    ("single", "parameters"),
    ("single", "market"),
    ("isolated", "positions.0.isolated_margin"),
    ("isolated", "parameters.fees.taker"),
    ("hedge", "positions.1.entry_price"),
    ("union", "wallets.1.balance"),
    ("union", "market.asset_rate.BTC"),
    ("union", "parameters.collateral.BTC"),
    ("union", "parameters.fees"),
    ("basic", "wallets.0.balance"),
    ("basic", "parameters.fees.taker"),
    ("advanced", "market.asset_rate.USDT"),
    ("advanced", "parameters.collateral.BTC"),
]


@pytest.mark.parametrize(("name", "path"), NEEDED)
def test_without_it_the_status_is_unknown_or_of_both_ends(name: str, path: str) -> None:
    found = assessed(without(ACCOUNTS[name], path))
    assert unknown_or_bounded(found)
    assert unexplained(found) == []


REQUIRED = ("schema", "venue", "mode", "as_of")
EVERY = [
    pytest.param(name, path, id=f"{name}: {path}")
    for name, whole in ACCOUNTS.items()
    for path in leaves(whole)
    if path not in REQUIRED and not path.startswith("instruments") and ".rows." not in path
    if path.rpartition(".")[2]
    not in ("instrument", "size", "asset", "floor", "cap", "side", "rate")
    if not path.rpartition(".")[2].isdigit()
    and not path.endswith((".ratio", ".rows"))
    and path not in ("position_mode", "positions")
]


@pytest.mark.parametrize(("name", "path"), EVERY)
def test_whatever_is_left_out_nothing_is_null_without_a_reason(name: str, path: str) -> None:
    assert unexplained(assessed(without(ACCOUNTS[name], path))) == []
