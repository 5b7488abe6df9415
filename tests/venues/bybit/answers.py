"""Bybit's answers written out for tests, in its own words."""

from __future__ import annotations

from typing import Any

from marginline.core.account.account import Account
from marginline.venues.reader.reading import read
from tests.venues.documents import Doc

AT = 1762199126022  # 2025-11-03


def listed(*rows: Any, category: str | None = None, at: int = AT, cursor: str = "") -> Doc:
    """An answer as the REST interface sends it."""
    result: Doc = {"list": list(rows), "nextPageCursor": cursor}
    if category is not None:
        result["category"] = category
    return {"retCode": 0, "retMsg": "OK", "result": result, "retExtInfo": {}, "time": at}


def streamed(topic: str, *rows: Any, at: int = AT) -> Doc:
    """A message of the private stream."""
    return {"id": "1", "topic": topic, "creationTime": at, "data": list(rows)}


def info(mode: str = "REGULAR_MARGIN", **fields: Any) -> Doc:
    """account/info."""
    result = {"marginMode": mode, "updatedTime": "1697078946000", "unifiedMarginStatus": 4}
    return {"retCode": 0, "retMsg": "OK", "result": result | fields}


def coin(name: str = "USDT", balance: str = "10000", **fields: Any) -> Doc:
    """A coin of wallet-balance, as the generation with spotBorrow prints it."""
    row = {
        "coin": name,
        "walletBalance": balance,
        "equity": balance,
        "usdValue": balance,
        "unrealisedPnl": "0",
        "spotBorrow": "0",
        "borrowAmount": "0",
        "bonus": "0",
        "locked": "0",
        "accruedInterest": "0",
        "totalOrderIM": "0",
        "collateralSwitch": True,
        "marginCollateral": True,
    }
    return row | fields


def wallet(*coins: Any, **totals: Any) -> Doc:
    """A row of wallet-balance."""
    return {"accountType": "UNIFIED", "totalEquity": "10000", "coin": list(coins)} | totals


def position(size: str = "0.5", side: str = "Buy", **fields: Any) -> Doc:
    """A row of position/list: a BTCUSDT position at 50,000, 10x, mark 50,500."""
    row = {
        "positionIdx": 0,
        "symbol": "BTCUSDT",
        "side": side,
        "size": size,
        "avgPrice": "50000",
        "leverage": "10",
        "markPrice": "50500",
        "positionBalance": "0",
        "liqPrice": "",
        "bustPrice": "",
        "unrealisedPnl": "250",
        "curRealisedPnl": "-13.75",
    }
    return row | fields


def order(side: str = "Buy", **fields: Any) -> Doc:
    """A row of order/realtime."""
    row = {
        "orderId": "a",
        "symbol": "BTCUSDT",
        "side": side,
        "qty": "1",
        "leavesQty": "0.4",
        "price": "49000",
        "orderType": "Limit",
        "orderStatus": "PartiallyFilled",
        "positionIdx": 0,
        "reduceOnly": False,
        "stopOrderType": "",
        "triggerPrice": "",
    }
    return row | fields


def account(**answers: Any) -> Account:
    """A cross account: one wallet, no positions, no orders but those given."""
    given: Doc = {
        "account_info": info(),
        "wallet_balance": listed(wallet(coin())),
        "positions": listed(),
        "open_orders": listed(),
    }
    return read("bybit_unified", **given | answers)
