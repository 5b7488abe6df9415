"""`marginline book watch`: who falls as prices tick, drawn or told."""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from marginline.cli.commands.book.marks import Tick, marks_in
from marginline.cli.commands.book.source import Source, progress_bar
from marginline.cli.commands.book.writing import write, write_figures
from marginline.cli.exits import Exit
from marginline.cli.input.numbers import SEED_MOST, share_of, whole_of
from marginline.cli.page.page import Cell, Page, data, left
from marginline.core.findings import Status

if TYPE_CHECKING:
    from marginline.book.book import Book
    from marginline.book.events import Events
    from marginline.book.kernels.columns import F8
    from marginline.book.watch import Watch

TICKS_MOST = 1_000_000
FALLS_MOST = 1_000_000  # kept for the end of a stream that does not end


class _Fall(NamedTuple):
    """An account that fell, at which tick, to which status."""

    tick: int
    account: str
    status: Status


def watch(
    source: Source,
    ticks: str,
    volatility: str,
    *,
    marks: str | None = None,
    check: bool,
    as_json: bool,
) -> Exit:
    """Ticks of prices, drawn or told; who fell; how long a tick took."""
    count = whole_of("--ticks", ticks, 1, TICKS_MOST)
    spread = share_of("--volatility", volatility, 1e-9, 1.0)
    seed = whole_of("--seed", source.seed, 0, SEED_MOST)
    from marginline.book.watch import Watch

    book = source.book()
    run = _Run(Watch(book), check=check, told=marks is not None and not as_json)
    if marks is None:
        with progress_bar() as progress:
            for step, prices in enumerate(_drawn(book.prices, spread, count, seed), 1):
                run.tick(prices)
                progress("ticks", step, count)
    else:
        with marks_in(marks) as told:
            for each in told:
                run.tell(each)
    document = run.document()
    if as_json:
        head = {"schema": "marginline/book-watch/1", **source.provenance()}
        rows = [{"tick": n, "account": a, "status": s.value} for n, a, s in run.falls]
        write({**head, **document, "falls": rows})
    else:
        write_figures({name: value for name, value in document.items() if value is not None})
        if marks is None:
            _print_falls(run.falls)
    return Exit.UNKNOWN if run.missed else Exit.HEALTHY


def _drawn(prices: F8, spread: float, count: int, seed: int) -> Iterator[F8]:
    """A walk of all prices."""
    import numpy as np

    random = np.random.Generator(np.random.PCG64(seed))
    for _ in range(count):
        with np.errstate(over="ignore", under="ignore"):  # an endless price makes its holders so
            prices = prices * np.exp(random.normal(0.0, spread, len(prices)))
        yield prices


class _Run:
    """A watch at work, and what it has seen."""

    def __init__(self, following: Watch[Book], *, check: bool, told: bool) -> None:
        from marginline.book.scenarios.moves import Moves

        self.following, self.book = following, following.book
        self.check, self.told = check, told
        self.moves, self.names, self.page = Moves(self.book), self.book.names(), Page()
        self.rows = {label: row for row, label in enumerate(self.book.labels) if row}
        self.known: set[int] = set()
        self.unheld: set[str] = set()
        self.times: list[float] = []
        self.falls: list[_Fall] = []
        self.fell = self.missed = self.ticks = 0
        following.tick(self.book.prices.copy())  # the first compiles
        following.looked = 0

    def tell(self, marks: Tick) -> None:
        """A tick that a file told: the marks that are new."""
        self.unheld |= marks.keys() - self.rows.keys()
        held = {self.rows[label]: price for label, price in marks.items() if label in self.rows}
        self.known |= held.keys()
        self.tick(self.moves.of_marks(held, self.known))

    def tick(self, prices: F8) -> None:
        """New prices."""
        start = time.perf_counter()
        events = self.following.tick(prices)
        if len(self.times) < TICKS_MOST:
            self.times.append(time.perf_counter() - start)
        self.ticks += 1
        self._note(events)
        if self.check:
            codes = self.book.sweep(initial=False).status_codes
            watched = [n for n in self.book.open_pools().tolist() if n not in self.book.odd]
            wrong = [n for n in watched if self.following.status(n).rank != codes[n]]
            self.missed += len(wrong)

    def _note(self, events: Events) -> None:
        for pool in events.fell.tolist():
            fall = _Fall(self.ticks, self.names[pool], self.following.status(pool))
            self.fell += 1
            if len(self.falls) < FALLS_MOST:
                self.falls.append(fall)
            if self.told:
                self.page.line(f"tick {fall.tick:,}  {fall.status.value}  {data(fall.account)}")
        if self.told and len(events.fell):
            sys.stdout.flush()

    def document(self) -> dict[str, int | float | None]:
        """What it came to; null: no tick came."""
        times = sorted(self.times)
        found: dict[str, int | float | None] = {
            "accounts": len(self.book),
            "ticks": self.ticks,
            "looked_at_per_tick": int(self.following.looked) / self.ticks if self.ticks else None,
            "fell": self.fell,
            "tick_ms_median": statistics.median(times) * 1e3 if times else None,
            "tick_ms_p99": times[int(0.99 * (len(times) - 1))] * 1e3 if times else None,
        }
        if self.check:
            found["differs_from_sweep"] = self.missed
        if self.book.odd:
            found["by_the_exact_path_not_watched"] = len(self.book.odd)
        if self.unheld:
            found["symbols_that_no_account_holds"] = len(self.unheld)
        return found


def _print_falls(falls: Sequence[_Fall]) -> None:
    """The gravest falls, the latest first."""
    if not falls:
        return
    page, most = Page(), 10
    worst = sorted(falls, key=lambda fall: (-fall.status.rank, -fall.tick))[:most]
    page.blank()
    page.line("Fell, the gravest and latest first")
    head = [left("account"), left("status"), Cell("tick")]
    page.table([head, *([left(data(a)), left(s.value), Cell(f"{n:,}")] for n, a, s in worst)])
    if len(falls) > most:
        page.line(f"and {len(falls) - most:,} more; --json writes them all")
