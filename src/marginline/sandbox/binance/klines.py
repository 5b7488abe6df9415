"""Binance's candles. What the outside market traded is not simulated: volumes are 0."""

from __future__ import annotations

from collections.abc import Mapping

from marginline.market.prices.candles import MINUTE_MS
from marginline.sandbox.binance.market import symbol_of
from marginline.sandbox.floor import BINANCE
from marginline.sandbox.wire.calls import Call, Refused
from marginline.sandbox.wire.texts import plain

INTERVALS: Mapping[str, int] = {
    "1m": 1, "3m": 3, "5m": 5, "15m": 15, "30m": 30, "1h": 60, "2h": 120, "4h": 240, "6h": 360,
    "8h": 480, "12h": 720, "1d": 1440,
}  # fmt: skip
"""Minutes of each. Of the venue's, three days, a week and a month are left out."""
_MOST = 1_500


def klines(call: Call) -> object:
    """Candles of the last price, oldest first; the newest may not be over."""
    symbol, minutes = symbol_of(call), INTERVALS.get(call.text("interval"))
    if minutes is None:
        raise Refused(400, -1120, "Invalid interval.")
    rows = call.floor.world.candles(
        BINANCE,
        symbol,
        minutes,
        since=call.wire_moment("startTime"),
        until=call.wire_moment("endTime"),
        most=call.most(500, _MOST),
        shift=call.floor.clock.stamp(0),
    )
    return [
        [
            row.at, plain(row.open), plain(row.high), plain(row.low), plain(row.close), "0",
            row.at + minutes * MINUTE_MS - 1, "0", 0, "0", "0", "0",
        ]
        for row in rows
    ]  # fmt: skip
