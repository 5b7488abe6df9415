"""`marginline alerts` against a monitor that runs, and by itself; real receivers on loopback."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from marginline.cli.exits import UsageProblem
from marginline.cli.live.config import load
from marginline.cli.live.watching import watched
from marginline.core.account.file import to_dict
from tests.cli.running import process
from tests.cli.test_json import misfits
from tests.monitor.delivery.receivers import Receiver, free_port
from tests.monitor.worlds import account

SECRET = "c4n4ry"


def settings(folder: Path) -> Path:
    path = folder / "marginline.toml"
    path.write_text(
        f"""
[page]
port = 0

[history]
url = "sqlite:///{folder}/history.db"

[alerts]
private = true

[alerts.accounts.one]
warn = "0.65"
act = "0.7"
cooldown = 0

[[alerts.targets]]
name = "hook"
url_env = "HOOK_URL"

[[alerts.targets]]
name = "dead"
url = "json://user:{SECRET}@127.0.0.1:{free_port()}/{SECRET}"
group = 2

[[accounts]]
name = "one"
file = "one.json"
""",
        encoding="utf-8",
    )
    return path


def put(folder: Path, mark: str) -> None:
    """The account's file, as of now."""
    document = json.loads(json.dumps(to_dict(account(mark=mark)), default=str))
    new = folder / "new.json"
    new.write_text(json.dumps(document), encoding="utf-8")
    new.replace(folder / "one.json")


class Running:
    """A monitor in a process of its own."""

    def __init__(self, folder: Path, config: Path, receiver: Receiver) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "marginline", "monitor", "--config", str(config), "--no-open"],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            cwd=folder,
            env={**os.environ, "HOOK_URL": receiver.url(SECRET)},
        )
        assert self.process.stdout is not None
        first = self.process.stdout.readline()
        found = re.search(r"http://\S+", first)
        assert found is not None, first + self.process.stdout.read()
        self.url = found[0]

    def ready(self) -> httpx.Response:
        return httpx.get(f"{self.url}/api/v1/ready")

    def kill(self) -> str:
        self.process.kill()
        assert self.process.stdout is not None
        told = self.process.stdout.read()
        self.process.stdout.close()
        self.process.wait()
        return told


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as made:
        yield made


def until(what: object, seconds: float = 30) -> None:
    end = time.monotonic() + seconds
    while not what():  # type: ignore[operator]
        assert time.monotonic() < end, "it did not come to that"
        time.sleep(0.05)


def test_an_alert_is_told_listed_acknowledged_and_survives_a_kill(
    tmp_path: Path, receiver: Receiver
) -> None:
    config = settings(tmp_path)
    put(tmp_path, "50260")  # beyond its act line of 70 %
    running = Running(tmp_path, config, receiver)
    told = ""
    try:
        until(lambda: receiver.bodies)
        assert receiver.bodies[0].startswith("one crossed its act line: uses ")
        assert "Back to" in receiver.bodies[0]
        at = ("--url", running.url)
        listed = process("alerts", "list", *at)
        assert listed.returncode == 1
        assert "firing, act" in listed.stdout
        assert "told: hook sent" in listed.stdout
        found = json.loads(process("alerts", "list", *at, "--json").stdout)
        assert misfits(found, "alerts") == []
        name = found["alerts"][0]["id"]
        acknowledged = process("alerts", "ack", name, *at)
        assert (acknowledged.returncode, "acknowledged, act" in acknowledged.stdout) == (0, True)
        unknown = process("alerts", "ack", "a0", *at)
        assert unknown.returncode == 64
        assert "there is no such alert" in unknown.stderr
        muted = process("alerts", "mute", "--kind", "band", "--for", "2h", *at)
        assert "Muted: band, until" in muted.stdout
        ended = process("alerts", "mute", "--kind", "band", "--end", *at)
        assert "Muted" not in ended.stdout
        told = running.kill()
        running = Running(tmp_path, config, receiver)
        until(lambda: running.ready().status_code == 200)
        time.sleep(1)
        after = json.loads(process("alerts", "list", "--url", running.url, "--json").stdout)
        states = [(a["id"], a["state"]) for a in after["alerts"] if a["kind"] == "band"]
        assert states == [(name, "acknowledged")]
        assert len(receiver.bodies) == 1, "told again after the restart"
    finally:
        told += running.kill()
    assert SECRET not in told


