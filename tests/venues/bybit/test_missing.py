"""What is left out is never taken for nothing."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest

from marginline.core.assessment import Assessment
from marginline.core.findings import Status
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
def test_without_it_the_status_is_unknown(name: str, path: str) -> None:
    found = assessed(without(ACCOUNTS[name], path))
    assert found.status is Status.UNKNOWN
    assert_explained(found)


def test_tiers_that_are_packaged_are_said_to_be() -> None:
    found = assessed(without(ACCOUNTS["cross"], "parameters.tiers"))
    notes = [f for f in found.findings if f.where == "parameters.tiers.BTCUSDT"]
    assert "packaged" in notes[0].message


def leaves(value: Any, path: str = "") -> list[str]:
    if isinstance(value, dict):
        found = [leaf for key, member in value.items() for leaf in leaves(member, f"{path}.{key}")]
    elif isinstance(value, list):
        found = [leaf for n, member in enumerate(value) for leaf in leaves(member, f"{path}.{n}")]
    else:
        return [path[1:]]
    return [*found, path[1:]] if path else found


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
    assert_explained(assessed(without(ACCOUNTS[name], path)))


def without(whole: dict[str, Any], path: str) -> dict[str, Any]:
    found: Any = deepcopy(whole)
    *way, last = path.split(".")
    place = found
    for step in way:
        place = place[int(step)] if isinstance(place, list) else place[step]
    del place[int(last) if isinstance(place, list) else last]
    return found  # type: ignore[no-any-return]


def assert_explained(found: Assessment) -> None:
    said = {(f.where, f.measure) for f in found.all_findings()}
    for measure, value in found.measures.items():
        assert value is not None or ("account", measure) in said, measure
    for pool in found.pools:
        for measure, value in pool.measures.items():
            assert value is not None or (pool.id, measure) in said, measure
        for held in pool.positions:
            for measure, value in held.measures.items():
                assert value is not None or (held.key, measure) in said, (held.key, measure)
