"""How the program ends: exit codes that scripts can use, and errors as one line each."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from enum import IntEnum
from typing import TYPE_CHECKING

from marginline.errors import InputError, shown

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
    FAULT = 70  # of marginline itself (EX_SOFTWARE)
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


class UsageProblem(Exception):
    """The command line asks for something that cannot be: one message for a person."""


class AlreadyReported(Exception):
    """The command cannot go on, and what is wrong has been said."""


def report(message: str) -> None:
    """One line on stderr: who speaks, and what is wrong. Control characters are shown escaped."""
    text = f"{NAME}: {shown(message, 4000)}"
    encoding = sys.stderr.encoding or "utf-8"
    print(text.encode(encoding, "backslashreplace").decode(encoding), file=sys.stderr)


def report_input(error: InputError, source: str = "") -> None:
    """Every problem of an input on a line: file, path, what is wrong, what was found, remedy."""
    name = error.source or source
    head = f"{shown(name, 200)}: " if name else ""
    for problem in error.problems:
        report(head + str(problem))
