"""USDS-M answers: what becomes of each field."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal as D
from typing import Any

import pytest

from marginline.core.account.account import Account
from marginline.core.findings import Code, Status
from marginline.errors import PayloadError
from marginline.venues.assessing import assess
from marginline.venues.reader.notes import notes_of
from marginline.venues.reader.reading import read
from tests.venues.binance import answers
from tests.venues.documents import Doc

USDM = "binance_usdm"


def read_usdm(**given: Any) -> Account:
    given.setdefault("mode", "single_asset")
    given.setdefault("as_of", "2025-07-01T00:00:00Z")
    return read(USDM, **given)


def codes(account: Account) -> list[tuple[str, str]]:
    return [(note.code.value[0], note.where) for note in notes_of(account)]


def row(number: int = 0, **changes: Any) -> Doc:
    """A row of positionRisk with changes; None takes a field out."""
    found: Doc = answers.usdm()["position_risk"][number] | changes
    return {name: value for name, value in found.items() if value is not None}


# -- wallets -----------------------------------------------------------------------------------


def test_the_wallet_is_the_whole_balance() -> None:
    wallet = read(USDM, **answers.usdm()).wallets[0]
    assert (wallet.asset, wallet.balance, wallet.isolated_included) == ("USDT", D(10000), True)


def test_a_cross_balance_alone_is_without_what_is_posted() -> None:
    given = answers.usdm()
    del given["account"]["assets"][0]["walletBalance"]
    wallet = read(USDM, **given).wallets[0]
    assert (wallet.balance, wallet.isolated_included) == (D(8500), False)


def test_a_balance_that_is_not_told_is_unknown() -> None:
    given = answers.usdm()
    for name in ("walletBalance", "crossWalletBalance"):
        given["account"]["assets"][0][name] = ""
    account = read(USDM, **given)
    assert account.wallets[0].balance is None
    assert assess(account).status is Status.UNKNOWN


def test_the_account_wins_over_the_balance() -> None:
    given = answers.usdm()
    given["balance"] = [{"asset": "USDT", "balance": "1"}, {"asset": "USDC", "balance": "2"}]
    assert {w.asset: w.balance for w in read(USDM, **given).wallets} == {
        "USDT": D(10000),
        "USDC": D(2),
    }


def test_balances_alone_never_read_as_an_account_without_positions() -> None:
    account = read_usdm(balance=[{"asset": "USDT", "balance": "10", "updateTime": answers.AS_OF}])
    assert ("MISSING_DATA", "positions") in codes(account)
    assessment = assess(account)
    assert assessment.status is Status.UNKNOWN
    assert assessment.pools[0].status is Status.UNKNOWN
    assert any("give position_risk" in finding.message for finding in assessment.findings)


def test_an_account_without_its_list_of_positions_is_unknown() -> None:
    given = answers.usdm()
    del given["account"]["positions"], given["position_risk"]
    assert assess(read(USDM, **given)).status is Status.UNKNOWN


def test_an_empty_list_of_positions_is_none_open() -> None:
    given = answers.usdm()
    given["account"]["positions"], given["position_risk"], given["open_orders"] = [], [], []
    asset = given["account"]["assets"][0]
    asset |= {"maintMargin": "0", "unrealizedProfit": "0", "crossUnPnl": "0"}
    asset["positionInitialMargin"] = "0"
    refuted = assess(read(USDM, **given))
    assert refuted.status is not Status.HEALTHY, "the account's own totals still tell of positions"
    given["account"] |= {"totalMaintMargin": "0", "totalUnrealizedProfit": "0"}
    given["account"] |= {"totalPositionInitialMargin": "0", "totalCrossUnPnl": "0"}
    given["account"]["totalMarginBalance"] = given["account"]["totalWalletBalance"]
    asset["marginBalance"] = asset["walletBalance"]
    given["account"]["totalOpenOrderInitialMargin"] = asset["openOrderInitialMargin"] = "0"
    given["account"]["totalInitialMargin"] = asset["initialMargin"] = "0"
    assert assess(read(USDM, **given)).status is Status.HEALTHY


def test_an_asset_that_shows_pnl_without_a_position_is_a_contradiction() -> None:
    given = answers.usdm()
    given["account"]["positions"], given["position_risk"] = [], []
    account = read(USDM, **given)
    assert ("CONTRADICTION", "account: USDT") in codes(account)
    assert assess(account).status is Status.UNKNOWN


# -- positions ---------------------------------------------------------------------------------


def test_a_cross_position() -> None:
    position = read(USDM, **answers.usdm()).positions[0]
    assert (position.key, position.size, position.entry_price) == (
        "BTCUSDT/both",
        D("0.5"),
        D(60000),
    )
    assert (position.margin_mode, position.leverage, position.isolated_margin) == (
        "cross",
        D(10),
        None,
    )


def test_an_isolated_position_holds_its_isolated_wallet() -> None:
    position = read(USDM, **answers.usdm()).positions[1]
    assert (position.margin_mode, position.isolated_margin) == ("isolated", D(1500))


def test_isolated_margin_holds_the_pnl_already() -> None:
    """The venue's own sample: 1.57109202 - 0.12 = 1.45109202, so 1.45109202 + 0.12 is posted."""
    given = row(1, isolatedWallet=None, isolatedMargin="1.45109202", unRealizedProfit="-0.12")
    account = read_usdm(position_risk=[given])
    assert account.positions[0].isolated_margin == D("1.57109202")


