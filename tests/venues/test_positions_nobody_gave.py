"""Answers to positions and balances that are cut, null, empty or of the wrong type, venue by venue.

An answer that lists nothing beside figures of something is not whole: the totals refute it, and
nothing reads as safe.
"""

from __future__ import annotations

import copy
from typing import Any

import pytest

from marginline.core.findings import Status
from tests.fuzz.raw import Told, told

ABSENT = object()
WHOLE = {each.venue: each for each in reversed(told())}
OF_POSITIONS = {
    "bybit_unified": "positions",
    "bitget_futures": "positions",
    "bingx_perpetual": "positions",
    "okx": "positions",
}
OF_BALANCES = {
    "binance_usdm": "account",
    "binance_coinm": "account",
    "bybit_unified": "wallet_balance",
    "bitget_futures": "accounts",
    "bingx_perpetual": "balance",
    "okx": "balance",
}
SHAPES: dict[str, Any] = {
    "left out": ABSENT,
    "null": None,
    "an empty object": {},
    "an empty list": [],
    "text": "x",
    "a list of null": [None],
    "a list of empty rows": [{}],
}
INNER = {**SHAPES, "list: null": {"list": None}, "list: text": {"list": "x"}}


def status(base: Told, answers: dict[str, Any]) -> Status | None:
    found = base.judged(answers)
    return None if found is None else found.status


def unsafe(base: Told, kind: str, value: object, inner: str | None) -> bool:
    """Whether an account with such an answer is refused, or reads as unknown or worse."""
    answers = copy.deepcopy(base.answers)
    if inner is not None:
        if value is ABSENT:
            del answers[kind][inner]
        else:
            answers[kind][inner] = value
    elif value is ABSENT:
        del answers[kind]
    else:
        answers[kind] = value
    found = status(base, answers)
    return found not in (Status.HEALTHY, Status.WATCH)


def inner_of(base: Told, kind: str) -> str | None:
    """The field of the venue's envelope that holds what it tells."""
    answer = base.answers[kind]
    if not isinstance(answer, dict):
        return None
    return next((name for name in ("result", "data") if name in answer), None)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("venue", OF_POSITIONS)
def test_positions_that_nobody_gave_are_never_safe(venue: str, shape: str) -> None:
    base = WHOLE[venue]
    assert unsafe(base, OF_POSITIONS[venue], SHAPES[shape], None)


@pytest.mark.parametrize("shape", INNER)
@pytest.mark.parametrize("venue", OF_POSITIONS)
def test_an_envelope_without_positions_is_never_safe(venue: str, shape: str) -> None:
    base = WHOLE[venue]
    kind = OF_POSITIONS[venue]
    assert unsafe(base, kind, INNER[shape], inner_of(base, kind))


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("venue", OF_BALANCES)
def test_balances_that_nobody_gave_are_never_safe(venue: str, shape: str) -> None:
    base = WHOLE[venue]
    kind = OF_BALANCES[venue]
    assert unsafe(base, kind, SHAPES[shape], None)
    if (inner := inner_of(base, kind)) is not None:
        assert unsafe(base, kind, SHAPES[shape], inner)


@pytest.mark.parametrize("venue", ["bitget_futures", "bingx_perpetual", "okx"])
def test_pnl_and_margin_of_no_position_are_said_to_refute_an_empty_list(venue: str) -> None:
    base = WHOLE[venue]
    answers = copy.deepcopy(base.answers)
    answers["positions"]["data"] = []
    found = base.judged(answers)
    assert found is not None
    assert found.status is Status.UNKNOWN
    contradictions = [f.message for f in found.findings if f.code.name == "CONTRADICTION"]
    assert any(
        "the answers list no position that it could be of" in text for text in contradictions
    )
