"""Accounts: as judged now, and every question that the library answers about one."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

import marginline as ml
from marginline.api.answers import Accounts, Grid, GridAxis
from marginline.api.openapi import answers, body
from marginline.api.routes.questions import WhatIfQuestion
from marginline.api.routes.replies import body_of, in_thread, monitor_of, reply, span_ms
from marginline.core.account.moments import wire_moment
from marginline.core.assessment.assessment import AssessmentDocument
from marginline.core.assessment.explanation import ExplanationDocument
from marginline.core.numbers import to_text
from marginline.errors import InputError, Problem, shown
from marginline.monitor.answers import Causes, History
from marginline.monitor.judging.judgement import worst
from marginline.monitor.messages import AccountRow
from marginline.monitor.run import Monitor
from marginline.monitor.why.causes import Groups
from marginline.monitor.wire import Reason
from marginline.risk.moves.grid import two_moves
from marginline.risk.moves.liquidation import LiquidationDocument
from marginline.risk.reconcile.reconcile import ReconciliationDocument
from marginline.risk.sizing.reducing import ReductionDocument
from marginline.risk.what_if.what_if import WhatIfDocument

router = APIRouter(tags=["accounts"], default_response_class=Response)

Text = Annotated[str, Query(max_length=200)]
Maybe = Annotated[str | None, Query(max_length=200)]


@router.get("/accounts", responses=answers(Accounts, "Every account, nearest to the line first"))
async def accounts(request: Request) -> Response:
    """Every account as judged now."""
    return reply(accounts_of(monitor_of(request)))


def accounts_of(monitor: Monitor) -> Accounts:
    """Every account as judged now."""
    now = wire_moment(monitor.now())
    return Accounts(
        seq=monitor.frames.version, now=now, accounts=monitor.frames.rows(monitor.still_ms)
    )


@router.get("/accounts/{name:account}", responses=answers(AccountRow, "One account as judged now"))
async def account(request: Request, name: str) -> Response:
    """One account with its pools and positions."""
    return reply(monitor_of(request).row(name))


@router.get(
    "/accounts/{name:account}/assessment",
    responses=answers(AssessmentDocument, "The document marginline/assessment/1"),
)
async def assessment(request: Request, name: str) -> Response:
    """The whole assessment."""
    monitor = monitor_of(request)
    return reply(await in_thread(request, lambda: monitor.assessment(name).to_dict()))


@router.get(
    "/accounts/{name:account}/document",
    responses=answers(dict[str, object], "The document marginline/account/1"),
)
async def document(request: Request, name: str) -> Response:
    """The account file of now, prices included: what the assessment is made of."""
    return reply(ml.to_dict(monitor_of(request).account(name)))


@router.get(
    "/accounts/{name:account}/explanation",
    responses=answers(ExplanationDocument, "The tree behind one number"),
)
async def explanation(request: Request, name: str, where: Text, measure: Text) -> Response:
    """How a number came about, down to rule, parameter, date and source."""
    monitor = monitor_of(request)

    def ask() -> ExplanationDocument:
        return ml.explain(monitor.assessment(name), where, measure).to_dict()

    return reply(await in_thread(request, ask))


@router.get(
    "/accounts/{name:account}/liquidation",
    responses=answers(LiquidationDocument, "The document marginline/liquidation/1"),
)
async def liquidation(request: Request, name: str) -> Response:
    """Where each pool is liquidated: one price alone, all together."""
    account = monitor_of(request).account(name)
    return reply(await in_thread(request, lambda: ml.liquidation_prices(account).to_dict()))


@router.get(
    "/accounts/{name:account}/joint",
    responses=answers(LiquidationDocument, "The joint moves of marginline/liquidation/1"),
)
async def joint(
    request: Request,
    name: str,
    beta: Annotated[list[str] | None, Query(max_length=100)] = None,
) -> Response:
    """All prices together, each by its beta: `beta=ETHUSDT:1.2`, 1 where not given."""
    account, betas = monitor_of(request).account(name), dict(map(_beta, beta or []))

    def ask() -> LiquidationDocument:
        found = ml.liquidation_prices(account, betas).to_dict()
        return {**found, "alone": []}

    return reply(await in_thread(request, ask))


def _beta(text: str) -> tuple[str, str]:
    of, colon, value = text.rpartition(":")
    if not colon:
        raise InputError([Problem("beta", text[:80], "is no beta", "write SYMBOL:BETA")])
    return of, value


@router.get("/accounts/{name:account}/grid", responses=answers(Grid, "The two-move map"))
async def grid(
    request: Request,
    name: str,
    *,
    x: Text,
    y: Text = "all",
    span: Text = "0.1",
    steps: Annotated[int, Query(ge=3, le=61)] = 61,
    pool: Maybe = None,
) -> Response:
    """Requirement over support where x and y move, within ± span."""
    monitor = monitor_of(request)
    account, assessment = monitor.account(name), monitor.assessment(name)

    def ask() -> Grid:
        of = _worst(monitor, name) if pool is None else pool
        found = two_moves(account, x, y, span=span, steps=steps, pool=of, assessment=assessment)
        texts = [to_text(move) for move in found.moves]
        return Grid(
            account=account.name or "",
            pool=found.pool,
            x=GridAxis(of=x, moves=texts),
            y=GridAxis(of=y, moves=texts),
            ratio=[list(row) for row in found.ratio],
            steps=len(texts),
            reasons=[
                Reason(
                    code=each.code.value[0], severity="error", where=each.where,
                    measure="margin_ratio", message=each.message,
                )
                for each in found.findings
            ],
        )  # fmt: skip

    return reply(await in_thread(request, ask))


@router.get("/accounts/{name:account}/history", responses=answers(History, "What was recorded"))
async def history(request: Request, name: str, span: Text = "1h") -> Response:
    """Balance, requirement and events as recorded, at most 600 points."""
    return reply(monitor_of(request).history(name, span_ms(span)))


@router.get("/accounts/{name:account}/causes", responses=answers(Causes, "Why its figures moved"))
async def causes(
    request: Request,
    name: str,
    span: Text = "24h",
    pool: Maybe = None,
    hedge: Annotated[list[str] | None, Query(max_length=20)] = None,
) -> Response:
    """Why a pool's balance, requirement and buffer moved within a span; "start": all there is.

    `hedge`, repeatable: covered positions and their hedges, "KEYS:KEYS@RATIO" with commas between
    keys; ratio 1 if not given, @estimated from the recorded hourly marks.
    """
    monitor, span_of = monitor_of(request), None if span == "start" else span_ms(span)
    groups = Groups(hedge or (), monitor.hourly(name))
    return reply(await in_thread(request, lambda: monitor.causes(name, span_of, pool, groups)))


@router.get(
    "/accounts/{name:account}/reconcile",
    responses=answers(ReconciliationDocument, "The document marginline/reconciliation/1"),
)
async def reconcile(request: Request, name: str) -> Response:
    """Every figure that the venue printed beside ours, of its newest snapshot."""
    told = monitor_of(request).told(name)
    return reply(await in_thread(request, lambda: ml.reconcile(told).to_dict()))


@router.get(
    "/accounts/{name:account}/reduce",
    responses=answers(ReductionDocument, "The document marginline/reduction/1"),
)
async def reduce(
    request: Request, name: str, ratio: Maybe = None, pool: Maybe = None, asset: Maybe = None
) -> Response:
    """The way back to a ratio (the account's target where none is given): close, or pay in."""
    monitor = monitor_of(request)
    account = monitor.account(name)
    target = ratio if ratio is not None else to_text(monitor.state.bands_of(name).target)

    def ask() -> ReductionDocument:
        chosen = _worst(monitor, name) if pool is None else pool
        there = [each.id for each in monitor.assessment(name).pools]
        if chosen not in there:
            remedy = f"one of: {', '.join(there)}"
            raise InputError([Problem("pool", shown(chosen), "there is no such pool", remedy)])
        return ml.reduce_to(account, chosen, target, asset=asset).to_dict()

    return reply(await in_thread(request, ask))


def _worst(monitor: Monitor, name: str) -> str:
    found = worst(monitor.assessment(name))
    if found is None:
        raise InputError([Problem("pool", "", "the account has no pool", "open something first")])
    return found.id


@router.post(
    "/accounts/{name:account}/what-if",
    responses=answers(WhatIfDocument, "The document marginline/what-if/1"),
    openapi_extra=body(WhatIfQuestion),
)
async def what_if(request: Request, name: str) -> Response:
    """The account after changes, beside the account as it is."""
    question = await body_of(request, WhatIfQuestion)
    most = request.app.state.settings.changes
    if len(question.changes) > most:
        text, found = f"at most {most} changes at once", str(len(question.changes))
        raise InputError([Problem("changes", found, text, "ask in parts")])
    account = monitor_of(request).account(name)
    made = []
    for number, change in enumerate(question.changes):
        try:
            made.append(change.made())
        except InputError as error:
            raise _placed(error, f"changes[{number}]") from None
    return reply(await in_thread(request, lambda: ml.what_if(account, made).to_dict()))


def _placed(error: InputError, place: str) -> InputError:
    return InputError(
        [Problem(f"{place}.{p.path}", p.value, p.message, p.remedy) for p in error.problems]
    )