def test_an_isolated_position_without_its_margin_is_unknown() -> None:
    given = answers.usdm()
    del given["account"], given["symbol_config"]
    given["balance"] = [{"asset": "USDT", "balance": "10000"}]
    given["position_risk"] = [
        row(1, isolatedWallet=None, isolatedMargin=None, marginType="isolated")
    ]
    assert assess(read_usdm(**given)).status is Status.UNKNOWN


def test_version_2_tells_the_same_account_as_version_3() -> None:
    third = answers.usdm()
    second = {**third, "position_risk": answers.usdm_risk_v2()}
    del second["symbol_config"]
    old, new = read(USDM, **second), read(USDM, **third)
    assert (old.positions, old.wallets, old.market) == (new.positions, new.wallets, new.market)


def test_a_margin_mode_that_nothing_tells_makes_the_status_unknown() -> None:
    given = answers.usdm()
    given["position_risk"] = [row(isolatedWallet=None, isolatedMargin=None)]
    given["account"]["positions"] = []
    del given["symbol_config"]
    account = read(USDM, **given)
    assert ("MISSING_DATA", "position_risk: BTCUSDT/both") in codes(account)
    assert assess(account).status is Status.UNKNOWN


def test_a_row_of_size_0_leaves_its_settings() -> None:
    flat = row(symbol="SOLUSDT", positionAmt="0.000", entryPrice="0.0", leverage="20",
               marginType="isolated")  # fmt: skip
    account = read_usdm(position_risk=[flat])
    assert not account.positions
    settings = account.settings["SOLUSDT"]
    assert (settings.leverage, settings.margin_mode) == (D(20), "isolated")
    assert account.instruments["SOLUSDT"].settle == "USDT"


def test_symbol_config_sets_what_has_no_row() -> None:
    settings = read(USDM, **answers.usdm()).settings["SOLUSDT"]
    assert (settings.leverage, settings.margin_mode) == (D(20), "isolated")


@pytest.mark.parametrize(
    ("sides", "told", "mode"),
    [
        (("BOTH",), None, "one_way"),
        (("LONG", "SHORT"), None, "hedge"),
        (("BOTH",), False, "one_way"),
        (("LONG",), True, "hedge"),
    ],
)
def test_the_position_mode(sides: tuple[str, ...], told: bool | None, mode: str) -> None:
    rows = [row(positionSide=s, positionAmt="-1" if s == "SHORT" else "1") for s in sides]
    config = None if told is None else {"dualSidePosition": told, "multiAssetsMargin": False}
    assert read_usdm(position_risk=rows, account_config=config).position_mode == mode


