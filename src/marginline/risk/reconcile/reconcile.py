"""Ours beside theirs: every figure the venue printed, recomputed, and the first that differs.

Knows no venue. What a venue's words mean, and which sums its figures must obey, its folder says in
`comparisons`; measures under `reported.account`, `pools` and `positions` are compared as they are.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import TypedDict

from marginline.core.account.account import Account
from marginline.core.account.moments import moment_text
from marginline.core.assessment.assessment import Assessment
from marginline.core.assessment.figures import Figures
from marginline.core.findings import Code, Gap, not_applicable
from marginline.core.measures import Measure
from marginline.core.nouns import dataclass
from marginline.core.numbers import exact, exactly, text_or_none, to_text
from marginline.core.pool.exposure import Figure, known
from marginline.risk.reconcile.readings import Cause, Evidence, within_rounding
from marginline.risk.reconcile.reasons import implied, reason_of
from marginline.risk.reconcile.unread import unread
from marginline.venues.assessing import assess
from marginline.venues.compare.comparing import ACCOUNT, Claim, Identity, shortened, words_of

M = Measure
ORDER = (
    M.WALLET_BALANCE, M.NOTIONAL, M.UNREALIZED_PNL, M.EQUITY, M.MARGIN_BALANCE, M.INITIAL_MARGIN,
    M.POSITION_INITIAL_MARGIN, M.ORDER_INITIAL_MARGIN, M.MAINTENANCE_MARGIN, M.MARGIN_RATIO,
    M.VENUE_RATIO, M.AVAILABLE_BALANCE, M.WITHDRAWABLE_BALANCE, M.LIQUIDATION_PRICE,
    M.BREAK_EVEN_PRICE,
)  # fmt: skip
"""What is made of what: an early difference explains the later ones."""

_RANK = {measure: rank for rank, measure in enumerate(ORDER)}


class Outcome(StrEnum):
    """What came of one comparison."""

    AGREES = "agrees"
    DIFFERS = "differs"
    NOT_COMPUTABLE = "not computable"


class LineDocument(TypedDict):
    """A line in the document; numbers as decimal strings or null."""

    where: str
    label: str
    measure: str | None
    ours: str | None
    theirs: str | None
    difference: str | None
    tolerance: str
    outcome: str
    cause: str | None
    reason: str


class ReconciliationDocument(TypedDict):
    """The document `marginline/reconciliation/1`."""

    schema: str
    venue: str
    mode: str | None
    as_of: str
    agrees: bool
    counts: dict[str, int]
    first_difference: LineDocument | None
    lines: list[LineDocument]
    contradictions: list[str]
    information: list[str]


@dataclass(frozen=True, slots=True)
class Line:
    """One printed figure beside ours.

    `difference` is ours less theirs. `reason` says why it differs, as far as the evidence goes, or
    why there is nothing to compare; `cause` is the kind of that reason, None where nothing differs
    or nothing is compared. Of a figure that agrees it tells what rounding lies between.
    """

    where: str
    label: str
    measure: Measure | None
    ours: Decimal | None
    theirs: Decimal | None
    tolerance: Decimal
    outcome: Outcome
    reason: str = ""
    cause: Cause | None = None

    @property
    def difference(self) -> Decimal | None:
        """Ours less theirs, where both are there."""
        if self.ours is None or self.theirs is None:
            return None
        with exact():
            return self.ours - self.theirs

    def to_dict(self) -> LineDocument:
        """The line as a document."""
        return {
            "where": self.where,
            "label": self.label,
            "measure": None if self.measure is None else self.measure.value,
            "ours": text_or_none(self.ours),
            "theirs": text_or_none(self.theirs),
            "difference": text_or_none(self.difference),
            "tolerance": to_text(self.tolerance),
            "outcome": self.outcome.value,
            "cause": None if self.cause is None else self.cause.value,
            "reason": self.reason,
        }


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """Every printed figure beside ours, in the order in which one is made of another.

    `contradictions` are sums that the venue's own figures break; `information` is what its figures
    imply where ours are missing, which proves nothing.
    """

    venue: str
    mode: str | None
    as_of: datetime
    lines: tuple[Line, ...]
    contradictions: tuple[str, ...]
    information: tuple[str, ...]
    assessment: Assessment

    @property
    def first_difference(self) -> Line | None:
        """The earliest line that differs; the later ones may follow from it."""
        return next((line for line in self.lines if line.outcome is Outcome.DIFFERS), None)

    @property
    def agrees(self) -> bool:
        """Whether something was compared, and nothing differs."""
        return self.count(Outcome.AGREES) > 0 and self.first_difference is None

    def count(self, outcome: Outcome) -> int:
        """How many lines came out so."""
        return sum(line.outcome is outcome for line in self.lines)

    def to_dict(self) -> ReconciliationDocument:
        """The reconciliation as a document."""
        first = self.first_difference
        return {
            "schema": "marginline/reconciliation/1",
            "venue": self.venue,
            "mode": self.mode,
            "as_of": moment_text(self.as_of),
            "agrees": self.agrees,
            "counts": {outcome.value: self.count(outcome) for outcome in Outcome},
            "first_difference": None if first is None else first.to_dict(),
            "lines": [line.to_dict() for line in self.lines],
            "contradictions": list(self.contradictions),
            "information": list(self.information),
        }

    def markdown(self) -> str:
        """The lines as a Markdown table, contradictions and information below it."""
        head = ("where", "label", "measure", "ours", "theirs", "difference", "outcome", "reason")
        rows = [head, tuple("---" for _ in head), *(_cells(line) for line in self.lines)]
        table = "\n".join("| " + " | ".join(map(_cell, row)) + " |" for row in rows)
        notes = [f"- the payload contradicts itself: {text}" for text in self.contradictions]
        notes += [f"- {text}" for text in self.information]
        below = "\n".join(_cell(note) for note in notes)
        return table + (f"\n\n{below}" if below else "") + "\n"


@exactly
def reconcile(account: Account) -> Reconciliation:
    """Every figure the venue reported, beside the same figure recomputed from the account.

    Raises:
        RulebookError: no rulebook covers the account.
        DocumentError: the account contradicts what its venue allows.
    """
    assessment = assess(account)
    stated, identities = _stated(account, assessment)
    stated = _with_unread(stated, list(unread(account, assessment)))
    claims = list(dict.fromkeys([*stated, *_reported(account, assessment, stated)]))
    evidence = Evidence(account, assessment, identities, claims)
    ranked = sorted(claims, key=_rank)
    lines: list[Line] = []
    for claim in ranked:
        lines.append(_line(claim, evidence, lines))
    return Reconciliation(
        venue=account.venue,
        mode=account.mode,
        as_of=account.as_of,
        lines=tuple(lines),
        contradictions=tuple(
            dict.fromkeys(f"{each.where}: {each.sentence}" for each in evidence.broken)
        ),
        information=tuple(
            dict.fromkeys([*_explained(evidence), *_prices(assessment), *implied(claims, evidence)])
        ),
        assessment=assessment,
    )


# -- claims ------------------------------------------------------------------------------------


def _stated(account: Account, assessment: Assessment) -> tuple[list[Claim], list[Identity]]:
    """What the venue's page has to say; nothing where none is printed, or it names none."""
    module = None if account.reported is None else words_of(account.venue)
    if module is None:
        return [], []
    return list(module.claims(account, assessment)), list(module.identities(account))


