"""The venues' ledgers: whatever the cuts of their answers, every row is told, and once."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

import pytest

from marginline.feeds import Gap, LedgerEvent, Stream
from marginline.feeds.booking import LATE_MS, Booked, Booking
from marginline.feeds.logs import bills, paging
from marginline.feeds.logs import binance as income
from marginline.feeds.logs import bybit as log
from marginline.feeds.logs.paging import DAY_MS, Log
from marginline.feeds.messages import LedgerRow, Unreadable
from marginline.feeds.plans.bitget import PRODUCTS
from marginline.feeds.plans.venues import VENUES
from marginline.feeds.wire.rest import Answer, CallFailed, Endpoint, Failure
from tests.feeds.clock import HandClock, desk_of, of

NOW = 1_795_000_000_000
Row = dict[str, Any]


def moments(seed: int, *, days: int = 20, crowd: int = 0) -> list[int]:
    """Moments of rows: some alone, some many to a millisecond, over several spans."""
    draw = random.Random(seed)
    found = [NOW - draw.randrange(days * DAY_MS) for _ in range(300)]
    for at, count in ((NOW - 3 * DAY_MS, 70), (NOW - 8 * DAY_MS, 130), (NOW - 9 * DAY_MS, crowd)):
        found += [at] * count
    draw.shuffle(found)
    return found


class Venue:
    """A ledger on loopback, cut as its venue cuts it; counts what it is asked."""

    def __init__(self, rows: Sequence[Row], at: str, page: int, *, newest_first: bool) -> None:
        self.rows = sorted(rows, key=lambda row: int(row[at]), reverse=newest_first)
        self.at, self.page = at, page
        self.asked: list[tuple[str, Mapping[str, object]]] = []
        self.wrap: Callable[[list[Row], Mapping[str, Any]], object] = lambda rows, _: rows

    def between(self, start: object, end: object) -> list[Row]:
        assert isinstance(start, int)
        assert isinstance(end, int)
        return [row for row in self.rows if start <= int(row[self.at]) <= end]

    async def call(self, endpoint: Endpoint, **params: Any) -> Answer:
        given = {name: value for name, value in params.items() if value is not None}
        self.asked.append((endpoint.path, given))
        return Answer(endpoint.path, json.dumps(self.wrap(self.rows, given)), 0, 0)


def binance(seed: int, *, newest_first: bool, crowd: int = 0) -> Venue:
    rows = [
        {"symbol": "BTCUSDT", "incomeType": "FUNDING_FEE", "income": "-0.10", "asset": "USDT",
         "time": at, "info": "", "tranId": number, "tradeId": ""}
        for number, at in enumerate(moments(seed, crowd=crowd))
    ]  # fmt: skip
    venue = Venue(rows, "time", 100, newest_first=newest_first)

    def wrap(_: list[Row], given: Mapping[str, Any]) -> object:
        assert given["endTime"] - given["startTime"] < 7 * DAY_MS
        start = (int(given.get("page", 1)) - 1) * venue.page
        return venue.between(given["startTime"], given["endTime"])[start : start + venue.page]

    venue.wrap = wrap
    return venue


def bybit(seed: int) -> Venue:
    rows = [
        {"id": f"r{number}", "type": "SETTLEMENT", "currency": "USDT", "transactionTime": str(at),
         "change": "-0.10", "symbol": "BTCUSDT"}
        for number, at in enumerate(moments(seed))
    ]  # fmt: skip
    venue = Venue(rows, "transactionTime", 50, newest_first=True)

    def wrap(_: list[Row], given: Mapping[str, Any]) -> object:
        assert given["endTime"] - given["startTime"] < 7 * DAY_MS
        start = int(str(given.get("cursor", "0")))
        inside = venue.between(given["startTime"], given["endTime"])
        more = str(start + 50) if start + 50 < len(inside) else ""
        return {"retCode": 0, "retMsg": "OK", "time": NOW,
                "result": {"list": inside[start : start + 50], "nextPageCursor": more}}  # fmt: skip

    venue.wrap = wrap
    return venue


def after_id(rows: list[Row], name: str, last: object) -> list[Row]:
    if last is None:
        return rows
    place = next(n for n, row in enumerate(rows) if str(row[name]) == str(last))
    return rows[place + 1 :]


def bitget_classic(seed: int) -> Venue:
    rows = [
        {"billId": str(number), "symbol": "BTCUSDT", "amount": "-0.10", "fee": "0",
         "businessType": "contract_settle_fee", "coin": "USDT", "cTime": str(at),
         "product": PRODUCTS[number % 3]}
        for number, at in enumerate(moments(seed))
    ]  # fmt: skip
    venue = Venue(rows, "cTime", 100, newest_first=True)

    def wrap(_: list[Row], given: Mapping[str, Any]) -> object:
        assert given["endTime"] - given["startTime"] < 30 * DAY_MS
        own = [row for row in venue.between(given["startTime"], given["endTime"])
               if row["product"] == given["productType"]]  # fmt: skip
        page = after_id(own, "billId", given.get("idLessThan"))[:100]
        return {"code": "00000", "data": {"bills": page or None,
                                          "endId": page[-1]["billId"] if page else ""}}  # fmt: skip

    venue.wrap = wrap
    return venue


def bitget_unified(seed: int) -> Venue:
    rows = [
        {"id": str(number), "symbol": "BTCUSDT", "amount": "-0.10", "type": "SETTLE_FEE",
         "coin": "USDT", "ts": str(at), "category": (*PRODUCTS, "SPOT", "MARGIN")[number % 5]}
        for number, at in enumerate(moments(seed))
    ]  # fmt: skip
    venue = Venue(rows, "ts", 100, newest_first=True)

    def wrap(_: list[Row], given: Mapping[str, Any]) -> object:
        own = [row for row in venue.between(given["startTime"], given["endTime"])
               if row["category"] == given["category"]]  # fmt: skip
        page = after_id(own, "id", given.get("cursor"))[:100]
        return {"code": "00000", "data": {"list": page,
                                          "cursor": page[-1]["id"] if page else ""}}  # fmt: skip

    venue.wrap = wrap
    return venue


def bingx(seed: int, crowd: int = 0) -> Venue:
    rows = [
        {"symbol": "BTC-USDT", "incomeType": "FUNDING_FEE", "income": "-0.10", "asset": "USDT",
         "time": at, "info": "", "tranId": f"t{number}", "tradeId": ""}
        for number, at in enumerate(moments(seed, crowd=crowd))
    ]  # fmt: skip
    venue = Venue(rows, "time", 1_000, newest_first=True)
    venue.wrap = lambda _, given: {
        "code": 0, "data": venue.between(given["startTime"], given["endTime"])[:1_000] or None,
    }  # fmt: skip
    return venue


def okx(seed: int) -> Venue:
    rows = [
        {"billId": f"{number}", "type": "8", "subType": "173", "ts": str(at), "ccy": "USDT",
         "balChg": "-0.10", "posBalChg": "0", "instId": "BTC-USDT-SWAP"}
        for number, at in enumerate(moments(seed))
    ]  # fmt: skip
    venue = Venue(rows, "ts", 100, newest_first=True)
    venue.wrap = lambda _, given: {
        "code": "0",
        "data": after_id(venue.between(given["begin"], given["end"]), "billId",
                         given.get("after"))[:100],
    }  # fmt: skip
    return venue


async def logged_of(logged: Log, venue: Venue) -> Sequence[LedgerRow]:
    return await logged(venue.call, NOW - 20 * DAY_MS, NOW)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(
    ("logged", "made"),
    [
        (log.unified, bybit),
        (log.inverse, bybit),
        (bills.bitget_classic, bitget_classic),
        (bills.bitget_unified, bitget_unified),
        (bills.bingx, bingx),
        (bills.okx, okx),
    ],
)
def test_every_row_is_had_once_however_answers_are_cut(
    logged: Log, made: Callable[[int], Venue], seed: int
) -> None:
    venue = made(seed)
    rows = asyncio.run(logged_of(logged, venue))
    assert len({row.id for row in rows}) == len(rows) == len(venue.rows)
    assert [row.at for row in rows] == sorted(int(row[venue.at]) for row in venue.rows)
    assert all(row.amount == Decimal("-0.10") and row.asset == "USDT" for row in rows)
    assert all(json.loads(row.row) for row in rows)


@pytest.mark.parametrize("newest_first", [False, True])
@pytest.mark.parametrize("crowd", [0, 250])
def test_income_that_is_cut_inside_a_millisecond_is_whole_in_either_order(
    crowd: int, newest_first: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(income, "_PAGE", 100)
    for logged, times in ((income.usdm, 1), (income.coinm, 1), (income.portfolio, 2)):
        venue = binance(5, newest_first=newest_first, crowd=crowd)
        rows = asyncio.run(logged(venue.call, NOW - 20 * DAY_MS, NOW))
        assert len({row.id for row in rows}) == len(rows) == times * len(venue.rows)
        assert len(venue.asked) < 60 * times


def test_a_millisecond_that_is_too_full_is_told_not_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bills, "_BINGX_PAGE", 100)
    venue = bingx(1, crowd=101)
    venue.wrap = lambda _, given: {
        "code": 0, "data": venue.between(given["startTime"], given["endTime"])[:100],
    }  # fmt: skip
    with pytest.raises(Unreadable, match="one millisecond has more than the 100 rows told"):
        asyncio.run(logged_of(bills.bingx, venue))


def test_pages_that_come_round_again_end_in_words() -> None:
    async def round_and_round(_: int, __: int, cursor: str) -> tuple[list[LedgerRow], str]:
        return [], {"": "a", "a": "b", "b": "a"}[cursor]

    with pytest.raises(Unreadable, match="no end"):
        asyncio.run(paging.by_cursor(round_and_round, 0, 10, span_ms=100))


def test_a_full_page_that_names_no_next_one_is_no_answer() -> None:
    venue = bitget_classic(1)
    own = venue.wrap

    def spoiled(rows: list[Row], given: Mapping[str, Any]) -> object:
        body: Any = own(rows, given)
        body["data"]["endId"] = None
        return body

    venue.wrap = spoiled
    with pytest.raises(CallFailed, match="names no next page"):
        asyncio.run(logged_of(bills.bitget_classic, venue))


# -- told once, and none left out ------------------------------------------------------------------


class Ledger:
    """A source whose rows are added by hand, and which may fail."""

    def __init__(self, clock: HandClock) -> None:
        self.clock, self.rows, self.fails = clock, list[LedgerRow](), False
        self.told_ms = paging.KEPT_MS

    def book(self, name: str, at: int | None = None) -> None:
        moment = self.clock.now() if at is None else at
        self.rows.append(LedgerRow(moment, name, "FUNDING_FEE", "USDT", Decimal(-1), ""))

    def past(self) -> int:
        return self.clock.now() - 500

    async def ledger(self, since: int) -> Sequence[LedgerRow]:
        if self.fails:
            raise CallFailed(Failure.VENUE, "income", "no")
        return [row for row in self.rows if row.at >= since]


async def begun() -> tuple[HandClock, Ledger, Booking, Any]:
    """A booking that has begun on an empty ledger."""
    clock = HandClock(NOW)
    ledger = Ledger(clock)
    desk, queue = desk_of(clock)
    booking = Booking("one", ledger, desk)
    await booking.begin()
    return clock, ledger, booking, queue


async def told(booking: Booking, queue: Any) -> list[str]:
    booking.wanted = True
    await booking.look()
    return [event.id for event in of(LedgerEvent, queue.take())]


def test_after_a_restart_it_goes_on_from_what_was_kept_and_doubles_nothing() -> None:
    async def main() -> None:
        clock = HandClock(NOW)
        ledger = Ledger(clock)
        for hour in range(48):
            ledger.book(f"r{hour}", NOW - (48 - hour) * 3_600_000)
        kept = Booked(NOW - 20 * 3_600_000, frozenset({"r27", "r28"}))
        ledger.book("late", NOW - 20 * 3_600_000 - LATE_MS + 1)

        async def known(account: str) -> Booked | None:
            assert account == "one"
            return kept

        desk, queue = desk_of(clock)
        booking = Booking("one", ledger, desk, known)
        await booking.begin()
        assert await told(booking, queue) == [*(f"r{hour}" for hour in range(29, 48)), "late"]
        assert await told(booking, queue) == []
        ledger.book("new")
        ledger.book("booked late", NOW - LATE_MS + 1_000)
        assert await told(booking, queue) == ["new", "booked late"]

    asyncio.run(main())


def test_without_anything_kept_what_was_there_before_is_not_told() -> None:
    async def main() -> None:
        clock = HandClock(NOW)
        ledger = Ledger(clock)
        ledger.book("before", NOW - 5_000)
        ledger.book("long before", NOW - LATE_MS - 30_000)
        desk, queue = desk_of(clock)
        booking = Booking("one", ledger, desk)
        await booking.begin()
        assert await told(booking, queue) == []
        ledger.book("after")
        assert await told(booking, queue) == ["after"]

    asyncio.run(main())


def test_rows_that_came_while_the_ledger_could_not_be_had_are_told() -> None:
    async def main() -> None:
        clock = HandClock(NOW)
        ledger = Ledger(clock)
        ledger.book("before", NOW - 5_000)
        ledger.fails = True
        desk, queue = desk_of(clock)
        booking = Booking("one", ledger, desk)
        with pytest.raises(CallFailed):
            await booking.begin()
        clock.skip(30_000)
        ledger.book("meanwhile")
        ledger.fails = False
        await booking.begin()
        assert await told(booking, queue) == ["meanwhile"]

    asyncio.run(main())


@pytest.mark.parametrize(("told_ms", "days"), [(paging.KEPT_MS, 89), (paging.LONG_MS, 729)])
def test_what_a_venue_does_not_tell_any_more_after_a_restart_is_a_gap_with_its_interval(
    told_ms: int, days: int
) -> None:
    async def main(away: int) -> list[Gap]:
        clock = HandClock(NOW)
        ledger = Ledger(clock)
        ledger.told_ms = told_ms
        kept = Booked(NOW - away, frozenset({"r"}))

        async def known(_: str) -> Booked | None:
            return kept

        desk, queue = desk_of(clock)
        booking = Booking("one", ledger, desk, known)
        await booking.begin()
        ledger.fails = True
        with pytest.raises(CallFailed):
            await told(booking, queue)
        assert not queue.take(), "nothing is known to be missing before the ledger answers"
        ledger.fails = False
        for _ in range(3):
            booking.wanted = True
            await booking.look()
        return of(Gap, queue.take())

    assert asyncio.run(main(told_ms - 3_600_000)) == []
    (gap,) = asyncio.run(main(told_ms + 30 * DAY_MS))
    assert (gap.stream, gap.account, gap.healed_at) == (Stream.LEDGER, "one", None)
    assert (gap.start, gap.end) == (NOW - told_ms - 30 * DAY_MS, NOW - 500 - told_ms)
    assert f"tells {days} days back" in gap.reason
    assert VENUES["bybit_unified"].told_ms == paging.LONG_MS
    assert {each.told_ms for name, each in VENUES.items() if name != "bybit_unified"} == {
        paging.KEPT_MS
    }


def test_of_a_long_run_only_the_ids_are_kept_that_a_look_may_find_again() -> None:
    async def main() -> None:
        clock, ledger, booking, queue = await begun()
        for hour in range(24 * 40):
            clock.skip(3_600_000)
            ledger.book(f"r{hour}")
            ledger.book(f"late {hour}", clock.now() - LATE_MS + 1_000)
            assert await told(booking, queue) == [f"r{hour}", f"late {hour}"]
            assert await told(booking, queue) == []
        assert 0 < len(booking._known) <= 2 * 26

    asyncio.run(main())


def test_a_row_that_is_dated_ahead_hides_none_that_is_booked_until_then() -> None:
    async def main() -> None:
        clock, ledger, booking, queue = await begun()
        ledger.book("ahead", NOW + 2 * DAY_MS)
        assert await told(booking, queue) == ["ahead"]
        for hour in range(72):
            clock.skip(3_600_000)
            ledger.book(f"r{hour}")
            assert await told(booking, queue) == [f"r{hour}"]

        async def known(_: str) -> Booked:
            return Booked(clock.now() + DAY_MS, frozenset())

        again = Booking("one", ledger, booking._desk, known)
        await again.begin()
        clock.skip(3_600_000)
        ledger.book("after the restart")
        assert "after the restart" in await told(again, queue)

    asyncio.run(main())
