"""Marks from a file or a pipe, tick by tick: JSON lines, or CSV with symbol and price."""

from __future__ import annotations

import csv
import json
import math
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import IO

from marginline.cli.exits import UsageProblem
from marginline.cli.input.sources import STDIN
from marginline.cli.page.page import data

Tick = dict[str, float]
LINE_MOST = 1_000_000  # characters of one line: every mark of a venue fits
_SYMBOL = ("symbol", "instrument")
_PRICE = ("price", "mark", "mark_price", "close")
_TIME = ("time", "at", "timestamp")


@contextmanager
def marks_in(path: str) -> Iterator[Iterator[Tick]]:
    """The ticks of a file; `-` is stdin. Each is the marks that are new, by symbol.

    A line of JSON is a tick: `{"BTCUSDT": "60000", "ETHUSDT": 2500}`, or with `symbol` and `price`.
    CSV has a head with `symbol` and `price` (or `mark`, `close`); rows of one `time` are one tick,
    without that column each row is.

    Raises:
        UsageProblem: it cannot be read, or a line is none of these.
    """
    if path == STDIN:
        yield _ticks(sys.stdin, "stdin")
        return
    try:
        with open(path, encoding="utf-8-sig", newline="") as file:  # noqa: PTH123 - a text stream
            yield _ticks(file, path)
    except OSError as problem:
        why = problem.strerror or str(problem)
        text = f"cannot be read: {why}; give a file of marks, or - for stdin"
        raise UsageProblem(f"--marks {data(path)}: {text}") from None


def _ticks(file: IO[str], name: str) -> Iterator[Tick]:
    lines = _lines(file, name)
    for number, line in lines:
        if line.lstrip().startswith("{"):
            yield _of_json(line, name, number)
            for more, each in lines:
                yield _of_json(each, name, more)
        else:
            yield from _of_csv(line, lines, name)


def _lines(file: IO[str], name: str) -> Iterator[tuple[int, str]]:
    """Lines that hold something, with their numbers; each as soon as it has come."""
    number = 0
    while True:
        try:
            line = file.readline(LINE_MOST + 1)
        except UnicodeDecodeError:
            raise _wrong(name, number + 1, "is not UTF-8 text") from None
        if not line:
            return
        number += 1
        if len(line) > LINE_MOST:
            raise _wrong(name, number, f"is longer than {LINE_MOST:,} characters")
        if line.strip():
            yield number, line


def _of_json(line: str, name: str, number: int) -> Tick:
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        raise _wrong(name, number, "is no JSON") from None
    if not isinstance(value, Mapping):
        raise _wrong(name, number, 'is no object such as {"BTCUSDT": 60000}')
    symbol = next((value[word] for word in _SYMBOL if word in value), None)
    if symbol is not None:
        price = next((value[word] for word in _PRICE if word in value), None)
        value = {str(symbol): price}
    return {str(label): _price(price, name, number, label) for label, price in value.items()}


def _of_csv(head: str, lines: Iterator[tuple[int, str]], name: str) -> Iterator[Tick]:
    words = [word.strip().lower() for word in next(csv.reader([head]))]
    at = {word: place for place, word in enumerate(words)}
    symbol = next((at[word] for word in _SYMBOL if word in at), None)
    price = next((at[word] for word in _PRICE if word in at), None)
    time = next((at[word] for word in _TIME if word in at), None)
    if symbol is None or price is None:
        raise _wrong(name, 1, "is neither JSON nor a head with symbol and price")
    tick: Tick = {}
    moment: str | None = None
    for number, line in lines:
        row = next(csv.reader([line]), [])
        if len(row) != len(words):
            raise _wrong(name, number, f"has {len(row)} cells, the head {len(words)}")
        if tick and (time is None or row[time] != moment):
            yield tick
            tick = {}
        moment = None if time is None else row[time]
        tick[row[symbol]] = _price(row[price], name, number, row[symbol])
    if tick:
        yield tick


def _price(value: object, name: str, number: int, label: object) -> float:
    """A price; what is 0, negative or endless is left to make its holders unknown."""
    try:
        plain = isinstance(value, int | float) or (isinstance(value, str) and value.isascii())
        found = float(str(value)) if plain else math.nan
    except (ValueError, OverflowError):
        found = math.nan
    if math.isnan(found):
        raise _wrong(name, number, f"{data(label, 60)}: {data(value, 60)} is no price")
    return found


def _wrong(name: str, number: int, why: str) -> UsageProblem:
    return UsageProblem(f"--marks {data(name)}: line {number:,} {why}")
