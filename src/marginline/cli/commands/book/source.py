"""Where the book of `marginline book …` comes from: files, or a generated crowd."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from marginline.cli.exits import UsageProblem
from marginline.cli.input.numbers import SEED_MOST, whole_of
from marginline.cli.page.page import data

if TYPE_CHECKING:
    from marginline.book.book import Book

ACCOUNTS_MOST = 2**31 - 1  # the memory that is free says the rest
INSTRUMENTS_MOST = 20_000
THREADS_MOST = 256
ASSET = "USDT"  # of accounts with collateral, where none is named
_NEEDS = "`marginline book` needs numpy and numba: pip install 'marginline[book]'"
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Source:
    """Where the book comes from: files, or a generated crowd."""

    files: Sequence[str]
    terms: str | None
    accounts: str
    instruments: str
    seed: str
    threads: str | None = None
    collateral: str | None = None
    asset: str = ASSET
    keys: Sequence[str] = ()

    def provenance(self) -> dict[str, str]:
        """What every document of this book says of it: its name, and where it came from."""
        if not self.files:
            told = f"{self.accounts} accounts, {self.instruments} instruments, seed {self.seed}"
            return {"name": "crowd", "source": f"generated: {told}"}
        more = f" and {len(self.files) - 1} more" if len(self.files) > 1 else ""
        return {"name": Path(self.files[0]).stem, "source": self.files[0] + more}

    def book(self) -> Book:
        """The book, read or generated, with a progress bar on a terminal."""
        needed()
        threads = (
            None if self.threads is None else whole_of("--threads", self.threads, 1, THREADS_MOST)
        )
        with progress_bar() as progress:
            if not self.files:
                return _generated(self, progress, threads)
            if any(file.endswith(".parquet") for file in self.files):
                return _from_parquet(self, threads)
            self._of_accounts()
            from marginline.book.intake.packing import pack
            from marginline.cli.input.sources import Accounts, Reading

            accounts = Accounts(self.files, Reading())
            book = pack((given.account for given in accounts), progress=progress, threads=threads)
            if accounts.failures:
                raise UsageProblem("some files could not be used; mend them or leave them out")
            return book

    def _of_accounts(self) -> None:
        """Account files say themselves what a table must be told."""
        if self.keys:
            text = "--key: account files have no columns; give a .parquet of positions"
            raise UsageProblem(text)
        told = {"--terms": self.terms, "--collateral": self.collateral}
        told["--asset"] = None if self.asset == ASSET else self.asset
        for option, value in told.items():
            if value is not None:
                text = f"{option} {data(value)}: is of a .parquet of positions; account files say"
                raise UsageProblem(f"{text} it themselves: leave {option} out")


def _generated(source: Source, progress: Progress, threads: int | None) -> Book:
    from marginline.book.intake.crowd import Crowd, generate

    crowd = Crowd(
        whole_of("--accounts", source.accounts, 1, ACCOUNTS_MOST),
        whole_of("--instruments", source.instruments, 1, INSTRUMENTS_MOST),
        seed=whole_of("--seed", source.seed, 0, SEED_MOST),
    )
    return generate(crowd, progress=progress, threads=threads)


def _from_parquet(source: Source, threads: int | None) -> Book:
    from pyarrow import ArrowInvalid

    from marginline.book.intake.positions_table import from_parquet
    from marginline.book.intake.tables import terms_of
    from marginline.core.account.file import load

    if len(source.files) != 1:
        raise UsageProblem("give one .parquet file, alone")
    path = Path(source.files[0])
    beside = () if source.collateral is None else (("--collateral ", Path(source.collateral)),)
    for option, file in (("", path), *beside):
        if not file.is_file():
            raise UsageProblem(
                f"{option}{data(str(file))}: there is no file of this name; check the path"
            )
    terms_file = path.with_suffix(".terms.json") if source.terms is None else Path(source.terms)
    if not terms_file.is_file():
        raise UsageProblem(f"no terms at {data(str(terms_file))}; name them with --terms")
    terms = terms_of(load(terms_file), source.asset)
    try:
        return from_parquet(
            path, terms, collateral=source.collateral, keys=source.keys, threads=threads
        )
    except (OSError, ArrowInvalid) as error:
        raise UsageProblem(f"{data(str(path))} cannot be read: {data(str(error), 200)}") from error


def needed() -> None:
    """Say what to install where the extra is missing."""
    if find_spec("numba") is None:
        raise UsageProblem(_NEEDS)


@contextmanager
def progress_bar() -> Iterator[Progress]:
    """A bar on stderr where a person watches, nothing elsewhere."""
    if not sys.stderr.isatty():
        yield lambda _what, _done, _of: None
        return
    from rich.console import Console
    from rich.progress import Progress as Bars
    from rich.progress import TaskID

    with Bars(console=Console(stderr=True), transient=True) as bars:
        tasks: dict[str, TaskID] = {}

        def show(what: str, done: int, of: int) -> None:
            if what not in tasks:
                tasks[what] = bars.add_task(what, total=of or None)
            bars.update(tasks[what], completed=done)

        yield show
