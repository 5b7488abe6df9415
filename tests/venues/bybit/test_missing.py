"""What is left out is never taken for nothing."""

from __future__ import annotations

import pytest

from tests.venues.bybit.accounts import (
    BEFORE,
    assessed,
    inverse,
    isolated,
    order,
    parameters,
    row,
    unified,
)
from tests.venues.missing import leaves, unexplained, unknown_or_bounded, without

WALLETS = [
    {"asset": "USDT", "balance": "500", "locked": "10"},
    {"asset": "BTC", "balance": "1", "borrowed": "0.1"},
]
RESTING = [order("buy", "0.1", "49000"), order("sell", "1", "52000")]
UNITS = {"BTC": {"max_loss": "2500", "contingency": "100", "initial_factor": "1.2"}}
ACCOUNTS = {
    "cross": unified(wallets=WALLETS, positions=[row(entry_price="52000")], orders=RESTING),
    "cross before": unified(as_of=BEFORE, wallets=WALLETS, orders=RESTING),
    "hedge": unified(
        position_mode="hedge", positions=[row("1", side="long"), row("-0.5", side="short")]
    ),
    "isolated": isolated(orders=RESTING),
    "portfolio": unified("portfolio", parameters=parameters(venue={"risk_units": UNITS})),
    "inverse": inverse(),
}
NEEDED = [
    ("cross", "wallets.0.balance"),
    ("cross", "wallets.1.balance"),
    ("cross", "positions.0.entry_price"),
    ("cross", "positions.0.leverage"),
    ("cross", "market.mark.BTCUSDT"),
    ("cross", "market.asset_rate.BTC"),
    ("cross", "market.asset_rate.USDT"),
    ("cross", "parameters.collateral.BTC"),
    ("cross", "parameters.borrow.BTC"),
    ("cross", "parameters.borrow.USDT"),
    ("cross", "parameters.fees.taker"),
    ("cross", "parameters.tiers"),
    ("cross", "orders.1.price"),
    ("cross before", "positions.0.entry_price"),
    ("hedge", "positions.1.entry_price"),
    ("isolated", "positions.0.isolated_margin"),
    ("isolated", "positions.0.leverage"),
    ("isolated", "parameters.fees.taker"),
    ("portfolio", "parameters.venue.risk_units.BTC.max_loss"),
    ("portfolio", "parameters.venue.risk_units.BTC.contingency"),
    ("portfolio", "wallets.0.balance"),
    ("portfolio", "market.asset_rate.USDT"),
    ("inverse", "wallets.0.balance"),
    ("inverse", "positions.0.entry_price"),
    ("inverse", "market.mark.BTCUSD"),
    ("inverse", "parameters.fees.taker"),
]
PACKAGED = {
    ("cross", "parameters.tiers"),
    ("portfolio", "parameters.venue.risk_units.BTC.max_loss"),
}
"""BTCUSDT's tiers are packaged; the worst loss of linear futures follows from the public range."""


@pytest.mark.parametrize(("name", "path"), [row for row in NEEDED if row not in PACKAGED])
def test_without_it_the_status_is_unknown_or_of_both_ends(name: str, path: str) -> None:
    found = assessed(without(ACCOUNTS[name], path))
    assert unknown_or_bounded(found)
    assert unexplained(found) == []


def test_tiers_that_are_packaged_are_said_to_be() -> None:
    found = assessed(without(ACCOUNTS["cross"], "parameters.tiers"))
    notes = [f for f in found.findings if f.where == "parameters.tiers.BTCUSDT"]
    assert "packaged" in notes[0].message


REQUIRED = ("schema", "venue", "mode", "as_of", "position_mode")
NAMES = ("instrument", "size", "asset", "floor", "cap", "side", "rate", "ratio", "rows")
EVERY = [
    pytest.param(name, path, id=f"{name}: {path}")
    for name, whole in ACCOUNTS.items()
    for path in leaves(whole)
    if path not in REQUIRED and not path.startswith("instruments") and ".rows." not in path
    if path.rpartition(".")[2] not in NAMES and not path.rpartition(".")[2].isdigit()
]


@pytest.mark.parametrize(("name", "path"), EVERY)
def test_whatever_is_left_out_nothing_is_null_without_a_reason(name: str, path: str) -> None:
    assert unexplained(assessed(without(ACCOUNTS[name], path))) == []
