"""Prices of the past of the commands that look ahead: files, a venue by ccxt, or the history.

`FILE`, `SYMBOL=FILE`; `EXCHANGE:SYMBOL` (`binanceusdm:BTC/USDT`) asks a venue's public candles, no
key needed; `history` (or `history:URL`) are the hourly marks that a monitor has recorded.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from marginline.cli.exits import UsageProblem
from marginline.cli.input.sources import option_text
from marginline.errors import VenueError

HISTORY = "history"
DAYS = 30
"""How far back a venue is asked."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
Closes = Mapping[str, Mapping[datetime, float]]


def closes_of(texts: Sequence[str], symbols: set[str], venue: str | None = None) -> Closes:
    """Closes by symbol; of a history those of `venue`, of any where it is None.

    A file has a column symbol, is named "BTCUSDT=FILE", or is of the only one.

    Raises:
        UsageProblem: a file cannot be read, there is no such history, or ccxt is missing.
        InputError: it holds no candles.
        VenueError: a venue gives no answer.
    """
    closes: dict[str, dict[datetime, float]] = {}
    for text in texts:
        for symbol, rows in _source(text, symbols, venue).items():
            closes.setdefault(symbol, {}).update(rows)
    return closes


def source_of(texts: Sequence[str]) -> str:
    """Where they come from, in words."""
    return ", ".join(texts)


def _source(text: str, symbols: set[str], venue: str | None) -> Closes:
    if text == HISTORY or text.startswith(f"{HISTORY}:"):
        return _recorded(text.partition(":")[2] or None, symbols, venue)
    exchange, colon, name = text.partition(":")
    if colon and exchange.isidentifier() and len(exchange) > 1 and not Path(text).exists():
        return _asked(exchange, name, symbols)
    return _file(text, symbols)


def _file(text: str, symbols: set[str]) -> Closes:
    from marginline.risk.odds.past import read_candles

    symbol, equals, name = text.partition("=")
    if not equals:
        symbol, name = "", text
    only = next(iter(symbols)) if len(symbols) == 1 else None
    return read_candles(option_text("--candles", name), symbol or only)


def _recorded(url: str | None, symbols: set[str], venue: str | None) -> Closes:
    """The hourly marks of a monitor's history."""
    from marginline.cli.live.history import asked_address
    from marginline.cli.live.needs import needs_live
    from marginline.monitor.keeping.recall import hourly_marks
    from marginline.store.opening import reading_store
    from marginline.store.rows import MarkRow

    needs_live("--candles history", "", "sqlalchemy", "alembic")
    with reading_store(asked_address(url, None)) as reader:
        newest = reader.rows(MarkRow, newest=1)
        marks = hourly_marks(reader, newest[-1].at + 1) if newest else {}
    found: dict[str, Mapping[datetime, float]] = {}
    for market in marks.values() if venue is None else [marks.get(venue, {})]:
        for symbol in market.keys() & symbols if symbols else market:
            if symbol in found:
                where = ", ".join(sorted(each for each in marks if symbol in marks[each]))
                raise UsageProblem(
                    f"--candles {HISTORY}: {symbol} is recorded of {where}; give an account of one"
                    f" of them, or EXCHANGE:{symbol}"
                )
            found[symbol] = {_EPOCH + timedelta(hours=hour): mark for hour, mark in market[symbol]}
    if not found:
        wanted = ", ".join(sorted(symbols)) or "anything"
        raise UsageProblem(f"--candles {HISTORY}: no hourly marks of {wanted} are recorded")
    return found


def _asked(exchange: str, name: str, symbols: set[str]) -> Closes:
    """Public candles of a venue by its ccxt client, under the venue's own symbols."""
    if find_spec("ccxt") is None:
        raise UsageProblem(
            f"--candles {exchange}:{name} needs ccxt: pip install 'marginline[live]'"
        )
    import ccxt

    from marginline.feeds.clients.candles import fetch_candles

    if exchange not in ccxt.exchanges:
        raise UsageProblem(
            f"--candles {exchange}:{name}: no file of this name, and ccxt knows no {exchange};"
            " such as binanceusdm:BTC/USDT, bybit:ETH/USDT:USDT"
        )
    client: Any = getattr(ccxt, exchange)({"enableRateLimit": True})
    wanted = [name] if name else sorted(symbols)
    try:
        found = fetch_candles(client, wanted, days=DAYS)
    except ccxt.BaseError as wrong:
        failure = "unreachable" if isinstance(wrong, ccxt.NetworkError) else "venue"
        text = f"no candles: {type(wrong).__name__}: {wrong}"
        remedy = "try again, or give a file of candles"
        raise VenueError(failure, f"{exchange}:{name}", text[:300], remedy) from None
    finally:
        client.session.close()
    return {_own(client, symbol): rows for symbol, rows in found.items()}


def _own(client: Any, symbol: str) -> str:
    """The venue's own symbol, which account files have."""
    from marginline.feeds.clients.candles import market_of

    return str(client.markets[market_of(client, symbol)]["id"])
