"""Where history is kept, by the settings: the store's address, and the part that keeps it."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from marginline.cli.exits import UsageProblem
from marginline.cli.live.config import SECOND, HistoryTable, load
from marginline.errors import InputError

if TYPE_CHECKING:
    from marginline.monitor.keeping.keeper import Keeper
    from marginline.monitor.run import Monitor
    from marginline.store.store import Store

FILE = "history.db"
_SQLITE = "sqlite:///"


def data_folder(env: Mapping[str, str]) -> Path:
    """The folder of this user's data of ours."""
    usual = Path.home() / ".local" / "share"
    home = env.get("XDG_DATA_HOME") or (env.get("LOCALAPPDATA") if sys.platform == "win32" else "")
    return Path(home or usual) / "marginline"


def address(table: HistoryTable, folder: Path, env: Mapping[str, str]) -> str | None:
    """The store's address; None where the settings say that nothing is kept.

    A file that is named by a relative path starts from the settings' folder.

    Raises:
        UsageProblem: it is no address of a store.
    """
    from marginline.store.opening import checked_url

    if table.url == "none":
        return None
    url = table.url or f"{_SQLITE}{data_folder(env) / FILE}"
    if url.startswith(_SQLITE):
        url = f"{_SQLITE}{(folder / Path(url.removeprefix(_SQLITE)).expanduser()).absolute()}"
    try:
        checked_url(url)
    except InputError as problem:
        raise UsageProblem(f"[history] {problem}") from None
    return url


def asked_address(url: str | None, config: str | None) -> str:
    """The address of the history that options name, else of that of the settings.

    Raises:
        UsageProblem: it is no address, or the settings keep no history.
    """
    if url is not None:
        found = address(HistoryTable(url=url), Path(), os.environ)
    else:
        settings, folder = load(config)
        found = address(settings.history, folder, os.environ)
    if found is None:
        raise UsageProblem('the settings keep no history ([history] url = "none"); give --url')
    return found


def keeper(
    monitor: Monitor, table: HistoryTable, folder: Path, env: Mapping[str, str] | None = None
) -> Keeper | None:
    """The part that keeps a monitor's history; None where nothing is kept.

    Raises:
        UsageProblem: the settings name no store, or an impossible time.
    """
    from marginline.monitor.keeping.keeper import Keeper, KeepSettings
    from marginline.store.opening import open_store, shown_url

    url = address(table, folder, os.environ if env is None else env)
    if url is None:
        return None
    if table.keep_days < 0 or table.interval <= 0:
        raise UsageProblem(
            "[history]: keep_days must not be negative (0 keeps for ever), interval must be above 0"
        )
    settings = KeepSettings(keep_days=table.keep_days, every_ms=int(table.interval * SECOND))

    def opener() -> Store:
        return open_store(url)

    return Keeper(monitor, opener, shown_url(url), settings)
