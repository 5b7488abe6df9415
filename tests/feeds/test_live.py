"""Both venues' feeds against the simulated venue, with every fault that its script knows."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from dataclasses import replace
from functools import partial
from typing import Any

import pytest

from marginline.core.findings import Status
from marginline.feeds import (
    AccountChanged,
    AccountSnapshot,
    AssetRate,
    Cause,
    Clock,
    Gap,
    LedgerEvent,
    Life,
    MarkPrice,
    Refused,
    Stream,
)
from marginline.venues.assessing import assess
from tests.feeds.live import BRISK, VENUES, Live

both = pytest.mark.parametrize("venue", VENUES)
slow = pytest.mark.slow
MARKS = {"binance_usdm": "!markPrice@arr@1s", "bybit_unified": "tickers.*"}
MOVES = {"binance_usdm": "user:ACCOUNT_UPDATE", "bybit_unified": "wallet"}
WALLET = {"binance_usdm": "/fapi/v3/account", "bybit_unified": "/v5/account/wallet-balance"}


def run(story: Callable[[], Coroutine[Any, Any, None]]) -> None:
    asyncio.run(story())


# -- as it should be ---------------------------------------------------------------------------


@both
def test_an_account_is_known_exactly_its_marks_run_and_its_changes_are_told(venue: str) -> None:
    async def story() -> None:
        async with Live(venue) as live:
            await live.live()
            await live.true()
            truth = live.world.truth(live.account)
            for symbol in {position.instrument for position in truth.positions}:
                own, venues = live.state.parameters.tiers[symbol], live.world.tiers(venue, symbol)
                assert [(row.floor, row.rate) for row in own.rows] == [
                    (row.floor, row.rate) for row in venues.rows
                ]
            live.pay(10)
            await live.true()
            live.trade()
            await live.true()
            changes = live.of(AccountChanged)
            assert {change.cause for change in changes} & {Cause.FILL, Cause.POSITION}
            await live.until(lambda: len(live.of(LedgerEvent)) >= 2, "ledger rows")
            ids = [row.id for row in live.of(LedgerEvent)]
            assert len(ids) == len(set(ids))
            assert live.of(Clock)
            assert not live.of(Gap)
            assert not live.of(Refused)
            quote = live.world.quote(venue, "BTCUSDT")
            newest = [m for m in live.of(MarkPrice) if m.instrument == "BTCUSDT"][-1]
            assert abs(newest.mark - quote.mark) < quote.mark / 100

    run(story)


def test_asset_rates_of_binance_run_with_the_marks() -> None:
    async def story() -> None:
        async with Live("binance_usdm") as live:
            await live.live()
            await live.until(lambda: bool(live.of(AssetRate)), "asset rates")

    run(story)


# -- silence -----------------------------------------------------------------------------------


@slow
@both
@pytest.mark.parametrize("pongs", [True, False])
def test_silence_with_an_open_socket_is_noticed_within_twice_the_cadence(
    venue: str, pongs: bool
) -> None:
    async def story() -> None:
        async with Live(venue) as live:
            await live.live()
            name = live.fault(kind="silence", stream=MARKS[venue] if pongs else "*", pongs=pongs)
            start, began = len(live.events), live.feeds.markets[0].door.timer.now()
            await live.until(lambda: Life.SILENT in live.lives(Stream.MARKS, start), "silence")
            silent = next(e for e in live.feeds.streams() if e.stream is Stream.MARKS)
            assert silent.since - began <= 2 * BRISK.marks
            live.sandbox.faults.remove(name)
            await live.until(
                lambda: live.feeds.markets[0].stream.marks.state is Life.LIVE, "marks again"
            )
            await live.true()

    run(story)


@slow
@both
def test_a_subscription_that_is_acknowledged_and_never_delivered_is_silence(venue: str) -> None:
    async def story() -> None:
        deaf = {"id": "deaf", "kind": "deaf", "stream": MARKS[venue]}
        async with Live(venue, (deaf,)) as live:
            await live.until(lambda: Life.SILENT in live.lives(Stream.MARKS), "silence")
            assert not live.of(MarkPrice)
            live.sandbox.faults.remove("deaf")
            await live.until(lambda: bool(live.of(MarkPrice)), "marks")

    run(story)


@slow
@both
def test_a_private_stream_that_is_deaf_is_found_by_looking_and_healed(venue: str) -> None:
    async def story() -> None:
        async with Live(venue) as live:
            await live.live()
            private = "user:*" if venue == "binance_usdm" else "[wpoe][aorx]*"
            name = live.fault(kind="silence", stream=private)
            live.trade()
            await live.until(lambda: bool(live.of(Gap)), "a gap")
            live.sandbox.faults.remove(name)
            await live.true()
            await live.until(lambda: live.of(Gap)[-1].healed_at is not None, "the gap healed")

    run(story)


# -- frames ------------------------------------------------------------------------------------


@both
def test_a_lost_message_is_a_gap_that_the_next_look_heals(venue: str) -> None:
    async def story() -> None:
        async with Live(venue) as live:
            await live.live()
            live.fault(kind="lose", stream=MOVES[venue], times=1)
            live.pay(25)
            await live.true()
            await live.until(lambda: len(live.of(Gap)) >= 2, "the gap, and that it healed")
            assert live.of(Gap)[-1].healed_at is not None

    run(story)


@slow
@both
@pytest.mark.parametrize(
    "fault",
    [
        pytest.param({"kind": "double"}, id="doubled"),
        pytest.param({"kind": "late", "ms": 700, "every": 3}, id="late"),
        pytest.param({"kind": "reorder", "count": 2}, id="reordered"),
    ],
)
def test_doubled_late_and_reordered_frames_are_harmless(
    venue: str, fault: dict[str, object]
) -> None:
    async def story() -> None:
        async with Live(venue) as live:
            await live.live()
            live.trade("sell", "1")  # within the gambler's bracket: he may buy again
            name = live.fault(**fault)
            for number in range(8):
                live.pay(number + 1)
                live.trade("sell" if number % 2 else "buy")
                await live.pass_by(0.15)
            live.sandbox.faults.remove(name)
            await live.true()
            ids = [row.id for row in live.of(LedgerEvent)]
            assert len(ids) == len(set(ids))
            for symbol in {mark.instrument for mark in live.of(MarkPrice)}:
                moments = [m.at for m in live.of(MarkPrice) if m.instrument == symbol]
                assert moments == sorted(moments, key=lambda at: at or 0)

    run(story)


@slow
@both
@pytest.mark.parametrize("how", ["cut", "nan", "html", "list"])
def test_a_frame_that_is_garbage_is_refused_and_the_stream_lives_on(venue: str, how: str) -> None:
    async def story() -> None:
        async with Live(venue) as live:
            await live.live()
            live.fault(kind="garble", how=how, stream=MOVES[venue], times=1)
            live.fault(kind="garble", how=how, stream=MARKS[venue], times=2)
            live.pay(31)
            await live.true()
            await live.until(lambda: len(live.of(Refused)) >= 2, "both refused")
            count = len(live.of(MarkPrice))
            await live.until(lambda: len(live.of(MarkPrice)) > count, "marks go on")

    run(story)


@slow
@both
@pytest.mark.parametrize("fault", [{"kind": "garble", "how": "nan"}, {"kind": "deaf"}])
def test_marks_come_back_though_the_next_line_was_ill_from_its_start(
    venue: str, fault: dict[str, str]
) -> None:
    """A ticker comes whole once on a line, and silence was told once: nobody tried a third line."""

    async def story() -> None:
        async with Live(venue) as live:
            await live.live()
            stream = live.feeds.markets[0].stream
            opened = stream._keeper.opened
            ill = live.fault(stream=MARKS[venue], **fault)
            silent = live.fault(kind="silence", stream=MARKS[venue])
            await live.until(lambda: stream._keeper.opened > opened, "another line")
            live.sandbox.faults.remove(silent)
            await live.until(lambda: stream.marks.state is Life.SILENT, "silence")
            await live.pass_by(1.0)
            live.sandbox.faults.remove(ill)
            await live.until(lambda: stream.marks.state is Life.LIVE, "marks again")
            await live.true()

    run(story)


@slow
@both
@pytest.mark.parametrize("code", [1001, 1006, 1008])
def test_a_connection_that_ends_in_a_burst_is_a_gap_that_heals(venue: str, code: int) -> None:
    async def story() -> None:
        async with Live(venue) as live:
            await live.live()
            live.fault(kind="close", code=code, stream=MOVES[venue], frames=2, times=1)
            for number in range(6):
                live.pay(number + 1)
            await live.true()
            gaps = [gap for gap in live.of(Gap) if gap.stream is Stream.ACCOUNT]
            assert gaps
            await live.until(lambda: live.of(Gap)[-1].healed_at is not None, "healed")
            await live.until(lambda: len(live.of(LedgerEvent)) >= 6, "no row of the ledger lost")

    run(story)


# -- answers -----------------------------------------------------------------------------------


NO_ANSWERS: tuple[dict[str, object], ...] = (
    {"kind": "status", "status": 200, "body": "html"},
    {"kind": "status", "status": 200, "body": "empty"},
    {"kind": "status", "status": 200, "body": "null"},
    {"kind": "status", "status": 200, "body": "object"},
    {"kind": "status", "status": 200, "body": "list"},
    {"kind": "status", "status": 503, "body": "json"},
    {"kind": "status", "status": 502, "body": "html"},
    {"kind": "cut"},
    {"kind": "hang"},
    {"kind": "rename", "field": "walletBalance", "to": "cash"},
    {"kind": "blank", "field": "walletBalance"},
    {"kind": "blank", "field": "walletBalance", "value": "null"},
    {"kind": "blank", "field": "walletBalance", "value": "missing"},
)


def _refused(live: Live, start: int) -> bool:
    return bool(live.of(Refused, start))


@slow
@both
def test_an_answer_that_is_none_is_refused_and_never_an_empty_account(venue: str) -> None:
    async def story() -> None:
        brisk = replace(BRISK, answer=400)
        first = {**NO_ANSWERS[0], "id": "f", "path": WALLET[venue]}
        async with Live(venue, (first,), brisk) as live:
            for fault in NO_ANSWERS[1:]:
                start = len(live.events)
                await live.until(partial(_refused, live, start), f"{fault} refused")
                await live.pass_by(0.3)
                live.sandbox.faults.remove("f")
                live.fault(**fault, id="f", path=WALLET[venue])
            assert not live.of(AccountSnapshot)
            assert not live.trusted()
            live.sandbox.faults.remove("f")
            await live.live()
            await live.true()

    run(story)


@slow
@both
@pytest.mark.parametrize("fault", [NO_ANSWERS[0], NO_ANSWERS[7], NO_ANSWERS[8], NO_ANSWERS[10]])
def test_while_answers_are_none_the_account_stays_as_known_and_is_trusted_no_more(
    venue: str, fault: dict[str, object]
) -> None:
    async def story() -> None:
        brisk = replace(BRISK, answer=400, account=1_500)
        async with Live(venue, cadence=brisk) as live:
            await live.live()
            known = live.known()
            live.fault(**fault, path=WALLET[venue])
            await live.until(lambda: not live.trusted(), "not trusted any more")
            assert Life.SILENT in live.lives(Stream.ACCOUNT)
            assert live.known() == known

    run(story)


@slow
@both
def test_a_size_that_is_blank_in_an_answer_is_no_closed_position(venue: str) -> None:
    field = {"binance_usdm": "positionAmt", "bybit_unified": "size"}[venue]

    async def story() -> None:
        async with Live(venue) as live:
            await live.live()
            known = live.known()
            live.fault(kind="blank", field=field)
            await live.until(lambda: not live.trusted(), "not trusted any more")
            assert live.known() == known
            assert live.of(Refused)

    run(story)


@slow
@both
def test_a_mode_that_is_not_told_is_not_healthy_by_accident(venue: str) -> None:
    field = {"binance_usdm": "multiAssetsMargin", "bybit_unified": "marginMode"}[venue]

    async def story() -> None:
        async with Live(venue, ({"kind": "blank", "field": field, "value": "missing"},)) as live:
            await live.until(lambda: bool(live.of(Refused)), "refused")
            await live.pass_by(0.5)
            if live.state is not None:
                assert assess(live.state).status is Status.UNKNOWN

    run(story)


@slow
@both
def test_a_next_page_that_is_not_told_makes_an_answer_that_is_not_whole(venue: str) -> None:
    if venue == "binance_usdm":
        pytest.skip("Binance gives these lists whole")

    async def story() -> None:
        fault = {"kind": "blank", "field": "nextPageCursor", "value": "missing"}
        async with Live(venue, (fault,)) as live:
            await live.until(lambda: bool(live.of(Refused)), "refused")
            await live.pass_by(0.5)
            assert not live.of(AccountSnapshot)

    run(story)


@slow
@both
@pytest.mark.parametrize("status", [429, 418])
def test_a_wait_that_the_venue_asks_for_is_kept_by_every_account(venue: str, status: int) -> None:
    async def story() -> None:
        async with Live(venue) as live:
            await live.live()
            live.fault(kind="status", status=status, retry_after=2, times=1, path=WALLET[venue])
            allowance = live.feeds.markets[0].door.allowance
            await live.until(lambda: allowance.until is not None, "a pause")
            await asyncio.sleep(0.2)
            asked = live.sandbox.status()["requests"]
            await live.pass_by(1.2)
            since = live.sandbox.status()["requests"]
            assert since == asked or allowance.until is None  # over already, on a slow machine
            await live.true()

    run(story)


@slow
@both
@pytest.mark.parametrize("skew", [2_000, -11_000, 300_000])
def test_a_venue_whose_clock_is_off_is_measured_and_asked_by_its_own_clock(
    venue: str, skew: int
) -> None:
    async def story() -> None:
        async with Live(venue, ({"kind": "skew", "ms": skew},)) as live:
            await live.live()
            await live.true()

    run(story)


# -- keys --------------------------------------------------------------------------------------


@both
def test_a_key_that_may_trade_is_refused_and_nothing_is_asked_with_it(venue: str) -> None:
    async def story() -> None:
        async with Live(venue, trading=True) as live:
            await live.until(lambda: Life.REFUSED in live.lives(Stream.ACCOUNT), "refused")
            assert live.of(Refused)[0].remedy
            assert not live.of(AccountSnapshot)
            count = len(live.of(MarkPrice))
            await live.until(lambda: len(live.of(MarkPrice)) > count, "marks run all the same")

    run(story)


@slow
@pytest.mark.parametrize(("event", "same"), [(True, False), (True, True), (False, False)])
def test_a_listen_key_that_expires_is_replaced_and_what_was_missed_is_healed(
    event: bool, same: bool
) -> None:
    async def story() -> None:
        brisk = replace(BRISK, renew_listen_key=800)
        async with Live("binance_usdm", cadence=brisk) as live:
            await live.live()
            live.fault(kind="expire_listen_key", event=event, same_key=same)
            live.pay(11)
            await live.until(lambda: bool(live.of(Gap)), "a gap")
            await live.true()
            start = len(live.events)
            live.pay(12)
            await live.until(lambda: bool(live.of(AccountChanged, start)), "the stream hears again")

    run(story)


@slow
def test_a_renewal_of_the_listen_key_that_fails_is_tried_again_and_ends_nothing() -> None:
    async def story() -> None:
        brisk = replace(BRISK, renew_listen_key=300)
        async with Live("binance_usdm", cadence=brisk) as live:
            await live.live()
            live.fault(kind="status", status=503, body="html", path="/fapi/v1/listenKey", times=3)
            await live.until(
                lambda: any("listen key" in e.field for e in live.of(Refused)), "the failure"
            )
            await live.pass_by(1.5)
            live.pay(5)
            await live.true()
            assert not live.of(Gap)

    run(story)


# -- secrets -----------------------------------------------------------------------------------


@slow
@both
def test_no_key_secret_signature_or_listen_key_is_in_anything_that_was_said_or_logged(
    venue: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    said: dict[str, Any] = {}

    async def story() -> None:
        brisk = replace(BRISK, renew_listen_key=400)
        async with Live(venue, cadence=brisk) as live:
            await live.live()
            for fault in (
                {"kind": "status", "status": 503, "body": "html", "times": 3},
                {"kind": "close", "code": 1006, "times": 2},
                {"kind": "expire_listen_key"},
                {"kind": "garble", "how": "cut", "times": 3},
            ):
                if fault["kind"] != "expire_listen_key" or venue == "binance_usdm":
                    live.fault(**fault)
                await live.pass_by(0.8)
            said["live"] = live
        hidden = list(live.feeds.markets[0].desk.redact._secrets)
        texts = [*map(repr, live.events), *live.raw, *caplog.messages, repr(live.feeds.accounts)]
        assert len(hidden) >= (3 if venue == "binance_usdm" else 2)
        assert live.key.secret in hidden
        for secret in hidden:
            assert not any(secret in text for text in texts)
        assert not any("signature=" in text and "[hidden]" not in text for text in texts)

    run(story)
