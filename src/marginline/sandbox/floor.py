"""What both venues of a sandbox share: the world, its clock, keys, faults, sockets, and figures.

Whatever changes the world goes through `act` or `advance`, so that every event is heard by both
venues' streams, once and in order.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from marginline.core.account.account import Account
from marginline.core.account.market import AssetRate
from marginline.core.assessment.assessment import Assessment, PoolAssessment
from marginline.core.assessment.figures import PositionFigures
from marginline.core.pool.pool import Kind
from marginline.market.events import Event, Fill, OrderChanged, StreamRestored, StreamSilenced, Told
from marginline.market.views import AccountView, OrderView, PositionView
from marginline.market.world import World
from marginline.sandbox.clock import VenueClock
from marginline.sandbox.faults.script import VENUES, FaultScript
from marginline.sandbox.tape import Tape
from marginline.sandbox.wire.hub import Hub
from marginline.sandbox.wire.keys import KeyRing
from marginline.sandbox.wire.listen_keys import ListenKeys
from marginline.venues.assessing import assess

BINANCE, BYBIT = VENUES
_ENDED_MAX = 5_000


class Listener(Protocol):
    """A venue's streams: they turn events and frames of the world into messages."""

    def happened(self, events: Sequence[Event]) -> None:
        """Events, in their order."""

    def framed(self) -> None:
        """The world was advanced: prices are new."""


class Judged:
    """One account of the world as it is, with our own assessment of it."""

    def __init__(self, view: AccountView, account: Account, assessment: Assessment) -> None:
        self.view = view
        self.account = account
        self.assessment = assessment
        self.pools = assessment.pools
        self.joint = next((p for p in self.pools if p.kind == Kind.ACCOUNT), None)
        self.found: dict[str, tuple[PoolAssessment, PositionFigures]] = {
            figures.name: (pool, figures)
            for pool in self.pools
            for figures in pool.figures.positions
        }
        self.positions: dict[str, PositionView] = {
            f"{p.symbol}/{p.position_side}": p for p in view.positions if p.size
        }

    def of_asset(self, asset: str) -> list[PoolAssessment]:
        """The pools whose figures are in an asset."""
        return [pool for pool in self.pools if pool.asset == asset]


@dataclass(slots=True)
class Ended:
    """Orders that are over, newest last: venues answer for them for a while."""

    orders: dict[tuple[str, int], OrderView] = field(default_factory=dict)

    def note(self, account: str, order: OrderView) -> None:
        """Keep an order as it ended."""
        self.orders[account, order.order_id] = order
        while len(self.orders) > _ENDED_MAX:
            self.orders.pop(next(iter(self.orders)))


def forced_order(fill: Fill) -> OrderChanged:
    """The order that a forced close without one is told as: venues name one for every trade."""
    order = OrderView(
        order_id=fill.trade_id,
        client_id=f"forced-{fill.trade_id}",
        symbol=fill.symbol,
        side=fill.side,
        position_side=fill.position_side,
        kind="limit",
        price=fill.price,
        size=fill.size,
        filled=fill.size,
        average_price=fill.price,
        status="filled",
        reduce_only=False,
        time_in_force="IOC",
        created_at=fill.at,
        updated_at=fill.at,
    )
    return OrderChanged(
        at=fill.at,
        venue=fill.venue,
        account=fill.account,
        order=order,
        execution="trade",
        fill=fill,
    )


class Floor:
    """The trading floor that both venues stand on."""

    def __init__(
        self,
        world: World,
        clock: VenueClock,
        faults: FaultScript,
        seconds: Callable[[], float],
        *,
        weight_limit: int,
    ) -> None:
        self.world = world
        self.clock = clock
        self.faults = faults
        self.seconds = seconds
        self.hub = Hub(faults, seconds)
        self.weight_limit = weight_limit
        self.listen_keys = ListenKeys(seconds)
        self.tapes = {venue: Tape(venue) for venue in VENUES}
        self.keys = KeyRing({venue: world.accounts(venue) for venue in VENUES})
        self.gaps: dict[str, int] = {}
        self.requests = 0
        self.story: list[tuple[int, str]] = []
        self.ended = Ended()
        self.listeners: list[Listener] = []
        self.subscribers: list[Callable[[Event], None]] = []
        self._version = 0
        self._judged: dict[str, tuple[int, int, Judged]] = {}

    # -- the world -------------------------------------------------------------------------

    def act(self, change: Callable[[], Sequence[Event]]) -> Sequence[Event]:
        """Let an owner change something, and tell everybody what came of it."""
        events = change()
        self._tell(events)
        return events

    def advance(self, until: int) -> Sequence[Event]:
        """Let the world run up to a moment, or to the first thing that must not be skipped."""
        events = self.world.advance(until)
        self._tell(events)
        return events

    def framed(self) -> None:
        """Prices are new: the streams say so."""
        self.clock.framed()
        for venue, tape in self.tapes.items():
            for symbol in self.world.instruments(venue):
                tape.saw(self.world.quote(venue, symbol))
        for listener in self.listeners:
            listener.framed()

    def _tell(self, events: Sequence[Event]) -> None:
        self._version += 1
        for event in events:
            if isinstance(event, OrderChanged):
                self.ended.note(event.account, event.order)
            elif isinstance(event, Told):
                self.story.append((event.at, event.text))
            elif isinstance(event, StreamRestored):
                self.hub.silenced.discard(event.venue)
        for tape in self.tapes.values():
            tape.happened(events)
        for listener in self.listeners:
            listener.happened(events)
        for event in events:
            if isinstance(event, StreamSilenced):
                self.hub.silenced.add(event.venue)
            for subscriber in tuple(self.subscribers):
                subscriber(event)

    # -- what venues list --------------------------------------------------------------------

    def rates(self, venue: str) -> dict[str, AssetRate]:
        """Rates of assets in USD; on Binance with the two sides that haircuts make of the index."""
        world = self.world
        return {asset: world.asset_rate(venue, asset) for asset in world.asset_rates(venue)}

    # -- accounts --------------------------------------------------------------------------

    def judged(self, name: str) -> Judged:
        """An account as it is now, assessed by our own rulebooks (once a moment)."""
        kept = self._judged.get(name)
        if kept is None or kept[:2] != (self.world.now, self._version):
            truth = self.world.truth(name)
            made = Judged(self.world.account(name), truth, assess(truth))
            kept = self._judged[name] = (self.world.now, self._version, made)
        return kept[2]

    def order(self, name: str, order_id: int | None, client_id: str) -> OrderView | None:
        """An order of an account, resting or ended."""
        resting = self.world.account(name).orders
        ended = [o for (owner, _), o in self.ended.orders.items() if owner == name]
        for order in (*resting, *reversed(ended)):
            if order.order_id == order_id or (order_id is None and order.client_id == client_id):
                return order
        return None

    def orders(self, name: str) -> list[OrderView]:
        """Every order known of an account, oldest first."""
        known = {o.order_id: o for (owner, _), o in self.ended.orders.items() if owner == name}
        known |= {order.order_id: order for order in self.world.account(name).orders}
        return sorted(known.values(), key=lambda order: order.order_id)

    def gap(self, what: str) -> None:
        """Note something that a client asked for and the sandbox does not have."""
        if len(self.gaps) < 1_000:
            self.gaps[what] = self.gaps.get(what, 0) + 1
