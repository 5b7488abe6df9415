"""Explain: how a number came about, down to rule, parameter, date and source.

The figures are computed once more with a recorder that notes which measure asked for which; what
the tree shows is therefore what was computed, not a description kept beside it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import field
from decimal import Decimal
from typing import Literal, NotRequired, TypedDict

from marginline.core.assessment.assessment import Assessment, PoolAssessment
from marginline.core.assessment.figures import Figures, PoolFigures, PositionFigures, Recorder
from marginline.core.assessment.rules import AnyRule, Evidence, Fact
from marginline.core.findings import AbsentError, Gap
from marginline.core.measures import Measure, Unit
from marginline.core.naming import measure_named
from marginline.core.nouns import dataclass
from marginline.core.numbers import exactly, text_or_none, to_text
from marginline.core.pool.exposure import Figure
from marginline.core.pool.pool import Kind
from marginline.core.unified import native
from marginline.errors import InputError, Problem

ACCOUNT = "account"

_Words = Literal["reason", "rule", "formula", "source", "evidence", "label", "caveat"]
_WORDS: tuple[_Words, ...] = (
    "reason", "rule", "formula", "source", "evidence", "label", "caveat",
)  # fmt: skip


class ExplanationDocument(TypedDict):
    """The tree of one number as JSON-able data; what is empty is left out."""

    where: str
    measure: str
    value: str | None
    unit: str
    meaning: str
    reason: NotRequired[str]
    rule: NotRequired[str]
    formula: NotRequired[str]
    source: NotRequired[str]
    evidence: NotRequired[str]
    label: NotRequired[str]
    caveat: NotRequired[str]
    facts: NotRequired[list[dict[str, str]]]
    inputs: NotRequired[list[ExplanationDocument]]


@dataclass(slots=True)
class Explanation:
    """One number with its rule, its inputs (other explanations) and its facts (leaves)."""

    where: str
    measure: str
    value: Decimal | None
    unit: str
    meaning: str
    reason: str = ""
    rule: str = ""
    formula: str = ""
    source: str = ""
    evidence: str = ""
    label: str = ""
    caveat: str = ""
    facts: list[Fact] = field(default_factory=list)
    inputs: list[Explanation] = field(default_factory=list)

    def to_dict(self) -> ExplanationDocument:
        """The tree as JSON-able data; what is empty is left out."""
        document: ExplanationDocument = {
            "where": self.where,
            "measure": self.measure,
            "value": text_or_none(self.value),
            "unit": self.unit,
            "meaning": self.meaning,
        }
        for name in _WORDS:
            if text := getattr(self, name):
                document[name] = text
        if self.facts:
            document["facts"] = [_fact_document(fact) for fact in self.facts]
        if self.inputs:
            document["inputs"] = [child.to_dict() for child in self.inputs]
        return document

    def lines(self, depth: int = 0) -> Iterator[str]:
        """The tree as indented text."""
        pad = "  " * depth
        value = (
            f"none: {self.reason}" if self.value is None else f"{to_text(self.value)} {self.unit}"
        )
        yield f"{pad}{self.where} {self.measure} = {value}"
        if self.formula:
            yield f"{pad}  = {self.formula}   [{self.rule}; {self.source}; {self.evidence}]"
        for fact in self.facts:
            source = f"   [{fact.source}]" if fact.source else ""
            yield f"{pad}  {fact.name}: {_fact_value(fact)} {fact.unit}".rstrip() + source
        for child in self.inputs:
            yield from child.lines(depth + 1)

    def __str__(self) -> str:
        return "\n".join(self.lines())


def _fact_value(fact: Fact) -> str:
    return to_text(fact.value) if isinstance(fact.value, Decimal) else fact.value


def _fact_document(fact: Fact) -> dict[str, str]:
    document = {"name": fact.name, "value": _fact_value(fact)}
    return document | {k: v for k, v in (("unit", fact.unit), ("source", fact.source)) if v}


class _Tree(Recorder):
    """Builds the tree as measures ask for each other."""

    def __init__(self) -> None:
        self.root: Explanation | None = None
        self.open: list[Explanation] = []
        self.paused = False

    def enter(self, figures: Figures, measure: Measure) -> None:
        if self.paused:
            return
        node = _node(figures, measure)
        if self.open:
            self.open[-1].inputs.append(node)
        else:
            self.root = node
        self.open.append(node)

    def leave(self, figures: Figures, measure: Measure, figure: Figure) -> None:
        if self.paused:
            return
        node = self.open.pop()
        if isinstance(figure, Gap):
            node.reason = figure.message
        else:
            node.value = figure
        rule = figures.rule(measure)
        if rule is not None and rule.facts is not None:
            self.paused = True  # what the facts look up is no input of the measure
            with suppress(AbsentError):  # what is missing has no facts; the reason says so
                node.facts.extend(rule.facts(figures))
            self.paused = False


def _node(figures: Figures, measure: Measure) -> Explanation:
    meaning = measure.meaning
    node = Explanation(figures.name, measure.value, None, _unit(figures, measure), meaning.sentence)
    rule = figures.rule(measure)
    if rule is not None:
        _describe(node, rule)
    return node


def _describe(node: Explanation, rule: AnyRule) -> None:
    node.rule, node.formula, node.label = rule.code, rule.formula, rule.label
    node.source, node.evidence = str(rule.citation), rule.evidence.value
    node.caveat = rule.caveat[1] if rule.caveat is not None else ""


def _unit(figures: Figures, measure: Measure) -> str:
    unit = measure.meaning.unit
    if unit is Unit.ASSET:
        if isinstance(figures, PositionFigures):
            return figures.exposure.asset
        assert isinstance(figures, PoolFigures)
        return figures.pool.asset
    if unit is Unit.PRICE and isinstance(figures, PositionFigures):
        return figures.exposure.instrument.quote or ""
    return "" if unit is Unit.NUMBER else unit.value


@exactly
def explain(assessment: Assessment, where: str, measure: Measure | str) -> Explanation:
    """The tree behind one number of an assessment.

    Args:
        assessment: what `assess` returned.
        where: a pool id, a position key, an instrument with one position, or "account".
        measure: a measure, its name, or the word that a screen shows for it ("ratio").

    Raises:
        InputError: no such place or measure; the message names those there are.
    """
    wanted = measure_named(measure)
    if where == ACCOUNT and _summed(assessment):
        return _of_several_pools(assessment, wanted)
    pool, key = _place(assessment, where)
    tree = _Tree()
    figures = PoolFigures(pool.figures.pool, assessment.rules, tree)
    target: Figures = figures
    if key is not None:
        target = next(p for p in figures.positions if p.name == key)
    target.figure(wanted)
    assert tree.root is not None, "the recorder saw nothing"
    if tree.root.value is None:
        tree.root.reason += _beside(pool, key, wanted)
    return tree.root


def _beside(pool: PoolAssessment, key: str | None, wanted: Measure) -> str:
    """What stands beside a null: the ends that it lies between, and the venue's own figure."""
    where = pool.id if key is None else key
    own = [f for f in pool.findings if f.where == where and f.measure is wanted]
    text = ""
    for finding in own[:1]:
        for words, end in (("at least", finding.at_least), ("at most", finding.at_most)):
            text += "" if end is None else f"; it is {words} {to_text(end)}"
    reported = pool.reported if key is None else pool.position(key).reported
    theirs = reported.get(wanted)
    return text if theirs is None else f"{text}; the venue's own figure is {to_text(theirs)}"


