"""Candles of the commands that look ahead: files, the symbol in a column or given beside."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path

from marginline.cli.exits import UsageProblem


def closes_of(texts: Sequence[str], symbols: set[str]) -> Mapping[str, Mapping[datetime, float]]:
    """Closes by symbol, from "FILE" (with a column symbol, or of the only one) or "BTCUSDT=FILE".

    Raises:
        UsageProblem: a file cannot be read.
        InputError: it holds no candles.
    """
    from marginline.risk.odds.past import read_candles

    closes: dict[str, dict[datetime, float]] = {}
    for text in texts:
        symbol, equals, name = text.partition("=")
        if not equals:
            symbol, name = "", text
        only = next(iter(symbols)) if len(symbols) == 1 else None
        try:
            read = Path(name).read_text("utf-8")
        except (OSError, UnicodeDecodeError) as wrong:
            raise UsageProblem(f"--candles {name}: {wrong}") from None
        for known, rows in read_candles(read, symbol or only).items():
            closes.setdefault(known, {}).update(rows)
    return closes
