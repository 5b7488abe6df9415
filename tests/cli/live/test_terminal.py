"""`marginline top` walked by its user: widths, orders, keys, a monitor that is lost or hangs."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Coroutine
from dataclasses import replace
from typing import Any

import msgspec
import pytest

pytest.importorskip("textual", reason="the extra `live` is not installed")

from textual.pilot import Pilot

from marginline.cli.exits import UsageProblem
from marginline.cli.live.addresses import monitor_address
from marginline.cli.live.config import PageTable
from marginline.cli.live.terminal import client as client_module
from marginline.cli.live.terminal import screen as screen_module
from marginline.cli.live.terminal.account import One
from marginline.cli.live.terminal.client import Client, Rows
from marginline.cli.live.terminal.screen import ORDERS, Top, cells
from marginline.cli.live.terminal.table import Figures
from marginline.core.account.account import Account
from marginline.monitor.frames import Frames
from marginline.monitor.messages import AccountRow
from marginline.monitor.process import process
from marginline.monitor.settings import MonitorSettings, Watching
from marginline.monitor.state import start
from tests.api.served import Clock, watching
from tests.monitor.worlds import START, VENUE, Feed, account

NOBODY = "http://127.0.0.1:9"


def row_of(told: Account | None, name: str = "one") -> AccountRow:
    """The row of an account; None: nothing is known of it."""
    feed = Feed()
    state = start((Watching(name=name, venue=VENUE, source="simulated"),), MonitorSettings(), START)
    if told is not None:
        state, _ = process(state, [feed.mark(START, "60000"), feed.snapshot(START, told)], START)
    found = Frames(state, lambda _: [], lambda: None).row(name)  # type: ignore[arg-type, return-value]
    assert found is not None
    return found


class Told(Client):
    """A client that was told these rows, and hears nothing more."""

    def __init__(self, *rows: AccountRow) -> None:
        super().__init__(NOBODY)
        self.rows.accounts = {row.name: row for row in rows}
        self.rows.lost = None
        self.rows.now = "2026-11-20T15:02:03Z"
        self.answer: asyncio.Future[list[str]] | None = None

    async def follow(self) -> AsyncIterator[Rows]:
        yield self.rows

    async def explanation(self, account: str, where: str, measure: str) -> list[str]:  # noqa: ARG002
        if self.answer is not None:
            return await self.answer
        return [f"{measure} of {where} = 1"]

    def change(self, name: str, **fields: Any) -> None:
        """The next message has this."""
        row = self.rows.accounts[name]
        self.rows.accounts[name] = msgspec.structs.replace(row, **fields)


def run(test: Coroutine[Any, Any, None]) -> None:
    asyncio.run(asyncio.wait_for(test, 60))


async def seen(app: Top, pilot: Pilot[None], *texts: str) -> str:
    """What stands on the screen once it has all of this."""
    shown = ""
    for _ in range(200):
        shown = "\n".join(lines_of(app))
        if all(text in shown for text in texts):
            return shown
        await pilot.pause(0.05)
    raise AssertionError(f"{texts} not in:\n{shown}")


def lines_of(app: Top) -> list[str]:
    """What stands on the screen, line by line."""
    return [strip.text.rstrip() for strip in app.screen._compositor.render_strips()]


def test_a_figure_that_grows_is_written_whole() -> None:
    """A column was as wide as its first figures: 1,002.00 was shown as 1,002.0."""
    rows = row_of(account("one", balance="310"))

    async def test() -> None:
        client = Told(rows)
        app = Top(client)
        async with app.run_test(size=(120, 20)) as pilot:
            await seen(app, pilot, " 70.00 ")
            client.change("one", buffer="1234567890.12", status="liquidation")
            await seen(app, pilot, "1,234,567,890.12 ", "Liquidation ")

    run(test())


@pytest.mark.parametrize("width", [50, 120])
def test_a_figure_that_grows_is_written_whole_at_the_first_look(width: int) -> None:
    """The screen may be drawn before the table is idle; what was drawn then, cut, stayed."""
    rows = row_of(account("one", balance="310"))

    async def test() -> None:
        client = Told(rows)
        app = Top(client)
        async with app.run_test(size=(width, 20)) as pilot:
            await seen(app, pilot, "one", "Watch ")
            client.change("one", ratio="12345678.9", buffer="1234567890.12", status="liquidation")
            app.paint()
            for text in (lines_of(app), (await seen(app, pilot, "one")).splitlines()):
                [line] = [each for each in text if " one " in each and "uses" not in each]
                assert "Liquidation " in line
                assert "1,234,567,890.0 %" in line
                assert ("1,234,567,890.12 " in line) is (width == 120)
            await pilot.press("enter")
            await seen(app, pilot, "wallet balance", " 310.00")
            row = client.rows.accounts["one"]
            assert row.pools is not None
            [pool] = row.pools
            measures = {**pool.measures, "wallet_balance": "98765432101.23"}
            client.change("one", pools=(msgspec.structs.replace(pool, measures=measures),))
            assert isinstance(app.screen, One)
            app.screen.paint()
            assert "98,765,432,101.23" in "\n".join(lines_of(app))
            await seen(app, pilot, "98,765,432,101.23")

    run(test())


def test_the_clock_may_ring_while_the_screens_are_taken_down() -> None:
    """On a busy machine one end of twenty told of a widget that is not there."""

    class Late(Top):
        async def _close_all(self) -> None:
            await super()._close_all()
            self.paint()

    async def test() -> None:
        app = Late(Told(row_of(account("one", balance="310"))))
        async with app.run_test(size=(80, 20)) as pilot:
            await seen(app, pilot, "one")

    run(test())


def _rows(count: int) -> list[AccountRow]:
    row = row_of(account("one", balance="310"))
    assert row.nearest is not None
    near = [msgspec.structs.replace(row.nearest, move=f"-0.{n + 1:03d}") for n in range(count)]
    return [
        msgspec.structs.replace(row, name=f"account {n}", nearest=each, pools=None)
        for n, each in enumerate(near)
    ]


def test_a_look_makes_the_rows_alone_that_changed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A look at 300 accounts of which none had changed made 2,400 cells, four times a second."""
    made: list[str] = []

    def counted(row: AccountRow, width: int, *, lost: bool = False) -> list[Any]:
        made.append(row.name)
        return cells(row, width, lost=lost)

    monkeypatch.setattr(screen_module, "cells", counted)

    async def test() -> None:
        client = Told(*_rows(30))
        app = Top(client)
        async with app.run_test(size=(120, 40)) as pilot:
            await seen(app, pilot, "account 0 ", "account 29 ")
            made.clear()
            app.paint()
            assert made == []
            client.change("account 7", buffer="1234567890.12")
            app.paint()
            assert made == ["account 7"]
            assert "1,234,567,890.12 " in "\n".join(lines_of(app))
            client.rows.lost = "no word"
            app.paint()
            assert len(made) == 31
            await seen(app, pilot, " was watch ")

    run(test())


