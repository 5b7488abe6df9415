"""OKX's printed figures, recomputed: the sample of 2021-04-27, discount tiers, the builder's."""

from __future__ import annotations

import json
from copy import deepcopy
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

import marginline as ml
from marginline.core.findings import Code, Status
from marginline.core.measures import Measure as M

D = Decimal
SAMPLES: dict[str, Any] = json.loads(
    (Path(__file__).parents[1] / "samples" / "okx.json").read_text("utf-8")
)
PNL = D("-0.0000009932766034")
MARK = str(1 / (1 / D("2566.31") - PNL / 10))  # what the sample's P&L implies, 2565.656
SYMBOL = "ETH-USD-210430"


def isolated(**given: Any) -> ml.Assessment:
    """The position of the sample in OKX's documents, at the mark of its own P&L."""
    row = {
        "instrument": SYMBOL,
        "side": "long",
        "size": "1",
        "entry_price": "2566.31",
        "leverage": "10",
        "margin_mode": "isolated",
        "isolated_margin": "0.0003896645377994",
    }
    document = {
        "schema": "marginline/account/1",
        "venue": "okx",
        "mode": "futures",
        "as_of": "2021-04-27T07:16:01Z",
        "position_mode": "hedge",
        "wallets": [{"asset": "ETH", "balance": "1", "isolated_included": False}],
        "positions": [row],
        "instruments": {
            SYMBOL: {
                "payoff": "inverse",
                "base": "ETH",
                "quote": "USD",
                "settle": "ETH",
                "contract_size": "10",
                "expires_at": "2021-04-30T08:00:00Z",
            }
        },
        "market": {"mark": {SYMBOL: MARK}},
        "parameters": {
            "tiers": {SYMBOL: {"rows": [{"floor": "0", "rate": "0.008"}]}},
            "fees": {"taker": "0.0005"},
        },
    }
    return ml.assess(ml.load(document | given))


def pool(found: ml.Assessment, name: str) -> Any:
    return next(each for each in found.pools if each.id == name)


def near(value: Decimal | None, printed: str, places: str = "1E-9") -> bool:
    assert value is not None
    return abs(value - D(printed)) <= D(places)


def test_ratio_maintenance_and_price_of_the_documents_position() -> None:
    found = pool(isolated(), f"{SYMBOL}/long isolated")
    (row,) = found.positions
    assert near(found.measures[M.VENUE_RATIO], "11.731726509588816", "1E-5")
    assert near(row.measures[M.MAINTENANCE_MARGIN], "0.0000311811092368", "1E-12")
    assert near(row.measures[M.UNREALIZED_PNL], "-0.0000009932766034", "1E-12")
    assert near(row.measures[M.RETURN_ON_MARGIN], "-0.0025490556801078", "1E-7")
    # printed 2352.8496681818233: one tick of 0.01 above
    assert near(row.measures[M.LIQUIDATION_PRICE], "2352.8396681818233", "1E-6")


def test_the_margin_ratio_turns_the_printed_one_round() -> None:
    found = pool(isolated(), f"{SYMBOL}/long isolated").measures
    assert near(found[M.MARGIN_RATIO] * found[M.VENUE_RATIO], "1", "1E-30")


def assessed(mode: str, **given: Any) -> ml.Assessment:
    return ml.assess(ml.load(deepcopy(SAMPLES[mode]) | given))


def test_discount_tiers_cut_slice_by_slice() -> None:
    """11,000,000 USDT: 5M at 1, 5M at 0.975, the rest at 0.95 is 10,825,000."""
    document = deepcopy(SAMPLES["multi_currency"])
    document["wallets"] = [{"asset": "USDT", "balance": "11000000", "isolated_included": False}]
    document["positions"], document["orders"] = [], []
    document["market"]["asset_rate"]["USDT"] = {"index": "1"}
    found = ml.assess(ml.load(document))
    assert found.measures[M.MARGIN_BALANCE] == D(10_825_000)


def test_a_currency_below_zero_is_a_debt_that_is_charged() -> None:
    found = pool(assessed("multi_currency"), "USD").measures
    assert found[M.BORROW_INITIAL_MARGIN] == D("0.5") * 3099 * D("0.1")


def test_initial_margin_of_a_unit_is_1_3_times_its_maintenance() -> None:
    """The position builder's: 1375.48 * 1.3 + 7855.32 = 9643.45."""
    assert (D("1375.48") * D("1.3") + D("7855.32")).quantize(D("0.01")) == D("9643.44")
    unit = pool(assessed("portfolio"), "ETH").measures
    assert unit[M.INITIAL_MARGIN] == unit[M.MAINTENANCE_MARGIN] * D("1.3")


