"""What is left out is never taken for nothing."""

from __future__ import annotations

import pytest

from marginline.core.findings import Status
from marginline.core.measures import Measure as M
from tests.venues.bitmex.accounts import document, isolated, multi, position, sample, usdt
from tests.venues.documents import assessed, pool_of, position_of
from tests.venues.missing import leaves, unexplained, unknown_or_bounded, without

LEVERED = document(positions=[isolated()])
ACCOUNTS = {
    "cross": document(),
    "linear": usdt(),
    "isolated": LEVERED,
    "before": document(as_of="2022-06-01T00:00:00Z"),
    "sample": sample(),
    "multi": multi(),
}
NEEDED = [
    ("cross", "wallets.0.balance"),
    ("cross", "wallets"),
    ("cross", "positions.0.entry_price"),
    ("cross", "market.mark.XBTUSD"),
    ("cross", "market.funding.XBTUSD"),
    ("cross", "parameters.fees.taker"),
    ("linear", "parameters.venue.risk_limits.XBTUSDT"),
    ("isolated", "positions.0.isolated_margin"),
    ("isolated", "parameters.fees"),
    ("sample", "parameters.venue"),
    ("sample", "market.funding"),
]


@pytest.mark.parametrize(("name", "path"), NEEDED)
def test_without_it_the_status_is_unknown_or_of_both_ends(name: str, path: str) -> None:
    found = assessed(without(ACCOUNTS[name], path))
    assert unknown_or_bounded(found)
    assert unexplained(found) == []


REQUIRED = ("schema", "venue", "mode", "as_of", "instrument", "size", "asset", "rate", "positions")
EVERY = [
    pytest.param(name, path, id=f"{name}: {path}")
    for name, whole in ACCOUNTS.items()
    for path in leaves(whole)
    if path.rpartition(".")[2] not in REQUIRED and not path.rpartition(".")[2].isdigit()
    if not path.startswith(("instruments.", "parameters.venue.risk_limits."))
]


@pytest.mark.parametrize(("name", "path"), EVERY)
def test_whatever_is_left_out_nothing_is_null_without_a_reason(name: str, path: str) -> None:
    assert unexplained(assessed(without(ACCOUNTS[name], path))) == []


def test_a_missing_funding_rate_makes_maintenance_null_not_smaller() -> None:
    found = position_of(without(document(), "market.funding.XBTUSD"))
    assert found.measures[M.MAINTENANCE_MARGIN] is None
    assert found.measures[M.LIQUIDATION_PRICE] is None


def test_a_dated_contract_needs_no_funding_rate() -> None:
    terms = document()["instruments"]["XBTUSD"] | {"expires_at": "2025-06-27T12:00:00Z"}
    whole = without(document(instruments={"XBTUSD": terms}), "market.funding")
    assert pool_of(whole).status is Status.HEALTHY


def test_unknown_steps_are_said_where_prices_would_be_rounded() -> None:
    plain = {"payoff": "linear", "base": "XBT", "quote": "EUR", "settle": "EUR"}
    whole = document(
        positions=[position("1", instrument="XBTEUR")],
        wallets=[{"asset": "EUR", "balance": "5000"}],
        instruments={"XBTEUR": plain},
        market={"mark": {"XBTEUR": "50000"}, "funding": {"XBTEUR": {"rate": "0"}}},
        parameters={
            "fees": {"taker": "0"},
            "tiers": {"XBTEUR": [{"floor": "0", "rate": "0.01", "initial_rate": "0.02"}]},
        },
    )
    said = {(f.where, f.measure) for f in assessed(whole).all_findings()}
    key = "XBTEUR/both"
    assert {(key, M.LIQUIDATION_PRICE), (key, M.BANKRUPTCY_PRICE), (key, M.INITIAL_MARGIN)} <= said
