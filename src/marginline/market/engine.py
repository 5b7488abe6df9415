"""What makes the world go: seconds pass up to the first thing that happens, it is handled, and on.

A pass covers at most five minutes, to the next scripted moment, full hour or alarm.
"""

from __future__ import annotations

import hashlib
import heapq
from collections.abc import Callable
from functools import partial

import msgspec
import numpy as np

from marginline.ledger.packed import Packed
from marginline.market.accounts.booking import Venue
from marginline.market.accounts.cast import GRID_STEPS, grid, people, rest_grid
from marginline.market.accounts.state import AT, LegKey, Order, Owner
from marginline.market.contracts import CONTRACTS, VENUES
from marginline.market.events import Event, Told
from marginline.market.liquidation.keeper import Keeper
from marginline.market.liquidation.ranking import place
from marginline.market.moment import Moment
from marginline.market.prices.funding import FundingClock
from marginline.market.prices.outside import Outside
from marginline.market.prices.paths import Paths, Span
from marginline.market.prices.push import Pushes
from marginline.market.prices.streams import Streams
from marginline.market.rates import AssetRates
from marginline.market.scenarios import Scenario
from marginline.market.stories.owners import Owners
from marginline.market.stories.script import Script, Stage, Times
from marginline.market.trading.desk import Desk
from marginline.market.views import FundingRow

START = 1_795_183_200_000
"""2026-11-20T14:00:00Z."""
LONGEST_PASS = 300
KEPT_PAYMENTS = 1000