def _summed(assessment: Assessment) -> bool:
    pools = assessment.pools
    return len(pools) > 1 and not any(pool.kind == Kind.ACCOUNT for pool in pools)


def _of_several_pools(assessment: Assessment, wanted: Measure) -> Explanation:
    """What several pools hold together: their equity alone, each with its own tree."""
    if wanted not in assessment.measures:
        names = ", ".join(pool.id for pool in assessment.pools)
        text = "an account of several pools has no such measure as a whole"
        raise InputError([Problem("measure", wanted.value, text, f"ask one of its pools: {names}")])
    reasons = [f.message for f in assessment.findings if (f.where, f.measure) == (ACCOUNT, wanted)]
    return Explanation(
        ACCOUNT,
        wanted.value,
        assessment.measures[wanted],
        assessment.asset,
        wanted.meaning.sentence,
        reason="; ".join(reasons),
        rule="CORE-ACCOUNT-EQUITY",
        formula="sum(equity of each pool * market.asset_rate of its asset)",
        source="docs/account-format.md, account-wide measures",
        evidence=Evidence.DEFINITION.value,
        inputs=[explain(assessment, pool.id, wanted) for pool in assessment.pools],
    )


def _place(assessment: Assessment, where: str) -> tuple[PoolAssessment, str | None]:
    pools = assessment.pools
    if where == ACCOUNT and (joint := [p for p in pools if p.kind == Kind.ACCOUNT] or pools[:1]):
        return joint[0], None
    for pool in pools:
        if pool.id == where:
            return pool, None
        if any(position.key == where for position in pool.positions):
            return pool, where
    rows = [(pool, position) for pool in pools for position in pool.positions]
    named = [(pool, row.key) for pool, row in rows if row.instrument == where]
    if len(named) == 1:
        return named[0]
    if not named and (own := native(assessment.venue, where)) != where:
        return _place(assessment, own)
    names = [key for _, key in named] or [p.id for p in pools] + [row.key for _, row in rows]
    said = "several positions are open" if named else "no such pool or position"
    raise InputError([Problem("where", where, said, f"one of: {', '.join(names)}")])
