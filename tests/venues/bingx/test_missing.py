"""What is left out is never taken for nothing."""

from __future__ import annotations

import pytest

from marginline.core.findings import Status
from tests.venues.bingx.accounts import (
    coin_margined,
    document,
    isolated,
    multi,
    order,
    position,
    standard,
)
from tests.venues.documents import assessed
from tests.venues.missing import leaves, unexplained, unknown_or_bounded, without

ACCOUNTS = {
    "single": document(),
    "orders": document(orders=[order("buy", "1", "49000")]),
    "isolated": document(positions=[isolated()]),
    "hedge": document(
        position_mode="hedge", positions=[position(side="long"), position("-2", side="short")]
    ),
    "coin": coin_margined(),
    "multi": multi(parameters=document()["parameters"] | {"collateral": {"BTC": {"ratio": "0.9"}}}),
    "standard": standard(),
    "standard isolated": standard(positions=[isolated("0.003", fees="0", funding="0")]),
}
NEEDED = [
    ("single", "wallets.0.balance"),
    ("single", "positions.0.entry_price"),
    ("single", "market.mark.BTC-USDT"),
    ("single", "market"),
    ("single", "parameters.tiers.BTC-USDT"),
    ("single", "parameters.fees.taker"),
    ("single", "parameters"),
    ("orders", "parameters.fees.taker"),
    ("orders", "orders.0.price"),
    ("isolated", "positions.0.isolated_margin"),
    ("isolated", "parameters.fees.taker"),
    ("hedge", "positions.1.entry_price"),
    ("coin", "market.mark.SOL-USD"),
    ("multi", "wallets.1.balance"),
    ("multi", "market.asset_rate.BTC"),
    ("standard", "positions.0.leverage"),
    ("standard", "positions.0.fees"),
    ("standard", "positions.0.funding"),
    ("standard", "positions.0.entry_price"),
    ("standard isolated", "positions.0.isolated_margin"),
]


@pytest.mark.parametrize(("name", "path"), NEEDED)
def test_without_it_the_status_is_unknown_or_of_both_ends(name: str, path: str) -> None:
    found = assessed(without(ACCOUNTS[name], path))
    assert unknown_or_bounded(found)
    assert unexplained(found) == []


def test_a_ratio_that_nobody_gives_is_missing() -> None:
    """Before the packaged ratios were read, and of assets without one."""
    before = assessed(multi(as_of="2026-04-20T00:00:00Z"))
    assert before.pool("USDT").margin_balance is None
    assert unknown_or_bounded(before)
    assert assessed(multi(as_of="2026-04-21T00:00:00Z")).status is Status.HEALTHY
    wallets = [{"asset": "USDT", "balance": "5000"}, {"asset": "SHIB", "balance": "1"}]
    rate = multi()["market"] | {"asset_rate": {"SHIB": "1"}}
    found = assessed(multi(wallets=wallets, market=rate))
    assert found.pool("USDT").margin_balance is None
    assert unknown_or_bounded(found)


REQUIRED = ("schema", "venue", "mode", "as_of", "position_mode", "positions")
EVERY = [
    pytest.param(name, path, id=f"{name}: {path}")
    for name, whole in ACCOUNTS.items()
    for path in leaves(whole)
    if path not in REQUIRED and not path.startswith("instruments") and ".rows." not in path
    if path.rpartition(".")[2]
    not in ("instrument", "size", "asset", "floor", "cap", "side", "rate", "ratio")
    if not path.rpartition(".")[2].isdigit()
]


@pytest.mark.parametrize(("name", "path"), EVERY)
def test_whatever_is_left_out_nothing_is_null_without_a_reason(name: str, path: str) -> None:
    assert unexplained(assessed(without(ACCOUNTS[name], path))) == []
