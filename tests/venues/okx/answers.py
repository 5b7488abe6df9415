"""Answers of OKX to build tests on, in its own words."""

from __future__ import annotations

from typing import Any

from marginline.core.account.account import Account
from marginline.venues.reader.reading import read
from tests.venues.documents import Doc

VENUE, AS_OF = "okx", "2026-06-01T00:00:00Z"
AT = "1780272000000"


def enveloped(rows: Any) -> Doc:
    return {"code": "0", "msg": "", "data": rows}


def streamed(channel: str, *rows: Doc) -> Doc:
    return {"arg": {"channel": channel}, "data": list(rows)}


def detail(**given: Any) -> Doc:
    return {
        "ccy": "USDT", "eq": "20200", "cashBal": "20000", "upl": "200", "isoEq": "0",
        "isoUpl": "0", "stgyEq": "0", "interest": "0", "availEq": "17160", "imr": "3040",
        "mmr": "121.6", "mgnRatio": "147.6608187134502923", "rewardBal": "0", "eqUsd": "20200",
        "collateralEnabled": False,
    } | given  # fmt: skip


def balance(*details: Doc, **given: Any) -> Doc:
    return {
        "adjEq": "", "imr": "", "mmr": "", "mgnRatio": "", "totalEq": "20200", "uTime": AT,
        "details": list(details or (detail(),)),
    } | given  # fmt: skip


def position(**given: Any) -> Doc:
    return {
        "instId": "BTC-USDT-SWAP", "instType": "SWAP", "mgnMode": "cross", "posSide": "net",
        "pos": "50", "avgPx": "60400", "markPx": "60800", "lever": "10", "upl": "200",
        "uplRatio": "0.0657894736842105", "imr": "3040", "mmr": "121.6", "margin": "",
        "mgnRatio": "147.6608187134502923", "liqPx": "", "posId": "1", "uTime": AT, "fee": "-3",
        "notionalUsd": "30400",
    } | given  # fmt: skip


def order(**given: Any) -> Doc:
    return {
        "instId": "BTC-USDT-SWAP", "instType": "SWAP", "ordId": "7", "side": "buy",
        "posSide": "net", "sz": "10", "accFillSz": "4", "px": "58000", "ordType": "limit",
        "state": "live", "tdMode": "cross", "reduceOnly": "false",
    } | given  # fmt: skip


CONFIG: Doc = {"acctLv": "2", "posMode": "net_mode", "uid": "1"}
TIERS: list[Doc] = [
    {"instFamily": "BTC-USDT", "uly": "BTC-USDT", "tier": "1", "minSz": "0", "maxSz": "1000",
     "mmr": "0.004", "imr": "0.01", "maxLever": "100"},
    {"instFamily": "BTC-USDT", "uly": "BTC-USDT", "tier": "2", "minSz": "1001", "maxSz": "2000",
     "mmr": "0.005", "imr": "0.0133", "maxLever": "75"},
]  # fmt: skip
FEES: Doc = {"instType": "SWAP", "maker": "-0.0002", "taker": "-0.0006", "makerU": "-0.0002",
             "takerU": "-0.0005", "level": "Lv1"}  # fmt: skip
WHOLE: Doc = {
    "config": enveloped([CONFIG]),
    "balance": enveloped([balance()]),
    "positions": enveloped([position()]),
    "orders": enveloped([]),
    "tiers": enveloped(TIERS),
    "fees": enveloped([FEES]),
}


def account(**answers: Any) -> Account:
    return read(VENUE, as_of=AS_OF, **WHOLE | answers)
