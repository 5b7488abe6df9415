"""What the commands of `marginline book` do: generate, sweep, map, bench."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from marginline.cli.commands.book.shocks import named_shocks
from marginline.cli.commands.book.source import Source, needed, progress_bar
from marginline.cli.commands.book.writing import (
    amount,
    free_for_rows,
    write,
    write_figures,
    write_rows,
)
from marginline.cli.exits import Exit, UsageProblem, of_worst
from marginline.cli.input.numbers import real_of, share_of, whole_of
from marginline.cli.page.page import Cell, Page, data, left
from marginline.cli.writing import free, write_file, write_text

if TYPE_CHECKING:
    from marginline.book import Book
    from marginline.book.sweep import Sweep

WORST_MOST = 1_000_000
BETA_MOST = 1_000.0


def generate(out: str, source: Source, *, force: bool = False) -> Exit:
    """Write a crowd and its terms."""
    needed()
    if not out.endswith(".parquet"):
        raise UsageProblem(f"OUT: a name that ends in .parquet is expected, found {data(out)}")
    positions = free(out, force=force)
    terms = free(positions.with_suffix(".terms.json"), force=force)
    import pyarrow.parquet as pq

    from marginline.book.frames import to_arrow
    from marginline.book.intake.tables import terms_document

    book = source.book()
    write_file(positions, lambda file: pq.write_table(to_arrow(book), file), force=force)
    write_text(terms, terms_document(book), force=force)
    page = Page()
    page.line(f"{len(book):,} accounts, {book.positions:,} positions: {data(out)}")
    page.line(f"instruments, tiers and marks: {data(str(terms))}")
    return Exit.HEALTHY


def sweep(
    source: Source,
    out: str | None,
    worst: str,
    *,
    shock: Sequence[str] = (),
    force: bool = False,
    as_json: bool,
) -> Exit:
    """Statuses, sums, the worst accounts, at the marks of now or under one shock."""
    from marginline.book.scenarios.stress import shocks

    most = whole_of("--worst", worst, 0, WORST_MOST, "accounts")
    named = named_shocks(shock)
    if len(named) > 1:
        text = "a sweep is at one set of prices; join the moves by commas, or use book stress"
        raise UsageProblem(f"--shock is given {len(named)} times: {text}")
    if out is not None:
        free_for_rows(out, force=force)
    book = source.book()
    _, prices = shocks(book, named)
    found = book.sweep(prices[0] if named else None)
    if out is not None:
        kept = {name: column for name, column in book.keys.items() if len(column) == book.pools}
        columns = {"name": book.names(), **kept, **found.columns()}
        write_rows(out, columns, force=force)
    counts = found.counts()
    rows = _worst_of(found, book.names(), most)
    document = {
        "schema": "marginline/book-sweep/1",
        **source.provenance(),
        "shock": next(iter(named), None),
        "accounts": len(book),
        "positions": book.positions,
        "status": {status.value: n for status, n in counts.items()},
        "by_exact_path": len(book.odd),
        "reasons": book.odd_reasons(),
        "worst": rows,
    }
    if as_json:
        write(document)
    else:
        page = Page()
        under = f", under {data(next(iter(named)))}" if named else ""
        page.line(f"{len(book):,} accounts, {book.positions:,} positions{under}")
        page.table([[left(s.value), Cell(f"{n:,}")] for s, n in counts.items()])
        for why, number in book.odd_reasons().items():
            page.line(f"{number:,} by the exact path: {data(why, 300)}")
        page.blank()
        page.line("Worst accounts")
        head = [left("account"), left("status"), Cell("equity"), Cell("requirement"), Cell("ratio")]
        page.table([head, *(_worst_row(row) for row in rows)])
    return of_worst(status for status, number in counts.items() if number)


def _worst_of(found: Sweep[Book], names: Sequence[str], most: int) -> list[dict[str, Any]]:
    """The pools of the gravest status, of those the ones with the highest ratio."""
    import numpy as np

    ratio = found.ratio
    gravity = -found.status_codes.astype(int)
    order = np.lexsort((-np.where(found.support <= 0, np.inf, ratio), gravity))
    return [
        {
            "name": names[pool],
            "status": found.status(pool).value,
            "equity": float(found.equity[pool]),
            "requirement": float(found.requirement[pool]),
            "ratio": None if np.isnan(ratio[pool]) else float(ratio[pool]),
        }
        for pool in order[:most].tolist()
    ]


def _worst_row(row: Mapping[str, Any]) -> list[Cell]:
    ratio = "-" if row["ratio"] is None else f"{row['ratio']:.4f}"
    amounts = Cell(amount(row["equity"])), Cell(amount(row["requirement"])), Cell(ratio)
    return [left(data(row["name"])), left(row["status"]), *amounts]


def liquidations(
    source: Source,
    instrument: str,
    *,
    reach: str,
    steps: str,
    beta: str | None,
    svg: str | None,
    force: bool = False,
    as_json: bool,
) -> Exit:
    """The liquidation map as a table with bars, as JSON, as a picture."""
    from marginline.book.scenarios.liquidation_map import REACH_LEAST, STEPS_MOST, liquidation_map

    wide = share_of("--reach", reach, REACH_LEAST, 1 - REACH_LEAST)
    number = whole_of("--steps", steps, 1, STEPS_MOST, "prices")
    with_it = None if beta is None else real_of("--beta", beta, -BETA_MOST, BETA_MOST)
    if svg is not None:
        free(svg, force=force)
    book = source.book()
    with progress_bar() as progress:
        found = liquidation_map(
            book,
            instrument,
            reach=wide,
            steps=number,
            beta=with_it,
            progress=progress,
        )
    if svg is not None:
        write_text(svg, found.svg(), force=force)
    if as_json:
        columns = {name: column.tolist() for name, column in found.columns().items()}
        write(
            {
                "schema": "marginline/book-map/1",
                **source.provenance(),
                "instrument": found.instrument,
                "mark": found.mark,
                **columns,
            }
        )
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
    from marginline.book.kernels.changes import Batch
    from marginline.book.scenarios import stress as scenarios
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
    paths = scenarios.monte_carlo(book, 32)
    scenarios.stress(book, paths[:1])
    grid = _median(lambda: scenarios.stress(book, paths), 1)
    document = {
        "accounts": len(book),
        "positions": book.positions,
        "sweep_ms": one * 1e3,
        "sweep_ns_per_position": one / max(book.positions, 1) * 1e9,
        "tick_ms_median": statistics.median(times) * 1e3,
        "tick_ms_p99": float(np.quantile(times, 0.99)) * 1e3,
        "sweep_per_tick": one / statistics.median(times),
        "changes_per_second": count / changed,
        "grid_accounts_per_second": len(book) * len(paths) / grid,
        "bytes_per_position": book.memory().per_position,
        "bytes_per_position_with_watch": (book.memory().total + following.memory())
        / max(book.positions, 1),
    }
    if as_json:
        write({"schema": "marginline/book-bench/1", **source.provenance(), **document})
    else:
        write_figures(document)
    return Exit.HEALTHY


def _median(work: Callable[[], object], repeats: int) -> float:
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return statistics.median(times)
