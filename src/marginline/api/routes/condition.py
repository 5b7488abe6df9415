"""How marginline itself is: streams, clocks, limits, refusals; health, readiness, metrics."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import Response

from marginline.api.answers import (
    ClockRow,
    Connections,
    Health,
    HistoryState,
    RateLimitRow,
    Ready,
    Refusal,
)
from marginline.api.openapi import answer_of, answers
from marginline.api.routes.replies import monitor_of, reply
from marginline.core.account.moments import wire_moment
from marginline.core.findings import Status
from marginline.monitor.messages import Snapshot
from marginline.monitor.rows import stream_row
from marginline.monitor.run import Monitor
from marginline.monitor.settings import seconds

router = APIRouter(tags=["condition"], default_response_class=Response)


@router.get("/connections", responses=answers(Connections, "Streams, oldest first"))
async def connections(request: Request) -> Response:
    """Every stream by the age of its data, clocks, rate limits, refusals."""
    return reply(connections_of(monitor_of(request)))


def connections_of(monitor: Monitor) -> Connections:
    """Every stream by age, oldest first; never seen counts as oldest."""
    state, now = monitor.state, monitor.now()
    views = sorted(
        state.streams.values(), key=lambda v: (v.seen is not None, v.seen or 0, v.venue, v.name)
    )
    return Connections(
        seq=monitor.frames.version,
        now=wire_moment(now),
        streams=[stream_row(state, view, now) for view in views],
        clocks=[
            ClockRow(
                venue=venue,
                offset_ms=clock.offset_ms,
                round_trip_ms=clock.round_trip_ms,
                at=wire_moment(clock.at),
            )
            for venue, clock in sorted(state.clocks.items())
        ],
        limits=[
            RateLimitRow(
                venue=venue,
                used=limit.used,
                of=limit.of,
                until=None if limit.until is None else wire_moment(limit.until),
                at=wire_moment(limit.at),
            )
            for venue, limit in sorted(state.limits.items())
        ],
        refusals=[
            Refusal(
                venue=each.venue,
                account=each.account,
                field=each.field,
                value=each.value,
                reason=each.reason,
                remedy=each.remedy,
                at=wire_moment(each.at),
            )
            for each in state.refusals
        ],
        world=monitor.world(),
        behind_s=seconds(monitor.late_ms),
        history=history_of(monitor),
    )


def history_of(monitor: Monitor) -> HistoryState | None:
    """How the keeping of history stands."""
    kept = monitor.kept
    if kept is None:
        return None
    return HistoryState(
        where=kept.where,
        since=None if kept.since is None else wire_moment(kept.since),
        reason=kept.reason,
        remedy=kept.remedy,
        written=kept.written,
        lost=kept.lost,
    )


@router.get("/snapshot", responses=answers(Snapshot, "What the stream says first"))
async def snapshot(request: Request) -> Response:
    """Everything, as the first message of the stream."""
    return reply(monitor_of(request).snapshot())


@router.get("/health", responses=answers(Health, "The process answers"))
async def health(request: Request) -> Response:
    """Whether the process answers."""
    version = monitor_of(request).page_settings().version
    return reply(Health(status="ok", version=version))


@router.get(
    "/ready",
    responses=answers(Ready, "Accounts are being judged") | answer_of(Ready, 503, "Not yet"),
)
async def ready(request: Request) -> Response:
    """Whether accounts are being judged; 503 while some have never been."""
    found = ready_of(monitor_of(request))
    return reply(found, 200 if found.ready else 503)


def ready_of(monitor: Monitor) -> Ready:
    """Ready when every account has been judged, in time with its feeds, and alerts arrive."""
    accounts = monitor.state.accounts.values()
    waiting = [each.watching.name for each in accounts if each.judged is None]
    if monitor.state.queue_full:
        waiting.append("the queue of events is full")
    if monitor.late_ms > monitor.state.settings.marks_ms // 2:
        waiting.append(f"this process is {seconds(monitor.late_ms)} s behind its feeds")
    alerting = monitor.delivering()
    if alerting.state == "broken":
        waiting.append(f"alerting is broken: {alerting.reason}")
    unknown = sum(each.status is Status.UNKNOWN for each in accounts)
    troubles = [monitor.kept.sentence] if monitor.kept is not None else []
    if faults := monitor.counts.faults:
        troubles.append(f"faults of marginline since its start: {faults}; its log tells them")
    return Ready(
        ready=not waiting,
        accounts=len(accounts),
        unknown=unknown,
        waiting=waiting,
        troubles=[each for each in troubles if each],
    )


@router.get("/metrics", responses=answers(None, "Prometheus text"))
async def metrics(request: Request) -> Response:
    """Figures for Prometheus."""
    content, media = request.app.state.metrics.text()
    return Response(content, media_type=media)