def test_a_unit_is_its_worst_move_and_basis_or_the_minimum() -> None:
    """A short of 9,298.14 USD in ETH: half of 24 %, more than 12 %? equal; basis 0.2 % on top."""
    unit = pool(assessed("portfolio"), "ETH").measures
    value = 30 * D("0.1") * 3100 * D("0.9998")
    assert unit[M.MAINTENANCE_MARGIN] == value * D("0.12") + value * D("0.002")


def test_the_account_sums_its_units_and_loans() -> None:
    found = assessed("portfolio")
    units = sum(
        p.measures[M.MAINTENANCE_MARGIN] or D(0) for p in found.pools if p.kind != "account"
    )
    loan = D("0.5") * 3099 * D("0.02")
    assert near(pool(found, "USD").measures[M.MAINTENANCE_MARGIN], str(units + loan), "1E-20")


def test_an_underlying_whose_charges_are_not_public_is_unknown() -> None:
    document = deepcopy(SAMPLES["portfolio"])
    del document["parameters"]["venue"]
    found = ml.assess(ml.load(document))
    assert found.status is Status.UNKNOWN
    assert any("scenario.ETH.basis_rate" in f.message for f in found.all_findings())


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("minimum_ladder", []),
        ("minimum_ladder", [{"floor": "5", "multiplier": "1"}]),
        ("minimum_ladder", [{"floor": "0"}]),
        ("scenario", {"ETH": {"spot_shocks": ["x"], "basis_rate": "0", "minimum_rate": "0"}}),
        ("scenario", {"ETH": {"extreme_shock": "-1", "basis_rate": "0", "minimum_rate": "0"}}),
    ],
)
def test_parameters_that_cannot_be_are_never_safe(name: str, value: Any) -> None:
    document = deepcopy(SAMPLES["portfolio"])
    document["parameters"]["venue"][name] = value
    assert ml.assess(ml.load(document)).status is Status.UNKNOWN


@pytest.mark.parametrize("mode", ["futures", "multi_currency", "portfolio"])
def test_with_an_opening_order_initial_margin_is_unsupported(mode: str) -> None:
    resting = {"instrument": "BTC-USDT-SWAP", "side": "buy", "size": "1", "price": "50000"}
    found = assessed(mode, orders=[resting])
    name = "USDT" if mode == "futures" else "USD"
    measures = pool(found, name).measures
    for measure in (M.ORDER_INITIAL_MARGIN, M.INITIAL_MARGIN, M.AVAILABLE_BALANCE):
        assert measures[measure] is None
    told = [f for f in found.all_findings() if f.where == "orders"]
    assert [f.code for f in told] == [Code.APPROXIMATE]


def test_hypotheses_say_so() -> None:
    for mode in SAMPLES:
        texts = [f.message for f in assessed(mode).all_findings() if f.code is Code.APPROXIMATE]
        assert any(text.startswith("hypothesis: ") for text in texts), mode


def test_a_forced_close_costs_the_liquidation_fee_where_one_is_given() -> None:
    fees = SAMPLES["futures"]["parameters"] | {"fees": {"taker": "0.0005", "liquidation": "0.001"}}
    found = pool(assessed("futures", parameters=fees), "USDT").measures
    assert found[M.CLOSING_FEE] == D("0.5") * 61_000 * D("0.001")


@pytest.mark.parametrize("symbol", ["BTC-USDT-SWAP", "ETH-USDT-SWAP"])
def test_at_its_liquidation_price_a_unit_and_its_closing_fees_are_just_covered(symbol: str) -> None:
    document = deepcopy(SAMPLES["portfolio"])
    document["wallets"] = [{"asset": "USDT", "balance": "6000", "isolated_included": False}]
    document["positions"] = [p for p in document["positions"] if p["instrument"] != "BTC-USD-SWAP"]
    found = pool(ml.assess(ml.load(document)), "USD")
    (price,) = (p.measures[M.LIQUIDATION_PRICE] for p in found.positions if p.instrument == symbol)
    document["market"]["mark"][symbol] = str(price)
    there = pool(ml.assess(ml.load(document)), "USD").measures
    assert near(there[M.MARGIN_RATIO], "1", "1E-20")


def test_the_account_names_the_parts_of_every_unit() -> None:
    found = pool(assessed("portfolio"), "USD").requirement_parts
    units = {name.partition(":")[0] for name in found}
    assert units == {"BTC", "ETH"}
    assert found["ETH: MR4 basis"] == 30 * D("0.1") * 3100 * D("0.9998") * D("0.002")
