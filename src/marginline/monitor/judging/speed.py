"""How fast the buffer moves: from samples of the last hour, beside what is usual."""

from __future__ import annotations

from decimal import Decimal

from msgspec.structs import replace as renewed

from marginline.core.measures import Measure
from marginline.core.numbers import ONE, exactly, to_text
from marginline.monitor.settings import MonitorSettings
from marginline.monitor.state import Judgement, Sample, Watched
from marginline.monitor.wire import Speed

HOUR_MS = 3_600_000
HOURLY = 168
"""Hourly speeds kept: a week."""
LEAST_MS = 60_000
"""Below a minute of samples there is no speed to speak of."""
_TAIL = Decimal("0.05")


@exactly
def sampled(watched: Watched, settings: MonitorSettings, now: int) -> Watched:
    """The account with a sample of now, where one is due; samples of other pools are dropped."""
    sample = _sample(watched.judged, now)
    if sample is None:
        return watched
    kept = watched.samples if watched.samples and watched.samples[-1].pool == sample.pool else ()
    if kept and now - kept[-1].at < settings.sample_ms:
        return watched
    hourly = watched.hourly if kept or not watched.samples else ()
    hour = hour_ms(settings)
    if kept and now - kept[0].at >= hour and now // hour != kept[-1].at // hour:
        hourly = (*hourly, _per_hour(kept[0], sample, hour))[-HOURLY:]
    recent = tuple(each for each in kept if now - each.at <= hour + settings.sample_ms)
    return renewed(watched, samples=(*recent, sample), hourly=hourly)


def _sample(judged: Judgement | None, now: int) -> Sample | None:
    if judged is None or judged.pool is None or judged.buffer is None:
        return None
    balance = judged.pool.measures.get(Measure.MARGIN_BALANCE)
    return Sample(now, judged.pool.id, judged.buffer, balance)


def hour_ms(settings: MonitorSettings) -> int:
    """How long an hour of the venue's time takes by our clock."""
    return int(HOUR_MS / settings.speed)


def _per_hour(first: Sample, last: Sample, hour: int) -> Decimal:
    return (last.buffer - first.buffer) * hour / (last.at - first.at)


@exactly
def speed_of(watched: Watched, settings: MonitorSettings) -> Speed | None:
    """The speed over the samples there are, at most an hour; None below a minute of them."""
    judged = watched.judged
    if not watched.samples or judged is None:
        return None
    first, last = watched.samples[0], watched.samples[-1]
    now = _sample(judged, judged.at) if judged.whole else None
    if now is not None and now.pool == last.pool and now.at > last.at:
        last = now
    over, hour = last.at - first.at, hour_ms(settings)
    if over * settings.speed < LEAST_MS:
        return None
    per_hour = _per_hour(first, last, hour)
    balance = None
    if first.balance is not None and last.balance is not None:
        balance = (last.balance - first.balance) * hour / over
    usual = sorted(watched.hourly)
    low = usual[int(len(usual) * _TAIL)] if usual else None
    high = usual[int(len(usual) * (ONE - _TAIL))] if usual else None
    falls = per_hour < 0 and last.buffer > 0
    return Speed(
        per_hour=to_text(per_hour),
        balance_per_hour=None if balance is None else to_text(balance),
        over_s=to_text((over * settings.speed).scaleb(-3)),
        usual_low=None if low is None else to_text(low),
        usual_high=None if high is None else to_text(high),
        left_hours=to_text(last.buffer / -per_hour) if falls else None,
    )
