"""The live commands as people run them: a process, its output, its page, its end."""

from __future__ import annotations

import asyncio
import contextlib
import io
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path

import pytest

pytest.importorskip("fastapi", reason="the extra `live` is not installed")

from marginline.cli.live.config import Config
from marginline.cli.live.running import running
from marginline.cli.live.terminal.account import One
from marginline.cli.live.terminal.client import Client
from marginline.cli.live.terminal.screen import Top
from marginline.cli.live.terminal.table import Figures
from marginline.cli.live.watching import watched
from tests.cli.running import run

ROOT = Path(__file__).resolve().parents[3]
STRAINED = ROOT / "src" / "marginline" / "cli" / "samples" / "strained.json"


def started(*words: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "marginline", *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )


def address_of(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    line = process.stdout.readline()
    found = re.search(r"http://127\.0\.0\.1:\d+", line)
    assert found, line
    return found[0]


def fetched(address: str) -> object:
    with urllib.request.urlopen(address, timeout=20) as answer:
        return json.loads(answer.read())


def until_judged(address: str, name: str, seconds: float = 60) -> dict[str, object]:
    """The row of an account once it is judged."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        row = fetched(f"{address}/api/v1/accounts/{name}")
        assert isinstance(row, dict)
        if row["status"] != "unknown":
            return row
        time.sleep(0.2)
    raise AssertionError(f"{name} was not judged within {seconds} s")


@pytest.mark.slow
def test_the_demo_serves_living_accounts_until_it_is_stopped() -> None:
    process = started("demo", "--scenario", "calm", "--port", "0", "--no-open")
    try:
        address = address_of(process)
        assert until_judged(address, "empty", 150)["status"] == "healthy"
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    finally:
        process.kill()
    assert process.returncode == 0, err
    assert "Ended: 12 accounts" in out
    assert not err


@pytest.mark.slow
def test_the_demo_ends_by_itself_when_its_time_is_over() -> None:
    process = started("demo", "--scenario", "calm", "--port", "0", "--no-open", "--for", "5s")
    try:
        out, err = process.communicate(timeout=120)
    finally:
        process.kill()
    assert process.returncode == 0, err
    assert "Ended: 12 accounts" in out


@pytest.mark.slow
def test_ctrl_c_ends_a_monitor_cleanly(tmp_path: Path) -> None:
    file = tmp_path / "strained.json"
    shutil.copy(STRAINED, file)
    process = started("monitor", str(file), "--port", "0", "--no-open")
    try:
        address = address_of(process)
        assert until_judged(address, "strained")["status"] == "watch"
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=60)
    finally:
        process.kill()
    assert process.returncode == 0, err
    assert not err


@pytest.mark.slow
def test_an_account_file_is_judged_anew_when_it_changes(tmp_path: Path) -> None:
    file = tmp_path / "strained.json"
    shutil.copy(STRAINED, file)
    process = started("monitor", str(file), "--port", "0", "--no-open", "--for", "120s")
    try:
        address = address_of(process)
        assert until_judged(address, "strained")["status"] == "watch"
        document = json.loads(file.read_text(encoding="utf-8"))
        document["wallets"][0]["balance"] = "500000"
        file.write_text(json.dumps(document), encoding="utf-8")
        end = time.monotonic() + 60
        row: object = {}
        while time.monotonic() < end:
            row = fetched(f"{address}/api/v1/accounts/strained")
            if isinstance(row, dict) and row["status"] == "healthy":
                break
            time.sleep(0.2)
        assert isinstance(row, dict)
        assert row["status"] == "healthy"
    finally:
        process.kill()
        process.communicate()


def test_without_accounts_a_monitor_says_how_to_name_some(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    result = run("monitor")
    assert result.exit_code == 64
    assert "marginline init" in result.stderr


def test_a_monitor_says_which_file_is_not_there(tmp_path: Path) -> None:
    settings = tmp_path / "m.toml"
    settings.write_text('[history]\nurl = "none"\n', encoding="utf-8")
    result = run(
        "monitor", str(tmp_path / "typo.json"), "--config", str(settings), "--port", "0",
        "--no-open", "--for", "1s",
    )  # fmt: skip
    assert "typo.json: is not there; unknown until it is" in result.stdout
    assert "1 unknown" in result.stdout


def test_a_recording_says_which_file_is_not_there(tmp_path: Path) -> None:
    """It recorded an unknown account without a word."""
    where = ("--out", tmp_path / "run", "--for", "1s")
    result = run("record", tmp_path / "typo.json", *where)
    assert result.exit_code == 0
    assert "typo.json: is not there; unknown until it is" in result.stdout


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("demo", "--scenario", "nosuch"), "there is: "),
        (("demo", "--speed", "fast"), "0.1 to 10000"),
        (("demo", "--seed", "-1"), "whole number"),
        (("demo", "--for", "soon"), "such as 90s"),
        (("top", "--url", "http://127.0.0.1:9"), "no monitor answers"),
    ],
)
def test_wrong_use_is_one_line_with_a_remedy(words: tuple[str, ...], said: str) -> None:
    result = run(*words)
    assert result.exit_code == 64
    assert said in result.stderr


def test_top_shows_rows_filters_opens_and_explains(tmp_path: Path) -> None:
    shutil.copy(STRAINED, tmp_path / "strained.json")
    shutil.copy(STRAINED.with_name("comfortable.json"), tmp_path / "comfortable.json")
    asyncio.run(_top_is_used(tmp_path))


async def _top_is_used(folder: Path) -> None:
    from marginline.api.settings import ApiSettings

    files = [str(folder / f"{name}.json") for name in ("comfortable", "strained")]
    what = watched(Config(), folder, files, {})
    async with running(what.monitor, what.parts, ApiSettings(port=0)) as live:
        client = Client(live.address)
        app = Top(client)
        async with app.run_test(size=(110, 40)) as pilot:
            say = app.query_one("#say")

            async def until(done: Callable[[], bool]) -> None:
                async with asyncio.timeout(60):
                    while not done():
                        await pilot.pause(0.05)

            await until(lambda: "strained uses 86.8 %" in str(say.render()))
            assert "1 of 2 accounts need you. strained uses 86.8 %" in str(say.render())
            assert [row.name for row in app.rows()] == ["strained", "comfortable"]
            await pilot.press("slash", *"comf")
            await until(lambda: "Shown: 1, by “comf”." in str(say.render()))
            assert [row.name for row in app.rows()] == ["comfortable"]
            assert "1 of 2 accounts need you. strained" in str(say.render())
            await pilot.press("escape")
            await until(lambda: "Shown" not in str(say.render()))
            await pilot.press("enter")
            await until(lambda: isinstance(app.screen, One))
            await until(lambda: app.screen.query_one(Figures).row_count > 0)
            await pilot.press("enter")
            tree = app.screen.query_one("#tree")
            await until(lambda: "wallet balance of USDT = 9000 USDT" in str(tree.render()))
            await pilot.press("slash", "s")  # nothing is sorted or filtered here
            assert "wallet balance of USDT = 9000 USDT" in str(tree.render())
            await pilot.press("escape", "q")


def test_top_without_a_terminal_is_refused_with_what_to_run_instead(tmp_path: Path) -> None:
    shutil.copy(STRAINED, tmp_path / "strained.json")
    result = run("top", str(tmp_path / "strained.json"))
    assert result.exit_code == 64
    assert "top draws on a terminal and there is none" in result.stderr
    assert "`marginline health FILE --json`" in result.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="there are no such terminals")
def test_top_that_is_asked_to_end_ends_and_gives_its_terminal_back() -> None:
    import pty
    import termios

    ours, theirs = pty.openpty()
    before = termios.tcgetattr(theirs)
    process = subprocess.Popen(
        [sys.executable, "-m", "marginline", "top", str(STRAINED)],
        stdin=theirs, stdout=theirs, stderr=theirs,
    )  # fmt: skip
    try:
        seen = b""
        while b"86.8" not in seen:
            seen += os.read(ours, 65_536)
        process.send_signal(signal.SIGTERM)
        draining = threading.Thread(target=_drained, args=(ours,), daemon=True)
        draining.start()  # who writes to a terminal waits for somebody to read
        assert process.wait(timeout=30) == 0
        assert termios.tcgetattr(theirs) == before
    finally:
        process.kill()
        os.close(theirs)


def _drained(terminal: int) -> None:
    with contextlib.suppress(OSError):  # the other end is closed
        while os.read(terminal, 65_536):
            pass


def test_figures_in_the_terminal_have_the_digits_of_their_kind_and_three_signs_of_absence() -> None:
    from marginline.cli.live.terminal.account import figures
    from marginline.cli.live.terminal.screen import cells, titles
    from marginline.monitor.frames import Frames
    from marginline.monitor.process import process
    from marginline.monitor.settings import MonitorSettings, Watching
    from marginline.monitor.state import start
    from tests.monitor.worlds import START, VENUE, Feed, account

    feed, watching = Feed(), Watching(name="one", venue=VENUE, source="simulated")
    state = start((watching,), MonitorSettings(), START)
    told = feed.snapshot(START, account("one", balance="310.12345"))
    state, _ = process(state, [feed.mark(START, "60000"), told], START)
    row = Frames(state, lambda _: [], lambda: None).row("one")  # type: ignore[arg-type, return-value]
    found = {(where, measure): value for where, measure, value in figures(row)}
    assert found["USDT", "wallet_balance"] == "310.12"
    assert found["USDT", "margin_ratio"] == "77.39 %"
    # 59,929.59 rounds towards the mark
    assert found["BTCUSDT/both", "liquidation_price"] == "59,929.6"
    assert found["BTCUSDT/both", "liquidation_price_above"] == "–"
    assert found["USDT", "credit"] == "0.00"
    for width in (60, 80, 120):
        assert len(cells(row, width)) == len(titles(width))
    assert "Venue" in titles(120)
    assert "Venue" not in titles(80)


def test_the_console_tells_a_change_by_the_clock_of_the_story() -> None:
    """A judgement is of a moment before: told by that, lines would go back in time."""
    from marginline.cli.live.telling import Console
    from marginline.feeds.event_queue import EventQueue
    from marginline.monitor.messages import World
    from marginline.monitor.run import Monitor
    from marginline.monitor.settings import Watching
    from tests.api.served import Clock
    from tests.monitor.worlds import START, VENUE, Feed, account

    out, clock = io.StringIO(), Clock()
    world = World(scenario="tour", title="Tour", speed="20", now="2026-11-20T15:02:03Z")
    watched = Watching(name="one", venue=VENUE, source="simulated")
    monitor = Monitor(EventQueue(), [watched], clock=clock, world=lambda: world)

    async def run() -> None:
        console = Console(out)
        console.follow(monitor, 0.0)
        monitor.queue.put(Feed().mark(START, "60000"))
        monitor.queue.put(Feed().snapshot(START, account("one", balance="310")))
        await monitor.step()
        console.story(1_763_651_000_000, "A line of the story.")

    asyncio.run(run())
    assert "15:02:03  Watch: one uses 77.4 % of its support; " in out.getvalue()
    assert "The line is at -0.11 % if " in out.getvalue()
