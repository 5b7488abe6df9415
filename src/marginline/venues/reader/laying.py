"""What readers lay into a draft in one way: positions, contracts, prices, tables of tiers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from marginline.core.account.account import Instrument, Position
from marginline.core.account.market import Funding
from marginline.core.account.tables import CollateralRow, TierRow, TierTable
from marginline.core.numbers import ONE
from marginline.venues.compare.lines import AnyLine, reported_of_position
from marginline.venues.reader.account_draft import POSITIONS, Draft
from marginline.venues.reader.fields import Row


def begin_positions(draft: Draft) -> None:
    """Positions are told afresh: what is laid from here on is all there are."""
    draft.positions, draft.reported.positions = {}, {}
    draft.reported.raw["positions"] = {}
    draft.known.add(POSITIONS)


def lay_position(
    draft: Draft,
    position: Position,
    row: Row,
    words: Iterable[AnyLine],
    *,
    step: Decimal = ONE,
    **said: str,
) -> None:
    """A position, and what its row says of the venue's own figures, by our measures and raw.

    `step` is what amounts count, `said` what stands beside the raw figures.
    """
    key, isolated = position.key, position.margin_mode == "isolated"
    told = reported_of_position(row, words, isolated=isolated, step=step)
    draft.positions[key], draft.reported.positions[key] = position, told
    draft.reported.raw["positions"][key] = dict(row.given) | said


# -- contracts -----------------------------------------------------------------------------------


def linear(symbol: str, base: str | None, quote: str | None, **more: Any) -> Instrument:
    """A contract that is worth size times price, and settles in its quote where `more` says none.

    Any: further fields of the instrument by name, each in its own.
    """
    terms = {"settle": quote} | more
    return Instrument(symbol=symbol, payoff="linear", base=base, quote=quote, **terms)


def inverse(symbol: str, base: str, **more: Any) -> Instrument:
    """A contract that is worth US dollars in its base, in which it settles; `more` likewise."""
    return Instrument(symbol=symbol, payoff="inverse", base=base, quote="USD", settle=base, **more)


def expiry(day: str, form: str) -> datetime | None:
    """08:00 UTC of a day in a contract's name; None where it names no day of the calendar."""
    try:
        return datetime.strptime(day, form).replace(hour=8, tzinfo=UTC)
    except ValueError:
        return None


def lay_instruments(
    draft: Draft,
    infos: Mapping[str, Row],
    named: Callable[[str], Instrument | None],
    described: Callable[[Instrument | None, Row], Instrument | None],
) -> dict[str, Instrument | None]:
    """Write the terms of every symbol that the account mentions, so that it stands by itself.

    `named` is what a symbol tells, `described` what its row of `infos` says over that. Those that
    the account knew and no row describes stay. Returns what was found of positions and orders.
    """
    carried, sought = draft.symbols(), dict[str, Instrument | None]()
    for symbol in dict.fromkeys([*carried, *draft.settings, *draft.tiers]):
        if symbol in draft.instruments and symbol not in infos:
            continue
        found = named(symbol)
        if symbol in infos:
            found = described(found, infos[symbol])
        if found is not None:
            draft.instruments[symbol] = found
        if symbol in carried:
            sought[symbol] = found
    return sought


def lay_ticker(draft: Draft, row: Row, rate: str, hours: str) -> None:
    """Mark, index and next payment of a symbol, by the venue's words for rate and interval."""
    symbol, paid = row.name("symbol"), row.number(rate)
    draft.tell_prices(symbol, mark=row.number("markPrice"), index=row.number("indexPrice"))
    if paid is not None:
        next_at, interval = row.moment("nextFundingTime"), row.number(hours)
        draft.funding[symbol] = Funding(rate=paid, next_at=next_at, interval_hours=interval)


# -- tables --------------------------------------------------------------------------------------


def tier_table(rows: Iterable[Row], floor: str, kind: str | None = None, **words: str) -> TierTable:
    """Tiers by value in the order of their floors; `words` are the venue's for our columns."""
    found = []
    for row in rows:
        told: dict[str, Any] = {column: row.number(word) for column, word in words.items()}
        found.append(TierRow(floor=row.amount(floor), **told))
    found.sort(key=lambda row: row.floor)
    return TierTable(keyed_by="notional", kind=kind, rows=tuple(found))


def slices(rows: Iterable[Row], floor: str, cap: str, ratio: str) -> tuple[CollateralRow, ...]:
    """Slices of collateral in the order of their floors, by the venue's words."""
    ordered = sorted(rows, key=lambda row: row.amount(floor))
    return tuple(
        CollateralRow(floor=row.amount(floor), cap=row.number(cap), ratio=row.amount(ratio))
        for row in ordered
    )