def test_open_legs_against_a_one_way_account_are_a_contradiction() -> None:
    rows = [row(positionSide="LONG", positionAmt="1"), row(positionSide="SHORT", positionAmt="-1")]
    account = read_usdm(position_risk=rows, position_mode={"dualSidePosition": False})
    assert account.position_mode == "hedge"
    assert ("CONTRADICTION", "position_risk: positionSide") in codes(account)
    assert assess(account).status is Status.UNKNOWN


def test_sizes_that_disagree_between_answers_are_a_contradiction() -> None:
    given = answers.usdm()
    given["account"]["positions"][0]["positionAmt"] = "0.6"
    account = read(USDM, **given)
    assert account.positions[0].size == D("0.5")
    assert ("CONTRADICTION", "account: BTCUSDT/both") in codes(account)
    assert assess(account).status is Status.UNKNOWN


def test_prices_of_0_are_none() -> None:
    rows = [
        row(markPrice="0.00000000", entryPrice="0.0", breakEvenPrice="0.0", liquidationPrice="0")
    ]
    account = read_usdm(position_risk=rows)
    assert not account.market.mark
    assert account.positions[0].entry_price is None
    assert account.reported is not None
    assert "liquidation_price" not in account.reported.positions["BTCUSDT/both"]


@pytest.mark.parametrize(
    "changes",
    [
        {"markPrice": "-1"},
        {"leverage": "-10"},
        {"positionSide": "UP"},
        {"marginType": "half"},
        {"positionAmt": ""},
        {"symbol": ""},
        {"positionSide": "SHORT"},
        {"updateTime": "x"},
    ],
)
def test_rows_that_cannot_be_meant_are_refused(changes: dict[str, str]) -> None:
    with pytest.raises(PayloadError):
        read_usdm(position_risk=[row() | changes])


def test_the_same_leg_twice_in_two_sizes_is_a_contradiction() -> None:
    account = read_usdm(position_risk=[row(), row(positionAmt="0.7")])
    assert ("CONTRADICTION", "position_risk: BTCUSDT/both") in codes(account)


# -- instruments -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("symbol", "margin_asset", "expected"),
    [
        ("BTCUSDT", None, ("BTC", "USDT", "USDT")),
        ("BTCUSDC", None, ("BTC", "USDC", "USDC")),
        ("BTCFDUSD", None, ("BTC", "FDUSD", "FDUSD")),
        ("1000SHIBUSDT", None, ("1000SHIB", "USDT", "USDT")),
        ("ETHBTC", None, ("ETH", "BTC", "BTC")),
        ("BTCUSDT", "BNFCR", ("BTC", "USDT", "BNFCR")),
        ("BTCXYZ", "XYZ", (None, None, "XYZ")),
    ],
)
def test_what_a_symbol_tells(
    symbol: str, margin_asset: str | None, expected: tuple[str | None, ...]
) -> None:
    account = read_usdm(position_risk=[row(symbol=symbol, marginAsset=margin_asset)])
    instrument = account.instruments[symbol]
    assert (instrument.base, instrument.quote, instrument.settle) == expected
    assert instrument.payoff == "linear"
    assert instrument.contract_size == 1


def test_a_dated_contract_expires_at_8() -> None:
    account = read_usdm(position_risk=[row(symbol="BTCUSDT_250926")])
    expected = datetime(2025, 9, 26, 8, tzinfo=UTC)
    assert account.instruments["BTCUSDT_250926"].expires_at == expected


@pytest.mark.parametrize("symbol", ["BTCXYZ", "BTCUSDT_259999"])
def test_a_symbol_that_tells_nothing_is_noted(symbol: str) -> None:
    account = read_usdm(position_risk=[row(symbol=symbol, marginAsset=None)])
    assert symbol not in account.instruments
    assert ("MISSING_DATA", f"instruments: {symbol}") in codes(account)


