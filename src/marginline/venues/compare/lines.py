"""A venue's page as lines: its word, our measure, the rule, the source, how a figure is printed.

A word has its one home here: the rulebook's rules, what a reader puts under `reported`, the claims
that `reconcile` checks and the tables of the venue's README all come of a page's lines.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from enum import Enum
from typing import TYPE_CHECKING, Any, Generic

from marginline.core.assessment.rules import (
    Citation,
    Compute,
    Evidence,
    F_contra,
    Facts,
    Rule,
    absent,
)
from marginline.core.assessment.standard import GLOSSARY, STANDARD, STANDARD_OF_POSITION
from marginline.core.findings import Code, Gap
from marginline.core.measures import POSITION_MEASURES, Measure
from marginline.core.nouns import dataclass
from marginline.core.numbers import ONE, ZERO
from marginline.core.pool.pool import Kind

if TYPE_CHECKING:
    from marginline.venues.reader.fields import Row


class Of(Enum):
    """Whose figure a printed word is."""

    POSITION = "position"
    ISOLATED = "isolated position"
    CROSSED = "crossed position"
    POOL = "pool of the position"
    CROSS = "cross pool of the asset"
    ALL = "all pools of the asset"
    JOINT = "joint pool"
    CUT = "joint pool, after collateral ratios"
    COIN = "one coin of the joint pool"
    UNIT = "risk unit"


class Unit(Enum):
    """How a word is printed, and so how far it may be off.

    RETURN is P&L over initial margin, COVER what supports over what is required. Of a LEVEL and of
    an END 0 and below say that there is none; a report keeps that of an END, and a LEVEL as it is
    printed. VALUE is an amount that the venue signs, and that is unsigned here.
    """

    AMOUNT, PRICE, RATIO, RETURN, COVER, END, LEVEL, VALUE = range(8)


@dataclass(frozen=True, slots=True)
class Line(Generic[F_contra]):
    """One line of a venue's page.

    `number` is the rule's code without the rulebook's prefix; "" where the standard rule holds.
    `word` is what the venue's answers print, `of` whose it is (None: no answer prints it), `label`
    what its text says where that is another word. A line with neither `compute` nor `gap` takes the
    standard arithmetic, in the words of `formula` and with its own `facts` where it has such. `how`
    is the venue's own formula, `seen` what was recomputed, both for the README. `older` is the word
    of an isolated position's figure before there was `word`; `none` what a price is printed as
    where there is none.
    """

    number: str
    measure: Measure
    source: Citation = GLOSSARY
    evidence: Evidence = Evidence.DEFINITION
    word: str = ""
    of: Of | None = None
    unit: Unit = Unit.AMOUNT
    label: str | None = None
    compute: Compute[F_contra] | None = None
    formula: str = ""
    gap: Gap | None = None
    kinds: tuple[Kind, ...] = ()
    caveat: tuple[Code, str] | None = None
    how: str = ""
    seen: str = ""
    older: str = ""
    facts: Facts[F_contra] | None = None
    regroups: bool = False
    none: tuple[Decimal, ...] = (ZERO,)

    @property
    def named(self) -> str:
        """What the venue calls it."""
        return self.word if self.label is None else self.label

    def rule(self, prefix: str, standard: Mapping[Measure, Rule[F_contra]]) -> Rule[F_contra]:
        """The rule that the line claims, under a rulebook's prefix."""
        code = f"{prefix}-{self.number}"
        if self.gap is not None:
            return absent(code, self.measure, self.gap, self.source, *self.kinds)
        own = standard[self.measure] if self.compute is None else None
        return Rule(
            code,
            self.measure,
            self.compute if own is None else own.compute,
            self.formula or (own.formula if own else ""),
            self.source,
            self.evidence,
            label=self.named,
            kinds=frozenset(self.kinds),
            caveat=self.caveat,
            facts=self.facts or (own.facts if own else None),
            regroups=self.regroups,
        )

    def read(self, value: Decimal | None) -> Decimal | None:
        """What is printed; None where the venue prints that there is none."""
        if value is not None and self.unit in (Unit.END, Unit.LEVEL):
            return None if value <= ZERO else value
        if value is not None and self.unit is Unit.VALUE:
            return abs(value)
        return None if self.unit is Unit.PRICE and value in self.none else value


AnyLine = Line[Any]  # Any: of a pool or of a position; read, not computed