class Engine:
    """All parts of one world, and the loop over its seconds."""

    def __init__(self, scenario: Scenario, seed: int, *, crowd: int, cash: int) -> None:
        self.scenario, self.start = scenario, START
        self.streams = Streams(seed)
        self.pushes, self.clock = Pushes(), FundingClock(START)
        times = Times(scenario, self.streams)
        outside = Outside(self.streams, START, times.window, times.jumpy, halves=scenario.halves)
        self.paths = Paths(outside, self.pushes, self.clock)
        self.rates = AssetRates(self.streams, self.paths)
        self.venues = {code: Venue(code, now=START) for code in VENUES}
        self.moments = {
            code: Moment(venue, self.paths, self.rates, START)
            for code, venue in self.venues.items()
        }
        self.desks = {code: Desk(venue, self.moments[code]) for code, venue in self.venues.items()}
        self.paid: dict[tuple[str, int], Packed[FundingRow]] = {
            (code, contract.number): Packed(FundingRow, AT, KEPT_PAYMENTS)
            for code in VENUES
            for contract in CONTRACTS
        }
        for code, venue in self.venues.items():
            venue.rank = partial(place, self.moments[code])
        self._ranks: dict[str, tuple[tuple[int, int], dict[LegKey, int]]] = {}
        self._agenda: list[tuple[int, int, Callable[[], bool]]] = []
        self._serial = 0
        self.told: list[Event] = []
        self._history = hashlib.sha256()
        self.keepers = {
            code: Keeper(desk, self.later, self.tell, self.streams, cash=cash, factor=crowd)
            for code, desk in self.desks.items()
        }
        stage = Stage(
            START, self.paths, self.moments, self.desks, self.at, self.tell, self.told.append
        )
        self.at(1, partial(self._begin, scenario.story))  # before any cue of that second
        self.script = Script(times, self.streams, stage)
        self.owners = Owners(scenario, self.keepers, stage)
        people(self.venues, scenario)
        for venue in self.venues.values():
            for owner in venue.owners.values():
                if owner.name == "grid bot":
                    grid(venue, owner)
        self.check()

    # -- time ----------------------------------------------------------------------------------

    def at(self, second: int, action: Callable[[], bool]) -> None:
        """Do something at a second; `action` returns whether `advance` should stop there."""
        self._serial += 1
        heapq.heappush(self._agenda, (second, self._serial, action))

    def tell(self, text: str) -> None:
        """A sentence of the story."""
        self.told.append(Told(at=self.start + self.paths.second * 1000, text=text))

    def _begin(self, story: str) -> bool:
        self.tell(story)
        return False

    def later(self, seconds: int, action: Callable[[], bool]) -> None:
        """Do something so many seconds from now."""
        self.at(self.paths.second + seconds, action)

    def run(self, until: int) -> int:
        """Pass time up to `until` (ms) or an early stop; returns the moment reached."""
        target = (until - self.start) // 1000
        while self.paths.second < target:
            if self._pass(target):
                return self.start + self.paths.second * 1000
        return until

    def drain(self) -> tuple[Event, ...]:
        """What has happened since the last call, in order of time."""
        found: list[Event] = []
        for venue in self.venues.values():
            found += venue.events
            venue.events.clear()
        found += self.told
        self.told.clear()
        found.sort(key=lambda event: event.at)
        for event in found:
            self._history.update(msgspec.json.encode(event))
        return tuple(found)

    def check(self) -> None:
        """Assert conservation on both venues."""
        for venue in self.venues.values():
            venue.check()

    def _pass(self, target: int) -> bool:
        limit = min(target, self.paths.second + LONGEST_PASS)
        if self._agenda:
            limit = min(limit, max(self._agenda[0][0], self.paths.second + 1))
        span = self.paths.span(limit - self.paths.second)
        found = [self._first_fill(span, code) for code in VENUES]
        found += [keeper.first(span) for keeper in self.keepers.values()]
        found.append(self.owners.first(span))
        seconds = min(span.seconds, *found)
        self.paths.commit(span, seconds)
        now = self.start + self.paths.second * 1000
        for venue in self.venues.values():
            venue.now = now
        stop = self._handle()
        for keeper in self.keepers.values():
            stop |= keeper.handle(seconds)
        self.owners.look(seconds)
        self.owners.returning()
        self.check()
        return stop

    def _handle(self) -> bool:
        """Everything that happens at the second reached."""
        second, stop = self.paths.second, False
        self._pay_funding(second)
        self.rates.follow()
        if second % 3600 == 0:
            self._full_hour(second // 3600)
        while self._agenda and self._agenda[0][0] <= second:
            stop |= heapq.heappop(self._agenda)[2]()
        for code in VENUES:
            self._fill_orders(code)
        return stop

    # -- funding and orders --------------------------------------------------------------------

    def _pay_funding(self, second: int) -> None:
        for number in self.clock.due(second):
            contract = CONTRACTS[number]
            for index, (code, venue) in enumerate(self.venues.items()):
                mark, rate = self.paths.mark(index, number), self.paths.rate(index, number)
                venue.fund_at(contract, mark, rate)
                quote = self.moments[code].quote(contract)
                self.paid[code, number].append(
                    FundingRow(
                        symbol=contract.symbol,
                        at=venue.now,
                        rate=quote.funding_rate,
                        mark=quote.mark,
                    )
                )
            self.clock.paid(number)
        if self.clock.due(second):
            for keeper in self.keepers.values():
                if keeper.crowd is not None:
                    keeper.crowd.changed()

    def _full_hour(self, hour: int) -> None:
        for keeper in self.keepers.values():
            if keeper.crowd is not None:
                keeper.crowd.rebirth(hour)

    def _first_fill(self, span: Span, code: str) -> int:
        """Seconds until a resting order of a venue is met; more than the span if none is."""
        index, first = VENUES.index(code), span.seconds
        for number, orders in self._resting(code).items():
            buys = [o.price for o in orders if o.direction > 0 and o.price]
            sells = [o.price for o in orders if o.direction < 0 and o.price]
            met = np.zeros(span.seconds, bool)
            if buys:
                met |= span.ask[index, number] <= max(buys)
            if sells:
                met |= span.bid[index, number] >= min(sells)
            if met.any():
                first = min(first, int(met.argmax()) + 1)
        return first

    def _resting(self, code: str) -> dict[int, list[Order]]:
        found: dict[int, list[Order]] = {}
        for owner in self.venues[code].owners.values():
            for order in owner.orders.values():
                found.setdefault(order.contract.number, []).append(order)
        return found

    def _fill_orders(self, code: str) -> None:
        """Fill every resting order whose price the other side of the book has reached."""
        index, desk = VENUES.index(code), self.desks[code]
        touch = {number: self.paths.touch(index, number) for number in self._resting(code)}
        for owner in self.venues[code].owners.values():
            for order in list(owner.orders.values()):
                bid, ask = touch[order.contract.number]
                assert order.price is not None
                reached = ask <= order.price if order.direction > 0 else bid >= order.price
                if reached:
                    desk.fill_resting(owner, order)
                    self._answer_grid(code, owner, order)

    def _answer_grid(self, code: str, owner: Owner, order: Order) -> None:
        """The grid bot's refill: what was bought is offered one level up, and so back."""
        if order.grid is None:
            return
        level = order.grid + order.direction
        if abs(level) > GRID_STEPS:
            return
        made = rest_grid(self.venues[code], owner, order.contract, level, -order.direction)
        self.venues[code].tell(owner, made, "new")

    # -- proof ---------------------------------------------------------------------------------

    def ranks(self, owner: Owner) -> dict[LegKey, int]:
        """Places of an account's positions in the deleveraging queue."""
        moment = self.moments[owner.venue]
        trades = sum(other.version for other in moment.venue.owners.values())
        key, known = (self.paths.second, trades), self._ranks.get(owner.name)
        if known is None or known[0] != key:
            known = (key, {leg: place(moment, owner, leg) for leg in owner.positions})
            self._ranks[owner.name] = known
        return known[1]

    def fingerprint(self) -> bytes:
        """All that is, and a digest of all that has happened."""
        lines = [self._history.hexdigest(), str(self.paths.second)]
        lines += [repr(event) for event in self.told]
        for index, venue in enumerate(self.venues.values()):
            for contract in CONTRACTS:
                mark = self.paths.mark(index, contract.number)
                lines.append(f"{contract.symbol} {mark} {self.paths.index(contract.number)}")
            lines += [repr(owner) for owner in venue.everyone()]
            lines += [column.tobytes().hex() for column in venue.crowd.columns()]
        return "\n".join(lines).encode()
