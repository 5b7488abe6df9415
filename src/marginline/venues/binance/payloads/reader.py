"""Binance's raw answers in, an account out: USDS-M, COIN-M, Portfolio Margin and PM Pro.

What each kind of answer may say, and how it is told, is declared in `kinds`; which kind a file is
says `sniff`. What the venue says of its own figures goes to `reported`: under our measures
where the meaning is the same, and under `raw` in its own words, by kind of answer.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from marginline.core.account.account import Account
from marginline.venues.binance.payloads.events import Message, apply_message, sorted_events
from marginline.venues.binance.payloads.futures import lay as lay_futures
from marginline.venues.binance.payloads.kinds import EVENTS, KINDS, event_rows, open_message, plain
from marginline.venues.binance.payloads.portfolio import lay as lay_portfolio
from marginline.venues.binance.payloads.sniff import sniff
from marginline.venues.reader.kinds import Answers
from marginline.venues.reader.reading import Request, newest_of

FUTURES = ("binance_usdm", "binance_coinm")
STATES = ("account", "balance", "position_risk", "open_orders", "open_algo_orders")
_REMEDIES = {
    True: {"wallets": "account or balance", "positions": "position_risk", "orders": "open_orders"},
    False: {
        "wallets": "balance",
        "positions": "um_position_risk and cm_position_risk ([] where there are none)",
        "orders": "um_open_orders and cm_open_orders",
    },
}

__all__ = ["KINDS", "read", "sniff"]


def read(request: Request) -> Account:
    """The account that the answers make.

    Raises:
        PayloadError: an answer is malformed, or the answers contradict each other or the call.
    """
    kinds = {kind: spec for kind, spec in KINDS[request.venue].items() if kind != EVENTS}
    answers = Answers(request, kinds, open_message, plain, bare=True)
    told = request.answers.get(EVENTS)
    messages = [] if told is None else sorted_events(event_rows(told.value), told.source)
    futures = request.venue in FUTURES
    at = _before_events(request, answers, messages[0]) if messages else None
    draft = answers.begin(_REMEDIES[futures], at=at)
    (lay_futures if futures else lay_portfolio)(request, draft, answers)
    account = answers.account(draft)
    for message in messages:
        account = apply_message(account, message)
    if not messages:
        return account
    as_of = request.as_of or max(filter(None, (account.as_of, answers.newest())))
    return replace(account, as_of=as_of)


def _before_events(request: Request, answers: Answers, first: Message) -> datetime:
    """The moment of the balances and positions that events come upon, else that of the first."""
    told = [answers.newest(*STATES), None if request.onto is None else request.onto.as_of]
    if any(told):
        return newest_of(told)
    return request.as_of if answers.given(*STATES) and request.as_of is not None else first.at
