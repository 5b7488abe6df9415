"""What the monitor knows, as the rows that travel."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Literal

import msgspec

from marginline.core.account.account import Account
from marginline.core.account.moments import milliseconds, wire_moment
from marginline.core.assessment.assessment import (
    PoolAssessment,
    PositionAssessment,
    measures_document,
)
from marginline.core.findings import Finding, Status
from marginline.core.measures import Measure
from marginline.core.numbers import ZERO, exactly, text_or_none, to_text
from marginline.errors import RulebookError
from marginline.feeds.events import Stream
from marginline.monitor.alerts.sentences import of_account
from marginline.monitor.judging.ages import limit_of, wire_ages
from marginline.monitor.judging.distance import ends_of
from marginline.monitor.judging.hourly import HourlyMarks
from marginline.monitor.judging.judge import needed_of, support_of
from marginline.monitor.judging.shares import shares_of
from marginline.monitor.judging.speed import speed_of
from marginline.monitor.judging.volatility import missing, odds_of, sigma_of
from marginline.monitor.messages import (
    AccountMoved,
    AccountRow,
    AlertRow,
    Delivery,
    PoolRow,
    PositionRow,
    StreamRow,
)
from marginline.monitor.settings import seconds
from marginline.monitor.state import (
    Alert,
    Edge,
    Judgement,
    Move,
    PoolDistance,
    State,
    StreamView,
    VenueMarket,
    Watched,
)
from marginline.monitor.wire import (
    AlertRef,
    Distance,
    End,
    Last,
    Nearest,
    Range,
    Reason,
    Rulebook,
)
from marginline.risk.many.exposure import net_by_coin, net_usd, usd_rate
from marginline.venues import at

_NO_MARKET = VenueMarket()
_UNKNOWN = End(move=None, open=False, reason="not known")


@exactly
def account_row(state: State, watched: Watched, now: int) -> AccountRow:
    """One account; while it cannot be judged its figures are null and `last` has the known ones."""
    name, judged = watched.watching.name, watched.judged
    known = watched.known and judged is not None
    pool = judged.pool if known and judged is not None else None
    told = watched.told
    assessment = None if judged is None else judged.assessment
    distance = None if pool is None or judged is None else judged.distances.get(pool.id)
    nearest = judged.nearest if known and judged is not None else None
    figures = judged if known else None
    hourly = state.markets.get(watched.watching.venue, _NO_MARKET).hourly
    sigma = sigma_of(judged, hourly) if known and judged is not None else None
    totals = _totals(judged) if known and judged is not None else {}
    return AccountRow(
        name=name,
        venue=watched.watching.venue,
        mode=None if told is None else told.mode,
        position_mode="one_way" if told is None else told.position_mode,
        margin_mode=None if told is None else _margin_mode(told),
        status=watched.status.value,
        status_since=wire_moment(watched.since),
        judged_by="venue" if figures is not None and figures.judged_by == "venue" else "rules",
        source=watched.watching.source,
        as_of=None if assessment is None else wire_moment(milliseconds(assessment.as_of)),
        asset=None if pool is None else pool.asset,
        worst=None if pool is None else pool.id,
        ratio=None if figures is None else text_or_none(figures.ratio),
        support=None if figures is None else text_or_none(figures.support),
        requirement=None if figures is None else text_or_none(figures.requirement),
        buffer=None if figures is None else text_or_none(figures.buffer),
        venue_ratio=None if pool is None else _text(pool, Measure.VENUE_RATIO),
        joint=None if distance is None else _range(distance.below, distance.above),
        nearest=wire_nearest(nearest),
        sigma=sigma,
        odds=None if sigma is None else odds_of(sigma, distance),
        speed=speed_of(watched, state.settings) if known else None,
        shares=None if pool is None else shares_of(pool),
        plan=watched.plan if known else None,
        ages=wire_ages(watched.ages, now),
        whole_at=_whole_at(figures),
        last=None if known or judged is None else _last(judged),
        alert=_alert(state, name),
        liquidated_at=_moment(watched.liquidated_at),
        bands=state.bands_of(name).wire(),
        reasons=list(_reasons(watched, hourly if sigma is None else None)),
        sentence=list(of_account(watched)),
        pools=list(_pools(judged, watched.adl)) if known and judged is not None else [],
        sequence=watched.sequence,
        rulebook=None
        if assessment is None
        else Rulebook(code=assessment.rulebook.code, digest=assessment.rulebook.digest),
        equity_usd=totals.get("equity"),
        requirement_usd=totals.get("requirement"),
        unrealized_usd=totals.get("unrealized"),
        net_usd=text_or_none(net_usd(judged.account, judged.assessment))
        if known and judged is not None
        else None,
        net_by_coin=_net_by_coin(judged) if known and judged is not None else None,
    )


def _margin_mode(told: Account) -> Literal["cross", "isolated"] | None:
    try:
        return at(told.venue, told.mode, told.as_of).margin_mode
    except RulebookError:
        return None


def moved_row(watched: Watched, state: State) -> AccountMoved:
    """What is new of an account of which only the figures are."""
    judged = watched.judged
    assert judged is not None
    return AccountMoved(
        name=watched.watching.name,
        ratio=text_or_none(judged.ratio),
        support=text_or_none(judged.support),
        requirement=text_or_none(judged.requirement),
        buffer=text_or_none(judged.buffer),
        ages=wire_ages(watched.ages, state.now),
        whole_at=_whole_at(judged),
        sentence=None,
        sequence=watched.sequence,
    )


def with_sentence(moved: AccountMoved, watched: Watched) -> AccountMoved:
    """The same with what is to be said of the account."""
    return msgspec.structs.replace(moved, sentence=list(of_account(watched)))


def _whole_at(judged: Judgement | None) -> str | None:
    return None if judged is None or judged.whole else wire_moment(judged.whole_at)


def _text(pool: PoolAssessment, measure: Measure) -> str | None:
    return text_or_none(pool.measures.get(measure))


def _moment(ms: int | None) -> str | None:
    return None if ms is None else wire_moment(ms)


def _end(edge: Edge) -> End:
    return End(move=text_or_none(edge.move), open=edge.open, reason=edge.reason)


def _range(below: Edge, above: Edge) -> Range:
    return Range(below=_end(below), above=_end(above))


def wire_nearest(move: Move | None) -> Nearest | None:
    """A move to the line as it travels."""
    if move is None:
        return None
    price = text_or_none(move.price)
    return Nearest(move=to_text(move.move), instrument=move.instrument, price=price, way=move.way)


def _last(judged: Judgement) -> Last:
    return Last(
        at=wire_moment(judged.at),
        status=judged.status.value,
        ratio=text_or_none(judged.ratio),
        support=text_or_none(judged.support),
        requirement=text_or_none(judged.requirement),
        buffer=text_or_none(judged.buffer),
        nearest=wire_nearest(judged.nearest),
    )


_SPEAKING = ("firing", "held", "muted", "acknowledged")


def _alert(state: State, name: str) -> AlertRef | None:
    found = [
        alert
        for (account, _), slot in state.slots.items()
        if account == name and slot.alert and (alert := state.alerts[slot.alert]).state != "over"
    ]
    if not found:
        return None
    first = min(found, key=lambda alert: (_SPEAKING.index(alert.state), -alert.status.rank))
    return AlertRef(id=first.id, state=first.state)


# ---------------------------------------------------------------------------- reasons, totals


def _reasons(watched: Watched, hourly: Mapping[str, HourlyMarks] | None) -> Iterator[Reason]:
    """Stale inputs, what contradicts, then the findings; why there is no volatility last."""
    yield from watched.ages.reasons
    if watched.gone is not None:
        yield Reason(
            code="CONTRADICTION",
            severity="error",
            where=watched.gone.pool,
            measure=None,
            message=watched.gone.message,
        )
    if watched.judged is not None:
        yield from (_reason(each) for each in watched.judged.assessment.all_findings())
        if hourly is not None and (why := missing(hourly, watched.judged)) is not None:
            yield why


def _reason(finding: Finding) -> Reason:
    return Reason(
        code=finding.code.value[0],
        severity=finding.severity.value,
        where=finding.where,
        measure=None if finding.measure is None else finding.measure.value,
        message=finding.message,
    )


_TOTALS = {"equity": Measure.EQUITY, "unrealized": Measure.UNREALIZED_PNL}


def _totals(judged: Judgement) -> dict[str, str | None]:
    """Equity, requirement and unrealized P&L of all pools in USD; None where one is not known.

    A pool of money alone requires nothing, also where the venue has no such figure of it.
    """
    sums: dict[str, Decimal | None] = {"equity": ZERO, "requirement": ZERO, "unrealized": ZERO}
    for pool in judged.assessment.pools:
        if pool.status is None:
            continue
        rate = usd_rate(judged.account, pool.asset)
        parts = {name: pool.measures.get(measure) for name, measure in _TOTALS.items()}
        needed = needed_of(pool)
        parts["requirement"] = (
            ZERO if needed is None and pool.figures.pool.requires_nothing else needed
        )
        for name, part in parts.items():
            before = sums[name]
            known = before is not None and part is not None and (rate is not None or not part)
            sums[name] = before + part * (rate or ZERO) if known else None  # type: ignore[operator]
    return {name: text_or_none(each) for name, each in sums.items()}


def _net_by_coin(judged: Judgement) -> dict[str, str]:
    """Signed exposure in each base coin, positions alone, in the coin."""
    found = net_by_coin(judged.assessment)
    return {coin: to_text(found[coin]) for coin in sorted(found)}


# ------------------------------------------------------------------------------------- pools


def _pools(judged: Judgement, adl: Mapping[str, int]) -> Iterator[PoolRow]:
    """That of the account's own figures, then by status, the nearest to its line, the fullest."""

    def gravity(pool: PoolAssessment) -> tuple[bool, int, Decimal, Decimal]:
        distance = judged.distances.get(pool.id)
        near = None if distance is None else distance.nearest
        return (
            pool is not judged.pool,
            1 if pool.status is None else -pool.status.rank,
            Decimal("Infinity") if near is None else abs(near.move),
            -(pool.measures.get(Measure.MARGIN_RATIO) or ZERO),
        )

    for pool in sorted(judged.assessment.pools, key=gravity):
        yield _pool_row(judged, pool, adl)


