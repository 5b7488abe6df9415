"""Where keys are kept: a file that is named, else the system's keyring, else a file of the user."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

from marginline.store.secrets.keyrings import KeyringKeys, working_keyring
from marginline.store.secrets.records import Keys
from marginline.store.secrets.sealed import Ask, SealedKeys

FILE_VARIABLE, PASSPHRASE_VARIABLE = "MARGINLINE_KEYS", "MARGINLINE_PASSPHRASE"


def open_keys(ask: Ask, env: Mapping[str, str]) -> Keys:
    """Where keys are kept on this machine.

    Args:
        ask: asks for the passphrase of a file, where MARGINLINE_PASSPHRASE does not hold it.
        env: the environment of the process.
    """

    def passphrase(purpose: str) -> str:
        return env.get(PASSPHRASE_VARIABLE) or ask(purpose)

    if named := env.get(FILE_VARIABLE):
        return SealedKeys(Path(named), passphrase)
    backend = working_keyring()
    if backend is not None:
        return KeyringKeys(backend)
    return SealedKeys(_usual(env), passphrase)


def _usual(env: Mapping[str, str]) -> Path:
    home = env.get("XDG_DATA_HOME") or (
        env.get("LOCALAPPDATA") if sys.platform == "win32" else str(Path.home() / ".local/share")
    )
    return Path(home or ".") / "marginline" / "keys.sealed"