def test_exchange_info_tells_terms_and_steps() -> None:
    info = {
        "serverTime": answers.AS_OF,
        "rateLimits": [{"interval": "MINUTE"}],
        "symbols": [
            {
                "symbol": "BTCXYZ",
                "contractType": "CURRENT_QUARTER",
                "deliveryDate": 1_758_873_600_000,
                "baseAsset": "BTC",
                "quoteAsset": "XYZ",
                "marginAsset": "XYZ",
                "liquidationFee": "0.0125",
                "filters": [
                    {"filterType": "PRICE_FILTER", "tickSize": "0.10", "maxPrice": "1"},
                    {"filterType": "LOT_SIZE", "stepSize": "0.001"},
                ],
            },
            {
                "symbol": "NOTMENTIONED",
                "baseAsset": "N",
                "quoteAsset": "USDT",
                "marginAsset": "USDT",
            },
        ],
    }
    account = read_usdm(position_risk=[row(symbol="BTCXYZ", marginAsset=None)], exchange_info=info)
    found = account.instruments["BTCXYZ"]
    assert (found.base, found.settle, found.tick_size, found.size_step) == (
        "BTC",
        "XYZ",
        D("0.1"),
        D("0.001"),
    )
    assert found.expires_at == datetime(2025, 9, 26, 8, tzinfo=UTC)
    assert "NOTMENTIONED" not in account.instruments
    assert account.parameters.fees.by_instrument["BTCXYZ"].liquidation == D("0.0125")
    assert "unknown" not in account.extra


# -- modes -------------------------------------------------------------------------------------


def test_the_asset_mode_is_that_of_the_answers() -> None:
    assert read(USDM, **answers.multi()).mode == "multi_assets"
    assert read(USDM, **answers.usdm()).mode == "single_asset"


def test_a_mode_against_the_answers_is_refused() -> None:
    with pytest.raises(PayloadError, match="the answers say multi_assets"):
        read(USDM, mode="single_asset", **answers.multi())


def test_a_mode_that_nothing_tells_is_assumed_but_never_read_as_safe() -> None:
    untold = {k: v for k, v in answers.usdm().items() if k != "account_config"}
    account = read(USDM, **untold)
    assessment = assess(account)
    assert account.mode == "single_asset"
    assert assessment.status == "unknown"
    assert any("account_config" in finding.message for finding in assessment.all_findings())


# -- multi-assets ------------------------------------------------------------------------------


def test_asset_rates_and_buffers() -> None:
    account = read(USDM, **answers.multi())
    rate = account.market.asset_rate["BNB"]
    assert (rate.index, rate.bid, rate.ask) == (D(600), D(570), D(630))
    exchange = account.parameters.venue["auto_exchange"]
    assert isinstance(exchange, Mapping)
    assert exchange["BNB"]["bid_buffer"] == D("0.025")


def test_an_empty_wallet_without_a_rate_leaves_a_joint_account() -> None:
    assert [w.asset for w in read(USDM, **answers.multi()).wallets] == ["USDT", "BNB"]


def test_the_asset_index_stream_says_what_the_endpoint_says() -> None:
    rest = answers.multi()["asset_index"]
    words = {"symbol": "s", "time": "E", "index": "i", "bidBuffer": "b", "askBuffer": "a",
             "bidRate": "B", "askRate": "A", "autoExchangeBidBuffer": "q"}  # fmt: skip
    spelled = [{"e": "assetIndexUpdate", **{words[n]: v for n, v in row.items()}} for row in rest]
    stream = {"stream": "!assetIndex@arr", "data": spelled}
    given = answers.multi()
    assert read(USDM, **{**given, "asset_index": stream}) == read(USDM, **given)


def test_isolated_margin_in_a_multi_assets_account_is_a_contradiction() -> None:
    given = answers.multi()
    given["position_risk"][0] |= {"isolatedWallet": "100", "isolatedMargin": "0"}
    account = read(USDM, **given)
    assert account.positions[0].margin_mode == "cross"
    assert assess(account).status is Status.UNKNOWN


def test_a_pair_that_is_not_against_usd_is_refused() -> None:
    with pytest.raises(PayloadError, match="is no pair of an asset and USD"):
        read_usdm(asset_index=[{"symbol": "ADAUSDT", "index": "1"}])


# -- orders ------------------------------------------------------------------------------------


def order(**changes: Any) -> Doc:
    found: Doc = answers.usdm()["open_orders"][0] | changes
    return found