def pool_rules(prefix: str, lines: Iterable[AnyLine]) -> tuple[Rule[Any], ...]:
    """The rules that the lines of a page claim for pools, in the page's order."""
    return tuple(line.rule(prefix, STANDARD) for line in lines if line.number)


def position_rules(prefix: str, lines: Iterable[AnyLine]) -> tuple[Rule[Any], ...]:
    """The rules that the lines of a page claim for positions, in the page's order."""
    return tuple(line.rule(prefix, STANDARD_OF_POSITION) for line in lines if line.number)


def printed_words(*pages: Iterable[AnyLine]) -> tuple[AnyLine, ...]:
    """The lines whose word an answer prints."""
    return tuple(line for page in pages for line in page if line.word and line.of is not None)


def prices(line: AnyLine) -> tuple[AnyLine, ...]:
    """A line of the liquidation price and of both ends of the safe range, numbered on from it."""
    head, first = line.number[:-1], int(line.number[-1])
    ends = (Measure.LIQUIDATION_PRICE_BELOW, Measure.LIQUIDATION_PRICE_ABOVE)
    return line, *(
        replace(
            line,
            number=f"{head}{n}",
            measure=end,
            word="",
            of=None,
            label=line.named,
            how="as the liquidation price",
            seen="",
        )
        for n, end in enumerate(ends, start=first + 1)
    )


# -- what a reader reports ----------------------------------------------------------------------


def reported(
    row: Row, words: Iterable[AnyLine], *of: Of, step: Decimal = ONE
) -> dict[str, Decimal | None]:
    """What a row says by our measures, for `reported` of the account; amounts count `step` each."""
    return _reported(row, ((w, w.word) for w in words if w.of in of), step)


def reported_of_position(
    row: Row, words: Iterable[AnyLine], *, isolated: bool, step: Decimal = ONE
) -> dict[str, Decimal | None]:
    """What a row says of its position; the pool's figures are an isolated position's own."""
    more = (Of.ISOLATED, Of.POOL) if isolated else (Of.CROSSED,)
    of = (Of.POSITION, *more)
    own = [word for word in words if word.of in of and word.measure in POSITION_MEASURES]
    older = {word.older for word in own if word.older and isolated and not row.has(word.word)}
    labelled = ((w, w.older if w.older in older else w.word) for w in own if w.word not in older)
    return _reported(row, labelled, step)


def _reported(
    row: Row, labelled: Iterable[tuple[AnyLine, str]], step: Decimal
) -> dict[str, Decimal | None]:
    found: dict[str, Decimal | None] = {}
    for word, label in labelled:
        printed = row.number(label)
        number = printed if word.unit is Unit.LEVEL else word.read(printed)
        if number is not None:
            counted = step is not ONE and word.unit in (Unit.AMOUNT, Unit.VALUE)
            found[word.measure.value] = number * step if counted else number
        elif printed is not None and word.unit is Unit.END:
            found[word.measure.value] = None
    return found


# -- the README ---------------------------------------------------------------------------------

_HEAD = ("{} says", "our measure", "rule", "formula", "evidence")


def table(venue: str, prefix: str, *pages: Sequence[AnyLine]) -> str:
    """The lines as the Markdown table of the venue's README."""
    rows = [tuple(cell.format(venue) for cell in _HEAD), ("---",) * len(_HEAD)]
    formulas = [
        {m: rule.formula for m, rule in STANDARD.items()},
        {m: rule.formula for m, rule in STANDARD_OF_POSITION.items()},
    ]
    for page, standard in zip(pages, formulas, strict=False):
        rows += [_cells(prefix, line, standard.get(line.measure, "")) for line in page]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in rows)


def _cells(prefix: str, line: AnyLine, standard: str) -> tuple[str, ...]:
    words = line.named if line.word in ("", line.named) else f"{line.named}, `{line.word}`"
    called = f"`{words}`" if words and words == line.word else words
    code = f"{prefix}-{line.number}" if line.number else ""
    if line.gap is not None:
        return called, f"`{line.measure.value}`", code, _why(line.gap), ""
    how = (line.how or line.formula or standard).replace("|", "\\|")
    seen = line.evidence.value if line.number else ""
    return called, f"`{line.measure.value}`", code, how, seen + (line.seen and f" ({line.seen})")


def _why(gap: Gap) -> str:
    return f"{gap.code.name}: {gap.message}"
