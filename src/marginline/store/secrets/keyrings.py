"""Keys in the operating system's keyring: one entry a key, and one that lists their names."""

from __future__ import annotations

from typing import Any, NoReturn

import keyring
import msgspec
from keyring.backends.fail import Keyring as Failing
from keyring.backends.null import Keyring as Nothing

from marginline.errors import InputError, Problem
from marginline.store.secrets.records import KeyRecord, records_in

SERVICE = "marginline"
_LIST = "names of keys"


def working_keyring() -> Any | None:  # Any: a backend of the keyring library
    """The keyring of this system; None where no backend works here."""
    backend = keyring.get_keyring()
    if isinstance(backend, (Failing, Nothing)) or backend.priority < 1:
        return None
    return backend


class KeyringKeys:
    """Keys in a keyring."""

    def __init__(self, backend: Any) -> None:  # Any: a backend of the keyring library
        self._backend = backend

    def __repr__(self) -> str:
        return f"KeyringKeys({self.place!r})"

    @property
    def place(self) -> str:
        """What the keyring calls itself."""
        return f"the keyring ({getattr(self._backend, 'name', type(self._backend).__name__)})"

    def names(self) -> tuple[str, ...]:
        """The names of all keys."""
        text = self._get(_LIST)
        if text is None:
            return ()
        try:
            return msgspec.json.decode(text, type=tuple[str, ...])
        except msgspec.DecodeError:
            problem = Problem("keys", "", "its list of names cannot be read", "add the keys anew")
            raise InputError([problem], self.place) from None

    def get(self, name: str) -> KeyRecord | None:
        """A key by its name."""
        text = self._get(name) if name in self.names() else None
        return None if text is None else records_in(text, self.place).get(name)

    def put(self, record: KeyRecord) -> None:
        """Keep a key, then its name."""
        self._set(record.name, msgspec.json.encode([record]).decode())
        names = self.names()
        if record.name not in names:
            self._set(_LIST, msgspec.json.encode((*names, record.name)).decode())

    def remove(self, name: str) -> bool:
        """Forget a key."""
        names = self.names()
        if name not in names:
            return False
        self._set(_LIST, msgspec.json.encode([each for each in names if each != name]).decode())
        try:
            self._backend.delete_password(SERVICE, name)
        except Exception as wrong:  # noqa: BLE001 - backends raise what they like
            _refuse(self.place, wrong)
        return True

    def _get(self, name: str) -> str | None:
        try:
            found: str | None = self._backend.get_password(SERVICE, name)
        except Exception as wrong:  # noqa: BLE001 - as above
            _refuse(self.place, wrong)
        return found

    def _set(self, name: str, text: str) -> None:
        try:
            self._backend.set_password(SERVICE, name, text)
        except Exception as wrong:  # noqa: BLE001 - as above
            _refuse(self.place, wrong)


def _refuse(place: str, wrong: Exception) -> NoReturn:
    """The class alone: what a backend says may hold what it was given."""
    text = f"the keyring refuses ({type(wrong).__name__})"
    remedy = "unlock it, or name a file in MARGINLINE_KEYS"
    raise InputError([Problem("keys", "", text, remedy)], place) from None
