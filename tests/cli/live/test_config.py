"""The settings of a monitor: what the file may say, and what is said where it may not."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("fastapi", reason="the extra `live` is not installed")

from fastapi import FastAPI

from marginline.api.serving import serving
from marginline.api.settings import ApiSettings
from marginline.cli.commands.live import init
from marginline.cli.exits import UsageProblem
from marginline.cli.input import judging
from marginline.cli.input.durations import seconds_of
from marginline.cli.live.config import load
from marginline.cli.live.watching import cadence_of, watched
from marginline.errors import InputError
from marginline.feeds import Cadence
from marginline.monitor.settings import MonitorSettings


def written(folder: Path, text: str) -> str:
    file = folder / "marginline.toml"
    file.write_text(text, encoding="utf-8")
    return str(file)


def test_what_init_writes_is_read_as_the_defaults(tmp_path: Path) -> None:
    file = tmp_path / "marginline.toml"
    init.run(str(file), force=False)
    assert load(str(file), {})[0] == load(None, {"XDG_CONFIG_HOME": str(tmp_path / "none")})[0]


def test_every_line_of_init_that_is_switched_on_is_known(tmp_path: Path) -> None:
    """Its examples are settings, not prose: all of them together are read."""
    lines = []
    for line in init.TEXT.splitlines():
        bare = line.removeprefix("# ")
        example = bare.startswith("[") or " = " in bare.partition("#")[0]
        lines.append(bare if example and "marginline " not in bare.partition("#")[0] else line)
    text = "\n".join(
        line for line in lines if not line.startswith(("token", "certificate", 'key = "key.pem"'))
    )
    config, folder = load(written(tmp_path, text), {})
    assert [row.name for row in config.accounts] == ["paper", "main", "second", "gambler"]
    assert config.accounts[1].key == "main"
    assert list(config.alerts.accounts) == ["main"]
    assert [target.name for target in config.alerts.targets] == ["phone"]
    assert config.limits.marks == 10
    assert folder == tmp_path


def test_init_replaces_nothing_without_force(tmp_path: Path) -> None:
    file = written(tmp_path, "mine")
    with pytest.raises(UsageProblem, match="--force"):
        init.run(file, force=False)
    assert Path(file).read_text(encoding="utf-8") == "mine"
    init.run(file, force=True)
    assert "[page]" in Path(file).read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[page]\nprot = 1\n", "page.prot: is no setting; there is: host, port, token"),
        ("[paeg]\nport = 1\n", "paeg: is no setting; there is: page, limits, bands"),
        ("[[accounts]]\nnmae = 'a'\n", "accounts.*.nmae: is no setting; there is: name, file"),
        ("[[alerts.targets]]\nname = 'a'\nurl_evn = 'X'\n", "url_evn: .* there is: name, url"),
        ("[alerts.accounts.a]\nwran = 1\n", "wran: is no setting; there is: target, warn"),
        ("[page]\nport = 'x'\n", "page.port: must be a whole number, found text"),
        ("[bands]\nwarn = '70%'\n", "bands.warn: must be a number"),
        ("[limits]\nmarks = nan\n", "limits.marks NaN: must be a number"),
        ("[limits]\nmarks = '\u0663'\n", "limits.marks \u0663: must be a number"),
        ("[alerts.accounts.a]\nwarn = '0.\u0663'\n", "alerts.accounts.a.warn 0.\u0663: must be"),
        ("[limits]\nhold = '1_0'\n", "limits.hold 1_0: must be a number"),
        ("[alerts.accounts.a]\nwarn = -inf\n", "alerts.accounts.a.warn -Infinity"),
        ("[limits]\nmarks = true\n", "marks"),
        ("accounts = 3\n", "accounts"),
        ("[alerts]\nquiet_except = ['x']\n", r"quiet_except\[0\]: x is none of line, call, act"),
        ("[page\n", "no TOML"),
    ],
)
def test_what_it_does_not_know_is_named(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(UsageProblem, match=said):
        load(written(tmp_path, text), {})


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[limits]\nmarks = 0\n", r"\[limits\] marks 0: must be seconds, 0.1 to 2592000"),
        ("[limits]\naccount = -3\n", r"\[limits\] account -3"),
        ("[limits]\ntiers = 1e30\n", r"\[limits\] tiers 1E"),
        ("[bands]\nwarn = 0.9\n", r"\[bands\] warn: must not lie above `act`"),
        ("[judging]\nmax_age = '-1m'\n", r"\[judging\] max_age -1m"),
        ("[judging]\nwatch = 'x'\n", r"\[judging\] watch x"),
        ("[alerts]\ntime_zone = 'Mars/One'\n", "no such zone"),
        ("[alerts]\nheartbeat = 0\n", "heartbeat 0: must be seconds"),
        ("[[accounts]]\nname = 'a'\nfile = 'a.json'\nkey = 'x'\n", "a `file` and a key"),
        (2 * "[[accounts]]\nname = 'a'\nfile = 'a.json'\n", "account a: two have this name"),
        ("[[accounts]]\nname = 'a'\n", "account a: needs a `file`, a `key`, or"),
        ("[[accounts]]\nvenue = 'bybit'\n", "accounts: one without a name: needs a `file`"),
    ],
)
def test_what_cannot_be_is_refused_with_place_value_unit_and_remedy(
    tmp_path: Path, text: str, said: str
) -> None:
    """Each of these was taken: limits below 0, ages and distances that nobody could read."""
    config, folder = load(written(tmp_path, text), {"MARGINLINE_HISTORY": "none"})
    with pytest.raises(UsageProblem, match=said):
        watched(config, folder, ["one.json"], {})


@pytest.mark.parametrize(
    ("text", "option", "said"),
    [
        ("[judging]\nwatch = '5%'\n", None, "[judging] watch 5 %: a monitor takes 3 % always"),
        ("[judging]\nwatch = '0'\n", None, "[judging] watch 0 %: a monitor takes 3 % always"),
        ("", "5%", "--watch 5 %: a monitor takes 3 % always; for an earlier word set `warn`"),
        ("[judging]\nwatch = '5%'\n", "0.03", ""),
        ("", None, ""),
    ],
)
def test_another_distance_of_watch_is_told_with_what_a_monitor_has_instead(
    tmp_path: Path,
    text: str,
    option: str | None,
    said: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """It was read, and nothing came of it without a word."""
    config, folder = load(written(tmp_path, text), {"MARGINLINE_HISTORY": "none"})
    judging.set_up(None, option)
    try:
        watched(config, folder, ["one.json"], {})
    finally:
        judging.set_up(None, None)
    told = capsys.readouterr().err
    assert said in told if said else not told


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"host": "nowhere.invalid", "token": "t" * 40, "insecure": True}, "host: cannot be"),
        ({"certificate": "none.pem", "key": "none.pem"}, "certificate: cannot be used"),
        ({"key": "none.pem"}, "key: is no use without a certificate"),
    ],
)
def test_a_page_that_cannot_be_served_names_what_is_at_fault(
    given: dict[str, Any], said: str
) -> None:
    """The port was blamed for the host; a certificate that was not there failed as output."""

    async def main() -> None:
        async with serving(FastAPI(), ApiSettings(port=0, **given)):
            pass

    with pytest.raises(InputError, match=said):
        asyncio.run(main())


def test_a_file_that_is_not_there_is_an_error_only_where_it_was_named(tmp_path: Path) -> None:
    with pytest.raises(UsageProblem, match="cannot be read"):
        load(str(tmp_path / "none.toml"), {})


def test_the_environment_goes_before_the_file(tmp_path: Path) -> None:
    file = written(tmp_path, "[page]\nport = 1\n[bands]\nact = 0.85\n")
    config, _ = load(file, {"MARGINLINE_PORT": "9000", "MARGINLINE_TOKEN": "t" * 40})
    assert config.page.port == 9000
    assert config.page.token == "t" * 40
    assert config.bands.act == Decimal("0.85")


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("60", 60.0), ("90s", 90.0), ("5m", 300.0), ("2h", 7200.0), ("1.5 s", 1.5)],
)
def test_lengths_of_time_as_people_write_them(text: str, seconds: float) -> None:
    assert seconds_of("--for", text) == seconds


@pytest.mark.parametrize("text", ["", "0", "-5s", "soon", "5 weeks", "1e99"])
def test_what_is_no_length_of_time_is_refused(text: str) -> None:
    with pytest.raises(UsageProblem, match="such as 90s"):
        seconds_of("--for", text)


def test_nothing_grows_older_than_its_limit_between_two_looks_while_all_is_well() -> None:
    """Tiers were fetched every two hours however short their limit: unknown from there on."""
    usual, at_ease = Cadence(), cadence_of(MonitorSettings())
    assert (at_ease.probe, at_ease.poll) == (usual.probe, usual.poll)
    assert at_ease.renew_tiers == usual.renew_tiers
    short = cadence_of(MonitorSettings(marks_ms=4_000, account_ms=10_000, tiers_ms=600_000))
    assert short.probe < 10_000 - 2 * short.grace
    assert short.poll <= 2_000
    assert short.renew_tiers < 600_000
    assert cadence_of(MonitorSettings(marks_ms=1, account_ms=1, tiers_ms=1)).probe == 1_000
