"""`marginline record` and `replay`: a run written down, lived again, cut, damaged, served."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("aiohttp", reason="the extra `live` is not installed")

from marginline.cli.exits import Exit
from marginline.store.recordings.files import lines_of, parts_in
from tests.cli.running import run, sample, write
from tests.cli.test_json import misfits


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file's account, watched for two seconds."""
    folder = tmp_path_factory.mktemp("recorded")
    account = write(folder, sample("one-move-away"))
    out = folder / "out"
    done = run("record", account, "--out", out, "--for", "2s", "--json")
    assert done.exit_code == Exit.HEALTHY, done.stderr
    told = json.loads(done.stdout)
    assert misfits(told, "recorded") == []
    assert told["rounds"] > 2
    assert told["lost"] == 0
    return out


def replayed(*arguments: object) -> tuple[int, Any]:
    done = run("replay", *arguments, "--json")
    return done.exit_code, json.loads(done.stdout)


def test_a_recorded_run_is_lived_again_and_its_records_are_the_same(recorded: Path) -> None:
    code, told = replayed(recorded)
    assert code == Exit.HEALTHY
    assert misfits(told, "replay") == []
    assert told["differs"] is None
    assert told["ended"]
    assert told["accounts"][0]["status"] in {"margin_call", "watch", "unknown", "healthy"}
    text = run("replay", recorded)
    assert text.exit_code == Exit.HEALTHY
    assert "its records are those of the run itself, to the byte" in text.stdout


def test_a_simulated_world_is_recorded_with_its_clock_and_without_its_keys(tmp_path: Path) -> None:
    out = tmp_path / "out"
    done = run("record", "--sandbox", "calm", "--speed", "5", "--for", "8s", "--out", out)
    assert done.exit_code == Exit.HEALTHY, done.stderr
    assert re.search(r"Recorded \d+ rounds and \d+ messages", done.stdout)
    code, told = replayed(out)
    assert code == Exit.HEALTHY
    assert told["differs"] is None
    assert told["messages"] > 20
    assert len(told["accounts"]) == 12
    lines = [line for part in parts_in(out) for line in lines_of(part)]
    text = b"\n".join(lines).decode()
    for word in ("signature=", "X-MBX-APIKEY", "X-BAPI-SIGN"):
        assert word not in text
    assert '\\"listenKey\\":\\"[hidden]' in text
    worlds = [
        json.loads(line).get("world") for line in lines if line.startswith(b'{"line":"round"')
    ]
    assert len(set(worlds)) > 1
    assert all(str(each).startswith("20") for each in worlds)

    done = run("replay", out, "--raw", "--json")
    told = json.loads(done.stdout)
    assert misfits(told, "reread") == []
    assert all(each["same"] == each["told"] for each in told["accounts"]), told
    there = bool(told["accounts"])  # in eight seconds of a starved machine nobody is told
    assert done.exit_code == (Exit.HEALTHY if there else Exit.UNKNOWN)
    done = run("replay", out, "--raw")
    assert ("the same" in done.stdout) is there


def test_a_recording_of_files_alone_has_nothing_to_read_again(recorded: Path) -> None:
    done = run("replay", recorded, "--raw")
    assert done.exit_code == Exit.UNKNOWN
    assert "Of files, so no venue was asked: one move away" in done.stdout


def test_a_recording_is_served_as_a_page(recorded: Path) -> None:
    done = run("replay", recorded, "--serve", "--port", "0", "--no-open", "--speed", "max",
               "--for", "1s")  # fmt: skip
    assert done.exit_code == Exit.HEALTHY, done.stderr
    assert re.search(r"http://127\.0\.0\.1:\d+", done.stdout)
    assert "to the byte" in done.stdout


def test_what_is_before_a_cut_is_replayed_and_the_place_is_told(
    recorded: Path, tmp_path: Path
) -> None:
    (part,) = parts_in(recorded)
    cut = tmp_path / part.name
    content = part.read_bytes()
    cut.write_bytes(content[: len(content) - 30])
    done = run("replay", cut, "--json")
    assert done.exit_code == Exit.MACHINE
    assert re.search(rf"{part.name}: the recording is cut at byte \d+", done.stderr)
    told = json.loads(done.stdout)
    assert misfits(told, "replay") == []
    assert told["rounds"] > 0
    assert told["differs"] is None
    assert told["cut"]["reason"].startswith("the recording is cut")


def test_from_to_and_day_choose(recorded: Path) -> None:
    (part,) = parts_in(recorded)
    day = part.name[:10]
    assert replayed(recorded, "--day", day)[1]["rounds"] > 2
    code, none = replayed(recorded, "--to", "2020-01-01")
    assert code == Exit.UNKNOWN
    assert none["rounds"] == 0
    late = run("replay", recorded, "--from", "2100-01-01T00:00:00Z")
    assert late.exit_code == Exit.HEALTHY
    assert "one-move-away is" not in late.stdout


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("replay nothing-there", "there is no recording there; `marginline record` makes one"),
        ("replay notes.txt", "is no recording; `marginline record` makes one"),
        ("replay OUT --day 2020-01-01", "there is: 20"),
        ("replay OUT --day yesterday", "must be a day such as"),
        ("replay OUT --speed 0", "from 0.1 to 100000"),
        ("replay OUT --raw --serve", "it lives nothing"),
        ("replay OUT --from noon", "must be a moment such as"),
        ("replay", "give a recording"),
        ("replay OUT --url sqlite:///x.db", "give a recording"),
        ("record --out NEW", "no account to watch"),
        ("record a.json --sandbox calm", "give no files"),
        ("record a.json --seed 3", "give --sandbox STORY"),
        ("record --sandbox nowhere --out NEW", "no scenario is called"),
        ("record a.json --most 3", "must be a size"),
        ("record a.json --keep long", "must be a length of time"),
    ],
)
def test_what_cannot_be_is_told_in_one_line(
    words: str, message: str, recorded: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "notes.txt").write_text("nothing of it is recorded", "utf-8")
    given = [w.replace("OUT", str(recorded)).replace("NEW", str(tmp_path)) for w in words.split()]
    done = run(*given)
    assert done.exit_code == Exit.USAGE
    assert message in done.stderr


def test_a_monitors_history_holds_a_run_where_the_settings_ask(tmp_path: Path) -> None:
    account = write(tmp_path, sample("comfortable"))
    settings = tmp_path / "marginline.toml"
    settings.write_text(
        '[history]\nurl = "sqlite:///history.db"\nraw = true\n'
        f'[[accounts]]\nname = "a"\nfile = "{account.name}"\n'
    )
    watched = run("monitor", "--config", settings, "--port", "0", "--no-open", "--for", "4s")
    assert watched.exit_code == Exit.HEALTHY, watched.stderr
    url = f"sqlite:///{tmp_path / 'history.db'}"
    code, told = replayed("--url", url)
    assert code == Exit.HEALTHY
    assert told["differs"] is None
    assert told["ended"]
    wrong = run("replay", "--url", url, "--run", "other")
    assert wrong.exit_code == Exit.USAGE
    assert "there is: " in wrong.stderr
