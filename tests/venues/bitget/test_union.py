"""Union mode and the advanced unified account: joint pools, haircuts, liabilities."""

from __future__ import annotations

from decimal import Decimal

import pytest

from marginline.core.findings import Code, Status
from marginline.core.measures import Measure as M
from tests.venues.bitget.accounts import advanced, basic, position, union
from tests.venues.documents import Doc, assessed, number, pool_of, position_of
from tests.venues.missing import unknown_or_bounded

D = Decimal
BEFORE, AFTER = "2026-06-24T23:59:59Z", "2026-06-25T00:00:00Z"


def test_one_pool_in_usdt() -> None:
    found = assessed(union())
    assert [(p.id, p.kind, p.asset) for p in found.pools] == [("USDT", "account", "USDT")]
    assert number(found.pools[0], M.MARGIN_BALANCE) == D(5000) + D(25000) * D("0.9")
    assert number(found.pools[0], M.HAIRCUT) == 2500


def test_unrealized_loss_makes_a_liability() -> None:
    whole = union(as_of=BEFORE, market=marked("19000"))
    assert number(pool_of(whole), M.MAINTENANCE_MARGIN) == max(D("87.4"), D(1000) * D("0.05"))
    whole = union(as_of=AFTER, market=marked("19000"))
    assert number(pool_of(whole), M.MAINTENANCE_MARGIN) == D("87.4") + D(1000) * D("0.05")


def marked(mark: str) -> Doc:
    return {"mark": {"BTCUSDT": mark}, "asset_rate": {"BTC": "25000"}}


@pytest.mark.parametrize("as_of", [BEFORE, AFTER])
@pytest.mark.parametrize("size", ["0.5", "3", "-0.5", "-3", "-8"])
def test_health_is_zero_at_the_liquidation_price(as_of: str, size: str) -> None:
    whole = union(as_of=as_of, positions=[position(size)])
    row = position_of(whole)
    prices = [row.measures[m] for m in (M.LIQUIDATION_PRICE_BELOW, M.LIQUIDATION_PRICE_ABOVE)]
    for price in filter(None, prices):
        there = pool_of(union(as_of=as_of, positions=[position(size)], market=marked(str(price))))
        assert abs(number(there, M.BUFFER)) < D("1e-20")
        far = price + (price - 25000) * D("1e-9")
        beyond = pool_of(union(as_of=as_of, positions=[position(size)], market=marked(str(far))))
        assert beyond.status is Status.LIQUIDATION


def test_the_larger_of_two_crosses_over_on_the_way_down() -> None:
    """Before 2026-06-25: near the entry the futures' margin is the larger, far below the loan's."""
    whole = union(as_of=BEFORE, positions=[position("3")])
    price = number(position_of(whole), M.LIQUIDATION_PRICE)
    debt = 3 * (25000 - price) - 5000
    assert abs(D(22500) - debt - debt * D("0.05")) < D("1e-18")


def test_the_files_own_liability_rate_is_used_before() -> None:
    whole = union(as_of=BEFORE, market=marked("19000"))
    whole["parameters"]["venue"] = {"liability_rate": "0.2"}
    assert number(pool_of(whole), M.MAINTENANCE_MARGIN) == 200
    assert not any(f.where.endswith("liability_rate") for f in assessed(whole).findings)


def test_a_liability_rate_that_is_no_number_is_missing() -> None:
    whole = union(as_of=BEFORE, market=marked("19000"))
    whole["parameters"]["venue"] = {"liability_rate": "high"}
    assert pool_of(whole).status is Status.UNKNOWN


def test_liability_tiers_are_marginal() -> None:
    whole = union(as_of=AFTER, market=marked("19000"))
    rows = [
        {"floor": "0", "cap": "400", "maintenance_rate": "0.05"},
        {"floor": "400", "maintenance_rate": "0.1"},
    ]
    whole["parameters"]["borrow"] = {"USDT": {"rows": rows}}
    expected = D("87.4") + D(400) * D("0.05") + D(600) * D("0.1")
    assert number(pool_of(whole), M.MAINTENANCE_MARGIN) == expected


def test_a_liability_without_tiers_is_missing() -> None:
    whole = union(as_of=AFTER, market=marked("19000"))
    del whole["parameters"]["borrow"]
    assert pool_of(whole).measures[M.MAINTENANCE_MARGIN] is None
    assert unknown_or_bounded(assessed(whole))


def test_the_initial_margin_of_a_debt_is_unsupported() -> None:
    whole = union(as_of=AFTER, market=marked("19000"))
    pool = pool_of(whole)
    assert pool.measures[M.INITIAL_MARGIN] is None
    assert pool.measures[M.AVAILABLE_BALANCE] is None
    assert any(
        f.code is Code.UNSUPPORTED and f.measure is M.BORROW_INITIAL_MARGIN for f in pool.findings
    )


def test_an_asset_without_collateral_tiers_is_missing() -> None:
    whole = union()
    del whole["parameters"]["collateral"]["BTC"]
    assert pool_of(whole).measures[M.MARGIN_BALANCE] is None
    assert unknown_or_bounded(assessed(whole))


def test_usdt_counts_in_full_with_a_finding() -> None:
    whole = union()
    del whole["parameters"]["collateral"]["USDT"]
    assert pool_of(whole).measures == pool_of(union()).measures
    said = [f for f in assessed(whole).findings if f.where == "parameters.collateral.USDT"]
    assert [f.code for f in said] == [Code.PACKAGED_PARAMETER]


def test_isolated_positions_stay_pools_of_their_own() -> None:
    row = position(margin_mode="isolated", isolated_margin="1500")
    found = assessed(union(positions=[row]))
    assert [p.id for p in found.pools] == ["USDT", "BTCUSDT/both isolated"]
    assert number(found.pools[0], M.WALLET_BALANCE) == D(5000) - 1500 + 25000


def test_advanced_is_one_pool_in_usd() -> None:
    found = assessed(advanced())
    assert [(p.id, p.kind) for p in found.pools] == [("USD", "account")]
    value = D(25000)
    assert number(found.pools[0], M.INITIAL_MARGIN) == value * (D("0.05") + D("0.0006"))
    assert abs(number(found.pools[0], M.MARGIN_RATIO) - D("115") / D("27500")) < D("1e-25")


def test_a_debt_of_the_unified_account_is_unsupported() -> None:
    whole = advanced(wallets=[{"asset": "USDT", "balance": "-1"}, {"asset": "BTC", "balance": "1"}])
    pool = pool_of(whole)
    assert pool.status is Status.UNKNOWN
    assert any(f.code is Code.UNSUPPORTED and "debts" in f.message for f in pool.findings)


def test_a_loan_in_basic_is_unsupported() -> None:
    wallets = [{"asset": "USDT", "balance": "10000", "borrowed": "10"}]
    assert pool_of(basic(wallets=wallets)).status is Status.UNKNOWN


def test_a_price_beyond_the_first_debt_is_not_known() -> None:
    """The USDT of the account is gone before its BTC; what a debt must hold is not public."""
    row = position_of(advanced())
    assert row.measures[M.LIQUIDATION_PRICE] is None


def test_collateral_switched_off_counts_nothing() -> None:
    wallets = [
        {"asset": "USDT", "balance": "5000"},
        {"asset": "BTC", "balance": "1", "collateral": False},
    ]
    pool = pool_of(advanced(wallets=wallets))
    assert number(pool, M.MARGIN_BALANCE) == 5000
    assert number(pool, M.EQUITY) == 30000
