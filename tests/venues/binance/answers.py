"""Answers of Binance for the tests: small accounts whose figures are worked out by hand.

USDS-M, single asset: BTCUSDT cross long 0.5 from 60,000 at 62,000, 10x, with a bid of 0.1 at
61,000; ETHUSDT isolated short 2 from 3,000 at 3,100, 5x, 1,500 posted; 10,000 USDT in all.

- BTC: value 31,000, P&L 1,000, maintenance 31,000 * 0.4 % = 124, initial 3,100, order 6,100 / 10.
- ETH: value 6,200, P&L -200, maintenance 6,200 * 0.5 % = 31, initial 1,240.
- cross: 8,500 + 1,000 against 124; free 9,500 - 3,100 - 610 = 5,790.
- liquidation: BTC 8,500 + 0.5 (P - 60,000) = 0.002 P at 43,172.69076305; ETH 7,500 / 2.01.
"""

from __future__ import annotations

from copy import deepcopy

from tests.venues.documents import Doc

AS_OF = 1_750_000_000_000  # 2025-06-15T15:06:40Z
Answer = Doc
Answers = Doc


def usdm() -> Answers:
    """Everything that is to be asked of a USDS-M account, as version 3 answers it."""
    return deepcopy(_USDM)


def multi() -> Answers:
    """A multi-assets account: 1,000 USDT, 10 BNB, BTCUSDT long 0.1 from 60,000 at 59,000, 10x.

    Equity (1,000 - 100) * 0.9999 + 10 * 570 = 6,599.91; maintenance 23.6 * 1.0001.
    """
    return deepcopy(_MULTI)


def coinm() -> Answers:
    """A COIN-M account: 1 BTC, long 100 contracts BTCUSD_PERP from 20,000 at 25,000, 10x.

    Value 10,000 / 25,000 = 0.4 BTC, P&L 10,000 (1 / 20,000 - 1 / 25,000) = 0.1 BTC, maintenance
    0.4 * 0.4 % = 0.0016 BTC, initial 0.04 BTC.
    """
    return deepcopy(_COINM)


def portfolio() -> Answers:
    """A Portfolio Margin account: 1 BTC, 5,000 USDT of which 1,001 are owed, UM and CM positions.

    Equity 62,000 + 4,199, after haircut 58,900 + 4,199; maintenance 24.8 (UM) + 4 (CM) and, at a
    maintenance rate of 10 %, 100 for the loan: uniMMR 63,099 / 128.8. Initial 620 + 50 and, at
    an initial rate of 50 %, 500.
    """
    return deepcopy(_PORTFOLIO)


def usdm_risk_v2() -> list[Answer]:
    """The same positions as version 2 tells them: with margin type and leverage."""
    rows: list[Answer] = usdm()["position_risk"]
    rows[0] |= {"marginType": "cross", "leverage": "10", "maxNotionalValue": "600000"}
    rows[1] |= {"marginType": "isolated", "leverage": "5", "maxNotionalValue": "10000"}
    for row in rows:
        row["isAutoAddMargin"] = "false"
        for name in ("marginAsset", "initialMargin", "maintMargin", "positionInitialMargin", "adl"):
            del row[name]
        del row["openOrderInitialMargin"]
    return rows


def bracket(floor: str, cap: str, rate: str, cum: str, leverage: int, number: int = 1) -> Answer:
    """One USDS-M bracket."""
    return {
        "bracket": number,
        "initialLeverage": leverage,
        "notionalCap": cap,
        "notionalFloor": floor,
        "maintMarginRatio": rate,
        "cum": cum,
    }


