"""Keys: what is kept and what is refused; accounts by key; and a canary that is found nowhere."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from marginline.cli.exits import Exit
from marginline.sandbox import Sandbox
from tests.cli.running import process
from tests.feeds.plans.playing import bitget_classic, bitget_unified, playing
from tests.sandbox.serving import served

PASS = "a passphrase of tests"


@pytest.fixture(scope="module")
def venue() -> Iterator[Sandbox]:
    with served() as sandbox:
        yield sandbox


class Kept:
    """The program with a file of keys of its own."""

    def __init__(self, folder: Path, venue: Sandbox) -> None:
        self.file = folder / "keys.sealed"
        self.venue = venue
        self.said = ""

    def run(self, *arguments: str, stdin: str = "", **environment: str) -> tuple[int, str]:
        """Exit code, and everything that was said."""
        found = process(
            *arguments, stdin=stdin, MARGINLINE_KEYS=str(self.file), MARGINLINE_PASSPHRASE=PASS,
            **environment,
        )  # fmt: skip
        text = found.stdout + found.stderr
        self.said += text
        return found.returncode, text

    def add(self, account: str, *options: str, trading: bool = False) -> tuple[int, str]:
        key = self.venue.key(account, trading=trading)
        exchange = "binanceusdm" if key.venue == "binance_usdm" else "bybit"
        where = ("--exchange", exchange, "--url", self.venue.rest_url)
        said = f"{key.key}\n{key.secret}\n"
        return self.run("keys", "add", "main", *where, *options, stdin=said)


@pytest.fixture
def kept(tmp_path: Path, venue: Sandbox) -> Kept:
    return Kept(tmp_path, venue)


@pytest.mark.parametrize("account", ["gambler", "unified desk"])
def test_a_key_that_may_only_read_is_kept_listed_tested_used_and_forgotten(
    kept: Kept, account: str
) -> None:
    code, text = kept.add(account)
    assert (code, "read only" in text) == (Exit.HEALTHY, True), text
    assert stat.S_IMODE(kept.file.stat().st_mode) == 0o600
    key = kept.venue.key(account)
    assert key.secret not in kept.file.read_text()
    code, text = kept.run("keys", "list")
    assert code == Exit.HEALTHY
    for word in ("main", f"…{key.key[-4:]}", "read only", "20"):
        assert word in text
    assert key.key not in text
    listed = json.loads(kept.run("keys", "list", "--json")[1])["keys"][0]
    assert listed["probed_at"].endswith("Z")
    assert kept.run("keys", "test", "main")[0] == Exit.HEALTHY
    code, text = kept.run("health", "@main", "--json")
    assert code in (Exit.HEALTHY, Exit.WATCH), text
    assert json.loads(text)["venue"] == key.venue
    assert kept.run("keys", "remove", "main")[0] == Exit.HEALTHY
    assert kept.run("keys", "remove", "main")[0] == Exit.USAGE
    assert key.secret not in kept.said


@pytest.mark.parametrize("account", ["gambler", "unified desk"])
def test_a_key_that_may_trade_is_refused_with_the_remedy_unless_accepted(
    kept: Kept, account: str
) -> None:
    code, text = kept.add(account, trading=True)
    assert code == Exit.USAGE
    for word in ("trade", "allow-list", "--accept-trading"):
        assert word in text
    assert not kept.file.exists()
    assert kept.add(account, "--accept-withdrawal", trading=True)[0] == Exit.USAGE
    code, text = kept.add(account, "--accept-trading", trading=True)
    assert (code, "trade" in text) == (Exit.HEALTHY, True), text


def test_a_key_of_the_environment_is_asked_by_its_exchange(kept: Kept) -> None:
    key = kept.venue.key("gambler")
    env = {"MARGINLINE_KEY": key.key, "MARGINLINE_SECRET": key.secret}
    url = ("--url", kept.venue.rest_url)
    code, text = kept.run("health", "--exchange", "binanceusdm", *url, "--brief", **env)
    assert code in (Exit.HEALTHY, Exit.WATCH), text
    env["MARGINLINE_URL"] = kept.venue.rest_url
    code, text = kept.run("explain", "@binanceusdm", "USDT", "margin_ratio", **env)
    assert (code, "margin_ratio" in text) == (Exit.HEALTHY, True), text
    trading = kept.venue.key("gambler", trading=True)
    env |= {"MARGINLINE_KEY": trading.key, "MARGINLINE_SECRET": trading.secret}
    code, text = kept.run("health", "--exchange", "binanceusdm", *url, **env)
    assert (code, "allow-list" in text) == (Exit.USAGE, True)


FAULTS = [
    pytest.param({"status": 200, "body": "html"}, Exit.UNAVAILABLE, "no answer", id="html"),
    pytest.param({"status": 418, "retry_after": 90, "code": -1003, "message": "banned until"},
                 Exit.WAIT, "ask again in 90 s", id="ban"),
    pytest.param({"status": 401, "code": -2015, "message": "Invalid API-key, IP, or permissions"},
                 Exit.KEY, "check key", id="key"),
    pytest.param({"status": 400, "code": -1021, "message": "outside of the recvWindow"},
                 Exit.UNAVAILABLE, "clock", id="clock"),
    pytest.param({"status": 503, "body": "html"}, Exit.UNAVAILABLE, "try again", id="down"),
]  # fmt: skip


@pytest.mark.parametrize(("fault", "code", "word"), FAULTS)
def test_what_goes_wrong_is_named_with_its_remedy(
    kept: Kept, fault: dict[str, object], code: Exit, word: str
) -> None:
    key = kept.venue.key("gambler")
    env = {"MARGINLINE_KEY": key.key, "MARGINLINE_SECRET": key.secret}
    row = kept.venue.faults.add({"kind": "status", "path": "/fapi/v3/account", **fault})
    try:
        found, text = kept.run(
            "health", "--exchange", "binanceusdm", "--url", kept.venue.rest_url, **env
        )
    finally:
        kept.venue.faults.remove(row)
    assert (found, word in text) == (code, True), text
    assert text.count("\n") == 1
    for secret in (key.key, key.secret, "signature"):
        assert secret not in text


def test_without_a_network_it_says_so(kept: Kept) -> None:
    env = {"MARGINLINE_KEY": "k" * 20, "MARGINLINE_SECRET": "s" * 20}
    code, text = kept.run("health", "--exchange", "okx", "--url", "http://127.0.0.1:9",
                          MARGINLINE_KEY_PASSPHRASE="p" * 9, **env)  # fmt: skip
    assert (code, "check the network" in text) == (Exit.UNAVAILABLE, True), text


@pytest.mark.parametrize(
    ("exchange", "played", "extra"),
    [("bitget_futures", bitget_classic, "p" * 9), ("bitget_unified", bitget_unified, "p" * 9)],
)
def test_a_key_with_a_passphrase(kept: Kept, exchange: str, played: object, extra: str) -> None:
    assert callable(played)
    with playing(played()) as player:
        code, text = kept.run("keys", "add", "other", "--exchange", exchange, "--url", player.url,
                              stdin=f"{'k' * 12}\n{'s' * 12}\n{extra}\n")  # fmt: skip
        assert (code, "read only" in text) == (Exit.HEALTHY, True), text
        code, text = kept.run("health", "@other", "--brief")
        assert code in (Exit.HEALTHY, Exit.WATCH), text
        signed = [each for each in player.asked if "access-key" in each[3]]
        assert all(each[3]["access-passphrase"] == extra for each in signed)
        assert signed
    assert extra not in kept.said


USAGE = [
    (("health",), "--exchange"),
    (("health", "@nobody"), "keys add"),
    (("health", "--exchange", "kraken"), "binanceusdm"),
    (("keys", "add", "x", "--exchange", "binanceusdm"), "missing"),
    (("keys", "add", "x", "--exchange", "nowhere"), "binanceusdm"),
    (("keys", "test", "nobody"), "none"),
]


@pytest.mark.parametrize(("arguments", "word"), USAGE)
def test_wrong_use_says_what_to_do(kept: Kept, arguments: tuple[str, ...], word: str) -> None:
    code, text = kept.run(*arguments)
    assert (code, word in text) == (Exit.USAGE, True), text


def test_another_passphrase_opens_nothing_and_a_readable_file_is_refused(kept: Kept) -> None:
    kept.add("gambler")
    found = process("keys", "list", MARGINLINE_KEYS=str(kept.file),
                    MARGINLINE_PASSPHRASE="something else")  # fmt: skip
    assert (found.returncode, "something else" in found.stderr) == (Exit.USAGE, False)
    assert "passphrase is another" in found.stderr
    if os.name == "posix":
        kept.file.chmod(0o644)
        code, text = kept.run("keys", "list")
        assert (code, "chmod 600" in text) == (Exit.USAGE, True)
