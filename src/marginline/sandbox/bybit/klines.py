"""Bybit's candles. What the outside market traded is not simulated: volumes are 0."""

from __future__ import annotations

from collections.abc import Mapping

from marginline.sandbox.bybit.market import one_symbol
from marginline.sandbox.floor import BYBIT
from marginline.sandbox.wire.calls import Call, Refused
from marginline.sandbox.wire.texts import plain

INTERVALS: Mapping[str, int] = {
    **{text: int(text) for text in ("1", "3", "5", "15", "30", "60", "120", "240", "360", "720")},
    "D": 1440,
}
"""Minutes of each. Of the venue's, a week and a month are left out."""
_MOST = 1_000


def kline(call: Call) -> object:
    """Candles of the last price, newest first; the newest may not be over."""
    symbol, minutes = one_symbol(call), INTERVALS.get(call.text("interval"))
    if minutes is None:
        raise Refused(200, 10001, "params error: Invalid period!")
    rows = call.floor.world.candles(
        BYBIT,
        symbol,
        minutes,
        since=call.wire_moment("start"),
        until=call.wire_moment("end"),
        most=call.most(200, _MOST),
        shift=call.floor.clock.stamp(0),
    )
    found = [
        [str(row.at), *map(plain, (row.open, row.high, row.low, row.close)), "0", "0"]
        for row in reversed(rows)
    ]
    return {"symbol": symbol, "category": "linear", "list": found}
