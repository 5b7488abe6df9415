"""The market at one moment: prices, open interest, funding and asset rates."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import field
from datetime import datetime
from decimal import Decimal

from marginline.core.document._kinds import join
from marginline.core.document.record import (
    Record,
    Sound,
    decimal,
    map_of,
    moment,
    none_yet,
    one,
)
from marginline.core.nouns import dataclass
from marginline.core.numbers import to_text
from marginline.errors import Problem


@dataclass(frozen=True, slots=True, kw_only=True)
class Funding(Record):
    """The next funding payment of a perpetual."""

    rate: Decimal | None = field(
        default=None, metadata=decimal("fraction of notional, positive: longs pay")
    )
    next_at: datetime | None = field(default=None, metadata=moment("when it is next paid"))
    interval_hours: Decimal | None = field(
        default=None, metadata=decimal("hours between payments", above=0)
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class AssetRate(Record):
    """An asset's price in the valuation asset. A bare number in the file is the index."""

    index: Decimal | None = field(default=None, metadata=decimal("index price", above=0))
    bid: Decimal | None = field(default=None, metadata=decimal("bid rate", above=0))
    ask: Decimal | None = field(default=None, metadata=decimal("ask rate", above=0))

    def check(self, sound: Sound) -> Iterator[Problem]:
        """A bid above the ask."""
        if sound("bid", "ask"):
            yield from _crossed("bid", self.bid, self.ask)


@dataclass(frozen=True, slots=True, kw_only=True)
class Market(Record):
    """Prices by symbol, rates by asset. What is not in a map is unknown."""

    mark: Mapping[str, Decimal] = field(
        default_factory=none_yet, metadata=map_of(decimal(above=0), "mark price by symbol")
    )
    index: Mapping[str, Decimal] = field(
        default_factory=none_yet, metadata=map_of(decimal(above=0), "index price by symbol")
    )
    last: Mapping[str, Decimal] = field(
        default_factory=none_yet, metadata=map_of(decimal(above=0), "last price by symbol")
    )
    bid: Mapping[str, Decimal] = field(
        default_factory=none_yet, metadata=map_of(decimal(above=0), "best bid by symbol")
    )
    ask: Mapping[str, Decimal] = field(
        default_factory=none_yet, metadata=map_of(decimal(above=0), "best ask by symbol")
    )
    open_interest: Mapping[str, Decimal] = field(
        default_factory=none_yet,
        metadata=map_of(decimal(minimum=0), "open interest by symbol, unit of size, one side"),
    )
    funding: Mapping[str, Funding] = field(
        default_factory=none_yet, metadata=map_of(one(Funding), "next funding by symbol")
    )
    asset_rate: Mapping[str, AssetRate] = field(
        default_factory=none_yet,
        metadata=map_of(one(AssetRate, short="index"), "price in the valuation asset, by asset"),
    )

    def check(self, sound: Sound) -> Iterator[Problem]:
        """A bid above the ask of the same symbol."""
        for symbol, bid in self.bid.items() if sound("bid", "ask") else ():
            yield from _crossed(join("bid", symbol), bid, self.ask.get(symbol))


def _crossed(path: str, bid: Decimal | None, ask: Decimal | None) -> Iterator[Problem]:
    if bid is not None and ask is not None and bid > ask:
        yield Problem(
            path,
            to_text(bid),
            f"the bid is above the ask {to_text(ask)}",
            "mend whichever is wrong",
        )
