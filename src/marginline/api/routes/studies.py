"""Margin-rate studies: which rates an instrument's past calls for, and how they held."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from threading import Lock
from typing import cast

from fastapi import APIRouter, Request
from starlette.responses import Response

from marginline.api.answers import Studied, Studies
from marginline.api.openapi import answers, body
from marginline.api.routes.questions import StudyQuestion
from marginline.api.routes.replies import body_of, in_thread, monitor_of, reply
from marginline.core.numbers import to_text
from marginline.errors import InputError, Problem
from marginline.monitor.judging.hourly import HourlyMarks
from marginline.monitor.why.odds import SOURCE, recorded
from marginline.risk.inputs import Number, number
from marginline.risk.odds.past import Past, past_of, read_candles
from marginline.risk.study.caps import JURISDICTIONS
from marginline.risk.study.rates import BRAKES, METHODS, SIDES, Brake, Method, Side, Terms
from marginline.risk.study.study import StudyDocument, study

router = APIRouter(tags=["studies"], default_response_class=Response)
KEPT = 32
"""Studies kept: the same question of the same marks is answered once."""


class Kept:
    """The newest studies by their question and what they are made of; used by several threads."""

    def __init__(self) -> None:
        self._of: OrderedDict[object, StudyDocument] = OrderedDict()
        self._lock = Lock()

    def get(self, key: object) -> StudyDocument | None:
        """A study that was made of the same."""
        with self._lock:
            return self._of.get(key)

    def put(self, key: object, made: StudyDocument) -> None:
        """Keep one."""
        with self._lock:
            self._of[key] = made
            while len(self._of) > KEPT:
                self._of.popitem(last=False)


@router.get("/studies", responses=answers(Studies, "What a study may be asked of"))
async def studies(request: Request) -> Response:
    """Every instrument of which hourly marks are recorded, and the terms there are."""
    markets = monitor_of(request).state.markets
    found = [
        Studied(venue=venue, symbol=symbol, days=_days(marks))
        for venue, market in sorted(markets.items())
        for symbol, marks in sorted(market.hourly.items())
        if marks
    ]
    return reply(
        Studies(
            instruments=found,
            methods=list(METHODS),
            sides=list(SIDES),
            brakes=list(BRAKES),
            jurisdictions=list(JURISDICTIONS),
        )
    )


def _days(marks: HourlyMarks) -> str:
    hours = Decimal(marks[-1][0] - marks[0][0])
    return to_text((hours / 24).quantize(Decimal("0.1")))


@router.post(
    "/studies",
    responses=answers(StudyDocument, "The document marginline/study/1"),
    openapi_extra=body(StudyQuestion),
)
async def ask(request: Request) -> Response:
    """A study of recorded hourly marks, or of the candles that are sent with the question."""
    asked = await body_of(request, StudyQuestion)
    markets, kept = monitor_of(request).state.markets, request.app.state.studies
    market = markets.get(asked.venue or "")
    hourly = {} if market is None else market.hourly

    def answer() -> StudyDocument:
        key = (asked, None if asked.candles is not None else hourly.get(asked.symbol))
        found: StudyDocument | None = kept.get(_hashed(key))
        if found is None:
            found = _made(asked, hourly)
            kept.put(_hashed(key), found)
        return found

    return reply(await in_thread(request, answer))


def _hashed(key: tuple[StudyQuestion, HourlyMarks | None]) -> object:
    asked, marks = key
    return (repr(asked), marks)


def _made(asked: StudyQuestion, hourly: Mapping[str, HourlyMarks]) -> StudyDocument:
    terms = Terms(
        coverage=float(number("coverage", asked.coverage)),
        close_out=timedelta(seconds=float(number("close_out_s", asked.close_out_s, above=0))),
        side=cast("Side", asked.side),
        method=cast("Method", asked.method),
        brake=cast("Brake", asked.brake),
    )
    past, source = _past(asked, hourly)
    found = study(
        past,
        terms,
        depth=cast("Mapping[Number, Number]", asked.depth),
        maintenance_share=asked.maintenance_share,
        jurisdiction=asked.jurisdiction,
    )
    return found.to_dict(source)


def _past(asked: StudyQuestion, hourly: Mapping[str, HourlyMarks]) -> tuple[Past, str]:
    if asked.candles is not None:
        closes = read_candles(asked.candles, asked.symbol)
        return past_of(closes, [asked.symbol]), "candles that were given"
    if asked.symbol not in hourly:
        text = "no hourly marks of it are recorded"
        remedy = "GET /api/v1/studies lists those there are; or send candles"
        raise InputError([Problem("symbol", asked.symbol[:80], text, remedy)])
    return recorded(hourly, [asked.symbol]), SOURCE
