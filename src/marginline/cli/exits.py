"""How the program ends: exit codes that scripts can use, and errors as one line each."""

from __future__ import annotations

import errno
import sys
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace
from enum import IntEnum
from typing import TYPE_CHECKING

from marginline.errors import InputError, Problem, shown

if TYPE_CHECKING:
    from marginline.core.findings import Status

NAME = "marginline"


class Exit(IntEnum):
    """Every exit code of the program."""

    HEALTHY = 0  # also: done
    WATCH = 1  # also: a comparison found a difference
    MARGIN_CALL = 2
    LIQUIDATION = 3
    UNKNOWN = 4
    REFUSED = 5  # the venue would refuse what is asked
    USAGE = 64  # wrong use, files that cannot be used among it (EX_USAGE of sysexits.h)
    UNAVAILABLE = 69  # a venue gave no answer that may be used (EX_UNAVAILABLE)
    FAULT = 70  # of marginline itself (EX_SOFTWARE)
    MACHINE = 74  # a full disk, a closed output, no memory left (EX_IOERR)
    WAIT = 75  # a venue asks to wait: too many requests, a ban (EX_TEMPFAIL)
    KEY = 77  # a venue refuses the key (EX_NOPERM)
    INTERRUPTED = 130
    BROKEN_PIPE = 141  # whoever read our output has gone; what a shell shows for SIGPIPE


def of_status(status: Status) -> Exit:
    """The exit code that tells a script an account's status."""
    return Exit[status.name]


def of_worst(statuses: Iterable[Status]) -> Exit:
    """The exit code of the gravest status; 0 where nothing was assessed."""
    from marginline.core.findings import Status

    found = list(statuses)
    return of_status(Status.worst(found)) if found else Exit.HEALTHY


MEANINGS = {
    Exit.HEALTHY: "healthy or done",
    Exit.WATCH: "watch, or it differs, or nothing fits",
    Exit.MARGIN_CALL: "margin call",
    Exit.LIQUIDATION: "liquidation",
    Exit.UNKNOWN: "unknown",
    Exit.REFUSED: "the venue would refuse it",
    Exit.USAGE: "wrong use, or a file that cannot be used",
    Exit.UNAVAILABLE: "a venue gave no answer that may be used",
    Exit.FAULT: "a fault of marginline",
    Exit.MACHINE: "a fault of the machine: full disk, closed output, no memory",
    Exit.WAIT: "a venue asks to wait",
    Exit.KEY: "a venue refuses the key",
    Exit.INTERRUPTED: "interrupted",
    Exit.BROKEN_PIPE: "the reader of the output has gone",
}
"""What each code tells, in a few words: `--help` prints them."""


class UsageProblem(Exception):
    """The command line asks for something that cannot be: one message for a person."""


class MachineProblem(Exception):
    """The machine cannot do what was asked, and it is nobody's mistake: one message."""


class AlreadyReported(Exception):
    """The command cannot go on, and what is wrong has been said."""


_MACHINES = (
    errno.EBADF,
    errno.EDQUOT,
    errno.EFBIG,
    errno.EIO,
    errno.EMFILE,
    errno.ENFILE,
    errno.ENODEV,
    errno.ENOMEM,
    errno.ENOSPC,
    errno.ENXIO,
    errno.EROFS,
    errno.ETIMEDOUT,
)


def is_machines(problem: BaseException) -> bool:
    """Whether an error is the machine's own: no other file or option would have helped."""
    if isinstance(problem, MemoryError):
        return True
    return isinstance(problem, OSError) and problem.errno in _MACHINES


def report(message: str) -> None:
    """One line on stderr: who speaks, and what is wrong. Control characters are shown escaped.

    Where nobody can be told (stderr is closed or full) the exit code alone tells it.
    """
    if sys.stderr is None:
        return
    text = f"{NAME}: {shown(message, 4000)}"
    encoding = sys.stderr.encoding or "utf-8"
    with suppress(OSError, ValueError):
        print(text.encode(encoding, "backslashreplace").decode(encoding), file=sys.stderr)


def report_input(error: InputError, source: str = "") -> None:
    """Every problem of an input on a line: file, path, what is wrong, what was found, remedy."""
    name = error.source or source
    head = f"{shown(name, 200)}: " if name else ""
    for problem in error.problems:
        report(head + str(with_unit(_offering(problem))))


def with_unit(problem: Problem) -> Problem:
    """With what the number of a question is counted in, where its remedy does not say it."""
    from marginline.risk.inputs import UNITS

    unit = UNITS.get(problem.path)
    if unit is None or problem.remedy.startswith(unit.partition(",")[0]):
        return problem
    return replace(problem, remedy="; ".join(filter(None, (f"unit: {unit}", problem.remedy))))


def _offering(problem: Problem) -> Problem:
    """A venue is offered only where it is built, though an account file may name others."""
    if problem.path != "venue" or "none of the choices" not in problem.message:
        return problem
    from marginline.venues import venue_remedy

    return replace(problem, remedy=venue_remedy(problem.value))
