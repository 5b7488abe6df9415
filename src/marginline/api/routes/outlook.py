"""What may come: odds from recorded marks, bad days, and who drains whom."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Annotated, NamedTuple, TypedDict, cast

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

import marginline as ml
from marginline.api.openapi import answers
from marginline.api.routes.replies import in_thread, monitor_of, reply
from marginline.core.account.account import Account
from marginline.core.account.moments import moment_text
from marginline.core.findings import Code, Finding
from marginline.errors import InputError, Problem, shown
from marginline.monitor.judging.hourly import Hourly
from marginline.monitor.why.odds import SOURCE, odds_of_run, recorded, too_few
from marginline.risk.inputs import number
from marginline.risk.odds.answer import HeadroomsDocument, document_of
from marginline.risk.odds.headroom import HORIZONS
from marginline.risk.odds.past import Past
from marginline.risk.sizing.chances import ChanceSizingDocument
from marginline.risk.sizing.kelly import KellyDocument
from marginline.risk.sizing.modes import ModeDocument
from marginline.risk.sizing.sizing import Sizing, SizingDocument
from marginline.risk.stress.contagion import ContagionDocument
from marginline.risk.stress.stress import StressDocument

router = APIRouter(tags=["outlook"], default_response_class=Response)
Text = Annotated[str, Query(max_length=200)]
Maybe = Annotated[str | None, Query(max_length=200)]
MOST_S = 30 * 86_400
"""The longest horizon in seconds, of odds and sizes."""


HALF = "0.5"
"""Of Kelly's size, what is taken where no fraction is asked for."""


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


def _read_chances(touch: str | None, edge: str | None, kelly: str | None, rate: str | None) -> None:
    """Read them where a past too short leaves them unasked: nonsense would pass unseen."""
    for name, given in (("kelly", kelly), ("maintenance_rate", rate)):
        if given is not None and edge is None:
            text = "is of a size by Kelly, which was not asked for"
            remedy = "give edge too, what a day is expected to bring, 0.001 is 0.1 %"
            raise InputError([Problem(name, shown(given), text, remedy)])
    if touch is not None and number("touch", touch, above=0) >= 1:
        raise InputError([Problem("touch", shown(touch), "must be below 1", "0.01 is 1 %")])
    if edge is not None:
        number("edge", edge)
    if kelly is not None:
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


class _Order(NamedTuple):
    """The order that was sized, and how it is made and held."""

    found: Sizing
    account: Account
    position_side: str
    leverage: str | None
    within: timedelta

    def symbols(self) -> list[str]:
        """The instruments whose past it is asked of."""
        held = {row.instrument for row in self.account.positions if row.size}
        return sorted(held | {self.found.instrument})

    def by_chance(self, past: Past, chance: str) -> ChanceSizingDocument:
        """The size that touches the line with so small a chance."""
        found = self.found
        return ml.size_by_chance(
            self.account, found.instrument, found.side, past,
            chance=chance, within=self.within, position_side=self.position_side,
        ).to_dict()  # fmt: skip

    def by_kelly(
        self, past: Past, edge: str, fraction: str, maintenance_rate: str | None
    ) -> tuple[KellyDocument | None, Finding | None]:
        """Kelly's size; None and why where no tiers tell the maintenance rate that nobody gave.

        Raises:
            InputError: anything else is wrong.
        """
        instrument = self.found.instrument
        try:
            found = ml.kelly(
                self.account, instrument, self.found.side, past,
                edge=edge, within=self.within, leverage=self.leverage or "1", fraction=fraction,
                maintenance_rate=maintenance_rate,
            )  # fmt: skip
        except InputError as wrong:
            untold = {problem.path for problem in wrong.problems} == {"maintenance_rate"}
            if maintenance_rate is not None or not untold:
                raise
            return None, Finding(Code.MISSING_DATA, instrument, f"no size by Kelly: {wrong}")
        return found.to_dict(), None

    def in_both_modes(self) -> list[ModeDocument]:
        """The size in cross and in isolated margin; nothing where none was found."""
        found = self.found
        if not found.size:
            return []
        both = ml.compare_modes(
            self.account, found.instrument, found.size if found.side == "buy" else -found.size,
            leverage=self.leverage, position_side=self.position_side,
        )  # fmt: skip
        return [each.to_dict() for each in both]


def _tell_chances(
    told: Sized,
    order: _Order,
    hourly: Mapping[str, Sequence[Hourly]],
    *,
    touch: str | None,
    edge: str | None,
    fraction: str,
    maintenance_rate: str | None,
) -> None:
    """Beside the size those by chance and by Kelly, from the recorded marks."""
    symbols = order.symbols()
    why = too_few(hourly, symbols)
    past = None if why else recorded(hourly, symbols)
    told["past"] = None if past is None else past_document(past)
    if touch is not None:
        told["by_chance"] = None if past is None else order.by_chance(past, touch)
    if edge is not None:
        told["kelly"], note = None, None
        if past is not None:
            told["kelly"], note = order.by_kelly(past, edge, fraction, maintenance_rate)
        _note(told, note)
    _note(told, Finding(Code.MISSING_DATA, "past", why) if why else None)


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
    kelly: Maybe = None,
    maintenance_rate: Maybe = None,
    within_s: Text = "86400",
    modes: bool = False,
) -> Response:
    """How large an order may be, by what the account must keep and what a stop may lose.

    `position_side`: the leg in hedge mode, long or short.
    `touch`: also by the chance of touching the line within `within_s`; `edge`: also by Kelly, of
    which the fraction `kelly` is taken (left out: 0.5), `maintenance_rate` being what the venue
    keeps of a position (left out: that of its tiers); both by the recorded hourly marks, and null
    with a finding below seven days of them. `modes`: the found size in cross and in isolated
    margin.
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
        order = _Order(found, account, position_side, leverage, _span("within_s", within_s))
        if touch is not None or edge is not None:
            _tell_chances(
                told, order, hourly,
                touch=touch, edge=edge, fraction=kelly or HALF, maintenance_rate=maintenance_rate,
            )  # fmt: skip
        if modes:
            told["modes"] = order.in_both_modes()
        return told

    return reply(await in_thread(request, ask))