def _with_unread(stated: list[Claim], unreadable: list[Claim]) -> list[Claim]:
    """With the figures that are no numbers; that the venue prints none is no word of such a one."""
    named = {(claim.where, claim.label) for claim in unreadable}
    read = [c for c in stated if c.theirs is not None or (c.where, c.label) not in named]
    return [*read, *unreadable]


def _reported(account: Account, assessment: Assessment, stated: list[Claim]) -> Iterator[Claim]:
    """Measures under `reported` that no claim of the venue's folder covers."""
    if account.reported is None:
        return
    covered = {(claim.where, claim.measure) for claim in stated}
    for where, told, figures in _by_place(account, assessment):
        for name, theirs in told.items():
            measure = _measure(name)
            if measure is None or (where, measure) in covered or theirs is None:
                continue
            yield Claim(where, "", measure, theirs, _ours(figures, measure))


Place = tuple[str, Mapping[str, Decimal | None], Figures | None]


def _by_place(account: Account, assessment: Assessment) -> Iterator[Place]:
    reported = account.reported
    assert reported is not None
    pools = {pool.id: pool for pool in assessment.pools}
    only = assessment.pools[0] if len(assessment.pools) == 1 else None
    if not any(told == reported.account for told in reported.pools.values()):
        yield ACCOUNT, reported.account, None if only is None else only.figures
    for name, told in reported.pools.items():
        same = only is not None and name == only.id and told == reported.account
        yield (ACCOUNT if same else name), told, pools[name].figures if name in pools else None
    positions = {p.name: p for pool in assessment.pools for p in pool.figures.positions}
    for key, told in reported.positions.items():
        yield key, told, positions.get(key)


