"""The prices of a polled venue, shared by its accounts: by public stream, by REST where it fails.

Visits to the accounts go on beside the stream, and tell their marks too; the newer of the two, by
the venue's clock, counts. So a stream that is deaf, refused or gone costs seconds, never the truth,
and `marks` says by which of the two the prices come.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from marginline.core.account.account import Account
from marginline.feeds.events import Life, Stream, StreamState
from marginline.feeds.marks import MarketStream, Quote
from marginline.feeds.plans.venues import VENUES
from marginline.feeds.prices.speaking import Route
from marginline.feeds.telling import Vital
from marginline.feeds.timing import late_after
from marginline.feeds.wire.door import Door
from marginline.feeds.wire.keeper import RefusedForGood

_NAMED = 3


class _Listening:
    """One public socket, opened once something is wanted of it."""

    def __init__(self, route: Route, door: Door) -> None:
        self.route = route
        self.market = route.market(door)
        self.stream = MarketStream(
            self.market, door, stream=route.stream, limit_ms=door.cadence.public
        )
        self.wanted = asyncio.Event()

    @property
    def life(self) -> Vital:
        return self.stream.marks

    async def run(self) -> None:
        """Listen until cancelled; a stream that the venue refuses is left to REST."""
        await self.wanted.wait()
        try:
            await self.stream.run()
        except RefusedForGood as refused:
            self.life.turn(Life.REFUSED, str(refused))


class PriceFeed:
    """Marks, indices and funding of one polled venue at one address, until cancelled."""

    def __init__(self, venue: str, door: Door) -> None:
        self.venue, self.door = venue, door
        self.desk, self.cadence = door.desk, door.cadence
        self.marks = Vital(self.desk, Stream.MARKS, None, self.cadence.marks)
        routes = VENUES[venue].prices if door.streams else ()
        self._listening = [_Listening(each, door) for each in routes]
        for each in self._listening:
            each.stream.on_quote.append(self._heard)
        self._wanted: dict[str, Mapping[str, str]] = {}
        self._told: dict[str, tuple[int, bool]] = {}
        self._started = asyncio.Event()

    def streams(self) -> tuple[StreamState, ...]:
        """How the prices stand, and each public socket that is in use."""
        used = [each.life for each in self._listening if each.wanted.is_set()]
        return tuple(vital.now() for vital in (self.marks, *used))

    async def run(self) -> None:
        """Tell prices until cancelled."""
        self.marks.turn(Life.CONNECTING, "starting")
        try:
            async with self.door, asyncio.TaskGroup() as group:
                group.create_task(self._look())
                group.create_task(self._clock())
                for each in self._listening:
                    group.create_task(each.run())
        finally:
            self.marks.turn(Life.CLOSED, "the feed ended")

    async def _clock(self) -> None:
        """The venue's clock is asked for only where frames are held against it."""
        await self._started.wait()
        await self.door.tend()

    async def _look(self) -> None:
        while True:
            self.marks.look(await late_after(self.desk.timer, self.cadence.look))

    # -- who tells what --------------------------------------------------------------------

    def _heard(self, quote: Quote, delay: int) -> None:
        then = self.desk.timer.now() - delay
        self._told[quote.instrument] = then, quote.rate is not None
        self.marks.beat(delay)

    def visited(self, account: str, state: Account) -> None:
        """An account was looked at and its marks were told: what it holds is wanted by stream."""
        wanted = self._wanted[account] = contracts(state)
        for each in self._listening:
            mine = {name: settle for name, settle in wanted.items() if each.route.tells(name)}
            if mine:
                each.market.want(mine)
                each.wanted.set()
                self._started.set()
        self.marks.heal(self._by_what())
        for each in self._listening:
            if each.wanted.is_set() and each.life.trusted:
                each.life.say()  # a price tells the age of the marks, and nothing that of a socket

    def forget(self, account: str) -> None:
        """An account is watched no more: what it held is not missed."""
        self._wanted.pop(account, None)

    def tells_funding(self, symbol: str) -> bool:
        """Whether the stream tells the funding of a contract, with its date; REST may lack it."""
        return self._is_told(symbol) and self._told[symbol][1]

    def _is_told(self, symbol: str) -> bool:
        told = self._told.get(symbol)
        return told is not None and self.desk.timer.now() - told[0] <= self.cadence.public

    def _by_what(self) -> str:
        rest = f"by REST every {self.cadence.poll / 1000:g} s"
        wanted = sorted({name for each in self._wanted.values() for name in each})
        if not self._listening:
            return f"{rest}: no address of a public stream is named"
        if not wanted:
            return f"{rest}: no contract is held that a public stream would tell"
        missing = [name for name in wanted if not self._is_told(name)]
        if not missing:
            return f"by public stream, and {rest}"
        for each in self._listening:
            if not each.life.trusted and any(each.route.tells(name) for name in missing):
                return f"{rest}: the public stream is {each.life.state.value}"
        more = ", ..." if len(missing) > _NAMED else ""
        return f"{rest}: the public stream does not tell {', '.join(missing[:_NAMED])}{more}"


def contracts(account: Account) -> dict[str, str]:
    """What an account has to do with: the asset that each contract settles in ("": not known)."""
    known = account.instruments
    held = {position.instrument for position in account.positions}
    priced = known.keys() | account.market.mark.keys()
    held |= {order.instrument for order in account.orders} & priced
    return {name: (known[name].settle or "") if name in known else "" for name in sorted(held)}
