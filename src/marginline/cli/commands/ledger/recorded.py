"""`marginline attribute ACCOUNT --since 24h`: from what a monitor has kept of the account."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from marginline.cli.exits import UsageProblem
from marginline.cli.input.durations import seconds_of
from marginline.cli.live.needs import needs_live
from marginline.cli.page.page import data
from marginline.core.account.moments import moment_text, wire_moment
from marginline.core.numbers import to_text

if TYPE_CHECKING:
    from marginline.core.account.account import Account
    from marginline.ledger.attribution.attribution import Attribution
    from marginline.ledger.attribution.hedges import Hedge
    from marginline.ledger.ledger import Ledger
    from marginline.monitor.why.recorded import Break
    from marginline.risk.odds.past import Past
    from marginline.store.reading import Reader

Estimating = Callable[["Account", "Past | None"], "tuple[Sequence[Hedge], Sequence[str]]"]
"""From the account at the beginning and the recorded marks to groups, and what is said of them."""


@dataclass(frozen=True, slots=True)
class Span:
    """Which time of which history: back by `since` from `until`, or "start": all there is."""

    since: str | None
    until: str | None
    url: str | None
    config: str | None


@dataclass(frozen=True, slots=True)
class Recalled:
    """What a history says: the change of the span, its parts over time, and what is missing."""

    whole: Attribution
    over_time: tuple[Attribution, ...]
    breaks: tuple[Break, ...]

    def to_dict(self) -> dict[str, object]:
        """What the document says beside the attribution."""
        from marginline.ledger.attribution.attribution import MEASURES
        from marginline.ledger.attribution.cumulated import cumulated

        return {
            "gaps": [
                {
                    "since": wire_moment(each.start),
                    "until": wire_moment(each.end),
                    "reason": each.reason,
                }
                for each in self.breaks
            ],
            "over_time": [
                {
                    "asset": asset,
                    "measure": measure,
                    "moments": [moment_text(each.ends) for each in self.over_time],
                    "causes": {
                        name: [to_text(amount) for amount in amounts]
                        for name, amounts in cumulated(self.over_time, asset, measure).items()
                    },
                }
                for asset in self.whole.assets
                for measure in MEASURES
                if self.whole.change(asset, measure) is not None
            ],
        }


def recalled(account: str, span: Span, log: Ledger, estimating: Estimating) -> Recalled:
    """The attribution of an account over a span of its history; `log` fills what is kept bare.

    Raises:
        UsageProblem: no history, no such account, or nothing kept of that span.
        StoreError: it cannot be read.
    """
    needs_live("attribute --since", "", "sqlalchemy", "alembic")
    from marginline.cli.input.durations import moment_of
    from marginline.cli.live.history import asked_address
    from marginline.ledger.attribution.hedges import with_hedges
    from marginline.monitor.why.causes import summed
    from marginline.monitor.why.kept import Kept
    from marginline.monitor.why.recorded import Recorded
    from marginline.store.opening import reading_store

    assert span.since is not None
    length = None if span.since == "start" else int(seconds_of("--since", span.since) * 1000)
    with reading_store(asked_address(span.url, span.config)) as reader:
        kept = Kept(older=Recorded(reader, account))
        end = _end(reader, account) if span.until is None else moment_of("--until", span.until) + 1
        start = (kept.first() or end) if length is None else end - length
        moments = kept.moments(start, end)
        if len(moments) < 2:
            since, until = wire_moment(start), wire_moment(end)
            raise UsageProblem(
                f"{data(account, 60)}: fewer than two documents are kept from {since} to {until};"
                " a longer --since, or --since start"
            )
        kept.beside(log.entries)
        spans = [kept.between(a, b) for a, b in itertools.pairwise(moments)]
        breaks = kept.breaks(moments)
        hedges, words = estimating(moments[0].account, _marks(reader, moments[-1].account))
    spans = with_hedges(spans, hedges)
    whole = summed(spans)
    notes = (*whole.notes, *words, *kept.notes())
    return Recalled(replace(whole, notes=notes), tuple(spans), breaks)


def _end(reader: Reader, account: str) -> int:
    found = reader.documents(account, newest=1)
    if not found:
        names = ", ".join(data(name, 60) for name in reader.spans()) or "nothing yet"
        raise UsageProblem(f"{data(account, 60)}: nothing is kept of it; there is: {names}")
    return found[-1].at + 1


def _marks(reader: Reader, account: Account) -> Past | None:
    """The recorded hourly marks of what the account holds; None where there are none."""
    from marginline.core.account.moments import milliseconds
    from marginline.errors import InputError
    from marginline.monitor.keeping.recall import hourly_marks
    from marginline.monitor.why.odds import recorded

    symbols = sorted({row.instrument for row in account.positions if row.size})
    marks = hourly_marks(reader, milliseconds(account.as_of)).get(account.venue, {})
    try:
        return recorded(marks, symbols)
    except InputError:
        return None
