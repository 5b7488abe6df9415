"""What changed at a venue between two days: rules by measure, packaged parameters by entry."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Never

from marginline.core.assessment.rules import AnyRule, RuleTable
from marginline.core.measures import Measure
from marginline.core.nouns import dataclass
from marginline.venues import folders, rulebooks
from marginline.venues.documents import rule_document
from marginline.venues.resolve import packaged
from marginline.venues.rulebook import Rulebook

RULES_DIFF_SCHEMA = "marginline/rules-diff/1"
_Pair = tuple[Measure, AnyRule | None, AnyRule | None]


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
            "before": None if self.before is None else plain(self.before),
            "after": None if self.after is None else plain(self.after),
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


def difference_document(
    venue: str,
    days: tuple[str, str],
    modes: Sequence[ModeDifference],
    parameters: Sequence[ParameterChange],
) -> dict[str, object]:
    """The document `marginline/rules-diff/1`."""
    return {
        "schema": RULES_DIFF_SCHEMA,
        "venue": venue,
        "from": days[0],
        "to": days[1],
        "modes": [difference.to_dict() for difference in modes],
        "parameters": [change.to_dict() for change in parameters],
    }


def mode_differences(venue: str, first: datetime, second: datetime) -> Iterator[ModeDifference]:
    """Each mode of a venue on the two days."""
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
        if was is not is_now and claims(was) != claims(is_now):
            yield measure, was, is_now


def claims(rule: AnyRule | None) -> dict[str, object] | None:
    """What a rule says; two rules that say the same are not a change."""
    return None if rule is None else rule_document(rule)


def parameter_changes(venue: str, first: datetime, second: datetime) -> Iterator[ParameterChange]:
    """Packaged entries that are other ones on the two days."""
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


def plain(value: object) -> object:
    """A packaged value as JSON-able data, numbers and dates as text."""
    if isinstance(value, Mapping):
        return {str(name): plain(member) for name, member in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    return value if isinstance(value, (str, bool)) or value is None else str(value)
