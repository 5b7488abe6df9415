"""Where the settings are, without reading them: most commands need none."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

FILE = "marginline.toml"


def settings_file(path: str | None, env: Mapping[str, str]) -> Path | None:
    """`path`, else what MARGINLINE_CONFIG names, else one here, else the user's; None: none."""
    given = path or env.get("MARGINLINE_CONFIG")
    if given:
        return Path(given)
    home = env.get("XDG_CONFIG_HOME") or (
        env.get("APPDATA") if sys.platform == "win32" else str(Path.home() / ".config")
    )
    places = (Path(FILE), Path(home or ".") / "marginline" / FILE)
    return next((place for place in places if place.is_file()), None)