def _pool_row(judged: Judgement, pool: PoolAssessment, adl: Mapping[str, int]) -> PoolRow:
    support, needed = support_of(pool), needed_of(pool)
    distance = judged.distances.get(pool.id)
    joint = Range(below=_UNKNOWN, above=_UNKNOWN)
    if distance is not None:
        joint = _range(distance.below, distance.above)
    return PoolRow(
        id=pool.id,
        kind=pool.kind,
        asset=pool.asset,
        status=None if pool.status is None else pool.status.value,
        ratio=_text(pool, Measure.MARGIN_RATIO),
        support=text_or_none(support),
        requirement=text_or_none(needed),
        buffer=_text(pool, Measure.BUFFER),
        measures=measures_document(pool.measures),
        positions=[_position_row(judged, pool, each, needed, adl) for each in pool.positions],
        joint=joint,
        distance=None if distance is None else _distance(distance),
    )


def _distance(found: PoolDistance) -> Distance:
    return Distance(
        alone=wire_nearest(found.alone),
        together=wire_nearest(found.together),
        with_orders=wire_nearest(found.with_orders),
        nearest=wire_nearest(found.nearest),
        reasons=dict(found.reasons),
    )


def _position_row(
    judged: Judgement,
    pool: PoolAssessment,
    position: PositionAssessment,
    needed: Decimal | None,
    adl: Mapping[str, int],
) -> PositionRow:
    exposure = next(e for e in pool.figures.pool.exposures if e.key == position.key)
    row = next((each for each in judged.account.positions if each.key == position.key), None)
    below, above = ends_of(pool, position.key)
    return PositionRow(
        key=position.key,
        instrument=position.instrument,
        side=position.side,
        size=to_text(exposure.size),
        entry_price=_figure(exposure.entry_price),
        mark=_figure(exposure.mark),
        leverage=text_or_none(exposure.leverage),
        margin_mode="cross" if row is None else row.margin_mode,
        tick_size=text_or_none(exposure.instrument.tick_size),
        measures=measures_document(position.measures),
        alone=_range(below, above),
        share_of_requirement=_share(position.measures, exposure.requirement_rate, needed),
        adl_rank=adl.get(position.key),
    )


