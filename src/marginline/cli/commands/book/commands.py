"""What the commands of `marginline book` do."""

from __future__ import annotations

import math
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from marginline.cli.commands.book.source import (
    Source,
    named_shocks,
    needed,
    positive,
    progress_bar,
    rates_of,
    real,
    share,
    whole,
)
from marginline.cli.exits import Exit, UsageProblem, of_worst
from marginline.cli.input.documents import write_document
from marginline.cli.page.page import Cell, Page, data, left
from marginline.cli.writing import free, write_file, write_text
from marginline.core.findings import Status

if TYPE_CHECKING:
    from marginline.book.scenarios import Grid

_STATUSES = tuple(Status)


# -- commands ----------------------------------------------------------------------------------


def generate(out: str, accounts: str, instruments: str, seed: str, *, force: bool = False) -> Exit:
    """Write a crowd and its terms."""
    needed()
    if not out.endswith(".parquet"):
        raise UsageProblem(f"OUT: a name that ends in .parquet is expected, found {data(out)}")
    positions = free(out, force=force)
    terms = free(positions.with_suffix(".terms.json"), force=force)
    import pyarrow.parquet as pq

    from marginline.book.frames import to_arrow
    from marginline.book.intake.tables import terms_document

    book = Source([], None, accounts, instruments, seed, None).book()
    write_file(positions, lambda file: pq.write_table(to_arrow(book), file), force=force)
    write_text(terms, terms_document(book), force=force)
    page = Page()
    page.line(f"{len(book):,} accounts, {book.positions:,} positions: {data(out)}")
    page.line(f"instruments, tiers and marks: {data(str(terms))}")
    return Exit.HEALTHY