_ZERO = "0.00000000"
_USDM: Answers = {
    "account": {
        "totalInitialMargin": "4950.00000000",
        "totalMaintMargin": "155.00000000",
        "totalWalletBalance": "10000.00000000",
        "totalUnrealizedProfit": "800.00000000",
        "totalMarginBalance": "10800.00000000",
        "totalPositionInitialMargin": "4340.00000000",
        "totalOpenOrderInitialMargin": "610.00000000",
        "totalCrossWalletBalance": "8500.00000000",
        "totalCrossUnPnl": "1000.00000000",
        "availableBalance": "5790.00000000",
        "maxWithdrawAmount": "5790.00000000",
        "assets": [
            {
                "asset": "USDT",
                "walletBalance": "10000.00000000",
                "unrealizedProfit": "800.00000000",
                "marginBalance": "10800.00000000",
                "maintMargin": "155.00000000",
                "initialMargin": "4950.00000000",
                "positionInitialMargin": "4340.00000000",
                "openOrderInitialMargin": "610.00000000",
                "crossWalletBalance": "8500.00000000",
                "crossUnPnl": "1000.00000000",
                "availableBalance": "5790.00000000",
                "maxWithdrawAmount": "5790.00000000",
                "updateTime": AS_OF,
            }
        ],
        "positions": [
            {
                "symbol": "BTCUSDT",
                "positionSide": "BOTH",
                "positionAmt": "0.500",
                "unrealizedProfit": "1000.00000000",
                "isolatedMargin": _ZERO,
                "notional": "31000",
                "isolatedWallet": "0",
                "initialMargin": "3710",
                "maintMargin": "124",
                "updateTime": AS_OF,
            },
            {
                "symbol": "ETHUSDT",
                "positionSide": "BOTH",
                "positionAmt": "-2.000",
                "unrealizedProfit": "-200.00000000",
                "isolatedMargin": "1300.00000000",
                "notional": "-6200",
                "isolatedWallet": "1500",
                "initialMargin": "1240",
                "maintMargin": "31",
                "updateTime": AS_OF,
            },
        ],
    },
    "position_risk": [
        {
            "symbol": "BTCUSDT",
            "positionSide": "BOTH",
            "positionAmt": "0.500",
            "entryPrice": "60000.0",
            "breakEvenPrice": "60030.0",
            "markPrice": "62000.00000000",
            "unRealizedProfit": "1000.00000000",
            "liquidationPrice": "43172.69076305",
            "isolatedMargin": "0",
            "notional": "31000.00000000",
            "marginAsset": "USDT",
            "isolatedWallet": "0",
            "initialMargin": "3710.00000000",
            "maintMargin": "124.00000000",
            "positionInitialMargin": "3100.00000000",
            "openOrderInitialMargin": "610.00000000",
            "adl": 2,
            "bidNotional": "0",
            "askNotional": "0",
            "updateTime": AS_OF,
        },
        {
            "symbol": "ETHUSDT",
            "positionSide": "BOTH",
            "positionAmt": "-2.000",
            "entryPrice": "3000.0",
            "breakEvenPrice": "2998.5",
            "markPrice": "3100.00000000",
            "unRealizedProfit": "-200.00000000",
            "liquidationPrice": "3731.34328358",
            "isolatedMargin": "1300.00000000",
            "notional": "-6200.00000000",
            "marginAsset": "USDT",
            "isolatedWallet": "1500.00000000",
            "initialMargin": "1240.00000000",
            "maintMargin": "31.00000000",
            "positionInitialMargin": "1240.00000000",
            "openOrderInitialMargin": "0",
            "adl": 1,
            "bidNotional": "0",
            "askNotional": "0",
            "updateTime": AS_OF,
        },
    ],
    "symbol_config": [
        {
            "symbol": "BTCUSDT",
            "marginType": "CROSSED",
            "isAutoAddMargin": False,
            "leverage": 10,
            "maxNotionalValue": "600000",
        },
        {
            "symbol": "ETHUSDT",
            "marginType": "ISOLATED",
            "isAutoAddMargin": False,
            "leverage": 5,
            "maxNotionalValue": "10000",
        },
        {
            "symbol": "SOLUSDT",
            "marginType": "ISOLATED",
            "isAutoAddMargin": False,
            "leverage": 20,
            "maxNotionalValue": "10000",
        },
    ],
    "account_config": {
        "feeTier": 0,
        "canTrade": True,
        "canDeposit": True,
        "canWithdraw": True,
        "dualSidePosition": False,
        "updateTime": 0,
        "multiAssetsMargin": False,
        "tradeGroupId": -1,
    },
    "open_orders": [
        {
            "avgPrice": "0.00000",
            "clientOrderId": "abc",
            "cumQuote": "0",
            "executedQty": "0.05",
            "orderId": 1917641,
            "origQty": "0.15",
            "origType": "LIMIT",
            "price": "61000",
            "reduceOnly": False,
            "side": "BUY",
            "positionSide": "BOTH",
            "status": "PARTIALLY_FILLED",
            "stopPrice": "0",
            "closePosition": False,
            "symbol": "BTCUSDT",
            "time": AS_OF - 1000,
            "timeInForce": "GTC",
            "type": "LIMIT",
            "updateTime": AS_OF - 500,
            "workingType": "CONTRACT_PRICE",
            "priceProtect": False,
        }
    ],
    "brackets": [
        {
            "symbol": "BTCUSDT",
            "brackets": [
                bracket("0", "50000", "0.004", "0", 125),
                bracket("50000", "600000", "0.005", "50", 100, 2),
            ],
        },
        {"symbol": "ETHUSDT", "brackets": [bracket("0", "10000", "0.005", "0", 75)]},
    ],
}

