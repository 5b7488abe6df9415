"""Files that options and arguments name: what cannot be read is told by option, path and remedy."""

from __future__ import annotations

import os
import subprocess
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.running import PROGRAM, process, run, sample, write

EXAMPLES = Path(__file__).parents[2] / "docs/examples"
ACCOUNT = EXAMPLES / "comfortable.json"
pipes = pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="named pipes of POSIX")

DOORS = {
    "health": ("FILE", ""),
    "ledger": ("FILE", ""),
    "convert": ("FILE -o -", ""),
    "reconcile": ("FILE --venue binance_usdm", ""),
    "health --tiers": (f"{ACCOUNT} --tiers FILE", "--tiers "),
    "attribute": (f"{ACCOUNT} {ACCOUNT} --log FILE", "--log "),
    "headroom": (f"{ACCOUNT} --candles FILE", "--candles "),
    "study": ("BTCUSDT=FILE", "--candles "),
    "sandbox": ("--port 0 --for 1s --faults FILE", "--faults "),
    "monitor": ("--for 1s --config FILE", "--config "),
    "alerts test": ("--config FILE", "--config "),
}
"""By command (and option): what it is asked, and the name of the option that is told."""


def refused(door: str, file: Path) -> str:
    """What is said of a file at a door, in one line, without the program's name and the place."""
    asked, option = DOORS[door]
    command = door.partition(" --")[0].split()
    result = run(*command, *(word.replace("FILE", str(file)) for word in asked.split()))
    assert result.exit_code == 64, result.output
    (line,) = result.stderr.strip().splitlines()
    begins = f"marginline: {option}{file}: "
    assert line.startswith(begins), line
    return line.removeprefix(begins)


def nothing(_: Path) -> None:
    """Not made at all."""


MADE: dict[str, tuple[Callable[[Path], object], str]] = {
    "missing": (nothing, "No such file or directory; check the path"),
    "not UTF-8": (lambda path: path.write_bytes(b"\xff\xfe{}"), "save it as UTF-8"),
}


@pytest.mark.parametrize("kind", MADE)
@pytest.mark.parametrize("door", DOORS)
def test_a_file_that_cannot_be_read_is_told_with_its_option_and_a_remedy(
    door: str, kind: str, tmp_path: Path
) -> None:
    make, remedy = MADE[kind]
    make(tmp_path / "given")
    assert remedy in refused(door, tmp_path / "given")


FOLDERS = [door for door in DOORS if DOORS[door][1]]  # where a folder is no folder of answers


@pytest.mark.parametrize("door", FOLDERS)
def test_a_folder_in_place_of_a_file_is_told(door: str, tmp_path: Path) -> None:
    assert "Is a directory; name a file in it" in refused(door, tmp_path)


@pytest.mark.parametrize("door", DOORS)
def test_a_file_without_the_right_to_read_it_is_told(
    door: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By a patch: whoever runs the tests may have every right."""
    file = tmp_path / "given"
    file.write_text("{}")
    real = open

    def guarded(path: object, *rest: object, **more: object) -> object:
        if str(path) == str(file):
            raise PermissionError(13, "Permission denied", str(file))
        return real(path, *rest, **more)  # type: ignore[call-overload]

    monkeypatch.setattr("builtins.open", guarded)
    assert "Permission denied; give yourself the right to read it" in refused(door, file)


@pytest.mark.parametrize(
    ("door", "said"),
    [
        ("health", "is empty"),
        ("ledger", "log: is empty; export it again"),
        ("attribute", "log: is empty; export it again"),
        ("sandbox", "is empty; write rows [[fault]], or leave --faults out"),
        ("health --tiers", "is empty"),
    ],
)
def test_an_empty_file_is_told_as_empty(door: str, said: str, tmp_path: Path) -> None:
    """A sandbox ran on without a word, and a log was said to have an unknown header."""
    (tmp_path / "given").write_text("")
    assert said in refused(door, tmp_path / "given")


# -- pipes -------------------------------------------------------------------------------------


@pipes
@pytest.mark.parametrize("door", DOORS)
def test_a_named_pipe_into_which_nobody_writes_is_not_waited_for(
    door: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("marginline.core.account.file._PATIENCE_S", 0.05)
    os.mkfifo(tmp_path / "given")
    assert "is no regular file but a pipe into which nobody writes" in refused(
        door, tmp_path / "given"
    )


@pipes
@pytest.mark.parametrize("name", ["given.zip", "given.tar.gz", "given.toml"])
def test_a_pipe_that_is_called_as_an_archive_is_not_waited_for(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("marginline.core.account.file._PATIENCE_S", 0.05)
    os.mkfifo(tmp_path / name)
    assert "a pipe into which nobody writes" in refused("health", tmp_path / name)


@pipes
def test_a_pipe_is_no_recording(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "given")
    result = process("replay", tmp_path / "given")
    assert result.returncode == 64
    assert "is no recording" in result.stderr


@pipes
@pytest.mark.parametrize("pause", [0.0, 0.3], ids=["at once", "a while after it was opened"])
def test_a_named_pipe_with_a_writer_is_read_to_its_end(tmp_path: Path, pause: float) -> None:
    """The writer waits for its reader, may hold the pipe open, and writes more than fits in it."""
    pipe = tmp_path / "account.json"
    os.mkfifo(pipe)
    document = sample("one-move-away") | {"extra": {"long": ["x" * 1000] * 200}}
    content = write(tmp_path, document, "file.json").read_bytes()
    go_on = threading.Event()

    def writing() -> None:
        with pipe.open("wb") as file:
            go_on.wait(pause)
            file.write(content)

    writer = threading.Thread(target=writing)
    writer.start()
    piped = run("health", pipe, "--json")
    writer.join()
    assert '"status"' in piped.stdout, piped.stderr
    asked = run("health", tmp_path / "file.json", "--json")
    assert piped.stdout.replace(str(pipe), "") == asked.stdout.replace(
        str(tmp_path / "file.json"), ""
    ).replace('"file"', '"account"')


@pipes
def test_standard_input_by_its_path_is_read() -> None:
    """As a shell's `<(...)` gives it: a pipe under /dev/fd."""
    if not Path("/dev/stdin").exists():
        pytest.skip("no /dev/stdin here")
    result = subprocess.run(
        [*PROGRAM, "health", "/dev/stdin"],
        input=ACCOUNT.read_bytes(),
        capture_output=True,
        check=False,
        timeout=60,
    )
    assert result.returncode == 0, result.stderr
    assert b"HEALTHY" in result.stdout


@pipes
@pytest.mark.parametrize(
    ("options", "code"),
    [
        ((), 64),
        (("--venue", "binance_usdm", "--kind", "balance", "--as-of", "2026-09-01T08:00:00Z"), 4),
    ],
)
def test_a_venue_s_answer_out_of_a_pipe_wants_its_venue(
    options: tuple[str, ...], code: int, tmp_path: Path
) -> None:
    """It can be read once: an account file is tried first, and then nothing is left."""
    pipe = tmp_path / "answer"
    os.mkfifo(pipe)
    answer = b'[{"asset": "USDT", "balance": "5", "crossWalletBalance": "5"}]'
    writer = threading.Thread(target=pipe.write_bytes, args=(answer,))
    writer.start()
    result = run("health", pipe, *options)
    writer.join()
    assert result.exit_code == code, result.output
    if not options:
        assert "out of a pipe is not recognised by itself" in result.stderr
        assert "give --venue, or a file" in result.stderr
