"""Events of Bybit's private stream brought onto an account: `wallet`, `position`, `order`.

An event is a whole row as it now stands, so that applying it twice changes nothing more. Each topic
has its own clock, kept under `extra.events`: an event older than what its topic has told is noted
and not applied.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from marginline.core.account.account import Account
from marginline.core.findings import Code
from marginline.errors import PayloadError, Problem
from marginline.venues.bybit.payloads import reader as payloads
from marginline.venues.bybit.payloads.kinds import ANSWERS, open_message
from marginline.venues.reader.account_draft import Draft
from marginline.venues.reader.event_clock import EVENTS, EventClock, too_old, unknown_event
from marginline.venues.reader.kinds import Opened, opened
from marginline.venues.reader.reading import Answer, Request

_READ = ("wallet_balance", "positions", "open_orders")
_KINDS = {ANSWERS[kind].topic: kind for kind in _READ}


def apply(account: Account, event: object) -> Account:
    """The account after an event, or several.

    Raises:
        PayloadError: the event is malformed or of a topic that no reader knows.
    """
    for each in event if isinstance(event, (list, tuple)) else [event]:
        account = _applied(account, each)
    return account


def _applied(account: Account, event: object) -> Account:
    kind = _kind(event)
    (message,) = opened(kind, event, "", open_message)
    at = _at(kind, message)
    clock = EventClock(account)
    last = clock.last(kind)
    if at < last:
        return _noted(account, kind, at, last)
    request = Request(
        account.venue, {kind: Answer("", event)}, max(account.as_of, at), account.mode, onto=account
    )
    told = payloads.read(request)
    clock.tick(kind, at)
    return replace(told, extra={**told.extra, EVENTS: clock.document()})


def _kind(event: object) -> str:
    topic = event.get("topic") if isinstance(event, Mapping) else None
    name = str(topic).partition(".")[0]
    kind = _KINDS.get(name)
    if kind is None:
        raise unknown_event("event.topic", str(topic), _KINDS)
    return kind


def _at(kind: str, message: Opened) -> datetime:
    if message.at is None:
        text = "the event does not tell its moment"
        raise PayloadError(
            [Problem(f"{kind}.creationTime", "", text, "hand over the whole message")]
        )
    return message.at


def _noted(account: Account, kind: str, at: datetime, last: datetime) -> Account:
    draft = Draft(account.venue, {}, account)
    draft.note(Code.HISTORICAL, f"events: {kind}", too_old(at, last))
    return draft.account()
