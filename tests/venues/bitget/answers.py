"""Bitget's recorded answers, and answers written out for tests."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from marginline.core.account.account import Account
from marginline.venues.reader.files import read_files
from marginline.venues.reader.reading import read
from tests.venues.documents import Doc

AS_OF = "2025-06-30T00:00:00Z"  # the moments printed in samples are made up: 2021, 2023, 2645


def sample(data: Path, *names: str, mode: str | None = None, as_of: str = AS_OF) -> Account:
    """The account that recorded files make, with the standard fees that `contracts` tells."""
    files = [data / "payloads" / "documented" / f"Bitget__{name}.txt" for name in names]
    base = read_files(files, mode=mode, as_of=as_of)
    return read(
        base.venue, contracts=contracts("BTCUSDT", "ETHUSDT"), account_onto=base, as_of=as_of
    )


def enveloped(data: Any, moment: int = 1751241600000, code: str = "00000") -> Doc:
    """An answer as Bitget sends it."""
    return {"code": code, "msg": "success", "requestTime": moment, "data": data}


def contracts(*symbols: str) -> Doc:
    """Contract terms, with the standard taker fee of 0.06 %."""
    return enveloped(
        [
            {
                "symbol": symbol,
                "baseCoin": symbol.removesuffix("USDT"),
                "quoteCoin": "USDT",
                "makerFeeRate": "0.0002",
                "takerFeeRate": "0.0006",
                "supportMarginCoins": ["USDT"],
                "pricePlace": "1",
                "priceEndStep": "5",
                "sizeMultiplier": "0.001",
            }
            for symbol in symbols
        ]
    )


def account(**fields: Any) -> Doc:
    """A row of account/accounts."""
    row = {
        "marginCoin": "USDT",
        "locked": "0",
        "available": "9000",
        "accountEquity": "10100",
        "unrealizedPL": "100",
        "coupon": "25",
        "assetMode": "single",
    }
    return row | fields


def position(**fields: Any) -> Doc:
    """A row of position/all-position."""
    row = {
        "marginCoin": "USDT",
        "symbol": "BTCUSDT",
        "holdSide": "long",
        "marginSize": "1255",
        "available": "1",
        "locked": "0",
        "total": "1",
        "leverage": "20",
        "achievedProfits": "0",
        "openPriceAvg": "25000",
        "marginMode": "crossed",
        "posMode": "one_way_mode",
        "unrealizedPL": "100",
        "liquidationPrice": "-5",
        "keepMarginRate": "0.004",
        "markPrice": "25100",
        "marginRatio": "0.0114",
        "totalFee": "",
        "deductedFee": "15",
        "cTime": "1735689600000",
        "assetMode": "single",
    }
    return row | fields
