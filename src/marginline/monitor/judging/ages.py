"""How old the inputs of a judgement are, and which are too old for it to stand.

Age is that of the data, not of a socket: a stream that its feed calls silent, gapped, refused or
closed is too old at once, whatever its newest datum says.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from operator import itemgetter
from typing import NamedTuple

from marginline.core.account.account import Account
from marginline.core.account.moments import span_text
from marginline.core.findings import Code, Finding
from marginline.core.pool.pool import Kind
from marginline.feeds.events import Life, Stream
from marginline.monitor import wire
from marginline.monitor.settings import MonitorSettings, seconds
from marginline.monitor.state import AgesOf, State, StreamView, VenueMarket, Watched
from marginline.monitor.wire import Reason
from marginline.risk.moves.volatile import STANDING
from marginline.venues.reader.notes import noted

DEAF = {Life.SILENT.value, Life.GAP.value, Life.REFUSED.value, Life.CLOSED.value}
_NONE = VenueMarket()
UNREAD = "file"
"""The venue of a file's stream until the file has been read."""
_MARKS, _TIERS = Stream.MARKS.value, Stream.TIERS.value
RATE = "rate of "
_PROBE = Stream.PROBE.value
_OF_ACCOUNT = (
    ("", Stream.ACCOUNT.value), ("", _PROBE), ("", Stream.FILE.value), (UNREAD, Stream.FILE.value)
)  # fmt: skip
"""Streams that tell an account, and of which venue they are ("": its own)."""


class _Input(NamedTuple):
    """One thing that a judgement needs: when its newest datum came (None: never), its limit."""

    name: str
    where: str
    seen: int | None
    limit_ms: int
    reason: str = ""


def ages_of(state: State, watched: Watched, now: int) -> AgesOf:
    """The ages of what an account's judgement needs, at `now`."""
    late: list[_Input] = []
    newest: dict[str, int] = {}
    expires: int | None = None
    for each in _inputs(state, watched, now):
        seen = each.seen
        if seen is not None:
            before = newest.get(each.name)
            newest[each.name] = seen if before is None or seen < before else before
        if each.reason or seen is None or now - seen > each.limit_ms:
            late.append(each)
        elif expires is None or seen + each.limit_ms < expires:
            expires = seen + each.limit_ms
    return AgesOf(
        marks=newest.get("marks"),
        account=newest.get("account"),
        tiers=newest.get("tiers"),
        stale=tuple(f"{each.name}: {each.where}" for each in late),
        reasons=tuple(_reason(each, now) for each in late),
        expires=expires,
    )


def _inputs(state: State, watched: Watched, now: int) -> Iterator[_Input]:
    settings, name, venue = state.settings, watched.watching.name, watched.watching.venue
    yield _account(state, watched)
    market = state.markets.get(venue, _NONE)
    live = watched.watching.kind == "connection" and bool(watched.symbols)
    if live:
        yield from _marks(state, watched, market, now)
        yield from _rates(state, watched, market)
    tiers = state.streams.get((venue, "", _TIERS))
    tiers = tiers or state.streams.get((venue, name, _TIERS))
    if tiers is not None and tiers.seen is not None and live:
        yield _Input("tiers", venue, tiers.seen, settings.tiers_ms)


def _account(state: State, watched: Watched) -> _Input:
    venue, name = watched.watching.venue, watched.watching.name
    limit = state.settings.account_ms
    newest, deaf = watched.told_received, None
    for place, stream in _OF_ACCOUNT:
        view = state.streams.get((place or venue, name, stream))
        if view is None:
            continue
        if deaf is None and _deaf(view):
            deaf = view
        if view.seen is not None and (newest is None or view.seen > newest):
            newest = view.seen
    newest = None if watched.told is None else newest
    return _Input("account", name, newest, limit, watched.unread or _why(deaf))


def _deaf(view: StreamView) -> bool:
    return view.name != _PROBE and view.life in DEAF


