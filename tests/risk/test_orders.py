"""The changes: what they accept, what they refuse in clear words, how they are written down."""

from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal as D
from typing import Any

import pytest

from marginline.errors import InputError
from marginline.risk.what_if import orders as ml
from marginline.risk.what_if.orders import Change, Trade
from tests.risk.books import Document


@pytest.mark.parametrize(
    ("size", "side", "signed"),
    [
        pytest.param("0.5", None, D("0.5"), id="plus buys"),
        pytest.param("-0.5", None, D("-0.5"), id="minus sells"),
        pytest.param("0.5", "sell", D("-0.5"), id="a side gives the sign"),
        pytest.param("-0.5", "sell", D("-0.5"), id="a side may repeat it"),
        pytest.param(2, "buy", D(2), id="an int is exact"),
        pytest.param(D("0.1"), None, D("0.1"), id="a Decimal is exact"),
    ],
)
def test_size_is_signed(size: str, side: str | None, signed: D) -> None:
    assert ml.order("BTCUSDT", size, side=side).size == signed


REFUSED: list[tuple[str, Callable[[], Any], str]] = [
    ("a float size", lambda: ml.order("BTCUSDT", 0.1), "write it as a string"),  # type: ignore[arg-type]
    ("a float price", lambda: ml.order("BTCUSDT", "1", price=6e4), "write it as a string"),  # type: ignore[arg-type]
    ("a float amount", lambda: ml.deposit("USDT", 1.0), "write it as a string"),  # type: ignore[arg-type]
    ("a float change", lambda: ml.shock("BTCUSDT", -0.1), "write it as a string"),  # type: ignore[arg-type]
    ("a flag as size", lambda: ml.order("BTCUSDT", True), "must be a number"),
    ("nothing as size", lambda: ml.order("BTCUSDT", "0"), "does nothing"),
    ("a buy of minus", lambda: ml.order("BTCUSDT", "-1", side="buy"), "contradicts side buy"),
    ("a side nobody has", lambda: ml.order("BTCUSDT", "1", side="long"), "one of: buy, sell"),
    ("a kind nobody has", lambda: ml.order("BTCUSDT", "1", kind="iceberg"), "one of: limit"),
    ("a leg nobody has", lambda: ml.order("BTCUSDT", "1", position_side="up"), "both, long, short"),
    ("a mode nobody has", lambda: ml.order("BTCUSDT", "1", margin_mode="x"), "cross, isolated"),
    ("resting, no price", lambda: ml.order("BTCUSDT", "1", resting=True), "has no price"),
    ("a stop, no price", lambda: ml.order("BTCUSDT", "-1", kind="stop"), "has no price"),
    ("no name", lambda: ml.order("", "1"), "must be text"),
    ("a price of 0", lambda: ml.order("BTCUSDT", "1", price="0"), "greater than 0"),
    ("leverage 0", lambda: ml.set_leverage("BTCUSDT", 0), "greater than 0"),
    ("NaN", lambda: ml.deposit("USDT", "NaN"), "must be finite"),
    ("a negative deposit", lambda: ml.deposit("USDT", "-1"), "greater than 0"),
    ("a negative withdrawal", lambda: ml.withdraw("USDT", "-1"), "greater than 0"),
    ("more than all closed", lambda: ml.close("BTCUSDT", "1.1"), "must not be above 1"),
    ("nothing closed", lambda: ml.close("BTCUSDT", 0), "greater than 0"),
    ("a price to nothing", lambda: ml.shock("BTCUSDT", "-1"), "cannot fall by 100 %"),
    ("all to nothing", lambda: ml.shock_all("-1.5"), "cannot fall by 100 %"),
    (
        "margin for cross",
        lambda: ml.set_margin_mode("B", "cross", "5"),
        "a cross position has none",
    ),
]


@pytest.mark.parametrize(
    ("make", "words"), [pytest.param(make, words, id=name) for name, make, words in REFUSED]
)
def test_refused_with_the_reason(make: Callable[[], Any], words: str) -> None:
    with pytest.raises(InputError, match=words):
        make()


@pytest.mark.parametrize(
    ("change", "document"),
    [
        pytest.param(
            ml.order("BTCUSDT", "0.50", price="6E4", reduce_only=True),
            {
                "change": "order",
                "instrument": "BTCUSDT",
                "size": "0.5",
                "price": "60000",
                "position_side": "both",
                "reduce_only": True,
                "kind": "limit",
            },
            id="order",
        ),
        pytest.param(
            ml.close("BTCUSDT"),
            {"change": "close", "instrument": "BTCUSDT", "fraction": "1", "position_side": "both"},
            id="close",
        ),
        pytest.param(
            ml.withdraw("USDT", "5"),
            {"change": "transfer", "asset": "USDT", "amount": "-5"},
            id="withdraw",
        ),
        pytest.param(
            ml.shock("BTCUSDT", "-0.10"),
            {"change": "shock", "moved": "BTCUSDT", "relative": "-0.1"},
            id="shock",
        ),
        pytest.param(
            ml.set_margin_mode("BTCUSDT", "isolated", "100"),
            {
                "change": "set_margin_mode",
                "instrument": "BTCUSDT",
                "mode": "isolated",
                "isolated_margin": "100",
            },
            id="margin mode",
        ),
    ],
)
def test_written_down(change: Change, document: Document) -> None:
    assert change.to_dict() == document
    assert json.loads(json.dumps(document)) == document


def test_stops_and_take_profits_always_rest() -> None:
    assert ml.order("BTCUSDT", "-1", kind="stop", price="50000").resting
    assert ml.order("BTCUSDT", "-1", kind="take_profit", price="70000").resting
    assert not ml.order("BTCUSDT", "-1").resting


def test_changes_are_values() -> None:
    assert ml.order("BTCUSDT", "1") == Trade("BTCUSDT", D(1))
    assert hash(ml.deposit("USDT", "1")) == hash(ml.deposit("USDT", "1.0"))
    with pytest.raises(AttributeError):
        ml.deposit("USDT", "1").amount = D(2)  # type: ignore[misc]