def test_broken_alerting_is_told_by_ready_metrics_and_the_list(tmp_path: Path) -> None:
    with Receiver(lambda _: "500") as failing:
        config = settings(tmp_path)
        put(tmp_path, "50260")
        running = Running(tmp_path, config, failing)
        try:
            until(lambda: "alerting is broken" in running.ready().text)
            assert running.ready().status_code == 503
            metrics = httpx.get(f"{running.url}/metrics").text
            assert "marginline_alerting_broken 1.0" in metrics
            assert 'marginline_channel_failing{channel="hook"} 1.0' in metrics
            listed = process("alerts", "list", "--url", running.url)
            assert listed.returncode == 4
            assert listed.stdout.startswith("Alerting is broken: ")
            tested = httpx.post(f"{running.url}/api/v1/alerts/test", timeout=30).json()
            assert [(t["channel"], t["state"]) for t in tested["channels"]] == [
                ("hook", "failed"),
                ("dead", "failed"),
            ]
            for path in ("alerts", "snapshot", "ready", "connections", "bands"):
                assert SECRET not in httpx.get(f"{running.url}/api/v1/{path}").text
        finally:
            told = running.kill()
        assert SECRET not in told
        assert "Traceback" not in told


def test_a_test_message_goes_to_every_target_and_the_exit_code_says_whether_all_arrived(
    tmp_path: Path, receiver: Receiver
) -> None:
    config = settings(tmp_path)
    both = process("alerts", "test", "--config", config, HOOK_URL=receiver.url(SECRET))
    assert both.returncode == 1
    assert re.search(r"^hook  sent  \(", both.stdout, re.MULTILINE)
    assert re.search(r"^dead  failed: no connection  \(", both.stdout, re.MULTILINE)
    assert SECRET not in both.stdout + both.stderr
    as_json = process("alerts", "test", "--config", config, "--json", HOOK_URL=receiver.url())
    assert misfits(json.loads(as_json.stdout), "alerts-test") == []
    assert len(receiver.bodies) == 2


WRONG = [
    ("quiet = '22-7 Uhr'", "[alerts] quiet 22-7 Uhr: must be two times of day, 22:00-07:00"),
    ("quiet = '22:00-07:00'\ntime_zone = 'Mars/Base'", "time_zone Mars/Base: there is no such"),
    ("timeout = 0", "[alerts] timeout 0: must be seconds, up to 60"),
    (f"heartbeat_url = 'ftp://{SECRET}'", "alerts.heartbeat_url"),
    ("nonsense = 1", "nonsense"),
    ("quiet_except = ['worst']", "quiet_except"),
    (f"[[alerts.targets]]\nname='x'\nurl='nosuch://{SECRET}'", "no service of Apprise reads"),
    ("[[alerts.targets]]\nname='x'\nurl_env='NOT_SET'", "url_env names NOT_SET, which is not set"),
    ("[[alerts.targets]]\nname='x'", "target x: needs `url_env`"),
    ("[alerts.accounts.two]\nwarn = '0.5'", "there is no such account; there is: one"),
    ("[alerts.accounts.one]\nwarn = '0.95'", "[alerts.accounts.one] warn"),
]


@pytest.mark.parametrize(("text", "words"), WRONG)
def test_settings_that_cannot_be_are_found_at_the_start(
    tmp_path: Path, text: str, words: str
) -> None:
    put(tmp_path, "60000")
    config = tmp_path / "marginline.toml"
    account_ = "[[accounts]]\nname = 'one'\nfile = 'one.json'\n"
    config.write_text(f"history.url = 'none'\n{account_}[alerts]\n{text}\n", encoding="utf-8")
    with pytest.raises(UsageProblem) as refused:
        watched(*load(str(config)), (), {})
    assert words in str(refused.value)
    assert SECRET not in str(refused.value)


def test_without_a_monitor_or_a_target_the_commands_say_so(tmp_path: Path) -> None:
    nobody = process("alerts", "list", "--url", f"http://127.0.0.1:{free_port()}")
    assert (nobody.returncode, "no monitor answers" in nobody.stderr) == (64, True)
    config = tmp_path / "m.toml"
    config.write_text("", encoding="utf-8")
    none = process("alerts", "test", "--config", config)
    assert (none.returncode, "names no target" in none.stderr) == (64, True)
    unclear = process("alerts", "mute")
    assert (unclear.returncode, "name one alert" in unclear.stderr) == (64, True)