def test_the_cursor_goes_with_its_account_as_rows_change_places() -> None:
    async def test() -> None:
        client = Told(*_rows(5))
        app = Top(client)
        async with app.run_test(size=(120, 40)) as pilot:
            await seen(app, pilot, "account 0 ", "account 4 ")
            await pilot.press("down")
            table = app.query_one(Figures)
            rows = [*table.rows]
            row = client.rows.accounts["account 1"]
            assert row.nearest is not None
            far = msgspec.structs.replace(row.nearest, move="-0.9")
            client.change("account 1", nearest=far)
            app.paint()
            shown = [line for line in lines_of(app) if " account " in line and "uses" not in line]
            assert [line.partition("account ")[2][0] for line in shown] == [*"02341"]
            assert [*table.rows] == rows
            assert table.cursor_row == 4
            await pilot.press("enter")
            await pilot.pause()
            assert isinstance(app.screen, One)
            assert app.screen.name_of_account == "account 1"

    run(test())


def test_a_screen_that_is_taken_down_is_not_painted() -> None:
    """A look that fell into the end left with a traceback."""

    async def test() -> None:
        app = Top(Told(row_of(account("one", balance="310"))))
        async with app.run_test(size=(120, 20)) as pilot:
            await seen(app, pilot, " 70.00 ")
            await pilot.press("enter")
            await seen(app, pilot, "wallet balance")
            assert isinstance(app.screen, One)
            await app.screen.query(Figures).remove()
            app.screen.paint()
            await app.screen_stack[0].query(Figures).remove()
            app.paint()

    run(test())