def _why(view: StreamView | None) -> str:
    if view is None:
        return ""
    state = "has a gap" if view.life == Life.GAP.value else f"is {view.life}"
    return f"the {view.name} stream {state}" + (f": {view.reason}" if view.reason else "")


def _marks(state: State, watched: Watched, market: VenueMarket, now: int) -> Iterator[_Input]:
    """Every mark that is late, and of the others the oldest: it stands for them all."""
    venue, limit = watched.watching.venue, state.settings.marks_ms
    stream = state.streams.get((venue, "", _MARKS))
    why = _why(stream) if stream is not None and stream.life in DEAF else ""
    late: list[tuple[str, int | None]] = []
    oldest: tuple[int, str] | None = None
    for symbol in watched.symbols:
        price = market.prices.get(symbol)
        seen = None if price is None else price.received
        if why or seen is None or now - seen > limit:
            late.append((symbol, seen))
        elif oldest is None or seen <= oldest[0]:
            oldest = min(oldest, (seen, symbol)) if oldest is not None else (seen, symbol)
    if oldest is not None:
        yield _Input("marks", oldest[1], oldest[0], limit)
    for symbol, seen in sorted(late, key=itemgetter(0)):
        yield _Input("marks", symbol, seen, limit, why)


def _rates(state: State, watched: Watched, market: VenueMarket) -> Iterator[_Input]:
    """Rates of coins that hold up a pool of several assets, where the venue streams them."""
    pools = () if watched.judged is None else watched.judged.assessment.pools
    if not any(pool.kind == Kind.ACCOUNT for pool in pools):
        return
    for asset in sorted(watched.assets - STANDING):
        rate = market.rates.get(asset)
        if rate is not None:
            yield _Input("marks", f"{RATE}{asset}", rate.received, state.settings.account_ms)


def _reason(each: _Input, now: int) -> Reason:
    what = each.where if each.where.startswith(RATE) else f"{_WHAT[each.name]} of {each.where}"
    if each.seen is None:
        text = f"no {what} yet"
        text += f"; {each.reason}" if each.reason else ""
    elif each.reason:
        text = each.reason  # it says since when, too
    else:
        age, limit = span_text(now - each.seen), span_text(each.limit_ms)
        text = f"the newest {what} came {age} ago, the limit is {limit}"
    return Reason(code="STALE", severity="error", where=each.where, measure=None, message=text)


_WHAT = {"marks": "mark", "account": "account data", "tiers": "tiers"}


def told_late(account: Account, ages: AgesOf) -> Account:
    """The account with a note for each input that is too old to be judged by."""
    for why in ages.reasons if ages.stale else ():
        account = noted(account, Finding(Code.STALE, why.where, why.message))
    return account


def wire_ages(ages: AgesOf, now: int) -> wire.Ages:
    """The ages as they travel, in seconds at `now`."""
    return _wired(ages.marks, ages.account, ages.tiers, ages.stale, now)


@lru_cache(maxsize=512)  # told in the record and in the row, and many accounts are of one age
def _wired(
    marks: int | None, account: int | None, tiers: int | None, stale: tuple[str, ...], now: int
) -> wire.Ages:
    found = [t for t in (marks, account) if t is not None]
    return wire.Ages(
        marks=_age(marks, now),
        account=_age(account, now),
        tiers=_age(tiers, now),
        oldest=_age(min(found, default=None), now),
        stale=list(stale),
    )


def _age(seen: int | None, now: int) -> str | None:
    return None if seen is None else seconds(max(0, now - seen))


def limit_of(name: str, settings: MonitorSettings) -> int:
    """The limit of a stream in milliseconds, by its name."""
    limits = {
        Stream.MARKS.value: settings.marks_ms,
        Stream.ASSET_RATES.value: settings.marks_ms,
        Stream.TIERS.value: settings.tiers_ms,
    }
    return limits.get(name, settings.account_ms)
