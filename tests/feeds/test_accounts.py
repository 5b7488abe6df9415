"""One account through everything that goes wrong on a wire, on a clock that is turned by hand.

A small venue of its own knows the truth; the stream is judged against it at every step: it heals,
no gap is unseen, nothing is told twice, and what is trusted is true within the stream's limit.
"""

from __future__ import annotations

import asyncio
import gc
import json
import random
import warnings
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, cast

import pytest

from marginline.core.account.account import Account, Position, Wallet
from marginline.feeds import (
    AccountChanged,
    AccountSnapshot,
    Cadence,
    Event,
    Gap,
    LedgerEvent,
    Life,
    Refused,
    Stream,
    StreamState,
    VanishedPosition,
)
from marginline.feeds.accounts import AccountStream
from marginline.feeds.binance.account import BinanceAccount
from marginline.feeds.booking import Booked
from marginline.feeds.bybit.account import BybitAccount
from marginline.feeds.logs.paging import KEPT_MS
from marginline.feeds.messages import LedgerRow, Message, Seen, Unreadable
from marginline.feeds.timing import moment_of
from marginline.feeds.wire.lines import Line, LineClosed
from marginline.feeds.wire.rest import CallFailed, Failure
from tests.feeds.clock import HandClock, desk_of, of

CADENCE = Cadence(unsure=0)
ASSETS, SYMBOLS = ("USDT", "BTC"), ("AUSDT", "BUSDT", "CUSDT")


@dataclass
class Faults:
    """Shares of messages that go wrong, of answers that fail, and closed lines a second."""

    lost: float = 0
    doubled: float = 0
    late: float = 0
    garbled: float = 0
    failed: float = 0
    closed: float = 0
    deaf: bool = False


