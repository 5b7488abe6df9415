"""What may come: odds from recorded marks, bad days, and who drains whom."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import Response

import marginline as ml
from marginline.api.openapi import answers
from marginline.api.routes.replies import in_thread, monitor_of, reply
from marginline.monitor.why.odds import SOURCE, odds_of_run
from marginline.risk.odds.answer import HeadroomsDocument, document_of
from marginline.risk.stress.contagion import ContagionDocument
from marginline.risk.stress.stress import StressDocument

router = APIRouter(tags=["outlook"], default_response_class=Response)
EXACT_UP_TO = 7
"""Positions whose parts are counted over every order; of more, orders are drawn."""


@router.get(
    "/accounts/{name:account}/odds",
    responses=answers(HeadroomsDocument, "The document marginline/headroom/1"),
)
async def odds(request: Request, name: str) -> Response:
    """How likely each pool touches its line, from the marks that were recorded."""
    monitor = monitor_of(request)
    account, assessment, hourly = (
        monitor.account(name),
        monitor.assessment(name),
        monitor.hourly(name),
    )

    def ask() -> HeadroomsDocument:
        return document_of(name, SOURCE, odds_of_run(account, assessment, hourly))

    return reply(await in_thread(request, ask))


@router.get(
    "/accounts/{name:account}/stress",
    responses=answers(StressDocument, "The document marginline/stress/1"),
)
async def stress(request: Request, name: str) -> Response:
    """The account on each of the named bad days."""
    account = monitor_of(request).account(name)
    return reply(await in_thread(request, lambda: ml.stress(account).to_dict()))


@router.get(
    "/accounts/{name:account}/contagion",
    responses=answers(ContagionDocument, "The document marginline/contagion/1"),
)
async def contagion(request: Request, name: str) -> Response:
    """What each position is of its pool's requirement and worst day, and whom it takes along."""
    account = monitor_of(request).account(name)

    def ask() -> ContagionDocument:
        return ml.contagion(account, exact_up_to=EXACT_UP_TO).to_dict()

    return reply(await in_thread(request, ask))
