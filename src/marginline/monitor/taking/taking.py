"""Taking events in: what each changes, and which accounts it touches."""

from __future__ import annotations

from dataclasses import replace
from functools import singledispatchmethod

from msgspec.structs import replace as renewed

from marginline.core.account import market as core_market
from marginline.core.account.account import Account
from marginline.core.account.moments import from_milliseconds
from marginline.errors import InputError
from marginline.feeds import events
from marginline.monitor.alerts.noticing import noted, position_of, ranks, terms_changed
from marginline.monitor.alerts.parts import Parts, text
from marginline.monitor.judging.ages import DEAF, UNREAD
from marginline.monitor.judging.hourly import NONE, HourlyMarks
from marginline.monitor.judging.judgement import compared
from marginline.monitor.judging.market import assets_of, sharing, symbols_of, with_funding
from marginline.monitor.judging.volatility import KEPT
from marginline.monitor.judging.volatility import noted as noted_hour
from marginline.monitor.settings import Watching
from marginline.monitor.state import (
    ClockView,
    LimitView,
    Price,
    Rate,
    RefusedView,
    State,
    StreamKey,
    StreamView,
    VenueMarket,
    Watched,
)
from marginline.monitor.taking import commands
from marginline.venues.assessing import assess

REFUSALS = 100
"""Refusals kept, the newest."""
QUEUE_CALM_MS = 60_000
"""So long after it was full the queue counts as full: a busy minute is one alarm."""
FORCED = ("liquidation", "autoclose", "adl", "bust", "insurance", "takeover")
"""What a venue's words for a forced close contain."""


