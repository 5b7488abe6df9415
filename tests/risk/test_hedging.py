"""The estimated hedge ratio: what is put in comes out within its error; withheld when short."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import numpy as np
import pytest

import marginline as ml
from marginline.risk.hedging import estimate_hedge
from marginline.risk.odds.past import Past

SEED = 20261128
KEYS = ("BTCUSDT/both", "ETHUSDT/both")


def account(eth: str = "-20") -> ml.Account:
    rows = [("BTCUSDT", "1", "60000"), ("ETHUSDT", eth, "3000")]
    return ml.from_dict({
        "schema": "marginline/account/1",
        "venue": "binance_usdm",
        "mode": "single_asset",
        "as_of": "2026-09-01T00:00:00Z",
        "wallets": [{"asset": "USDT", "balance": "10000"}],
        "positions": [
            {"instrument": name, "size": size, "entry_price": price, "leverage": "10"}
            for name, size, price in rows
        ],
        "market": {"mark": {name: price for name, _, price in rows}},
        "parameters": {"tiers": {name: [{"floor": "0", "rate": "0.004", "max_leverage": "125"}]
                                 for name, _, _ in rows}},
    })  # fmt: skip


def past(beta: float, hours: int = 2_000) -> Past:
    """Returns of ether that are `beta` times bitcoin's, and noise."""
    drawn = np.random.default_rng(SEED)
    bitcoin = drawn.normal(0, 0.01, hours)
    ether = beta * bitcoin + drawn.normal(0, 0.002, hours)
    closes = np.vstack([np.ones(2), np.cumprod(1 + np.stack([bitcoin, ether], 1), axis=0)])
    ends = datetime(2026, 11, 27, tzinfo=UTC)
    return Past(("BTCUSDT", "ETHUSDT"), timedelta(hours=1), ends, closes * [60_000.0, 3_000.0])


@pytest.mark.parametrize("beta", [0.5, 1.0, 1.7])
def test_the_ratio_that_made_the_prices_is_found_within_four_errors(beta: float) -> None:
    found = estimate_hedge(account(), KEYS[:1], KEYS[1:], past(beta))
    assert found.hedge is not None
    assert found.error is not None
    assert abs(float(found.hedge.ratio) - beta) <= 4 * found.error + 1e-3, SEED
    assert "least squares over 2000 returns of 1 h up to 2026-11-27" in found.sentence


def test_twice_the_hedge_is_twice_the_ratio() -> None:
    sizes = ("-20", "-40")
    found = [estimate_hedge(account(size), KEYS[:1], KEYS[1:], past(1.0)).hedge for size in sizes]
    one, two = (hedge.ratio for hedge in found if hedge is not None)
    assert abs(two - 2 * one) < Decimal("0.001")


def test_below_seven_days_and_without_prices_nothing_is_told_but_why() -> None:
    short = estimate_hedge(account(), KEYS[:1], KEYS[1:], past(1.0, hours=100))
    assert short.hedge is None
    assert "needs 7 days of prices; there are 4.2" in short.sentence
    none = estimate_hedge(account(), KEYS[:1], KEYS[1:], None)
    assert none.hedge is None
    assert "no prices of the past of BTCUSDT, ETHUSDT" in none.sentence


def test_what_moves_along_is_no_hedge() -> None:
    found = estimate_hedge(account("20"), KEYS[:1], KEYS[1:], past(1.0))
    assert found.hedge is None
    assert "moved with what they are to cover" in found.sentence


def test_a_position_that_is_not_there_is_named_with_those_that_are() -> None:
    with pytest.raises(ml.InputError, match="BTCUSDT/both, ETHUSDT/both"):
        estimate_hedge(account(), ("SOLUSDT/both",), KEYS[1:], past(1.0))
