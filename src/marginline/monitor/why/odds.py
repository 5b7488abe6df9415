"""The odds of an account from the hourly marks that were recorded."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta

from marginline.core.account.account import Account
from marginline.core.assessment.assessment import Assessment
from marginline.core.findings import Code, Finding
from marginline.errors import InputError
from marginline.monitor.judging.hourly import Hourly
from marginline.monitor.judging.volatility import recorded_hours
from marginline.risk.odds.answer import Headroom
from marginline.risk.odds.draining import funding_drain
from marginline.risk.odds.headroom import HORIZONS, headroom
from marginline.risk.odds.past import LEAST, Past, past_of

SOURCE = "recorded hourly marks"
PATHS = 4_000
WEEK = timedelta(days=7)


def recorded(hourly: Mapping[str, Sequence[Hourly]], symbols: Sequence[str]) -> Past:
    """The past of these symbols as it was recorded.

    Raises:
        InputError: a symbol has no marks, or they have fewer than three hours in common.
    """
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    closes = {
        symbol: {epoch + timedelta(hours=hour): mark for hour, mark in hourly.get(symbol, ())}
        for symbol in symbols
    }
    return past_of(closes, symbols)


def too_few(hourly: Mapping[str, Sequence[Hourly]], symbols: Iterable[str]) -> str | None:
    """Why no chance can be told from what was recorded of these; None where it can."""
    hours = min((len(hourly.get(symbol, ())) for symbol in symbols), default=0)
    if hours >= LEAST.days * 24:
        return None
    text = f"no chance is told: it needs {LEAST.days} days of hourly marks of every instrument"
    return f"{text}; {recorded_hours(hours)}"


def odds_of_run(
    account: Account,
    assessment: Assessment,
    hourly: Mapping[str, Sequence[Hourly]],
    *,
    horizons: Sequence[timedelta] = HORIZONS,
    garch: bool = False,
    looks: timedelta | None = None,
) -> tuple[Headroom, ...]:
    """The headroom of every pool that holds positions; below 7 days none is told, only why.

    Raises:
        InputError: a horizon that cannot be; GARCH without its packages.
    """
    symbols = sorted({row.instrument for row in account.positions if row.size})
    try:
        past = recorded(hourly, symbols)
    except InputError:
        text = too_few(hourly, symbols) or "no chance is told: the marks have no hours in common"
        drains = {drain.pool: drain for drain in funding_drain(account, WEEK)}
        return tuple(
            Headroom(
                pool.id, None, None, (), {}, {}, 0,
                findings=(Finding(Code.MISSING_DATA, pool.id, text),),
                funding=drains.get(pool.id),
            )
            for pool in assessment.pools
            if pool.figures.pool.exposures
        )  # fmt: skip
    return headroom(account, past, horizons=horizons, paths=PATHS, garch=garch, looks=looks)