def test_an_order_rests_with_what_is_left_of_it() -> None:
    found = read(USDM, **answers.usdm()).orders[0]
    assert (found.instrument, found.side, found.size, found.price) == (
        "BTCUSDT",
        "buy",
        D("0.1"),
        D(61000),
    )
    assert (found.kind, found.reduce_only, found.position_side) == ("limit", False, "both")
    assert found.extra["orderId"] == "1917641"


@pytest.mark.parametrize(
    ("word", "kind", "price"),
    [
        ("MARKET", "market", None),
        ("STOP_MARKET", "stop", D(59000)),
        ("STOP", "stop", D(59000)),
        ("TRAILING_STOP_MARKET", "stop", D(59000)),
        ("TAKE_PROFIT", "take_profit", D(59000)),
    ],
)
def test_kinds_of_order(word: str, kind: str, price: D | None) -> None:
    given = order(type=word, price="0", stopPrice="59000")
    found = read_usdm(open_orders=[given]).orders[0]
    assert (found.kind, found.price) == (kind, price)


def test_a_new_kind_of_order_is_taken_to_need_margin() -> None:
    account = read_usdm(open_orders=[order(type="PEGGED")])
    assert account.orders[0].kind == "limit"
    assert ("APPROXIMATE", "open_orders[0]") in codes(account)


def test_an_order_that_closes_the_position_has_no_size() -> None:
    closing = order(type="STOP_MARKET", origQty="0", executedQty="0", closePosition=True)
    account = read_usdm(open_orders=[closing])
    assert not account.orders
    kept = account.extra["close_position_orders"]
    assert isinstance(kept, tuple)
    assert kept[0]["orderId"] == "1917641"


def test_conditional_orders_of_the_algo_service() -> None:
    algo = {"algoId": 1, "orderType": "TAKE_PROFIT", "symbol": "BTCUSDT", "side": "SELL",
            "positionSide": "BOTH", "quantity": "0.01", "algoStatus": "NEW", "price": "750.000",
            "triggerPrice": "751.000", "closePosition": False, "reduceOnly": True,
            "icebergQuantity": None}  # fmt: skip
    found = read_usdm(open_algo_orders=[algo]).orders[0]
    assert (found.kind, found.price, found.reduce_only) == ("take_profit", D(751), True)


@pytest.mark.parametrize("changes", [{"side": "HOLD"}, {"executedQty": ""}, {"origQty": None}])
def test_orders_that_cannot_be_meant_are_refused(changes: Doc) -> None:
    with pytest.raises(PayloadError):
        read_usdm(open_orders=[order(**changes)])


def test_orders_that_hold_margin_but_are_not_told_are_noted() -> None:
    given = answers.usdm()
    del given["open_orders"]
    account = read(USDM, **given)
    assert ("APPROXIMATE", "account: USDT") in codes(account)
    assert ("APPROXIMATE", "orders") in codes(account)


def test_orders_that_hold_no_margin_need_not_be_told() -> None:
    given = answers.multi()
    assert not codes(read(USDM, **given))


# -- tiers, prices, fees -----------------------------------------------------------------------


def test_tiers_come_from_an_array_or_a_single_object() -> None:
    one = answers.usdm()["brackets"][0]
    assert read_usdm(brackets=one).parameters.tiers == read_usdm(brackets=[one]).parameters.tiers
    rows = read_usdm(brackets=one).parameters.tiers["BTCUSDT"].rows
    assert [(r.floor, r.cap, r.rate, r.deduction, r.max_leverage) for r in rows] == [
        (D(0), D(50000), D("0.004"), D(0), D(125)),
        (D(50000), D(600000), D("0.005"), D(50), D(100)),
    ]


def test_tiers_may_come_in_any_order() -> None:
    one = answers.usdm()["brackets"][0]
    turned = {**one, "brackets": one["brackets"][::-1]}
    assert read_usdm(brackets=turned).parameters.tiers == read_usdm(brackets=one).parameters.tiers


