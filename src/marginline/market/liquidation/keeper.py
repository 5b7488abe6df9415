"""The risk desk of one venue: screen, liquidator, fund and crowd together."""

from __future__ import annotations

from marginline.market.accounts.state import Owner
from marginline.market.contracts import BINANCE
from marginline.market.liquidation.crowding import FACTOR, CrowdKeeper
from marginline.market.liquidation.fund import CASH, Fund
from marginline.market.liquidation.screen import Screen
from marginline.market.liquidation.stages import Later, Liquidator, Tell
from marginline.market.prices.paths import Span
from marginline.market.prices.streams import Streams
from marginline.market.trading.desk import Desk


class Keeper:
    """Watches every account of a venue. Only Binance has a crowd."""

    def __init__(
        self,
        desk: Desk,
        later: Later,
        tell: Tell,
        streams: Streams,
        *,
        cash: int = CASH,
        factor: int = FACTOR,
    ) -> None:
        self.desk, self.venue = desk, desk.venue
        self.fund = Fund(desk, later, cash)
        self.liquidator = Liquidator(desk, self.fund, later, tell)
        self.screen = Screen(desk.moment)
        crowded = self.venue.code == BINANCE and factor > 0
        self.crowd = CrowdKeeper(self.fund, streams, factor=factor) if crowded else None
        self._suspects: list[tuple[int, Owner]] = []

    def first(self, span: Span) -> int:
        """Seconds until somebody may be called; more than the span if nobody is."""
        self._suspects = []
        for owner in self.venue.owners.values():
            if owner.positions:
                asleep = self.liquidator.active.get(owner.name, set())
                found = self.screen.first(span, owner, asleep)
                if found <= span.seconds:
                    self._suspects.append((found, owner))
        first = min((seconds for seconds, _ in self._suspects), default=span.seconds + 1)
        return first if self.crowd is None else min(first, self.crowd.first(span))

    def handle(self, seconds: int) -> bool:
        """What is called at the second reached, `seconds` into the span; whether a named one is."""
        if self.crowd is not None:
            self.crowd.handle()
        stop = False
        for found, owner in self._suspects:
            if found == seconds and owner.positions:
                stop |= self.liquidator.called(owner)
        return stop
