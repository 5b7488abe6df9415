"""A rule of Bybit's own, written as one row."""

from __future__ import annotations

from collections.abc import Iterable

from marginline.core.assessment.rules import Citation, Compute, Evidence, F_contra, Facts, Rule
from marginline.core.findings import Code
from marginline.core.measures import Measure as M
from marginline.core.pool.pool import Kind


def rule(  # noqa: PLR0917 - reads as a row of a table
    code: str,
    measure: M,
    compute: Compute[F_contra] | None,
    formula: str,
    citation: Citation,
    evidence: Evidence,
    *,
    label: str = "",
    kinds: Iterable[Kind] = (),
    caveat: tuple[Code, str] | None = None,
    facts: Facts[F_contra] | None = None,
    regroups: bool = False,
) -> Rule[F_contra]:
    """One of Bybit's own rules; the rest of its wording by keyword."""
    return Rule(
        code,
        measure,
        compute,
        formula,
        citation,
        evidence,
        label=label,
        kinds=frozenset(kinds),
        caveat=caveat,
        facts=facts,
        regroups=regroups,
    )
