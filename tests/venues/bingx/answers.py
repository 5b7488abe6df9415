"""BingX's recorded answers, and answers written out for tests."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from marginline.core.account.account import Account
from marginline.venues.reader.files import read_files
from marginline.venues.reader.reading import read
from tests.venues.documents import Doc

AS_OF = "2026-06-01T00:00:00Z"
VENUE = "bingx_perpetual"


def sample(data: Path, *names: str) -> Account:
    """The account that recorded files make."""
    files = [data / "payloads" / "documented" / f"BingX__Endpoints__{name}.txt" for name in names]
    return read_files(files, as_of=AS_OF, mode="single_asset")


def enveloped(data: Any, code: int = 0, **more: Any) -> Doc:
    """An answer as BingX sends it."""
    return {"code": code, "msg": "", "data": data} | more


def account(**answers: Any) -> Account:
    """The account of answers, each the `data` of its kind."""
    whole: Doc = {kind: enveloped(data) for kind, data in answers.items()}
    return read(VENUE, as_of=AS_OF, mode="single_asset", **whole)


def balance(**fields: Any) -> Doc:
    """A row of user/balance: the sample of the API reference."""
    row = {
        "userId": "116***295",
        "asset": "USDT",
        "balance": "194.8212",
        "equity": "196.7431",
        "unrealizedProfit": "1.9219",
        "realisedProfit": "-109.2504",
        "availableMargin": "193.7609",
        "usedMargin": "1.0602",
        "freezedMargin": "0.0000",
    }
    return row | fields


def position(**fields: Any) -> Doc:
    """A row of user/positions that goes with that balance."""
    row = {
        "positionId": "17",
        "symbol": "BTC-USDT",
        "currency": "USDT",
        "positionAmt": "0.001",
        "availableAmt": "0.001",
        "positionSide": "LONG",
        "isolated": False,
        "avgPrice": "21204.0",
        "initialMargin": "1.0602",
        "margin": "2.9821",
        "leverage": 20,
        "unrealizedProfit": "1.9219",
        "realisedProfit": "-0.0106",
        "liquidationPrice": 0,
        "pnlRatio": "1.8127",
        "maxMarginReduction": "0.0000",
        "riskRate": "0.0005",
        "markPrice": "23125.9",
        "positionValue": "23.1259",
        "onlyOnePosition": True,
        "updateTime": 1780272000000,
    }
    return row | fields


def coin_position(**fields: Any) -> Doc:
    """A row of cswap positions: contracts of 10 USD."""
    row = {
        "symbol": "SOL-USD",
        "positionId": "18",
        "positionSide": "LONG",
        "isolated": False,
        "positionAmt": "100",
        "availableAmt": "100",
        "unrealizedProfit": "2.00000000",
        "initialMargin": "0.50000000",
        "liquidationPrice": 0,
        "avgPrice": "100.00",
        "leverage": 20,
        "markPrice": "125.00",
        "riskRate": "0",
        "maxMarginReduction": "0",
        "updateTime": 1780272000000,
    }
    return row | fields


def order(**fields: Any) -> Doc:
    """A row of openOrders: 0.002 of 0.003 left."""
    row = {
        "symbol": "BTC-USDT",
        "orderId": 1780272000000001,
        "side": "BUY",
        "positionSide": "LONG",
        "type": "LIMIT",
        "origQty": "0.003",
        "executedQty": "0.001",
        "price": "20000",
        "avgPrice": "",
        "stopPrice": "",
        "status": "PARTIALLY_FILLED",
        "leverage": "20X",
        "workingType": "MARK_PRICE",
        "reduceOnly": False,
    }
    return row | fields


TIERS = [
    {
        "symbol": "BTC-USDT",
        "tier": "1",
        "minPositionVal": "0",
        "maxPositionVal": "150000",
        "maintMarginRatio": "0.003800",
        "maintAmount": "0.000000",
    },
    {
        "symbol": "BTC-USDT",
        "tier": "2",
        "minPositionVal": "150000",
        "maxPositionVal": "900000",
        "maintMarginRatio": "0.004000",
        "maintAmount": "30.000000",
    },
]
COMMISSION = {"commission": {"takerCommissionRate": "0.0005", "makerCommissionRate": "0.0002"}}
