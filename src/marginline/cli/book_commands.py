"""What the commands of `marginline book` do."""

from __future__ import annotations

import json
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from marginline.cli.exits import Exit, UsageProblem, of_worst
from marginline.cli.page import Cell, Page, data, left
from marginline.core.findings import Status

if TYPE_CHECKING:
    from marginline.book.book import Book

_NEEDS = "`marginline book` needs numpy and numba: pip install 'marginline[book]'"
_STATUSES = tuple(Status)
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Source:
    """Where the book comes from: files, or a generated crowd."""

    files: Sequence[str]
    terms: str | None
    accounts: str
    instruments: str
    seed: str
    threads: str | None

    def book(self) -> Book:
        """The book, read or generated, with a progress bar on a terminal."""
        _needed()
        threads = None if self.threads is None else _whole("--threads", self.threads)
        with _progress() as progress:
            if not self.files:
                return _generated(self, progress, threads)
            if any(file.endswith(".parquet") for file in self.files):
                return _from_parquet(self.files, self.terms, threads)
            from marginline.book.packing import pack
            from marginline.cli.sources import Accounts, Reading

            accounts = Accounts(self.files, Reading())
            book = pack((given.account for given in accounts), progress=progress, threads=threads)
            if accounts.failures:
                raise UsageProblem("some files could not be used; mend them or leave them out")
            return book


def _generated(source: Source, progress: Progress, threads: int | None) -> Book:
    from marginline.book.generating import Crowd, generate

    crowd = Crowd(
        _whole("--accounts", source.accounts),
        _whole("--instruments", source.instruments),
        seed=_whole("--seed", source.seed),
    )
    return generate(crowd, progress=progress, threads=threads)


def _from_parquet(files: Sequence[str], terms: str | None, threads: int | None) -> Book:
    from marginline.book.frames import from_parquet
    from marginline.book.tables import terms_of
    from marginline.core.account_file import load

    if len(files) != 1:
        raise UsageProblem("give one .parquet file, alone")
    beside = Path(files[0]).with_suffix(".terms.json") if terms is None else Path(terms)
    if not beside.is_file():
        raise UsageProblem(f"no terms at {data(str(beside))}; name them with --terms")
    instruments, tiers, marks = terms_of(load(beside))
    return from_parquet(files[0], instruments, tiers, marks, threads=threads)


def _needed() -> None:
    if find_spec("numba") is None:
        raise UsageProblem(_NEEDS)


# -- commands ----------------------------------------------------------------------------------


def generate(out: str, accounts: str, instruments: str, seed: str) -> Exit:
    """Write a crowd and its terms."""
    _needed()
    import pyarrow.parquet as pq

    from marginline.book.frames import to_arrow
    from marginline.book.tables import terms_document

    book = Source([], None, accounts, instruments, seed, None).book()
    pq.write_table(to_arrow(book), out)
    terms = Path(out).with_suffix(".terms.json")
    terms.write_text(terms_document(book), encoding="utf-8")
    page = Page()
    page.line(f"{len(book):,} accounts, {book.positions:,} positions: {data(out)}")
    page.line(f"instruments, tiers and marks: {data(str(terms))}")
    return Exit.HEALTHY


def sweep(source: Source, out: str | None, worst: str, *, as_json: bool) -> Exit:
    """Statuses, sums, the worst accounts."""
    import numpy as np

    book = source.book()
    found = book.sweep()
    if out is not None:
        import pyarrow.parquet as pq

        pq.write_table(found.to_arrow(), out)
    counts = found.counts()
    ratio = found.ratio
    order = np.argsort(
        -np.nan_to_num(np.where(found.support <= 0, np.inf, ratio), nan=-1.0), kind="stable"
    )
    names = book.names()
    rows = [
        {
            "name": names[pool],
            "status": found.status(pool).value,
            "equity": float(found.equity[pool]),
            "requirement": float(found.requirement[pool]),
            "ratio": None if np.isnan(ratio[pool]) else float(ratio[pool]),
        }
        for pool in order[: _whole("--worst", worst)].tolist()
    ]
    document = {
        "accounts": len(book),
        "positions": book.positions,
        "status": {status.value: n for status, n in counts.items()},
        "by_exact_path": len(book.odd),
        "reasons": book.odd_reasons(),
        "worst": rows,
    }
    if as_json:
        _write(document)
    else:
        page = Page()
        page.line(f"{len(book):,} accounts, {book.positions:,} positions")
        page.table([[left(s.value), Cell(f"{n:,}")] for s, n in counts.items()])
        for why, number in book.odd_reasons().items():
            page.line(f"{number:,} by the exact path: {data(why, 300)}")
        page.blank()
        page.line("Worst accounts")
        head = [left("account"), left("status"), Cell("equity"), Cell("requirement"), Cell("ratio")]
        page.table([head, *(_worst_row(row) for row in rows)])
    return of_worst(status for status, number in counts.items() if number)


