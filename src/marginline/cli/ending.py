"""How a run ends: whatever happened in it becomes one line and an exit code, here and only here.

Whose fault it was tells the code: 64 the caller's, 70 marginline's, 74 the machine's. No traceback
is shown; `MARGINLINE_TRACEBACK=1` asks for one.
"""

from __future__ import annotations

import os
import sys
import threading
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from marginline.cli.exits import (
    AlreadyReported,
    Exit,
    MachineProblem,
    UsageProblem,
    is_machines,
    report,
    report_input,
)
from marginline.errors import InputError, StoreError, VenueError

if TYPE_CHECKING:
    import asyncio

TRACEBACK = "MARGINLINE_TRACEBACK"
_OF_VENUES = {"key": Exit.KEY, "busy": Exit.WAIT}


class ReaderGone(Exception):
    """Whoever read our output has gone (`| head -1`): nothing is wrong, nothing left to do."""


@contextmanager
def asked_to_stop(stopped: asyncio.Event) -> Iterator[None]:
    """SIGINT and SIGTERM set the event, where the loop can be told of signals at all."""
    import asyncio
    import signal

    loop = asyncio.get_running_loop()
    heard = []
    for number in (signal.SIGINT, signal.SIGTERM):
        with suppress(NotImplementedError, ValueError, RuntimeError):
            loop.add_signal_handler(number, stopped.set)
            heard.append(number)
    try:
        yield
    finally:
        for number in heard:
            loop.remove_signal_handler(number)


def open_streams() -> None:
    """A stream that was closed before we began: what is read there is empty, what is written fails.

    Python has None in its place, and the next file opened would take its number. What goes to a
    closed stderr is dropped.
    """
    ways = (("stdin", "r", os.O_RDONLY), ("stdout", "w", os.O_RDONLY), ("stderr", "w", os.O_WRONLY))
    for name, way, flags in ways:
        if getattr(sys, name) is None:
            handle = os.open(os.devnull, flags)
            setattr(sys, name, os.fdopen(handle, way, encoding="utf-8"))
    sys.unraisablehook = lambda told: _of_thread(told.exc_value)
    threading.excepthook = lambda told: _of_thread(told.exc_value)


def _of_thread(problem: BaseException | None) -> None:
    """What failed beside the run itself, as one line too."""
    if isinstance(problem, Exception) and not isinstance(problem, BrokenPipeError):
        fault(problem)


def ended(run: Callable[[], object]) -> int:
    """Run it; what it returned, or what it raised, as an exit code. Nothing is raised."""
    try:
        code = _whole(run)
    except BaseException as problem:  # noqa: BLE001 - the one place where all of them end
        code = _code_of(problem)
    for stream in (sys.stdout, sys.stderr):
        code = _closed(stream, code)
    return code


def _whole(run: Callable[[], object]) -> int:
    """The code of the run, once all that it wrote on its way has been written."""
    found = run()
    if sys.stdout is not None:
        sys.stdout.flush()
    return found if isinstance(found, int) else Exit.HEALTHY


def _code_of(problem: BaseException) -> int:
    from typer.exceptions import Abort, TyperException

    match problem:
        case SystemExit():
            return problem.code if isinstance(problem.code, int) else int(bool(problem.code))
        case TyperException():
            _show(problem)
            return Exit.USAGE
        case KeyboardInterrupt() | Abort():
            return Exit.INTERRUPTED
        case ReaderGone() | BrokenPipeError():
            return Exit.BROKEN_PIPE
        case AlreadyReported():
            return Exit.USAGE
        case InputError():
            report_input(problem)
            return Exit.USAGE
        case VenueError():
            report(str(problem))
            return _OF_VENUES.get(problem.failure, Exit.UNAVAILABLE)
        case UsageProblem() | MachineProblem() | StoreError():
            report(str(problem))
            return Exit.USAGE if isinstance(problem, UsageProblem) else Exit.MACHINE
        case MemoryError() | OSError():
            return _of_system(problem)
        case _:
            return fault(problem)


def _of_system(problem: MemoryError | OSError) -> int:
    """A call to the machine that failed: its own fault, or a name that cannot be used."""
    if isinstance(problem, MemoryError):
        report("there is not memory enough for this; ask for less at once")
        return Exit.MACHINE
    why = problem.strerror or str(problem)
    report(f"{problem.filename}: {why}" if problem.filename else f"the output failed: {why}")
    return Exit.MACHINE if is_machines(problem) or not problem.filename else Exit.USAGE


def fault(problem: BaseException) -> int:
    """A fault of ours: Python's own exit code 1 would mean "watch"."""
    if os.environ.get(TRACEBACK):
        with suppress(OSError, ValueError):
            traceback.print_exception(problem)
    places = traceback.extract_tb(problem.__traceback__)
    place = f" at {Path(places[-1].filename).name}:{places[-1].lineno}" if places else ""
    what = f"{type(problem).__name__}{place}: {problem}".rstrip(": ")
    report(
        f"this is a fault of marginline, not of your input; please report it: {what[:600]}"
        f" ({TRACEBACK}=1 shows the way there)"
    )
    return Exit.FAULT


def _show(problem: Exception) -> None:
    """The usage line where there is one, and what is wrong."""
    context = getattr(problem, "ctx", None)
    message: str = getattr(problem, "format_message", problem.__str__)()
    if context is not None:
        with suppress(OSError, ValueError, AttributeError):
            print(f"{context.get_usage()}\n", file=sys.stderr)
        message = f"{message} Try: {context.command_path} --help"
    report(message)


def _closed(stream: TextIO | None, code: int) -> int:
    """Nothing is left in a stream, or it is cut off: the interpreter would complain on its way out.

    Output that did not arrive is no answer, whatever the status was; what stderr could not take is
    told by the exit code that there is.
    """
    if stream is None:
        return code
    try:
        stream.flush()
    except (OSError, ValueError) as problem:
        _cut_off(stream)
        if stream is not sys.stdout or code >= Exit.USAGE:
            return code
        return _code_of(problem if isinstance(problem, OSError) else OSError(str(problem)))
    return code


def _cut_off(stream: TextIO) -> None:
    with suppress(OSError, ValueError):  # it is no file (a test, an embedding)
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)
