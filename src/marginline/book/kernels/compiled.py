"""The formulas inside kernels: the very function objects of `formulas`, compiled by numba.

`register_jitable` makes each formula callable from compiled code; nothing is copied or rewritten.

numba's on-disk cache asks whether the file of the *kernel* has changed, not whether a formula that
the kernel calls has (ADR 0010): an edited formula would leave the old machine code in use. The
cache folder is therefore named by a digest of every source that can end up in a kernel.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import stat
import tempfile
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from threading import Event
from typing import IO, Any, TypeVar

import numba
import numpy as np
from numba.core import config, types
from numba.core.compiler import Compiler, CompilerBase, DefaultPassBuilder
from numba.extending import intrinsic, register_jitable

from marginline import formulas

Function = TypeVar("Function", bound=Callable[..., Any])

_HERE = Path(__file__).resolve().parent
# Numba makes its settings at run time; no type checker sees them.
numba_config: Any = config
_SOURCES = (Path(formulas.__file__).resolve().parent, _HERE)

LOOK_S, LOOKS = 0.05, 2400
"""Two minutes: no kernel takes longer to compile, on the slowest machine we have seen."""
_KEPT = 4  # folders of kernels: of versions used side by side, and of a day's edits

# `numpy`: a division by zero gives infinity or NaN, which makes an account UNKNOWN; no exception.
# No `fastmath`: the order of operations is part of the result.
# Nobody calls a kernel or a helper from C: numba would make each a way in from there, too.
_OPTIONS: dict[str, Any] = {"error_model": "numpy", "no_cfunc_wrapper": True}

for _formula in formulas.FORMULAS.values():
    register_jitable(**_OPTIONS)(_formula)


@cache
def source_digest() -> str:
    """SHA-256 over all formula and kernel sources, cut to 16 hexadecimal digits."""
    digest = hashlib.sha256()
    for folder in _SOURCES:
        for path in sorted(folder.glob("*.py")):
            digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:16]


@cache
def cache_folder() -> Path | None:
    """Where compiled kernels of exactly these sources are kept; None where nothing is writable.

    numba's own setting (NUMBA_CACHE_DIR) comes first, then beside the sources, then the user's
    cache, then a folder of our own in the machine's temporary one: numba unpickles what lies there,
    so a folder that anybody else could have made or can write to is left alone.
    """
    name = f"kernels-{source_digest()}"
    bases = [_HERE / "__pycache__", Path.home() / ".cache" / "marginline"]
    if numba_config.CACHE_DIR:
        bases.insert(0, Path(numba_config.CACHE_DIR))
    for base in [*bases, *_own_temporary()]:
        try:
            if not (base / name).is_dir():
                (base / name).mkdir(parents=True)
                _forget_old(base)
            with tempfile.TemporaryFile(dir=base / name):
                return base / name
        except OSError:
            continue
    return None


def _own_temporary() -> Iterator[Path]:
    """A temporary folder that this user alone owns and may enter; none where there is no such."""
    if not hasattr(os, "getuid"):
        return
    folder = Path(tempfile.gettempdir()) / f"marginline-{os.getuid()}"
    try:
        with suppress(FileExistsError):
            folder.mkdir(mode=0o700)
        found = folder.lstat()
    except OSError:
        return
    if stat.S_ISDIR(found.st_mode) and found.st_uid == os.getuid() and not found.st_mode & 0o077:
        yield folder


def _forget_old(base: Path) -> None:
    """Keep the kernels of the newest sources only: every upgrade would leave a folder behind."""
    newest = sorted(base.glob("kernels-*"), key=lambda folder: folder.stat().st_mtime)
    for folder in newest[:-_KEPT]:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _kept_in(folder: Path | None) -> Iterator[None]:
    before = numba_config.CACHE_DIR
    numba_config.CACHE_DIR = str(folder or "")
    try:
        yield
    finally:
        numba_config.CACHE_DIR = before


def kernel(function: Function) -> Function:
    """Compile a kernel: loops over columns, every number by a formula; runs without the GIL."""
    return _compiled(function)


class _NoAlias(CompilerBase):
    """numba's own passes, with its arrays declared to lie apart."""

    def define_pipelines(self) -> list[object]:
        self.state.flags.noalias = True
        passes = DefaultPassBuilder.define_nopython_pipeline(self.state)  # type: ignore[no-untyped-call]
        return [passes]