def _worst_row(row: Mapping[str, Any]) -> list[Cell]:
    ratio = "-" if row["ratio"] is None else f"{row['ratio']:.4f}"
    amounts = Cell(f"{row['equity']:,.2f}"), Cell(f"{row['requirement']:,.2f}"), Cell(ratio)
    return [left(data(row["name"])), left(row["status"]), *amounts]


def watch(source: Source, ticks: str, volatility: str, *, check: bool, as_json: bool) -> Exit:
    """Ticks of all prices; what fell; how long a tick took."""
    import numpy as np

    from marginline.book.watch import Watch

    book = source.book()
    following = Watch(book)
    random = np.random.Generator(np.random.PCG64(_whole("--seed", source.seed)))
    spread, count = _share("--volatility", volatility), _whole("--ticks", ticks)
    times, fell, missed = [], 0, 0
    prices = book.prices.copy()
    following.tick(prices)  # the first compiles
    following.looked = 0
    with _progress() as progress:
        for step in range(count):
            prices = prices * np.exp(random.normal(0.0, spread, len(prices)))
            start = time.perf_counter()
            events = following.tick(prices)
            times.append(time.perf_counter() - start)
            fell += len(events.fell)
            if check:
                codes = book.sweep(initial=False).status_codes
                missed += sum(
                    following.status(int(pool)).rank != codes[pool] for pool in book.open_pools()
                )
            progress("ticks", step + 1, count)
    document = {
        "accounts": len(book),
        "ticks": count,
        "looked_at_per_tick": following.looked / max(count, 1),
        "fell": fell,
        "tick_ms_median": statistics.median(times) * 1e3,
        "tick_ms_p99": float(np.quantile(times, 0.99)) * 1e3,
    } | ({"differs_from_sweep": int(missed)} if check else {})
    _written(document, as_json=as_json)
    return Exit.UNKNOWN if missed else Exit.HEALTHY


def stress(
    source: Source,
    shock: Sequence[str],
    paths: str | None,
    volatility: str,
    budget: str | None,
    *,
    as_json: bool,
) -> Exit:
    """A grid of named shocks and paths."""
    import numpy as np

    from marginline.book import scenarios

    named = dict(_shock(number, text) for number, text in enumerate(shock, 1))
    if not named and paths is None:
        named = {"-10%": {"*": -0.1}, "-30%": {"*": -0.3}, "+10%": {"*": 0.1}, "+30%": {"*": 0.3}}
    book = source.book()
    names, prices = scenarios.shocks(book, named)
    if paths is not None:
        many = _whole("--paths", paths)
        drawn = scenarios.monte_carlo(book, many, volatility=_share("--volatility", volatility))
        prices = np.concatenate([prices, drawn])
        names += [f"path {number + 1}" for number in range(many)]
    limit = None if budget is None else _whole("--budget", budget) * 1_000_000
    with _progress() as progress:
        grid = scenarios.stress(book, prices, names, memory_budget=limit, progress=progress)
    rows = [
        {
            "scenario": name,
            **{s.value: int(grid.count[n, s.rank]) for s in _STATUSES},
            "liquidation_notional": float(grid.notional[n, Status.LIQUIDATION.rank]),
            "shortfall": float(grid.shortfall[n]),
            "worst_account": book.names()[grid.worst_pool[n, 0]]
            if grid.worst_pool[n, 0] >= 0
            else None,
        }
        for n, name in enumerate(names)
    ]
    if as_json:
        _write({"accounts": len(book), "scenarios": rows})
        return Exit.HEALTHY
    page = Page()
    head = [
        left("scenario"),
        *(Cell(s.value) for s in _STATUSES),
        Cell("notional"),
        Cell("shortfall"),
    ]
    table = [head]
    for row in rows[:40]:
        numbers = [Cell(f"{row[s.value]:,}") for s in _STATUSES]
        amounts = [Cell(f"{row['liquidation_notional']:,.0f}"), Cell(f"{row['shortfall']:,.0f}")]
        table.append([left(data(row["scenario"])), *numbers, *amounts])
    page.table(table)
    if len(rows) > 40:
        page.line(f"and {len(rows) - 40:,} more; --json writes them all")
    return Exit.HEALTHY


