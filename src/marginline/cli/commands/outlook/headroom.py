"""`marginline headroom`: how likely the line is touched within hours and days, and how soon."""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from marginline.cli.commands.outlook.candles import closes_of
from marginline.cli.exits import Exit, UsageProblem
from marginline.cli.input.documents import write_document
from marginline.cli.input.durations import seconds_of
from marginline.cli.input.moves import is_everything, named_value, relative
from marginline.cli.input.numbers import whole_of
from marginline.cli.input.sources import Given, Reading, read_one
from marginline.cli.page.findings import write_findings
from marginline.cli.page.health import write_head, write_status
from marginline.cli.page.numbers import Style
from marginline.cli.page.page import Cell, Page, data, left
from marginline.cli.page.words import now

if TYPE_CHECKING:
    from marginline.risk.odds.answer import Headroom

_HOUR = timedelta(hours=1)
_TINY = 0.00005


@dataclass(frozen=True, slots=True)
class Asked:
    """The question as it was typed."""

    candles: Sequence[str]
    within: Sequence[str]
    paths: str
    seed: str
    garch: bool
    looks: str | None
    caps: Sequence[str]


def run(files: Sequence[str], asked: Asked, reading: Reading, *, as_json: bool) -> Exit:
    """Write the odds of every pool: 0 all are told, 4 one is not."""
    if importlib.util.find_spec("numpy") is None:
        raise UsageProblem("headroom needs numpy: pip install 'marginline[live]'")
    from marginline.risk.odds.answer import document_of
    from marginline.risk.odds.headroom import HORIZONS, MOST_PATHS, headroom
    from marginline.risk.odds.past import past_of

    given = read_one(files, reading)
    horizons = [timedelta(seconds=seconds_of("--within", text)) for text in asked.within]
    symbols = {position.instrument for position in given.account.positions or () if position.size}
    paths = whole_of("--paths", asked.paths, 1, MOST_PATHS)
    seed = whole_of("--seed", asked.seed, 0, 2**63)
    looks = None
    if asked.looks is not None:
        looks = timedelta(seconds=seconds_of("--looks", asked.looks))
    closes = closes_of(asked.candles, symbols, given.account.venue)
    with given.named():
        past = past_of(closes, sorted(symbols & set(closes)) or sorted(closes))
        found = headroom(
            given.account,
            past,
            horizons=horizons or HORIZONS,
            paths=paths,
            seed=seed,
            garch=asked.garch,
            looks=looks,
            funding_caps=_caps(asked.caps),
        )
    if as_json:
        write_document(document_of(given.account.name or "", given.source, found))
    else:
        _write(Page(Style()), given, found)
    told = given.known and all(each.odds for each in found)
    return Exit.HEALTHY if told else Exit.UNKNOWN


def _caps(texts: Sequence[str]) -> dict[str, Decimal]:
    """Caps by symbol, from "BTCUSDT=0.3%", or "2%" for every other symbol."""
    caps: dict[str, Decimal] = {}
    for text in texts:
        symbol, rate = named_value(text) or ("*", text)
        caps["*" if is_everything(symbol) else symbol] = relative("--funding-cap", rate, text)
    return caps


def _write(page: Page, given: Given, found: Sequence[Headroom]) -> None:
    write_head(page, given.account, source=given.source, at=now())
    write_status(page, given.assess())
    if not found:
        page.line("no position is open: no line to touch", indent=2)
    for each in found:
        page.blank()
        page.line((data(each.pool), "bold"), _daily(each))
        _write_drain(page, each)
        _write_speed(page, each)
        _write_odds(page, each)
    findings = [finding for each in found for finding in each.findings]
    if findings:
        page.blank()
        write_findings(page, findings, everything=True)


def _daily(each: Headroom) -> str:
    told = []
    if each.sigmas is not None:
        told.append(f"{each.sigmas:.1f} ordinary days from its line")
    if each.drain:
        word = "takes" if each.drain > 0 else "brings"
        told.append(f"funding {word} {abs(each.drain):,.2f} a day")
    return f"  {'; '.join(told)}" if told else ""


def _write_drain(page: Page, each: Headroom) -> None:
    """By when funding alone has used the buffer up, at today's rates and at the cap."""
    drain = each.funding
    if drain is None:
        return
    if drain.gone_at is not None:
        text = f"if nothing else moves, funding has used the buffer up by {_day(drain.gone_at)}"
        page.line(text, indent=2)
    if drain.at_cap is not None:
        taken = page.style.amount(drain.at_cap, drain.asset)
        text = f"at the cap it takes {taken} {drain.asset} in {_span(drain.over)}"
        if drain.gone_at_cap is not None:
            text += f", and the buffer is gone by {_day(drain.gone_at_cap)}"
        page.line(text, indent=2)


def _write_speed(page: Page, each: Headroom) -> None:
    """After which time 1, 2, 3 sigma have used the buffer up."""
    if each.hours_at:
        spans = ", ".join(_round_span(hours) for hours in each.hours_at.values())
        page.line(f"a move of 1, 2, 3 sigma against it reaches the line in {spans}", indent=2)


def _round_span(hours: float) -> str:
    if hours < 2:
        return f"{hours * 60:.0f} min"
    return f"{hours:.0f} h" if hours < 72 else f"{hours / 24:.0f} d"


def _day(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"


def _write_odds(page: Page, each: Headroom) -> None:
    if not each.odds:
        return
    garch = any(odds.garch is not None for odds in each.odds)
    middle = ("GARCH-t",) if garch else ()
    cut = any(odds.without_most_cut is not None for odds in each.odds)
    last = ("without most cut",) if cut else ()
    head = ("within", "from the past", *middle, "normal", "without profit", "without bonus", *last)
    rows = [tuple(left(word, "dim") if not k else Cell(word, "dim") for k, word in enumerate(head))]
    for odds in each.odds:
        told = [_cell(odds.bootstrap), _cell(odds.garch)] if garch else [_cell(odds.bootstrap)]
        told.append(Cell(_chance(odds.normal, drawn=False)))
        told += [_cell(odds.without_profit), _cell(odds.without_credit)]
        told += [_cell(odds.without_most_cut)] if cut else []
        rows.append((left(_span(odds.within)), *told))
    page.table(rows, indent=2)
    half = {share: hours for share, hours in each.hours.items() if hours is not None}
    for share, hours in half.items():
        page.line(
            f"one path in {1 / share:g} has touched it after {_span(hours * _HOUR)}", indent=2
        )
    days = (each.past or timedelta()) / timedelta(days=1)
    page.line(
        (f"{each.paths:,} paths from {days:.1f} days of prices up to {each.ends_at:%Y-%m-%d %H:%M}",
         "dim"),
        indent=2,
    )  # fmt: skip


def _cell(chance: float | None) -> Cell:
    return Cell("?" if chance is None else _chance(chance, drawn=True))


def _chance(chance: float, *, drawn: bool) -> str:
    if chance == 0 and drawn:
        return "none seen"
    return "< 0.01 %" if chance < _TINY else f"{100 * chance:.2f} %"


def _span(span: timedelta) -> str:
    hours = span / _HOUR
    if hours < 1:
        return f"{60 * hours:g} min"
    return f"{hours:g} h" if hours < 24 or hours % 24 else f"{hours / 24:g} d"
