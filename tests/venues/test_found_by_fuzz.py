"""What mutated answers showed, each kind of fault once: said, or judged by the worse."""

from __future__ import annotations

import copy
from decimal import Decimal
from typing import Any

import pytest

from marginline.core.assessment.assessment import Assessment
from marginline.core.findings import Code, Status
from marginline.core.measures import Measure as M
from marginline.risk.reconcile.reconcile import reconcile
from marginline.venues.assessing import assess
from marginline.venues.reader.reading import read
from tests.fuzz.mutating import Path, at, placed, places, without
from tests.fuzz.told import Told, told
from tests.venues.documents import assessed
from tests.venues.draws import SAMPLES

MOMENT = "2025-11-03T00:00:00Z"
ACCOUNTS = {each.name: each for each in told()}


def found(base: Told, answers: Any) -> Assessment:
    return assess(base.read(answers))


def said(assessment: Assessment, code: Code) -> dict[str, str]:
    return {f.where: f.message for f in assessment.all_findings() if f.code is code}


def test_a_pro_account_answer_with_no_open_loss_is_judged() -> None:
    base = ACCOUNTS["binance portfolio margin pro"]
    assert found(base, base.answers).status is Status.HEALTHY
    losing = placed(base.answers, ("account", "totalMarginOpenLoss"), "5")
    assessment = found(base, losing)
    assert assessment.status is Status.UNKNOWN
    assert "account: totalMarginOpenLoss" in said(assessment, Code.UNSUPPORTED)


def test_the_margin_of_a_standard_position_is_not_its_margin_with_pnl() -> None:
    base = ACCOUNTS["bingx standard"]
    assert reconcile(base.read(base.answers)).agrees
    assert not said(found(base, base.answers), Code.CONTRADICTION)


@pytest.mark.parametrize(
    ("name", "path", "where"),
    [
        ("okx futures", ("positions", "data", 0, "lever"), "positions: BTC-USDT-SWAP"),
        ("bybit cross, owing USDT", ("positions", "result", "list", 0, "leverage"),
         "positions: BTCUSDT"),
        ("okx futures, an order", ("orders", "data", 0, "accFillSz"), "orders[0]"),
        ("bybit cross", ("open_orders", "result", "list", 0, "leavesQty"), "open_orders[0]"),
        ("bitget single, an order", ("orders", "data", "entrustedList", 0, "baseVolume"),
         "orders[0]"),
        ("bingx single, terms and an order", ("orders", "data", "orders", 0, "executedQty"),
         "orders[0]"),
        ("bitget single", ("accounts", "data", 0, "coupon"), "accounts: USDT"),
    ],
)  # fmt: skip
def test_what_is_taken_for_a_missing_field_is_said(name: str, path: Path, where: str) -> None:
    base = ACCOUNTS[name]
    assert where not in said(found(base, base.answers), Code.APPROXIMATE)
    assert where in said(found(base, without(base.answers, path)), Code.APPROXIMATE)


def test_margin_of_orders_that_no_list_holds_is_said() -> None:
    base = ACCOUNTS["binance USDS-M"]
    assessment = found(base, base.answers | {"open_orders": []})
    texts = said(assessment, Code.CONTRADICTION).values()
    assert any("orders rest that the answers do not list" in text for text in texts)
    assert not said(found(base, base.answers), Code.CONTRADICTION)


def test_a_bid_above_its_index_and_an_ask_below_it_are_said() -> None:
    base = ACCOUNTS["binance multi-assets"]
    low = placed(base.answers, ("asset_index", 1, "index"), "500")
    assert "market.asset_rate.BNB.bid" in said(found(base, low), Code.PRICES_DISAGREE)
    high = placed(base.answers, ("asset_index", 1, "index"), "700")
    assert "market.asset_rate.BNB.ask" in said(found(base, high), Code.PRICES_DISAGREE)


def test_a_fee_that_makes_the_cost_of_closing_negative_is_a_contradiction() -> None:
    base = ACCOUNTS["okx portfolio"]
    assessment = found(base, placed(base.answers, ("fees", "data", 0, "takerU"), "0.001"))
    assert assessment.status is Status.UNKNOWN
    assert any("is negative" in text for text in said(assessment, Code.CONTRADICTION).values())


def test_no_price_pays_back_more_than_a_position_is_worth() -> None:
    base = ACCOUNTS["bitget single"]
    paid = placed(base.answers, ("positions", "data", 0, "totalFee"), "1000000000")
    paid = placed(paid, ("positions", "data", 0, "holdSide"), "long")
    for pool in found(base, paid).pools:
        for position in pool.positions:
            price = position.measures[M.BREAK_EVEN_PRICE]
            assert price is None or price > 0


