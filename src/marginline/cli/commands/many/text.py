"""The table for a terminal, and as Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from marginline.cli.commands.many import rows as told_rows
from marginline.cli.page.page import Cell, Page, data, left
from marginline.cli.page.words import STATUS_STYLE, status_word
from marginline.risk.many.many import Many

_HEAD = ("status", "account", "venue", "to the line", "used", "equity USD")


def write_table(page: Page, many: Many) -> None:
    """Accounts, what falls under the shock, exposure by coin, totals."""
    shocked = many.shock is not None
    told = [told_rows.told(row, after=shocked) for row in many.rows]
    page.line((told_rows.counted(many), "bold"))
    layouts = [_laid(told, shocked=shocked, venue=venue) for venue in (True, False)]
    if (table := next(filter(page.fits, layouts), None)) is not None:
        page.table(table)
    else:
        for row in layouts[0][1:]:
            page.paragraph(*_joined(row), indent=2, hanging=2)
    unread = [each for each in told if each.status.value == "unknown"]
    for each in unread[: told_rows.MOST]:
        page.paragraph(
            (data(each.name, 40), "bold"), f": {data(each.why, 400)}", indent=2, hanging=2
        )
    if len(unread) > told_rows.MOST:
        page.line(f"and {len(unread) - told_rows.MOST:,} more unknown; --json says why", indent=2)
    if shocked:
        page.blank()
        page.line((told_rows.shock_words(many), "bold"))
    if many.exposure:
        page.blank()
        page.line(("exposure by coin", "bold"), "  positions, and balances less what is owed")
        words = [left("coin", "dim"), *(Cell(w, "dim") for w in told_rows.EXPOSURE_HEAD[1:])]
        found = told_rows.exposures(many)
        page.table(
            [words, *([left(data(r[0])), *map(Cell, r[1:])] for r in found[: told_rows.MOST])]
        )
        if len(found) > told_rows.MOST:
            page.line(f"and {len(found) - told_rows.MOST:,} more coins", indent=2)
    page.blank()
    page.line(("totals in USD", "bold"))
    page.table([[left(name), Cell(amount)] for name, amount in told_rows.totals(many)])
    for note in told_rows.total_notes(many):
        page.paragraph((data(note, 400), "dim"), indent=2, hanging=2)


def _laid(told: Sequence[told_rows.Told], *, shocked: bool, venue: bool) -> list[Sequence[Cell]]:
    words = [left(word, "dim") for word in _HEAD[: 3 if venue else 2]]
    words += [Cell("to the line", "dim"), Cell("used", "dim"), Cell("equity USD", "dim")]
    table: list[Sequence[Cell]] = [[*words, *([left("after it", "dim")] * shocked)]]
    for each in told:
        after = left(each.after, "bold red" if each.fell else "dim")
        table.append([
            left(status_word(each.status), STATUS_STYLE[each.status]),
            left(data(each.name, 40), "bold"),
            *([left(data(each.venue, 40))] * venue),
            Cell(each.nearest),
            Cell(data(each.used, 40)),
            Cell(each.equity),
            *([after] * shocked),
        ])  # fmt: skip
    return table


def _joined(row: Sequence[Cell]) -> list[tuple[str, str]]:
    return [(f"{cell.text}  ", cell.style) for cell in row if cell.text]


def markdown(many: Many) -> str:
    """The table as Markdown: names are text, never markup."""
    shocked = many.shock is not None
    parts = [f"**{told_rows.counted(many)}**", ""]
    head = [*_HEAD, *(["after the shock"] * shocked), "why"]
    parts += _markdown_table(
        head,
        (
            (
                status_word(each.status), each.name, each.venue, each.nearest, each.used,
                each.equity, *([each.after] * shocked), each.why,
            )
            for each in (told_rows.told(row, after=shocked) for row in many.rows)
        ),
        right={5},
    )  # fmt: skip
    if shocked:
        parts += ["", f"**{_escaped(told_rows.shock_words(many))}**"]
    if many.exposure:
        parts += ["", *_markdown_table(
            told_rows.EXPOSURE_HEAD, told_rows.exposures(many), right={1, 2, 3, 4, 5}
        )]  # fmt: skip
    parts += ["", *_markdown_table(("total", "USD"), told_rows.totals(many), right={1}), ""]
    parts += [f"{_escaped(note)}  " for note in told_rows.total_notes(many)]
    return "\n".join(parts) + "\n"


def _markdown_table(
    head: Sequence[str], rows: Iterable[Sequence[str]], right: set[int]
) -> list[str]:
    lines = ["| " + " | ".join(head) + " |"]
    lines.append("|" + "|".join("---:" if n in right else "---" for n in range(len(head))) + "|")
    lines += ["| " + " | ".join(map(_escaped, row)) + " |" for row in rows]
    return lines


def _escaped(text: str) -> str:
    """Text that Markdown and HTML leave as it is, in one line."""
    safe = data(text, 400).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return "".join("\\" + letter if letter in _MARKUP else letter for letter in safe)


_MARKUP = set("\\`*_[]|~#!")
