"""Of an account that is not wholly known no answer reads as safe: each says why."""

from __future__ import annotations

from collections.abc import Callable

import pytest

import marginline as ml
from marginline.core.account.account import Account
from marginline.core.findings import Code, Finding
from marginline.venues.reader.notes import noted
from tests.monitor.worlds import account

LATE = Finding(Code.STALE, "as_of", "it is a day old")
QUESTIONS: dict[str, Callable[[Account], tuple[Finding, ...]]] = {
    "size": lambda of: ml.size_for(of, "BTCUSDT", "buy").findings,
    "reduce": lambda of: ml.reduce_to(of, "USDT", "0.002").findings,
    "reduce where nothing is to do": lambda of: ml.reduce_to(of, "USDT", "0.9").findings,
    "liquidation prices": lambda of: ml.liquidation_prices(of).findings,
}


@pytest.mark.parametrize("question", QUESTIONS)
def test_what_is_made_of_it_says_why(question: str) -> None:
    ask = QUESTIONS[question]
    assert LATE not in ask(account())
    assert LATE in ask(noted(account(), LATE))
