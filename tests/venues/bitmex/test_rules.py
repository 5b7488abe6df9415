"""BitMEX's own rules: dates, steps on the way to a liquidation price, orders, multi-asset mode."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from marginline.core.account.account import Order
from marginline.core.account.file import from_dict
from marginline.core.assessment.explanation import explain
from marginline.core.findings import Code, Status
from marginline.core.measures import Measure as M
from marginline.errors import DocumentError, RulebookError
from marginline.venues import at
from tests.venues.bitmex.accounts import (
    LIMIT,
    PARAMETERS,
    document,
    isolated,
    linear,
    multi,
    position,
    sample,
    usdt,
)
from tests.venues.documents import Doc, assessed, number, pool_of, position_of

D = Decimal


def codes(whole: Doc) -> set[Code]:
    return {finding.code for finding in assessed(whole).all_findings()}


# -- dates -------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", ["single_asset", "multi_asset"])
@pytest.mark.parametrize("as_of", ["2021-12-31T23:59:59Z", "2026-09-23T00:00:00Z"])
def test_outside_its_life_there_is_no_rulebook(mode: str, as_of: str) -> None:
    with pytest.raises(RulebookError, match="until 2026-09-23"):
        assessed(document(mode=mode, as_of=as_of))


@pytest.mark.parametrize(
    ("mode", "as_of", "code"),
    [
        ("single_asset", "2022-01-01T00:00:00Z", "BMEX-SINGLE-2022-01"),
        ("single_asset", "2023-12-31T23:59:59Z", "BMEX-SINGLE-2022-01"),
        ("single_asset", "2024-01-01T00:00:00Z", "BMEX-SINGLE-2024-01"),
        ("single_asset", "2026-09-22T23:59:59Z", "BMEX-SINGLE-2024-01"),
        ("multi_asset", "2025-02-24T23:59:59Z", "BMMA-MULTI-2022-01"),
        ("multi_asset", "2025-02-25T00:00:00Z", "BMMA-MULTI-2025-02"),
    ],
)
def test_both_sides_of_every_change(mode: str, as_of: str, code: str) -> None:
    found = assessed(document(mode=mode, as_of=as_of))
    assert found.rulebook.code == code
    assert Code.HISTORICAL in {finding.code for finding in found.findings}


def test_the_old_cross_system_is_said_to_be_unknown() -> None:
    texts = [f.message for f in assessed(document(as_of="2023-12-31T00:00:00Z")).all_findings()]
    assert any("one by one" in text for text in texts)
    later = [f.message for f in assessed(document(as_of="2024-01-01T00:00:00Z")).all_findings()]
    assert not any("one by one" in text for text in later)


def test_the_packaged_risk_limit_ends_with_the_venue() -> None:
    found = assessed(document(parameters={"fees": {"taker": "0.00075"}}))
    packaged = [f for f in found.findings if f.code is Code.PACKAGED_PARAMETER]
    assert packaged[0].where == "parameters.venue.risk_limits.XBTUSD"
    assert "2021-08-31" in packaged[0].message


# -- position ----------------------------------------------------------------------------------


def test_initial_margin_is_divided_not_multiplied_by_a_rounded_rate() -> None:
    """6 / 6 is 1, not 1.00000001: the margin is rounded up to a whole step."""
    row = isolated("300000", leverage="6", isolated_margin="1.01")
    assert number(position_of(document(positions=[row])), M.INITIAL_MARGIN) == 1


def test_initial_margin_goes_up_to_the_smallest_amount() -> None:
    row = isolated("50000", leverage="3", isolated_margin="0.34")
    assert number(position_of(document(positions=[row])), M.INITIAL_MARGIN) == D("0.33333334")


@pytest.mark.parametrize(("rate", "part"), [("0.0001", "0"), ("-0.0001", "0.0001")])
def test_a_short_sets_aside_only_the_funding_it_pays(rate: str, part: str) -> None:
    market = {"mark": {"XBTUSD": "50000"}, "funding": {"XBTUSD": {"rate": rate}}}
    whole = document(
        positions=[position("-50000")],
        market=market,
        parameters=PARAMETERS | {"fees": {"taker": "0"}},
    )
    assert number(position_of(whole), M.MAINTENANCE_MARGIN) == D("0.005") + D(part)


def test_an_isolated_short_mirrors_the_sample() -> None:
    """Its price rounds down; the fee is on a higher bankrupt value; it receives the funding."""
    row = sample()["positions"][0] | {"size": "-2000", "isolated_margin": "13.165186"}
    found = position_of(sample(positions=[row]))
    bankrupt = D("2617.30")  # 1963 + 13.086667 / 0.02, down to 0.05
    fee = 2 * D("0.00075") * bankrupt * D("0.02")
    assert fee == D("13.165186") - D("13.086667")
    assert number(found, M.BANKRUPTCY_PRICE) == bankrupt
    assert number(found, M.MAINTENANCE_MARGIN) == D("0.3926") + fee


def test_margin_added_by_hand_moves_bankruptcy_and_liquidation_alike() -> None:
    row = sample()["positions"][0] | {"isolated_margin": "14.125928"}
    found, before = position_of(sample(positions=[row])), position_of(sample())
    assert number(before, M.BANKRUPTCY_PRICE) - number(found, M.BANKRUPTCY_PRICE) == 50
    assert number(before, M.LIQUIDATION_PRICE) - number(found, M.LIQUIDATION_PRICE) == 50


def test_an_inverse_short_at_1x_cannot_be_liquidated() -> None:
    row = isolated("-50000", leverage="1", isolated_margin="1.01")
    found = position_of(document(positions=[row], wallets=[{"asset": "XBT", "balance": "2"}]))
    assert found.measures[M.LIQUIDATION_PRICE] is None
    assert found.measures[M.BANKRUPTCY_PRICE] is None
    assert number(found, M.MAINTENANCE_MARGIN) == D("0.005")  # it closes for nothing at the end


def test_the_step_goes_by_the_mark_the_charge_by_entry() -> None:
    """200 XBT at entry are 250 XBT at a mark of 40,000: one step, charged on 200."""
    wallets = [{"asset": "XBT", "balance": "100"}]
    market = {"mark": {"XBTUSD": "40000"}, "funding": {"XBTUSD": {"rate": "0"}}}
    whole = document(
        positions=[position("10000000")],
        wallets=wallets,
        market=market,
        parameters=PARAMETERS | {"fees": {"taker": "0"}},
    )
    assert number(position_of(whole), M.TIER) == 2
    assert number(position_of(whole), M.MAINTENANCE_MARGIN) == 200 * D("0.01")


def test_a_liquidation_price_may_lie_at_a_step() -> None:
    """Safe down to 40,000 in step 1; there the step of 250 XBT doubles the requirement."""
    limit = LIMIT | {"base": "250"}
    parameters = {"fees": {"taker": "0"}, "venue": {"risk_limits": {"XBTUSD": limit}}}
    market = {"mark": {"XBTUSD": "50000"}, "funding": {"XBTUSD": {"rate": "0"}}}
    whole = document(
        positions=[position("10000000")],
        wallets=[{"asset": "XBT", "balance": "51.5"}],  # loss 50 at 40,000, maintenance 1 then 2
        market=market,
        parameters=parameters,
    )
    assert number(position_of(whole), M.LIQUIDATION_PRICE) == 40000


def test_liquidation_is_inclusive() -> None:
    parameters = PARAMETERS | {"fees": {"taker": "0"}}
    market = {"mark": {"XBTUSD": "50000"}, "funding": {"XBTUSD": {"rate": "0"}}}
    at_line = document(
        wallets=[{"asset": "XBT", "balance": "0.005"}], market=market, parameters=parameters
    )
    assert pool_of(at_line).status is Status.LIQUIDATION
    above = at_line | {"wallets": [{"asset": "XBT", "balance": "0.00500001"}]}
    assert pool_of(above).status is Status.WATCH


def test_cross_pools_share_profit_and_isolated_ones_do_not() -> None:
    rows = [position("50000"), position("-10000", instrument="ETHUSD", entry_price="3000")]
    market = document()["market"]
    market["mark"]["ETHUSD"] = "2900"
    both = pool_of(document(positions=rows, market=market), "XBT")
    assert number(both, M.UNREALIZED_PNL) == 1
    alone = document(positions=[rows[0], rows[1] | {"margin_mode": "isolated"}], market=market)
    alone["positions"][1] |= {"leverage": "5", "isolated_margin": "0.1"}
    assert number(pool_of(alone, "XBT"), M.UNREALIZED_PNL) == 0
    assert number(pool_of(alone, "XBT"), M.WALLET_BALANCE) == D("0.1")


def test_explanation_names_what_is_reserved() -> None:
    tree = str(explain(assessed(sample()), "ETHUSDT/both", "maintenance_margin"))
    assert "posComm" in tree
    assert "value that chooses the tier" in tree


# -- orders ------------------------------------------------------------------------------------


def order(side: str, size: str, price: str | None = None, **fields: Any) -> Doc:
    row = {"instrument": "XBTUSDT", "side": side, "size": size} | fields
    return row if price is None else row | {"price": price}


def held(orders: list[Doc], **fields: Any) -> Decimal | None:
    whole = usdt(orders=orders, settings={"XBTUSDT": {"leverage": "10"}}, **fields)
    return pool_of(whole).measures[M.ORDER_INITIAL_MARGIN]


RATE = D("0.1") + 2 * D("0.00075")


def test_orders_reserve_margin_and_the_fees_of_both_ends() -> None:
    assert held([order("buy", "1000000", "40000")]) == 40000 * RATE


def test_orders_that_reduce_are_free() -> None:
    assert held([order("sell", "1000000", "60000")]) == 0
    assert held([order("sell", "3000000", "60000", reduce_only=True)]) == 0
    assert held([order("sell", "1500000", "60000")]) == 30000 * RATE


def test_a_sell_is_valued_at_the_best_bid_if_that_is_higher() -> None:
    market = usdt()["market"] | {"bid": {"XBTUSDT": "61000"}}
    assert held([order("sell", "2000000", "60000")], market=market) == 61000 * RATE


@pytest.mark.parametrize(
    "crossing",
    [order("buy", "1000", "50001"), order("sell", "9000000", "49999"), order("buy", "1000")],
)
def test_a_crossing_order_reserves_a_premium_that_is_not_public(crossing: Doc) -> None:
    crossing = crossing | ({} if "price" in crossing else {"kind": "market"})
    whole = usdt(orders=[crossing], settings={"XBTUSDT": {"leverage": "10"}})
    found = pool_of(whole)
    assert found.measures[M.ORDER_INITIAL_MARGIN] is None
    assert found.measures[M.AVAILABLE_BALANCE] is None
    assert found.measures[M.EXCESS_BALANCE] is None
    assert number(found, M.MAINTENANCE_MARGIN) > 0
    assert Code.UNSUPPORTED in codes(whole)


def test_orders_that_would_lift_the_risk_step_are_noted() -> None:
    big = order("buy", "30000000", "40000")
    texts = [f.message for f in assessed(usdt(orders=[big])).findings]
    assert any("risk step 2" in text for text in texts)


def test_order_cost_of_a_new_order() -> None:
    account = from_dict(usdt(settings={"XBTUSDT": {"leverage": "10"}}))
    book = at("bitmex", "single_asset", account.as_of)
    assert book.order_cost is not None
    new = Order(instrument="XBTUSDT", side="buy", size=D(1_000_000), price=D(40000))
    assert book.order_cost(account, new) == 40000 * RATE


# -- multi-asset -------------------------------------------------------------------------------


def test_each_settle_asset_counts_every_asset_after_its_haircut() -> None:
    whole = multi()
    collateral = D("0.1") + D("0.2") * D("0.95") + D("0.1") * D("0.95")
    assert number(pool_of(whole, "XBT"), M.COLLATERAL_VALUE) == collateral
    assert number(pool_of(whole, "XBT"), M.HAIRCUT) == D("0.3") * D("0.05")
    usdt_pool = pool_of(whole, "USDT")
    assert number(usdt_pool, M.COLLATERAL_VALUE) == 10000 + 5000 * D("0.95") * 2


def test_collateral_counts_profit_with_the_balance_it_settles_in() -> None:
    market = multi()["market"]
    market["mark"] = market["mark"] | {"XBTUSD": "62500"}  # +0.2 XBT
    found = pool_of(multi(market=market), "USDT")
    assert number(found, M.COLLATERAL_VALUE) == 10000 + 15000 * D("0.95") + 5000 * D("0.95")


def test_what_depends_on_the_assignment_is_unsupported() -> None:
    found = assessed(multi())
    pool = found.pool("XBT")
    row = pool.positions[0]
    gaps = {(f.where, f.measure): f.code for f in found.all_findings()}
    for measure in (M.MARGIN_BALANCE, M.MARGIN_RATIO, M.BUFFER, M.AVAILABLE_BALANCE,
                    M.WITHDRAWABLE_BALANCE, M.EXCESS_BALANCE, M.EFFECTIVE_LEVERAGE):  # fmt: skip
        assert pool.measures[measure] is None
        assert gaps["XBT", measure] is Code.UNSUPPORTED
    for measure in (M.LIQUIDATION_PRICE, M.BANKRUPTCY_PRICE, M.ADL_SCORE):
        assert row.measures[measure] is None
        assert gaps[row.key, measure] is Code.UNSUPPORTED
    assert found.status is Status.UNKNOWN
    assert number(pool, M.MAINTENANCE_MARGIN) > 0
    assert found.measures[M.EQUITY] == D("0.1") * 50000 + 10000 + 2 * 2500


def test_the_file_may_state_its_own_pairs() -> None:
    own = {"ETH": {"by_settle": {"XBT": {"ratio": "0.5"}, "USDT": {"ratio": "0.4"}}}}
    whole = multi(as_of="2025-06-01T00:00:00Z", parameters=PARAMETERS | {"collateral": own})
    expected = D("0.1") + D("0.2") * D("0.98") + D("0.1") * D("0.5")
    assert number(pool_of(whole, "XBT"), M.COLLATERAL_VALUE) == expected


def test_an_asset_without_a_pair_is_missing_not_full() -> None:
    found = assessed(multi(as_of="2025-02-25T00:00:00Z"))  # ETH is not in the announcement
    assert found.pool("XBT").measures[M.COLLATERAL_VALUE] is None
    said = {(f.where, f.measure, f.code) for f in found.all_findings()}
    assert ("XBT", M.COLLATERAL_VALUE, Code.MISSING_DATA) in said


# -- bad input ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("limit", "path"),
    [
        ({"base": "200"}, "step"),
        (LIMIT | {"step": "0"}, "step"),
        (LIMIT | {"base": "-1"}, "base"),
        (LIMIT | {"maintenance_rate": "high"}, "maintenance_rate"),
        (LIMIT | {"floor": "0"}, "floor"),
    ],
)
def test_a_risk_limit_that_cannot_be_meant(limit: dict[str, str], path: str) -> None:
    parameters = PARAMETERS | {"venue": {"risk_limits": {"XBTUSD": limit}}}
    with pytest.raises(DocumentError, match=rf"risk_limits\.XBTUSD\.{path}"):
        assessed(document(parameters=parameters))


def test_an_instrument_nobody_knows() -> None:
    with pytest.raises(DocumentError, match=r"describe it under instruments\.NOPE"):
        assessed(document(positions=[position(instrument="NOPE")]))


def test_hedge_rows_are_noted() -> None:
    whole = usdt(positions=[linear("1000", side="long")], position_mode="hedge")
    assert Code.POSITION_MODE in codes(whole)
