"""Keys in one encrypted file: scrypt makes a key of a passphrase, AES-256-GCM seals the list.

Salt and nonce are drawn anew with every write; the head of the file (what it is, salt, nonce, cost)
is sealed with it, so that nothing of it can be exchanged. It is written whole or not at all, for
its owner alone (0600). There is no default passphrase, and none is kept.
"""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from marginline.errors import InputError, Problem
from marginline.store.secrets.records import KeyRecord, records_in

SCHEMA = "marginline/keys/1"
SHORTEST = 8
_COST, _BLOCK, _LANES = 2**16, 8, 1  # 64 MiB and about a fifth of a second a guess
_MOST_COST = 2**20
_SALT, _NONCE, _KEY = 16, 12, 32
_MOST_BYTES = 1 << 20

Ask = Callable[[str], str]
"""Asks for a passphrase: what for, in words."""


class _Head(msgspec.Struct, frozen=True, kw_only=True):
    """What must be known to open the file, and is no secret."""

    schema: str
    cost: int
    salt: bytes
    nonce: bytes


class _File(msgspec.Struct, frozen=True, kw_only=True):
    head: _Head
    sealed: bytes


class SealedKeys:
    """Keys in an encrypted file. The passphrase is asked for when it is first needed."""

    def __init__(self, path: Path, ask: Ask) -> None:
        self._path = path
        self._ask = ask
        self._passphrase: str | None = None
        self._derived: tuple[bytes, int, bytes] | None = None  # of the newest file: salt, cost, key

    def __repr__(self) -> str:
        return f"SealedKeys({str(self._path)!r})"

    @property
    def place(self) -> str:
        """The file."""
        return f"the encrypted file {self._path}"

    def names(self) -> tuple[str, ...]:
        """The names of all keys."""
        return tuple(self._read())

    def get(self, name: str) -> KeyRecord | None:
        """A key by its name."""
        return self._read().get(name)

    def put(self, record: KeyRecord) -> None:
        """Keep a key."""
        self._write(self._read() | {record.name: record})

    def remove(self, name: str) -> bool:
        """Forget a key."""
        records = self._read()
        if records.pop(name, None) is None:
            return False
        self._write(records)
        return True

    # -- the file --------------------------------------------------------------------------

    def _read(self) -> dict[str, KeyRecord]:
        try:
            content = self._path.read_bytes()
            mode = self._path.stat().st_mode
        except FileNotFoundError:
            return {}
        except OSError as wrong:
            self._refuse(f"cannot be read: {wrong.strerror}")
        if os.name == "posix" and mode & (stat.S_IRWXG | stat.S_IRWXO):
            self._refuse("others on this machine may read it", f"chmod 600 {self._path}")
        try:
            file = msgspec.json.decode(content[:_MOST_BYTES], type=_File)
        except (msgspec.DecodeError, UnicodeError):
            self._refuse("is no file of keys, or it is damaged", "remove it and add the keys anew")
        head = file.head
        same = msgspec.json.encode(file) == content  # base64 has spare bits: they are none of ours
        sound = (
            same and head.schema == SCHEMA and len(head.salt) == _SALT and len(head.nonce) == _NONCE
        )
        if not sound or not 2 <= head.cost <= _MOST_COST or head.cost & (head.cost - 1):
            self._refuse("is of a form that this version does not know")
        key = self._key(self._known("open it"), head)
        try:
            text = AESGCM(key).decrypt(head.nonce, file.sealed, msgspec.json.encode(head))
        except InvalidTag:
            self._passphrase = self._derived = None
            remedy = "try again; without the passphrase the keys are lost: add them anew"
            self._refuse("the passphrase is another one, or the file is damaged", remedy)
        return records_in(text, self.place)

    def _write(self, records: dict[str, KeyRecord]) -> None:
        head = _Head(schema=SCHEMA, cost=_COST, salt=os.urandom(_SALT), nonce=os.urandom(_NONCE))
        key = self._key(self._known("protect it"), head)
        text = msgspec.json.encode(list(records.values()))
        sealed = AESGCM(key).encrypt(head.nonce, text, msgspec.json.encode(head))
        content = msgspec.json.encode(_File(head=head, sealed=sealed))
        part = self._path.with_name(self._path.name + ".part")
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            with contextlib.suppress(FileNotFoundError):
                part.unlink()
            handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(handle, "wb") as out:
                out.write(content)
                out.flush()
                os.fsync(out.fileno())
            part.replace(self._path)
        except OSError as wrong:
            self._refuse(f"cannot be written: {wrong.strerror}")

    def _key(self, passphrase: str, head: _Head) -> bytes:
        """What scrypt makes of the passphrase; made once for every file that is written."""
        if self._derived is not None and self._derived[:2] == (head.salt, head.cost):
            return self._derived[2]
        made = Scrypt(salt=head.salt, length=_KEY, n=head.cost, r=_BLOCK, p=_LANES)
        key = made.derive(passphrase.encode())
        self._derived = (head.salt, head.cost, key)
        return key

    def _known(self, purpose: str) -> str:
        if self._passphrase is None:
            given = self._ask(f"passphrase to {purpose} ({self._path.name}): ")
            if len(given) < SHORTEST:
                self._refuse(f"a passphrase has at least {SHORTEST} characters",
                             "set MARGINLINE_PASSPHRASE, or type it when asked")  # fmt: skip
            self._passphrase = given
        return self._passphrase

    def _refuse(self, message: str, remedy: str = "") -> NoReturn:
        raise InputError([Problem("keys", "", message, remedy)], str(self._path)) from None
