"""Binance's raw answers in, an account out: USDS-M, COIN-M, Portfolio Margin and PM Pro.

What each kind of answer may say, and how it is told, is declared in `kinds`; which kind a file is
says `sniff`. What the venue says of its own figures goes to `reported`: under our measures
where the meaning is the same, and under `raw` in its own words, by kind of answer.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from marginline.core.account.account import Account
from marginline.venues.binance.payloads import events
from marginline.venues.binance.payloads import futures as payloads_futures
from marginline.venues.binance.payloads import portfolio as payloads_portfolio
from marginline.venues.binance.payloads.answers import STATES, Answers, event_rows
from marginline.venues.binance.payloads.kinds import EVENTS, KINDS
from marginline.venues.binance.payloads.sniff import sniff
from marginline.venues.reader.account_draft import Draft
from marginline.venues.reader.reading import Request, newest_of

FUTURES = ("binance_usdm", "binance_coinm")
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
    answers = Answers(request)
    messages = request.answers.get(EVENTS)
    rows = (
        []
        if messages is None
        else events.sorted_events(event_rows(messages.value), messages.source)
    )
    futures = request.venue in FUTURES
    draft = Draft(request.venue, _REMEDIES[futures], request.onto)
    draft.name = request.name or draft.name
    draft.as_of = _moment(request, draft, answers, rows)
    draft.forget_notes(request.answers)
    if futures:
        payloads_futures.lay(draft, answers, request.mode)
    else:
        payloads_portfolio.lay(draft, answers, request.mode)
    draft.keep_unknown(answers.unknown())
    account = draft.account(request.sources)
    for message in rows:
        account = events.apply_message(account, message)
    moments = (account.as_of, answers.newest())
    as_of = request.as_of or max(moment for moment in moments if moment is not None)
    return account if account.as_of == as_of else replace(account, as_of=as_of)


def _moment(
    request: Request, draft: Draft, answers: Answers, rows: list[events.Message]
) -> datetime:
    """The newest moment told; with events, that of the balances and positions they come upon."""
    told = [answers.newest(STATES if rows else None), draft.as_of]
    if not rows or (answers.tell_state() and not any(told)):
        told = [request.as_of] if request.as_of is not None else told
    return newest_of(told if any(told) else [message.at for message in rows[:1]])
