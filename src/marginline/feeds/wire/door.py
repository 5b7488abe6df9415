"""The way to one venue that all its accounts share: session, allowance, clock, public answers."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Self

import aiohttp

from marginline.feeds.events import Clock, Limits
from marginline.feeds.telling import Asked, Desk
from marginline.feeds.timing import Backoff, Cadence, VenueClock
from marginline.feeds.wire.allowance import Allowance
from marginline.feeds.wire.connection import Connection
from marginline.feeds.wire.lines import Line
from marginline.feeds.wire.rest import Answer, CallFailed, Endpoint, Failure, Judge, Rest

_REQUESTS_AT_ONCE = 32
ANSWER, FAILED = "answer", "failed"
"""What a recording calls an answer, and a request that got none; the endpoint follows."""


def place_of(endpoint: Endpoint) -> str:
    """An endpoint as a recording names it."""
    return f"{endpoint.group}/{endpoint.path}"


def texts_of(params: Mapping[str, object]) -> dict[str, str]:
    """Parameters as a recording holds them; those that are None were not sent."""
    return {name: str(value) for name, value in params.items() if value is not None}


@dataclass(frozen=True, slots=True, kw_only=True)
class Manners:
    """How one venue is spoken to by REST.

    `name` is ccxt's; `socket` the address of its sockets; `weight`, `window_ms` what it allows
    until it says otherwise; `time` the endpoint that tells its clock and `time_of` its reading (ms,
    None where the answer tells none); `heard` what its answer headers say of the allowance.
    """

    name: str
    socket: str
    weight: int
    window_ms: int
    time: Endpoint
    time_of: Callable[[Answer], int | None]
    judge: Judge
    heard: Callable[[Allowance, Mapping[str, str]], None]


class Door:
    """One venue at one address. Use it as a context; `tend` it for as long as it is used."""

    def __init__(
        self,
        manners: Manners,
        desk: Desk,
        cadence: Cadence,
        *,
        rest_url: str | None = None,
        ws_url: str | None = None,
    ) -> None:
        self._manners = manners
        self.desk = desk
        self.timer = desk.timer
        self.cadence = cadence
        self.clock = VenueClock(cadence.speed)
        self.allowance = Allowance(self.timer, manners.weight, manners.window_ms, self._limits)
        self._rest_url = rest_url
        self._own_socket = ws_url is not None
        self._socket = (ws_url or manners.socket).rstrip("/")
        self._session: aiohttp.ClientSession | None = None
        self._sockets: aiohttp.ClientSession | None = None
        self._rest: Rest | None = None
        self._corrected = cadence.speed == 1  # a sped-up world judges by the real clock
        self._lock = asyncio.Lock()
        self._kept: dict[tuple[Endpoint, tuple[tuple[str, object], ...]], Answer] = {}
        self._kept_locks: dict[object, asyncio.Lock] = {}

    async def __aenter__(self) -> Self:
        session = self._session = _session(_REQUESTS_AT_ONCE)
        self._sockets = _session(0)  # a socket is kept: among the requests it would block them
        self._rest = Rest(
            self._manners.name, session, self.timer,
            redact=self.desk.redact, allowance=self.allowance, judge=self._manners.judge,
            heard=lambda headers: self._manners.heard(self.allowance, headers),
            timestamp=self.timestamp, address=self._rest_url, timeout_ms=self.cadence.answer,
        )  # fmt: skip
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        session, sockets = self._session, self._sockets
        self._session = self._sockets = None
        try:
            if session is not None:
                await session.close()
        finally:  # whoever cancels the first closing leaves none open
            if sockets is not None:
                await sockets.close()

    @property
    def streams(self) -> bool:
        """Whether its sockets are known: beside an address of one's own only by `ws_url`."""
        return self._rest_url is None or self._own_socket

    # -- calls -----------------------------------------------------------------------------

    async def call(
        self, endpoint: Endpoint, connection: Connection | None = None, **params: object
    ) -> Answer:
        """An answer; a timestamp that was refused is mended once, by measuring the clock anew.

        Raises:
            CallFailed: there is none that may be used.
        """
        assert self._rest is not None, "enter the door first"
        if endpoint.signed and not self.clock.known:
            await self.measure(again=False)
        try:
            return await self._answer(endpoint, connection, params)
        except CallFailed as failed:
            if failed.failure is not Failure.CLOCK:
                raise
        await self.measure()
        try:
            return await self._answer(endpoint, connection, params)
        except CallFailed as failed:
            if failed.failure is not Failure.CLOCK:
                raise
            # A venue whose shown clock is not the one it judges by: a simulated, sped-up one.
            self._corrected = not self._corrected
        return await self._answer(endpoint, connection, params)

    async def _answer(
        self, endpoint: Endpoint, connection: Connection | None, params: Mapping[str, object]
    ) -> Answer:
        assert self._rest is not None, "enter the door first"
        account = self.desk.owner if connection is None else connection.account
        asked, where = Asked(self.timer.now(), texts_of(params)), place_of(endpoint)
        try:
            answer = await self._rest.call(endpoint, connection, **params)
        except CallFailed as failed:
            now = self.timer.now()
            self.desk.keep(f"{FAILED} {where}", account, now, failed.kept(), asked)
            raise
        self.desk.keep(f"{ANSWER} {where}", account, answer.ended, answer.text, asked)
        return answer

    async def shared(
        self,
        endpoint: Endpoint,
        max_age_ms: int,
        check: Callable[[Answer], object],
        **params: object,
    ) -> Answer:
        """A public answer, the same for all who ask within its age; only checked ones are kept.

        Raises:
            CallFailed: there is none that may be used.
        """
        key = (endpoint, tuple(sorted(params.items())))
        async with self._kept_locks.setdefault(key, asyncio.Lock()):
            kept = self._kept.get(key)
            if kept is None or self.timer.now() - kept.began > max_age_ms:
                kept = await self._common(endpoint, max_age_ms, params)
                check(kept)
                self._kept[key] = kept
        return kept

    async def _common(
        self,
        endpoint: Endpoint,
        max_age_ms: int,  # noqa: ARG002 - of now, it is young enough
        params: Mapping[str, object],
    ) -> Answer:
        """A public answer that `shared` may keep, once it is checked. Raises CallFailed."""
        return await self.call(endpoint, None, **params)

    async def line(self, path: str, host: str = "") -> Line:
        """An open socket at a path of the venue, at another `host` of it where one is given.

        An address of one's own goes before both.

        Raises:
            LineClosed: it cannot be opened.
        """
        assert self._sockets is not None, "enter the door first"
        return await Line.open(
            self._sockets, (self._socket if self._own_socket or not host else host) + path,
            self.desk.redact,
            heartbeat_ms=self.cadence.heartbeat, timeout_ms=self.cadence.answer,
        )  # fmt: skip

    # -- the clock -------------------------------------------------------------------------

    def venue_now(self) -> int:
        """The venue's clock, now, as measured."""
        return self.clock.now(self.timer.now())

    def surely_before(self) -> int:
        """A moment of the venue's clock that is over for certain.

        What the answer to a request of now tells is at least as new.
        """
        unsure = self.clock.round_trip + self.cadence.unsure
        return self.venue_now() - int(unsure * self.cadence.speed)

    def seal(self, connection: Connection, text: str) -> str:
        """The signature of a text with the connection's secret, as logins take it."""
        assert self._rest is not None, "enter the door first"
        return self._rest.seal(connection, text)

    async def before(self) -> int:
        """`surely_before`, of now; the clock of a world that is not steady is looked at first."""
        if self.cadence.speed != 1:
            await self.measure()
        return self.surely_before()

    def timestamp(self) -> int:
        """What signed requests are dated by."""
        return self.venue_now() if self._corrected else self.timer.now()

    async def measure(self, *, again: bool = True) -> None:
        """Ask the venue for its time; not `again` where it is known.

        Raises:
            CallFailed: it does not say.
        """
        assert self._rest is not None, "enter the door first"
        async with self._lock:
            if self.clock.known and not again:
                return
            answer = await self._rest.call(self._manners.time)
            told = self._manners.time_of(answer)
            if told is None:
                raise answer.malformed("tells no time")
            self.clock.heard(answer.began, told, answer.ended)
        self.desk.tell(Clock, at=told, offset_ms=self.clock.offset,
                       round_trip_ms=self.clock.round_trip)  # fmt: skip

    async def tend(self) -> None:
        """Measure the clock every minute, until cancelled."""
        backoff = Backoff(self.cadence.backoff, self.cadence.backoff_most)
        while True:
            try:
                await self.measure()
            except CallFailed as failed:
                self.desk.refuse(None, f"clock: {failed.path}", failed.status or "", failed.message)
                await self.timer.sleep(backoff.next(failed.wait_ms))
            else:
                backoff.reset()
                await self.timer.sleep(self.cadence.clock)

    def _limits(self, used: int, of: int, until: int | None) -> None:
        self.desk.tell(Limits, used=used, of=of, until=until)


def _session(limit: int) -> aiohttp.ClientSession:
    return aiohttp.ClientSession(
        headers={"User-Agent": "marginline"},
        cookie_jar=aiohttp.DummyCookieJar(),
        connector=aiohttp.TCPConnector(limit=limit),
    )