@pytest.mark.parametrize("width", [40, 60, 80, 100, 120])
def test_no_figure_is_cut_at_any_width_however_long_a_name_is(width: int) -> None:
    row = msgspec.structs.replace(
        row_of(account("one", balance="310")), name="x" * 70, liquidated_at="2026-11-20T14:39:00Z"
    )

    async def test() -> None:
        client = Told(row)
        app = Top(client)
        async with app.run_test(size=(width, 24)) as pilot:
            await seen(app, pilot, "xxx…", "-0.11 %")
            [line] = [each for each in lines_of(app) if "xxx…" in each]
            assert len(line) <= width
            assert "-0.11 %" in line
            assert ("Watch, liquidated" in line) is (width >= 80)
            assert ("70.00" in line) is (width >= 64)
            await pilot.press("enter")
            text = await seen(app, pilot, "wallet balance", " 310.00")
            if width < 60:
                assert "USDT" in text.partition("Value")[2]

    run(test())


def test_what_is_not_known_stands_before_what_is_known_to_be_used() -> None:
    known = row_of(account("one", balance="310"))
    nothing = row_of(None, "two")
    before = msgspec.structs.replace(row_of(None, "three"), last=_last("0.95"))
    by_use = sorted([known, before, nothing], key=ORDERS["support in use"])
    assert [row.name for row in by_use] == ["two", "three", "one"]
    nearest = sorted([nothing, known, before], key=ORDERS["nearest to the line"])
    assert [row.name for row in nearest] == ["three", "two", "one"]


def _last(ratio: str) -> Any:
    from marginline.monitor.wire import Last, Nearest

    near = Nearest(move="-0.01", instrument=None, price=None, way="together")
    moment = "2026-11-20T14:00:00Z"
    return Last(
        at=moment, status="watch", ratio=ratio, support="1", requirement="1", buffer="0",
        nearest=near,
    )  # fmt: skip


def test_what_does_not_apply_is_a_dash_and_no_question() -> None:
    row = row_of(replace(account("one", balance="0"), positions=(), orders=()))
    texts = [cell.plain for cell in cells(row, 120)]
    assert texts[3:5] == ["–", "–"]


def test_the_keys_that_open_explain_and_keep_stand_in_the_footer() -> None:
    async def test() -> None:
        app = Top(Told(row_of(account("one", balance="310"))))
        async with app.run_test(size=(80, 24)) as pilot:
            await seen(app, pilot, " 70.00 ", "⏎ Open")
            await pilot.press("slash")
            await seen(app, pilot, "⏎ Keep")
            assert "Filter" not in lines_of(app)[-1]
            await pilot.press("o", "n", "enter", "enter")
            await seen(app, pilot, "⏎ Explain  tab Switch", "wallet balance")
            assert isinstance(app.screen, One)
            await pilot.press("enter")
            await seen(app, pilot, "wallet_balance of USDT = 1")

    run(test())


def test_while_a_monitor_hangs_every_key_works_and_no_figure_reads_as_of_now() -> None:
    async def test() -> None:
        client = Told(row_of(account("one", balance="310")))
        client.answer = asyncio.get_running_loop().create_future()
        app = Top(client)
        async with app.run_test(size=(120, 24)) as pilot:
            await seen(app, pilot, " 70.00 ")
            await pilot.press("enter")
            await seen(app, pilot, "wallet balance")
            await pilot.press("enter")
            await seen(app, pilot, "Asking for wallet balance of USDT.")
            await pilot.press("escape")
            await seen(app, pilot, "esc All")
            client.rows.lost = "no word"
            await seen(app, pilot, "no word; figures are as of 15:02:03", " was watch ")

    run(test())


def test_an_account_of_which_nothing_is_known_says_so() -> None:
    async def test() -> None:
        app = Top(Told(row_of(None)))
        async with app.run_test(size=(80, 24)) as pilot:
            await seen(app, pilot, "Unknown")
            await pilot.press("enter")
            await seen(app, pilot, "No figure of it is known.")

    run(test())


