"""Where the book of `marginline book …` comes from, and how its options are read."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from marginline.cli.exits import UsageProblem
from marginline.cli.input.moves import is_everything, named_value, relative
from marginline.cli.page.page import data

if TYPE_CHECKING:
    from marginline.book.book import Book

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
    asset: str = "USDT"

    def book(self) -> Book:
        """The book, read or generated, with a progress bar on a terminal."""
        needed()
        threads = None if self.threads is None else whole("--threads", self.threads)
        with progress_bar() as progress:
            if not self.files:
                return _generated(self, progress, threads)
            if any(file.endswith(".parquet") for file in self.files):
                return _from_parquet(self, threads)
            from marginline.book.intake.packing import pack
            from marginline.cli.input.sources import Accounts, Reading

            accounts = Accounts(self.files, Reading())
            book = pack((given.account for given in accounts), progress=progress, threads=threads)
            if accounts.failures:
                raise UsageProblem("some files could not be used; mend them or leave them out")
            return book


def _generated(source: Source, progress: Progress, threads: int | None) -> Book:
    from marginline.book.intake.crowd import Crowd, generate

    crowd = Crowd(
        whole("--accounts", source.accounts),
        whole("--instruments", source.instruments),
        seed=whole("--seed", source.seed),
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
    for file in (path, *(() if source.collateral is None else (Path(source.collateral),))):
        if not file.is_file():
            raise UsageProblem(f"there is no file {data(str(file))}")
    beside = path.with_suffix(".terms.json") if source.terms is None else Path(source.terms)
    if not beside.is_file():
        raise UsageProblem(f"no terms at {data(str(beside))}; name them with --terms")
    terms = terms_of(load(beside), source.asset)
    try:
        return from_parquet(path, terms, collateral=source.collateral, threads=threads)
    except (OSError, ArrowInvalid) as error:
        raise UsageProblem(f"{data(str(path))} cannot be read: {data(str(error), 200)}") from error


def needed() -> None:
    """Say what to install where the extra is missing."""
    if find_spec("numba") is None:
        raise UsageProblem(_NEEDS)


# -- options -----------------------------------------------------------------------------------


def whole(name: str, text: str) -> int:
    """A whole number of at least 1; 1_000 and 1,000 are read."""
    try:
        number = int(text.replace("_", "").replace(",", ""))
    except ValueError:
        raise UsageProblem(f"{name}: a whole number is expected, found {data(text)}") from None
    if number < 1:
        raise UsageProblem(f"{name}: must be at least 1, found {data(text)}")
    return number


def real(name: str, text: str) -> float:
    """A finite number."""
    try:
        number = float(text)
    except ValueError:
        number = float("nan")
    if number - number != 0.0:
        raise UsageProblem(f"{name}: a number is expected, found {data(text)}")
    return number


def share(name: str, text: str) -> float:
    """A fraction: 0.3 or 30%."""
    percent = text.endswith("%")
    number = real(name, text.removesuffix("%"))
    return number / 100 if percent else number


def named_shocks(texts: Sequence[str]) -> dict[str, dict[str, float]]:
    """Every --shock by its name; a name stands for one shock only."""
    found: dict[str, dict[str, float]] = {}
    for number, text in enumerate(texts, 1):
        name, moves = shock_of(number, text)
        if name in found:
            raise UsageProblem(f"--shock: {data(name)} is given twice; name each otherwise")
        found[name] = moves
    return found


def positive(name: str, text: str) -> float:
    """A fraction above 0: 0.3 or 30%."""
    number = share(name, text)
    if not number > 0.0:
        raise UsageProblem(f"{name}: above 0 is expected, found {data(text)}")
    return number


def rates_of(texts: Sequence[str]) -> dict[str, float] | None:
    """`BTC=60000` as a rate by asset; None without any."""
    found = {}
    for text in texts:
        pair = named_value(text)
        if pair is None:
            raise UsageProblem(f"--rate: ASSET=PRICE is expected, found {data(text)}")
        asset, rate = pair
        found[asset] = real("--rate", rate)
    return found or None


def shock_of(number: int, text: str) -> tuple[str, dict[str, float]]:
    """`crash:*=-30%,BTCUSDT=-20%` as a name and moves by label; without a name: `all:-30%`."""
    name, found = "", {}
    for place, move in enumerate(text.split(",")):
        pair = named_value(move)
        if pair is None:
            raise UsageProblem(f"--shock: SYMBOL=MOVE is expected, found {data(move)}")
        symbol, moved = pair
        if not place and ":" in symbol:
            name, _, symbol = symbol.rpartition(":")
        label = "*" if is_everything(symbol) else symbol
        found[label] = float(relative("--shock", moved, text))
    return name or f"shock {number}", found


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
