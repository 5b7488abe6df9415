"""What happens to accounts, in the words of Bybit's private stream.

Positions are told as each event left them; margins and prices beside them are of now, and left
empty where the size has moved on. The wallet comes once for all that happened together, as it now
stands: it is a state, and the venue sends it whole.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from marginline.market.events import (
    Event,
    Fill,
    OfAccount,
    OrderChanged,
    PositionChanged,
    SettingChanged,
    WalletChanged,
)
from marginline.sandbox.bybit.account import position_row, wallet_row
from marginline.sandbox.bybit.history import execution_row
from marginline.sandbox.bybit.trading import order_row
from marginline.sandbox.floor import BYBIT, Floor, forced_order

Row = dict[str, object]


class Told(NamedTuple):
    """Rows for one topic of one account, at a moment of world time."""

    account: str
    topic: str
    at: int
    rows: list[Row]


class Narrator:
    """Turns events of the world into messages, account by account."""

    def __init__(self, floor: Floor) -> None:
        self._floor = floor

    def messages(self, events: Sequence[Event]) -> Iterator[Told]:
        """Messages in order; a wallet after everything that changed it."""
        own = [e for e in events if isinstance(e, OfAccount) and e.venue == BYBIT]
        wallets: dict[str, int] = {}
        positions: list[PositionChanged] = []
        after: list[OrderChanged] = []
        for event in own:
            if isinstance(event, OrderChanged) or (isinstance(event, Fill) and not event.order_id):
                yield from self._moved(positions, after)
                order = forced_order(event) if isinstance(event, Fill) else event
                if order.fill is None:
                    yield self._order(order)
                else:
                    yield self._execution(order.fill)
                    after.append(order)
            elif isinstance(event, PositionChanged):
                positions.append(event)
            elif isinstance(event, WalletChanged):
                wallets[event.account] = event.at
            elif isinstance(event, SettingChanged):
                yield from self._setting(event)
        yield from self._moved(positions, after)
        for account, at in wallets.items():
            yield Told(account, "wallet", at, [wallet_row(self._floor, account)])

    def _moved(self, positions: list[PositionChanged], after: list[OrderChanged]) -> Iterator[Told]:
        for event in positions:
            judged, view = self._floor.judged(event.account), event.position
            row = position_row(self._floor, judged, view.symbol, view.position_side, view)
            row["entryPrice"] = row.pop("avgPrice")  # the stream's word
            row["category"] = "linear"
            yield Told(event.account, "position", event.at, [row])
        for order in after:
            yield self._order(order)
        positions.clear()
        after.clear()

    def _order(self, event: OrderChanged) -> Told:
        row = order_row(self._floor, event.order)
        if event.fill is not None:
            row["cumExecFee"] = ""
        row |= {"category": "linear", "feeCurrency": "USDT"}
        return Told(event.account, "order", event.at, [row])

    def _execution(self, fill: Fill) -> Told:
        row = execution_row(self._floor, fill)
        row["category"] = "linear"
        return Told(fill.account, "execution", fill.at, [row])

    def _setting(self, event: SettingChanged) -> Iterator[Told]:
        """A leverage changed: the venue sends the position with it, open or not."""
        judged = self._floor.judged(event.account)
        hedge = judged.view.position_mode == "hedge"
        rows = []
        for side in ("long", "short") if hedge else ("both",):
            row = position_row(self._floor, judged, event.symbol, side)
            row["entryPrice"] = row.pop("avgPrice")
            row["category"] = "linear"
            rows.append(row)
        yield Told(event.account, "position", event.at, rows)
