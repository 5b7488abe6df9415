"""What if: the account after orders, transfers and shocks, assessed exactly, beside today's."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import TypedDict

from marginline.core.account import file as account_file
from marginline.core.account.account import Account
from marginline.core.assessment.assessment import (
    Assessment,
    AssessmentDocument,
    measures_document,
)
from marginline.core.assessment.measured import Measures
from marginline.core.findings import Finding, Severity, ranked
from marginline.core.measures import Unit
from marginline.core.nouns import dataclass
from marginline.core.numbers import ZERO, exactly
from marginline.core.unified import own_name
from marginline.risk.sizing.stops import check_stops
from marginline.risk.what_if.applying import apply
from marginline.risk.what_if.orders import Change, ChangeDocument
from marginline.risk.what_if.trial import Trial
from marginline.venues.assessing import assess

WHAT_IF_SCHEMA = "marginline/what-if/1"


class DifferenceDocument(TypedDict):
    """Differences by name, as decimal strings or null."""

    account: dict[str, str | None]
    pools: dict[str, dict[str, str | None]]
    positions: dict[str, dict[str, str | None]]


class WhatIfDocument(TypedDict):
    """The document `marginline/what-if/1`; `account_after` is one `marginline/account/1`."""

    schema: str
    changes: list[ChangeDocument]
    before: AssessmentDocument
    after: AssessmentDocument
    account_after: dict[str, object]
    difference: DifferenceDocument
    findings: list[dict[str, str]]


@dataclass(frozen=True, slots=True)
class Difference:
    """After less before, measure by measure; None where either has no such number.

    A pool or position that is only on one side counts there with amounts of 0 on the other; its
    ratios and prices have no difference. `account` is empty of numbers where the account-wide asset
    is not the same.
    """

    account: Measures
    pools: Mapping[str, Measures]
    positions: Mapping[str, Measures]

    def to_dict(self) -> DifferenceDocument:
        """The differences by name, as decimal strings or null."""
        return {
            "account": measures_document(self.account),
            "pools": {name: measures_document(m) for name, m in self.pools.items()},
            "positions": {key: measures_document(m) for key, m in self.positions.items()},
        }


@dataclass(frozen=True, slots=True)
class WhatIf:
    """An account before and after a list of changes.

    `findings` says what the changes bring: what the venue would refuse, what could not be booked,
    stops beyond liquidation, and every warning of the assessment that was not there before.
    """

    changes: tuple[Change, ...]
    before: Assessment
    after: Assessment
    account_after: Account
    difference: Difference
    findings: tuple[Finding, ...]

    def to_dict(self) -> WhatIfDocument:
        """The answer as JSON-able data, numbers as decimal strings.

        `schema` ("marginline/what-if/1"), `changes` (list of objects, the kind under `change`),
        `before` and `after` (documents marginline/assessment/1), `account_after` (document
        marginline/account/1), `difference` (`account`, `pools` by id, `positions` by key: measures
        by name, a decimal string or null), `findings` (as in an assessment).
        """
        return {
            "schema": WHAT_IF_SCHEMA,
            "changes": [change.to_dict() for change in self.changes],
            "before": self.before.to_dict(),
            "after": self.after.to_dict(),
            "account_after": account_file.to_dict(self.account_after),
            "difference": self.difference.to_dict(),
            "findings": [finding.to_dict() for finding in self.findings],
        }


@exactly
def what_if(account: Account, changes: Change | Iterable[Change]) -> WhatIf:
    """The account after changes, applied in order, each by the venue's own rules.

    Nothing is refused for lack of margin: what the venue would refuse is computed, with a finding.
    The account after carries no `reported` figures; they described the account before.

    Args:
        account: as loaded.
        changes: one or several of `order`, `close`, `deposit`, `withdraw`, `shock`, `shock_all`,
            `set_leverage`, `set_margin_mode`, `add_margin`, `funding`.

    Raises:
        InputError: a change that does not fit the account: an unknown instrument, no mark to fill
            at, nothing to close. The message names what there is.
    """
    given = (changes,) if isinstance(changes, Change) else tuple(changes)
    listed = tuple(_named(account, change) for change in given)
    before, trial = assess(account), Trial(account)
    for change in listed:
        apply(change, trial)
    after = assess(trial.account)
    known = set(before.all_findings())
    new = [f for f in after.all_findings() if f not in known and f.severity is not Severity.INFO]
    stops = check_stops(trial.account, after)
    findings = ranked([*trial.findings, *stops, *new])
    return WhatIf(listed, before, after, trial.account, difference(before, after), findings)


def _named(account: Account, change: Change) -> Change:
    """The change in the account's own names: unified symbols made the venue's."""
    named = {
        field: own
        for field in ("instrument", "moved", "position")
        if (name := getattr(change, field, None)) and (own := own_name(account, name)) != name
    }
    return replace(change, **named) if named else change


def difference(before: Assessment, after: Assessment) -> Difference:
    """After less before, for the account, every pool and every position of either."""
    same = before.asset == after.asset
    account = _less(after.measures, before.measures) if same else dict.fromkeys(after.measures)
    pools = [{p.id: p.measures for p in side.pools} for side in (before, after)]
    positions = [
        {q.key: q.measures for p in side.pools if p.status is not None for q in p.positions}
        for side in (before, after)
    ]
    return Difference(account, _by_name(*pools), _by_name(*positions))


def _by_name(
    before: Mapping[str, Measures], after: Mapping[str, Measures]
) -> Mapping[str, Measures]:
    names = dict.fromkeys([*before, *after])
    return {name: _of(before.get(name), after.get(name)) for name in names}


def _of(before: Measures | None, after: Measures | None) -> Measures:
    if before is None or after is None:
        there = after if before is None else before
        assert there is not None
        nothing = {m: ZERO if m.meaning.unit is Unit.ASSET else None for m in there}
        before, after = before or nothing, after or nothing
    return _less(after, before)


def _less(after: Measures, before: Measures) -> Measures:
    menu = dict.fromkeys([*after, *before])
    return {m: _minus(after.get(m), before.get(m)) for m in menu}


def _minus(after: Decimal | None, before: Decimal | None) -> Decimal | None:
    return None if after is None or before is None else after - before
