"""Feeds put together: one public stream a venue, one private stream an account."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, ClassVar

from marginline.errors import InputError, Problem
from marginline.feeds.accounts import AccountStream
from marginline.feeds.binance.account import BinanceAccount
from marginline.feeds.binance.calls import MANNERS as BINANCE
from marginline.feeds.binance.market import BinanceMarket
from marginline.feeds.booking import Known, nothing
from marginline.feeds.bybit.account import BybitAccount
from marginline.feeds.bybit.calls import MANNERS as BYBIT
from marginline.feeds.bybit.market import BybitMarket
from marginline.feeds.event_queue import EventQueue
from marginline.feeds.events import Life, Stream, StreamState
from marginline.feeds.marks import MarketDialect, MarketStream
from marginline.feeds.messages import AccountDialect
from marginline.feeds.plans.polled import PolledFeed
from marginline.feeds.plans.venues import VENUES
from marginline.feeds.prices.feed import PriceFeed
from marginline.feeds.telling import Desk, Raw, Vital
from marginline.feeds.timing import Backoff, Cadence, SystemTimer, Timer, beside, cancelled
from marginline.feeds.wire.connection import Connection, Redactor
from marginline.feeds.wire.door import Door, Manners


@dataclass(frozen=True, slots=True)
class Speech:
    """What is known of one venue: its manners, its public side, its private side."""

    manners: Manners
    market: Callable[[Door], MarketDialect]
    account: Callable[[Connection, Door, Vital, Any], AccountDialect]  # Any: its own market
    listen_key: bool


def _binance(connection: Connection, door: Door, key: Vital, _: object) -> BinanceAccount:
    return BinanceAccount(connection, door, key)


SPEECHES: Mapping[str, Speech] = MappingProxyType(
    {
        "binance_usdm": Speech(BINANCE, BinanceMarket, _binance, listen_key=True),
        "bybit_unified": Speech(BYBIT, BybitMarket, BybitAccount, listen_key=False),
    }
)


def speech(venue: str) -> Speech:
    """How a venue is spoken.

    Raises:
        InputError: no feed is built for it.
    """
    found = SPEECHES.get(venue)
    if found is None:
        there = ", ".join(dict.fromkeys([*SPEECHES, *VENUES]))
        raise InputError([Problem("venue", venue, "no feed is built for it", f"there is: {there}")])
    return found


def _is_polled(venue: str) -> bool:
    return venue in VENUES and venue not in SPEECHES


def door_of(connection: Connection, desk: Desk, cadence: Cadence) -> Door:
    """The way to a connection's venue, at its address; not yet entered.

    Raises:
        InputError: a venue that no feed is built for.
    """
    polled = _is_polled(connection.venue)
    manners = (VENUES[connection.venue] if polled else speech(connection.venue)).manners
    return Door(manners, desk, cadence, rest_url=connection.rest_url, ws_url=connection.ws_url)


class MarketFeed:
    """The public side of a venue: marks, funding, asset rates, its clock. Shared by accounts."""

    def __init__(self, venue: str, door: Door) -> None:
        self.venue, self.door = venue, door
        self.desk, self.cadence = door.desk, door.cadence
        self.dialect = speech(venue).market(door)
        self.stream = MarketStream(self.dialect, door)
        self.ready = asyncio.Event()

    def streams(self) -> tuple[StreamState, ...]:
        """How its streams stand."""
        return self.stream.streams()

    async def run(self) -> None:
        """Tell prices until cancelled."""
        async with self.door:
            self.ready.set()
            try:
                await beside(self.stream.run(), self.door.tend())
            finally:
                self.ready.clear()


class AccountFeed:
    """One connection: its account as events, until cancelled or refused for good.

    Without a `market` to share it brings its own. `raw` gets every message of its streams, and
    every answer, before it is read; `known` says what of the ledger was kept by runs before.
    """

    venue: ClassVar[str] = ""

    def __init__(
        self,
        connection: Connection,
        queue: EventQueue,
        *,
        clock: Timer | None = None,
        cadence: Cadence | None = None,
        market: MarketFeed | None = None,
        raw: Raw | None = None,
        known: Known = nothing,
    ) -> None:
        if self.venue and connection.venue != self.venue:
            problem = Problem("venue", connection.venue, f"is not {self.venue}")
            raise InputError([problem])
        if not (connection.key and connection.secret):
            remedy = "give key and secret of a key that may only read"
            raise InputError([Problem("key", "", "there is none", remedy)])
        spoken = speech(connection.venue)
        self.connection = connection
        self._shared = market is not None
        if market is None:
            shared = Desk(connection.venue, queue, clock or SystemTimer(), Redactor(), raw)
            market = MarketFeed(connection.venue, door_of(connection, shared, cadence or Cadence()))
        self.market, door, cadence = market, market.door, market.cadence
        redact = door.desk.redact
        for secret in (connection.key, connection.secret, connection.passphrase):
            redact.hide(secret)
        desk = Desk(connection.venue, queue, door.timer, redact, raw)
        key = Vital(desk, Stream.LISTEN_KEY, connection.account, cadence.listen_key)
        self.stream = AccountStream(
            connection.account, spoken.account(connection, door, key, self.market.dialect), desk,
            cadence,
            accept_trading=connection.accept_trading, key=key if spoken.listen_key else None,
            known=known,
        )  # fmt: skip
        self.market.stream.on_tiers.append(self.stream.tiers_changed)

    def closed(self, reason: str) -> None:
        """Say why nothing more will come; to be ended at once."""
        self.stream.closed(reason)

    def streams(self) -> tuple[StreamState, ...]:
        """How its streams stand, those of the market among them where it is its own."""
        own = self.stream.streams()
        return own if self._shared else (*self.market.streams(), *own)

    async def run(self) -> None:
        """Watch until cancelled; returns when refused for good."""
        if self._shared:
            await self.market.ready.wait()
            await self.stream.run()
            return
        async with asyncio.TaskGroup() as group:
            public = group.create_task(self.market.run())
            await self.market.ready.wait()
            await self.stream.run()
            public.cancel()


class BinanceFeed(AccountFeed):
    """An account of Binance USDS-M futures."""

    venue = "binance_usdm"


class BybitFeed(AccountFeed):
    """A unified account of Bybit."""

    venue = "bybit_unified"


class Feeds:
    """Several connections; those of one venue and address share its public side.

    More may be opened, and any be closed, before it runs and while it does.
    """

    def __init__(
        self,
        queue: EventQueue,
        *,
        clock: Timer | None = None,
        cadence: Cadence | None = None,
        raw: Raw | None = None,
        known: Known = nothing,
    ) -> None:
        self._queue, self._raw, self._known = queue, raw, known
        self._clock, self._cadence = clock or SystemTimer(), cadence
        self._shared: dict[tuple[str, str | None, str | None], MarketFeed | PriceFeed] = {}
        self._own: dict[str, AccountFeed | PolledFeed] = {}
        self._over: set[AccountFeed | PolledFeed] = set()
        self._group: asyncio.TaskGroup | None = None
        self._tasks: dict[_Feed, asyncio.Task[None]] = {}

    @property
    def markets(self) -> tuple[MarketFeed, ...]:
        """The public sides that are shared by accounts that stream."""
        return tuple(each for each in self._shared.values() if isinstance(each, MarketFeed))

    @property
    def prices(self) -> tuple[PriceFeed, ...]:
        """The prices that are shared by accounts that are polled."""
        return tuple(each for each in self._shared.values() if isinstance(each, PriceFeed))

    @property
    def accounts(self) -> tuple[AccountFeed, ...]:
        """The accounts that stream."""
        return tuple(each for each in self._own.values() if isinstance(each, AccountFeed))

    def streams(self) -> tuple[StreamState, ...]:
        """How all streams stand."""
        return tuple(state for feed in self._feeds() for state in feed.streams())

    def _feeds(self) -> tuple[_Feed, ...]:
        return (*self._shared.values(), *self._own.values())

    def open(self, connection: Connection) -> None:
        """Watch one more account, at once where the others are watched.

        Raises:
            InputError: a venue that no feed is built for, a key that is missing, a name given
                twice.
        """
        name = connection.account
        if name in self._own:
            remedy = "give every connection a name of its own"
            raise InputError([Problem("account", name, "is given twice", remedy)])
        given: dict[str, Any] = {  # Any: arguments that every feed takes
            "clock": self._clock, "cadence": self._cadence, "raw": self._raw, "known": self._known,
        }  # fmt: skip
        place = (connection.venue, connection.rest_url, connection.ws_url)
        market = self._shared.get(place) or self._market(connection)
        own: AccountFeed | PolledFeed
        if isinstance(market, PriceFeed):
            own = PolledFeed(connection, self._queue, prices=market, **given)
        else:
            own = AccountFeed(connection, self._queue, market=market, **given)
        self._shared[place], self._own[name] = market, own
        self._begin(market)
        self._begin(own)

    def _market(self, connection: Connection) -> MarketFeed | PriceFeed:
        """The public side of a connection's venue at its address."""
        desk = Desk(connection.venue, self._queue, self._clock, Redactor(), self._raw)
        door = door_of(connection, desk, self._cadence or Cadence())
        made = PriceFeed if _is_polled(connection.venue) else MarketFeed
        return made(connection.venue, door)

    def _begin(self, feed: _Feed) -> None:
        if self._group is not None and feed not in self._tasks:
            self._tasks[feed] = self._group.create_task(self._carry(feed))

    async def _carry(self, feed: _Feed) -> None:
        await _again_and_again(feed)
        if isinstance(feed, PolledFeed):  # refused for good: what it held is wanted no more
            self._over.add(feed)
            feed.market.forget(feed.connection.account)
            await self._leave(feed.market)
            self._say_again(feed.connection.venue)

    async def close(self, account: str, reason: str) -> None:
        """Watch an account no longer; its streams say why. One that is not watched stays so."""
        own = self._own.pop(account, None)
        if own is None:
            return
        own.closed(reason)  # before the end itself is told: whoever hears of it hears why
        await self._end(own)
        if isinstance(own, AccountFeed):
            own.market.stream.on_tiers.remove(own.stream.tiers_changed)
        else:
            own.market.forget(account)
            self._over.discard(own)
        await self._leave(own.market)
        self._say_again(own.connection.venue)

    async def _leave(self, market: MarketFeed | PriceFeed) -> None:
        """End a public side of which nobody wants anything any more."""
        if any(each.market is market for each in self._own.values() if each not in self._over):
            return
        self._shared = {at: each for at, each in self._shared.items() if each is not market}
        await self._end(market)

    def _say_again(self, venue: str) -> None:
        """How a venue's own streams stand: the last word of them may be that of one that ended."""
        for feed in self._feeds():
            for state in feed.streams():
                if state.venue == venue and state.account is None and state.state in _AT_WORK:
                    self._queue.put(state)

    async def _end(self, feed: _Feed) -> None:
        task = self._tasks.pop(feed, None)
        if task is not None:
            await cancelled(task)

    async def run(self) -> None:
        """Until cancelled. A feed that ends or is refused does not end the others."""
        try:
            async with asyncio.TaskGroup() as self._group:
                for feed in self._feeds():
                    self._begin(feed)
                await asyncio.Event().wait()
        finally:
            self._group = None
            self._tasks.clear()


