"""What a day's ticker says, as far as this run has seen it: first, high, low, traded here."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal

from marginline.core.numbers import ZERO
from marginline.market.events import Event, OrderChanged
from marginline.market.views import Quote


@dataclass(slots=True)
class Day:
    """One instrument since the sandbox began; volumes are those of the simulated accounts."""

    first: Decimal
    high: Decimal
    low: Decimal
    began: int
    volume: Decimal = ZERO
    turnover: Decimal = ZERO
    trades: int = 0


@dataclass(slots=True)
class Tape:
    """The instruments of one venue."""

    venue: str
    days: dict[str, Day] = field(default_factory=dict)

    def saw(self, quote: Quote) -> Day:
        """Take in a quote."""
        day = self.days.get(quote.symbol)
        if day is None:
            day = self.days[quote.symbol] = Day(quote.last, quote.last, quote.last, quote.at)
        day.high = max(day.high, quote.last)
        day.low = min(day.low, quote.last)
        return day

    def happened(self, events: Iterable[Event]) -> None:
        """Take in fills."""
        for event in events:
            if isinstance(event, OrderChanged) and event.fill and event.venue == self.venue:
                day = self.days.get(event.fill.symbol)
                if day is not None:
                    day.volume += event.fill.size
                    day.turnover += event.fill.size * event.fill.price
                    day.trades += 1
