"""The support matrix, asked of the rulebooks: what each venue has, and how well it is known."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Never

from marginline.core.assessment.rules import AnyRule, Evidence, RuleTable
from marginline.core.findings import Code
from marginline.core.measures import POOL_MEASURES, POSITION_MEASURES, Measure
from marginline.core.nouns import dataclass
from marginline.core.pool.pool import Kind
from marginline.venues.rulebook import Rulebook

OPTIONAL = (Measure.CALL_AMOUNT, Measure.CALL_PRICE, Measure.ADL_SCORE)


@dataclass(frozen=True, slots=True)
class Support:
    """What one rulebook says of one measure.

    `state` is "yes", "approximate", "unsupported", "not applicable" or "absent" (the venue has no
    such figure and the measure is left out). `why` gives the reason where there is one.
    """

    measure: Measure
    scope: str
    state: str
    evidence: Evidence | None
    code: str
    label: str
    why: str


def support(book: Rulebook) -> tuple[Support, ...]:
    """Every measure of the menu in one rulebook, pools first."""
    return tuple(
        _of(measure, scope, _rules(tables, measure))
        for scope, tables, menu in (
            ("pool", book.rules.pool, POOL_MEASURES),
            ("position", book.rules.position, (*POSITION_MEASURES, *OPTIONAL)),
        )
        for measure in menu
    )


def _rules(tables: Mapping[Kind, RuleTable[Never]], measure: Measure) -> list[AnyRule]:
    kinds = (Kind.CROSS, Kind.ISOLATED, Kind.ACCOUNT)
    return [table[measure] for kind in kinds if measure in (table := tables[kind])]


def _of(measure: Measure, scope: str, rules: list[AnyRule]) -> Support:
    working = [rule for rule in rules if rule.compute is not None]
    if not rules:
        return Support(measure, scope, "absent", None, "", "", "the venue has no such figure")
    rule = _own(working or rules)
    if not working:
        assert rule.gap is not None, rule.code
        supported = rule.gap.code is not Code.UNSUPPORTED
        state = "not applicable" if supported else "unsupported"
        return Support(measure, scope, state, None, rule.code, rule.label, rule.gap.message)
    caveat = "" if rule.caveat is None else rule.caveat[1]
    state = "approximate" if caveat else "yes"
    return Support(measure, scope, state, rule.evidence, rule.code, rule.label, caveat)


def _own(rules: Iterable[AnyRule]) -> AnyRule:
    """The venue's own rule where it has one, else the standard one."""
    listed = list(rules)
    return next((r for r in listed if r.evidence is not Evidence.DEFINITION), listed[0])