def test_markup_in_a_symbol_is_text() -> None:
    row = row_of(account("one", balance="310"))
    assert row.pools is not None
    [pool] = row.pools
    [held] = pool.positions
    odd = msgspec.structs.replace(held, key="[red]BTC/both")
    row = msgspec.structs.replace(row, pools=[msgspec.structs.replace(pool, positions=[odd])])

    async def test() -> None:
        app = Top(Told(row))
        async with app.run_test(size=(120, 160)) as pilot:
            await seen(app, pilot, " 70.00 ")
            await pilot.press("enter")
            await seen(app, pilot, "[red]BTC")

    run(test())


@contextlib.asynccontextmanager
async def answering(said: bytes) -> AsyncIterator[str]:
    """A server that says this to whoever asks, and nothing where that is empty."""
    served = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        served.append(writer)
        await reader.readuntil(b"\r\n\r\n")
        writer.write(said)
        await writer.drain()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        for writer in served:
            writer.close()
        server.close()


def test_an_explanation_that_does_not_come_is_waited_for_so_long(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(client_module, "ANSWER_S", 0.3)

    async def test() -> None:
        async with answering(b"") as address:
            [told] = await Client(address).explanation("one", "USDT", "buffer")
            assert told.startswith(f"no answer from {address} within")
        [told] = await Client(address).explanation("one", "USDT", "buffer")
        assert told == f"no answer from {address}"

    run(test())


def test_a_stream_that_is_refused_or_gone_says_which() -> None:
    async def lost(address: str) -> str:
        async for rows in Client(address).follow():
            return str(rows.lost)
        return ""

    async def test() -> None:
        async with answering(b"HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n") as address:
            wants = f"{address} refuses its stream: it wants a token (MARGINLINE_TOKEN)"
            assert await lost(address) == wants
        assert await lost(address) == f"no monitor answers at {address}"

    run(test())


@contextlib.asynccontextmanager
async def streaming(text: str) -> AsyncIterator[str]:
    """A server whose stream says this first, and nothing more."""
    from aiohttp import web

    async def stream(request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        await socket.send_str(text)
        async for _ in socket:
            pass
        return socket

    app = web.Application()
    app.add_routes([web.get("/api/v1/stream", stream)])
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


async def first(address: str) -> Rows:
    """What is known after the first that is heard, or not."""
    heard = Client(address).follow()
    try:
        return await anext(heard)
    finally:
        await heard.aclose()  # type: ignore[attr-defined]


def test_a_snapshot_of_many_accounts_is_heard() -> None:
    """Of some six hundred on, the first message was too long for the client, again and again."""
    row = row_of(account("one", balance="310"))
    rows = [msgspec.structs.replace(row, name=f"account {n}", pools=None) for n in range(1_000)]
    snapshot = asyncio.run(watching([], Clock())).snapshot()
    snapshot = msgspec.structs.replace(snapshot, accounts=rows)
    text = msgspec.json.encode(snapshot).decode()
    text += " " * (5_000_000 - len(text))

    async def test() -> None:
        async with streaming(text) as address:
            rows = await first(address)
            assert (rows.lost, len(rows.accounts)) == (None, 1_000)

    run(test())


def test_a_stream_that_says_nonsense_is_told_and_ends_nothing() -> None:
    async def test() -> None:
        async with streaming("hello") as address:
            rows = await first(address)
            assert rows.lost is not None
            assert "does not know" in rows.lost

    run(test())


def test_what_answers_and_is_no_monitor_is_not_taken_for_one() -> None:
    async def test() -> None:
        said = b"HTTP/1.1 404 Not Found\r\ncontent-length: 5\r\n\r\nnope\n"
        async with answering(said) as address:
            named = monitor_address(address.removeprefix("http://"), PageTable())
            with pytest.raises(UsageProblem, match="is no monitor"):
                await Client(named).reached()
        refused = b'{"status":429,"field":"Authorization"}'
        said = b"HTTP/1.1 429 X\r\ncontent-length: %d\r\n\r\n%b" % (len(refused), refused)
        async with answering(said) as address:
            with pytest.raises(UsageProblem, match="wait a minute"):
                await Client(address).reached()

    run(test())