_MULTI: Answers = {
    "account": {
        "totalInitialMargin": "590.05900000",
        "totalMaintMargin": "23.60236000",
        "totalWalletBalance": "7000.00000000",
        "totalUnrealizedProfit": "-100.00000000",
        "totalMarginBalance": "6599.91000000",
        "totalPositionInitialMargin": "590.05900000",
        "totalOpenOrderInitialMargin": _ZERO,
        "availableBalance": "6009.85100000",
        "multiAssetsMargin": True,
        "assets": [
            {
                "asset": "USDT",
                "walletBalance": "1000.00000000",
                "unrealizedProfit": "-100.00000000",
                "marginBalance": "900.00000000",
                "maintMargin": "23.60000000",
                "initialMargin": "590.00000000",
                "positionInitialMargin": "590.00000000",
                "openOrderInitialMargin": _ZERO,
                "crossWalletBalance": "1000.00000000",
                "crossUnPnl": "-100.00000000",
                "availableBalance": "6009.25007499",
                "maxWithdrawAmount": "6009.25007499",
                "updateTime": AS_OF,
            },
            {
                "asset": "BNB",
                "walletBalance": "10.00000000",
                "unrealizedProfit": _ZERO,
                "crossWalletBalance": "10.00000000",
                "openOrderInitialMargin": _ZERO,
                "availableBalance": "9.53944603",
                "updateTime": AS_OF,
            },
            {
                "asset": "BUSD",
                "walletBalance": _ZERO,
                "openOrderInitialMargin": _ZERO,
                "updateTime": AS_OF,
            },
        ],
        "positions": [],
    },
    "position_risk": [
        {
            "symbol": "BTCUSDT",
            "positionSide": "BOTH",
            "positionAmt": "0.1",
            "entryPrice": "60000",
            "markPrice": "59000.00000000",
            "unRealizedProfit": "-100.00000000",
            "notional": "5900.00000000",
            "marginAsset": "USDT",
            "isolatedMargin": "0",
            "isolatedWallet": "0",
            "leverage": "10",
            "maintMargin": "23.60000000",
            "updateTime": AS_OF,
        }
    ],
    "brackets": [{"symbol": "BTCUSDT", "brackets": [bracket("0", "50000", "0.004", "0", 125)]}],
    "asset_index": [
        {
            "symbol": "USDTUSD",
            "time": AS_OF,
            "index": "1.00000000",
            "bidBuffer": "0.00010000",
            "askBuffer": "0.00010000",
            "bidRate": "0.99990000",
            "askRate": "1.00010000",
            "autoExchangeBidBuffer": "0.00010000",
        },
        {
            "symbol": "BNBUSD",
            "time": AS_OF,
            "index": "600.00000000",
            "bidBuffer": "0.05000000",
            "askBuffer": "0.05000000",
            "bidRate": "570.00000000",
            "askRate": "630.00000000",
            "autoExchangeBidBuffer": "0.02500000",
        },
    ],
}

_COINM: Answers = {
    "account": {
        "assets": [
            {
                "asset": "BTC",
                "walletBalance": "1.00000000",
                "unrealizedProfit": "0.10000000",
                "marginBalance": "1.10000000",
                "maintMargin": "0.00160000",
                "initialMargin": "0.04000000",
                "positionInitialMargin": "0.04000000",
                "openOrderInitialMargin": _ZERO,
                "maxWithdrawAmount": "0.99840000",
                "crossWalletBalance": "1.00000000",
                "crossUnPnl": "0.10000000",
                "availableBalance": "1.06000000",
                "updateTime": AS_OF,
            }
        ],
        "positions": [
            {
                "symbol": "BTCUSD_PERP",
                "positionAmt": "100",
                "initialMargin": "0.04",
                "maintMargin": "0.0016",
                "unrealizedProfit": "0.10000000",
                "positionInitialMargin": "0.04",
                "openOrderInitialMargin": "0",
                "leverage": "10",
                "isolated": False,
                "positionSide": "BOTH",
                "entryPrice": "20000.0",
                "breakEvenPrice": "20010.0",
                "maxQty": "50",
                "updateTime": AS_OF,
            }
        ],
        "canDeposit": True,
        "canTrade": True,
        "canWithdraw": True,
        "feeTier": 2,
        "updateTime": 0,
    },
    "position_risk": [
        {
            "symbol": "BTCUSD_PERP",
            "positionAmt": "100",
            "entryPrice": "20000.0",
            "breakEvenPrice": "20010.0",
            "markPrice": "25000.00000000",
            "unRealizedProfit": "0.10000000",
            "liquidationPrice": "6693.33333333",
            "leverage": "10",
            "maxQty": "50",
            "marginType": "cross",
            "isolatedMargin": _ZERO,
            "isAutoAddMargin": "false",
            "positionSide": "BOTH",
            "notionalValue": "0.40000000",
            "updateTime": AS_OF,
        }
    ],
    "brackets": [
        {
            "symbol": "BTCUSD_PERP",
            "brackets": [
                {
                    "bracket": 1,
                    "initialLeverage": 125,
                    "qtyCap": 5,
                    "qtylFloor": 0,
                    "maintMarginRatio": "0.004",
                    "cum": "0.0",
                },
                {
                    "bracket": 2,
                    "initialLeverage": 50,
                    "qtyCap": 50,
                    "qtylFloor": 5,
                    "maintMarginRatio": "0.01",
                    "cum": "0.03",
                },
            ],
        }
    ],
}

