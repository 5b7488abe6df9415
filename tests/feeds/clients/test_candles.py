"""Candles by a real ccxt client over recorded answers: pages joined, the unfinished left out."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import ccxt
import pytest

import marginline as ml

HOUR = 3_600_000
NOW = 1_795_000_000_000 // HOUR * HOUR + 1_000


class Recorded(ccxt.binanceusdm):  # type: ignore[misc]
    """An unmodified client but for its wire: it answers Binance's klines as they are shaped."""

    def __init__(self, oldest: int) -> None:
        super().__init__({"enableRateLimit": False})
        self.oldest, self.asked = oldest, 0
        market = self.safe_market_structure({
            "id": "BTCUSDT", "symbol": "BTC/USDT:USDT", "base": "BTC", "quote": "USDT",
            "settle": "USDT", "type": "swap", "swap": True, "contract": True, "linear": True,
            "inverse": False, "spot": False, "option": False, "future": False,
        })  # fmt: skip
        self.set_markets([market])

    def milliseconds(self) -> int:
        return NOW

    def fetch(self, url: str, *_: object, **__: object) -> Any:
        assert "/klines?" in url
        self.asked += 1
        query = dict(part.split("=") for part in url.partition("?")[2].split("&"))
        first = max(int(query["startTime"]), self.oldest)
        first = -(-first // HOUR) * HOUR
        rows = []
        for n in range(min(int(query["limit"]), 400)):
            at = first + n * HOUR
            if at > NOW:
                break
            close = str(60_000 + at // HOUR % 100)
            rows.append([at, close, close, close, close, "1", at + HOUR - 1, "1", 1, "1", "1", "0"])
        return rows


def test_pages_are_joined_and_a_candle_that_is_not_over_is_left_out() -> None:
    exchange = Recorded(oldest=0)
    closes = ml.fetch_candles(exchange, ["BTCUSDT"], days=30)
    moments = sorted(closes["BTCUSDT"])
    assert len(moments) == 30 * 24 - 1  # the first begins with the next whole hour
    assert moments[-1] == datetime.fromtimestamp(NOW // HOUR * HOUR / 1000, UTC)
    assert exchange.asked > 1
    past = ml.past_of(closes, ["BTCUSDT"])
    assert past.span > timedelta(days=29)


def test_ccxts_own_name_means_the_same_market() -> None:
    one = ml.fetch_candles(Recorded(0), ["BTCUSDT"], days=7)["BTCUSDT"]
    assert ml.fetch_candles(Recorded(0), ["BTC/USDT:USDT"], days=7)["BTC/USDT:USDT"] == one


@pytest.mark.parametrize(
    ("symbols", "days", "oldest", "said"),
    [
        (["NOPE"], 30, 0, "no market"),
        (["BTCUSDT"], 3, 0, "too few"),
        (["BTCUSDT"], 30, NOW + HOUR, "no candles"),
    ],
)
def test_what_cannot_be_asked_is_refused(
    symbols: list[str], days: int, oldest: int, said: str
) -> None:
    with pytest.raises(ml.InputError, match=said):
        ml.fetch_candles(Recorded(oldest), symbols, days=days)
