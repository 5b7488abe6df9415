"""The package against the naive model of the same rules, on drawn accounts of every mode.

Every number to 1e-25 of its own size (or of the numbers it is the difference of, where those are
far larger: 34 digits are what there is), liquidation prices to 1e-18, statuses equal.
"""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction as F
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import marginline as ml
from marginline.core.assessment.assessment import PoolAssessment
from marginline.core.findings import Status
from marginline.core.measures import Measure
from tests.agreement import independent_binance as naive
from tests.agreement.draw_binance import Doc, accounts

RELATIVE = F(1, 10**25)
OF_GROSS = F(1, 10**30)
HAIR = F(1, 10**15)
PRICES = (
    "liquidation_price",
    "liquidation_price_below",
    "liquidation_price_above",
    "bankruptcy_price",
    "call_price",
)
# Not in the model: what the pool of one asset says of its call price repeats its position's.
LEFT_OUT = {"call_price"}

patiently = settings(
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    max_examples=max(3, settings().max_examples * 2 // 5),
)
ORDINARY = [
    pytest.param("binance_usdm", "single_asset", id="USDS-M single-asset"),
    pytest.param("binance_usdm", "multi_assets", id="USDS-M multi-assets"),
    pytest.param("binance_coinm", None, id="COIN-M"),
    pytest.param("binance_pm", None, id="portfolio margin"),
    pytest.param("binance_pm_pro", None, id="PM Pro"),
    pytest.param("textbook", None, id="textbook"),
]


def exact(value: Any) -> F | None:
    return None if value is None else F(value)


def check(doc: Doc) -> None:
    """Every pool, position, measure and status of an account agrees with the model."""
    ours, theirs = ml.assess(ml.load(doc), watch_distance=Decimal(0)), naive.assess(doc)
    assert [pool.id for pool in ours.pools] == [pool.id for pool in theirs]
    for mine, model in zip(ours.pools, theirs, strict=True):
        assert (mine.kind, mine.status) == (model.kind, model.status), mine.id
        check_pool(mine, model, doc)
    assert ours.status == naive.worst(theirs)
    if len(theirs) == 1 or theirs[0].kind == "account":
        assert ours.measures == ours.pools[0].measures


def check_pool(mine: PoolAssessment, model: naive.PoolModel, doc: Doc) -> None:
    support = abs(exact(mine.figures[Measure.SUPPORT]) or F(0))
    need = model.measures["maintenance_margin"] or support
    smallest = min(support, need)  # what ratios divide by
    for name, expected in model.measures.items():
        found = exact(mine.measures[Measure(name)])
        allowed = tolerance(name, expected, model.gross, smallest)
        same(found, expected, allowed, f"{mine.id} {name}")
    for position, (place, measures) in zip(mine.positions, model.positions.items(), strict=True):
        assert position.key == place
        for name, expected in measures.items():
            found = exact(position.measures[Measure(name)])
            if name in PRICES:
                check_price(found, expected, doc, mine.id, position.instrument, name)
            else:
                allowed = tolerance(name, expected, model.gross, smallest)
                same(found, expected, allowed, f"{place} {name}")
    described = {Measure(name) for name in model.measures} | {Measure(n) for n in LEFT_OUT}
    assert set(mine.measures) <= described


def tolerance(name: str, expected: F | None, gross: F, smallest: F) -> F:
    """1e-25 of the number, or what 34 digits leave of a difference of much larger ones."""
    own = abs(expected or F(0))
    lost = OF_GROSS * gross
    if Measure(name).meaning.unit.value in ("fraction", "number") and smallest:
        lost = lost / smallest * (1 + own)
    return max(RELATIVE * own, lost)


def same(found: F | None, expected: F | None, allowed: F, what: str) -> None:
    assert (found is None) == (expected is None), f"{what}: {found} for {expected}"
    if found is not None and expected is not None:
        assert abs(found - expected) <= allowed, f"{what}: {float(found)} for {float(expected)}"


def check_price(
    found: F | None, expected: F | None, doc: Doc, pool: str, symbol: str, name: str
) -> None:
    """To 1e-18; where numbers of very different size meet, to where the model's health is nil."""
    assert (found is None) == (expected is None), f"{symbol} {name}: {found} for {expected}"
    if found is None or expected is None or abs(found - expected) <= expected / 10**18:
        return
    world = naive.world_of(doc, pool)
    at = naive.margin_balance if name == "bankruptcy_price" else naive.health
    marks = {**naive.todays(doc), symbol: found}
    gross = naive.gross_at(world, marks) + naive.gross_at(world, naive.todays(doc))
    assert abs(at(world, marks)) <= OF_GROSS * gross, f"{symbol} {name}: {float(found)}"


@pytest.mark.parametrize(("venue", "mode"), ORDINARY)
@given(data=st.data())
@patiently
def test_every_measure_agrees_with_the_naive_model(
    venue: str, mode: str | None, data: st.DataObject
) -> None:
    check(data.draw(accounts(venue, mode)))


@pytest.mark.parametrize(("venue", "mode"), ORDINARY)
@given(data=st.data())
@patiently
def test_sizes_from_dust_to_the_whole_market_agree(
    venue: str, mode: str | None, data: st.DataObject
) -> None:
    check(data.draw(accounts(venue, mode, sizes=(-18, 15), prices=(-7, 7))))


@pytest.mark.parametrize(("venue", "mode"), ORDINARY[:-1])
@given(data=st.data())
@patiently
def test_liquidation_price_parts_the_safe_from_the_liquidated(
    venue: str, mode: str | None, data: st.DataObject
) -> None:
    """A hair to one side of each end the model's pool stands, a hair to the other it does not."""
    doc = data.draw(accounts(venue, mode))
    for pool in ml.assess(ml.load(doc)).pools:
        world = naive.world_of(doc, pool.id)
        for position in pool.positions:
            for measure in (Measure.LIQUIDATION_PRICE_BELOW, Measure.LIQUIDATION_PRICE_ABOVE):
                price = position.measures[measure]
                if price is not None:
                    assert parts(world, position.instrument, F(price)), f"{position.key} {measure}"


def parts(world: naive.World, symbol: str, price: F) -> bool:
    around = (price * (1 - HAIR), price * (1 + HAIR))
    marks = naive.todays(world.doc)
    stands = [naive.health(world, {**marks, symbol: p}) > 0 for p in around]
    return stands[0] != stands[1]


def test_prices_at_which_support_and_requirement_are_both_zero_save_nobody() -> None:
    """The wallet is no collateral, the first tier charges nothing: the health lies on the line."""
    symbol = "BTCUSD_PERP"
    rows = [
        {"floor": "0", "rate": "0", "initial_rate": "0.0002", "cap": "0.313069824"},
        {"floor": "0.313069824", "rate": "0.0001", "initial_rate": "0.0004"},
    ]
    kind = {"payoff": "inverse", "base": "BTC", "quote": "USD", "settle": "BTC"}
    held = {"instrument": symbol, "size": "-0.13392", "entry_price": "0.125762616", "leverage": "1"}
    doc: Doc = {
        "schema": "marginline/account/1",
        "venue": "binance_coinm",
        "as_of": "2026-06-01T00:00:00Z",
        "position_mode": "one_way",
        "wallets": [{"asset": "BTC", "balance": "0.97", "collateral": False}],
        "positions": [held],
        "instruments": {symbol: kind | {"contract_size": "1"}},
        "market": {"mark": {symbol: "0.0855528"}, "asset_rate": {}},
        "parameters": {
            "tiers": {symbol: {"keyed_by": "notional", "kind": "marginal", "rows": rows}}
        },
    }
    (pool,) = ml.assess(ml.load(doc)).pools
    assert pool.status is Status.LIQUIDATION
    assert pool.positions[0].measures[Measure.LIQUIDATION_PRICE] is None
