"""Why an account has the status it has: which pool, how full, which position drains it."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import TypeAlias

from marginline.cli.page.numbers import Style
from marginline.cli.page.page import data
from marginline.core.assessment.assessment import Assessment, PoolAssessment
from marginline.core.assessment.figures import PositionFigures
from marginline.core.assessment.standard_pool import requirement
from marginline.core.distance.distance import WITH_ORDERS, Move
from marginline.core.findings import (
    UNKNOWN_BECAUSE,
    AbsentError,
    Code,
    Finding,
    Gap,
    Severity,
    Status,
)
from marginline.core.measures import Measure
from marginline.core.numbers import ONE, ZERO
from marginline.core.pool.exposure import need
from marginline.risk.many.gravity import worst_pool
from marginline.venues.reader.notes import BLINDING


def lines_of(pool: PoolAssessment) -> tuple[Decimal, ...]:
    """The ratios at which something changes for a pool: watch, margin call, the line itself."""
    trigger = pool.figures.pool.trigger
    call = () if trigger.margin_call is None else (trigger.margin_call,)
    return (trigger.watch, *call, ONE)


def reason(assessment: Assessment, style: Style) -> str:
    """One or two sentences: why this status."""
    pool = worst_pool(assessment)
    if assessment.status is Status.UNKNOWN or pool is None:
        return _unknown(assessment, pool)
    if not pool.positions and not pool.measures.get(Measure.MAINTENANCE_MARGIN):
        return _nothing_open(pool, style)
    sentences = [
        told_by_venue(pool) or _STORIES[assessment.status](pool, style),
        drain(pool, style),
    ]
    if assessment.status in (Status.HEALTHY, Status.WATCH):
        sentences.append(nearest(assessment, style))
    return " ".join(filter(None, sentences))


def told_by_venue(pool: PoolAssessment) -> str:
    """What the venue's own figures prove, where ours are not known."""
    notes = [f.message for f in pool.findings if f.code is Code.REPORTED and f.measure is None]
    return f"{data(pool.id)} is {data(notes[0])}." if notes else ""


def _unknown(assessment: Assessment, pool: PoolAssessment | None) -> str:
    told = pool is not None and told_by_venue(pool) != ""
    own = () if pool is None or told else pool.findings
    findings = own + assessment.findings
    grave = [f for f in findings if f.severity is Severity.ERROR or f.measure is None]
    # What blinds before what is merely said; the pool's own reason before a measure's.
    grave.sort(key=lambda f: (f.code not in BLINDING, f.measure is not None))
    if not grave:
        return "It cannot be assessed."
    message = grave[0].message.removeprefix(UNKNOWN_BECAUSE)
    return f"It cannot be assessed: {data(message, 400)}."


def _nothing_open(pool: PoolAssessment, style: Style) -> str:
    support = pool.figures.figure(Measure.SUPPORT)
    if isinstance(support, Decimal) and support < 0:
        return f"{data(pool.id)}: nothing is open, but {_money(-support, pool, style)} is owed."
    if pool.figures.pool.orders:
        return "No position is open; resting orders may open one."
    return "Nothing is open."


def _safe(pool: PoolAssessment, style: Style) -> str:
    buffer = pool.measures.get(Measure.BUFFER)
    left = (
        "" if buffer is None else f"; {_money(buffer, pool, style)} may be lost before {_end(pool)}"
    )
    return f"{data(pool.id)} uses {ratio_text(pool, style)} of its support{left}."


def _near(pool: PoolAssessment, style: Style) -> str:
    buffer = pool.measures.get(Measure.BUFFER)
    left = "" if buffer is None else f", {_money(buffer, pool, style)} away"
    return (
        f"{data(pool.id)} uses {ratio_text(pool, style)} of its support; "
        f"{_end(pool)} comes at 100 %{left}."
    )


def _called(pool: PoolAssessment, style: Style) -> str:
    call = pool.measures.get(Measure.CALL_AMOUNT)
    back = f" {_money(call, pool, style)} brings it back to initial margin." if call else ""
    return _over(pool, style) + back


def _over(pool: PoolAssessment, style: Style) -> str:
    try:
        needed, support = requirement(pool.figures), pool.figures[Measure.SUPPORT]
    except AbsentError as absent:
        return f"{data(pool.id)}: {data(absent.gap.message, 400)}."
    verb = "has met" if needed <= support else "is above"
    if needed < support:
        verb = "is close to"
    return (
        f"{data(pool.id)}: the requirement of {_money(needed, pool, style)} {verb} "
        f"what supports it, {_money(support, pool, style)}."
    )


_STORIES = {
    Status.HEALTHY: _safe,
    Status.WATCH: _near,
    Status.MARGIN_CALL: _called,
    Status.LIQUIDATION: _over,
}


def _end(pool: PoolAssessment) -> str:
    return "liquidation" if pool.figures.pool.trigger.liquidates else "a margin call"


def _money(value: Decimal, pool: PoolAssessment, style: Style) -> str:
    return f"{style.amount(value, pool.asset)} {data(pool.asset)}"