_AT_WORK = {Life.CONNECTING, Life.LIVE, Life.HEALED}
_Feed = MarketFeed | PriceFeed | AccountFeed | PolledFeed


async def _again_and_again(feed: _Feed) -> None:
    """Run a feed; an error that nobody foresaw is told, and ends that feed alone, for a moment."""
    told = feed.market if isinstance(feed, AccountFeed) else feed
    backoff = Backoff(told.cadence.backoff, told.cadence.backoff_most)
    while True:
        try:
            await feed.run()
        except Exception as wrong:  # noqa: BLE001 - the other accounts are watched on
            account = None if isinstance(feed, MarketFeed | PriceFeed) else feed.connection.account
            found = wrong.exceptions[0] if isinstance(wrong, ExceptionGroup) else wrong
            reason = f"the feed failed: {type(found).__name__}: {found}"
            told.desk.refuse(account, "feed", "", reason, "report this")
            await told.desk.timer.sleep(backoff.next())
        else:
            return


def open_feeds(
    connections: Iterable[Connection],
    queue: EventQueue,
    *,
    clock: Timer | None = None,
    cadence: Cadence | None = None,
    raw: Raw | None = None,
    known: Known = nothing,
) -> Feeds:
    """Feeds of these connections, not yet running.

    `raw` gets every message before it is read; `known` says what of an account's ledger was kept by
    runs before, so that the time between is no gap.

    Raises:
        InputError: a venue that no feed is built for, a key that is missing, a name given twice.
    """
    feeds = Feeds(queue, clock=clock, cadence=cadence, raw=raw, known=known)
    for each in connections:
        feeds.open(each)
    return feeds
