"""What may come: odds from recorded marks, bad days, and who drains whom."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, TypedDict, cast

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

import marginline as ml
from marginline.api.openapi import answers
from marginline.api.routes.replies import in_thread, monitor_of, reply
from marginline.core.account.account import Account
from marginline.core.account.moments import moment_text
from marginline.core.findings import Code, Finding
from marginline.errors import InputError, Problem, shown
from marginline.monitor.why.odds import SOURCE, odds_of_run, recorded, too_few
from marginline.risk.inputs import number
from marginline.risk.odds.answer import HeadroomsDocument, document_of
from marginline.risk.odds.headroom import HORIZONS
from marginline.risk.odds.past import Past
from marginline.risk.sizing.chances import ChanceSizingDocument
from marginline.risk.sizing.kelly import KellyDocument
from marginline.risk.sizing.modes import ModeDocument
from marginline.risk.sizing.sizing import SizingDocument
from marginline.risk.stress.contagion import ContagionDocument
from marginline.risk.stress.stress import StressDocument

router = APIRouter(tags=["outlook"], default_response_class=Response)
Text = Annotated[str, Query(max_length=200)]
Maybe = Annotated[str | None, Query(max_length=200)]
MOST_S = 30 * 86_400
"""The longest horizon in seconds, of odds and sizes."""


class PastDocument(TypedDict):
    """What sizes by chance and by Kelly are drawn from."""

    method: str
    source: str
    days: str
    ends_at: str


class Sized(SizingDocument, total=False):
    """The document `marginline/sizing/1`, and beside it the sizes that were asked for as well.

    Those by chance and by Kelly are null, and a finding says why, where too little is recorded.
    """

    by_chance: ChanceSizingDocument | None
    kelly: KellyDocument | None
    past: PastDocument | None
    modes: list[ModeDocument]


def _span(name: str, text: str) -> timedelta:
    return timedelta(seconds=float(number(name, text, minimum=1, maximum=MOST_S)))


def past_document(past: Past) -> PastDocument:
    """A past as an answer names it."""
    return {
        "method": "filtered bootstrap",
        "source": SOURCE,
        "days": f"{past.span / timedelta(days=1):.1f}",
        "ends_at": moment_text(past.ends_at),
    }


EXACT_UP_TO = 7
"""Positions whose parts are counted over every order; of more, orders are drawn."""


def _read_chances(touch: str | None, edge: str | None, kelly: str, rate: str | None) -> None:
    """Read them where a past too short leaves them unasked: nonsense would pass unseen."""
    if touch is not None and number("touch", touch, above=0) >= 1:
        raise InputError([Problem("touch", shown(touch), "must be below 1", "0.01 is 1 %")])
    if edge is not None:
        number("edge", edge)
    number("kelly", kelly, above=0)
    if rate is not None:
        number("maintenance_rate", rate, minimum=0, maximum=1)


@router.get(
    "/accounts/{name:account}/odds",
    responses=answers(HeadroomsDocument, "The document marginline/headroom/1"),
)
async def odds(
    request: Request,
    name: str,
    *,
    within_s: Annotated[list[str] | None, Query(max_length=8)] = None,
    garch: bool = False,
    looks_s: Maybe = None,
) -> Response:
    """How likely each pool touches its line, from the marks that were recorded.

    `within_s`, repeatable: horizons in seconds; `garch`: also by GARCH-t; `looks_s`: the line is
    looked at once per so many seconds.
    """
    horizons = [_span("within_s", text) for text in within_s or ()] or HORIZONS
    looks = None if looks_s is None else _span("looks_s", looks_s)
    monitor = monitor_of(request)
    account, assessment, hourly = (
        monitor.account(name),
        monitor.assessment(name),
        monitor.hourly(name),
    )

    def ask() -> HeadroomsDocument:
        found = odds_of_run(
            account, assessment, hourly, horizons=horizons, garch=garch, looks=looks
        )
        return document_of(name, SOURCE, found)

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


def _by_kelly(
    account: Account,
    instrument: str,
    side: str,
    past: Past,
    *,
    edge: str,
    within: timedelta,
    leverage: str | None,
    fraction: str,
    maintenance_rate: str | None,
) -> tuple[KellyDocument | None, Finding | None]:
    """Kelly's size; None and why where no tiers tell the maintenance rate that nobody gave.

    Raises:
        InputError: anything else is wrong.
    """
    try:
        found = ml.kelly(
            account, instrument, side, past,
            edge=edge, within=within, leverage=leverage or "1", fraction=fraction,
            maintenance_rate=maintenance_rate,
        )  # fmt: skip
    except InputError as wrong:
        untold = {problem.path for problem in wrong.problems} == {"maintenance_rate"}
        if maintenance_rate is not None or not untold:
            raise
        return None, Finding(Code.MISSING_DATA, instrument, f"no size by Kelly: {wrong}")
    return found.to_dict(), None


def _note(told: Sized, note: Finding | None) -> None:
    if note is not None:
        told["findings"] = [*told["findings"], note.to_dict()]


@router.get(
    "/accounts/{name:account}/size",
    responses=answers(Sized, "The document marginline/sizing/1"),
)
async def size(
    request: Request,
    name: str,
    *,
    instrument: Text,
    side: Text,
    position_side: Text = "both",
    price: Maybe = None,
    keep_buffer: Maybe = None,
    keep_ratio: Maybe = None,
    stop: Maybe = None,
    risk: Maybe = None,
    leverage: Maybe = None,
    touch: Maybe = None,
    edge: Maybe = None,
    kelly: Text = "0.5",
    maintenance_rate: Maybe = None,
    within_s: Text = "86400",
    modes: bool = False,
) -> Response:
    """How large an order may be, by what the account must keep and what a stop may lose.

    `position_side`: the leg in hedge mode, long or short.
    `touch`: also by the chance of touching the line within `within_s`; `edge`: also by Kelly, of
    which the fraction `kelly` is taken, `maintenance_rate` being what the venue keeps of a position
    (left out: that of its tiers); both by the recorded hourly marks, and null with a finding below
    seven days of them. `modes`: the found size in cross and in isolated margin.
    """
    monitor = monitor_of(request)
    account, hourly = monitor.account(name), monitor.hourly(name)
    _read_chances(touch, edge, kelly, maintenance_rate)

    def ask() -> Sized:
        found = ml.size_for(
            account,
            instrument,
            side,
            price=price,
            position_side=position_side,
            keep_buffer=keep_buffer,
            keep_ratio=keep_ratio,
            stop=stop,
            risk=risk,
            leverage=leverage,
        )
        told = cast("Sized", {**found.to_dict()})
        within, of = _span("within_s", within_s), found.instrument
        if touch is not None or edge is not None:
            held = {row.instrument for row in account.positions if row.size}
            symbols = sorted(held | {of})
            why = too_few(hourly, symbols)
            past = None if why else recorded(hourly, symbols)
            told["past"] = None if past is None else past_document(past)
            if touch is not None:
                told["by_chance"] = None if past is None else ml.size_by_chance(
                    account, of, side, past,
                    chance=touch, within=within, position_side=position_side,
                ).to_dict()  # fmt: skip
            if edge is not None:
                told["kelly"], note = (None, None) if past is None else _by_kelly(
                    account, of, side, past,
                    edge=edge, within=within, leverage=leverage, fraction=kelly,
                    maintenance_rate=maintenance_rate,
                )  # fmt: skip
                _note(told, note)
            _note(told, Finding(Code.MISSING_DATA, "past", why) if why else None)
        if modes and found.size:
            both = ml.compare_modes(
                account, of, found.size if found.side == "buy" else -found.size,
                leverage=leverage, position_side=position_side,
            )  # fmt: skip
            told["modes"] = [each.to_dict() for each in both]
        elif modes:
            told["modes"] = []
        return told

    return reply(await in_thread(request, ask))
