"""Accounts as the answers of their venues tell them: every venue, and every kind of account."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from marginline.core.account.account import Account
from marginline.venues.reader.reading import read
from tests.venues.binance import answers as binance
from tests.venues.bingx import answers as bingx
from tests.venues.bitget import answers as bitget
from tests.venues.bitmex import test_payloads as bitmex
from tests.venues.bybit import answers as bybit
from tests.venues.bybit.test_payloads import SCENARIO, limit
from tests.venues.okx import answers as okx

Answers = dict[str, Any]
BYBIT_AT = "2025-11-03T00:00:00Z"


@dataclass(frozen=True)
class Told:
    """Answers of one account, and how they are to be read."""

    name: str
    venue: str
    answers: Answers
    mode: str | None = None
    as_of: str | None = None

    def read(self, answers: Mapping[str, Any]) -> Account:
        """The account that such answers make.

        Raises:
            PayloadError: the answers are refused.
        """
        return read(self.venue, mode=self.mode, as_of=self.as_of, **answers)


def told() -> list[Told]:
    """Whole accounts, each as the answers of its venue tell it."""
    return [*_binance(), *_bybit(), *_bitget(), *_bingx(), *_okx(), *_bitmex()]


def _binance() -> list[Told]:
    second = binance.usdm() | {"position_risk": binance.usdm_risk_v2()}
    del second["symbol_config"]
    pm = binance.portfolio()
    pm["balance"][1] |= {"crossMarginBorrowed": "0.0", "crossMarginInterest": "0.0"}
    pm["account"] |= {
        "uniMMR": "2225.69444444", "accountEquity": "64100", "actualEquity": "67200",
        "accountMaintMargin": "28.8", "accountInitialMargin": "670",
    }  # fmt: skip
    return [
        Told("binance USDS-M", "binance_usdm", binance.usdm()),
        Told("binance USDS-M, version 2", "binance_usdm", second),
        Told("binance multi-assets", "binance_usdm", binance.multi()),
        Told("binance COIN-M", "binance_coinm", binance.coinm()),
        Told("binance portfolio margin", "binance_pm", pm),
        Told("binance portfolio margin with a debt", "binance_pm", binance.portfolio()),
        Told("binance portfolio margin pro", "binance_pm_pro", pm),
    ]


def _bybit() -> list[Told]:
    btc = bybit.coin("BTC", "1", usdValue="50500", equity="1")
    tiers = bybit.listed(
        limit("2000000", "0.5", "1", "100", isLowestRisk=1),
        limit("4000000", "1", "2", "50", isLowestRisk=0),
    )
    terms = {
        "risk_limit": tiers,
        "fee_rate": bybit.listed(
            {"symbol": "BTCUSDT", "takerFeeRate": "0.00055", "makerFeeRate": "0.0002"}
        ),
        "collateral_tiers": bybit.listed({"currency": "BTC", "collateralRatioList": [
            {"minQty": "0", "maxQty": "", "collateralRatio": "0.95"}]}),
        "borrow_tiers": bybit.listed({"currency": "USDT", "positionTiersRatioList": [
            {"tier": "1", "borrowLimit": "3900000", "positionMMR": "0.04", "positionIMR": "0.2"}
        ]}),
    }  # fmt: skip
    usdt = bybit.coin(equity="10250", unrealisedPnl="250", usdValue="10250")
    hedge = bybit.coin(equity="10150", unrealisedPnl="150", usdValue="10150")
    owing = bybit.coin("USDT", "-1000", equity="-750", unrealisedPnl="250", usdValue="-750",
                       spotBorrow="750", borrowAmount="750")  # fmt: skip

    def unified(mode: str, *coins: Any, **answers: Any) -> Answers:
        worth = str(sum(Decimal(each["usdValue"]) for each in coins))
        return {
            "account_info": bybit.info(mode),
            "wallet_balance": bybit.listed(bybit.wallet(*coins, totalEquity=worth)),
            "positions": bybit.listed(bybit.position(), category="linear"),
            "open_orders": bybit.listed(bybit.order()),
        } | answers

    hedged = bybit.listed(
        bybit.position(positionIdx=1),
        bybit.position("0.2", "Sell", positionIdx=2, unrealisedPnl="-100"),
        category="linear",
    )
    alone = bybit.listed(
        bybit.position(positionBalance="2510", positionIM="2510", liqPrice="45300"),
        category="linear",
    )
    inverse = bybit.position(
        "1000", symbol="BTCUSD", tradeMode=0, positionBalance="0.002", avgPrice="50000",
        markPrice="50500", unrealisedPnl="0.00019802",
    )  # fmt: skip
    cases = [
        ("bybit cross", unified("REGULAR_MARGIN", usdt)),
        ("bybit cross, coins as collateral", unified("REGULAR_MARGIN", usdt, btc, **terms)),
        ("bybit cross, owing USDT", unified("REGULAR_MARGIN", owing, btc, **terms)),
        ("bybit cross, a hedge pair",
         unified("REGULAR_MARGIN", hedge, positions=hedged, open_orders=bybit.listed())),
        ("bybit isolated", unified("ISOLATED_MARGIN", usdt, positions=alone)),
        ("bybit portfolio margin",
         unified("PORTFOLIO_MARGIN", usdt, btc, portfolio_margin=SCENARIO, **terms)),
    ]  # fmt: skip
    classic: Answers = {
        "wallet_balance": bybit.listed(
            bybit.wallet(
                bybit.coin(
                    "BTC",
                    "1",
                    usdValue="50510.00001",
                    equity="1.00019802",
                    unrealisedPnl="0.00019802",
                ),
                accountType="CONTRACT",
                totalEquity="50510",
            )
        ),
        "positions": bybit.listed(inverse, category="inverse"),
        "open_orders": bybit.listed(category="inverse"),
    }
    return [
        *(Told(name, "bybit_unified", answers, as_of=BYBIT_AT) for name, answers in cases),
        Told("bybit classic inverse", "bybit_inverse", classic, as_of=BYBIT_AT),
    ]


_COINS = [
    {"coin": "USDT", "equity": "9900", "usdValue": "9890.1", "balance": "10000",
     "available": "1000", "debt": "0", "locked": "0"},
    {"coin": "BTC", "equity": "2", "usdValue": "50000", "balance": "2", "available": "2",
     "debt": "0", "locked": "0"},
]  # fmt: skip
_HELD = {
    "category": "USDT-FUTURES", "symbol": "BTCUSDT", "marginCoin": "USDT",
    "holdMode": "one_way_mode", "posSide": "short", "marginMode": "crossed",
    "positionBalance": "8366.67", "available": "1", "frozen": "0", "total": "1", "leverage": "3",
    "avgPrice": "25000", "unrealisedPnl": "-100", "markPrice": "25100", "mmr": "0.004",
    "liquidationPrice": "0", "openFeeTotal": "-15", "closeFeeTotal": "0", "totalFunding": "-3",
    "createdTime": "1735689600000",
}  # fmt: skip
_BITGET_ORDER = {
    "symbol": "btcusdt", "size": "2", "baseVolume": "0.5", "price": "24000", "side": "buy",
    "orderType": "limit", "orderId": "7", "posSide": "net", "posMode": "one_way_mode",
}  # fmt: skip


def _bitget() -> list[Told]:
    terms = {
        "contracts": bitget.contracts("BTCUSDT"),
        "discount_rate": bitget.enveloped([
            {"coin": coin, "userLimit": "1", "totalLimit": "2", "discountRateList": [
                {"tier": "1", "minAmount": "0", "maxAmount": "-1", "discountRate": rate}]}
            for coin, rate in (("BTC", "0.95"), ("USDT", "1"))
        ]),
    }  # fmt: skip
    single: Answers = {
        "accounts": bitget.enveloped([bitget.account()]),
        "positions": bitget.enveloped([bitget.position()]),
    }
    orders = bitget.enveloped({"entrustedList": [_BITGET_ORDER], "endId": "1"})
    union = bitget.account(
        assetMode="union", unionTotalMargin="38714", unionAvailable="37464", unionMm="115",
        assetList=[{"coin": "BTC", "balance": "1.2", "available": "1.2"}],
    )  # fmt: skip
    held = bitget.position(assetMode="union")
    pair = [
        bitget.position(posMode="hedge_mode"),
        bitget.position(posMode="hedge_mode", holdSide="short", total="0.4", available="0.4",
                        marginSize="502", unrealizedPL="-40"),
    ]  # fmt: skip
    both = bitget.account(unrealizedPL="60", accountEquity="10060")

    def unified(level: str, mode: str, coins: list[Any], **totals: Any) -> Answers:
        settings = {"assetMode": mode, "accountLevel": level, "holdMode": "one_way_mode"}
        return {
            "assets": bitget.enveloped({"assets": coins, "mmr": "116", "imr": "8400"} | totals),
            "positions": bitget.enveloped({"list": [_HELD]}),
            "orders": bitget.enveloped({"list": []}),
            "settings": bitget.enveloped(settings),
            "contracts": terms["contracts"],
            "discount_rate": ratios,
            "tiers": tiers,
        }

    ratios = bitget.enveloped([
        {"coin": coin, "list": [{"tierStartValue": "0", "discountRate": rate}]}
        for coin, rate in (("BTC", "0.95"), ("USDT", "1"))
    ])  # fmt: skip
    tiers = bitget.enveloped(
        [
            {
                "symbol": "BTCUSDT",
                "tier": "1",
                "minTierValue": "0",
                "maxTierValue": "100000",
                "leverage": "125",
                "mmr": "0.004",
            },
            {
                "symbol": "BTCUSDT",
                "tier": "2",
                "minTierValue": "100000",
                "maxTierValue": "900000",
                "leverage": "50",
                "mmr": "0.01",
            },
        ]
    )

    basic = unified("basic", "single_asset", _COINS[:1], accountEquity="9890.1")
    advanced = unified("advanced", "multi_assets", _COINS,
                       accountEquity="59890.1", effEquity="57390")  # fmt: skip

    def futures(name: str, mode: str, answers: Answers) -> Told:
        return Told(name, "bitget_futures", answers, mode=mode, as_of=bitget.AS_OF)

    return [
        futures("bitget single", "single", single),
        futures("bitget single, an order", "single", single | terms | {"orders": orders}),
        futures("bitget single, a hedge pair", "single", {
            "accounts": bitget.enveloped([both]), "positions": bitget.enveloped(pair)}),
        futures("bitget union", "union", terms | {
            "accounts": bitget.enveloped([union]), "positions": bitget.enveloped([held]),
            "prices": bitget.enveloped([{"symbol": "BTCUSDT", "price": "25100",
                                         "indexPrice": "25100", "markPrice": "25100"}]),
            "union_config": bitget.enveloped({"imr": "0.1", "mmr": "0.05"})}),
        Told("bitget unified basic", "bitget_unified", basic, as_of=bitget.AS_OF),
        Told("bitget unified advanced", "bitget_unified", advanced, as_of=bitget.AS_OF),
    ]  # fmt: skip


def _bingx() -> list[Told]:
    rules = [
        {"marginAssets": "USDT", "ltv": "100.00%", "collateralValueRatio": "100.00%",
         "maxTransfer": "", "indexPrice": "1"},
        {"marginAssets": "TRX", "ltv": "85.00%", "collateralValueRatio": "95.00%",
         "maxTransfer": "1000", "indexPrice": "0.2"},
    ]  # fmt: skip
    single: Answers = {
        "balance": bingx.enveloped([bingx.balance()]),
        "positions": bingx.enveloped([bingx.position()]),
    }
    terms = {"tiers": bingx.enveloped(bingx.TIERS), "commission": bingx.enveloped(bingx.COMMISSION)}
    resting = single | terms | {
        "orders": bingx.enveloped({"orders": [bingx.order()]}),
        "balance": bingx.enveloped([bingx.balance(freezedMargin="2.0200")]),
    }  # fmt: skip
    multi = {
        "asset_mode": bingx.enveloped({"assetMode": "multiAssetsMode"}),
        "multi_assets_rules": bingx.enveloped(rules),
        "balance": bingx.enveloped([
            bingx.balance(),
            bingx.balance(asset="TRX", balance="100", equity="100", unrealizedProfit="0",
                          availableMargin="100", usedMargin="0"),
        ]),
    }  # fmt: skip
    coin: Answers = {
        "coin_balance": bingx.enveloped([bingx.balance(
            asset="SOL", balance="10", equity="12", unrealizedProfit="2",
            availableMargin="11.5", usedMargin="0.5")]),
        "coin_positions": bingx.enveloped([bingx.coin_position()]),
        "coin_orders": bingx.enveloped({"orders": []}),
    }  # fmt: skip
    sol = [row | {"symbol": "SOL-USD"} for row in bingx.TIERS]
    row = {"symbol": "LTC/USDT", "positionSide": "SHORT", "positionAmt": "1.2", "entryPrice": "83",
           "currentPrice": "82", "leverage": "20.000000000", "initialMargin": "4.98",
           "isolated": True, "unrealizedProfit": "1.2", "time": "1780271431000"}  # fmt: skip
    standard: Answers = {
        "balance": bingx.enveloped([{"asset": "USDT", "balance": "4.7"}]),
        "positions": bingx.enveloped([row]),
    }
    perpetual = [
        ("bingx single", None, single),
        ("bingx single, terms and an order", None, resting),
        ("bingx multi-assets", "multi_assets", single | terms | multi),
        ("bingx coin-M", "single_asset", coin | {"tiers": bingx.enveloped(sol)}),
    ]
    return [
        *(Told(name, "bingx_perpetual", answers, mode=mode, as_of=bingx.AS_OF)
          for name, mode, answers in perpetual),
        Told("bingx standard", "bingx_standard", standard, as_of=bingx.AS_OF),
    ]  # fmt: skip


def _okx() -> list[Told]:
    btc = okx.detail(
        ccy="BTC", eq="0.5", cashBal="0.5", upl="0", availEq="0.5", imr="0", mmr="0", mgnRatio="",
        eqUsd="30400", collateralEnabled=True,
    )  # fmt: skip
    usdt = okx.detail(collateralEnabled=True)
    discount = okx.enveloped([
        {"ccy": coin, "minDiscountRate": "0.9", "details": [
            {"minAmt": "0", "maxAmt": "", "discountRate": rate}]}
        for coin, rate in (("BTC", "0.95"), ("USDT", "1"))
    ])  # fmt: skip
    index = okx.enveloped([{"instId": "BTC-USD", "idxPx": "60800"},
                           {"instId": "USDT-USD", "idxPx": "1"}])  # fmt: skip

    def joint(level: str, **totals: Any) -> Answers:
        return okx.WHOLE | {
            "config": okx.enveloped([okx.CONFIG | {"acctLv": level}]),
            "balance": okx.enveloped([okx.balance(usdt, btc, totalEq="50600", **totals)]),
            "discount": discount,
            "index": index,
        }

    orders = okx.enveloped([okx.order()])
    cases = [
        ("okx futures", okx.WHOLE),
        ("okx futures, an order", okx.WHOLE | {"orders": orders}),
        ("okx multi-currency", joint("3", adjEq="49080", imr="3040", mmr="121.6",
                                     mgnRatio="403.6")),
        ("okx portfolio", joint("4", adjEq="49080", imr="4000", mmr="3000", mgnRatio="16.36")),
    ]  # fmt: skip
    return [Told(name, okx.VENUE, answers, as_of=okx.AS_OF) for name, answers in cases]


def _bitmex() -> list[Told]:
    whole: Answers = {
        "positions": [bitmex.row()],
        "margin": [bitmex.margin()],
        "instruments": [bitmex.instrument()],
        "orders": [],
    }
    cross = bitmex.row(
        crossMargin=True, leverage=100, posMargin=13086667, liquidationPrice=0, posMaint=454239
    )
    margins = [
        bitmex.margin(),
        bitmex.margin(currency="XBt", walletBalance=100000000, marginBalance=100000000,
                      unrealisedPnl=0, maintMargin=0, excessMargin=100000000,
                      availableMargin=100000000, withdrawableMargin=100000000),
    ]  # fmt: skip
    return [
        Told("bitmex isolated", "bitmex", whole),
        Told("bitmex cross", "bitmex", whole | {"positions": [cross]}),
        Told("bitmex multi-asset", "bitmex", whole | {"positions": [cross], "margin": margins},
             mode="multi_asset"),
    ]  # fmt: skip