def _figure(figure: object) -> str | None:
    return to_text(figure) if isinstance(figure, Decimal) else None


def _share(
    measures: Mapping[Measure, Decimal | None], rate: object, needed: Decimal | None
) -> str | None:
    own = measures.get(Measure.MAINTENANCE_MARGIN)
    if own is None or not needed or not isinstance(rate, Decimal):
        return None
    return to_text(own * rate / needed)


# ---------------------------------------------------------------------------- alerts, streams


def alert_row(alert: Alert, beside: Iterable[Delivery] = ()) -> AlertRow:
    """One alert, told on the page and on the channels `beside` it."""
    told = alert.told
    sent = [*([] if told is None else [_on_page(told)]), *beside]
    return AlertRow(
        id=alert.id,
        account=alert.account,
        pool=alert.pool,
        kind=alert.kind,
        level=alert.level,
        state=alert.state,
        since=wire_moment(alert.since),
        told=_moment(told),
        until=_moment(alert.until),
        muted_until=_moment(alert.muted_until),
        acknowledged_at=_moment(alert.acknowledged_at),
        status=alert.status.value,
        sentence=list(alert.sentence),
        plan=alert.plan,
        deliveries=sent,
    )


def _on_page(told: int) -> Delivery:
    return Delivery(channel="page", state="sent", at=wire_moment(told), detail="")


