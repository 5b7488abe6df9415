"""Tables and caches made to break the book: refused by name, or mended and said."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("numba", reason="the extra `book` is not installed")
pytest.importorskip("pyarrow", reason="the extra `book` is not installed")

import pyarrow as pa
import pyarrow.parquet as pq

from marginline.book.intake.table_columns import SCHEMA, Columns, parquet_table
from marginline.book.kernels import compiled
from marginline.book.kernels.limits import BookMisuse, BookTooLarge


def _repeated(path: Path, rows: int, text: str) -> None:
    account = pa.DictionaryArray.from_arrays(pa.array([0] * rows, pa.int32()), pa.array([text]))
    names = {"account": account, "instrument": account}
    numbers = {name: pa.array([1.0] * rows) for name in ("cash", "size", "entry_price")}
    pq.write_table(pa.table(names | numbers), path)


def test_texts_that_would_unfold_to_gigabytes_stay_folded(tmp_path: Path) -> None:
    path = tmp_path / "small.parquet"
    _repeated(path, 200_000, "x" * 100_000)  # 20 GB, unfolded
    assert path.stat().st_size < 5_000_000
    before = pa.total_allocated_bytes()
    columns = Columns(parquet_table(path, SCHEMA, "positions"), SCHEMA, "x")
    with pytest.raises(BookMisuse, match=r"x\.account: a text of 100,000 characters"):
        columns.texts("account")
    assert columns.rows == 200_000
    assert pa.total_allocated_bytes() - before < 50_000_000


def test_rows_that_would_not_fit_are_refused_before_they_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "many.parquet"
    _repeated(path, 100_000, "a")
    read: list[Any] = []
    monkeypatch.setattr(pq, "read_table", lambda *given, **_: read.append(given))
    monkeypatch.setattr("marginline.book.memory.free_bytes", lambda: 10_000_000)
    with pytest.raises(BookTooLarge, match="table of positions"):
        parquet_table(path, SCHEMA, "positions")
    assert not read


def test_columns_are_judged_before_they_are_read(tmp_path: Path) -> None:
    pq.write_table(pa.table({"account": ["a"], "bomb": ["x"]}), tmp_path / "a.parquet")
    with pytest.raises(BookMisuse, match="bomb"):
        parquet_table(tmp_path / "a.parquet", SCHEMA, "positions")


def test_a_temporary_folder_that_others_may_write_to_is_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.gettempdir", lambda: str(tmp_path))
    (own,) = compiled._own_temporary()
    assert own.stat().st_mode & 0o777 == 0o700
    own.chmod(0o777)
    assert not list(compiled._own_temporary())
    own.rmdir()
    own.symlink_to(tmp_path)
    assert not list(compiled._own_temporary())


_KERNEL = """
from marginline.book.kernels.compiled import kernel
@kernel
def one_more(x):
    return x + 1.0
print(one_more(1.0))
"""


def _printed(folder: Path) -> subprocess.CompletedProcess[str]:
    """The kernel of a folder's script, compiled or taken from the folder."""
    return subprocess.run(
        [sys.executable, str(folder / "script.py")], capture_output=True, text=True, timeout=120,
        env=os.environ | {"NUMBA_CACHE_DIR": str(folder / "kept")}, check=True,
    )  # fmt: skip


@pytest.fixture(scope="module")
def compiled_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A script with a kernel, and the files of that kernel."""
    folder = tmp_path_factory.mktemp("kernel")
    (folder / "script.py").write_text(_KERNEL)
    assert _printed(folder).stdout == "2.0\n"
    return folder


@pytest.mark.parametrize("ending", [".nbi", ".nbc"])
@pytest.mark.parametrize("content", [b"", b"no pickle"])
def test_a_broken_file_of_kernels_is_compiled_anew_and_said(
    compiled_once: Path, ending: str, content: bytes
) -> None:
    files = [path for path in (compiled_once / "kept").rglob("*") if path.suffix == ending]
    assert files
    for path in files:
        path.write_bytes(content)
    again = _printed(compiled_once)
    assert again.stdout == "2.0\n"
    assert "compiled anew" in again.stderr
    assert "compiled anew" not in _printed(compiled_once).stderr


class _Kept:
    """A cache of one kernel that another process fills."""

    def __init__(self) -> None:
        self.kernel: str | None = None

    def load_overload(self, *_: object) -> str | None:
        return self.kernel

    def save_overload(self, *_: object) -> None:
        self.kernel = "compiled"

    def flush(self) -> None:
        raise AssertionError("nothing is broken here")

    def compile(self, *_: object) -> str:
        raise AssertionError("nothing is compiled here")


def test_of_two_that_miss_a_kernel_at_once_one_compiles_and_the_other_loads(
    tmp_path: Path,
) -> None:
    one, other = _Kept(), _Kept()
    for cache in (one, other):
        compiled._mend(cache, cache, tmp_path / "kernel.lock")
    assert one.load_overload() is None, "its turn to compile"
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(other.load_overload)
        time.sleep(0.2)
        assert not waiting.done()
        other.kernel = "compiled by the first"
        one.save_overload()
        assert waiting.result(timeout=20) == "compiled by the first"
    third = _Kept()
    compiled._mend(third, third, tmp_path / "kernel.lock")
    assert third.load_overload() is None, "nobody has the turn any more"
    third.save_overload()


UNCOMPILABLE = """
import fcntl, pathlib, sys
from marginline.book.kernels.compiled import kernel

@kernel
def broken(x):
    return x.there_is_no_such_thing

for _ in range(2):  # asked again, numba tells what it remembers
    try:
        broken(1.0)
    except Exception as problem:
        print(type(problem).__name__)
(lock,) = pathlib.Path(sys.argv[1]).rglob("*.lock")
with lock.open("ab") as file:
    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
print("free")
"""


def test_a_kernel_that_cannot_be_compiled_keeps_nobody_waiting(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(UNCOMPILABLE, encoding="utf-8")
    environment = os.environ | {"NUMBA_CACHE_DIR": str(tmp_path / "kept")}
    found = subprocess.run(
        [sys.executable, str(script), str(tmp_path)],
        env=environment, capture_output=True, text=True, timeout=110, check=False,
    )  # fmt: skip
    assert found.stdout.split() == ["TypingError", "TypingError", "free"], found.stderr