def liquidations(
    source: Source,
    instrument: str,
    *,
    reach: str,
    steps: str,
    beta: str | None,
    svg: str | None,
    as_json: bool,
) -> Exit:
    """The liquidation map as a table with bars, as JSON, as a picture."""
    from marginline.book.liquidation_map import liquidation_map

    book = source.book()
    with _progress() as progress:
        found = liquidation_map(
            book,
            instrument,
            reach=_share("--reach", reach),
            steps=_whole("--steps", steps),
            beta=None if beta is None else _real("--beta", beta),
            progress=progress,
        )
    if svg is not None:
        Path(svg).write_text(found.svg(), encoding="utf-8")
    if as_json:
        columns = {name: column.tolist() for name, column in found.columns().items()}
        _write({"instrument": found.instrument, "mark": found.mark, **columns})
    else:
        page = Page()
        page.line(
            f"{data(instrument)}: notional that becomes liquidatable at each price"
            f" (mark {found.mark:,.6g})"
        )
        for line in found.picture(max(page.width - 50, 10)).splitlines():
            page.line(line)
    return Exit.HEALTHY


def bench(source: Source, *, as_json: bool) -> Exit:
    """Medians on this machine."""
    import numpy as np

    from marginline.book.changes import apply
    from marginline.book.changing import Batch
    from marginline.book.watch import Watch

    book = source.book()
    out = book.outcome()

    def swept() -> None:
        book.sweep(initial=False, out=out)

    swept()
    one = _median(swept, 15)
    following = Watch(book)
    random = np.random.Generator(np.random.PCG64(7))
    rows = np.arange(1, len(book.prices))
    moves = [np.exp(random.normal(0.0, 1e-4, len(rows))) for _ in range(101)]
    following.tick_rows(rows, book.prices[1:] * moves.pop())
    times = []
    for move in moves:
        start = time.perf_counter()
        following.tick_rows(rows, book.prices[1:] * move)
        times.append(time.perf_counter() - start)
    count = 50_000
    zeros = np.zeros(count)
    pools = random.integers(0, len(book), count).astype(np.uint32)
    codes = np.zeros(count, np.uint16)
    batch = Batch(np.ones(count, np.uint8), pools, codes, zeros + 1.0, zeros, zeros, codes)
    apply(book, batch)
    changed = _median(lambda: apply(book, batch), 5)
    document = {
        "accounts": len(book),
        "positions": book.positions,
        "sweep_ms": one * 1e3,
        "sweep_ns_per_position": one / max(book.positions, 1) * 1e9,
        "tick_ms_median": statistics.median(times) * 1e3,
        "tick_ms_p99": float(np.quantile(times, 0.99)) * 1e3,
        "sweep_per_tick": one / statistics.median(times),
        "changes_per_second": count / changed,
        "bytes_per_position": book.memory().per_position,
        "bytes_per_position_with_watch": (book.memory().total + following.memory())
        / max(book.positions, 1),
    }
    _written(document, as_json=as_json)
    return Exit.HEALTHY


def _median(work: Callable[[], object], repeats: int) -> float:
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


# -- reading and writing -----------------------------------------------------------------------


def _whole(name: str, text: str) -> int:
    try:
        number = int(text.replace("_", "").replace(",", ""))
    except ValueError:
        raise UsageProblem(f"{name}: a whole number is expected, found {data(text)}") from None
    if number < 1:
        raise UsageProblem(f"{name}: must be at least 1, found {data(text)}")
    return number


def _real(name: str, text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = float("nan")
    if number - number != 0.0:
        raise UsageProblem(f"{name}: a number is expected, found {data(text)}")
    return number


def _share(name: str, text: str) -> float:
    """A fraction: 0.3 or 30%."""
    percent = text.endswith("%")
    number = _real(name, text.removesuffix("%"))
    return number / 100 if percent else number


def _shock(number: int, text: str) -> tuple[str, dict[str, float]]:
    name, _, moves = text.rpartition(":")
    found = {}
    for move in moves.split(","):
        symbol, equals, share = move.partition("=")
        if not equals:
            raise UsageProblem(f"--shock: SYMBOL=MOVE is expected, found {data(move)}")
        found[symbol.strip()] = _share("--shock", share.strip())
    return name or f"shock {number}", found


def _write(document: Mapping[str, Any]) -> None:
    print(json.dumps(document, indent=2, ensure_ascii=False))


def _written(document: Mapping[str, Any], *, as_json: bool) -> None:
    if as_json:
        _write(document)
        return
    rows = []
    for name, value in document.items():
        text = f"{value:,}" if isinstance(value, int) else f"{value:,.4g}"
        rows.append([left(name.replace("_", " ")), Cell(text)])
    Page().table(rows)


@contextmanager
def _progress() -> Iterator[Progress]:
    """A bar on stderr where a person watches, nothing elsewhere."""
    if not sys.stderr.isatty():
        yield lambda _what, _done, _of: None
        return
    from rich.console import Console
    from rich.progress import Progress as Bars

    with Bars(console=Console(stderr=True), transient=True) as bars:
        tasks: dict[str, Any] = {}

        def show(what: str, done: int, of: int) -> None:
            if what not in tasks:
                tasks[what] = bars.add_task(what, total=of or None)
            bars.update(tasks[what], completed=done)

        yield show
