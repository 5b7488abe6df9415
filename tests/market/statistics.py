"""Facts about simulated prices, each with the band that the median over many seeds must meet."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from marginline.market.contracts import CONTRACTS
from marginline.market.engine import START
from marginline.market.prices.funding import FundingClock
from marginline.market.prices.outside import Outside
from marginline.market.prices.paths import Paths
from marginline.market.prices.push import Pushes
from marginline.market.prices.streams import Streams

Floats = npt.NDArray[np.float64]
Band = tuple[float, float]

BANDS: Mapping[str, Band] = {
    "daily sigma BTC, %": (2.2, 2.8),
    **{
        f"daily sigma {c.base}, %": (c.sigma / 100 * 0.88, c.sigma / 100 * 1.12)
        for c in CONTRACTS[1:]
    },
    "kurtosis of minutes": (14, 35),
    "kurtosis of hours": (4.5, 10),
    "99.9 % quantile of a minute over sd": (6, 9),
    "minutes a day beyond 5 local sd": (2.5, 5),
    "minutes a day beyond 7 local sd": (0.5, 2),
    "autocorrelation of minutes": (-0.03, 0.03),
    "of squares": (0.10, 0.25),
    "of absolute returns, 1 min": (0.25, 0.41),
    "of absolute returns, 5 min": (0.17, 0.33),
    "of absolute returns, 15 min": (0.15, 0.31),
    "of absolute returns, 60 min": (0.10, 0.26),
    "of absolute returns, 240 min": (0.04, 0.20),
    "of absolute returns, 1440 min": (0.0, 0.16),
    "sd of hourly log volatility": (0.42, 0.60),
    "its autocorrelation, 1 h": (0.62, 0.82),
    "its autocorrelation, 6 h": (0.30, 0.50),
    "worst minute, %": (-2, -0.6),
    "worst hour, %": (-6, -2),
    "worst 4 hours, %": (-9, -3),
    "worst day, %": (-15, -4),
    "correlation BTC-ETH, hours": (0.75, 0.90),
    "correlation of all pairs, mean": (0.65, 0.80),
    "correlation of all pairs, least": (0.50, 1.0),
    "common jumps a day": (0.9, 1.5),
    "own jumps a day and coin": (0.65, 1.0),
}
"""BTC unless said; the bands are from a month of recorded prices and what the world asks for."""

FUNDING_BANDS: Mapping[str, Band] = {
    "funding of 8 h exactly 0.01 %, share": (0.65, 0.85),
    "funding negative, share": (0.02, 0.08),
    "mean funding of 8 h, bp": (0.8, 1.6),
    "least funding, bp": (-25, -4),
    "largest funding, bp": (5, 20),
}


def price_facts(seed: int, days: int) -> dict[str, float]:
    """The facts of one seed, from the outside path alone."""
    outside = Outside(Streams(seed), START, lambda _: 0, lambda _: True)
    hours = [outside.hour() for _ in range(days * 24)]
    log = np.concatenate([hour.log for hour in hours], axis=1)[:, 59::60] / 1e9
    minutes = np.diff(log, axis=1, prepend=0.0)
    btc = minutes[0]
    found = {
        f"daily sigma {c.base}, %": float(minutes[c.number].std() * math.sqrt(1440) * 100)
        for c in CONTRACTS
    }
    hourly = log[:, 59::60]
    found |= _shape(btc, np.diff(hourly[0], prepend=0.0), days)
    found |= _clusters(btc)
    for name, width in (("minute", 1), ("hour", 60), ("4 hours", 240), ("day", 1440)):
        moves = log[0, width:] - log[0, :-width]
        found[f"worst {name}, %"] = float((np.exp(moves.min()) - 1) * 100)
    pairs: Floats = np.asarray(np.corrcoef(np.diff(hourly, axis=1)))
    upper = pairs[np.triu_indices(len(CONTRACTS), 1)]
    found["correlation BTC-ETH, hours"] = float(pairs[0, 1])
    found["correlation of all pairs, mean"] = float(upper.mean())
    found["correlation of all pairs, least"] = float(upper.min())
    common, own = np.sum([hour.jumps for hour in hours], axis=0)
    found["common jumps a day"] = float(common / days)
    found["own jumps a day and coin"] = float(own / days / len(CONTRACTS))
    return found


def _shape(minutes: Floats, hours: Floats, days: int) -> dict[str, float]:
    summed = np.cumsum(minutes**2)
    local = np.sqrt((summed[60:] - summed[:-60])[:-1] / 60)  # the hour before, itself left out
    over = np.abs(minutes[61:]) / local
    return {
        "kurtosis of minutes": _kurtosis(minutes),
        "kurtosis of hours": _kurtosis(hours),
        "99.9 % quantile of a minute over sd": float(
            np.quantile(np.abs(minutes), 0.999) / minutes.std()
        ),
        "minutes a day beyond 5 local sd": float((over > 5).sum() / days),
        "minutes a day beyond 7 local sd": float((over > 7).sum() / days),
    }


def _clusters(minutes: Floats) -> dict[str, float]:
    found = {
        "autocorrelation of minutes": _autocorrelation(minutes, 1),
        "of squares": _autocorrelation(minutes**2, 1),
    }
    for lag in (1, 5, 15, 60, 240, 1440):
        found[f"of absolute returns, {lag} min"] = _autocorrelation(np.abs(minutes), lag)
    volatility = np.log(np.sqrt((minutes.reshape(-1, 60) ** 2).sum(axis=1)))
    found["sd of hourly log volatility"] = float(volatility.std())
    for lag in (1, 6):
        found[f"its autocorrelation, {lag} h"] = _autocorrelation(volatility, lag)
    return found


def funding_facts(seed: int, days: int) -> dict[str, float]:
    """Facts about funding of all 8-hour contracts on the first venue."""
    clock = FundingClock(START)
    paths = Paths(Outside(Streams(seed), START, lambda _: 0, lambda _: True), Pushes(), clock)
    rates: list[int] = []
    while paths.second < days * 86_400:
        span = paths.span(3600)
        paths.commit(span, span.seconds)
        for number in clock.due(paths.second):
            if CONTRACTS[number].hours == 8:
                rates.append(paths.rate(0, number))
            clock.paid(number)
    found = np.array(rates)
    return {
        "funding of 8 h exactly 0.01 %, share": float((found == 100_000).mean()),
        "funding negative, share": float((found < 0).mean()),
        "mean funding of 8 h, bp": float(found.mean() / 1e5),
        "least funding, bp": float(found.min() / 1e5),
        "largest funding, bp": float(found.max() / 1e5),
    }


def _kurtosis(values: Floats) -> float:
    off = values - values.mean()
    return float((off**4).mean() / (off**2).mean() ** 2)


def _autocorrelation(values: Floats, lag: int) -> float:
    off = values - values.mean()
    return float((off[lag:] * off[:-lag]).mean() / (off**2).mean())
