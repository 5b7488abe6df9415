"""Shocks and rates of `marginline book …`, from the words on the command line."""

from __future__ import annotations

from collections.abc import Sequence

from marginline.cli.exits import UsageProblem
from marginline.cli.input.moves import is_everything, named_value, relative
from marginline.cli.input.numbers import real_of
from marginline.cli.page.page import data

RATE_LEAST, RATE_MOST = 1e-15, 1e15  # beyond them sums are noise, or endless


def named_shocks(texts: Sequence[str]) -> dict[str, dict[str, float]]:
    """Every --shock by its name; a name stands for one shock only."""
    found: dict[str, dict[str, float]] = {}
    for number, text in enumerate(texts, 1):
        name, moves = shock_of(number, text)
        if name in found:
            raise UsageProblem(f"--shock: {data(name)} is given twice; name each otherwise")
        found[name] = moves
    return found


def rates_of(texts: Sequence[str]) -> dict[str, float] | None:
    """`BTC=60000` as a rate by asset; None without any."""
    found = {}
    for text in texts:
        pair = named_value(text)
        if pair is None:
            raise UsageProblem(f"--rate: ASSET=PRICE is expected, found {data(text)}")
        asset, rate = pair
        found[asset] = real_of(
            f"--rate {data(asset)}", rate, RATE_LEAST, RATE_MOST, "the common asset"
        )
    return found or None


def shock_of(number: int, text: str) -> tuple[str, dict[str, float]]:
    """`crash:*=-30%,BTCUSDT=-20%` as a name and moves by label; without a name: `all:-30%`."""
    name, found = "", {}
    for place, move in enumerate(text.split(",")):
        pair = named_value(move)
        if pair is None:
            raise UsageProblem(f"--shock: SYMBOL=MOVE is expected, found {data(move)}")
        symbol, moved = pair
        if not place and ":" in symbol:
            name, _, symbol = symbol.rpartition(":")
        label = "*" if is_everything(symbol) else symbol
        found[label] = float(relative("--shock", moved, text))
    return name or f"shock {number}", found