def test_the_coefficient_is_kept_and_a_contradicting_cum_is_noted() -> None:
    """Floors given after multiplication by 1.5 with `cum` of before."""
    rows = [
        answers.bracket("0", "75000", "0.004", "0", 125),
        answers.bracket("75000", "900000", "0.005", "50", 100),
    ]
    account = read_usdm(brackets={"symbol": "BTCUSDT", "notionalCoef": "1.50", "brackets": rows})
    assert account.parameters.tiers["BTCUSDT"].extra["notionalCoef"] == "1.5"
    note = next(n for n in notes_of(account) if n.code is Code.DEDUCTION_DIFFERS)
    assert "floors over notionalCoef 1.5" in note.message


def test_a_gap_between_brackets_is_refused() -> None:
    rows = [answers.bracket("0", "1", "0.01", "0", 10), answers.bracket("2", "3", "0.02", "0", 5)]
    with pytest.raises(PayloadError, match="rows start at 0 and touch"):
        read_usdm(brackets={"symbol": "BTCUSDT", "brackets": rows})


def test_a_bracket_without_its_floor_is_refused() -> None:
    bad = answers.bracket("0", "1", "0.01", "0", 10)
    del bad["notionalFloor"]
    with pytest.raises(PayloadError, match=r"brackets\.brackets\[0\]\.notionalFloor"):
        read_usdm(brackets={"symbol": "BTCUSDT", "brackets": [bad]})


def test_no_brackets_are_no_tiers() -> None:
    account = read_usdm(brackets={"symbol": "BTCUSDT", "brackets": []})
    assert not account.parameters.tiers
    assert ("MISSING_DATA", "brackets: BTCUSDT") in codes(account)


PREMIUM = {
    "symbol": "ETHUSDT",
    "markPrice": "3150.00000000",
    "indexPrice": "3149.00000000",
    "estimatedSettlePrice": "3149.5",
    "lastFundingRate": "0.00038246",
    "interestRate": "0.00010000",
    "nextFundingTime": 1_750_003_200_000,
    "time": answers.AS_OF,
}


def test_prices_and_funding() -> None:
    info = [{"symbol": "ETHUSDT", "fundingIntervalHours": 4, "adjustedFundingRateCap": "0.02",
             "disclaimer": False}]  # fmt: skip
    market = read_usdm(premium_index=PREMIUM, funding_info=info).market
    assert (market.mark["ETHUSDT"], market.index["ETHUSDT"]) == (D(3150), D(3149))
    funding = market.funding["ETHUSDT"]
    assert (funding.rate, funding.interval_hours) == (D("0.00038246"), D(4))
    assert funding.next_at == datetime(2025, 6, 15, 16, tzinfo=UTC)


def test_without_funding_info_the_interval_is_unknown() -> None:
    assert read_usdm(premium_index=PREMIUM).market.funding["ETHUSDT"].interval_hours is None


def test_a_dated_contract_has_no_funding() -> None:
    dated = PREMIUM | {"symbol": "ETHUSDT_250926", "lastFundingRate": "", "nextFundingTime": 0}
    assert not read_usdm(premium_index=[dated]).market.funding


def test_the_mark_of_the_positions_wins_because_their_figures_were_made_at_it() -> None:
    given = answers.usdm()
    given["premium_index"] = [PREMIUM | {"markPrice": "3110"}]
    assert read(USDM, **given).market.mark["ETHUSDT"] == D(3100)


def test_a_mark_far_from_the_positions_is_a_contradiction_and_the_worse_is_judged() -> None:
    given = answers.usdm()
    given["premium_index"] = [PREMIUM]  # 3,150, and the position is a short at 3,100
    account = read(USDM, **given)
    assert account.market.mark["ETHUSDT"] == D(3150)
    assert assess(account).status is Status.UNKNOWN


def test_the_mark_price_stream_says_what_the_endpoint_says() -> None:
    stream = {"e": "markPriceUpdate", "E": answers.AS_OF, "s": "ETHUSDT", "p": "3150.00000000",
              "i": "3149.00000000", "P": "3149.5", "r": "0.00038246", "T": 1_750_003_200_000,
              "ap": "3150.1"}  # fmt: skip
    assert read_usdm(premium_index=stream).market == read_usdm(premium_index=PREMIUM).market