def _measure(name: str) -> Measure | None:
    return next((measure for measure in Measure if measure.value == name), None)


def _ours(figures: Figures | None, measure: Measure) -> Figure:
    if figures is None:
        return not_applicable("the assessment has nothing of this name")
    return figures.figure(measure)


# -- lines -------------------------------------------------------------------------------------


def _rank(claim: Claim) -> int:
    if claim.measure is None:
        return len(ORDER)
    return _RANK.get(claim.measure, len(ORDER))


def _line(claim: Claim, evidence: Evidence, before: list[Line]) -> Line:
    outcome, cause, reason = _outcome(claim), None, ""
    if outcome is Outcome.DIFFERS and (rounding := within_rounding(claim, evidence)):
        outcome, (cause, reason) = Outcome.AGREES, rounding
    elif outcome is Outcome.NOT_COMPUTABLE:
        assert isinstance(claim.ours, Gap)
        reason = claim.ours.message
    elif outcome is Outcome.DIFFERS:
        earlier = [line for line in before if line.outcome is Outcome.DIFFERS]
        cause, reason = reason_of(
            claim, evidence, [(line.where, line.label, line.measure) for line in earlier]
        )
    return Line(
        claim.where,
        claim.label,
        claim.measure,
        known(claim.ours),
        claim.theirs,
        claim.tolerance,
        outcome,
        reason,
        cause,
    )


def _prices(assessment: Assessment) -> Iterator[str]:
    """Liquidation prices that the venue prints by a formula of its own, beside ours."""
    for finding in assessment.findings:
        if finding.code is Code.REPORTED and finding.measure is M.LIQUIDATION_PRICE:
            yield f"{finding.where}: {finding.message}"


def _explained(evidence: Evidence) -> Iterator[str]:
    """Sums that are broken and yet no contradiction, each with the reading that explains it."""
    for identity, reading in evidence.explained:
        yield f"{identity.where}: {identity.sentence}; {reading.text}"


def _outcome(claim: Claim) -> Outcome:
    ours, theirs = claim.ours, claim.theirs
    if isinstance(ours, Gap):
        none = ours.code is Code.NOT_APPLICABLE
        if theirs is None and none:
            return Outcome.AGREES  # both say that there is none
        return Outcome.DIFFERS if none and claim.label else Outcome.NOT_COMPUTABLE
    if theirs is None:
        return Outcome.DIFFERS
    return Outcome.AGREES if abs(ours - theirs) <= claim.tolerance else Outcome.DIFFERS


# -- text --------------------------------------------------------------------------------------


def _cells(line: Line) -> tuple[str, ...]:
    measure = "" if line.measure is None else line.measure.value
    numbers = (line.ours, line.theirs, line.difference)
    shown = ("" if n is None else shortened(n) for n in numbers)
    return (line.where, line.label, measure, *shown, line.outcome.value, line.reason)


def _cell(text: str) -> str:
    """Text from a venue, made harmless in a table."""
    return text.replace("\\", "\\\\").replace("|", "\\|").replace("<", "&lt;").replace("\n", " ")
