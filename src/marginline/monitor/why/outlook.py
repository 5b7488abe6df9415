"""What the page says beside the figures, of an account file: from the same parts."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from decimal import Decimal

from msgspec.structs import replace as renewed

from marginline.core.account.account import Account
from marginline.core.account.moments import milliseconds
from marginline.core.measures import Measure
from marginline.core.numbers import exactly
from marginline.feeds.events import AccountSnapshot
from marginline.monitor.judging.judgement import worst
from marginline.monitor.judging.speed import HOUR_MS, HOURLY
from marginline.monitor.keeping.recall import hourly_marks
from marginline.monitor.messages import AccountRow
from marginline.monitor.process import process
from marginline.monitor.rows import account_row
from marginline.monitor.settings import Bands, MonitorSettings, Watching
from marginline.monitor.state import Sample, Watched, start
from marginline.monitor.taking.commands import Command, RecallMarks
from marginline.monitor.why.recorded import Recorded
from marginline.store.reading import Reader
from marginline.venues.assessing import assess

_LEAST_MS, _MOST_MS = HOUR_MS // 4, 2 * HOUR_MS


def outlook(account: Account, name: str, reader: Reader | None, bands: Bands | None) -> AccountRow:
    """The row of an account as the page would have it at the file's own moment.

    Its volatility, odds and speed come from what a monitor has kept of it; without a history they
    are null, with the reason among `reasons`.

    Raises:
        StoreError: the history cannot be read.
    """
    at = milliseconds(account.as_of)
    settings = MonitorSettings(bands=bands or Bands())
    watching = Watching(name=name, venue=account.venue, source="file", kind="file")
    told = AccountSnapshot(
        venue=account.venue, at=at, received=at, sequence=1, account=name, state=account
    )
    recall: list[Command] = []
    if reader is not None:
        marks = hourly_marks(reader, at)
        recall = [RecallMarks(venue, found) for venue, found in marks.items()]
    state, _ = process(start((watching,), settings, at), (*recall, told), at)
    watched = state.accounts[name]
    if reader is not None:
        watched = _with_past(watched, reader, name, at)
    return account_row(state, watched, at)


def _with_past(watched: Watched, reader: Reader, name: str, at: int) -> Watched:
    """The account with how its worst pool stood an hour ago, and its usual speeds."""
    if not watched.samples:
        return watched
    pool = watched.samples[-1].pool
    before = _an_hour_ago(Recorded(reader, name), pool, at)
    hourly = tuple(_speeds(reader, name, pool, at))[-HOURLY:]
    samples = watched.samples if before is None else (before, *watched.samples)
    return renewed(watched, samples=samples, hourly=hourly)


@exactly
def _an_hour_ago(recorded: Recorded, pool: str, at: int) -> Sample | None:
    """The pool in the kept document nearest to an hour ago, where it was the worst one, too."""
    there = recorded.reader.documents(recorded.account, since=at - _MOST_MS, until=at - _LEAST_MS)
    for standing in sorted(there, key=lambda each: abs(at - each.at - HOUR_MS)):
        moment = recorded.moment(standing)
        found = None if moment is None else worst(assess(moment.account))
        if found is None or found.id != pool:
            continue
        buffer = found.measures.get(Measure.BUFFER)
        if buffer is not None:
            balance = found.measures.get(Measure.MARGIN_BALANCE)
            return Sample(standing.at, pool, buffer, balance)
    return None


@exactly
def _speeds(reader: Reader, name: str, pool: str, at: int) -> Iterator[Decimal]:
    """The buffer's change in each hour of the last week in which the pool was the worst."""
    kept: dict[int, tuple[int, Decimal]] = {}
    for moment, worst_pool, buffer in reader.buffers(name, since=at - HOURLY * HOUR_MS, until=at):
        if worst_pool == pool:
            kept.setdefault(moment // HOUR_MS, (moment, buffer))
    for (hour, (first, old)), (later, (last, new)) in itertools.pairwise(sorted(kept.items())):
        if later == hour + 1:
            yield (new - old) * HOUR_MS / (last - first)
