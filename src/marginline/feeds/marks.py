"""The public prices of one venue, shared by all its accounts: one socket, its age, its gaps."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import NamedTuple, Protocol

from marginline.core.document._scalars import is_number_text
from marginline.feeds.events import (
    AssetRate,
    Funding,
    Gap,
    Life,
    MarkPrice,
    Stream,
    StreamState,
)
from marginline.feeds.messages import Unreadable
from marginline.feeds.telling import Vital, Vitals
from marginline.feeds.timing import beside, late_after
from marginline.feeds.wire.door import Door
from marginline.feeds.wire.keeper import Keeper
from marginline.feeds.wire.lines import Line

_AHEAD_MS = 10_000


class Quote(NamedTuple):
    """Prices of one instrument at one moment of the venue's clock; the mark is greater than 0."""

    instrument: str
    at: int
    mark: Decimal
    index_price: Decimal | None = None
    rate: Decimal | None = None
    next_at: int | None = None
    interval_hours: Decimal | None = None


class Rate(NamedTuple):
    """An asset's rates in USD at one moment."""

    asset: str
    at: int
    index_price: Decimal | None = None
    bid: Decimal | None = None
    ask: Decimal | None = None


class NewTiers(NamedTuple):
    """The tiers of an instrument have changed."""

    instrument: str


class Faulty(NamedTuple):
    """Part of a message that cannot be true; the rest of it may be."""

    field: str
    value: object
    reason: str


Said = Quote | Rate | NewTiers | Faulty


class MarketDialect(Protocol):
    """How one venue's public side is spoken."""

    rates: bool
    """Whether it streams asset rates."""

    @property
    def watches(self) -> bool:
        """Whether anything is subscribed to: of nothing, nothing comes."""

    async def open(self) -> Line:
        """A socket, subscribed and acknowledged; what was merged before is forgotten."""

    async def tend(self, line: Line) -> None:
        """Keep the line alive for as long as it is."""

    def said(self, text: str) -> Sequence[Said]:
        """What a frame says. Raises `Unreadable` where it says nothing that can be read."""


def price(value: object, *, least: Decimal | None = Decimal(0)) -> Decimal | None:
    """An exact number from text, above `least`; None where there is none.

    Raises:
        ValueError: it is no such number.
    """
    if value is None or value == "":
        return None
    if not isinstance(value, str) or len(value) > 64:
        raise ValueError("is no text of a number")
    number = Decimal(value) if is_number_text(value) else Decimal("nan")
    if not number.is_finite():
        raise ValueError("is no number")
    if least is not None and number <= least:
        raise ValueError(f"is not above {least}")
    return number


