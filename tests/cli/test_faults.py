"""What fails under a run is one line for a person, and a code for a script: whose fault it was."""

from __future__ import annotations

import asyncio
import errno
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer.main

from marginline.cli.app import app
from marginline.cli.exits import MEANINGS, Exit
from tests.cli.running import PROGRAM, process, run, sample, write

posix = pytest.mark.skipif(os.name != "posix", reason="streams of POSIX")

EXAMPLES = Path(__file__).parents[2] / "docs/examples"
COMMANDS = {
    "health": "health ACCOUNT",
    "health --json": "health ACCOUNT --json",
    "health --table": "health ACCOUNT --table",
    "explain": "explain ACCOUNT USDT margin_ratio",
    "headroom": f"headroom {EXAMPLES}/comfortable.json --candles {EXAMPLES}/candles.csv --paths 20",
    "stress": "stress ACCOUNT",
    "contagion": "contagion ACCOUNT",
    "study": f"study BTCUSDT={EXAMPLES}/candles.csv",
    "liquidation": "liquidation ACCOUNT",
    "whatif": "whatif ACCOUNT --shock all:-1%",
    "size": "size ACCOUNT BTCUSDT buy",
    "reduce": "reduce ACCOUNT 0.1",
    "reconcile": "reconcile ACCOUNT",
    "attribute": "attribute ACCOUNT ACCOUNT",
    "ledger": "ledger LOG",
    "convert": "convert ACCOUNT -o -",
    "schema": "schema account",
    "alerts test": "alerts test --config CONFIG",
    "demo": "demo --print",
    "history": "history main --url sqlite:///HISTORY",
    "replay": "replay RECORDING",
    "init": "init NEW.toml --force",
    "rules show": "rules show textbook",
    "rules matrix": "rules matrix textbook",
    "rules diff": "rules diff binance_pm_pro --from 2024-01-01 --to 2025-01-01",
    "rules answers": "rules answers binance_usdm",
    "book generate": "book generate NEW.parquet --accounts 20 --instruments 3 --force",
    "book sweep": "book sweep --accounts 20 --instruments 3",
    "book watch": "book watch --accounts 20 --instruments 3 --ticks 2",
    "book stress": "book stress --accounts 20 --instruments 3",
    "book map": "book map C0000USDT --accounts 20 --instruments 3",
    "keys list": "keys list",
    "--help": "--help",
    "--version": "--version",
}
OF_KEYS = {"keys add", "keys remove", "keys test"}  # tried in test_keys.py, with a venue
SERVERS = {
    "monitor",
    "record",
    "top",
    "sandbox",
    "book bench",
    "alerts list",
    "alerts ack",
    "alerts mute",
}  # they run until stopped, or measure


