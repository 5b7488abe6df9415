"""`marginline rules diff --tiers OLD NEW`: what changed, and what it does to an account."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

from marginline.cli.commands.rules.tier_diff import SymbolChange, TiersDifference, compare
from marginline.cli.exits import Exit, of_status
from marginline.cli.input.documents import write_document
from marginline.cli.input.sources import Given, Reading, read_one
from marginline.cli.input.tier_files import Tiers, read_tiers
from marginline.cli.page.comparison import moved, write_comparison, write_statuses
from marginline.cli.page.numbers import Style, grouped
from marginline.cli.page.page import Cell, Page, data, left
from marginline.core.account.tables import TierRow, TierTable
from marginline.core.assessment.assessment import Assessment

TIERS_DIFF_SCHEMA = "marginline/tiers-diff/1"
MANY = 20  # names and rows shown of a long list, unless all are asked for


def run(
    paths: tuple[str, str],
    symbols: Sequence[str],
    account: str | None,
    *,
    everything: bool,
    exact: bool,
    as_json: bool,
) -> Exit:
    """Write what changed between two tier files, and its effect on an account."""
    old, new = read_tiers(paths[0]), read_tiers(paths[1])
    difference = compare(old, new, symbols)
    given = None if account is None else read_one([account], Reading())
    effect = None if given is None else (_with(given, old), _with(given, new))
    if as_json:
        _write_json(paths, difference, effect)
    else:
        page = Page(Style(exact=exact))
        _write(page, difference, everything=everything, rows=bool(symbols))
        if effect is not None and given is not None:
            _write_effect(page, given, effect)
    return Exit.HEALTHY if effect is None else of_status(effect[1].status)


def _with(given: Given, tiers: Tiers) -> Assessment:
    """The account assessed under these tables; symbols that they lack keep the account's own."""
    account = given.account
    own = _in_use(given, tiers)
    parameters = replace(account.parameters, tiers={**account.parameters.tiers, **own})
    return Given(given.source, replace(account, parameters=parameters)).assess()


def _in_use(given: Given, tiers: Tiers) -> Mapping[str, TierTable]:
    account = given.account
    symbols = {p.instrument for p in account.positions} | {o.instrument for o in account.orders}
    return {symbol: table for symbol, table in tiers.items() if symbol in symbols}


def _write_json(
    paths: tuple[str, str],
    difference: TiersDifference,
    effect: tuple[Assessment, Assessment] | None,
) -> None:
    document: dict[str, object] = {
        "schema": TIERS_DIFF_SCHEMA,
        "old": paths[0],
        "new": paths[1],
        **difference.to_dict(),
    }
    if effect is not None:
        document["account"] = {"before": effect[0].to_dict(), "after": effect[1].to_dict()}
    write_document(document)


def _write(page: Page, difference: TiersDifference, *, everything: bool, rows: bool) -> None:
    counts = (
        f"{len(difference.added)} added, {len(difference.removed)} removed, "
        f"{len(difference.changed)} changed, {difference.unchanged} unchanged"
    )
    page.line(("symbols: ", "bold"), counts)
    most = None if everything else MANY
    for title, names in (("added", difference.added), ("removed", difference.removed)):
        if names:
            more = f" and {len(names) - MANY} more (--all)" if most and len(names) > MANY else ""
            page.paragraph(
                (f"{title}: ", "bold"), ", ".join(map(data, names[:most])), more, hanging=2
            )
    changed = sorted(difference.changed, key=lambda change: -change.worst()[1])
    if changed:
        page.blank()
        page.table(_changed_table(page.style, changed[:most]), indent=0)
        if most and len(changed) > MANY:
            page.line((f"{len(changed) - MANY} more (--all)", "dim"))
    if rows:
        for change in changed:
            _write_rows(page, change)


def _changed_table(style: Style, changes: Sequence[SymbolChange]) -> list[list[Cell]]:
    titles = ("rows", "leverage", "first rate", "largest change", "at notional")
    table = [[left("changed", "bold"), *(Cell(title, "dim") for title in titles)]]
    for change in changes:
        notional, relative = change.worst()
        rates = [tiers.rows[0].rate for tiers in (change.before, change.after)]
        table.append(
            [
                left(data(change.symbol)),
                Cell(_pair([str(len(change.before.rows)), str(len(change.after.rows))])),
                Cell(_pair([_times(style, each) for each in change.leverage])),
                Cell(_pair(["–" if r is None else style.percent(r, places=2) for r in rates])),
                Cell(style.distance(relative), "red" if relative > 0 else "green"),
                Cell(grouped(notional.quantize(Decimal(1))) if relative else "–"),
            ]
        )
    return table


def _times(style: Style, leverage: Decimal | None) -> str:
    return "–" if leverage is None else style.times(leverage)


def _pair(texts: list[str]) -> str:
    return texts[0] if texts[0] == texts[1] else f"{texts[0]} → {texts[1]}"


def _write_rows(page: Page, change: SymbolChange) -> None:
    """Row by row, what one symbol's table says now."""
    page.blank()
    page.line((data(change.symbol), "bold"))
    titles = ("row", "up to", "rate", "deduction", "leverage")
    table = [[Cell(title, "dim") for title in titles]]
    for index in range(max(len(change.before.rows), len(change.after.rows))):
        before, after = (_row(tiers, index) for tiers in (change.before, change.after))
        cells = [Cell(str(index + 1))]
        for name in ("cap", "rate", "deduction", "max_leverage"):
            texts = [_field(page.style, name, getattr(row, name, None)) for row in (before, after)]
            cells.append(Cell(_pair(texts), "" if texts[0] == texts[1] else "bold"))
        table.append(cells)
    page.table(table)


def _row(tiers: TierTable, index: int) -> TierRow | None:
    return tiers.rows[index] if index < len(tiers.rows) else None


def _field(style: Style, name: str, value: Decimal | None) -> str:
    if value is None:
        return "–"
    if name == "rate":
        return style.percent(value, places=2)
    return style.times(value) if name == "max_leverage" else style.size(value)


def _write_effect(page: Page, given: Given, effect: tuple[Assessment, Assessment]) -> None:
    page.blank()
    page.line((data(given.name), "bold"), "  under the old tiers and under the new")
    write_statuses(page, *effect)
    if moved(*effect):
        write_comparison(page, *effect)
    else:
        page.line("no figure of this account changes", indent=2)
