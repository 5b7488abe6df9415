"""A batch processed whole or, where something of it cannot be, piece by piece without that."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace

from msgspec.structs import replace as renewed

from marginline.feeds.events import Event
from marginline.monitor.answers import MonitorRecord
from marginline.monitor.judging.judge import Judge
from marginline.monitor.process import process
from marginline.monitor.state import State
from marginline.monitor.taking.commands import Command
from marginline.monitor.taking.refusing import unprocessable

log = logging.getLogger(__name__)


def processed(
    state: State, batch: Sequence[Event | Command], now: int, judge: Judge
) -> tuple[State, tuple[MonitorRecord, ...], int]:
    """The state after, its records, and how many pieces were at fault and left out.

    What a piece at fault told of an account is not known, so the account is not judged until it is
    told anew. What readers have to be told of is that of all pieces together.
    """
    try:
        return *process(state, batch, now, judge), 0
    except Exception:
        if not batch:
            raise
        log.exception("a batch of %d could not be processed whole", len(batch))
    records: list[MonitorRecord] = []
    rounds: list[State] = []
    dropped = 0
    for piece in batch:
        try:
            state, told = process(state, (piece,), now, judge)
        except Exception as error:  # noqa: BLE001 - one bad event must not blind the monitor
            dropped += 1
            refused = unprocessable(piece, error, now)
            state = _unread(state, refused.account, refused.reason)
            state, told = process(state, (refused,), now, judge)
        rounds.append(state)
        records += told
    return _told_together(rounds), tuple(records), dropped


def _unread(state: State, account: str | None, reason: str) -> State:
    """The state in which something that was told of this account could not be taken in."""
    found = state.accounts.get(account or "")
    if found is None:
        return state
    text = f"what was told of it {reason}"
    return replace(state, accounts={**state.accounts, account or "": renewed(found, unread=text)})


def _told_together(rounds: Sequence[State]) -> State:
    """The last state, with what readers must be told of since the first."""
    whole = {name for each in rounds for name in each.touched if name not in each.moved}
    loud = {name for each in rounds for name in each.touched if name not in each.followed}
    touched = dict.fromkeys(name for each in rounds for name in each.touched)
    last = rounds[-1]
    return replace(
        last,
        touched=tuple(name for name in touched if name in last.accounts),
        moved=frozenset(touched.keys() - whole),
        followed=frozenset(touched.keys() - loud),
        alerts_touched=tuple(dict.fromkeys(a for each in rounds for a in each.alerts_touched)),
    )
