"""How old an account may be and where watch begins, in every command that judges."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.running import run, sample, write


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return write(tmp_path, sample("comfortable"))


@pytest.mark.parametrize(
    "words",
    [
        ("health", "FILE"),
        ("liquidation", "FILE"),
        ("whatif", "FILE", "--deposit", "USDT:1"),
        ("size", "FILE", "BTCUSDT", "buy"),
        ("reduce", "FILE", "0.005"),
        ("reduce", "FILE", "0.9"),
        ("contagion", "FILE"),
    ],
)
def test_an_account_too_old_is_unknown_in_every_command(words: tuple[str, ...], file: Path) -> None:
    asked = [str(file) if word == "FILE" else word for word in words]
    assert run("--max-age", "1s", *asked).exit_code == 4
    assert run(*asked).exit_code == 0


def test_that_it_is_too_old_is_said_before_what_is_merely_near(tmp_path: Path) -> None:
    near = write(tmp_path, sample("one-move-away"))
    assert "uses 81.9 % of its support" in run("health", near).stdout
    told = run("--max-age", "1s", "health", near, "--brief", columns=200)
    assert "It cannot be assessed: it is older than the 1 s that are allowed, by " in told.stdout


def test_the_watch_distance_can_be_set_and_switched_off(file: Path) -> None:
    assert run("--watch", "50%", "health", file).exit_code == 1
    assert run("--watch", "0.5", "health", file).exit_code == 1
    assert run("--watch", "0", "health", file).exit_code == 0


@pytest.mark.parametrize("words", [("--max-age", "soon"), ("--watch", "wide"), ("--watch", "120%")])
def test_what_is_not_written_so_is_wrong_use(words: tuple[str, str], file: Path) -> None:
    result = run(*words, "health", file)
    assert result.exit_code == 64
    assert "write a" in result.stderr


def test_what_the_venue_would_refuse_does_not_end_as_success(file: Path) -> None:
    assert run("whatif", file, "--order", "BTCUSDT:500").exit_code != 0


def test_liquidation_ends_with_the_status(tmp_path: Path) -> None:
    assert run("liquidation", write(tmp_path, sample("strained"))).exit_code == 1


def test_a_ratio_above_one_is_wrong_use(file: Path) -> None:
    result = run("reduce", file, "50")
    assert result.exit_code == 64
    assert "0.5 is 50 %" in result.stderr
