"""Public frames in each venue's documented form, with numbers of our own."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from tests.venues.bybit.answers import AT as BYBIT_AT
from tests.venues.okx.answers import AT as OKX_AT

AT = 1_780_272_000_000
BITGET_AT = 1_751_241_600_000
HOUR = 3_600_000


@dataclass(frozen=True)
class Public:
    """What one venue's public socket is asked, and what it tells.

    `asked`: the topics that a held contract is subscribed by; `told(at, mark)`: frames, of which
    the last is the mark's; `index`, `rate`, `due`: what is known after them, None where it is not
    told by stream.
    """

    path: str
    symbol: str
    at: int
    asked: list[Any]
    told: Callable[[int, str], list[str]]
    index: str | None = None
    rate: str | None = None
    due: int | None = None


def _binance(symbol: str, index: str) -> Callable[[int, str], list[str]]:
    def told(at: int, mark: str) -> list[str]:
        row = {"e": "markPriceUpdate", "E": at, "s": symbol, "p": mark, "ap": mark, "P": "25002.1",
               "i": index, "r": "0.00021000", "T": AT + HOUR}  # fmt: skip
        return [json.dumps(row)]

    return told


def _bybit(at: int, mark: str) -> list[str]:
    row = {"symbol": "BTCUSD", "lastPrice": "60990.00", "markPrice": "60995.10",
           "indexPrice": "61002.5", "fundingRate": "0.00021",
           "nextFundingTime": str(BYBIT_AT + HOUR), "fundingIntervalHour": "8"}  # fmt: skip
    whole = {"topic": "tickers.BTCUSD", "type": "snapshot", "data": row, "cs": 1, "ts": at - 1}
    change = {"topic": "tickers.BTCUSD", "type": "delta", "cs": 2, "ts": at,
              "data": {"symbol": "BTCUSD", "markPrice": mark}}  # fmt: skip
    return [json.dumps(whole), json.dumps(change)]


def _bitget_classic(at: int, mark: str) -> list[str]:
    row = {"instId": "BTCUSDT", "symbol": "BTCUSDT", "lastPr": "25111", "markPrice": mark,
           "indexPrice": "25103.5", "fundingRate": "0.00021",
           "nextFundingTime": str(BITGET_AT + HOUR), "holdingAmount": "7.5", "symbolType": 1,
           "deliveryPrice": "0", "ts": str(at)}  # fmt: skip
    arg = {"instType": "USDT-FUTURES", "channel": "ticker", "instId": "BTCUSDT"}
    return [json.dumps({"action": "snapshot", "arg": arg, "data": [row], "ts": at + 7})]


def _bitget_unified(at: int, mark: str) -> list[str]:
    row = {"lastPrice": "25111", "markPrice": mark, "indexPrice": "25103.5",
           "fundingRate": "0.00021", "nextFundingTime": str(BITGET_AT + HOUR),
           "openInterest": "7.5", "deliveryTime": ""}  # fmt: skip
    arg = {"instType": "usdt-futures", "topic": "ticker", "symbol": "BTCUSDT"}
    return [json.dumps({"action": "snapshot", "arg": arg, "data": [row], "ts": at})]


def _bingx(at: int, mark: str) -> list[str]:
    row = {"e": "markPriceUpdate", "E": at, "s": "BTC-USDT", "p": mark}
    return [json.dumps({"code": 0, "dataType": "BTC-USDT@markPrice", "data": row})]


def okx(channel: str, name: str, at: int, **row: str) -> str:
    told = {"instId": name, "ts": str(at), **row}
    return json.dumps({"arg": {"channel": channel, "instId": name}, "data": [told]})


def _okx(at: int, mark: str) -> list[str]:
    due = int(OKX_AT) + HOUR
    return [
        okx("index-tickers", "BTC-USDT", at - 2, idxPx="60801.5", high24h="61000"),
        okx("funding-rate", "BTC-USDT-SWAP", at - 1, fundingRate="0.00021",
            fundingTime=str(due), nextFundingTime=str(due + 8 * HOUR), nextFundingRate=""),
        okx("mark-price", "BTC-USDT-SWAP", at, markPx=mark, instType="SWAP"),
    ]  # fmt: skip


PUBLIC: Mapping[str, Public] = {
    "binance_coinm": Public("/ws", "BTCUSD_PERP", AT, ["btcusd_perp@markPrice@1s"],
        _binance("BTCUSD_PERP", "25001.5"), "25001.5", "0.00021000", AT + HOUR),
    "binance_pm": Public("/market/ws", "BTCUSDT", AT, ["btcusdt@markPrice@1s"],
        _binance("BTCUSDT", "62001.5"), "62001.5", "0.00021000", AT + HOUR),
    "bybit_inverse": Public("/v5/public/inverse", "BTCUSD", BYBIT_AT, ["tickers.BTCUSD"], _bybit,
        "61002.5", "0.00021", BYBIT_AT + HOUR),
    "bitget_futures": Public("/v2/ws/public", "BTCUSDT", BITGET_AT,
        [{"instType": "USDT-FUTURES", "channel": "ticker", "instId": "BTCUSDT"}], _bitget_classic,
        "25103.5", "0.00021", BITGET_AT + HOUR),
    "bitget_unified": Public("/v3/ws/public", "BTCUSDT", BITGET_AT,
        [{"instType": "usdt-futures", "topic": "ticker", "symbol": "BTCUSDT"}], _bitget_unified,
        "25103.5", "0.00021", BITGET_AT + HOUR),
    "bingx_perpetual": Public("/swap-market", "BTC-USDT", AT, ["BTC-USDT@markPrice"], _bingx),
    "okx": Public("/ws/v5/public", "BTC-USDT-SWAP", int(OKX_AT),
        [{"channel": "mark-price", "instId": "BTC-USDT-SWAP"},
         {"channel": "index-tickers", "instId": "BTC-USDT"},
         {"channel": "funding-rate", "instId": "BTC-USDT-SWAP"}], _okx,
        "60801.5", "0.00021", int(OKX_AT) + HOUR),
}  # fmt: skip
