"""Prices: integer tables, streams by name, statistics, funding."""

from __future__ import annotations

import hashlib
from decimal import Decimal

import numpy as np
import pytest

from marginline.market.engine import START
from marginline.market.prices.impact import Impact
from marginline.market.prices.outside import Outside
from marginline.market.prices.push import Pushes
from marginline.market.prices.streams import Streams
from marginline.market.prices.tables import ONE, log_nanos, octaves_of, power, tables
from tests.market.statistics import BANDS, funding_facts, price_facts


def test_powers_are_exact_to_two_parts_in_a_thousand_million() -> None:
    nanos = np.array([-2_000_000_000, -700_000_001, -1, 0, 1, 13, 123_456_789, 1_999_999_999])
    found = power(octaves_of(nanos))
    for nano, value in zip(nanos.tolist(), found.tolist(), strict=True):
        exact = (Decimal(nano) / 10**9).exp()
        assert abs(Decimal(value) / ONE / exact - 1) < Decimal("1e-8")


def test_logarithms_and_powers_are_inverse() -> None:
    for ratio in ("0.93", "1", "1.0725", "2.5"):
        there = power(octaves_of(np.array([log_nanos(Decimal(ratio))])))[0]
        assert abs(Decimal(int(there)) / ONE - Decimal(ratio)) < Decimal("1e-8")


def test_tables_have_mean_zero_and_variance_one() -> None:
    made = tables()
    for table in (made.normal, made.student):
        assert int(table.sum()) == 0
        assert float((table / 4096).std()) == pytest.approx(1, abs=0.003)
    assert float((made.exponential / 4096).mean()) == pytest.approx(1, abs=0.001)


def test_a_stream_depends_on_seed_name_and_hour_alone() -> None:
    ours = Streams(5)
    assert (ours.words("BTCUSDT price", 7, 10) == Streams(5).words("BTCUSDT price", 7, 10)).all()
    for other in (Streams(6).words("BTCUSDT price", 7, 10), ours.words("ETHUSDT price", 7, 10)):
        assert (ours.words("BTCUSDT price", 7, 10) != other).any()
    assert (ours.words("BTCUSDT price", 8, 10) != ours.words("BTCUSDT price", 7, 10)).any()


def test_six_hours_of_outside_prices_have_their_digest() -> None:
    """The same on every machine and numpy; a change here changes every world."""
    outside = Outside(Streams(5), START, lambda _: 0, lambda _: True)
    digest = hashlib.sha256()
    for _ in range(6):
        hour = outside.hour()
        for part in (hour.log, hour.volatility, hour.fast, hour.slow, hour.up):
            digest.update(part.astype("<i8").tobytes())
    assert digest.hexdigest() == OUTSIDE


OUTSIDE = "71c875d2cade21e7a366a81b776ad3953e4d0913860c1437a997536d9708e11b"


def test_scripted_volatility_scales_returns_and_nothing_else() -> None:
    calm = Outside(Streams(5), START, lambda _: -1024, lambda _: False).hour()
    free = Outside(Streams(5), START, lambda _: 0, lambda _: False).hour()
    half = np.diff(calm.log, axis=1).std() / np.diff(free.log, axis=1).std()
    assert half == pytest.approx(0.5, abs=0.001)


def test_a_push_ends_where_it_aims_and_stays() -> None:
    pushes = Pushes()
    count = len(pushes.along(np.array([0])))
    here, goal = np.zeros(count, np.int64), np.full(count, -70_000_000)
    pushes.begin(100, 400, here, goal)
    path = pushes.along(np.array([100, 250, 400, 9000]))
    assert path[0].tolist() == [0, -35_000_000, -70_000_000, -70_000_000]


def test_what_a_trade_displaces_halves_in_forty_seconds_and_half_of_it_stays() -> None:
    impact = Impact()
    impact.add(0, 1_000_000, 10)
    times = np.array([10, 50, 90, 5000])
    assert impact.passing(times)[0].tolist() == [1_000_000, 500_000, 250_000, 0]
    assert impact.lasting(times)[0].tolist() == [0, 250_000, 375_000, 500_000]


@pytest.mark.slow
def test_prices_have_the_statistics_asked_for() -> None:
    """Few seeds and days here, so the bands are widened; `make simulate` asks for them as such."""
    facts = [price_facts(seed, 10) for seed in (1, 2, 3)]
    misses = {}
    for name, (low, high) in BANDS.items():
        median = float(np.median([each[name] for each in facts]))
        room = 0.35 * max(abs(low), abs(high), high - low)
        if not low - room <= median <= high + room:
            misses[name] = (low, median, high)
    assert not misses


@pytest.mark.slow
def test_funding_is_mostly_its_interest_rate() -> None:
    found = funding_facts(3, 10)
    assert 0.5 < found["funding of 8 h exactly 0.01 %, share"] < 0.95
    assert 0.3 < found["mean funding of 8 h, bp"] < 2.5