def ratio_text(pool: PoolAssessment, style: Style) -> str:
    """The margin ratio as a percentage, on the right side of every line; "–": there is none."""
    ratio = pool.measures.get(Measure.MARGIN_RATIO)
    if ratio is not None:
        return style.percent(ratio, lines_of(pool))
    findings = (f for f in pool.findings if f.where == pool.id)
    finding = next((f for f in findings if f.measure is Measure.MARGIN_RATIO), None)
    if finding is None:
        return "–"
    return between(finding, lambda number, _: style.percent(number, lines_of(pool))) or "–"


Text: TypeAlias = Callable[[Decimal, str], str]
"""A number as the page writes it; with the rounding."""


def between(finding: Finding, text: Text) -> str:
    """The ends that a null measure lies between; "" where none are known."""
    low = None if finding.at_least is None else text(finding.at_least, "ROUND_FLOOR")
    high = None if finding.at_most is None else text(finding.at_most, "ROUND_CEILING")
    if low is None or high is None:
        return f"≥ {low}" if low is not None else f"≤ {high}" if high is not None else ""
    return f"~{low}" if low == high else f"{low} … {high}"


def drain(pool: PoolAssessment, style: Style) -> str:
    """The position that takes most of the pool: what it has lost and what is held for it."""
    if pool.kind == "isolated":
        return ""
    costs = [(cost, position) for position in pool.figures.positions if (cost := _cost(position))]
    if not costs:
        return ""
    (loss, held), position = max(costs, key=lambda each: sum(each[0]))
    parts = [(loss, "lost"), (held, "required")]
    told = [f"{_money(amount, pool, style)} {word}" for amount, word in parts if amount > 0]
    return f"{position_name(position)} drains it most: {' and '.join(told)}."


def _cost(position: PositionFigures) -> tuple[Decimal, Decimal] | None:
    """What a position has lost and what is held for it, in the pool's asset; None if nothing."""
    held = position.figure(Measure.MAINTENANCE_MARGIN)
    pnl = position.figure(Measure.UNREALIZED_PNL)
    try:
        charged = ZERO if isinstance(held, Gap) else held * need(position.exposure.requirement_rate)
        loss = ZERO if isinstance(pnl, Gap) else -pnl * need(position.exposure.value_rate)
    except AbsentError:
        return None
    return (loss, charged) if loss + charged > 0 else None


def nearest(assessment: Assessment, style: Style) -> str:
    """The smallest move at which the venue acts, over all pools."""
    found = [
        (abs(move.move), number, pool, move)
        for number, pool in enumerate(assessment.pools)
        if pool.status is not None
        and (move := pool.distance.nearest) is not None
        and move.move is not None
    ]
    if not found:
        return ""
    _, _, pool, move = min(found, key=lambda each: each[:2])
    event = "liquidation" if pool.figures.pool.trigger.liquidates else "margin call"
    return f"Nearest {event}: {move_words(pool, move, style)}."


def _others(pool: PoolAssessment, move: Move) -> str:
    """That the other prices stay, where they matter: moved with it, they lead elsewhere."""
    if move.instrument is None or move.move is None:
        return ""
    together = pool.distance.together.move
    same = together is not None and abs(together - move.move) < _SAME
    return "" if same else ", the other prices as they are"


_SAME = Decimal("1E-9")
"""Moves less apart than that are one: both ways divide, and end in digits of their own."""


def away_text(pool: PoolAssessment, style: Style) -> str:
    """How far the line is: "0.47 % from liquidation"; "" where no move leads there."""
    move = pool.distance.nearest
    if move is None or move.move is None or move.move == 0:
        return ""
    return f"{style.distance(abs(move.move)).removeprefix('+')} from {_end(pool)}"


def move_words(pool: PoolAssessment, move: Move, style: Style) -> str:
    """In words: "a fall of all prices by 0.47 %", "XRPUSDT long, 0.6 % below its mark"."""
    assert move.move is not None
    away = style.distance(abs(move.move)).removeprefix("+")
    filled = ", with the resting orders filled on the way" if move.way == WITH_ORDERS else ""
    if move.instrument is None:
        way = "rise" if move.move > 0 else "fall"
        return f"a {way} of all prices by {away}{filled}"
    of = [p for p in pool.figures.positions if p.exposure.instrument.symbol == move.instrument]
    what = position_name(of[0]) if len(of) == 1 else data(move.instrument)
    way = "above" if move.move > 0 else "below"
    return f"{what}, {away} {way} its mark{_others(pool, move)}{filled}"


def position_name(position: PositionFigures) -> str:
    """A position as a trader calls it: BTCUSDT long, with its id where it has one."""
    exposure = position.exposure
    side = "long" if exposure.size > 0 else "short"
    mark = exposure.key.partition("#")[2]
    return f"{data(exposure.instrument.symbol)} {side}" + (f" #{data(mark)}" if mark else "")


NONE = "–"
_NULL_MARKS = {Code.MISSING_DATA: "?", Code.CONTRADICTION: "?", Code.UNSUPPORTED: "n/s"}


def null_mark(code: Code | None) -> str:
    """What stands where there is no number: "?" unknown, "n/s" not supported, "–" none."""
    return NONE if code is None else _NULL_MARKS.get(code, NONE)