def test_a_balance_of_which_the_cross_part_alone_is_told_is_said() -> None:
    row = {"asset": "USDT", "balance": "100", "crossWalletBalance": "60"}
    whole = read("binance_usdm", mode="single_asset", as_of=MOMENT, balance=[row])
    assert "wallets: USDT" not in said(assess(whole), Code.APPROXIMATE)
    less = read(
        "binance_usdm", mode="single_asset", as_of=MOMENT, balance=[without(row, ("balance",))]
    )
    assert less.wallets[0].balance == 60
    assert "wallets: USDT" in said(assess(less), Code.APPROXIMATE)


def test_an_isolated_position_whose_leverage_is_not_told_is_said() -> None:
    base = ACCOUNTS["bitmex isolated"]
    assert "positions: XBTUSD" not in said(found(base, base.answers), Code.APPROXIMATE)
    less = found(base, without(base.answers, ("positions", 0, "leverage")))
    texts = [f.message for f in less.all_findings() if f.code is Code.APPROXIMATE]
    assert any("tells no leverage" in text for text in texts)


_ENTRIES = frozenset(
    ("entryPrice", "avgPrice", "openPriceAvg", "avgPx", "avgEntryPrice", "avgCostPrice")
)
_SILENT = {
    "bingx multi-assets": "of which positions a row of a joint account tells is not documented",
    "bingx standard": "its answers print no equity",
}


def said_texts(assessment: Assessment) -> list[str]:
    return [finding.message for finding in assessment.all_findings()]


def test_positions_whose_p_and_l_alone_is_another_accounts_are_refuted() -> None:
    """Beside a debt whose requirement is not told, portfolio margin's totals are of P&L alone."""
    base = ACCOUNTS["binance portfolio margin with a debt"]
    place: Path = ("um_position_risk", 0, "entryPrice")
    cheaper = str(Decimal(str(at(base.answers, place))) - 6_000)
    assessment = found(base, placed(base.answers, place, cheaper))
    assert assessment.status is Status.UNKNOWN
    assert any("UnrealizedPNL" in text for text in said(assessment, Code.CONTRADICTION).values())


@pytest.mark.parametrize("name", sorted(ACCOUNTS))
def test_positions_of_another_account_are_refuted_by_the_totals(name: str) -> None:
    """The same positions, bought far cheaper: the equity that the venue prints is not theirs."""
    base = ACCOUNTS[name]
    answers: Any = base.answers
    for path in places(answers):
        value = at(answers, path)
        if path[-1] in _ENTRIES and "order" not in str(path[0]) and value:
            cheaper = Decimal(str(value)) * Decimal("0.4")
            as_told = cheaper.to_integral_value() if isinstance(value, int) else cheaper
            answers = placed(
                answers, path, str(cheaper) if isinstance(value, str) else int(as_told)
            )
    assert answers is not base.answers
    assessment = found(base, answers)
    whole = found(base, base.answers)
    more = set(assessment.all_findings()) - set(whole.all_findings())
    new = [finding for finding in more if finding.code is Code.CONTRADICTION]
    unsaid = not any("shows whose they are" in text for text in said_texts(assessment))
    assert unsaid is (name not in _SILENT)
    if name in _SILENT:
        assert not new, "it is told now: strike it from the list"
        return
    assert new
    assert assessment.status is Status.UNKNOWN


def test_totals_in_dollars_are_not_compared_with_a_pool_in_coins() -> None:
    """A classic account's only pool stands in BTC; its totalEquity is in USD."""
    base = ACCOUNTS["bybit classic inverse"]
    assert reconcile(base.read(base.answers)).first_difference is None


def test_an_order_of_a_leg_has_the_margin_mode_of_its_leg() -> None:
    """One leg cross, the other isolated: which row comes first decides nothing."""
    document = copy.deepcopy(SAMPLES["bingx_perpetual multi_assets"])
    short = next(row for row in document["positions"] if row["side"] == "short")
    document["positions"].append(
        short | {"side": "long", "size": "6", "margin_mode": "isolated", "isolated_margin": "800"}
    )
    document["orders"] = [
        {"instrument": short["instrument"], "side": "sell", "size": "3", "price": "2800",
         "position_side": "short"}
    ]  # fmt: skip
    turned = document | {"positions": document["positions"][::-1]}
    one, other = assessed(document), assessed(turned)
    for pool in one.pools:
        need = M.MAINTENANCE_MARGIN
        assert pool.measures[need] == other.pool(pool.id).measures[need]


def test_the_index_of_a_contract_values_its_coin_in_a_union_account() -> None:
    base = ACCOUNTS["bitget union"]
    account = base.read(base.answers)
    assert account.market.asset_rate["BTC"].index == 25100
    assert found(base, base.answers).pools[0].measures[M.MARGIN_BALANCE] is not None


