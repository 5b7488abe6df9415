"""Keys as they are kept: sealed in a file, or in a keyring; nothing of them in any text."""

from __future__ import annotations

import traceback
from pathlib import Path

import pytest

from marginline.errors import InputError
from marginline.store.secrets.keyrings import KeyringKeys
from marginline.store.secrets.records import KeyRecord, Keys
from marginline.store.secrets.sealed import SealedKeys

CANARY = "canary-of-tests-0123456789"
PASS = "correct horse"


def record(name: str = "main") -> KeyRecord:
    return KeyRecord(
        name=name, venue="binance_usdm", key=f"key-{CANARY}", secret=f"secret-{CANARY}",
        passphrase=f"pass-{CANARY}", trading=("enableFutures",), probed_at=1,
    )  # fmt: skip


class Ring:
    """A keyring in memory; it refuses when it is locked."""

    name = "in memory"
    priority = 5

    def __init__(self) -> None:
        self.rows: dict[tuple[str, str], str] = {}
        self.locked = False

    def _open(self) -> None:
        if self.locked:
            raise RuntimeError(f"locked; asked with {self.rows}")

    def get_password(self, service: str, name: str) -> str | None:
        self._open()
        return self.rows.get((service, name))

    def set_password(self, service: str, name: str, text: str) -> None:
        self._open()
        self.rows[service, name] = text

    def delete_password(self, service: str, name: str) -> None:
        self._open()
        del self.rows[service, name]


@pytest.fixture(params=["sealed file", "keyring"])
def keys(request: pytest.FixtureRequest, tmp_path: Path) -> Keys:
    if request.param == "keyring":
        return KeyringKeys(Ring())
    return SealedKeys(tmp_path / "k" / "keys.sealed", lambda _: PASS)


def test_keys_come_back_as_they_were_kept(keys: Keys) -> None:
    assert (keys.names(), keys.get("main"), keys.remove("main")) == ((), None, False)
    keys.put(record())
    keys.put(record("second"))
    keys.put(record())
    assert keys.names() == ("main", "second")
    assert keys.get("main") == record()
    assert keys.remove("main")
    assert (keys.names(), keys.get("main")) == (("second",), None)


def test_a_record_shows_nothing_of_its_secrets() -> None:
    shown = f"{record()!r} {record()} {[record()]}"
    assert CANARY not in shown
    assert "…6789" in shown


def test_the_file_holds_nothing_in_clear_and_is_sealed_anew_with_every_write(
    tmp_path: Path,
) -> None:
    path = tmp_path / "keys.sealed"
    SealedKeys(path, lambda _: PASS).put(record())
    first = path.read_bytes()
    assert b"canary" not in first
    assert b"main" not in first
    SealedKeys(path, lambda _: PASS).put(record())
    assert path.read_bytes() != first
    assert not path.with_name("keys.sealed.part").exists()


def test_every_byte_of_the_file_is_sealed(tmp_path: Path) -> None:
    path = tmp_path / "keys.sealed"
    SealedKeys(path, lambda _: PASS).put(record())
    whole = path.read_bytes()
    for place in range(0, len(whole), 37):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        with pytest.raises(InputError) as refused:
            SealedKeys(path, lambda _: PASS).get("main")
        assert CANARY not in str(refused.value)


@pytest.mark.parametrize("given", ["", "short", "another passphrase"])
def test_no_other_passphrase_opens_it_and_there_is_no_default(tmp_path: Path, given: str) -> None:
    path = tmp_path / "keys.sealed"
    SealedKeys(path, lambda _: PASS).put(record())
    with pytest.raises(InputError, match="passphrase"):
        SealedKeys(path, lambda _: given).names()


def test_a_locked_keyring_is_said_without_what_it_said() -> None:
    ring = Ring()
    keys = KeyringKeys(ring)
    keys.put(record())
    ring.locked = True
    with pytest.raises(InputError, match="unlock") as refused:
        keys.get("main")
    assert CANARY not in "".join(traceback.format_exception(refused.value))
