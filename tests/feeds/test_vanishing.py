"""Positions that are gone: which fill explains which, in hedge mode too."""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal

import pytest

pytest.importorskip("aiohttp", reason="the extra `live` is not installed")

from marginline.core.account.account import Account, Position
from marginline.feeds.binance.sorting import sorted_message
from marginline.feeds.messages import Message
from marginline.feeds.timing import moment_of
from marginline.feeds.vanishing import FORCED, UNEXPLAINED, Vanishing
from tests.feeds.clock import HandClock

SYMBOL = "1000PEPEUSDT"
NONE = Account(venue="binance_usdm", mode="single_asset", as_of=moment_of(0))
LONG, SHORT = (
    Position(instrument=SYMBOL, size=Decimal(size), entry_price=Decimal(1), side=side)
    for size, side in ((5, "long"), (-3, "short"))
)
BOTH = replace(NONE, positions=(LONG, SHORT))


def fill(leg: str, kind: str = "LIMIT") -> Message:
    order = {"x": "TRADE", "X": "FILLED", "s": SYMBOL, "ps": leg, "o": kind, "c": "mine"}
    found = sorted_message(json.dumps({"e": "ORDER_TRADE_UPDATE", "E": 1, "o": order}))
    assert found is not None
    return found


@pytest.mark.parametrize("before", [True, False], ids=["fill first", "fill later"])
def test_a_fill_of_one_leg_does_not_explain_the_end_of_the_other(before: bool) -> None:
    clock = HandClock()
    vanishing = Vanishing(clock.now, 1_500)
    if before:
        vanishing.explain(fill("LONG"))
    vanishing.compare(BOTH, NONE, 7)
    if not before:
        vanishing.explain(fill("LONG"))
    clock.skip(2_000)
    assert vanishing.due() == [(f"{SYMBOL}/short", UNEXPLAINED, 7)]
    assert vanishing.due() == []


def test_a_forced_close_of_one_leg_is_not_told_of_the_other() -> None:
    clock = HandClock()
    vanishing = Vanishing(clock.now, 1_500)
    vanishing.explain(fill("SHORT", "LIQUIDATION"))
    vanishing.explain(fill("LONG"))
    vanishing.compare(BOTH, NONE, 7)
    assert vanishing.due() == [(f"{SYMBOL}/short", FORCED, 7)]
    clock.skip(2_000)
    assert vanishing.due() == []


def test_a_fill_that_names_no_leg_explains_the_symbol() -> None:
    clock = HandClock()
    vanishing = Vanishing(clock.now, 1_500)
    vanishing.explain(Message(kind="execution", at=1, text="", filled=frozenset({SYMBOL})))
    vanishing.compare(BOTH, NONE, 7)
    clock.skip(2_000)
    assert vanishing.due() == []
