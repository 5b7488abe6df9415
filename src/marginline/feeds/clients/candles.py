"""Candles of a ccxt client: the past of an account's instruments, as the venue tells it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from marginline.errors import InputError, Problem
from marginline.risk.odds.past import LEAST

_A_PAGE = 1_000


# Any: a ccxt client has no types.
def fetch_candles(
    exchange: Any, symbols: Iterable[str], *, days: int = 30, timeframe: str = "1h"
) -> dict[str, dict[datetime, float]]:
    """Closes by symbol and moment, for `past_of`: finished candles of so many days up to now.

    Public requests alone, page by page, by the client's own `fetch_ohlcv`. The moment of a close is
    the end of its candle.

    Args:
        exchange: a client of ccxt (synchronous), as you have it; no key is needed.
        symbols: the venue's own ("BTCUSDT"), or ccxt's ("BTC/USDT:USDT").
        days: at least 7.
        timeframe: of ccxt: "5m", "1h", "1d".

    Raises:
        InputError: a symbol that the client does not know, too few days, or no candles of it.
    """
    if days < LEAST.days:
        message = f"are too few; give at least {LEAST.days}"
        raise InputError([Problem("days", str(days), message)])
    exchange.load_markets()
    pages = _Pages(exchange, timeframe, days)
    return {symbol: pages.closes(market_of(exchange, symbol)) for symbol in dict.fromkeys(symbols)}


# Any: as above.
def market_of(exchange: Any, symbol: str) -> str:
    """Ccxt's name of a market; of markets with one id (spot and swap) the contract.

    "BTCUSDT" is the venue's own, "BTC/USDT:USDT" ccxt's, "BTC/USDT" the contract settled in USDT
    where the client has no such spot market.

    Raises:
        InputError: the client knows no such market.
    """
    markets = exchange.markets
    settled = f"{symbol}:{symbol.rpartition('/')[2]}"
    for name in (symbol, settled):
        if name in markets:
            return name
    found = exchange.markets_by_id.get(symbol) or []
    named = [m for m in found if m.get("contract")] or list(found)
    if not named:
        message = f"is no market of {exchange.id}"
        raise InputError([Problem("symbols", symbol, message, "write the venue's own symbol")])
    return str(named[0]["symbol"])


class _Pages:
    """Candles of one client and timeframe, from so many days ago to now."""

    def __init__(self, exchange: Any, timeframe: str, days: int) -> None:
        self.exchange, self.timeframe = exchange, timeframe
        self.step = int(exchange.parse_timeframe(timeframe)) * 1000
        self.now = int(exchange.milliseconds())
        self.since = self.now - int(timedelta(days=days).total_seconds() * 1000)

    def closes(self, name: str) -> dict[datetime, float]:
        """Closes of one market by the ends of their candles, those that are over."""
        found: dict[datetime, float] = {}
        since = self.since
        while since < self.now:
            rows = self.exchange.fetch_ohlcv(name, self.timeframe, since, _A_PAGE)
            ends = [(int(row[0]) + self.step, row[4]) for row in rows]
            fresh = [(end, close) for end, close in ends if end <= self.now and close]
            found |= {datetime.fromtimestamp(end / 1000, UTC): float(c) for end, c in fresh}
            if not ends or ends[-1][0] <= since:
                break
            since = ends[-1][0]
        if not found:
            message = f"{self.exchange.id} tells no candles of it"
            raise InputError([Problem("symbols", name, message)])
        return found
