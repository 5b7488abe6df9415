"""Headroom of a 10-position account with 10,000 paths, in seconds of the processor."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

import numpy as np

import marginline as ml
from benchmarks.measuring import Row

_PATHS = 10_000
_COUNT = 10


def rows() -> list[Row]:
    """A week by the hour, the pool judged whole at every step of every path."""
    symbols = [f"C{n}USDT" for n in range(_COUNT)]
    account = ml.from_dict(
        {
            "schema": "marginline/account/1",
            "venue": "binance_usdm",
            "mode": "single_asset",
            "as_of": "2026-09-01T00:00:00Z",
            "wallets": [{"asset": "USDT", "balance": "60000"}],
            "positions": [
                {"instrument": s, "size": "10" if n % 2 else "-10", "entry_price": "1000"}
                for n, s in enumerate(symbols)
            ],
            "instruments": {
                s: {"payoff": "linear", "base": s[:-4], "quote": "USDT"} for s in symbols
            },
            "market": {"mark": dict.fromkeys(symbols, "1000")},
            "parameters": {
                "tiers": {
                    s: [{"floor": "0", "rate": "0.01", "max_leverage": "50"}] for s in symbols
                }
            },
        }
    )
    moves = np.random.default_rng(1).normal(0, 0.005, (24 * 60, _COUNT))
    ends = datetime(2026, 9, 1, tzinfo=UTC)
    past = ml.Past(tuple(symbols), timedelta(hours=1), ends, 1000 * np.exp(np.cumsum(moves, 0)))
    start = time.process_time()
    (found,) = ml.headroom(account, past, paths=_PATHS)
    took = time.process_time() - start
    assert found.odds
    return [Row("odds: headroom of 10 positions, 10,000 paths, a week by the hour", took, "s")]
