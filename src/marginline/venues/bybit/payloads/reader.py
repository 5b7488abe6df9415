"""Bybit's raw answers in, an account out: the unified account and the classic inverse account.

What each kind of answer may say, and how a file is told, is declared in `kinds`. What the venue
says of its own figures goes to `reported`: under our measures where the meaning is the same, and
under `raw` in its own words, by kind of answer.
"""

from __future__ import annotations

from marginline.core.account.account import Account
from marginline.venues.bybit.payloads.kinds import KINDS, open_message, sniff
from marginline.venues.bybit.payloads.market import lay_market
from marginline.venues.bybit.payloads.positions import lay_orders, lay_positions
from marginline.venues.bybit.payloads.wallets import lay_mode, lay_told_ratio, lay_wallets
from marginline.venues.reader.kinds import Answers
from marginline.venues.reader.reading import Request

_REMEDIES = {"wallets": "wallet_balance", "positions": "positions", "orders": "open_orders"}

__all__ = ["KINDS", "read", "sniff"]


def read(request: Request) -> Account:
    """The account that the answers make.

    Raises:
        PayloadError: an answer is malformed, or the answers contradict each other or the call.
    """
    answers = Answers(request, KINDS[request.venue], open_message)
    untimed = () if "positions" in answers.timed else answers.rows("positions")
    stamps = (row.moment("updatedTime") for row in untimed)
    draft = answers.begin(_REMEDIES, *stamps)
    lay_mode(request, draft, answers)
    lay_positions(draft, answers)
    lay_wallets(draft, answers)
    lay_orders(draft, answers)
    lay_market(draft, answers)
    lay_told_ratio(draft, answers)
    if draft.mode != "portfolio":  # scenarios margin there, and leverage sets nothing
        draft.note_unset_leverage()
    return answers.account(draft)