class MarketStream:
    """Prices as events, until cancelled."""

    def __init__(
        self,
        dialect: MarketDialect,
        door: Door,
        *,
        stream: Stream = Stream.MARKS,
        limit_ms: int | None = None,
    ) -> None:
        self._dialect = dialect
        self._door = door
        self._desk = door.desk
        self._timer = door.timer
        cadence = door.cadence
        self.marks = Vital(self._desk, stream, None, limit_ms or cadence.marks)
        self.rates = Vital(self._desk, Stream.ASSET_RATES, None, cadence.asset_rates)
        self._vitals = Vitals((self.marks, *((self.rates,) if dialect.rates else ())))
        self._keeper = Keeper(self, self._timer, cadence)
        self._latest: dict[tuple[type, str], int] = {}
        self._funding: dict[str, tuple[Decimal, int | None, Decimal | None]] = {}
        self._heard_at: int | None = None
        self._rated = False
        self._opened_at: int | None = None
        self._gap: tuple[int, int, str] | None = None
        self.on_tiers: list[Callable[[str], None]] = []
        self.on_quote: list[Callable[[Quote, int], None]] = []

    def streams(self) -> tuple[StreamState, ...]:
        """How the public streams stand."""
        return self._vitals.states()

    async def run(self) -> None:
        """Tell prices until cancelled."""
        if self.marks.state is Life.CLOSED:
            self.lost("the feed had ended")
        try:
            await beside(self._keeper.run(), self._watch())
        finally:
            self._vitals.turn(Life.CLOSED, "the feed ended")

    # -- the line --------------------------------------------------------------------------

    async def open(self) -> Line:
        """A line, subscribed."""
        return await self._dialect.open()

    async def tend(self, line: Line) -> None:
        """Keep it alive for as long as it is."""
        await self._dialect.tend(line)

    def opened(self) -> None:
        """Data may come; what counts as late is judged anew, in case a clock was set."""
        self._latest.clear()
        self._rated = False
        self._opened_at = self._timer.now()

    def lost(self, reason: str) -> None:
        """The line is gone. Prices since then are missing, and the last ones age."""
        now = self._timer.now()
        for vital in self._vitals:
            vital.retry += 1
            if vital.state is not Life.SILENT:
                vital.turn(Life.CONNECTING, reason)
        if self._heard_at is not None and self._gap is None:
            self._gap = (self._heard_at, now, self._desk.redact.shown(reason, 300))
            self._tell_gap(None)

    def _tell_gap(self, healed_at: int | None) -> None:
        assert self._gap is not None
        start, end, reason = self._gap
        self._desk.tell(Gap, stream=self.marks.stream, account=None, start=start, end=end,
                        healed_at=healed_at, reason=reason)  # fmt: skip

    async def read(self, line: Line) -> None:
        """Take every frame, whatever it says, until the line ends."""
        while True:
            await self._desk.queue.room()
            text = await line.receive()
            received = self._timer.now()
            self._desk.keep(self.marks.stream, None, received, text)
            try:
                said = self._dialect.said(text)
            except Unreadable as wrong:
                self._desk.refuse(None, f"marks: {wrong.field}", wrong.value, wrong.reason)
                continue
            for each in said:
                self._take(each, received)

    async def _watch(self) -> None:
        while True:
            late = await late_after(self._timer, self._door.cadence.look)
            if self.marks.look(late):
                self._keeper.leave(f"marks: {self.marks.reason}")
            elif self._is_mute(late):
                self._keeper.change()  # silence is told once, and a line may be mute from its start
            # Rates that never came on this line would not come on the next one either.
            if len(self._vitals) > 1 and self.rates.look(late) and self._rated:
                self._keeper.leave(f"asset rates: {self.rates.reason}")

    def _is_mute(self, late: int) -> bool:
        """Whether this line, open for long, has told no price at all."""
        if self._opened_at is None or self.marks.trusted or not self._dialect.watches:
            return False
        heard = self._heard_at is not None and self._heard_at >= self._opened_at
        age = self._timer.now() - self._opened_at
        return not heard and age > max(self.marks.limit_ms, self._door.cadence.backoff_most) + late

    # -- what is said ----------------------------------------------------------------------

    def _take(self, said: Said, received: int) -> None:
        if isinstance(said, Faulty):
            self._desk.refuse(None, f"marks: {said.field}", said.value, said.reason)
        elif isinstance(said, NewTiers):
            for callback in self.on_tiers:
                callback(said.instrument)
        elif self._is_of_the_future(said.at):
            self._desk.refuse(None, f"marks: {said[0]}", said.at, "is of the future")
        elif self._newer(type(said), said[0], said.at):
            delay = self._door.clock.delay(said.at, received)
            vital = self.marks if isinstance(said, Quote) else self.rates
            vital.beat(delay)
            if delay > vital.limit_ms:  # told, it would count as new by its arrival
                self._desk.refuse(None, "marks", said[0], "was too old when it came")
            elif isinstance(said, Quote):
                self._quote(said, received, delay)
            else:
                self._rated = True
                self._desk.tell(AssetRate, at=said.at, asset=said.asset, rate=said.index_price,
                                bid=said.bid, ask=said.ask)  # fmt: skip

    def _is_of_the_future(self, at: int) -> bool:
        """Such a moment would keep every true one after it out."""
        clock = self._door.clock
        known = clock.known and clock.speed == 1
        return known and at > self._door.venue_now() + clock.round_trip + _AHEAD_MS

    def _newer(self, kind: type, name: str, at: int) -> bool:
        """Whether it is newer than what is known: late and doubled frames are harmless."""
        last = self._latest.get((kind, name))
        if last is not None and at < last:
            return False
        self._latest[kind, name] = at
        return True

    def _quote(self, quote: Quote, received: int, delay: int) -> None:
        self._heard_at = received
        for callback in self.on_quote:
            callback(quote, delay)
        self._desk.tell(MarkPrice, at=quote.at, instrument=quote.instrument, mark=quote.mark,
                        index=quote.index_price)  # fmt: skip
        if self._gap is not None:
            self._tell_gap(received)
            self._gap = None
        if quote.rate is None:
            return
        funding = (quote.rate, quote.next_at, quote.interval_hours)
        if self._funding.get(quote.instrument) != funding:
            self._funding[quote.instrument] = funding
            self._desk.tell(Funding, at=quote.at, instrument=quote.instrument, rate=quote.rate,
                            next_at=quote.next_at, interval_hours=quote.interval_hours)  # fmt: skip
