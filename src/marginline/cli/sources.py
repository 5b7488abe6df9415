"""From the paths on the command line to accounts: account files, stdin, raw payloads."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from marginline.cli.exits import AlreadyReported, UsageProblem, report_input
from marginline.errors import InputError

if TYPE_CHECKING:
    from marginline.core.account import Account

STDIN = "-"
MANY = 20  # files from which a progress bar is worth its line


@dataclass(frozen=True, slots=True)
class Given:
    """One account to be looked at: where it came from, and what it says."""

    source: str
    account: Account


def load_account(path: str) -> Account:
    """The account of one account file; `-` is stdin.

    Raises:
        DocumentError: it cannot be read.
    """
    from marginline.core.account_file import load

    return load(path) if path != STDIN else _load_stdin()


def _load_stdin() -> Account:
    """Stdin as JSON, or as TOML where it does not begin as JSON does."""
    import io

    from marginline.core.account_file import MAX_BYTES, load

    content = sys.stdin.buffer.read(MAX_BYTES + 1)
    file = io.BytesIO(content)
    file.name = "stdin"
    json_like = content.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"{", b"[", b"")
    return load(file, form="json" if json_like else "toml")


def once(paths: Sequence[str]) -> list[str]:
    """The paths, refusing stdin twice: it can be read only once."""
    if paths.count(STDIN) > 1:
        raise UsageProblem("stdin (-) can be read only once; name it once")
    return list(paths)


@dataclass(frozen=True, slots=True)
class Reading:
    """How payload files are to be read: venue, mode and moment, where the user names them."""

    venue: str | None = None
    mode: str | None = None
    as_of: str | None = None


class Accounts:
    """The accounts that files describe, one after the other; an unreadable file is reported.

    `failures` counts the files that could not be used; the others go on.
    """

    def __init__(self, files: Sequence[str], reading: Reading) -> None:
        self.files = once(files)
        self.reading = reading
        self.failures = 0

    def __iter__(self) -> Iterator[Given]:
        for path in watched(self.files):
            try:
                given = Given(path if path != STDIN else "stdin", load_account(path))
            except InputError as error:
                report_input(error, path)
                self.failures += 1
                continue
            yield given


def watched(files: Sequence[str]) -> Iterator[str]:
    """The files, with a progress bar on stderr where a person watches and there are many."""
    if len(files) < MANY or not sys.stderr.isatty() or sys.stdout.isatty():
        yield from files
        return
    from rich.console import Console
    from rich.progress import track

    yield from track(files, "reading", console=Console(stderr=True), transient=True)


def read_one(file: str, reading: Reading) -> Given:
    """The one account of a file.

    Raises:
        InputError: it cannot be used.
    """
    accounts = list(Accounts([file], reading))
    if not accounts:
        raise AlreadyReported
    return accounts[0]