class Taking:
    """The state as a batch changes it; `touched` names accounts to be judged and why."""

    def __init__(self, state: State, now: int) -> None:
        self._before, self._now = state, now
        self.accounts = dict(state.accounts)
        self.markets = dict(state.markets)
        self.streams = dict(state.streams)
        self.bands = dict(state.bands)
        self.clocks = dict(state.clocks)
        self.limits = dict(state.limits)
        self.refusals = list(state.refusals)
        self.settings = state.settings
        self.full_at = state.queue_full_at
        self.queue_full = state.queue_full and now - self.full_at < QUEUE_CALM_MS
        self.touched: dict[str, str] = {}
        self.streams_changed: list[StreamView] = []
        self._own: set[str] = set()
        self._symbols: dict[str, set[str]] = {}
        self._assets: dict[str, set[str]] = {}
        self._held: dict[str, frozenset[str]] = {}
        self._seen: dict[StreamKey, int] = {}

    def state(self) -> State:
        """The state after the batch, before anything is judged."""
        self._touch_holders()
        for key, seen in self._seen.items():
            view = self.streams.get(key)
            if view is not None and (view.seen is None or view.seen < seen):
                self.streams[key] = replace(view, seen=seen)
        return replace(
            self._before,
            settings=self.settings,
            accounts=self.accounts,
            markets=self.markets,
            streams=self.streams,
            bands=self.bands,
            clocks=self.clocks,
            limits=self.limits,
            refusals=tuple(self.refusals[-REFUSALS:]),
            queue_full=self.queue_full,
            queue_full_at=self.full_at,
        )

    def _touch_holders(self) -> None:
        """A price touches who holds its instrument, a rate who holds the asset."""
        if not self._symbols and not self._assets:
            return
        for name, watched in self.accounts.items():
            venue = watched.watching.venue
            symbols, assets = self._symbols.get(venue), self._assets.get(venue)
            held = symbols is not None and not watched.symbols.isdisjoint(symbols)
            if held or (assets is not None and not watched.assets.isdisjoint(assets)):
                self.touched.setdefault(name, "mark" if held else "rate")

    def _market(self, venue: str) -> VenueMarket:
        """The venue's market, this batch's own copy."""
        if venue not in self._own:
            self._own.add(venue)
            old = self.markets.get(venue, VenueMarket())
            copied = VenueMarket(
                dict(old.prices), dict(old.rates), dict(old.funding), dict(old.hourly)
            )
            self.markets[venue] = copied
        return self.markets[venue]

    def _account(self, name: str, venue: str) -> Watched:
        found = self.accounts.get(name)
        if found is None:
            found = Watched(Watching(name=name, venue=venue, source="feed"), since=self._now)
        return found

    def _put(self, name: str, watched: Watched, cause: str) -> None:
        self.accounts[name] = watched
        self.touched[name] = cause

    # -- events -----------------------------------------------------------------------------

    @singledispatchmethod
    def take(self, event: events.Event) -> None:
        """Take one event in. What cannot be of use is counted nowhere and changes nothing."""

    @take.register
    def _(self, event: events.MarkPrice) -> None:
        market = self._market(event.venue)
        old = market.prices.get(event.instrument)
        if old is not None and _older(event.at, old.at):
            return
        index = event.index if event.index is not None else None if old is None else old.index
        price = Price(event.mark, index, event.at, event.received)
        self._seen[_key(event.venue, None, events.Stream.MARKS.value)] = event.received
        market.prices[event.instrument] = price  # type: ignore[index]
        self._symbols.setdefault(event.venue, set()).add(event.instrument)
        before = market.hourly.get(event.instrument, NONE)
        if event.at is not None and self._is_held(event.venue, event.instrument):
            market.hourly[event.instrument] = noted_hour(before, event.at, event.mark)  # type: ignore[index]

    def _is_held(self, venue: str, symbol: str) -> bool:
        """Whether any account of the venue holds it: only then its volatility is of use."""
        if venue not in self._held:
            own = (w.symbols for w in self.accounts.values() if w.watching.venue == venue)
            self._held[venue] = frozenset[str]().union(*own)
        return symbol in self._held[venue]

    @take.register
    def _(self, event: events.AssetRate) -> None:
        market = self._market(event.venue)
        old = market.rates.get(event.asset)
        if old is not None and _older(event.at, old.at):
            return
        if event.bid is not None and event.ask is not None and event.bid > event.ask:
            self._refuse(event, f"the bid is above the ask {event.ask}", str(event.bid))
            return
        rate = Rate(event.rate, event.bid, event.ask, event.at, event.received)
        self._seen[_key(event.venue, None, events.Stream.ASSET_RATES.value)] = event.received
        market.rates[event.asset] = rate  # type: ignore[index]
        self._assets.setdefault(event.venue, set()).add(event.asset)

    @take.register
    def _(self, event: events.Funding) -> None:
        next_at = None if event.next_at is None else from_milliseconds(event.next_at)
        funding = core_market.Funding(
            rate=event.rate, next_at=next_at, interval_hours=event.interval_hours
        )
        self._market(event.venue).funding[event.instrument] = funding  # type: ignore[index]

    @take.register
    def _(self, event: events.AccountSnapshot) -> None:
        watched = self._told(event.account, event.venue, event.state, event.received)
        if event.state.reported is not None:
            watched = _compared(watched, event.state)
        self._put(event.account, watched, "snapshot")

    @take.register
    def _(self, event: events.AccountChanged) -> None:
        watched = self._told(event.account, event.venue, event.state, event.received)
        words = event.raw_kind.lower()
        if any(word in words for word in FORCED):
            at = events.held_at(event, event.received)
            watched = renewed(watched, liquidated_at=at)
            watched = noted(watched, "liquidated", self._now, (text(event.raw_kind),))
        self._put(event.account, watched, str(event.cause))

    def _told(self, name: str, venue: str, state: Account, received: int) -> Watched:
        watched = self._account(name, venue)
        self._held.pop(venue, None)
        state = with_funding(state, self.markets.get(venue))
        self._seen[_key(venue, name, events.Stream.ACCOUNT.value)] = received
        if watched.watching.venue != venue:  # a file is of no venue until it has been read
            watched = renewed(watched, watching=replace(watched.watching, venue=venue))
        state = sharing(state, watched.told)
        if watched.told is not None:
            changed = terms_changed(watched.told, state)
            if changed is not None:
                watched = noted(watched, "tiers", self._now, changed)
        return renewed(
            watched,
            told=state,
            adl=ranks(state),
            symbols=symbols_of(state),
            assets=assets_of(state),
            told_received=received,
            told_events=watched.told_events + 1,
            unread="",
        )

    @take.register
    def _(self, event: events.LedgerEvent) -> None:
        words = event.kind.lower()
        if any(word in words for word in FORCED):
            what = text(event.text or event.kind)
            self._forced(event.account, event.venue, event, "liquidated", (what,))

    @take.register
    def _(self, event: events.VanishedPosition) -> None:
        watched = self._account(event.account, event.venue)
        lost = position_of(watched.told, event.key)
        self._forced(event.account, event.venue, event, "vanished", lost)

    def _forced(self, name: str, venue: str, event: events.Told, slot: str, what: Parts) -> None:
        at = events.held_at(event, event.received)
        watched = renewed(self._account(name, venue), liquidated_at=at)
        self._put(name, noted(watched, slot, self._now, what), "liquidation")

    @take.register
    def _(self, event: events.StreamState) -> None:
        key = _key(event.venue, event.account, event.stream.value)
        old = self.streams.get(key)
        seen = None if event.age_ms is None else event.received - event.age_ms
        if seen is None and old is not None:
            seen = old.seen
        view = StreamView(
            venue=event.venue,
            account=event.account,
            name=event.stream.value,
            life=event.state.value,
            since=event.since,
            reason=event.reason,
            retries=event.retry,
            seen=seen,
            limit_ms=event.limit_ms or 0,
            gaps=0 if old is None else old.gaps,
        )
        self.streams[key] = view
        if event.stream is events.Stream.FILE and event.venue != UNREAD:
            self.streams.pop(_key(UNREAD, event.account, event.stream.value), None)
        another = old is None or old.life != view.life
        if another:
            self.streams_changed.append(view)
        if another or (view.life in DEAF and old is not None and old.reason != view.reason):
            self._touch_streams(event.venue, event.account)

    def _touch_streams(self, venue: str, account: str | None) -> None:
        """A stream that begins or ceases to live touches whom it feeds."""
        for name, watched in self.accounts.items():
            if name == account or (account is None and watched.watching.venue == venue):
                self.touched.setdefault(name, "stream")

    @take.register
    def _(self, event: events.Gap) -> None:
        key = _key(event.venue, event.account, event.stream.value)
        old = self.streams.get(key)
        if old is None or event.healed_at is not None:
            return
        self.streams[key] = replace(old, gaps=old.gaps + 1)

    @take.register
    def _(self, event: events.Refused) -> None:
        view = RefusedView(
            event.venue,
            event.account,
            event.field,
            event.value,
            event.reason,
            event.remedy,
            event.received,
        )
        self.refusals.append(view)

    @take.register
    def _(self, event: events.Clock) -> None:
        self.clocks[event.venue] = ClockView(event.offset_ms, event.round_trip_ms, event.received)

    @take.register
    def _(self, event: events.Limits) -> None:
        self.limits[event.venue] = LimitView(event.used, event.of, event.until, event.received)

    def _refuse(self, event: events.AssetRate, reason: str, value: str) -> None:
        """What cannot be true is not taken in; what was known is kept and ages."""
        field = f"rate of {event.asset}"
        view = RefusedView(event.venue, None, field, value, reason, "", event.received)
        self.refusals.append(view)

    # -- commands ---------------------------------------------------------------------------

    @singledispatchmethod
    def obey(self, command: commands.Command) -> None:
        """Do what was asked; what concerns alerts is done after judging."""

    @obey.register
    def _(self, command: commands.SetBands) -> None:
        if command.account is None:
            self.settings = replace(self.settings, bands=command.bands)
        else:
            self.bands[command.account] = command.bands
        for name in self.accounts:
            if command.account in (None, name):
                self.touched.setdefault(name, "bands")

    @obey.register
    def _(self, command: commands.Watch) -> None:
        watching = command.watching
        self._put(watching.name, Watched(watching, since=self._now), "watch")

    @obey.register
    def _(self, command: commands.Forget) -> None:
        self.accounts.pop(command.account, None)
        self.touched.pop(command.account, None)

    @obey.register
    def _(self, command: commands.RecallMarks) -> None:
        market = self._market(command.venue)
        for symbol, old in command.hourly.items():
            own = market.hourly.get(symbol, NONE)
            before = [each for each in old if not own or each[0] < own[0][0]]
            market.hourly[symbol] = HourlyMarks([*before, *own][-KEPT:])  # type: ignore[index]

    @obey.register
    def _(self, command: commands.QueueState) -> None:
        self.queue_full = command.full
        if command.full:
            self.full_at = self._now


def _key(venue: str, account: str | None, name: str) -> StreamKey:
    return venue, account or "", name


def _older(new: int | None, old: int | None) -> bool:
    return new is not None and old is not None and new < old


def _compared(watched: Watched, state: Account) -> Watched:
    """The account with what the venue's own figures differ by, at the snapshot's own moment."""
    try:
        assessment = assess(state)
    except InputError:
        return watched
    return renewed(watched, gone=compared(assessment, state.reported, watched.gone))