def distinct(function: Function) -> Function:
    """Compile a kernel none of whose array parameters share memory.

    Only then may the compiler take eight lanes at a time through look-ups in a table: numba tells
    it so by a flag that has no decorator option of its own.
    """
    return _compiled(function, _NoAlias)


def _compiled(function: Function, passes: type[CompilerBase] = Compiler) -> Function:
    folder = cache_folder()
    with _kept_in(folder):
        # No reference counts: kernels make no arrays, and counting would cost more than the sums.
        options: dict[str, Any] = {"nogil": True, "_nrt": False, "pipeline_class": passes}
        options["cache"] = folder is not None
        compiled: Any = numba.njit(**options, **_OPTIONS)(function)
        if folder is not None:
            lock = folder / f"{function.__module__}.{function.__qualname__}.lock"
            _mend(compiled._cache, compiled._compiler, lock)  # noqa: SLF001 - numba has no other door
    found: Function = compiled
    return found


def _mend(cache_of_kernel: Any, compiler: Any, lock: Path) -> None:
    """Have a cache file that cannot be read compiled anew, and say so, instead of failing.

    Of processes that miss the same kernel at once, one compiles it; the others wait and load it.
    Where it cannot be compiled the next one is let in at once, to find the same.
    """
    load, save = cache_of_kernel.load_overload, cache_of_kernel.save_overload
    translate = compiler.compile
    turn = _Turn(lock)

    def read(*call: Any) -> Any:
        try:
            return load(*call)
        except Exception as problem:  # noqa: BLE001 - a broken pickle raises whatever it likes
            text = f"a file of compiled kernels was broken ({problem!r}); it is compiled anew"
            warnings.warn(text, RuntimeWarning, stacklevel=2)
            cache_of_kernel.flush()
            return None

    def loaded(*call: Any) -> Any:
        found = read(*call)
        if found is None and turn.take():
            found = read(*call)
        if found is not None:
            turn.give()
        return found

    def translated(*call: Any) -> Any:
        try:
            return translate(*call)
        except BaseException:
            turn.give()
            raise

    def saved(*call: Any) -> None:
        try:
            save(*call)
        finally:
            turn.give()

    cache_of_kernel.load_overload, cache_of_kernel.save_overload = loaded, saved
    compiler.compile = translated


class _Turn:
    """Whose turn it is to compile one kernel, among processes; threads wait for numba's own lock.

    Whoever waited too long, or cannot lock files, compiles for itself.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file: IO[bytes] | None = None

    def take(self) -> bool:
        """Wait for it; whether another process had it meanwhile."""
        if self._file is not None:
            return False
        with suppress(OSError):
            self._file = self.path.open("ab")
        if self._file is None or _locked(self._file):
            return False
        pause = Event()
        for _ in range(LOOKS):
            pause.wait(LOOK_S)
            if _locked(self._file):
                break
        return True

    def give(self) -> None:
        """It is the next one's."""
        if self._file is not None:
            self._file.close()
            self._file = None


def _locked(file: IO[bytes]) -> bool:
    """Whether the file is ours now; where files cannot be locked everybody may go on."""
    try:
        import fcntl
    except ImportError:
        return True
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def inlined(function: Function) -> Function:
    """A helper of kernels: compiled into each kernel that calls it."""
    helper: Function = register_jitable(**_OPTIONS)(function)
    return helper


def unfolded(function: Function) -> Function:
    """A helper whose body stands wherever it is called; for what a kernel does all day.

    A call hands over every array of a store by its seven words, some seven hundred of them: for one
    look at a pool that took as long as the look itself.
    """
    helper: Function = register_jitable(forceinline=True, **_OPTIONS)(function)
    return helper


def _claim(_: Any, counter: Any, amount: Any) -> Any:
    def code(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        array = context.make_array(signature.args[0])(context, builder, args[0])
        return builder.atomic_rmw("add", array.data, args[1], "monotonic")

    return types.int64(counter, amount), code


# numba has no atomic addition for processors; made of LLVM's own, it is one instruction.
_atomic_add: Any = intrinsic(_claim)


@inlined
def claim(counter: Any, amount: int) -> int:
    """What `counter`, int64 of shape [1], stood at before it grew by `amount`.

    Threads that share a counter share the work: whoever is done takes the next part.
    """
    taken: int = _atomic_add(counter, np.int64(amount))
    return taken