def stream_row(state: State, view: StreamView, now: int) -> StreamRow:
    """One stream, with the age of its data as of now."""
    limit = view.limit_ms or limit_of(view.name, state.settings)
    seen = _newest(state, view)
    return StreamRow(
        name=view.name,
        venue=view.venue,
        account=view.account,
        state=view.life,  # type: ignore[arg-type]
        age=None if seen is None else seconds(max(0, now - seen)),
        limit=seconds(limit),
        since=wire_moment(view.since),
        reason=view.reason,
        retries=view.retries,
        gaps=view.gaps,
    )


def _newest(state: State, view: StreamView) -> int | None:
    """When the newest data of a stream came: prices and rates tell it themselves."""
    market = state.markets.get(view.venue)
    if market is None or view.account:
        return view.seen
    moments = [] if view.seen is None else [view.seen]
    if view.name == Stream.MARKS.value:
        moments += [price.received for price in market.prices.values()]
    elif view.name == Stream.ASSET_RATES.value:
        moments += [rate.received for rate in market.rates.values()]
    return max(moments, default=None)


def by_gravity(rows: list[AccountRow]) -> list[AccountRow]:
    """Worst status first; within one the nearest to the line, by the last known where need be."""
    return sorted(rows, key=_key)


def _key(row: AccountRow) -> tuple[int, Decimal, str]:
    nearest = row.nearest or (None if row.last is None else row.last.nearest)
    away = Decimal(10**9) if nearest is None else abs(Decimal(nearest.move))
    return -Status(row.status).rank, away, row.name
