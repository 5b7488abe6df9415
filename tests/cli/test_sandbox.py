"""`marginline sandbox`: addresses and keys, the story, what it cost, wrong use."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
from pathlib import Path

import pytest

from tests.cli.running import PROGRAM, process, run


def test_it_serves_for_a_while_and_says_what_it_cost() -> None:
    result = process("sandbox", "--port", "0", "--for", "1s", "--json")
    assert result.returncode == 0, result.stderr
    start, *_, end = (json.loads(line) for line in result.stdout.splitlines())
    assert start["rest"].startswith("http://127.0.0.1:")
    assert len(start["keys"]) == 24
    assert {key["account"] for key in start["keys"]} >= {"gambler", "unified desk"}
    assert end["type"] == "end"
    assert end["seconds"] >= 1
    assert end["memory_mb"] > 10
    assert end["gaps"] == {}


def test_its_page_names_addresses_keys_and_cost() -> None:
    result = process("sandbox", "--port", "0", "--for", "1s", COLUMNS="140")
    assert result.returncode == 0, result.stderr
    assert "http://127.0.0.1:" in result.stdout
    assert "gambler" in result.stdout
    assert "requests" in result.stdout
    assert "MB of memory" in result.stdout


def test_ctrl_c_ends_it_cleanly() -> None:
    command = [*PROGRAM, "sandbox", "--port", "0", "--json"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as served:
        assert served.stdout is not None
        assert json.loads(served.stdout.readline())["type"] == "start"
        served.send_signal(signal.SIGINT)
        try:
            out, problems = served.communicate(timeout=60)
        finally:
            served.kill()  # or a program that will not end would be waited for without end
    assert json.loads(out.splitlines()[-1])["type"] == "end"
    assert (served.returncode, problems) == (0, "")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        pytest.param(["--scenario", "nope"], "calm", id="unknown scenarios name those there are"),
        pytest.param(["--speed", "0"], "--speed", id="no speed"),
        pytest.param(["--speed", "NaN"], "--speed", id="a speed that is no number"),
        pytest.param(["--port", "70000"], "--port", id="no port"),
        pytest.param(["--for", "soon"], "such as 90s", id="no time"),
        pytest.param(["--faults", "/no/such/file"], "--faults", id="no script"),
    ],
)
def test_wrong_use_is_said_in_one_line(arguments: list[str], said: str) -> None:
    result = run("sandbox", "--port", "0", "--for", "1s", *arguments)
    assert result.exit_code == 64
    assert said in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1


def test_a_fault_script_that_is_none_is_refused_with_the_kinds_there_are(tmp_path: Path) -> None:
    script = tmp_path / "faults.toml"
    script.write_text('[[fault]]\nkind = "explode"\n')
    result = run("sandbox", "--port", "0", "--for", "1s", "--faults", script)
    assert result.exit_code == 64
    assert "silence" in result.stderr
    assert result.stderr.startswith(f"marginline: --faults {script}: ")


def test_a_port_that_is_taken_is_told_as_by_a_page() -> None:
    """It said "error while attempting to bind on address (…)", and no remedy."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        result = run("sandbox", "--port", port, "--for", "1s")
    assert result.exit_code == 64
    assert result.stderr == (
        f"marginline: --port {port}: cannot be listened on: Address already in use; choose another"
        " port, 0 takes any free one\n"
    )
