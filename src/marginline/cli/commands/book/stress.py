"""`marginline book stress`: the whole book under shocks and paths, and who falls."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from marginline.cli.commands.book.shocks import named_shocks, rates_of
from marginline.cli.commands.book.source import Source, progress_bar
from marginline.cli.commands.book.writing import amount, free_for_rows, write, write_rows
from marginline.cli.exits import Exit, UsageProblem
from marginline.cli.input.numbers import share_of, whole_of
from marginline.cli.page.page import Cell, Page, data, left
from marginline.core.findings import Status

if TYPE_CHECKING:
    from marginline.book.book import Book
    from marginline.book.kernels.columns import F8
    from marginline.book.scenarios.stress import Grid

PATHS_MOST = 1_000_000
SHOWN = 40  # rows of a table for people
_STATUSES = tuple(Status)


def stress(
    source: Source,
    shock: Sequence[str],
    paths: str | None,
    volatility: str,
    budget: str | None,
    *,
    rate: Sequence[str],
    out: str | None = None,
    listed: bool = False,
    by: str | None = None,
    force: bool = False,
    as_json: bool,
) -> Exit:
    """A grid of named shocks and paths; who falls under the shocks."""
    import numpy as np

    from marginline.book.scenarios import stress as scenarios

    named = named_shocks(shock)
    many = None if paths is None else whole_of("--paths", paths, 1, PATHS_MOST)
    spread = share_of("--volatility", volatility, 0.0, scenarios.VOLATILITY_MOST)
    if not named and many is None:
        named = {"-10%": {"*": -0.1}, "-30%": {"*": -0.3}, "+10%": {"*": 0.1}, "+30%": {"*": 0.3}}
    asked = listed or out is not None or by is not None
    if asked and not named:
        raise UsageProblem("who falls is told of shocks, not of paths: give --shock")
    if out is not None:
        free_for_rows(out, force=force)
    rates = rates_of(rate)
    limit = None if budget is None else whole_of("--budget", budget, 1, 10**9, "MB") * 1_000_000
    book = source.book()
    names, prices = scenarios.shocks(book, named)
    fell = _Fell(book, prices, names, by, rates) if asked else None
    if out is not None and fell is not None:
        write_rows(out, fell.found.columns(), force=force)
    if many is not None:
        drawn = scenarios.monte_carlo(book, many, volatility=spread)
        prices = np.concatenate([prices, drawn])
        names += [f"path {number + 1}" for number in range(many)]
    with progress_bar() as progress:
        grid = scenarios.stress(
            book, prices, names, memory_budget=limit, rates=rates, progress=progress
        )
    pools = book.names()
    rows = [_scenario_row(grid, n, pools) for n in range(len(names))]
    if as_json:
        told = {} if fell is None else fell.document(listed=listed)
        head = {"schema": "marginline/book-stress/1", **source.provenance()}
        write({**head, "accounts": len(book), "scenarios": rows, **told})
        return Exit.HEALTHY
    page = Page()
    _write_scenarios(page, rows)
    if fell is not None:
        fell.write(page, listed=listed, out=out)
    return Exit.HEALTHY


def _write_scenarios(page: Page, rows: Sequence[Mapping[str, Any]]) -> None:
    head = [
        left("scenario"),
        *(Cell(s.value) for s in _STATUSES),
        Cell("notional"),
        Cell("shortfall"),
        left("worst account"),
    ]
    table = [head]
    for row in rows[:SHOWN]:
        numbers = [Cell(f"{row[s.value]:,}") for s in _STATUSES]
        amounts = [
            Cell(amount(row["liquidation_notional"], 0)),
            Cell(amount(row["shortfall"], 0)),
        ]
        worst = left(data(row["worst_account"] or "-"))
        table.append([left(data(row["scenario"])), *numbers, *amounts, worst])
    page.table(table)
    page.line("notional: of the accounts to be liquidated; shortfall: what they lack to reach zero")
    if len(rows) > SHOWN:
        page.line(f"and {len(rows) - SHOWN:,} more; --json writes them all")


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


class _Fell:
    """Who falls under the shocks, as it was asked for."""

    def __init__(
        self,
        book: Book,
        prices: F8,
        names: Sequence[str],
        by: str | None,
        rates: Mapping[str, float] | None,
    ) -> None:
        from marginline.book.scenarios.falls import falls

        with progress_bar() as progress:
            self.found = falls(book, prices, names, progress=progress)
        self.by = by
        self.groups = None if by is None else self.found.grouped(by, rates)
        self.keys = tuple(book.keys)

    def document(self, *, listed: bool) -> dict[str, Any]:
        """What a document tells of it beside the scenarios."""
        told: dict[str, Any] = {"fell": len(self.found)}
        if listed:
            told["falls"] = self._rows(len(self.found))
        if self.groups is not None:
            told["by"], told["groups"] = self.by, self.groups
        return told

    def _rows(self, most: int) -> list[dict[str, Any]]:
        columns = self.found.columns()
        lists = [list(column)[:most] for column in columns.values()]
        rows = [dict(zip(columns, row, strict=True)) for row in zip(*lists, strict=True)]
        return [{name: _plain(value) for name, value in row.items()} for row in rows]

    def write(self, page: Page, *, listed: bool, out: str | None) -> None:
        """The falls, or their groups, for people."""
        page.blank()
        page.line(f"{len(self.found):,} fall to a graver status")
        if self.groups is not None and self.groups:
            self._write_groups(page)
        if listed and len(self.found):
            self._write_falls(page)
        if out is not None:
            page.line(f"all of them: {data(out)}")

    def _write_groups(self, page: Page) -> None:
        assert self.groups is not None
        assert self.by is not None
        words = [left("shock"), left(self.by), Cell("fell")]
        table = [[*words, *(Cell(s.value) for s in _STATUSES[1:]), Cell("shortfall")]]
        for row in self.groups[:SHOWN]:
            value = "-" if row[self.by] is None else data(row[self.by])
            numbers = [Cell(f"{row[s.value]:,}") for s in _STATUSES[1:]]
            first = [left(data(row["shock"])), left(value), Cell(f"{row['fell']:,}")]
            table.append([*first, *numbers, Cell(amount(row["shortfall"], 0))])
        page.table(table)
        if len(self.groups) > SHOWN:
            page.line(f"and {len(self.groups) - SHOWN:,} more; --json writes them all")

    def _write_falls(self, page: Page) -> None:
        words = ["shock", "account", *self.keys, "from", "to", "by"]
        head = [left(word) for word in words]
        table = [[*head, Cell("loss"), Cell("support"), Cell("requirement"), left("")]]
        for row in self._rows(SHOWN):
            told = [left("-" if row[word] is None else data(row[word])) for word in words]
            numbers = [Cell(amount(row[name])) for name in ("loss", "support", "requirement")]
            table.append([*told, *numbers, left(data(row["asset"]))])
        page.table(table)
        if len(self.found) > SHOWN:
            page.line(f"and {len(self.found) - SHOWN:,} more; --out and --json write them all")


def _plain(value: Any) -> Any:
    """A number of numpy's as Python's own."""
    return value.item() if hasattr(value, "item") else value