def test_fees_by_symbol() -> None:
    rate = {"symbol": "BTCUSDT", "makerCommissionRate": "0.0002", "takerCommissionRate": "0.0005"}
    fees = read_usdm(commission_rate=rate).parameters.fees.by_instrument["BTCUSDT"]
    assert (fees.maker, fees.taker, fees.liquidation) == (D("0.0002"), D("0.0005"), None)


# -- what is kept ------------------------------------------------------------------------------


def test_unknown_fields_are_kept_and_listed() -> None:
    given = answers.usdm()
    given["account"]["assets"][0]["newField"] = {"a": [1, 0.5, None, True]}
    given["position_risk"][0]["other"] = "x"
    account = read(USDM, **given)
    unknown = account.extra["unknown"]
    assert isinstance(unknown, Mapping)
    assert set(unknown) == {"account.assets[0].newField", "position_risk[0].other"}
    assert unknown["account.assets[0].newField"]["a"] == ("1", "0.5", None, True)
    assert {w for c, w in codes(account) if c == "UNKNOWN_FIELD"} == set(unknown)
    assert assess(account).status is Status.HEALTHY


def test_what_the_venue_says_of_its_figures() -> None:
    reported = read(USDM, **answers.usdm()).reported
    assert reported is not None
    pool, leg = reported.pools["USDT"], reported.positions["ETHUSDT/both"]
    assert (pool["wallet_balance"], pool["available_balance"]) == (D(8500), D(5790))
    assert "maintenance_margin" not in pool  # it spans the isolated position
    assert (leg["notional"], leg["margin_balance"], leg["liquidation_price"]) == (
        D(6200),
        D(1300),
        D("3731.34328358"),
    )
    raw: Any = reported.raw
    assert raw["account"]["totals"]["totalMaintMargin"] == "155.00000000"
    assert raw["position_risk"]["BTCUSDT/both"]["adl"] == "2"


def test_a_joint_account_is_reported_as_one_pool() -> None:
    reported = read(USDM, **answers.multi()).reported
    assert reported is not None
    assert reported.account["margin_balance"] == D("6599.91")
    assert reported.pools["USD"] == reported.account


def test_answers_that_no_account_depends_on_are_kept() -> None:
    income = [{"symbol": "", "incomeType": "FUNDING_FEE", "income": "-0.1", "asset": "USDT",
               "time": 1, "tranId": 9, "tradeId": ""}]  # fmt: skip
    kept = read_usdm(income=income).extra["income"]
    assert isinstance(kept, tuple)
    assert (kept[0]["income"], kept[0]["tranId"]) == ("-0.1", "9")


# -- onto an account ---------------------------------------------------------------------------


def test_answers_bring_an_account_up_to_date() -> None:
    base = read(USDM, **answers.usdm())
    fresh = row(positionAmt="0.4", updateTime=answers.AS_OF + 1000)
    account = read(USDM, account_onto=base, position_risk=[fresh])
    assert [p.size for p in account.positions] == [D("0.4")]
    assert account.positions[0].leverage is None  # it was told by symbol_config, not by this answer
    assert account.settings["BTCUSDT"].leverage == D(10)
    assert account.wallets == base.wallets
    assert account.orders == base.orders
    assert account.as_of > base.as_of


def test_positions_told_later_make_the_account_known() -> None:
    base = read_usdm(balance=[{"asset": "USDT", "balance": "10", "updateTime": answers.AS_OF}])
    account = read(USDM, account_onto=base, position_risk=[])
    assert ("MISSING_DATA", "positions") not in codes(account)
    assert assess(account).status is Status.HEALTHY


def test_what_the_user_knows_of_a_wallet_stays() -> None:
    base = read(USDM, **answers.usdm())
    from dataclasses import replace

    base = replace(base, wallets=(replace(base.wallets[0], credit=D(100)),))
    account = read(USDM, account_onto=base, account=answers.usdm()["account"])
    assert account.wallets[0].credit == D(100)
