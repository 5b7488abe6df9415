"""Of an account that is not wholly known no answer reads as safe: each says why."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import timedelta

import pytest

import marginline as ml
from marginline.core.account.account import Account
from marginline.core.findings import Code, Finding
from marginline.venues.reader.notes import noted
from tests.monitor.worlds import account

LATE = Finding(Code.STALE, "as_of", "it is a day old")
DAY = timedelta(days=1)


def past(of: Account) -> ml.Past:
    draw, hours = random.Random(1), 10 * 24
    closes = {
        of.as_of - timedelta(hours=hours - n): 60_000 * (1 + draw.gauss(0, 0.005))
        for n in range(hours + 1)
    }
    return ml.past_of({"BTCUSDT": closes}, ["BTCUSDT"])


QUESTIONS: dict[str, Callable[[Account], tuple[Finding, ...]]] = {
    "size": lambda of: ml.size_for(of, "BTCUSDT", "buy").findings,
    "size by chance": lambda of: (
        ml.size_by_chance(
            of, "BTCUSDT", "buy", past(of), chance="0.05", within=DAY, paths=20
        ).findings
    ),
    "size by Kelly": lambda of: (
        ml.kelly(of, "BTCUSDT", "buy", past(of), edge="0.01", within=DAY, paths=20).findings
    ),
    "reduce": lambda of: ml.reduce_to(of, "USDT", "0.002").findings,
    "reduce where nothing is to do": lambda of: ml.reduce_to(of, "USDT", "0.9").findings,
    "liquidation prices": lambda of: ml.liquidation_prices(of).findings,
    "contagion": lambda of: ml.contagion(of).findings,
    "two moves": lambda of: ml.two_moves(of, "BTCUSDT", steps=3).findings,
}


@pytest.mark.parametrize("question", QUESTIONS)
def test_what_is_made_of_it_says_why(question: str) -> None:
    ask = QUESTIONS[question]
    assert LATE not in ask(account())
    assert LATE in ask(noted(account(), LATE))


def test_what_has_a_status_is_unknown() -> None:
    of = noted(account(), LATE)
    for found in (ml.stress(of), ml.contagion(of), ml.liquidation_prices(of)):
        assert found.to_dict()["status"] == "unknown"
    assert ml.liquidation_prices(account()).to_dict()["status"] == "healthy"


def test_no_chance_and_no_map_is_told_of_it() -> None:
    known, late = account(), noted(account(), LATE)
    [told], [untold] = (ml.headroom(of, past(of), paths=20) for of in (known, late))
    assert told.odds
    assert not untold.odds
    assert [each.code for each in untold.findings] == [Code.STALE]
    assert "it is a day old" in untold.findings[0].message
    assert any(any(row) for row in ml.two_moves(known, "BTCUSDT", steps=3).ratio)
    assert not any(any(row) for row in ml.two_moves(late, "BTCUSDT", steps=3).ratio)