@pytest.fixture(scope="module")
def account(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(tmp_path_factory.mktemp("faults"), sample("comfortable"))


def arguments(command: str, account: Path) -> list[str]:
    if command.startswith("book"):
        pytest.importorskip("numba")
        pytest.importorskip("pyarrow")
    new = str(account.with_name("NEW"))
    log = account.with_name("log.csv")
    log.write_text("event,at,kind,asset,amount\n1,2026-09-01T00:00:00Z,fee,USDT,-1\n")
    config = account.with_name("alerts.toml")
    config.write_text(
        "[alerts]\nprivate = true\n[[alerts.targets]]\nname = 'x'\nurl = 'json://127.0.0.1:9'\n"
    )
    words = COMMANDS[command].replace("CONFIG", str(config))
    words = words.replace("LOG", str(log)).replace("ACCOUNT", str(account))
    if "RECORDING" in words:
        words = words.replace("RECORDING", str(recording(account.parent)))
    if "HISTORY" in words:
        words = words.replace("HISTORY", str(history(account.parent)))
    return words.replace("NEW", new).split()


def history(folder: Path) -> Path:
    """A store that has kept something of `main`."""
    pytest.importorskip("sqlalchemy")
    from marginline.store.opening import open_store
    from tests.store.rows import one_of_each

    path = folder / "history.db"
    with open_store(f"sqlite:///{path}") as store:
        store.write(one_of_each()).result(20)
    return path


def recording(folder: Path) -> Path:
    """A recording of a run without accounts."""
    pytest.importorskip("sqlalchemy")
    from marginline.feeds.event_queue import EventQueue
    from marginline.monitor.recording.recorder import Recorder
    from marginline.monitor.recording.sinks import FileSink
    from marginline.monitor.run import Monitor

    path = folder / "recorded"
    if not path.exists():
        monitor = Monitor(EventQueue())
        recorder = Recorder(monitor, FileSink(path))
        asyncio.run(monitor.step())
        recorder.close()
    return path


def names(group: object, before: str = "") -> Iterator[str]:
    for name, command in sorted(getattr(group, "commands", {}).items()):
        yield from (
            [before + name]
            if not hasattr(command, "commands")
            else names(command, f"{before}{name} ")
        )


def test_every_command_is_tried_here() -> None:
    there = set(names(typer.main.get_command(app)))
    assert there - SERVERS - OF_KEYS == {name for name in COMMANDS if not name.startswith("-")} - {
        "health --json",
        "health --table",
    }


def told(result: subprocess.CompletedProcess[str]) -> None:
    """No traceback, and no word of the interpreter's own."""
    for word in ("Traceback", "Exception ignored", 'File "'):
        assert word not in result.stderr
    assert all(
        line.startswith("marginline: ") for line in result.stderr.splitlines() if line.strip()
    ), result.stderr


@posix
@pytest.mark.parametrize("command", COMMANDS)
def test_output_that_cannot_be_written(command: str, account: Path) -> None:
    full = ended(arguments(command, account), "exec >/dev/full")
    told(full)
    assert full.returncode == Exit.MACHINE
    assert full.stderr == "marginline: the output failed: No space left on device\n"


@posix
@pytest.mark.parametrize("command", ["health", "explain", "schema", "--help"])
def test_output_that_nobody_takes(command: str, account: Path) -> None:
    shut = ended(arguments(command, account), "exec >&-")
    told(shut)
    assert shut.returncode == Exit.MACHINE
    gone = reader_gone(arguments(command, account))
    told(gone)
    assert gone.returncode == Exit.BROKEN_PIPE
    assert not gone.stderr


@posix
@pytest.mark.parametrize("closing", ["exec 2>&-", "exec 2>/dev/full", "exec <&-", "exec >&- 2>&-"])
def test_streams_that_are_shut_leave_the_code(closing: str, account: Path) -> None:
    shut = ended(["health", str(account)], closing)
    told(shut)
    assert shut.returncode == (Exit.MACHINE if ">&- 2" in closing else Exit.HEALTHY)
    wrong = ended(["health", "/no/such.json"], closing)
    told(wrong)
    assert wrong.returncode == Exit.USAGE


@posix
def test_a_name_on_a_closed_stdin_is_wrong_use() -> None:
    result = ended(["health", "-"], "exec <&-")
    told(result)
    assert result.returncode == Exit.USAGE


@posix
@pytest.mark.parametrize("columns", ["0", "1", "-5", "many", "99999999999999999999"])
def test_any_width_shows_the_status(columns: str, account: Path) -> None:
    result = process("health", account, COLUMNS=columns)
    told(result)
    assert result.returncode == Exit.HEALTHY
    assert "HEALTHY" in result.stdout


@posix
def test_a_full_disk_is_the_machines_fault(account: Path) -> None:
    limited = "ulimit -f 0; trap '' XFSZ"
    result = ended(["convert", str(account), "-o", f"{account.parent}/big.toml"], limited)
    told(result)
    assert result.returncode == Exit.MACHINE
    assert not list(account.parent.glob("*big*"))


@pytest.mark.parametrize(
    "words",
    [
        "whatif ACCOUNT --order BTCUSDT:1e999999",
        "whatif ACCOUNT --order BTCUSDT:1e9999999999999999999",
        "whatif ACCOUNT --shock all:1e400%",
        "whatif ACCOUNT --shock all:-100%",
        "whatif ACCOUNT --deposit USDT:nan",
        "whatif ACCOUNT --leverage BTCUSDT:1e-400",
        "size ACCOUNT BTCUSDT buy --price 1e-999",
        "size ACCOUNT BTCUSDT buy --risk 1e999 --stop 1",
        "reduce ACCOUNT 1e-500",
        "reduce ACCOUNT inf",
        "liquidation ACCOUNT --beta BTCUSDT=1e500",
        "liquidation ACCOUNT --beta BTCUSDT=nan",
        "--watch 1e-999 health ACCOUNT",
        "--max-age 999999999d health ACCOUNT",
        "rules show textbook --at 99999-01-01",
        "sandbox --port 99999999",
        "demo --port 99999999 --for 1s --no-open",
        "demo --speed 1e999",
        "monitor --for 1e999",
        "monitor --for 99999999999999999999d",
        "sandbox --for 1e999",
        "headroom ACCOUNT --candles NONE --paths 2000000000",
        "headroom ACCOUNT --candles NONE --within 1e99d",
        "stress ACCOUNT --top -1",
    ],
)
def test_absurd_numbers_are_answered_in_a_line(words: str, account: Path) -> None:
    result = run(*words.replace("ACCOUNT", str(account)).split())
    assert result.exit_code not in (Exit.FAULT, 1) or not result.stderr, result.stderr
    assert "Traceback" not in result.output


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ("sweep --accounts 0", "--accounts 0: give a whole number from 1 to"),
        ("sweep --accounts 2e9", "--accounts 2e9: give a whole number"),
        ("sweep --accounts 2000000000", "bytes for generating this crowd"),
        ("sweep --instruments 99999999", "--instruments 99999999: give a whole number from 1"),
        ("sweep --seed -1", "--seed -1: give a whole number from 0"),
        ("sweep --worst -1", "--worst -1: give a whole number of accounts from 0"),
        ("sweep --worst 99999999999999999999", "give a whole number of accounts from 0 to 1,000,0"),
        ("sweep --threads 99999999999", "--threads 99999999999: give a whole number from 1 to 256"),
        ("watch --ticks 2000000000", "--ticks 2000000000: give a whole number from 1"),
        ("watch --volatility 1e300", "--volatility 1e300: give a share from 1e-07% to 100%"),
        ("stress --paths 2000000000", "--paths 2000000000: give a whole number from 1"),
        ("stress --paths 1000000 --instruments 20000", "bytes for the paths"),
        ("stress --paths 3 --volatility 1e300", "--volatility 1e300: give a share from 0% to"),
        ("stress --budget 1e9", "--budget 1e9: give a whole number of MB"),
        ("stress --budget 99999999999999999999", "give a whole number of MB from 1"),
        ("stress --shock all=1e300%", "a price is not taken to rise by more than"),
        ("stress --shock all=1e400%", "a price is not taken to rise by more than"),
        ("stress --shock all=-100%", "a price cannot fall by 100 % or more"),
        ("stress --rate USDT=1e300", "--rate USDT 1e300: give a number of the common asset from"),
        ("stress --rate USDT=1e-300", "--rate USDT 1e-300: give a number of the common asset"),
        ("map C0000USDT --steps 2000000000", "--steps 2000000000: give a whole number of prices"),
        ("map C0000USDT --steps 0", "--steps 0: give a whole number of prices from 1"),
        ("map C0000USDT --beta 1e300", "--beta 1e300: give a number from -1,000 to 1,000"),
        ("map C0000USDT --reach 1e-300", "--reach 1e-300: give a share from 0.0001%"),
        ("map C0000USDT --reach nan", "--reach nan: give a share"),
    ],
)
def test_an_absurd_number_of_the_book_is_named_with_its_bounds(words: str, why: str) -> None:
    pytest.importorskip("numba")
    crowd = [
        more
        for name, number in (("--accounts", "20"), ("--instruments", "3"))
        if name not in words
        for more in (name, number)
    ]
    result = run("book", *words.split(), *crowd)
    assert result.exit_code == Exit.USAGE, result.output
    assert why in result.stderr
    assert len(result.stderr.splitlines()) == 1