@pytest.mark.parametrize("told", ["-12.5", "3"])
def test_profit_of_positions_beside_an_empty_list_of_standard_futures_refutes_it(told: str) -> None:
    row = {"asset": "USDT", "balance": "4.7", "crossUnPnl": "0"}

    def flat(**fields: str) -> Assessment:
        answers: Any = {
            "balance": {"code": 0, "data": [row | fields]},
            "positions": {"code": 0, "data": []},
        }
        return assess(read("bingx_standard", as_of=MOMENT, **answers))

    empty = flat()
    assert empty.status is Status.HEALTHY
    assert "fetch contract/v1/allPosition again" in said(empty, Code.APPROXIMATE)["positions"]
    missing = flat(crossUnPnl=told)
    assert missing.status is Status.UNKNOWN
    assert "crossUnPnl" in said(missing, Code.CONTRADICTION)["assets.USDT"]


def test_totals_of_usdt_refute_an_account_answer_without_its_row() -> None:
    """Without the row there is no pool of USDT that the totals could be compared with."""
    base = ACCOUNTS["binance USDS-M"]
    usdt = {"asset": "USDT", "walletBalance": "23.7", "crossWalletBalance": "23.7"}
    other = {"asset": "BUSD", "walletBalance": "103.1", "crossWalletBalance": "103.1"}
    account = {"assets": [usdt, other], "positions": [], "multiAssetsMargin": False,
               "updateTime": 1762199126022,
               "totalWalletBalance": "23.7", "totalMarginBalance": "23.7"}  # fmt: skip
    assert found(base, {"account": account}).status is Status.HEALTHY
    less = found(base, {"account": account | {"assets": [other]}})
    assert less.status is Status.UNKNOWN
    assert "the answers are not whole" in said(less, Code.CONTRADICTION)["account"]
    for total in ("totalWalletBalance", "totalMarginBalance"):
        one = {name: value for name, value in account.items() if name != total}
        assert found(base, {"account": one | {"assets": [other]}}).status is Status.UNKNOWN


@pytest.mark.parametrize(
    ("name", "place"), [("okx futures, an order", "state"), ("bitmex isolated", "ordStatus")]
)
def test_an_order_of_a_state_that_nobody_knows_is_taken_to_rest(name: str, place: str) -> None:
    base = ACCOUNTS[name]
    rests = {"symbol": "XBTUSDT", "side": "Buy", "ordType": "Limit", "leavesQty": 1000,
             "price": 40000}  # fmt: skip
    okx = place == "state"
    whole = base.answers if okx else placed(base.answers, ("orders",), [rests])
    path: Path = ("orders", "data", 0, place) if okx else ("orders", 0, place)
    strange, gone = (base.read(placed(whole, path, state)) for state in ("halted", GONE[place]))
    assert len(strange.orders) == 1
    assert "halted of an order is not known" in "".join(
        said(assess(strange), Code.APPROXIMATE).values()
    )
    assert not gone.orders


GONE = {"state": "mmp_canceled", "ordStatus": "Canceled"}


def test_a_table_of_risk_limits_without_its_lowest_says_so() -> None:
    base = ACCOUNTS["bybit cross, coins as collateral"]
    lowest: Path = ("risk_limit", "result", "list", 0)
    told_of = said(found(base, without(base.answers, lowest)), Code.APPROXIMATE)
    assert "the lowest risk limit of BTCUSDT is not among" in told_of["risk_limit: BTCUSDT"]


def test_a_rate_that_is_owed_only_within_the_band_decides_the_status() -> None:
    """A loan that arises on the way to the line: without its rate no move of 3 % is known safe."""
    account = copy.deepcopy(SAMPLES["bybit_unified cross"])
    account["positions"][0] |= {"size": "39.6", "entry_price": "50500"}
    near = assessed(account)
    assert near.status is Status.WATCH
    del account["parameters"]["borrow"]["USDT"]["rows"][0]["maintenance_rate"]
    less = assessed(account)
    (pool,) = less.pools
    assert less.status is Status.WATCH
    assert "watch either way, judged by the worse" in said(less, Code.MISSING_DATA)[pool.id]
    account["positions"][0]["size"] = "0.5"
    assert assessed(account).status is Status.HEALTHY


@pytest.mark.parametrize("name", ["okx futures", "okx multi-currency"])
def test_a_balance_of_part_of_the_currencies_is_refuted_by_its_total(name: str) -> None:
    """`ccy=` lists part of the currencies under the total of all."""
    base = ACCOUNTS[name]
    data: Path = ("balance", "data", 0)
    usdt = {"ccy": "USDT", "cashBal": "50000", "eq": "50600", "eqUsd": "50600", "stgyEq": "0"}
    btc = {"ccy": "BTC", "cashBal": "0.001", "eq": "0.001", "eqUsd": "50", "stgyEq": "0"}
    told_as = at(base.answers, data) | {"totalEq": "50650", "details": [usdt, btc]}
    for rows, refuted in (([usdt, btc], False), ([btc], True), ([usdt], False)):
        assessment = found(base, placed(base.answers, data, told_as | {"details": rows}))
        assert ("balance" in said(assessment, Code.CONTRADICTION)) is refuted
        if refuted:
            assert assessment.status is Status.UNKNOWN
