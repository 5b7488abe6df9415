"""When the last event of each kind was: an account remembers, so that no event is applied late.

Kept under `extra.events` of the account. Before the first event of a kind, what counts is the
moment of the answers that the account was read from.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from marginline.core.account.account import Account
from marginline.core.account.moments import moment_text
from marginline.core.document._scalars import Refused, moment_of
from marginline.errors import PayloadError, Problem

EVENTS = "events"
"""Entry of `extra`: when the last event of each kind was, and when the answers before them."""
SNAPSHOT = "snapshot"


class EventClock:
    """The last moment told of each kind of event."""

    def __init__(self, account: Account) -> None:
        found = account.extra.get(EVENTS)
        self._at = {SNAPSHOT: account.as_of}
        for kind, text in found.items() if isinstance(found, Mapping) else ():
            try:
                self._at[kind] = moment_of(text)
            except Refused:
                continue

    def last(self, kind: str) -> datetime:
        """The last event of a kind; before the first, the moment of the answers."""
        return self._at.get(kind, self._at[SNAPSHOT])

    def tick(self, kind: str, at: datetime) -> None:
        """Note that an event of a kind is applied."""
        self._at[kind] = at

    def document(self) -> dict[str, str]:
        """The moments as the account carries them."""
        return {kind: moment_text(at) for kind, at in self._at.items()}


def too_old(at: datetime, last: datetime) -> str:
    """What is said of an event that is not applied because a later state is known."""
    return (
        f"the event of {moment_text(at)} is older than the account's state of {moment_text(last)}"
        " and was not applied"
    )


def unknown_event(where: str, name: str, known: Iterable[str], source: str = "") -> PayloadError:
    """The error to raise for a message that is none of those that change an account."""
    text = "is no event of a private stream that the reader knows"
    return PayloadError([Problem(where, name, text, f"known are {', '.join(known)}")], source)