@pytest.mark.parametrize("mark", ["1e-300", "1e300", "0.000000000000000001"])
@pytest.mark.parametrize(
    "words",
    ["health ACCOUNT", "liquidation ACCOUNT", "whatif ACCOUNT --shock all:-10%", "stress ACCOUNT",
     "size ACCOUNT BTCUSDT buy", "reduce ACCOUNT 0.1", "book sweep ACCOUNT --shock all=-10%",
     "book stress ACCOUNT --list --shock all=-10%", "book map BTCUSDT ACCOUNT",
     "book watch ACCOUNT --ticks 2 --check"],
)  # fmt: skip
def test_prices_near_nothing_and_near_infinity_are_answered(
    words: str, mark: str, tmp_path: Path
) -> None:
    if words.startswith("book"):
        pytest.importorskip("numba")
    document = sample("comfortable")
    for kind in ("mark", "index"):
        priced = document["market"].get(kind, {})
        priced |= dict.fromkeys(priced, mark)
    path = write(tmp_path, document)
    result = run(*words.replace("ACCOUNT", str(path)).split())
    assert result.exit_code != Exit.FAULT, result.output
    assert "Traceback" not in result.output
    assert len(result.output) < 20_000
    assert max(map(len, result.output.splitlines())) < 1_000


def test_our_own_fault_is_one_line_and_a_traceback_only_when_asked(
    account: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError("a fault")

    monkeypatch.setattr("marginline.cli.input.judging.assess", broken)
    result = run("health", account)
    assert result.exit_code == Exit.FAULT
    assert "Traceback" not in result.stderr
    assert "ZeroDivisionError at test_faults.py:" in result.stderr
    monkeypatch.setenv("MARGINLINE_TRACEBACK", "1")
    assert "Traceback" in run("health", account).stderr


@pytest.mark.parametrize(
    "problem",
    [MemoryError(), OSError(errno.EIO, "Input/output error"), OSError(errno.ENFILE, "files")],
)
def test_a_fault_of_the_machine_has_its_own_code(
    problem: Exception, account: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise problem

    monkeypatch.setattr("marginline.cli.input.judging.assess", broken)
    result = run("health", account)
    assert result.exit_code == Exit.MACHINE
    assert len(result.stderr.splitlines()) == 1


def test_help_and_the_docs_tell_every_code() -> None:
    assert set(MEANINGS) == set(Exit)
    shown = " ".join(run("--help").stdout.split())
    page = (Path(__file__).parents[2] / "docs/how-to/command-line.md").read_text("utf-8")
    for code, meaning in MEANINGS.items():
        assert f"{code:d} {meaning}" in shown
        assert f"| {code:d} | " in page


def ended(words: list[str], closing: str) -> subprocess.CompletedProcess[str]:
    """The program after a shell has closed or limited something."""
    return subprocess.run(
        ["/bin/sh", "-c", f'{closing}; exec "$@"', "sh", *PROGRAM, *words],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        env=os.environ | {"COLUMNS": "80"},
    )


def reader_gone(words: list[str]) -> subprocess.CompletedProcess[str]:
    """The program writing to a pipe that nobody reads any more."""
    read, write_end = os.pipe()
    os.close(read)
    try:
        return subprocess.run(
            [*PROGRAM, *words],
            stdout=write_end,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
            timeout=120,
            env=os.environ | {"COLUMNS": "80"},
        )
    finally:
        os.close(write_end)
