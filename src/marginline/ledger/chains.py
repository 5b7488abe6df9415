"""Whether the entries lead from each balance that the venue printed to the next."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import groupby
from operator import attrgetter

from marginline.core.numbers import ZERO
from marginline.ledger.entry import Entry, Gap, Statement
from marginline.ledger.exactly import SUMS, less, total

LAG = timedelta(seconds=1)
"""How much later than the balance after it a stream may tell a flow."""


class Chain:
    """The statements of one asset of one account, and the flows between them."""

    def __init__(self, entries: Sequence[Entry], statements: Sequence[Statement]) -> None:
        self.account, self.asset = statements[0].account, statements[0].asset
        flows = _by_moment([(e.at, e.amount) for e in entries])
        self.opening: Decimal | None = None
        self.links: list[tuple[datetime, datetime, Decimal]] = []
        """(since, until, what no entry explains) of each step from statement to statement."""
        self._walk(flows, statements)

    def _walk(self, flows: dict[datetime, Decimal], statements: Sequence[Statement]) -> None:
        moments = sorted(flows)
        place = 0
        known: Decimal | None = None
        since: datetime | None = None
        for at, group in groupby(sorted(statements, key=attrgetter("at")), key=attrgetter("at")):
            passed = ZERO
            while place < len(moments) and moments[place] <= at:
                passed = SUMS.add(passed, flows[moments[place]])
                place += 1
            rows = list(group)
            if known is None or since is None:
                self.opening = less(closing(rows, None), passed)
                known = closing(rows, None)
            else:
                expected = SUMS.add(known, passed)
                known = closing(rows, expected)
                if known != expected and rows[0].flow is None:
                    ahead = _told_late(flows, moments[place:], at, less(known, expected))
                    place += ahead
                    expected = known if ahead else expected
                self.links.append((since, at, less(known, expected)))
            since = at
        self.closing = known

    def gaps(self) -> Iterator[Gap]:
        """The steps that no entry explains."""
        for since, until, amount in self.links:
            if amount:
                yield Gap(self.account, self.asset, since, until, amount)


def closing(rows: Sequence[Statement], expected: Decimal | None) -> Decimal:
    """The balance after all rows of one moment, whose order the venue does not tell.

    The balance that was expected if one of them prints it; else the one from which no other row
    sets out; else the last as read.
    """
    balances = [row.balance for row in rows]
    if expected is not None and expected in balances:
        return expected
    begins = [less(row.balance, row.flow) for row in rows if row.flow is not None]
    ends = [balance for balance in balances if balance not in begins]
    return ends[-1] if ends else balances[-1]


def _told_late(
    flows: dict[datetime, Decimal], moments: Sequence[datetime], at: datetime, wanted: Decimal
) -> int:
    """How many of the next moments a bare balance holds already; 0 where none make it up."""
    passed = ZERO
    for count, moment in enumerate(moments, start=1):
        if moment > at + LAG:
            return 0
        passed = SUMS.add(passed, flows[moment])
        if passed == wanted:
            return count
    return 0


def _by_moment(flows: Sequence[tuple[datetime, Decimal]]) -> dict[datetime, Decimal]:
    found: dict[datetime, list[Decimal]] = {}
    for at, amount in flows:
        found.setdefault(at, []).append(amount)
    return {at: total(amounts) for at, amounts in found.items()}