_PORTFOLIO: Answers = {
    "account": {
        "uniMMR": "489.89906832",
        "accountEquity": "63099.00000000",
        "actualEquity": "66199.00000000",
        "accountInitialMargin": "1170.00000000",
        "accountMaintMargin": "128.80000000",
        "accountStatus": "NORMAL",
        "virtualMaxWithdrawAmount": "60000.00000000",
        "totalAvailableBalance": "",
        "totalMarginOpenLoss": "0.00000000",
        "updateTime": AS_OF,
    },
    "balance": [
        {
            "asset": "BTC",
            "totalWalletBalance": "1.0",
            "crossMarginAsset": "0.6",
            "crossMarginBorrowed": "0.0",
            "crossMarginFree": "0.6",
            "crossMarginInterest": "0.0",
            "crossMarginLocked": "0.0",
            "umWalletBalance": "0.0",
            "umUnrealizedPNL": "0.0",
            "cmWalletBalance": "0.4",
            "cmUnrealizedPNL": "0.0",
            "updateTime": AS_OF,
            "negativeBalance": "0.0",
        },
        {
            "asset": "USDT",
            "totalWalletBalance": "5000.0",
            "crossMarginAsset": "1500.0",
            "crossMarginBorrowed": "1000.0",
            "crossMarginFree": "1500.0",
            "crossMarginInterest": "1.0",
            "crossMarginLocked": "0.0",
            "umWalletBalance": "3500.0",
            "umUnrealizedPNL": "200.0",
            "cmWalletBalance": "0.0",
            "cmUnrealizedPNL": "0.0",
            "updateTime": AS_OF,
            "negativeBalance": "0.0",
        },
    ],
    "um_position_risk": [
        {
            "symbol": "BTCUSDT",
            "positionAmt": "0.1",
            "entryPrice": "60000.0",
            "markPrice": "62000.00000000",
            "unRealizedProfit": "200.00000000",
            "liquidationPrice": "0",
            "leverage": "10",
            "maxNotionalValue": "50000",
            "positionSide": "LONG",
            "notional": "6200.00000000",
            "updateTime": AS_OF,
        },
        {
            "symbol": "BTCUSDT",
            "positionAmt": "0",
            "entryPrice": "0.0",
            "markPrice": "62000.00000000",
            "unRealizedProfit": _ZERO,
            "liquidationPrice": "0",
            "leverage": "10",
            "maxNotionalValue": "50000",
            "positionSide": "SHORT",
            "notional": "0",
            "updateTime": 0,
        },
    ],
    "cm_position_risk": [
        {
            "symbol": "BTCUSD_PERP",
            "positionAmt": "-10",
            "entryPrice": "62000.0",
            "markPrice": "62000.00000000",
            "unRealizedProfit": _ZERO,
            "liquidationPrice": "0",
            "leverage": "20",
            "positionSide": "SHORT",
            "updateTime": AS_OF,
            "maxQty": "5",
            "notionalValue": "-0.01612903",
        }
    ],
    "um_open_orders": [],
    "cm_open_orders": [],
    "um_brackets": [{"symbol": "BTCUSDT", "brackets": [bracket("0", "50000", "0.004", "0", 125)]}],
    "cm_brackets": [
        {
            "symbol": "BTCUSD_PERP",
            "brackets": [
                {
                    "bracket": 1,
                    "initialLeverage": 125,
                    "qtyCap": 5,
                    "qtyFloor": 0,
                    "maintMarginRatio": "0.004",
                    "cum": "0",
                }
            ],
        }
    ],
    "collateral_rate": [
        {"asset": "BTC", "collateralRate": "0.9500"},
        {"asset": "USDT", "collateralRate": "1.0000"},
    ],
    "index_price": [
        {"asset": "BTC", "assetIndexPrice": "62000.00000000", "time": AS_OF},
        {"asset": "USDT", "assetIndexPrice": "1.00000000", "time": AS_OF},
    ],
}
