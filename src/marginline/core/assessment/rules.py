"""A rule: one measure of one kind of pool, with its arithmetic, its wording and its source.

A venue's rulebook is a list of rules in the order of the venue's own page. What the venue does not
have, or does not publish, stands in the list as a rule with a `gap` instead of arithmetic.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from decimal import Decimal
from enum import StrEnum
from typing import Generic, Never, TypeAlias, TypeVar

from marginline.core.findings import Code, Gap
from marginline.core.measures import Measure
from marginline.core.nouns import dataclass
from marginline.core.pool.exposure import Figure
from marginline.core.pool.pool import Kind


class Evidence(StrEnum):
    """How well a rule is known, best first."""

    REPRODUCED = "reproduced"  # recomputed, and it gives a published or live figure
    DOCUMENTED = "documented"  # read in the venue's own text
    DERIVED = "derived"  # follows by arithmetic from documented rules
    SECOND_HAND = "second-hand"  # read in somebody else's words, or seen in one payload
    DEFINITION = "definition"  # our own definition of the measure, see the glossary


@dataclass(frozen=True, slots=True)
class Citation:
    """Where a rule or a parameter was read: title, address, the day we read it."""

    title: str
    url: str = ""
    read: str = ""

    def __str__(self) -> str:
        return ", ".join(part for part in (self.title, self.url, self.read) if part)


@dataclass(frozen=True, slots=True)
class Fact:
    """A leaf of an explanation: an input as it was given, or a parameter with its source."""

    name: str
    value: Decimal | str
    unit: str = ""
    source: str = ""


# What a rule is computed from: the figures of a pool, of a position, or of either. A rule that
# takes either may stand wherever one of them is wanted, hence contravariant.
F_contra = TypeVar("F_contra", contravariant=True)

Compute = Callable[[F_contra], Figure]
Facts = Callable[[F_contra], Iterable[Fact]]


@dataclass(frozen=True, slots=True)
class Rule(Generic[F_contra]):
    """How one measure comes about.

    `compute` takes the figures of a pool or of a position. `formula` says the same in symbols,
    `label` is the venue's own word for it. `kinds` are the pools it holds for (empty: all).
    `caveat` becomes a finding whenever the rule gives a number. `regroups`: without orders that are
    charged by tiers the number is the standard rule's; only where it is shown differs.
    """

    code: str
    measure: Measure
    compute: Compute[F_contra] | None
    formula: str
    citation: Citation
    evidence: Evidence = Evidence.DEFINITION
    label: str = ""
    kinds: frozenset[Kind] = frozenset()
    gap: Gap | None = None
    caveat: tuple[Code, str] | None = None
    facts: Facts[F_contra] | None = None
    regroups: bool = False

    def cited(
        self,
        code: str,
        citation: Citation,
        evidence: Evidence,
        *,
        label: str = "",
        kinds: Iterable[Kind] = (),
        caveat: tuple[Code, str] | None = None,
    ) -> Rule[F_contra]:
        """The same arithmetic, claimed by a venue: with its code, source and own word."""
        return replace(
            self,
            code=code,
            citation=citation,
            evidence=evidence,
            label=label,
            kinds=frozenset(kinds),
            caveat=caveat,
        )


AnyRule: TypeAlias = Rule[Never]
"""Of a pool or of a position: to be read, not to be computed."""


def absent(code: str, measure: Measure, gap: Gap, citation: Citation, *kinds: Kind) -> Rule[object]:
    """A declared gap: this venue has no such number, or does not publish how it is made."""
    return Rule(
        code, measure, None, "", citation, Evidence.DOCUMENTED, kinds=frozenset(kinds), gap=gap
    )


RuleTable = Mapping[Measure, Rule[F_contra]]
