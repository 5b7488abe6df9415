"""History as people have it: kept by a monitor, there after a restart, told where it fails."""

from __future__ import annotations

import shutil
import signal
import time
from pathlib import Path

import pytest

pytest.importorskip("fastapi", reason="the extra `live` is not installed")

from marginline.cli.exits import UsageProblem
from marginline.cli.live.config import HistoryTable, load
from marginline.cli.live.history import address, data_folder
from tests.cli.live.test_commands import STRAINED, address_of, fetched, started, until_judged


def lived(
    folder: Path, seconds: float = 2, *, code: int = 0
) -> tuple[dict[str, object], object, str]:
    """A monitor of one account with a history in the folder: what it answers; then stopped."""
    settings = folder / "marginline.toml"
    settings.write_text(
        '[history]\nurl = "sqlite:///history.db"\n[[accounts]]\nname = "a"\nfile = "a.json"\n'
    )
    if not (folder / "a.json").exists():
        shutil.copy(STRAINED, folder / "a.json")
    process = started("monitor", "--config", str(settings), "--port", "0", "--no-open")
    try:
        at = address_of(process)
        until_judged(at, "a")
        time.sleep(seconds)
        found = fetched(f"{at}/api/v1/accounts/a/history?span=300")
        connections = fetched(f"{at}/api/v1/connections")
        process.send_signal(signal.SIGTERM)
        _, err = process.communicate(timeout=60)
    finally:
        process.kill()
    assert process.returncode == code, err
    assert isinstance(found, dict)
    assert isinstance(connections, dict)
    return found, connections["history"], err


@pytest.mark.slow
def test_history_is_there_again_after_a_restart(tmp_path: Path) -> None:
    before, kept, err = lived(tmp_path)
    assert isinstance(kept, dict)
    assert kept["since"] is None
    assert kept["where"] == str(tmp_path / "history.db")
    assert not err
    after, _, _ = lived(tmp_path)
    points = after["points"]
    assert isinstance(points, list)
    assert after["start"] <= before["start"]  # type: ignore[operator]
    assert points[0] == before["points"][0]  # type: ignore[index]
    assert len(points) > len(before["points"])  # type: ignore[arg-type]


@pytest.mark.slow
def test_a_store_that_cannot_be_is_told_and_the_account_is_judged(tmp_path: Path) -> None:
    (tmp_path / "history.db").write_bytes(b"this is no database, " * 1_000)
    _, kept, err = lived(tmp_path, code=74)
    assert isinstance(kept, dict)
    assert kept["since"] is not None
    assert "not a database" in kept["reason"]
    assert "move the file away" in kept["remedy"]
    assert "history not written since" in err
    assert "Traceback" not in err


def test_the_address_is_that_of_the_settings_else_a_file_of_the_user(tmp_path: Path) -> None:
    env = {"XDG_DATA_HOME": str(tmp_path)}
    assert data_folder(env) == tmp_path / "marginline"
    usual = f"sqlite:///{tmp_path / 'marginline' / 'history.db'}"
    assert address(HistoryTable(), tmp_path, env) == usual
    beside = f"sqlite:///{tmp_path / 'h.db'}"
    assert address(HistoryTable(url="sqlite:///h.db"), tmp_path, env) == beside
    assert address(HistoryTable(url="none"), tmp_path, env) is None
    with pytest.raises(UsageProblem, match="history"):
        address(HistoryTable(url="mysql://x:hunter2@y/z"), tmp_path, env)


def test_the_environment_goes_before_the_file(tmp_path: Path) -> None:
    file = tmp_path / "marginline.toml"
    file.write_text('[history]\nurl = "none"\nkeep_days = 7\n')
    config, _ = load(str(file), {"MARGINLINE_HISTORY": "sqlite:///other.db"})
    assert (config.history.url, config.history.keep_days) == ("sqlite:///other.db", 7)