def sweep(
    source: Source, out: str | None, worst: str, *, force: bool = False, as_json: bool
) -> Exit:
    """Statuses, sums, the worst accounts."""
    import numpy as np

    if out is not None:
        free(out, force=force)
    book = source.book()
    found = book.sweep()
    if out is not None:
        import pyarrow.parquet as pq

        write_file(out, lambda file: pq.write_table(found.to_arrow(), file), force=force)
    counts = found.counts()
    ratio = found.ratio
    gravity = -found.status_codes.astype(int)
    order = np.lexsort((-np.where(found.support <= 0, np.inf, ratio), gravity))
    names = book.names()
    rows = [
        {
            "name": names[pool],
            "status": found.status(pool).value,
            "equity": float(found.equity[pool]),
            "requirement": float(found.requirement[pool]),
            "ratio": None if np.isnan(ratio[pool]) else float(ratio[pool]),
        }
        for pool in order[: whole("--worst", worst)].tolist()
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
    """Ticks of all prices; who fell; how long a tick took."""
    import numpy as np

    from marginline.book.watch import Watch

    book = source.book()
    following = Watch(book)
    random = np.random.Generator(np.random.PCG64(whole("--seed", source.seed)))
    spread, count = positive("--volatility", volatility), whole("--ticks", ticks)
    times, falls, missed = [], [], 0
    prices = book.prices.copy()
    following.tick(prices)  # the first compiles
    following.looked = 0
    with progress_bar() as progress:
        for step in range(1, count + 1):
            prices = prices * np.exp(random.normal(0.0, spread, len(prices)))
            start = time.perf_counter()
            events = following.tick(prices)
            times.append(time.perf_counter() - start)
            falls += [(step, int(pool), following.status(int(pool))) for pool in events.fell]
            if check:
                codes = book.sweep(initial=False).status_codes
                watched = [pool for pool in book.open_pools().tolist() if pool not in book.odd]
                missed += sum(following.status(pool).rank != codes[pool] for pool in watched)
            progress("ticks", step, count)
    document: dict[str, int | float] = {
        "accounts": len(book),
        "ticks": count,
        "looked_at_per_tick": following.looked / count,
        "fell": len(falls),
        "tick_ms_median": statistics.median(times) * 1e3,
        "tick_ms_p99": float(np.quantile(times, 0.99)) * 1e3,
    }
    if check:
        document["differs_from_sweep"] = int(missed)
    if book.odd:
        document["by_the_exact_path_not_watched"] = len(book.odd)
    names = book.names()
    if as_json:
        rows = [{"tick": n, "account": names[pool], "status": s.value} for n, pool, s in falls]
        _write({**document, "falls": rows})
    else:
        _written(document)
        _print_falls([(n, names[pool], status) for n, pool, status in falls])
    return Exit.UNKNOWN if missed else Exit.HEALTHY


def _print_falls(falls: Sequence[tuple[int, str, Status]]) -> None:
    """The gravest falls, the latest first."""
    if not falls:
        return
    page, most = Page(), 10
    worst = sorted(falls, key=lambda fall: (-fall[2].rank, -fall[0]))[:most]
    page.blank()
    page.line("Fell, the gravest and latest first")
    head = [left("account"), left("status"), Cell("tick")]
    page.table([head, *([left(data(a)), left(s.value), Cell(f"{n:,}")] for n, a, s in worst)])
    if len(falls) > most:
        page.line(f"and {len(falls) - most:,} more; --json writes them all")


def stress(
    source: Source,
    shock: Sequence[str],
    paths: str | None,
    volatility: str,
    budget: str | None,
    *,
    rate: Sequence[str],
    as_json: bool,
) -> Exit:
    """A grid of named shocks and paths."""
    import numpy as np

    from marginline.book import scenarios

    named = named_shocks(shock)
    if not named and paths is None:
        named = {"-10%": {"*": -0.1}, "-30%": {"*": -0.3}, "+10%": {"*": 0.1}, "+30%": {"*": 0.3}}
    rates = rates_of(rate)
    book = source.book()
    names, prices = scenarios.shocks(book, named)
    if paths is not None:
        many = whole("--paths", paths)
        drawn = scenarios.monte_carlo(book, many, volatility=positive("--volatility", volatility))
        prices = np.concatenate([prices, drawn])
        names += [f"path {number + 1}" for number in range(many)]
    limit = None if budget is None else whole("--budget", budget) * 1_000_000
    with progress_bar() as progress:
        grid = scenarios.stress(
            book, prices, names, memory_budget=limit, rates=rates, progress=progress
        )
    pools = book.names()
    rows = [_scenario_row(grid, n, pools) for n in range(len(names))]
    if as_json:
        _write({"accounts": len(book), "scenarios": rows})
        return Exit.HEALTHY
    page = Page()
    head = [
        left("scenario"),
        *(Cell(s.value) for s in _STATUSES),
        Cell("notional"),
        Cell("shortfall"),
        left("worst account"),
    ]
    table = [head]
    for row in rows[:40]:
        numbers = [Cell(f"{row[s.value]:,}") for s in _STATUSES]
        amounts = [Cell(f"{row['liquidation_notional']:,.0f}"), Cell(f"{row['shortfall']:,.0f}")]
        worst = left(data(row["worst_account"] or "-"))
        table.append([left(data(row["scenario"])), *numbers, *amounts, worst])
    page.table(table)
    page.line("notional: of the accounts to be liquidated; shortfall: what they lack to reach zero")
    if len(rows) > 40:
        page.line(f"and {len(rows) - 40:,} more; --json writes them all")
    return Exit.HEALTHY


def _scenario_row(grid: Grid, scenario: int, pools: Sequence[str]) -> dict[str, Any]:
    worst = int(grid.worst_pool[scenario, 0])
    return {
        "scenario": grid.names[scenario],
        **{s.value: int(grid.count[scenario, s.rank]) for s in _STATUSES},
        "liquidation_notional": float(grid.notional[scenario, Status.LIQUIDATION.rank]),
        "shortfall": float(grid.shortfall[scenario]),
        "worst_account": pools[worst] if worst >= 0 else None,
        "worst_support": float(grid.worst_support[scenario, 0]) if worst >= 0 else None,
    }


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
    from marginline.book.liquidation_map import liquidation_map

    if svg is not None:
        free(svg, force=force)
    book = source.book()
    with progress_bar() as progress:
        found = liquidation_map(
            book,
            instrument,
            reach=share("--reach", reach),
            steps=whole("--steps", steps),
            beta=None if beta is None else real("--beta", beta),
            progress=progress,
        )
    if svg is not None:
        write_text(svg, found.svg(), force=force)
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

    from marginline.book import scenarios
    from marginline.book.changes import apply
    from marginline.book.kernels.changes import Batch
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
        _write(document)
    else:
        _written(document)
    return Exit.HEALTHY


def _median(work: Callable[[], object], repeats: int) -> float:
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


# -- writing ---------------------------------------------------------------------------------


def _write(document: Mapping[str, Any]) -> None:
    write_document(_known(document))


def _known(value: Any) -> Any:
    """The same with null for what is not known: JSON has no NaN."""
    if isinstance(value, dict):
        return {name: _known(member) for name, member in value.items()}
    if isinstance(value, list):
        return [_known(member) for member in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _written(document: Mapping[str, int | float]) -> None:
    rows = []
    for name, value in document.items():
        text = f"{value:,}" if isinstance(value, int) else f"{value:,.4g}"
        rows.append([left(name.replace("_", " ")), Cell(text)])
    Page().table(rows)
