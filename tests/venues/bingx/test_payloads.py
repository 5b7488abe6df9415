"""BingX's answers read: sides, sizes, margins, modes, and what is left unknown."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from marginline.core.account.account import Account, Position
from marginline.core.account.file import from_dict, to_dict
from marginline.core.findings import Status
from marginline.core.measures import Measure as M
from marginline.errors import PayloadError
from marginline.risk.reconcile.reconcile import Outcome, reconcile
from marginline.venues.assessing import assess
from marginline.venues.reader.reading import kinds, read
from tests.venues.bingx.answers import (
    AS_OF,
    COMMISSION,
    TIERS,
    VENUE,
    account,
    balance,
    coin_position,
    enveloped,
    order,
    position,
)
from tests.venues.documents import Doc, extra, reported

D = Decimal


def only(found: Account) -> Position:
    (row,) = found.positions
    return row


def notes(found: Account, code: str) -> list[str]:
    return [row["message"] for row in extra(found, "notes") if row["code"] == code]


# -- positions ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("side", "amount", "size", "key"),
    [
        pytest.param("LONG", "0.001", "0.001", "BTC-USDT/long", id="long"),
        pytest.param("SHORT", "0.001", "-0.001", "BTC-USDT/short", id="short, unsigned"),
        pytest.param("SHORT", "-0.001", "-0.001", "BTC-USDT/short", id="short, signed"),
        pytest.param("BOTH", "-0.001", "-0.001", "BTC-USDT/both", id="one-way, signed"),
        pytest.param("BOTH", "0.001", "0.001", "BTC-USDT/both", id="one-way, P&L says long"),
    ],
)
def test_sizes_are_signed(side: str, amount: str, size: str, key: str) -> None:
    row = only(account(positions=[position(positionSide=side, positionAmt=amount)]))
    assert (row.size, row.key) == (D(size), key)


def test_an_unsigned_one_way_short_shows_in_its_pnl() -> None:
    row = position(positionSide="BOTH", unrealizedProfit="-1.9219")
    assert only(account(positions=[row])).size == D("-0.001")


def test_an_unsigned_one_way_position_without_a_mark_is_read_as_long_and_noted() -> None:
    found = account(positions=[position(positionSide="BOTH", markPrice="")])
    assert only(found).size > 0
    assert any("read as a long" in text for text in notes(found, "APPROXIMATE"))


@pytest.mark.parametrize(("dual", "mode"), [("true", "hedge"), ("false", "one_way")])
def test_the_position_mode_is_told(dual: str, mode: str) -> None:
    found = account(positions=[position()], position_mode={"dualSidePosition": dual})
    assert found.position_mode == mode
    assert only(found).side == ("long" if mode == "hedge" else "both")


def test_isolated_margin_is_without_pnl() -> None:
    found = account(positions=[position(isolated=True)])
    assert only(found).isolated_margin == D("1.0602")
    told = reported(found).positions["BTC-USDT/long"]
    assert told[M.MARGIN_BALANCE.value] == D("2.9821")
    assert told[M.INITIAL_MARGIN.value] == D("1.0602")


def test_the_older_initial_margin_has_pnl_in_it() -> None:
    row = position(isolated=True, initialMargin="2.9821")
    del row["margin"]
    found = account(positions=[row])
    assert only(found).isolated_margin == D("1.0602")
    told = reported(found).positions["BTC-USDT/long"]
    assert told[M.MARGIN_BALANCE.value] == D("2.9821")
    assert M.INITIAL_MARGIN.value not in told


def test_isolated_margin_needs_the_pnl() -> None:
    found = account(positions=[position(isolated=True, unrealizedProfit="")])
    assert only(found).isolated_margin is None
    assert assess(found).status is Status.UNKNOWN


def test_several_isolated_positions_on_one_side_are_told_apart() -> None:
    rows = [position(isolated=True, positionId=n, onlyOnePosition=False) for n in ("17", "18")]
    found = account(positions=rows)
    assert [row.key for row in found.positions] == ["BTC-USDT/long#17", "BTC-USDT/long#18"]
    with pytest.raises(PayloadError, match="the same position"):
        account(positions=[rows[0], rows[0]])


def test_a_position_that_does_not_say_its_margin_mode_is_not_known() -> None:
    row = position()
    del row["isolated"]
    assert assess(account(positions=[row], balance=[balance()])).status is Status.UNKNOWN


@pytest.mark.parametrize("text", ["294.16914617776246", "0", "0.0"])
def test_a_liquidation_price_is_read_from_its_text(text: str) -> None:
    row = json.dumps(enveloped([position()])).replace(
        '"liquidationPrice": 0', f'"liquidationPrice": {text}'
    )
    found = read(VENUE, as_of=AS_OF, mode="single_asset", positions=row)
    told = reported(found).positions["BTC-USDT/long"]
    price = None if D(text) == 0 else D(text)
    assert told.get(M.LIQUIDATION_PRICE.value) == price


def test_size_zero_is_no_position() -> None:
    found = account(positions=[position(positionAmt="0")])
    assert not found.positions
    assert "positions" in extra(found, "known")


def test_a_demo_position_has_its_margin_in_vst() -> None:
    found = account(positions=[position(currency="VST")], balance=[balance(asset="VST")])
    assert only(found).margin_asset == "VST"
    assert [pool.id for pool in assess(found).pools] == ["VST"]


# -- coin-M ------------------------------------------------------------------------------------


def test_coin_margined() -> None:
    found = account(
        coin_positions=[coin_position()],
        coin_balance=[balance(asset="SOL", balance="10", equity="12", unrealizedProfit="2")],
    )
    assert found.instruments["SOL-USD"].contract_size == 10
    pool = assess(found).pool("SOL")
    assert pool.measures[M.EQUITY] == 12
    assert pool.measures[M.POSITION_INITIAL_MARGIN] == D("0.5")


def test_a_contract_of_unknown_worth_is_left_out_and_said() -> None:
    found = account(coin_positions=[coin_position(symbol="BNB-USD")])
    assert not found.positions
    assert any("coin_contracts" in text for text in notes(found, "MISSING_DATA"))
    assert assess(found).status is Status.UNKNOWN


def test_coin_contracts_tell_what_a_contract_is_worth() -> None:
    contracts = [
        {"symbol": "BNB-USD", "minTickSize": "10", "pricePrecision": 2},
        {"symbol": "BTC-USD", "minTickSize": "100", "pricePrecision": 1},
    ]
    found = account(coin_positions=[coin_position(symbol="BNB-USD")], coin_contracts=contracts)
    assert found.instruments.keys() == {"BNB-USD"}
    assert found.instruments["BNB-USD"].contract_size == 10


def test_one_family_told_afresh_leaves_the_other() -> None:
    first = account(positions=[position()], coin_positions=[coin_position()])
    second = read(VENUE, account_onto=first, positions=enveloped([]))
    assert [row.key for row in second.positions] == ["SOL-USD/long"]


# -- balances ----------------------------------------------------------------------------------


def test_a_row_without_figures_is_no_wallet() -> None:
    empty = dict.fromkeys(balance(), "") | {"asset": "USDC", "realisedProfit": "0"}
    found = account(balance=[balance(), empty], positions=[])
    assert [wallet.asset for wallet in found.wallets] == ["USDT"]
    assert len(notes(found, "NOT_APPLICABLE")) == 1


def test_a_position_in_an_asset_without_figures_is_not_known() -> None:
    empty = dict.fromkeys(balance(), "") | {"asset": "USDC"}
    row = position(symbol="BTC-USDC", currency="USDC")
    found = assess(account(balance=[balance(), empty], positions=[row]))
    assert found.pool("USDC").status is Status.UNKNOWN


def test_an_older_balance_stands_under_its_name() -> None:
    assert account(balance={"balance": balance()}).wallets[0].balance == D("194.8212")


def test_available_is_kept_as_reported() -> None:
    found = account(balance=[balance()], positions=[])
    told = reported(found).pools["USDT"]
    assert told[M.AVAILABLE_BALANCE.value] == D("193.7609")


@pytest.mark.parametrize(("frozen", "known"), [("0.0000", True), ("3.5", False), ("", False)])
def test_nothing_frozen_means_no_resting_orders(frozen: str, known: bool) -> None:
    found = account(balance=[balance(freezedMargin=frozen)], positions=[])
    assert ("orders" in extra(found, "known")) is known


def test_credit_stays_from_before() -> None:
    whole: Any = to_dict(account(balance=[balance()]))
    whole["wallets"][0]["credit"] = "50"
    again = read(VENUE, account_onto=from_dict(whole), balance=enveloped([balance()]))
    assert again.wallets[0].credit == 50


# -- orders ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        pytest.param({}, ("buy", "long", "0.002", "20000", "limit", False), id="what is left"),
        pytest.param(
            {"type": "STOP_MARKET", "stopPrice": "19000", "side": "SELL", "closePosition": True},
            ("sell", "long", "0.002", "19000", "stop", True),
            id="a stop at its trigger",
        ),
        pytest.param({"status": "FILLED"}, None, id="filled"),
        pytest.param({"executedQty": "0.003"}, None, id="nothing left"),
    ],
)
def test_orders(fields: Doc, expected: tuple[Any, ...] | None) -> None:
    found = account(positions=[position()], orders={"orders": [order(**fields)]})
    rows = [
        (o.side, o.position_side, str(o.size), str(o.price), o.kind, o.reduce_only)
        for o in found.orders
    ]
    assert rows == ([] if expected is None else [expected])


def test_an_order_of_unknown_type_is_taken_to_freeze_margin() -> None:
    found = account(orders={"orders": [order(type="ICEBERG")]})
    assert found.orders[0].kind == "limit"
    assert any("ICEBERG" in text for text in notes(found, "APPROXIMATE"))


# -- parameters --------------------------------------------------------------------------------


def test_a_whole_account_reconciles() -> None:
    found = account(balance=[balance()], positions=[position()], tiers=TIERS, commission=COMMISSION)
    result = reconcile(found)
    assert not result.contradictions
    differ = [line.label for line in result.lines if line.outcome is Outcome.DIFFERS]
    assert differ == []
    assert result.count(Outcome.NOT_COMPUTABLE) == 0
    assert result.agrees
    assert result.assessment.status is Status.HEALTHY


def test_multi_assets_rules_are_per_cent() -> None:
    rules = [
        {"marginAssets": "USDT", "ltv": "100.00%", "collateralValueRatio": "99.99%"}
        | {"maxTransfer": "", "indexPrice": "0.5"},
        {"marginAssets": "TRX", "ltv": "85.00%", "collateralValueRatio": "95.00%"}
        | {"maxTransfer": "1000", "indexPrice": "0.2"},
    ]
    found = read(
        VENUE,
        as_of=AS_OF,
        asset_mode=enveloped({"assetMode": "multiAssetsMode"}),
        multi_assets_rules=enveloped(rules),
    )
    assert found.mode == "multi_assets"
    assert found.parameters.collateral["TRX"].ratio == D("0.95")
    assert found.market.asset_rate["TRX"].index == D("0.4")  # USD prices, made USDT
    assert "USDT" not in found.market.asset_rate


@pytest.mark.parametrize("ratio", ["0.95", "95", "x%", "101%", "-1%"])
def test_a_ratio_that_is_not_written_in_per_cent_is_refused(ratio: str) -> None:
    rules = [{"marginAssets": "TRX", "collateralValueRatio": ratio}]
    with pytest.raises(PayloadError, match="collateralValueRatio"):
        account(multi_assets_rules=rules)


def test_settings_are_of_the_one_open_symbol() -> None:
    leverage = {"longLeverage": 50, "shortLeverage": 20, "maxLongLeverage": 75}
    found = account(
        positions=[position()], leverage=leverage, margin_type={"marginType": "CROSSED"}
    )
    assert found.settings["BTC-USDT"].leverage == 20
    assert found.settings["BTC-USDT"].margin_mode == "cross"
    named = account(leverage=leverage | {"symbol": "ETH-USDT"})
    assert named.settings["ETH-USDT"].leverage == 20
    assert not account(leverage=leverage).settings


def test_prices() -> None:
    premium = {"symbol": "BTC-USDT", "markPrice": "23000", "indexPrice": "23001"} | {
        "lastFundingRate": "0.0001",
        "nextFundingTime": 1780300800000,
    }
    found = account(positions=[position()], premium_index=premium)
    assert found.market.mark["BTC-USDT"] == D("23125.9")  # the position's own moment
    assert found.market.index["BTC-USDT"] == 23001
    assert found.market.funding["BTC-USDT"].rate == D("0.0001")


# -- the call ----------------------------------------------------------------------------------


def test_the_moment_is_that_of_the_answers() -> None:
    found = read(VENUE, mode="single_asset", tiers=enveloped(TIERS, timestamp=1780272000000))
    assert found.as_of == datetime(2026, 6, 1, tzinfo=UTC)
    with pytest.raises(PayloadError, match="as_of"):
        read(VENUE, mode="single_asset", positions=enveloped([position()]))


@pytest.mark.parametrize(
    ("answers", "match"),
    [
        pytest.param({"positions": enveloped(None, 100410, msg="rate limited")}, "rate limited"),
        pytest.param({"positions": enveloped([position(positionSide="UP")])}, "positionSide"),
        pytest.param({"orders": enveloped({"orders": [order(side="HOLD")]})}, "side"),
        pytest.param({"orders": enveloped({"orders": [order(positionSide="UP")]})}, "side"),
        pytest.param({"margin_type": enveloped({"marginType": "SHARED"})}, "marginType"),
        pytest.param({"asset_mode": enveloped({"assetMode": "other"})}, "assetMode"),
        pytest.param({"asset_mode": enveloped({"assetMode": "multiAssetsMode"})}, "mode"),
    ],
)
def test_answers_that_cannot_be_are_refused(answers: Doc, match: str) -> None:
    with pytest.raises(PayloadError, match=match):
        read(VENUE, as_of=AS_OF, mode="single_asset", **answers)


def test_answers_of_standard_futures_make_an_account() -> None:
    assert set(kinds("bingx_standard")) == {"balance", "positions"}
    row = {"symbol": "LTC/USDT", "positionSide": "SHORT", "positionAmt": "1.2", "entryPrice": "83",
           "currentPrice": "82", "leverage": "20.000000000", "initialMargin": "5",
           "isolated": True, "unrealizedProfit": "1.2", "time": "1751149431000"}  # fmt: skip
    balance = {"code": 0, "data": [{"asset": "USDT", "balance": "4.7"}]}
    positions = {"code": "0", "data": [row]}
    found = read("bingx_standard", as_of=AS_OF, balance=balance, positions=positions)
    assert [wallet.balance for wallet in found.wallets] == [D("4.7")]
    (held,) = found.positions
    assert (held.size, held.side, held.margin_mode) == (D("-1.2"), "short", "isolated")
    assert found.market.mark["LTC/USDT"] == 82


def test_unknown_fields_are_kept() -> None:
    found = account(positions=[position(adlRank=3)])
    assert found.extra["unknown"] == {"positions[0].adlRank": "3"}


def test_an_empty_asset_tells_a_joint_pool_nothing_unless_something_settles_in_it() -> None:
    rows = [balance(), balance(asset="USDC", balance="0"), balance(asset="VST", balance="0")]
    answers: Doc = {
        "balance": enveloped(rows),
        "positions": enveloped([position(symbol="BTC-USDC", currency="USDC")]),
    }
    found = read(VENUE, as_of=AS_OF, mode="multi_assets", **answers)
    assert [wallet.asset for wallet in found.wallets] == ["USDT", "USDC"]
    assert not reported(found).pools.get("USDT")
    assert {line.where for line in reconcile(found).lines} == {"BTC-USDC/long", "USDT"}


def test_standard_futures_that_answer_without_a_list_tell_nothing() -> None:
    void = {"code": 0, "msg": "", "data": None}
    found = read("bingx_standard", as_of=AS_OF, positions=void, balance=void)
    assert not found.extra["known"]
    assert assess(found).status is Status.UNKNOWN