class Venue:
    """The truth, and the way to it."""

    def __init__(self, clock: HandClock, seed: int = 1) -> None:
        self.clock = clock
        self.told_ms = KEPT_MS
        self.random = random.Random(seed)
        self.faults = Faults()
        self.balances = {"USDT": Decimal(1000)}
        self.sizes = {"AUSDT/both": Decimal(1)}
        self.rows: list[LedgerRow] = []
        self.lines: list[FakeLine] = []
        self.held: list[tuple[int, str]] = []
        self.lost = 0
        self.key_rights = ""
        self.refuses = False
        self.snapshots = 0
        self.tiers = 0
        self.lag = 0
        self.ledger_fails = False
        self.past_truths: list[tuple[int, Seen]] = []

    def truth(self) -> Seen:
        return Seen(
            {asset: amount for asset, amount in self.balances.items() if amount},
            {key: size for key, size in self.sizes.items() if size},
        )

    def trade(self, symbol: str, size: Decimal, *, told: bool = True, forced: bool = False) -> None:
        """The position is now of that size; the fill costs a dollar."""
        key = f"{symbol}/both"
        self.sizes[key] = size
        self.balances["USDT"] -= 1
        self._book("TRADE")
        fill: dict[str, object] = {"kind": "fill", "forced" if forced else "filled": [symbol]}
        change: dict[str, object] = {
            "kind": "account", "sizes": {key: str(size)},
            "balances": {"USDT": str(self.balances["USDT"])},
        }  # fmt: skip
        for message in (change, fill) if told else (change,):
            self.push(message)

    def pay(self, asset: str, amount: Decimal) -> None:
        self.balances[asset] = self.balances.get(asset, Decimal(0)) + amount
        self._book("TRANSFER")
        self.push({"kind": "account", "sizes": {}, "balances": {asset: str(self.balances[asset])}})

    def _book(self, kind: str) -> None:
        number = str(len(self.rows))
        self.rows.append(LedgerRow(self.clock.now(), number, kind, "USDT", Decimal(-1), ""))

    def before(self) -> None:
        """Note how it stands until now, for answers that lag."""
        self.past_truths.append((self.clock.now(), self.truth()))

    def push(self, message: dict[str, object]) -> None:
        """Send a message, as far as the wire lets it through."""
        text = json.dumps(message | {"at": self.clock.now(), "n": self.random.random()})
        draw = self.random.random
        if self.faults.deaf or draw() < self.faults.lost:
            self.lost += 1
            return
        if draw() < self.faults.garbled:
            text = text[: len(text) // 2]
        copies = 2 if draw() < self.faults.doubled else 1
        for _ in range(copies):
            late = int(draw() * 1200) if draw() < self.faults.late else 0
            self.held.append((self.clock.now() + late, text))

    def deliver(self) -> None:
        """What is due goes out, and lines close."""
        due = sorted(pair for pair in self.held if pair[0] <= self.clock.now())
        self.held = [pair for pair in self.held if pair[0] > self.clock.now()]
        for _, text in due:
            for line in self.lines:
                line.frames.put_nowait(text)
        if self.random.random() < self.faults.closed / 10:
            self.cut()

    def cut(self) -> None:
        for line in self.lines:
            line.frames.put_nowait(LineClosed("closed with code 1006"))
        self.lines.clear()

    def random_deed(self) -> None:
        draw = self.random
        if draw.random() < 0.7:
            size = Decimal(draw.randint(-3, 3))
            self.trade(draw.choice(SYMBOLS), size)
        else:
            self.pay(draw.choice(ASSETS), Decimal(draw.randint(1, 9)))

    # -- the dialect -----------------------------------------------------------------------

    def past(self) -> int:
        return self.clock.now()

    async def _answer(self) -> None:
        await self.clock.sleep(self.random.randint(5, 200))
        if self.refuses:
            raise CallFailed(Failure.KEY, "account", "no such key", status=401)
        if self.random.random() < self.faults.failed:
            raise CallFailed(Failure.VENUE, "account", "bad gateway", status=502)

    async def rights(self) -> str:
        await self._answer()
        return self.key_rights

    async def open(self) -> Line:
        await self._answer()
        line = FakeLine()
        self.lines.append(line)
        return cast(Line, line)

    async def tend(self, line: Line) -> None:  # noqa: ARG002
        await asyncio.Event().wait()

    async def snapshot(self) -> Account:
        as_of = self.clock.now() - self.lag
        await self._answer()
        seen = self.truth()
        if self.lag:
            old = self.clock.now() - self.lag
            seen = next((truth for at, truth in self.past_truths if at >= old), seen)
        await self._answer()
        self.snapshots += 1
        return account_of(seen, as_of)

    async def probe(self) -> Seen:
        await self._answer()
        return self.truth()

    async def renew_tiers(self) -> None:
        await self._answer()
        self.tiers += 1

    async def ledger(self, since: int) -> Sequence[LedgerRow]:
        await self._answer()
        if self.ledger_fails:
            raise CallFailed(Failure.VENUE, "income", "bad gateway", status=502)
        return [row for row in self.rows if row.at >= since]

    def message(self, text: str) -> Message:
        try:
            value = json.loads(text)
        except ValueError:
            raise Unreadable("frame", text, "is no message") from None
        return Message(
            kind=value["kind"], at=value["at"], text=text, applies=value["kind"] == "account",
            filled=frozenset(value.get("filled", ())), forced=frozenset(value.get("forced", ())),
            booked=True,
        )  # fmt: skip

    def apply(self, account: Account, message: Message) -> Account:
        value = json.loads(message.text)
        seen = Seen.of(account)
        balances = dict(seen.balances) | {a: Decimal(n) for a, n in value["balances"].items()}
        sizes = dict(seen.sizes) | {key: Decimal(n) for key, n in value["sizes"].items()}
        at = max(account.as_of, moment_of(message.at or 0))
        return replace(account_of(Seen(balances, sizes), 0), as_of=at)


class FakeLine:
    """A line whose frames are put by hand."""

    def __init__(self) -> None:
        self.frames: asyncio.Queue[str | LineClosed] = asyncio.Queue()

    async def receive(self) -> str:
        frame = await self.frames.get()
        if isinstance(frame, LineClosed):
            raise frame
        return frame

    async def close(self) -> None:
        return


def account_of(seen: Seen, as_of: int) -> Account:
    return Account(
        venue="binance_usdm", mode="single_asset", as_of=moment_of(as_of), name="one",
        wallets=tuple(Wallet(asset=a, balance=n) for a, n in sorted(seen.balances.items())),
        positions=tuple(
            Position(instrument=key.partition("/")[0], size=size, entry_price=Decimal(1))
            for key, size in sorted(seen.sizes.items()) if size
        ),
        extra={"known": ["orders", "positions", "wallets"]},
    )  # fmt: skip


class Watch:
    """The stream under test, with what it has said."""

    def __init__(self, seed: int = 1, cadence: Cadence = CADENCE, **change: Any) -> None:
        self.clock = HandClock()
        self.venue = Venue(self.clock, seed)
        self.desk, self.queue = desk_of(self.clock)
        self.stream = AccountStream("one", self.venue, self.desk, cadence, **change)
        self.events: list[Event] = []
        self.state: Account | None = None
        self.wrong_since: int | None = None

    async def __aenter__(self) -> Watch:
        self.task = asyncio.create_task(self.stream.run())
        return self

    async def __aexit__(self, *_: object) -> None:
        self.task.cancel()
        await asyncio.gather(self.task, return_exceptions=True)

    async def turn(self, ms: int, *, judged: bool = False) -> None:
        """Let time pass, a tenth of a second after the other."""
        for _ in range(ms // 100):
            self.venue.deliver()
            await self.clock.turn(100)
            for event in self.queue.take():
                self.events.append(event)
                if isinstance(event, (AccountSnapshot, AccountChanged)):
                    self.state = event.state
            if judged:
                self.judge()

    def judge(self) -> None:
        """What is trusted and not true has not been so for longer than the limit."""
        true = self.state is not None and Seen.of(self.state) == self.venue.truth()
        if true or not self.stream.life.trusted:
            self.wrong_since = None
        elif self.wrong_since is None:
            self.wrong_since = self.clock.now()
        else:
            limit = CADENCE.probe + 2 * CADENCE.grace + 2_000
            assert self.clock.now() - self.wrong_since <= limit, "trusted and wrong for too long"

    def lives(self, stream: Stream = Stream.ACCOUNT) -> list[Life]:
        return [e.state for e in of(StreamState, self.events) if e.stream is stream]

    def seen(self) -> Seen:
        assert self.state is not None
        return Seen.of(self.state)


def run(story: Any) -> None:
    asyncio.run(story())


# -- one thing at a time -----------------------------------------------------------------------


def test_the_snapshot_is_taken_after_the_line_is_open_and_then_every_message_is_told() -> None:
    async def story() -> None:
        async with Watch() as watch:
            await watch.turn(2_000)
            assert watch.lives()[-1] is Life.LIVE
            watch.venue.trade("BUSDT", Decimal(2))
            await watch.turn(500)
            assert watch.seen() == watch.venue.truth()
            assert [e.raw_kind for e in of(AccountChanged, watch.events)] == ["account"]

    run(story)


def test_what_happens_while_the_snapshot_is_taken_is_not_lost() -> None:
    async def story() -> None:
        for seed in range(30):
            async with Watch(seed) as watch:
                for _ in range(10):
                    watch.venue.random_deed()
                    await watch.turn(100)
                await watch.turn(1_500)
                assert watch.seen() == watch.venue.truth(), seed
                assert not of(Gap, watch.events)

    run(story)


def test_an_answer_that_lags_a_little_does_not_undo_what_the_stream_told_before_it() -> None:
    """The message came before the snapshot was asked for, and its answer did not know of it yet."""

    async def story() -> None:
        async with Watch() as watch:
            await watch.turn(3_000)
            watch.venue.lag = 500
            watch.venue.before()
            watch.venue.trade("BUSDT", Decimal(9))
            await watch.turn(200)
            assert watch.seen() == watch.venue.truth()
            taken = watch.venue.snapshots
            watch.stream._look_at("a snapshot is due")
            while watch.venue.snapshots == taken:
                await watch.turn(100)
            await watch.turn(100)
            assert watch.seen() == watch.venue.truth()
            assert not of(Gap, watch.events)

    run(story)


def test_an_account_whose_ledger_cannot_be_had_is_watched_and_no_row_is_lost() -> None:
    """It was unknown for as long."""

    async def story() -> None:
        async with Watch() as watch:
            watch.venue.trade("AUSDT", Decimal(2))  # of before: known already
            watch.venue.ledger_fails = True
            await watch.turn(3_000)
            assert watch.lives()[-1] is Life.LIVE
            watch.venue.trade("BUSDT", Decimal(2))
            await watch.turn(1_000)
            assert watch.seen() == watch.venue.truth()
            assert "bad gateway" in of(Refused, watch.events)[-1].reason
            watch.venue.ledger_fails = False
            await watch.turn(2 * CADENCE.snapshot)
            assert [event.id for event in of(LedgerEvent, watch.events)] == ["1"]
            assert Life.GAP not in watch.lives()

    run(story)


def test_rows_of_while_it_cannot_be_read_what_was_kept_are_told_later() -> None:
    async def story() -> None:
        tries: list[str] = []

        async def known(account: str) -> Booked | None:
            tries.append(account)
            if len(tries) == 1:
                raise Unreadable("history", "", "is not open yet")
            return None

        async with Watch(known=known) as watch:
            watch.venue.trade("AUSDT", Decimal(2))  # of before: known already
            await watch.turn(3_000)
            assert watch.lives()[-1] is Life.LIVE
            watch.venue.trade("BUSDT", Decimal(2))
            await watch.turn(CADENCE.snapshot + 5_000)
            assert [event.id for event in of(LedgerEvent, watch.events)] == ["1"]

    run(story)


def test_a_message_that_never_came_is_found_by_the_next_look_and_is_a_gap_that_heals() -> None:
    async def story() -> None:
        async with Watch() as watch:
            await watch.turn(3_000)
            watch.venue.faults.lost = 1
            watch.venue.pay("USDT", Decimal(5))
            watch.venue.faults.lost = 0
            watch.venue.pay("BTC", Decimal(1))  # the stream speaks on
            await watch.turn(CADENCE.probe + CADENCE.grace + 2_000)
            assert watch.seen() == watch.venue.truth()
            found, healed = of(Gap, watch.events)
            assert found.healed_at is None
            assert healed.healed_at is not None
            assert "USDT" in found.reason
            assert Life.GAP in watch.lives()
            assert watch.lives()[-1] in (Life.HEALED, Life.LIVE)

    run(story)


def test_a_line_that_is_deaf_is_left_although_it_is_open() -> None:
    async def story() -> None:
        async with Watch() as watch:
            await watch.turn(3_000)
            (deaf,) = watch.venue.lines
            watch.venue.faults.deaf = True
            watch.venue.trade("AUSDT", Decimal(9))
            await watch.turn(CADENCE.probe + CADENCE.grace + 3_000)
            watch.venue.faults.deaf = False
            assert watch.venue.lines[-1] is not deaf
            await watch.turn(3_000)
            assert watch.seen() == watch.venue.truth()

    run(story)


def test_a_message_that_is_only_late_is_no_gap() -> None:
    async def story() -> None:
        async with Watch() as watch:
            await watch.turn(CADENCE.probe + 2_500)
            watch.venue.faults.late = 1
            for _ in range(60):
                watch.venue.pay("USDT", Decimal(1))
                await watch.turn(1_300)  # each arrives before the next one is sent
            assert not of(Gap, watch.events)
            await watch.turn(2_000)
            assert watch.seen() == watch.venue.truth()

    run(story)


def test_states_that_no_look_can_ask_for_are_not_kept() -> None:
    async def story() -> None:
        async with Watch() as watch:
            for _ in range(200):
                watch.venue.pay("USDT", Decimal(1))
                await watch.turn(500)
            kept = [at for at, _ in watch.stream._states]
            first = watch.clock.now() - 2 * CADENCE.probe - CADENCE.grace
            assert kept[1] >= first, "but the one that stood before"
            assert not of(Gap, watch.events)
            assert watch.seen() == watch.venue.truth()

    run(story)


def test_the_same_message_twice_changes_and_tells_nothing_more() -> None:
    async def story() -> None:
        async with Watch() as watch:
            await watch.turn(2_000)
            watch.venue.faults.doubled = 1
            for _ in range(5):
                watch.venue.pay("USDT", Decimal(1))
                await watch.turn(200)
            await watch.turn(3_000)
            assert len(of(AccountChanged, watch.events)) == 5
            assert len({e.id for e in of(LedgerEvent, watch.events)}) == 5
            assert len(of(LedgerEvent, watch.events)) == 5

    run(story)


def test_a_message_out_of_order_does_not_undo_the_later_one_and_is_looked_after() -> None:
    async def story() -> None:
        async with Watch() as watch:
            await watch.turn(2_000)
            venue = watch.venue
            venue.trade("AUSDT", Decimal(5))
            await watch.turn(10)
            venue.clock.skip(50)
            venue.trade("BUSDT", Decimal(7))
            venue.held = [(0, text) for _, text in reversed(venue.held)]
            await watch.turn(3_000)
            assert watch.seen() == venue.truth()

    run(story)


def test_a_closed_line_is_a_gap_from_its_last_message_and_heals_when_the_next_one_is_open() -> None:
    async def story() -> None:
        async with Watch() as watch:
            await watch.turn(2_000)
            watch.venue.pay("USDT", Decimal(1))
            await watch.turn(300)
            last = watch.clock.now()
            await watch.turn(3_000)
            watch.venue.cut()
            watch.venue.trade("CUSDT", Decimal(4))
            await watch.turn(4_000)
            found, healed = of(Gap, watch.events)
            assert found.start <= last
            assert healed.healed_at is not None
            assert watch.seen() == watch.venue.truth()

    run(story)


def test_a_message_that_cannot_be_read_is_refused_and_the_account_is_looked_at() -> None:
    async def story() -> None:
        async with Watch() as watch:
            await watch.turn(2_000)
            watch.venue.faults.garbled = 1
            watch.venue.trade("BUSDT", Decimal(3))
            await watch.turn(2_000)
            assert of(Refused, watch.events)
            assert watch.seen() == watch.venue.truth()

    run(story)


def test_answers_that_fail_leave_what_is_known_and_it_ages_into_silence() -> None:
    async def story() -> None:
        async with Watch() as watch:
            await watch.turn(3_000)
            known = watch.seen()
            watch.venue.faults.failed = 1
            await watch.turn(CADENCE.account + CADENCE.look + 100)
            assert watch.seen() == known
            assert Life.SILENT in watch.lives()
            assert not watch.stream.life.trusted
            watch.venue.faults.failed = 0
            await watch.turn(CADENCE.backoff_most * 2)
            assert watch.stream.life.trusted

    run(story)


def test_a_key_that_may_trade_is_refused_before_anything_else_is_asked() -> None:
    async def story() -> None:
        async with Watch() as watch:
            watch.venue.key_rights = "enableFutures"
            await watch.turn(3_000)
            assert watch.task.done()
            assert watch.lives()[-1] is Life.REFUSED
            assert watch.venue.snapshots == 0
            assert not watch.venue.lines
            refused = of(Refused, watch.events)[0]
            assert (refused.field, refused.value) == ("key rights", "enableFutures")
            assert refused.remedy

    run(story)


def test_such_a_key_is_taken_where_that_is_wanted() -> None:
    async def story() -> None:
        async with Watch(accept_trading=True) as watch:
            watch.venue.key_rights = "enableFutures"
            await watch.turn(3_000)
            assert watch.stream.life.trusted

    run(story)


def test_a_key_that_is_withdrawn_while_it_is_used_ends_the_feed_as_refused() -> None:
    async def story() -> None:
        async with Watch() as watch:
            await watch.turn(3_000)
            watch.venue.refuses = True
            await watch.turn(CADENCE.probe + 1_000)
            assert watch.task.done()
            assert watch.lives()[-1] is Life.REFUSED

    run(story)


@pytest.mark.parametrize(
    ("told", "forced", "vanished"),
    [
        pytest.param(True, False, None, id="closed by an order of one's own"),
        pytest.param(False, False, "no fill", id="closed by nobody that is known"),
        pytest.param(True, True, "venue's own", id="closed by the venue"),
    ],
)
def test_a_position_that_vanishes_is_told_unless_an_own_order_closed_it(
    told: bool, forced: bool, vanished: str | None
) -> None:
    async def story() -> None:
        async with Watch() as watch:
            await watch.turn(3_000)
            gone_at = watch.venue.clock.now()
            watch.venue.trade("AUSDT", Decimal(0), told=told, forced=forced)
            await watch.turn(CADENCE.grace + 1_000)
            found = of(VanishedPosition, watch.events)
            if vanished is None:
                assert not found
            else:
                assert [event.key for event in found] == ["AUSDT/both"]
                assert vanished in found[0].reason
                assert found[0].at == gone_at, "by the venue, not when it was given up"

    run(story)


def test_a_planned_change_of_lines_overlaps_and_leaves_no_gap() -> None:
    async def story() -> None:
        cadence = replace(CADENCE, renew_connection=5_000)
        async with Watch(cadence=cadence) as watch:
            for _ in range(100):
                watch.venue.random_deed()
                await watch.turn(200)
            await watch.turn(2_000)
            assert len(watch.venue.lines) > 2
            assert not of(Gap, watch.events)
            assert watch.seen() == watch.venue.truth()

    run(story)


def test_tiers_are_fetched_afresh_when_they_are_due_and_when_the_venue_tells_of_new_ones() -> None:
    async def story() -> None:
        cadence = replace(CADENCE, renew_tiers=20_000)
        async with Watch(cadence=cadence) as watch:
            await watch.turn(3_000)
            watch.stream.tiers_changed("CUSDT")  # not held
            await watch.turn(1_000)
            assert watch.venue.tiers == 0
            watch.stream.tiers_changed("AUSDT")
            await watch.turn(1_000)
            assert watch.venue.tiers == 1
            await watch.turn(21_000)
            assert watch.venue.tiers == 2
            assert watch.lives(Stream.TIERS)[-1] is Life.LIVE

    run(story)


def test_new_tiers_of_what_is_not_held_are_fetched_once_it_is() -> None:
    """They were those of before for up to two hours, and the requirement read as true."""

    async def story() -> None:
        async with Watch() as watch:
            await watch.turn(3_000)
            watch.stream.tiers_changed("CUSDT")
            await watch.turn(1_000)
            assert watch.venue.tiers == 0
            watch.venue.trade("CUSDT", Decimal(1))
            await watch.turn(1_000)
            assert watch.venue.tiers == 1
            watch.venue.trade("CUSDT", Decimal(2))
            await watch.turn(1_000)
            assert watch.venue.tiers == 1

    run(story)


def test_the_sequence_of_events_has_no_hole() -> None:
    async def story() -> None:
        async with Watch() as watch:
            await watch.turn(20_000)
            numbers = [event.sequence for event in watch.events]
            assert numbers == list(range(1, len(numbers) + 1))

    run(story)


# -- everything at once ------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(6))
def test_through_all_faults_together_the_account_is_true_or_not_trusted_and_heals(
    seed: int,
) -> None:
    """Seeds are the test's parameter, so that a failure names its own."""

    async def story() -> None:
        async with Watch(seed) as watch:
            venue = watch.venue
            await watch.turn(3_000)
            venue.faults = Faults(
                lost=0.05, doubled=0.05, late=0.1, garbled=0.02, failed=0.1, closed=0.05
            )
            for _ in range(300):
                if venue.random.random() < 0.4:
                    venue.random_deed()
                await watch.turn(200, judged=True)
            venue.faults = Faults()
            await watch.turn(CADENCE.probe * 3 + CADENCE.grace + CADENCE.backoff_most, judged=True)
            assert watch.seen() == venue.truth()
            assert watch.stream.life.trusted
            ids = [event.id for event in of(LedgerEvent, watch.events)]
            assert len(ids) == len(set(ids))
            assert set(ids) == {row.id for row in venue.rows}
            if venue.lost:
                gaps = of(Gap, watch.events)
                assert gaps
                assert gaps[-1].healed_at is not None

    run(story)


# -- cut short ---------------------------------------------------------------------------------


class Silent:
    """The way to a venue that tells its time and answers nothing else."""

    async def before(self) -> int:
        return 0

    async def call(self, *_: object, **__: object) -> Any:
        await asyncio.Event().wait()

    shared = call
    contracts = call


@pytest.mark.parametrize(
    "dialect",
    [
        BinanceAccount(cast(Any, None), cast(Any, Silent()), cast(Any, None)),
        BybitAccount(cast(Any, None), cast(Any, Silent()), cast(Any, None), cast(Any, Silent())),
    ],
    ids=["binance", "bybit"],
)
def test_a_snapshot_cut_short_at_any_moment_leaves_no_work_never_awaited(
    dialect: BinanceAccount | BybitAccount,
) -> None:
    async def cut(turns: int) -> None:
        task = asyncio.create_task(dialect.snapshot())
        for _ in range(turns):
            await asyncio.sleep(0)
        assert not task.done()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        for turns in range(8):
            asyncio.run(cut(turns))
        gc.collect()  # once for all: it looks through everything that stands
    assert not warned, [str(each.message) for each in warned]
