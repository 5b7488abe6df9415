"""A message of OKX's streams brought into an account: balances, positions, prices."""

from __future__ import annotations

from collections.abc import Mapping

from marginline.core.account.account import Account
from marginline.errors import PayloadError, Problem
from marginline.venues.okx.payloads.kinds import OKX, sniff
from marginline.venues.okx.payloads.reader import read
from marginline.venues.reader.reading import Answer, Request

_LAID = ("balance", "positions", "orders", "mark_price", "index", "funding_rate")


def apply(account: Account, event: object) -> Account:
    """The account after a message of a stream; currencies and positions it does not name stand.

    Raises:
        PayloadError: it is no message of these streams, or contradicts the account.
    """
    kind = sniff(None, event).get(OKX) if isinstance(event, Mapping) else None
    if kind not in _LAID or not isinstance(event, Mapping) or "arg" not in event:
        text, known = "is no message of a stream that is read", ", ".join(_LAID)
        raise PayloadError([Problem("event", "", text, f"known are those of {known}")])
    return read(Request(OKX, {kind: Answer("", event)}, onto=account))
