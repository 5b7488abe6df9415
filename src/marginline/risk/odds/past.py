"""The past of prices: closes in even steps, read from candles, and what may be said from them."""

from __future__ import annotations

import csv
import io
import itertools
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from marginline.core.nouns import dataclass
from marginline.core.numbers import is_digits
from marginline.errors import InputError, Problem

F8 = NDArray[np.float64]
LEAST = timedelta(days=7)
"""Below this much of a past no chance is told."""

_TIMES = ("timestamp", "time", "open_time", "date", "datetime")
_SYMBOLS = ("symbol", "instrument", "market")
_NEWEST_SECOND = 10**11  # above it a time is in milliseconds


@dataclass(frozen=True, slots=True)
class Past:
    """Closes of several instruments at the same, evenly spaced moments.

    `closes` has a row per moment and a column per symbol, `ends_at` is the moment of the last row.
    """

    symbols: tuple[str, ...]
    step: timedelta
    ends_at: datetime
    closes: F8

    @property
    def span(self) -> timedelta:
        """From the first close to the last."""
        return self.step * (len(self.closes) - 1)

    @property
    def returns(self) -> F8:
        """Changes of the logarithm of price, a row per step."""
        return np.diff(np.log(self.closes), axis=0)

    def of(self, symbols: Sequence[str]) -> Past:
        """The same moments of these symbols alone, in this order."""
        columns = [self.symbols.index(symbol) for symbol in symbols]
        return Past(tuple(symbols), self.step, self.ends_at, self.closes[:, columns])

    def thinned(self, step: timedelta) -> Past:
        """Every so many closes, counted from the end, so that steps are at least `step` long."""
        every = max(1, -(-step // self.step))
        kept = self.closes[::-1][::every][::-1]
        return Past(self.symbols, self.step * every, self.ends_at, kept)


def read_candles(text: str, symbol: str | None = None) -> dict[str, dict[datetime, float]]:
    """Closes by symbol and time from CSV with a header: a time, `close`, and a symbol or one given.

    Times are RFC 3339, or seconds or milliseconds since 1970; one without a zone is UTC.

    Raises:
        InputError: a column is missing, or a cell is no time or no price above 0, by its line.
    """
    rows = csv.DictReader(io.StringIO(text))
    names = {name.strip().lower(): name for name in rows.fieldnames or ()}
    at = next((names[name] for name in _TIMES if name in names), None)
    whose = next((names[name] for name in _SYMBOLS if name in names), None)
    if at is None or "close" not in names or (whose is None and symbol is None):
        wanted = "a time (timestamp, time, open_time or date), close, and symbol"
        raise _wrong("header", ",".join(rows.fieldnames or ()), f"candles need columns: {wanted}")
    found: dict[str, dict[datetime, float]] = {}
    for row in rows:
        name = symbol if whose is None else row[whose]
        price = _price(row[names["close"]], rows.line_num)
        found.setdefault(name or "", {})[_moment(row[at], rows.line_num)] = price
    if not found:
        raise _wrong("candles", "", "no rows", "give at least 7 days of candles")
    return found


def past_of(closes: Mapping[str, Mapping[datetime, float]], symbols: Iterable[str]) -> Past:
    """The past of these symbols at the moments that all of them have, in their commonest step.

    A hole in the candles ends what can be used: the past is what lies after the last hole.

    Raises:
        InputError: a symbol has no candles, or they have fewer than three moments in common.
    """
    names = tuple(dict.fromkeys(symbols))
    for name in names:
        if name not in closes:
            have = ", ".join(sorted(closes)) or "none"
            raise _wrong(name, have, "there are no candles of it", "give its candles too")
    shared = set.intersection(*(set(closes[name]) for name in names)) if names else set()
    moments = sorted(shared)
    if len(moments) < 3:
        raise _wrong("candles", str(len(moments)), "fewer than three moments in common")
    gaps = [later - sooner for sooner, later in itertools.pairwise(moments)]
    step = max(set(gaps), key=gaps.count)
    holes = [i for i, gap in enumerate(gaps) if gap != step]
    kept = moments[holes[-1] + 1 :] if holes else moments
    table = np.array([[closes[name][moment] for name in names] for moment in kept])
    return Past(names, step, kept[-1], table)


def _price(text: str | None, line: int) -> float:
    try:
        price = float(text or "") if (text or "").isascii() else -1.0
    except ValueError:
        price = -1.0
    if not 0 < price < float("inf"):
        raise _wrong(f"line {line}, close", str(text), "is no price above 0")
    return price


def _moment(text: str | None, line: int) -> datetime:
    try:
        if is_digits((text or "").replace(".", "", 1)):
            seconds = float(text or "")
            seconds = seconds / 1000 if seconds > _NEWEST_SECOND else seconds
            return datetime.fromtimestamp(seconds, UTC)
        moment = datetime.fromisoformat((text or "").strip())
    except (ValueError, OverflowError, OSError):
        raise _wrong(f"line {line}, time", str(text), "is no time") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _wrong(where: str, value: str, message: str, remedy: str = "") -> InputError:
    return InputError([Problem(where, value[:80], message, remedy)])
