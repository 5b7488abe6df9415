"""`marginline rules diff VENUE --from DATE --to DATE`: what changed between two days."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Never

from marginline.cli.commands.rules.show import moment_of, rule_document
from marginline.cli.exits import Exit
from marginline.cli.input.documents import write_document
from marginline.cli.page.page import Page
from marginline.core.assessment.rules import AnyRule, RuleTable
from marginline.core.measures import Measure
from marginline.core.pool.pool import Kind
from marginline.venues import folders, rulebooks
from marginline.venues.resolve import packaged
from marginline.venues.rulebook import Rulebook

RULES_DIFF_SCHEMA = "marginline/rules-diff/1"
_SHORT = 50  # characters, before and after together, that go into one line
_Pair = tuple[Measure, AnyRule | None, AnyRule | None]
_SHOWN = ("code", "formula", "label", "evidence", "gap", "caveat")


@dataclass(frozen=True, slots=True)
class RuleChange:
    """One measure whose rule is another one: before and after, None where there was or is none."""

    scope: str
    measure: Measure
    kinds: tuple[str, ...]
    before: AnyRule | None
    after: AnyRule | None

    def to_dict(self) -> dict[str, object]:
        """The change as JSON-able data."""
        return {
            "scope": self.scope,
            "measure": self.measure.value,
            "kinds": list(self.kinds),
            "before": self.before and rule_document(self.before),
            "after": self.after and rule_document(self.after),
        }


@dataclass(frozen=True, slots=True)
class ParameterChange:
    """One packaged entry that is another one: source and values, None where none is known."""

    table: str
    key: str
    before: Mapping[str, object] | None
    after: Mapping[str, object] | None

    def to_dict(self) -> dict[str, object]:
        """The change as JSON-able data; values as text."""
        return {
            "table": self.table,
            "key": self.key,
            "before": None if self.before is None else _plain(self.before),
            "after": None if self.after is None else _plain(self.after),
        }


@dataclass(frozen=True, slots=True)
class ModeDifference:
    """One mode of the venue on the two days."""

    mode: str | None
    before: Rulebook | None
    after: Rulebook | None
    rules: tuple[RuleChange, ...]

    def to_dict(self) -> dict[str, object]:
        """The difference as JSON-able data."""
        return {
            "mode": self.mode,
            "before": self.before and self.before.code,
            "after": self.after and self.after.code,
            "rules": [change.to_dict() for change in self.rules],
        }


def run(venue: str, mode: str | None, days: tuple[str, str], *, as_json: bool) -> Exit:
    """Write what changed at a venue between two days."""
    first, second = moment_of(days[0]), moment_of(days[1])
    modes = [d for d in _modes(venue, first, second) if mode is None or d.mode == mode]
    parameters = list(_parameters(venue, first, second))
    if as_json:
        document = {
            "schema": RULES_DIFF_SCHEMA,
            "venue": venue,
            "from": days[0],
            "to": days[1],
            "modes": [difference.to_dict() for difference in modes],
            "parameters": [change.to_dict() for change in parameters],
        }
        write_document(document)
    else:
        _write(Page(), venue, days, modes, parameters)
    return Exit.HEALTHY


def _modes(venue: str, first: datetime, second: datetime) -> Iterator[ModeDifference]:
    books = rulebooks(venue)
    for mode in dict.fromkeys(book.mode for book in books):
        own = [book for book in books if book.mode == mode]
        before = next((book for book in own if book.covers(first)), None)
        after = next((book for book in own if book.covers(second)), None)
        changes = tuple(rule_changes(before, after)) if before and after else ()
        yield ModeDifference(mode, before, after, changes)


def rule_changes(before: Rulebook, after: Rulebook) -> Iterator[RuleChange]:
    """Measures that two rulebooks compute, cite or refuse differently."""
    for scope in ("pool", "position"):
        found: dict[_Pair, list[str]] = {}
        old, new = getattr(before.rules, scope), getattr(after.rules, scope)
        for kind in old:
            for key in _pairs(old[kind], new[kind]):
                found.setdefault(key, []).append(kind.value)
        for (measure, was, is_now), kinds in found.items():
            yield RuleChange(scope, measure, tuple(kinds), was, is_now)


def _pairs(old: RuleTable[Never], new: RuleTable[Never]) -> Iterator[_Pair]:
    for measure in dict.fromkeys([*old, *new]):
        was, is_now = old.get(measure), new.get(measure)
        if was is not is_now and _claims(was) != _claims(is_now):
            yield measure, was, is_now


def _claims(rule: AnyRule | None) -> dict[str, object] | None:
    return None if rule is None else rule_document(rule)


def _parameters(venue: str, first: datetime, second: datetime) -> Iterator[ParameterChange]:
    folder = folders()[venue]
    for name in sorted(file.removesuffix(".toml") for file in packaged.texts(folder)):
        entries = packaged.table(folder, name).get(venue, {})
        for key in (key for key, rows in entries.items() if isinstance(rows, list)):
            dated = packaged.dated(folder, name, venue, key)
            before = next((row for row in dated if row.covers(first)), None)
            after = next((row for row in dated if row.covers(second)), None)
            if before is not after:
                yield ParameterChange(
                    name,
                    key,
                    None if before is None else before.entry,
                    None if after is None else after.entry,
                )


def _plain(value: object) -> object:
    if isinstance(value, Mapping):
        return {str(name): _plain(member) for name, member in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return value if isinstance(value, (str, bool)) or value is None else str(value)


def _write(
    page: Page,
    venue: str,
    days: tuple[str, str],
    modes: list[ModeDifference],
    parameters: list[ParameterChange],
) -> None:
    page.line((venue, "bold"), f"  from {days[0]} to {days[1]}")
    for difference in modes:
        page.blank()
        _write_mode(page, difference)
    page.blank()
    page.line(("packaged parameters", "bold"))
    if not parameters:
        page.line("no change", indent=2)
    for change in parameters:
        _write_parameter(page, change)


def _write_mode(page: Page, difference: ModeDifference) -> None:
    codes = [book.code if book else "no rulebook" for book in (difference.before, difference.after)]
    head = difference.mode or "the one mode"
    if codes[0] == codes[1]:
        page.line((head, "bold"), f"  {codes[0]}  no change")
        return
    page.line((head, "bold"), f"  {codes[0]} → {codes[1]}")
    for word, book in (("before", difference.before), ("after", difference.after)):
        if book is not None:
            page.line((f"{word}: ", "dim"), f"{book.title}, {book.span}", indent=2)
    _write_notes(page, difference)
    for change in difference.rules:
        _write_change(page, change)


def _write_change(page: Page, change: RuleChange) -> None:
    some = "" if len(change.kinds) == len(Kind) else f" ({', '.join(change.kinds)})"
    page.line((change.measure.value, "bold"), (f"  of a {change.scope}{some}", "dim"), indent=2)
    for name, was, is_now in _fields(change):
        if len(was) + len(is_now) <= _SHORT:
            page.line((f"{name}: ", "dim"), was, (" → ", "bold"), is_now, indent=4)
            continue
        page.line((f"{name}:", "dim"), indent=4)
        page.paragraph(("- ", "red"), was, indent=6, hanging=2)
        page.paragraph(("+ ", "green"), is_now, indent=6, hanging=2)


def _write_notes(page: Page, difference: ModeDifference) -> None:
    """What is said of the whole book that was not said before, and the reverse."""
    before = difference.before.notes if difference.before else ()
    after = difference.after.notes if difference.after else ()
    for sign, notes, others in (("-", before, after), ("+", after, before)):
        for note in (note for note in notes if note not in others):
            page.paragraph((f"{sign} ", "bold"), note, indent=2, hanging=2)


def _fields(change: RuleChange) -> Iterator[tuple[str, str, str]]:
    """The parts of a rule that differ, as words."""
    before, after = _claims(change.before) or {}, _claims(change.after) or {}
    for name in _SHOWN:
        was, is_now = before.get(name), after.get(name)
        if was != is_now:
            yield name, _words(was), _words(is_now)


def _words(value: object) -> str:
    if isinstance(value, Mapping):
        return f"{value['code']}, {value['message']}"
    return "none" if value is None else str(value)


def _write_parameter(page: Page, change: ParameterChange) -> None:
    page.line((f"{change.table} {change.key}", "bold"), indent=2)
    for word, entry in (("before", change.before), ("after", change.after)):
        if entry is None:
            page.line(f"{word}: none packaged for that day", indent=4)
            continue
        kept = {n: _plain(v) for n, v in entry.items() if n not in ("rows", "source")}
        table = entry.get("rows")
        rows = f", {len(table)} rows" if isinstance(table, list) else ""
        values = ", ".join(f"{name} {value}" for name, value in kept.items())
        page.paragraph(f"{word}: {values}{rows}; {entry.get('source', '')}", indent=4, hanging=2)
