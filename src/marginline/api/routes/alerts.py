"""Alerts and bands: read, acknowledge, mute, set, try."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import Response

from marginline.api.answers import Alerts, BandsOf, SilenceRow, TestedAll
from marginline.api.openapi import answers, body
from marginline.api.routes.questions import (
    BandsQuestion,
    HushQuestion,
    MuteQuestion,
    TryBands,
    muted_until,
)
from marginline.api.routes.replies import body_of, monitor_of, reply
from marginline.core.account.moments import wire_moment
from marginline.monitor.answers import BandsTried
from marginline.monitor.messages import AccountRow, AlertRow
from marginline.monitor.run import Monitor
from marginline.monitor.taking.commands import Acknowledge, Hush, Mute, SetBands

router = APIRouter(tags=["alerts"], default_response_class=Response)


@router.get("/alerts", responses=answers(Alerts, "Alerts of this run, newest first"))
async def alerts(request: Request) -> Response:
    """Every alert that is not over, and those over for less than a day."""
    return reply(alerts_of(monitor_of(request)))


def alerts_of(monitor: Monitor) -> Alerts:
    """Every alert, newest first."""
    found = sorted(monitor.state.alerts.values(), key=lambda alert: (-alert.since, alert.id))
    return Alerts(
        seq=monitor.frames.version,
        now=wire_moment(monitor.now()),
        alerts=[monitor.alert(alert.id) for alert in found],
        channels=list(monitor.channels),
        silences=silences_of(monitor),
        delivering=monitor.delivering(),
    )


@router.post(
    "/alerts/{alert_id}/acknowledge", responses=answers(AlertRow, "The alert, acknowledged")
)
async def acknowledge(request: Request, alert_id: str) -> Response:
    """Somebody has seen it: it stays, and speaks again only when it gets worse."""
    monitor = monitor_of(request)
    await monitor.ask(Acknowledge(alert_id))
    return reply(monitor.alert(alert_id))


@router.post(
    "/alerts/{alert_id}/mute",
    responses=answers(AlertRow, "The alert, muted"),
    openapi_extra=body(MuteQuestion),
)
async def mute(request: Request, alert_id: str) -> Response:
    """Quiet for so many hours, or until it is re-armed; graver alerts still come through."""
    monitor = monitor_of(request)
    question = await body_of(request, MuteQuestion)
    await monitor.ask(Mute(alert_id, muted_until(question, monitor.now())))
    return reply(monitor.alert(alert_id))


@router.post(
    "/alerts/mute",
    responses=answers(Alerts, "Alerts, with what is muted"),
    openapi_extra=body(HushQuestion),
)
async def hush(request: Request) -> Response:
    """Quiet of an account and a kind, for so many hours; the line and the call come through."""
    monitor = monitor_of(request)
    question = await body_of(request, HushQuestion)
    await monitor.ask(Hush(question.made(monitor.now(), list(monitor.state.accounts))))
    return reply(alerts_of(monitor))


def silences_of(monitor: Monitor) -> list[SilenceRow]:
    """What is muted now by account and kind."""
    now = monitor.now()
    return [
        SilenceRow(
            account=each.account,
            kind=each.kind,
            until=None if each.until is None else wire_moment(each.until),
        )
        for each in monitor.state.silences
        if each.until is None or each.until > now
    ]


@router.post("/alerts/test", responses=answers(TestedAll, "What became of a test, by channel"))
async def test(request: Request) -> Response:
    """Send a test message to every channel beside the page."""
    delivery = monitor_of(request).delivery
    return reply(TestedAll(channels=[] if delivery is None else await delivery.test()))


@router.get("/bands", responses=answers(BandsOf, "Bands by account"))
async def bands(request: Request) -> Response:
    """The bands of each account that has its own, and those of all others."""
    state = monitor_of(request).state
    own = {name: found.wire() for name, found in sorted(state.bands.items())}
    return reply(BandsOf(default=state.settings.bands.wire(), accounts=own))


@router.post(
    "/bands/try",
    responses=answers(BandsTried, "When these bands would have spoken"),
    openapi_extra=body(TryBands),
)
async def try_bands(request: Request) -> Response:
    """Bands tried on what this run has recorded, before they are saved."""
    question = await body_of(request, TryBands)
    return reply(monitor_of(request).bands_tried(question.account, question.made()))


@router.post(
    "/bands", responses=answers(BandsOf, "Bands by account"), openapi_extra=body(BandsQuestion)
)
async def set_default_bands(request: Request) -> Response:
    """Set the bands of every account that has none of its own."""
    question = await body_of(request, BandsQuestion)
    await monitor_of(request).ask(SetBands(None, question.made()))
    return await bands(request)


@router.post(
    "/accounts/{name:account}/bands",
    responses=answers(AccountRow, "The account with its new bands"),
    openapi_extra=body(BandsQuestion),
)
async def set_bands(request: Request, name: str) -> Response:
    """Set the bands of one account."""
    monitor = monitor_of(request)
    question = await body_of(request, BandsQuestion)
    await monitor.ask(SetBands(name, question.made()))
    return reply(monitor.row(name))
