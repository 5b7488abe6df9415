"""Pages asked of the package itself, so that they cannot drift: account file, measures, matrix."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from marginline.core.account.file import account_schema
from marginline.core.measures import (
    MEANINGS,
    POOL_MEASURES,
    POSITION_MEASURES,
    Measure,
)
from marginline.venues import all_rulebooks, folders
from marginline.venues.rulebook import Rulebook
from marginline.venues.support import support


def pages() -> dict[str, str]:
    """Page to text."""
    found = {
        "reference/account-file.md": "\n".join(account_file()),
        "reference/measures.md": "\n".join(measures()),
        "venues/index.md": "\n".join(matrix()),
        "venues/words.md": "\n".join(words()),
    }
    for folder in sorted(set(folders().values())):
        found[f"venues/{folder}-rules.md"] = "\n".join(rules(folder))
    return found


def account_file() -> Iterator[str]:
    """Every object of the account file, a table each, from the published schema."""
    schema = account_schema()
    yield "# The account file\n"
    yield "Generated from the schema `marginline/account/1`; `marginline schema account` prints it."
    yield "Absent means unknown, never 0, except where a default is named.\n"
    yield from _object("Account", schema)
    for name, each in schema.get("$defs", {}).items():
        if "properties" in each:
            yield from _object(name, each)


def _object(name: str, schema: dict[str, Any]) -> Iterator[str]:
    required = set(schema.get("required", ()))
    yield f"\n## {name}\n\n| field | needed | default | meaning |\n|---|---|---|---|"
    for field, each in schema.get("properties", {}).items():
        default = each.get("default", "")
        shown = "" if default in ("", None, [], {}) else f"`{default}`"
        needed = "yes" if field in required else ""
        yield f"| `{field}` | {needed} | {shown} | {_cell(_about(each))} |"


def _about(each: dict[str, Any]) -> str:
    text = str(each.get("description", ""))
    options = each.get("enum")
    return text + (f" ({', '.join(f'`{o}`' for o in options)})" if options else "")


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def measures() -> Iterator[str]:
    """The menu: every measure with unit, sign and sentence."""
    yield "# Measures\n\nThe menu of every number, as `core/measures.py` states it.\n"
    of = [("Of a pool or account", POOL_MEASURES), ("Of a position", POSITION_MEASURES)]
    listed = {*POOL_MEASURES, *POSITION_MEASURES}
    of.append(("Only where a venue has them", tuple(m for m in Measure if m not in listed)))
    for title, menu in of:
        yield f"\n## {title}\n\n| measure | unit | sign | meaning |\n|---|---|---|---|"
        for measure in menu:
            meaning = MEANINGS[measure]
            yield f"| `{measure.value}` | {meaning.unit} | {meaning.sign} | {meaning.sentence} |"


MARKS = {"yes": "●", "approximate": "≈", "unsupported": "✗", "not applicable": "–", "absent": ""}


def matrix() -> Iterator[str]:
    """Which rulebook has which measure, asked of the rulebooks."""
    books = all_rulebooks()
    yield "# Venues\n\nWhat each rulebook computes, asked of the rulebooks themselves:"
    yield "● computed, ≈ approximate (the finding says why), ✗ not public, – does not exist.\n"
    yield "| code | venue | mode | in force |\n|---|---|---|---|"
    for book in books:
        mark = " (historical)" if book.historical else ""
        yield f"| `{book.code}` | `{book.venue}`{mark} | {book.mode or ''} | {book.span} |"
    found = {book.code: support(book) for book in books}
    for scope in ("pool", "position"):
        yield f"\n## Of a {scope}\n"
        yield "| measure | " + " | ".join(f"`{book.code}`" for book in books) + " |"
        yield "|---" * (len(books) + 1) + "|"
        first = [s for s in next(iter(found.values())) if s.scope == scope]
        for row in first:
            cells = (_state(found[b.code], scope, row.measure) for b in books)
            yield f"| `{row.measure.value}` | " + " | ".join(cells) + " |"


def _state(rows: Iterable[Any], scope: str, measure: Measure) -> str:
    return MARKS[next(r.state for r in rows if r.scope == scope and r.measure is measure)]


WORDS = (
    Measure.WALLET_BALANCE,
    Measure.MARGIN_BALANCE,
    Measure.EQUITY,
    Measure.INITIAL_MARGIN,
    Measure.MAINTENANCE_MARGIN,
    Measure.AVAILABLE_BALANCE,
    Measure.VENUE_RATIO,
)


def words() -> Iterator[str]:
    """What each venue calls the balances, asked of the rulebooks."""
    yield "# What each venue calls it\n"
    yield "The venue's own label where its rulebook names one, asked of the rulebooks.\n"
    yield "| code | " + " | ".join(f"`{measure.value}`" for measure in WORDS) + " |"
    yield "|---" * (len(WORDS) + 1) + "|"
    for book in all_rulebooks():
        labels = {row.measure: row.label for row in support(book) if row.scope == "pool"}
        cells = (_cell(labels.get(measure, "")) for measure in WORDS)
        yield f"| `{book.code}` | " + " | ".join(cells) + " |"


def rules(folder: str) -> Iterator[str]:
    """Every rulebook of one venue folder with its rules and their sources."""
    yield f"# {folder}: rules\n"
    yield "Generated from the rulebooks, as `marginline rules show` prints them."
    for book in all_rulebooks():
        if folders()[book.venue] == folder:
            yield from _book(book)


def _book(book: Rulebook) -> Iterator[str]:
    yield f"\n## {book.title}\n\n`{book.code}`, {book.span}.\n"
    for note in book.notes:
        yield f"- {note}"
    yield "\n| rule | measure | venue's word | formula | evidence | source |"
    yield "|---|---|---|---|---|---|"
    for rule in (*book.pool_rules, *book.position_rules):
        formula = (
            f"`{rule.formula}`"
            if rule.formula
            else _cell("" if rule.gap is None else rule.gap.message)
        )
        note = f" ≈ {_cell(rule.caveat[1])}" if rule.caveat else ""
        yield (
            f"| {rule.code} | `{rule.measure.value}` | {_cell(rule.label)} | {formula}{note} |"
            f" {rule.evidence} | {_cell(str(rule.citation))} |"
        )
